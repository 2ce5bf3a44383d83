"""The monthly report of an ordinary month, and what every report keeps to."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from reports.facts import Fact
from reports.monthly import compute, report_json
from reports.rounding import strict_json
from reports.units import Unit
from tests.reports.banks import MONTH, Simulation, branch, csat, given, shops, unit, whole
from tests.reports.strange import QUICK, SPAN, steady, strict, varied


@pytest.fixture(scope="module")
def ordinary() -> dict[str, Any]:
    return strict(Simulation(branches=40).draw(11)[0])


def test_shape_that_readers_rely_on(ordinary: dict[str, Any]) -> None:
    assert {"month", "settings", "state", "organisation", "branches", "agents"} <= set(ordinary)
    assert {"windows", "weights", "minimums", "reference", "seed", "draws", "policy"} <= set(ordinary["settings"])
    for row in ordinary["branches"]:
        assert {"n", "csat", "csat_low", "csat_high", "nps", "nps_low", "nps_high", "ease"} <= set(row["surveys"])
        assert {"n", "score", "low", "high", "critical_failures"} <= set(row["shops"])
        assert {"index", "reliability"} <= set(row["service"])
        assert {"contribution", "target", "index"} <= set(row["profit"])
        assert {"median", "low", "high"} <= set(row["rank"])
        assert {"code", "name", "region", "composite", "top_quartile", "bottom_quartile"} <= set(row)
        assert {"tier", "quadrant", "hidden", "why"} <= set(row)
        assert row["rank"]["low"] <= row["rank"]["median"] <= row["rank"]["high"]
        assert row["surveys"]["csat_low"] <= row["surveys"]["csat"] <= row["surveys"]["csat_high"]
        assert 0 <= row["service"]["reliability"] <= 100


def test_same_input_same_bytes(ordinary: dict[str, Any]) -> None:
    found, _ = Simulation(branches=40).draw(11)
    again = replace(found, branches=list(reversed(found.branches)))
    assert report_json(compute(again)) == strict_json(ordinary)


def test_list_is_grouped_by_tier_and_ordered_by_median(ordinary: dict[str, Any]) -> None:
    tiers = ["leading", "not_told_apart", "trailing"]
    keys = [(tiers.index(row["tier"]), row["rank"]["median"]) for row in ordinary["branches"]]
    assert keys == sorted(keys)
    assert {tier for tier, _ in keys} == {0, 1, 2}
    for row in ordinary["branches"]:
        assert (row["tier"] == "leading") == (row["top_quartile"] >= 80 and not row["held_back"])
        assert (row["tier"] == "trailing") == (row["bottom_quartile"] >= 80)
        width = row["rank"]["high"] - row["rank"]["low"] + 1
        assert row["rank"]["wide"] == (width > 20)


def test_quartile_probabilities_fill_the_quarters(ordinary: dict[str, Any]) -> None:
    for name in ("top_quartile", "bottom_quartile"):
        assert sum(row[name] for row in ordinary["branches"]) == pytest.approx(1000, abs=0.5)


def test_indices_are_on_the_reference_scale(ordinary: dict[str, Any]) -> None:
    """True values do not move in this bank, so the indices' mean is 100 and their true spread ten."""
    rows = ordinary["branches"]
    for part in ("service", "profit"):
        values = [row[part]["index"] for row in rows]
        mean = sum(values) / len(values)
        spread = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
        assert mean == pytest.approx(100, abs=3)
        assert 5 < spread < 12
    assert ordinary["settings"]["reference"]["chosen"] == "previous_months"
    assert ordinary["settings"]["reference"]["from"] == "2025-10"
    assert ordinary["settings"]["reference"]["to"] == "2026-09"


def test_shrunken_values_stand_beside_the_raw_ones(ordinary: dict[str, Any]) -> None:
    raw = [row["surveys"]["csat"] for row in ordinary["branches"]]
    mean = sum(raw) / len(raw)
    moved = [row["surveys"]["shrunken"] for row in ordinary["branches"]]
    assert all(abs(b - mean) <= abs(a - mean) + 1 for a, b in zip(raw, moved, strict=True))
    assert max(moved) - min(moved) < max(raw) - min(raw)


def test_organisation_and_regions_are_sums(ordinary: dict[str, Any]) -> None:
    for name in ("surveys", "shops"):
        total = sum(row[name]["n"] for row in ordinary["branches"])
        assert ordinary["organisation"][name]["n"] == total
        assert sum(row[name]["n"] for row in ordinary["regions"]) == total
    gained = sum(row["profit"]["contribution"] for row in ordinary["branches"])
    assert ordinary["organisation"]["profit"]["contribution"] == pytest.approx(gained, abs=1)


def test_gates_keep_a_branch_from_leading() -> None:
    found = [steady(f"{i:03d}", good=20 + i // 2, score=60 + 2 * i, gap=float(i)) for i in range(1, 17)]
    plain = strict(given(found, policy=QUICK))
    assert branch(plain, "016")["tier"] == "leading"
    for more, gate in (({"critical_open": True}, "critical"), ({"overdue": True}, "overdue")):
        gated = [*found[:-1], replace(found[-1], **more)]  # type: ignore[arg-type]
        row = branch(strict(given(gated, policy=QUICK)), "016")
        assert (row["tier"], row["held_back"]) == ("not_told_apart", [gate])
        assert row["rank"] == branch(plain, "016")["rank"], "a gate changes no rank"
    row = branch(strict(given(found, policy=replace(QUICK, service_floor=150.0))), "016")
    assert row["held_back"] == ["floor"]
    assert row["under_floor"]


def test_profit_cannot_buy_a_low_service_back() -> None:
    """The most profitable branch by far, with the worst service, does not lead."""
    found = [steady(f"{i:03d}", good=21 + i // 2, score=75 + i, gap=1 + i / 20) for i in range(1, 16)]
    found.append(steady("016", good=6, score=40, gap=60.0))
    row = branch(strict(given(found, policy=replace(QUICK, service_weight=0.1))), "016")
    assert row["top_quartile"] >= 80
    assert row["tier"] == "not_told_apart"
    assert row["held_back"] == ["floor"]
    assert row["quadrant"] == "low_high"


def test_weights_beside_the_policys_are_shown(ordinary: dict[str, Any]) -> None:
    for row in ordinary["branches"]:
        assert [other["service_weight"] for other in row["sensitivity"]] == [0.3, 0.7]


def test_change_is_marked_only_where_it_is_a_signal() -> None:
    found = varied(12)
    falling = steady("300", good=27, n=30)
    facts = {**falling.facts, "csat": {**falling.facts["csat"], MONTH: csat(6, 30)}}
    data = strict(given([*found, replace(falling, facts=facts)], policy=QUICK))
    (change,) = branch(data, "300")["change"]
    assert (change["measure"], change["before"], change["now"]) == ("csat", 90, 20)
    assert change["high"] < -40
    assert change["p"] < 0.001
    assert all(row["change"] == [] for row in data["branches"] if row["code"] != "300")
    assert data["settings"]["compared"] == 13 * 3


def test_single_month_stands_beside_the_windows(ordinary: dict[str, Any]) -> None:
    found, _ = Simulation(branches=40).draw(11)
    for one in found.branches:
        row = branch(ordinary, one.code)
        fact = one.facts["csat"][MONTH]
        assert row["month"]["surveys"]["n"] == fact.n
        if row["month"]["surveys"]["why"] is None:
            assert row["month"]["surveys"]["csat"] == pytest.approx(fact.mean, abs=0.006)
            assert row["trend"]["csat"][-1] == row["month"]["surveys"]["csat"]
        assert row["profit"]["months"] == 12
        assert row["month"]["profit"]["months"] == 1


def test_first_year_uses_the_first_full_quarter() -> None:
    def since(first: str) -> dict[str, Any]:
        kept = [
            replace(
                one, facts={name: {m: f for m, f in series.items() if m >= first} for name, series in one.facts.items()}
            )
            for one in varied()
        ]
        reference: dict[str, Any] = strict(given(kept, policy=QUICK))["settings"]["reference"]
        return reference

    assert since("2025-10")["chosen"] == "previous_months"
    quarter = since("2025-11")
    assert (quarter["chosen"], quarter["from"], quarter["to"]) == ("first_quarter", "2026-01", "2026-03")
    assert since("2026-01")["from"] == "2026-01"
    young = since("2026-09")
    assert (young["chosen"], young["from"], young["to"]) == ("available", "2026-09", "2026-10")


def test_agents() -> None:
    def agent(code: str, good: int, n: int, branch_code: str = "001") -> Unit:
        return unit(code, surveys={MONTH: (good, n)}, branch_code=branch_code)

    own = steady("001", good=60, n=70)
    people = [agent("9001", 40, 40), agent("9002", 12, 24), agent("9003", 5, 6), agent("9004", 29, 30, "002")]
    people += [agent("9005", 29, 29, "003"), agent("9006", 30, 30, "003")]
    data = strict(given([own, steady("002", n=31, good=29), *varied()[2:]], people, QUICK))
    rows = {row["code"]: row for row in data["agents"]}
    assert rows["9001"]["surveys"]["csat"] == 100
    assert rows["9001"]["surveys"]["shrunken"] < 100
    assert rows["9001"]["excellent"]
    assert rows["9002"]["surveys"]["csat"] == 50
    assert not rows["9002"]["excellent"]
    assert (rows["9003"]["surveys"]["csat"], rows["9003"]["why"]) == (None, "few_responses")
    assert rows["9003"]["p_target"] is None
    assert rows["9005"]["p_target"] >= 90
    assert [rows[code]["excellent"] for code in ("9005", "9006")] == [False, True], "from thirty answers on"
    assert rows["9003"]["month"]["surveys"]["csat"] is None
    assert rows["9001"]["shops"] is None, "shops belong to the branch unless the staff notice says otherwise"
    named = strict(given([own], people[:1], replace(QUICK, agent_shops=True)))
    assert named["agents"][0]["shops"]["why"] == "no_visits"


def test_state_and_note_are_carried() -> None:
    found = replace(given([replace(steady("001"), state_note="שיפוץ")], policy=QUICK), state="signed")
    data = strict(found)
    assert data["state"] == "signed"
    assert data["branches"][0]["note"] == "שיפוץ"


def test_refuses_a_wrong_month_and_double_codes() -> None:
    with pytest.raises(ValueError, match="month"):
        compute(replace(given([steady("001")]), month="2026-13"))
    with pytest.raises(ValueError, match="one code"):
        compute(given([steady("001"), steady("001")]))


def test_facts_of_other_months_are_not_read() -> None:
    found = varied(4)
    later = [
        replace(one, facts={**one.facts, "csat": {**one.facts["csat"], "2026-11": csat(0, 500), "2020-01": csat(0, 9)}})
        for one in found
    ]
    expected = strict(given(found, policy=QUICK))
    assert strict(replace(given(later, policy=QUICK), organisation=whole(found))) == expected


def test_critical_failures_are_counted() -> None:
    one = steady("001")
    facts = {**one.facts, "shop_critical": {month: Fact.of([100, 0]) for month in SPAN}}
    sections = {"shop_section.A": {month: shops(90, 70) for month in SPAN}}
    row = strict(given([replace(one, facts={**facts, **sections}), steady("002")], policy=QUICK))["branches"][0]
    assert row["shops"]["critical_failures"] == 12
    assert row["shops"]["sections"] == {"A": 80}
    assert row["month"]["shops"]["critical_failures"] == 1
