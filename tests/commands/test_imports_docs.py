"""docs/file-formats.md says of every column and type what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from survey_app.commands.imports import HANDLERS
from survey_app.commands.imports.columns import Column, columns
from survey_app.commands.imports.parsers import PARSERS
from survey_app.commands.imports.register import PASSED_OVER, WITHOUT_CUSTOMERS
from survey_app.permissions import Role
from translations import LANGUAGES

DOCS = (Path(__file__).parents[2] / "docs" / "file-formats.md").read_text("utf-8")


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert found, f"docs/file-formats.md has no section {title}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The first table's rows, as cells."""
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table
    return [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in table[0].splitlines()[2:]]


def documented(one: Column) -> list[str]:
    return [f"`{one.name}`", one.synonyms[0], one.type, "yes" if one.required else "", one.example, one.meaning]


@pytest.mark.parametrize("kind", HANDLERS)
def test_every_column_is_documented_as_it_is(kind: str) -> None:
    assert rows(section(kind)) == [documented(one) for one in columns(HANDLERS[kind].row)]


@pytest.mark.parametrize("kind", HANDLERS)
def test_every_example_is_one(kind: str) -> None:
    for one in columns(HANDLERS[kind].row):
        assert PARSERS[one.type](one.example) not in (None, "", [])


@pytest.mark.parametrize("kind", HANDLERS)
def test_every_column_has_a_hebrew_name_first(kind: str) -> None:
    for one in columns(HANDLERS[kind].row):
        assert re.search("[א-ת]", one.synonyms[0]), one.name


def test_types() -> None:
    documented_types = {row[0]: row[1] for row in rows(section("Types"))}
    assert list(documented_types) == list(PARSERS)
    assert all(role.value in documented_types["role"] for role in Role)
    assert all(language in documented_types["language"] for language in LANGUAGES)


def test_the_register() -> None:
    text = section("branches")
    assert all(name in text for name in WITHOUT_CUSTOMERS)
    listed = {name.lower().replace("_", " ") for name in re.findall(r"`([A-Z]\w*_?\w*)`", text)}
    assert listed >= PASSED_OVER


def test_every_command_is_named() -> None:
    assert set(re.findall(r"survey-app import (\w+)", DOCS)) == {*HANDLERS, "questionnaire", "history"}
