"""The analyst's tables from a month's input: what they rest on, what they find, and when they say that they cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reports import analysis, months
from reports.monthly import compute
from reports.policy import Policy
from reports.profitability import efficiency
from reports.units import MonthInput, ProfitMonth, Unit
from tests.reports.banks import MONTH, Simulation

POLICY = Policy(draws=400)
QUARTER = months.quarter("2026-09")


@pytest.fixture(scope="module")
def bank() -> tuple[MonthInput, Any]:
    given, _truth = Simulation(branches=24, per_month=30).draw(5, POLICY)
    return given, compute(given).data


def test_rank_sets_stand_on_what_was_measured(bank: tuple[MonthInput, Any]) -> None:
    given, data = bank
    found = analysis.estimates(given, data)
    row = data["branches"][0]
    share = data["organisation"]["surveys"]["csat"]
    value, error = found[analysis.SURVEYS][row["code"]]
    assert value == row["surveys"]["csat"]
    assert error == pytest.approx((share * (100 - share) / row["surveys"]["n"]) ** 0.5)
    assert found[analysis.PROFIT][row["code"]][0] == pytest.approx(row["profit"]["percent"], abs=0.01)
    assert all(len(found[name]) == 24 for name in analysis.MEASURES)
    # The composite is the same sum as in the report, before anything is drawn toward the mean: it spreads wider.
    raw = np.array([found[analysis.COMPOSITE][one["code"]][0] for one in data["branches"]])
    shown = np.array([one["composite"] for one in data["branches"]])
    assert np.corrcoef(raw, shown)[0, 1] > 0.98
    assert raw.std() > shown.std()


def test_branches_far_apart_are_told_apart_and_alike_ones_are_not() -> None:
    far = analysis.ranked({"a": (90.0, 1.0), "b": (70.0, 1.0), "c": (50.0, 1.0)})
    assert [(row["branch"], row["low"], row["high"]) for row in far["rows"]] == [("a", 1, 1), ("b", 2, 2), ("c", 3, 3)]
    assert (far["of"], far["pairs"], far["apart"], far["separated"]) == (3, 3, 3, 3)
    near = analysis.ranked({"a": (80.5, 4.0), "b": (80.0, 4.0), "c": (79.5, 4.0)})
    assert {(row["low"], row["high"]) for row in near["rows"]} == {(1, 3)}
    assert (near["apart"], near["separated"]) == (0, 0)
    assert analysis.ranked({"a": (80.0, 4.0)})["rows"] == []


def branch(code: str, cost: float, revenue: float, posts: float | None = 5.0) -> Unit:
    return Unit(0, code, code, profit=dict.fromkeys(QUARTER, ProfitMonth(revenue, cost, 0, posts)))


def units(count: int = 12) -> list[Unit]:
    return [branch(f"{at:02}", 100 + 10 * at, 200 + 15 * at - 20 * (at % 3)) for at in range(count)]


def test_a_branch_of_bad_service_is_nobodys_example() -> None:
    good = dict.fromkeys((unit.code for unit in units()), 90.0)
    before = analysis.frontier(units(), QUARTER, good)
    best = next(
        row for row in before["rows"] if any(row["branch"] == p["branch"] for r in before["rows"] for p in r["peers"])
    )
    after = analysis.frontier(units(), QUARTER, good | {best["branch"]: 20.0})
    rows = {row["branch"]: row for row in after["rows"]}
    assert rows[best["branch"]]["reference"] is False
    assert rows[best["branch"]]["score"] == 100, "it is still judged, by the others and itself"
    assert best["branch"] not in {peer["branch"] for row in after["rows"] for peer in row["peers"]}
    scores = {row["branch"]: row["score"] for row in before["rows"]}
    assert all(row["score"] >= scores[row["branch"]] - 1e-9 for row in after["rows"])
    assert any(row["score"] > scores[row["branch"]] + 0.1 for row in after["rows"])


def test_the_reference_is_said_of_each_unit() -> None:
    with pytest.raises(ValueError, match="reference"):
        efficiency([[1.0], [2.0]], [[1.0], [2.0]], reference=[True])


@pytest.mark.parametrize(
    ("given", "floors", "why"),
    [
        ([], {}, "no_profit"),
        ([*units(), branch("99", -5, 100)], 90.0, "negative"),
        (units(8), 90.0, "too_few"),
        (units(12), 40.0, "too_few"),
        (units(12), None, "too_few"),
    ],
    ids=["nobody", "negative", "few", "bad service", "unknown service"],
)
def test_what_the_frontier_refuses(given: list[Unit], floors: Any, why: str) -> None:
    found = analysis.frontier(given, QUARTER, {unit.code: floors for unit in given})
    assert (found["fitted"], found["why"], found["rows"]) == (False, why, [])
    assert found["negative"] == (["99"] if why == "negative" else [])


def test_posts_are_used_where_all_are_known_and_late_profit_leaves_out() -> None:
    floors = dict.fromkeys((unit.code for unit in units()), 90.0)
    late = replace(units()[3], profit={QUARTER[0]: ProfitMonth(1, 1, 1, 1)})
    found = analysis.frontier([*units()[:3], late, *units()[4:]], QUARTER, floors)
    assert (found["inputs"], found["needed"], found["left_out"]) == (["cost", "headcount"], 9, ["03"])
    unknown = [*units()[:11], branch("11", 210, 300, posts=None)]
    assert analysis.frontier(unknown, QUARTER, floors)["inputs"] == ["cost"]
    assert analysis.frontier(unknown, QUARTER, floors)["needed"] == 6


def report(branches: int, length: int, effect: float, seed: int = 3) -> dict[str, Any]:
    """Branches whose profit follows their satisfaction of three months before, as the report would show it."""
    random = np.random.default_rng(seed)
    service = 80 + 6 * random.standard_normal((branches, length + 3))
    profit = effect * (service[:, :length] - 80) + random.standard_normal((branches, length))
    rows = [
        {"code": f"{at}", "trend": {"csat": service[at, 3:].tolist(), "profit": profit[at].tolist()}}
        for at in range(branches)
    ]
    return {"branches": rows, "settings": {"trend_months": months.span(MONTH, length)}}


def test_profit_that_follows_service_is_found_at_its_delay_and_not_the_other_way() -> None:
    found = analysis.linked(report(30, 24, 0.1))
    assert found["fitted"]
    slopes = {row["lag"]: row for row in found["forward"]}
    assert slopes[3]["low"] <= 1.0 <= slopes[3]["high"], "a tenth of a percent for each point, told for ten"
    assert slopes[3]["low"] > 0.7
    assert all(slopes[lag]["low"] < 0 < slopes[lag]["high"] for lag in (1, 6))
    assert all(row["low"] < 0 < row["high"] for row in found["reverse"])


@pytest.mark.parametrize(("branches", "length"), [(19, 24), (30, 17), (0, 24)])
def test_too_little_for_a_link_says_how_much_there_is(branches: int, length: int) -> None:
    found = analysis.linked(report(branches, length, 0.1))
    assert not found["fitted"]
    assert found["branches"] == (branches if length >= 18 else 0)
    assert found["longest"] == (length if branches else 0)
