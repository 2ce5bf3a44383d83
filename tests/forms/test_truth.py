"""Every operator against every kind of answer: nothing, numbers, words, lists, ticks, and another answer or fact."""

from __future__ import annotations

from itertools import product
from typing import Any, Final

import pytest

from forms.questionnaire.rules import COMPARISONS, JOINTS, MIRRORED, OPERATORS, STATES, evaluate, judge, reduce

MISSING: Final = object()
#: Answers by name; the empty ones are as good as missing.
ANSWERS: Final[dict[str, Any]] = {
    "nothing": MISSING,
    "blank": "",
    "none": [],
    "zero": 0,
    "three": 3,
    "half": 3.5,
    "word": "dk",
    "digits": "3",
    "day": "2026-03-09",
    "list": ["x", 3],
    "ticked": True,
}
GIVEN: Final = {name: value for name, value in ANSWERS.items() if value is not MISSING}
CONTEXT: Final = {"today": "2026-03-09", "no_branch": True, "link": ""}
#: (operator, value): the answers of which it is true. All others make it false.
TRUE: Final[list[tuple[str, Any, set[str]]]] = [
    ("eq", 3, {"three"}),
    ("eq", 0, {"zero"}),
    ("eq", False, set()),
    ("eq", True, {"ticked"}),
    ("eq", 1, set()),
    ("eq", 3.5, {"half"}),
    ("eq", "3", {"digits"}),
    ("eq", "dk", {"word"}),
    ("ne", 3, {"zero", "half", "word", "digits", "day", "list", "ticked"}),
    ("ne", "dk", {"zero", "three", "half", "digits", "day", "list", "ticked"}),
    ("ne", True, {"zero", "three", "half", "word", "digits", "day", "list"}),
    ("lt", 3, {"zero"}),
    ("le", 3, {"zero", "three"}),
    ("gt", 3, {"half"}),
    ("ge", 3, {"three", "half"}),
    ("lt", "2026-03-10", {"day"}),
    ("le", "2026-03-09", {"day"}),
    ("gt", "2026-03-09", {"digits", "word"}),
    ("ge", "a", {"word"}),
    ("in", [3, "dk"], {"three", "word"}),
    ("in", ["3", 0], {"digits", "zero"}),
    ("in", [1, False], set()),
    ("not_in", [3, "dk"], {"zero", "half", "digits", "day", "list", "ticked"}),
    ("not_in", [True], {"zero", "three", "half", "word", "digits", "day", "list"}),
    ("contains", "x", {"list"}),
    ("contains", 3, {"list"}),
    ("contains", "3", set()),
    ("contains", "d", set()),
]
#: The same with another answer or fact in the place of the value.
TRUE_OF: Final[list[tuple[str, str, set[str]]]] = [
    *(
        (operator, missing, set())
        for operator in MIRRORED
        for missing in ("nothing", "blank", "none", "@link", "@gone")
    ),
    ("eq", "three", {"three"}),
    ("eq", "digits", {"digits"}),
    ("eq", "@today", {"day"}),
    ("eq", "@no_branch", {"ticked"}),
    ("eq", "list", {"list"}),
    ("ne", "three", {"zero", "half", "word", "digits", "day", "list", "ticked"}),
    ("lt", "three", {"zero"}),
    ("le", "half", {"zero", "three", "half"}),
    ("gt", "zero", {"three", "half"}),
    ("ge", "@today", {"word", "digits", "day"}),
    ("lt", "list", set()),
    ("gt", "list", set()),
    ("lt", "ticked", set()),
]
STATE: Final = {
    "answered": set(GIVEN) - {"blank", "none"},
    "empty": {"nothing", "blank", "none"},
    "holds": {"ticked"},
}


def label(value: object) -> str:
    """A value's name in a test's name: the same in every process, also for a set."""
    return f"{{{', '.join(sorted(value))}}}" if isinstance(value, set) else str(value)


@pytest.mark.parametrize(("operator", "value", "true"), TRUE, ids=label)
def test_a_comparison_with_a_value(operator: str, value: Any, true: set[str]) -> None:
    assert {name for name in ANSWERS if evaluate({operator: [name, value]}, GIVEN, CONTEXT)} == true


@pytest.mark.parametrize(("operator", "other", "true"), TRUE_OF, ids=label)
def test_a_comparison_with_another_answer(operator: str, other: str, true: set[str]) -> None:
    assert {name for name in ANSWERS if evaluate({operator: [name, {"of": other}]}, GIVEN, CONTEXT)} == true


@pytest.mark.parametrize(("operator", "true"), STATE.items(), ids=label)
def test_a_statement_about_one_answer(operator: str, true: set[str]) -> None:
    assert {name for name in ANSWERS if evaluate({operator: name}, GIVEN, CONTEXT)} == true


def test_no_operator_is_left_out() -> None:
    assert {one for one, *_rest in TRUE} == set(COMPARISONS)
    assert {one for one, *_rest in TRUE_OF} == set(MIRRORED)
    assert set(STATE) == set(STATES)
    assert set(OPERATORS) == {*COMPARISONS, *STATES, *JOINTS, "not"}


@pytest.mark.parametrize("operator", MIRRORED)
@pytest.mark.parametrize(("one", "other"), [*product(GIVEN, repeat=2)], ids=label)
def test_a_mirrored_comparison_says_the_same(operator: str, one: str, other: str) -> None:
    rule, mirrored = {operator: [one, {"of": other}]}, {MIRRORED[operator]: [other, {"of": one}]}
    assert evaluate(rule, GIVEN, {}) == evaluate(mirrored, GIVEN, {})


# ---- three values ----------------------------------------------------------------------------------------------------

#: A rule for each verdict: p is still to come.
VERDICTS: Final[dict[bool | None, dict[str, Any]]] = {
    True: {"eq": ["three", 3]},
    False: {"eq": ["three", 4]},
    None: {"eq": ["p", 1]},
}
PENDING: Final = frozenset({"p", "q"})


def _and(one: bool | None, other: bool | None) -> bool | None:
    return False if False in {one, other} else None if None in {one, other} else True


def _or(one: bool | None, other: bool | None) -> bool | None:
    return True if True in {one, other} else None if None in {one, other} else False


@pytest.mark.parametrize(("one", "other"), [*product(VERDICTS, repeat=2)], ids=label)
def test_kleenes_tables(one: bool | None, other: bool | None) -> None:
    pair = [VERDICTS[one], VERDICTS[other]]
    assert judge({"all": pair}, GIVEN, CONTEXT, PENDING) is _and(one, other)
    assert judge({"any": pair}, GIVEN, CONTEXT, PENDING) is _or(one, other)
    assert judge({"not": VERDICTS[one]}, GIVEN, CONTEXT, PENDING) is (None if one is None else not one)


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ({"lt": ["p", 3]}, {"lt": ["p", 3]}),
        ({"lt": ["p", {"of": "three"}]}, {"lt": ["p", 3]}),
        ({"lt": ["three", {"of": "p"}]}, {"gt": ["p", 3]}),
        ({"ge": ["@today", {"of": "p"}]}, {"le": ["p", "2026-03-09"]}),
        ({"ne": ["p", {"of": "q"}]}, {"ne": ["p", {"of": "q"}]}),
        ({"lt": ["p", {"of": "nothing"}]}, False),
        ({"ne": ["nothing", {"of": "p"}]}, False),
        ({"not": {"eq": ["blank", {"of": "p"}]}}, True),
        ({"all": [{"answered": "p"}, {"holds": "@no_branch"}]}, {"all": [{"answered": "p"}]}),
    ],
    ids=label,
)
def test_what_is_left_needs_nothing_but_the_page(rule: dict[str, Any], left: Any) -> None:
    assert reduce(rule, GIVEN, CONTEXT, PENDING) == left
