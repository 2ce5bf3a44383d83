"""What would tell a branch apart, what pulls it, its peers, its movement, and the order at other weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reports import months, ranking
from reports.apart import moves
from reports.levels import prepare
from reports.monthly import compute
from reports.movement import movements
from reports.policy import Policy
from reports.units import MonthInput, Unit
from reports.weights import sweep
from tests.reports.banks import MONTH, Simulation, branch, csat, given, nps
from tests.reports.strange import QUICK, steady, strict, varied

PEERS = ("גדול", "קטן")


@pytest.fixture(scope="module")
def found() -> MonthInput:
    simulated, _truth = Simulation(branches=40).draw(11, Policy(draws=2000))
    units = [
        replace(one, size=PEERS[i % 2], area="מרכז" if i < 38 else "נדיר") for i, one in enumerate(simulated.branches)
    ]
    return replace(simulated, branches=units)


@pytest.fixture(scope="module")
def data(found: MonthInput) -> dict[str, Any]:
    return strict(found)


def test_moves_are_exact_for_the_draws() -> None:
    z = np.random.default_rng(3).standard_normal((500, 12)) + np.linspace(-2, 2, 12)
    up, down = moves(z, QUICK)

    def chance(unit: int, move: float, best: bool) -> float:
        moved = z.copy()
        moved[:, unit] += move
        return float(ranking.top_probability(moved, 0.25, highest_first=best)[unit])

    for unit in range(12):
        assert chance(unit, up[unit] + 1e-9, best=True) >= 0.8 > chance(unit, up[unit] - 1e-9, best=True)
        assert chance(unit, down[unit] - 1e-9, best=False) >= 0.8 > chance(unit, down[unit] + 1e-9, best=False)


def test_moves_agree_with_the_tiers(data: dict[str, Any]) -> None:
    assert {row["tier"] for row in data["branches"]} == {"leading", "trailing", "not_told_apart"}
    for row in data["branches"]:
        assert (row["apart"]["up"] is None) == (row["top_quartile"] >= 80)
        assert (row["apart"]["down"]["composite"] >= 0) == (row["bottom_quartile"] >= 80)


@pytest.mark.parametrize("name", ["csat", "profit"])
def test_a_branch_that_moves_that_far_is_told_apart(found: MonthInput, data: dict[str, Any], name: str) -> None:
    """By satisfaction or profit alone, on the bases it has."""
    row = next(r for r in data["branches"] if (r["apart"]["up"] or {}).get(name) and 15 < r["top_quartile"] < 55)
    points = row["apart"]["up"][name]

    def moved(one: Unit) -> Unit:
        if one.code != row["code"]:
            return one
        if name == "csat":
            window = months.span(MONTH, 3)
            own = {month: one.facts["csat"][month] for month in window}
            more = round(points / 100 * sum(fact.n for fact in own.values()))
            raised = dict(one.facts["csat"])
            for month in window:
                up = min(more, own[month].n - own[month].share[0])
                raised[month] = csat(own[month].share[0] + up, own[month].n)
                more -= up
            assert more == 0
            return replace(one, facts={**one.facts, "csat": raised})
        profit = {
            month: replace(value, cost=value.cost - value.revenue * points / 100)
            if month in months.span(MONTH, 12)
            else value
            for month, value in one.profit.items()
        }
        return replace(one, profit=profit)

    again = compute(replace(found, branches=[moved(one) for one in found.branches])).data
    # The reference period shares months with the window, and the spread between branches is estimated anew.
    assert branch(again, row["code"])["top_quartile"] == pytest.approx(80, abs=9)


def test_pulls_add_up_to_the_composite(data: dict[str, Any]) -> None:
    for row in data["branches"]:
        pulls = row["pulls"]
        assert 100 + sum(pull["points"] for pull in pulls.values()) == pytest.approx(row["composite"], abs=0.05)
    for name in ("surveys", "shops", "profit"):
        relative = [row["pulls"][name]["relative"] for row in data["branches"]]
        assert sum(relative) == pytest.approx(0, abs=0.5)


def test_what_does_not_count_pulls_nothing() -> None:
    units = [replace(one, profit={}) for one in varied(10)]
    data = strict(given(units, policy=QUICK))
    for row in data["branches"]:
        assert row["pulls"]["profit"] is None
        assert row["apart"]["down"]["profit"] is None
    alike = strict(given([steady(f"{i:03d}") for i in range(1, 7)], policy=QUICK))
    assert all(row["pulls"] is None and row["apart"] is None for row in alike["branches"])


def test_who_is_on_the_front_of_service_and_profit(data: dict[str, Any]) -> None:
    best = max(data["branches"], key=lambda row: row["service"]["index"] + row["profit"]["index"])
    worst = min(data["branches"], key=lambda row: row["service"]["index"] + row["profit"]["index"])
    assert best["pareto"] > 60 > 5 > worst["pareto"]
    # In each draw somebody is on the front.
    assert sum(row["pareto"] for row in data["branches"]) >= 100
    alone = strict(given([replace(one, profit={}) for one in varied(6)], policy=QUICK))
    assert all(row["pareto"] is None for row in alone["branches"])


def test_peers_are_ranked_among_themselves(data: dict[str, Any]) -> None:
    for size in PEERS:
        group = [row for row in data["branches"] if (row["peer"] or {}).get("group") == f"{size} · מרכז"]
        assert len(group) == 19
        assert {row["peer"]["of"] for row in group} == {19}
        by_composite = sorted(group, key=lambda row: -row["composite"])
        assert (
            by_composite[0]["peer"]["median"] < by_composite[9]["peer"]["median"] < by_composite[-1]["peer"]["median"]
        )
        for row in group:
            peer = row["peer"]
            assert 1 <= peer["low"] <= peer["median"] <= peer["high"] <= 19
            assert peer["wide"] == (peer["high"] - peer["low"] + 1 > 9.5)
    # Two branches of a rare area are no group.
    assert sum(row["peer"] is None for row in data["branches"]) == 2


def test_a_branch_whose_size_is_not_known_has_no_peers() -> None:
    units = [replace(one, size="" if place == 0 else "S", area="N") for place, one in enumerate(varied(8))]
    data = strict(given(units, policy=QUICK))
    assert branch(data, "001")["peer"] is None
    assert branch(data, "002")["peer"]["of"] == 7


def _bank(sudden: bool) -> MonthInput:
    """A bank of told places in which one branch's answers fall in the last month, or do not."""

    def one(place: int) -> Unit:
        base = steady(f"{place:03d}", good=160 + 3 * place, n=240, score=60 + 2 * place, gap=0.5 * place)
        if not sudden or place != 9:
            return base
        facts = {name: dict(series) for name, series in base.facts.items()}
        facts["csat"][MONTH], facts["nps"][MONTH] = csat(40, 240), nps(40, 0, 200)
        return replace(base, facts=facts)

    return given([one(place) for place in range(1, 13)], policy=QUICK)


def falling(sudden: bool) -> dict[str, Any]:
    return strict(_bank(sudden))


def test_a_movement_is_told_only_with_a_signal_of_its_own() -> None:
    quiet, loud = falling(sudden=False), falling(sudden=True)
    assert all(row["movement"] is None for row in quiet["branches"])
    fell = branch(loud, "009")["movement"]
    assert fell is not None
    assert fell["places"] < 0
    assert fell["now"] - fell["before"] == -fell["places"]
    assert fell["before"] == branch(quiet, "009")["rank"]["median"]
    assert fell["measures"] == ["csat"]
    # Others moved up past it, by nothing of their own.
    assert [row["code"] for row in loud["branches"] if row["movement"]] == ["009"]


def test_a_signal_the_other_way_tells_no_movement() -> None:
    loud = falling(sudden=True)
    ground = prepare(_bank(sudden=True))
    assert set(movements(ground, loud["branches"])) == {"009"}
    other = [
        {**row, "change": [{**one, "difference": -one["difference"]} for one in row["change"]]}
        for row in loud["branches"]
    ]
    assert movements(ground, other) == {}


def test_the_official_weight_gives_the_reports_own_places(found: MonthInput, data: dict[str, Any]) -> None:
    swept = sweep(found, (0.0, 0.3, 0.5, 1.0))
    assert [one["service_weight"] for one in swept] == [0.0, 0.3, 0.5, 1.0]
    (official,) = [one for one in swept if one["official"]]
    for row in data["branches"]:
        assert official["branches"][row["code"]] == {**row["rank"], "tier": row["tier"]}
        (lighter,) = [one for one in row["sensitivity"] if one["service_weight"] == 0.3]
        assert swept[1]["branches"][row["code"]]["median"] == lighter["median"]
    service = {row["code"]: row["service"]["index"] for row in data["branches"]}
    best = max(service, key=lambda code: service[code])
    assert swept[-1]["branches"][best]["median"] <= min(one["median"] for one in swept[-1]["branches"].values()) + 1
    moved = [abs(swept[0]["branches"][code]["median"] - swept[-1]["branches"][code]["median"]) for code in service]
    assert max(moved) > 10


def test_weights_outside_of_a_share_are_refused(found: MonthInput) -> None:
    with pytest.raises(ValueError, match="share"):
        sweep(found, (1.2,))
    assert any(one["official"] for one in sweep(found, (0.9,), draws=100))
