"""docs/interactions.md says of every column, code and limit what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from survey_app.commands import interactions, tokens
from survey_app.commands.feeding import folder, keeping, runs
from survey_app.commands.feeding.sorts import SORTS
from survey_app.commands.imports.columns import columns
from survey_app.outreach import telling
from survey_app.outreach.faults import WORDS
from survey_app.outreach.policy import OPTIONAL_FIELDS

DOCS = (Path(__file__).parents[2] / "docs" / "interactions.md").read_text("utf-8")


def section(title: str) -> str:
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert found, f"docs/interactions.md has no section {title}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The first table's rows, as cells."""
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table
    return [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in table[0].splitlines()[2:]]


@pytest.mark.parametrize(
    ("title", "sort"),
    [("Visits", "interactions"), ("Not to be asked", "employees"), ("No more surveys", "opt_outs")],
)
def test_every_column_is_documented_as_it_is(title: str, sort: str) -> None:
    assert rows(section(title)) == [
        [f"`{one.name}`", one.synonyms[0], one.type, "yes" if one.required else "", one.example, one.meaning]
        for one in columns(SORTS[sort].row)
    ]


def test_the_fields_of_the_interface_are_the_columns_of_the_file() -> None:
    names = [one.attribute for one in columns(SORTS["interactions"].row)]
    assert set(names) - {"hour"} == set(telling.FIELDS)
    assert {one.attribute for one in columns(SORTS["interactions"].row) if one.required} == set(telling.REQUIRED)


def test_every_name_of_a_column_may_be_sent() -> None:
    for sort in SORTS.values():
        for one in columns(sort.row):
            assert not [name for name in (one.name, one.attribute) if telling.forbidden(name)]


def test_every_code_is_documented_with_its_words() -> None:
    codes = [*rows(section("Why a row is refused")), *rows(section("What is left out of a row that is stored"))]
    assert dict(codes) == {f"`{code}`": words._args[0] for code, words in WORDS.items()}


def test_limits() -> None:
    assert f"Up to {keeping.MOST_BYTES // 1_000_000} MB and {keeping.MOST_ROWS:,} rows" in DOCS
    assert f"at most {telling.OLDEST.days} days back" in DOCS
    assert f"list of up to {interactions.MOST}" in DOCS
    assert f"up to {tokens.MOST_CALL} characters" in DOCS
    assert f"downloaded for {runs.REFUSED_KEPT.days} days" in DOCS
    assert all(f"destroyed after {kept.days} days" in DOCS for kept in folder.KEPT.values())
    assert all(f"`{ending}`" in DOCS for ending in folder.ENDINGS)
    assert all(f"`{name}`" in DOCS for name in OPTIONAL_FIELDS)
