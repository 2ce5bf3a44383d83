"""Rules as a truth table, and which questions they show."""

from __future__ import annotations

from typing import Any

import pytest

from forms.questionnaire import rules
from forms.questionnaire.rules import evaluate, judge, kept, reduce, shown
from forms.questionnaire.schema import schema
from tests.forms.samples import asked, item, question, questionnaire, scored

ANSWERS: dict[str, Any] = {"n": 3, "w": "dk", "t": True, "m": ["x", "y"], "d": "2026-03-09", "e": "", "z": 0}
CONTEXT = {"link": "open", "scenario": {"has_account": True, "has_appointment": False}}

TABLE: list[tuple[dict[str, Any], bool]] = [
    ({"eq": ["n", 3]}, True),
    ({"eq": ["n", 4]}, False),
    ({"eq": ["n", "3"]}, False),
    ({"eq": ["t", True]}, True),
    ({"eq": ["t", 1]}, False),
    ({"eq": ["z", 0]}, True),
    ({"eq": ["z", False]}, False),
    ({"eq": ["missing", 3]}, False),
    ({"ne": ["n", 4]}, True),
    ({"ne": ["n", 3]}, False),
    ({"ne": ["w", 3]}, True),
    ({"ne": ["missing", 3]}, False),
    ({"lt": ["n", 4]}, True),
    ({"lt": ["n", 3]}, False),
    ({"lt": ["w", 4]}, False),
    ({"lt": ["t", 4]}, False),
    ({"lt": ["missing", 4]}, False),
    ({"lt": ["d", "2026-04-01"]}, True),
    ({"le": ["n", 3]}, True),
    ({"le": ["n", 2]}, False),
    ({"le": ["z", 0]}, True),
    ({"le": ["missing", 2]}, False),
    ({"gt": ["n", 2]}, True),
    ({"gt": ["n", 3]}, False),
    ({"gt": ["missing", 2]}, False),
    ({"ge": ["n", 3]}, True),
    ({"ge": ["n", 4]}, False),
    ({"ge": ["w", 0]}, False),
    ({"in": ["n", [1, 3]]}, True),
    ({"in": ["n", [1, 2]]}, False),
    ({"in": ["n", ["3"]]}, False),
    ({"in": ["missing", [1]]}, False),
    ({"not_in": ["n", [1, 2]]}, True),
    ({"not_in": ["n", [3]]}, False),
    ({"not_in": ["missing", [1]]}, False),
    ({"contains": ["m", "x"]}, True),
    ({"contains": ["m", "q"]}, False),
    ({"contains": ["w", "d"]}, False),
    ({"contains": ["missing", "x"]}, False),
    ({"answered": "n"}, True),
    ({"answered": "z"}, True),
    ({"answered": "e"}, False),
    ({"answered": "missing"}, False),
    ({"empty": "e"}, True),
    ({"empty": "missing"}, True),
    ({"empty": "z"}, False),
    ({"holds": "t"}, True),
    ({"holds": "n"}, False),
    ({"holds": "missing"}, False),
    ({"holds": "@scenario.has_account"}, True),
    ({"holds": "@scenario.has_appointment"}, False),
    ({"holds": "@no_callback_promised"}, False),
    ({"eq": ["@link", "open"]}, True),
    ({"eq": ["@link", "personal"]}, False),
    ({"not": {"eq": ["n", 4]}}, True),
    ({"not": {"eq": ["n", 3]}}, False),
    ({"not": {"in": ["missing", [1]]}}, True),
    ({"any": [{"eq": ["n", 9]}, {"eq": ["n", 3]}]}, True),
    ({"any": [{"eq": ["n", 9]}, {"eq": ["n", 8]}]}, False),
    ({"all": [{"eq": ["n", 3]}, {"eq": ["w", "dk"]}]}, True),
    ({"all": [{"eq": ["n", 3]}, {"eq": ["w", "x"]}]}, False),
]


@pytest.mark.parametrize(("rule", "expected"), TABLE, ids=str)
def test_truth_table(rule: dict[str, Any], expected: bool) -> None:
    assert evaluate(rule, ANSWERS, CONTEXT) is expected


def test_every_operator_is_in_the_table_and_in_the_schema() -> None:
    def operators(rule: dict[str, Any]) -> set[str]:
        ((name, operand),) = rule.items()
        inner = operand if isinstance(operand, list) else [operand]
        return {name}.union(*(operators(one) for one in inner if isinstance(one, dict)))

    assert set().union(*(operators(rule) for rule, _expected in TABLE)) == set(rules.OPERATORS)
    assert set(schema()["$defs"]["rule"]["properties"]) == set(rules.OPERATORS)


def test_no_rule_holds() -> None:
    assert evaluate(None, {}, {}) is True


@pytest.mark.parametrize(
    ("rule", "verdict", "left"),
    [
        ({"eq": ["p", 1]}, None, {"eq": ["p", 1]}),
        ({"answered": "p"}, None, {"answered": "p"}),
        ({"not": {"holds": "p"}}, None, {"not": {"holds": "p"}}),
        ({"any": [{"eq": ["p", 1]}, {"eq": ["n", 3]}]}, True, True),
        ({"any": [{"eq": ["p", 1]}, {"eq": ["n", 4]}]}, None, {"any": [{"eq": ["p", 1]}]}),
        ({"all": [{"eq": ["p", 1]}, {"eq": ["n", 4]}]}, False, False),
        ({"all": [{"eq": ["p", 1]}, {"eq": ["@link", "open"]}]}, None, {"all": [{"eq": ["p", 1]}]}),
    ],
)
def test_a_rule_over_answers_to_come(rule: dict[str, Any], verdict: bool | None, left: object) -> None:
    pending = frozenset({"p"})
    assert judge(rule, ANSWERS, CONTEXT, pending) is verdict
    assert reduce(rule, ANSWERS, CONTEXT, pending) == left
    if isinstance(left, dict):
        for value in (1, 2, True):
            whole = evaluate(rule, {**ANSWERS, "p": value}, CONTEXT)
            assert evaluate(left, {"p": value}, {}) is whole, "what is left decides like the whole"


CHAIN = questionnaire(
    asked(
        question("a", "scale", scale="sat5"),
        question("b", "scale", scale="sat5", shown_if={"le": ["a", 2]}),
        question("c", "text", shown_if={"answered": "b"}),
    )
)


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ({}, ["a"]),
        ({"a": 2}, ["a", "b"]),
        ({"a": 2, "b": 5}, ["a", "b", "c"]),
        ({"a": 3, "b": 5, "c": "x"}, ["a"]),
        ({"a": "dk", "b": 5}, ["a"]),
    ],
)
def test_a_hidden_answer_shows_nothing(answers: dict[str, Any], codes: list[str]) -> None:
    assert [one.code for one in shown(CHAIN, answers, {})] == codes
    assert set(kept(CHAIN, answers, {})) <= set(codes)


def test_what_counts_keeps_comments_and_replaces_what_is_not_applicable() -> None:
    shop = questionnaire(
        scored(
            "A", item("A1", 5), item("A2", 5, na_if={"eq": ["A1", "yes"]}), item("A3", 5, shown_if={"eq": ["A1", "no"]})
        )
    )
    answers = {"A1": "yes", "A2": "no", "A3": "no", "A1_comment": "טוב", "A3_comment": "נעלם", "stray": 1}
    assert kept(shop, answers, {}) == {"A1": "yes", "A2": "na", "A1_comment": "טוב"}
    assert kept(shop, kept(shop, answers, {}), {}) == kept(shop, answers, {})


def test_a_rule_sees_not_applicable_where_a_rule_put_it() -> None:
    shop = questionnaire(
        scored(
            "A",
            item("A1", 5),
            item("A2", 5, na_if={"eq": ["A1", "yes"]}),
            item("A3", 5, shown_if={"eq": ["A2", "no"]}),
        )
    )
    answers = {"A1": "yes", "A2": "no", "A3": "no"}
    assert [one.code for one in shown(shop, answers, {})] == ["A1", "A2"]
    assert kept(shop, answers, {}) == {"A1": "yes", "A2": "na"}
