"""Rules as expressions: written and read again they are the same, and an expression means what XPath means by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.questionnaire.exchange.xlsform.conditions import Reader
from forms.questionnaire.exchange.xlsform.expressions import (
    TURNED,
    Call,
    Chain,
    Compare,
    Literal,
    Node,
    Paren,
    Ref,
    compared,
    parse,
)
from forms.questionnaire.exchange.xlsform.sayings import Speaker, Unsayable
from forms.questionnaire.exchange.xlsform.settling import Settler, standing
from forms.questionnaire.rules import evaluate

NAMES = st.sampled_from(["a", "b", "c.d", "@today"])
SPECIAL = st.sampled_from(["OK", "", "2026-01-01", "09:05", "2026-01-01T09:05", "3", "-4", 'it\'s "q"', "כן", "${a}"])
NUMBERS = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
ORDERED = NUMBERS | st.text(max_size=6) | SPECIAL
VALUES = ORDERED | st.booleans()
OTHER = st.builds(lambda name: {"of": name}, NAMES)


def comparison(operator: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda name, value: {operator: [name, value]}, NAMES, values)


LEAVES = st.one_of(
    *(comparison(one, VALUES | OTHER) for one in ("eq", "ne")),
    *(comparison(one, ORDERED | OTHER) for one in ("lt", "le", "gt", "ge")),
    *(comparison(one, st.lists(VALUES, min_size=1, max_size=3)) for one in ("in", "not_in")),
    comparison("contains", st.integers(-(10**12), 10**12) | st.text(max_size=4) | SPECIAL),
    *(st.builds(lambda name, one=one: {one: name}, NAMES) for one in ("answered", "empty", "holds")),
)
RULES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda one: {"not": one}, inner)
        | st.builds(
            lambda joint, parts: {joint: parts},
            st.sampled_from(["all", "any"]),
            st.lists(inner, min_size=1, max_size=3),
        )
    ),
    max_leaves=8,
)


@settings(max_examples=600, deadline=None)
@given(RULES, st.sampled_from([None, "a"]))
def test_a_rule_written_reads_as_itself(rule: dict[str, Any], own: str | None) -> None:
    try:
        text = Speaker(lambda name: name, own).say(rule)
    except Unsayable:
        # Only texts that hold what a form takes for an answer, or marks that it takes for others.
        assert any(sign in str(rule) for sign in ("${", "\u2018", "\u2019", "\u201c", "\u201d"))
        return
    found = Reader(lambda name: name, own).rule(parse(text))
    assert found == rule
    assert repr(found) == repr(rule) or "." in repr(rule)


ASKED: dict[str, dict[str, Any]] = {
    "one": {"type": "single", "choices": [{"value": "yes"}, {"value": "no"}, {"value": 3}]},
    "many": {"type": "multiple", "choices": [{"value": "x"}, {"value": "y"}, {"value": 2}]},
    "age": {"type": "int"},
    "kids": {"type": "int"},
    "word": {"type": "line"},
    "tick": {"type": "checkbox"},
}
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "one": st.sampled_from(["yes", "no", 3]),
        "many": st.lists(st.sampled_from(["x", "y", 2]), min_size=1, max_size=3, unique=True),
        "age": st.integers(0, 5),
        "kids": st.integers(0, 5),
        "word": st.sampled_from(["yes", "ab", "3"]),
        "tick": st.just(True),
    },
)
ATOMS = st.sampled_from(
    [
        *(f"${{one}} {sign} {value}" for sign in ("=", "!=") for value in ("'yes'", "'3'", "3", "''")),
        *(f"${{age}} {sign} {value}" for sign in TURNED for value in ("2", "'2'", "${kids}")),
        *(f"3 {sign} ${{age}}" for sign in ("=", "!=", "<", ">=")),
        *("${kids} != ''", "${kids} = ''", "${kids}", "${tick}", "${word} = 'ab'", "${kids} != ${age}", "${word} = 3"),
        *("selected(${many}, 'x')", "selected(${many}, '2')", "selected(${one}, 'no')", "${many} = ''"),
        *("${tick} = 'OK'", "${tick} != 'OK'", "count-selected(${many}) > 0", "count-selected(${many}) = 0"),
        *("string-length(${word}) >= 1", "true()", "false()", "1 + 1 = 2", "selected(${many}, 'y') = false()"),
    ]
)  # fmt: skip
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds(lambda one: f"not({one})", inner)
        | st.builds(lambda one, two: f"({one}) or {two}", inner, inner)
        | st.builds(lambda one, two: f"{one} and ({two})", inner, inner)
        | st.builds(lambda one, two, three: f"{one} and {two} and {three}", ATOMS, ATOMS, ATOMS)
        | st.builds(lambda one, two, three: f"if({one}, {two}, {three})", inner, inner, inner)
    ),
    max_leaves=6,
)


def xpath(node: Node, answers: Mapping[str, Any]) -> Any:
    """An expression's value as XPath has it: every answer is a text, and a missing one is an empty text."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Ref):
        value = answers.get(node.name, "")
        return "OK" if value is True else " ".join(map(str, value)) if isinstance(value, list) else str(value)
    if isinstance(node, Paren):
        return xpath(node.inner, answers)
    if isinstance(node, Compare):
        return compared(node.operator, xpath(node.left, answers), xpath(node.right, answers))
    if isinstance(node, Chain):
        return (all if node.joint == "and" else any)(bool(xpath(one, answers)) for one in node.items)
    assert isinstance(node, Call)
    given = [xpath(one, answers) for one in node.arguments]
    functions = {
        "not": lambda: not given[0],
        "if": lambda: given[1] if given[0] else given[2],
        "selected": lambda: given[1] in given[0].split(),
        "count-selected": lambda: len(given[0].split()),
        "string-length": lambda: len(given[0]),
    }
    return functions[node.name]()


@settings(max_examples=1500, deadline=None)
@given(EXPRESSIONS, ANSWERS)
def test_an_expression_means_the_same(text: str, answers: dict[str, Any]) -> None:
    tree = parse(text)
    rule = Reader(lambda name: name).rule(tree)
    if not isinstance(rule, bool):
        rule = evaluate(Settler(ASKED.get, lambda one: standing(one, {})).settle(rule), answers, {})
    assert rule == bool(xpath(tree, answers))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("${a} = ‘כן’", {"eq": ["a", "כן"]}),
        ("${a}='x'and ${b}!=''", {"all": [{"eq": ["a", "x"]}, {"answered": "b"}]}),
        ("concat('a', 'b') = ${a}", {"eq": ["a", "ab"]}),
        ("${a} > -2 * 3", {"gt": ["a", -6]}),
        ("${a} = 7 mod 4", {"eq": ["a", 3]}),
        ("number(${a}) >= 1.50", {"ge": ["a", 1.5]}),
        ("not(true())", False),
        ("'a' = 'a'", True),
    ],
)
def test_what_else_is_read(text: str, rule: Any) -> None:
    assert Reader(lambda name: name).rule(parse(text)) == rule
