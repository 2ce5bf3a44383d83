"""The page that documents the format says what the code does."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from forms.questionnaire import document, expressions, parts, patterns, rules
from forms.questionnaire.build import PLACEHOLDERS
from forms.questionnaire.check import problems
from forms.questionnaire.check_questions import RESERVED
from forms.questionnaire.definition import load, read_yaml
from forms.questionnaire.score import HEADLINES
from forms.questionnaire.types import ANY_ANSWER, COMMON, ONE_ANSWER, SCORED, TYPES

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "questionnaire-format.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, list[str]]:
    """The table whose header row begins with ``heading``, first cells without their marks → the other cells."""
    rows = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip("|"))] for row in rows]
    return {first.strip("`@"): rest for first, *rest in cells}


def section(title: str) -> str:
    return PAGE[PAGE.index(f"## {title}\n") :].split("\n## ")[0]


def test_the_example_may_be_published() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert problems(load(read_yaml(example.encode()))) == []


def test_every_key_is_documented() -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", section("The document"), re.MULTILINE))
    assert documented == {one.name for one in fields(document.Questionnaire)}
    asked = section("Questions").split("| type |")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", asked, re.MULTILINE)) == {one.name for one in fields(parts.Question)}
    for kind in (parts.Scale, parts.Choice, parts.Band, parts.Statement, *PARTS):
        for one in fields(kind):
            assert f"`{one.name}" in PAGE, one.name


PARTS = (
    *(document.Section, document.FollowUp, document.Confirmation, document.Automation, document.Thanks),
    *(document.Privacy, document.Index, document.IndexPart, document.Wording),
)


def test_keys_that_a_type_does_not_take_are_named() -> None:
    told = section("Questions").split("The keys of points are")[1].split("\n\n")[0]
    groups, note = re.findall(r"\(([^)]*)\); a note has neither these nor (`\w+` and `\w+`)", told)[0]
    assert set(re.findall(r"`(\w+)`", groups)) == ONE_ANSWER
    assert set(re.findall(r"`(\w+)`", groups + note)) == ANY_ANSWER
    common = told.split("The common ones are")[1].split(". A group")[0]
    assert set(re.findall(r"`(\w+)`", common)) == COMMON


def test_reserved_codes_and_limits_are_named() -> None:
    assert all(f"`{code}`" in section("Questions") for code in RESERVED)
    assert f"{patterns.MAX_STEPS // 10**6} million steps over {patterns.MAX_TEXT} characters" in PAGE


def test_every_type_is_documented_with_its_keys() -> None:
    types = table("type")
    assert list(types) == list(TYPES)
    for name, (_answer, _stored, keys) in types.items():
        expected = TYPES[name].keys
        listed = set(re.findall(r"`(\w+)`", keys)) | (SCORED if "keys of points" in keys else frozenset())
        assert listed == expected, name
        assert not expected & COMMON


def test_every_operator_fact_variant_measure_and_value_is_documented() -> None:
    operators = table("operator")
    assert set(operators) == set(rules.OPERATORS)
    for name, (example, _meaning) in operators.items():
        assert example.startswith(f"`{{{name}:"), name
    assert list(table("fact")) == list(rules.FACTS)
    assert list(table("name")) == list(parts.VARIANTS)
    assert list(table("`measure` | score")) == list(HEADLINES)
    assert all(f"`{{{name}}}`" in PAGE for name in PLACEHOLDERS)


def test_conditions_as_text_are_what_they_are_said_to_be() -> None:
    """The table of the analysts' page: each text is read as its rule and written as it stands there."""
    page = (DOCS / "analysts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| `(\{[^`]+\})` \|", page, re.MULTILINE)
    for text, document_ in rows:
        assert expressions.read(text) == read_yaml(document_.encode()), text
        assert expressions.write(expressions.read(text)) == text
    shown = " ".join(rule for _text, rule in rows)
    assert {one for one in rules.OPERATORS if f"{{{one}:" in shown} == set(rules.OPERATORS)
