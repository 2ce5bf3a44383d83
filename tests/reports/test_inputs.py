"""A report's input as a text and back: nothing is lost, and the same report comes out to the byte."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reports import inputs
from reports.facts import Fact
from reports.monthly import compute
from reports.units import MonthInput, ProfitMonth, Unit
from tests.reports.banks import Simulation, given, unit

#: A line separator of Unicode and a quotation mark: both may stand in a name.
NAME = 'סניף "מרכז"\u2028צפון'


def everything() -> MonthInput:
    """An input with something in every field."""
    branch = unit(
        "101",
        surveys={"2026-10": (30, 40)},
        profit={
            "2026-10": ProfitMonth(0.1 + 0.2, 1e-9, 123456789.12, None),
            "2026-09": ProfitMonth(1.0, 2.0, 3.0, 0.5),
        },
        critical_open=True,
        overdue=True,
        opened="2020-01",
        closed="2026-10",
        merged_into="102",
        state_note="הערה",
        size="גדול",
        area="מרכז",
        type="עסקי",
        earlier={"csat": {"2026-01": Fact(3, 30000, 300000000)}},
    )
    agent = Unit(7, "A1", "", branch_code="101", facts={"csat": {"2026-10": Fact(2**40, -(2**60), 2**62)}})
    found = given([replace(branch, name=NAME), unit("102", ranked=False)], [agent])
    models = {"drivers": {"n": 3, "share": 0.1, "top": None}, "severity": None}
    return replace(found, breaks={"csat": ["2026-02"]}, models=models)


def test_what_is_read_back_is_what_was_written() -> None:
    found = everything()
    text = inputs.dump(found)
    assert inputs.load(text) == found
    assert inputs.dump(inputs.load(text)) == text
    assert len(text.split("\n")) == 1 + 1 + 2 + 1 + 1, "a line for the settings and for each unit"


def test_the_report_comes_out_the_same_to_the_byte() -> None:
    found, _truth = Simulation(branches=12).draw(5)
    assert compute(inputs.load(inputs.dump(found))).json == compute(found).json


def test_any_change_changes_the_text() -> None:
    found = everything()
    changed = [
        replace(found, month="2026-09"),
        replace(found, policy=replace(found.policy, service_weight=0.6)),
        replace(found, branches=found.branches[::-1]),
        replace(found, agents=[]),
        replace(found, models={}),
        replace(found, breaks={}),
    ]
    assert len({inputs.dump(one) for one in (found, *changed)}) == 1 + len(changed)


def test_the_state_is_no_input() -> None:
    assert inputs.dump(replace(everything(), state="signed")) == inputs.dump(everything())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', "no json"])
def test_what_is_no_input(text: str) -> None:
    with pytest.raises(ValueError, match=r"input|Expecting"):
        inputs.load(text)


def test_an_input_that_was_cut_off() -> None:
    text = inputs.dump(everything())
    with pytest.raises(ValueError, match="not whole"):
        inputs.load("\n".join(text.split("\n")[:-2]))


def test_what_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        inputs.dump(given([unit("101", profit={"2026-10": ProfitMonth(float("nan"), 0.0, 0.0)})]))


def test_a_report_is_strict_json_a_line_for_each_row() -> None:
    report = compute(Simulation(branches=12).draw(5)[0])
    assert json.loads(report.json) == report.data
    assert sum(line.startswith('  {"code": ') for line in report.json.splitlines()) == 12
    assert "NaN" not in report.json
