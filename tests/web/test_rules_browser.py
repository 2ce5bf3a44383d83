"""The rules as a browser judges them: the same verdicts as the server's for every operator over every kind of value."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from forms.questionnaire.parts import Rule
from forms.questionnaire.rules import COMPARISONS, MIRRORED, OPERATORS, STATES, judge, reduce
from tests.support.factories import setting
from tests.web.people import invitation

pytestmark = pytest.mark.usefixtures("frozen_clock")

#: None is a question without an answer. ISO dates stand for themselves and for every ordered text.
ANSWERS: list[Any] = [
    None, True, 0, 1, 3, -2, 2.5, "1", "3", "", "a", "dk", "yes", "2026-03-09", "2026-11-17", ["a"], ["a", "dk"],
    [1, 3], [], ["2026-03-09"],
]  # fmt: skip
VALUES: list[Any] = [True, 0, 1, 3, -2, 2.5, "1", "a", "dk", "2026-03-09", "2026-11-17"]
LISTS: list[list[Any]] = [[], ["a"], ["a", "dk"], [1, 3], ["1"], [0, "yes"]]
#: What an operator compares with; the others take a single value.
COMPARED = {"in": LISTS, "not_in": LISTS, "eq": [*VALUES, *LISTS], "ne": [*VALUES, *LISTS]}
TWO: dict[str, Rule] = {"yes": {"answered": "q"}, "no": {"eq": ["q", "nothing of it"]}}


def comparisons() -> Iterator[Rule]:
    """Every comparison of ``q`` with a value, with another answer on the page, and with one that is known already."""
    for operator in COMPARISONS:
        for value in COMPARED.get(operator, VALUES):
            yield {operator: ["q", value]}
        if operator in MIRRORED:
            yield {operator: ["q", {"of": "other"}]}
            yield {operator: ["q", {"of": "before"}]}
            yield {operator: ["before", {"of": "q"}]}
            yield {operator: ["@today", {"of": "q"}]}


def rules() -> Iterator[Rule]:
    """Every rule of the table: comparisons, states, and what joins or turns them round."""
    yield from comparisons()
    yield from ({state: "q"} for state in STATES)
    for first, second in itertools.product(TWO.values(), repeat=2):
        yield {"all": [first, second]}
        yield {"any": [first, second]}
        yield {"not": first}
        yield {"not": {"any": [first, {"all": [second, {"holds": "other"}]}]}}


def cases() -> Iterator[tuple[Rule, Any, bool]]:
    """What is left of each rule while a page is filled in, the page's answers, and the server's verdict over them."""
    known: dict[str, Any] = {"before": 3}
    context = {"today": "2026-11-17"}
    for rule in rules():
        left = reduce(rule, known, context, frozenset({"q", "other"}))
        for answer, other in itertools.product(ANSWERS, (None, 3, "a", True)):
            if _disordered(rule, answer, other):
                continue
            given = {code: one for code, one in (("q", answer), ("other", other)) if one is not None}
            verdict = judge(rule, known | given, context)
            if isinstance(left, bool):
                assert verdict is left
            else:
                yield left, {"q": None if answer in ("", []) else answer, "other": other}, verdict is True


def _disordered(rule: Rule, answer: Any, other: Any) -> bool:
    """A list on one side of an order: publishing refuses such a rule."""
    operator = next(iter(rule))
    return operator in {"lt", "le", "gt", "ge"} and (isinstance(answer, list) or isinstance(other, list))


def test_the_browser_and_the_server_judge_alike(app: Flask, desktop: Page) -> None:
    with setting() as make:
        invitation(make, "abc")
    table = list(cases())
    used = {next(iter(rule)) for rule, _answers, _verdict in table}
    assert used == set(OPERATORS)
    assert len(table) > 5_000
    assert {verdict for _rule, _answers, verdict in table} == {True, False}
    desktop.goto("/s/abc")
    found: list[bool] = desktop.evaluate(
        "(table) => table.map(([rule, answers]) => holds(rule, (name) => answers[name] ?? null))",
        [[rule, answers] for rule, answers, _verdict in table],
    )
    wrong = [(*case, said) for case, said in zip(table, found, strict=True) if case[2] is not said]
    assert not wrong, wrong[:10]
