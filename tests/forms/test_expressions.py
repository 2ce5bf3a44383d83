"""Rules as text: every rule is written so that it reads back as itself, and an error names its column."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.questionnaire import expressions, library
from forms.questionnaire.rules import COMPARISONS, STATES

NAMES = st.from_regex(r"\A@?[A-Za-z][A-Za-z0-9_.-]{0,8}\Z") | st.sampled_from(["in", "not", "and", "all", "of", "true"])
SCALARS = (
    st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.sampled_from(["dk", "true", "or", "@link", "-1", "5", "a b", 'say "no"', "\\", "כן"])
)
VALUES = SCALARS | st.booleans() | st.builds(lambda name: {"of": name}, NAMES)

MIXED = {"any": [{"all": [{"lt": ["a", 1]}, {"lt": ["b", 2]}]}, {"eq": ["c", {"of": "d"}]}]}


def comparison(operator: str) -> st.SearchStrategy[dict[str, Any]]:
    values = st.lists(SCALARS, max_size=4) if operator in {"in", "not_in"} else VALUES
    return st.builds(lambda name, value: {operator: [name, value]}, NAMES, values)


LEAVES = st.one_of(
    *(comparison(one) for one in COMPARISONS), *(st.builds(lambda n, o=one: {o: n}, NAMES) for one in STATES)
)
RULES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda one: {"not": one}, inner)
        | st.builds(lambda joint, all_of: {joint: all_of}, st.sampled_from(["all", "any"]), st.lists(inner, max_size=4))
    ),
    max_leaves=8,
)


@given(RULES)
@settings(max_examples=400)
def test_every_rule_reads_back_as_itself(rule: dict[str, Any]) -> None:
    assert expressions.read(expressions.write(rule)) == rule


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_refused_with_a_column(text: str) -> None:
    try:
        expressions.read(text)
    except expressions.ExpressionError as error:
        assert 1 <= error.column <= len(text) + 1  # noqa: PT017  # most texts are refused, and how is what counts


def test_the_librarys_rules_read_well() -> None:
    consent = library.load("post_visit_branch").follow_up
    assert consent is not None
    assert expressions.write(consent.consent.shown_if) == (
        "pv1 <= 2 or pv8 <= 6 or pv10 in [not_handled, not_reported] or pv11 = not_yet"
    )
    assert expressions.write({"not": {"holds": "@scenario.has_account"}}) == "not holds(@scenario.has_account)"
    assert expressions.write({"all": [{"le": ["pv1", 2]}, {"not": {"in": ["pv2", ["cash"]]}}]}) == (
        "pv1 <= 2 and not (pv2 in [cash])"
    )


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("pv1==2", {"eq": ["pv1", 2]}),
        ("a <> b", {"ne": ["a", "b"]}),
        ("a in cash", {"in": ["a", ["cash"]]}),
        ("a < 1 and b < 2 or c = of(d)", MIXED),
        ("(((a = 1)))", {"eq": ["a", 1]}),
        ("  ", None),
    ],
)  # fmt: skip
def test_what_people_write_is_understood(text: str, rule: Any) -> None:
    assert expressions.read(text) == rule


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("pv1", 4),
        ("pv1 <=", 7),
        ("pv1 <= 2 pv2 = 3", 10),
        ("(pv1 = 1", 9),
        ("pv1 in [1, ", 11),
        ("not", 4),
        ("5 = pv1", 1),
        ("pv1 = ?", 7),
        ("answered pv1", 10),
        ("pv1 not 5", 5),
    ],
)
def test_an_error_names_its_column(text: str, column: int) -> None:
    with pytest.raises(expressions.ExpressionError) as refused:
        expressions.read(text)
    assert refused.value.column == column
    assert str(column) in str(refused.value)


@pytest.mark.parametrize("text", ["(" * 500 + "a=1", "not " * 500 + "a=1", "all(" * 500, "a=1 and " * 5_000])
def test_a_text_that_would_exhaust_the_reader_is_refused(text: str) -> None:
    with pytest.raises(expressions.ExpressionError):
        expressions.read(text)
