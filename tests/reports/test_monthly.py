"""The monthly report: what it says of ordinary months, and of every kind of strange one."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from reports import months, wording
from reports.facts import Fact
from reports.monthly import compute, report_json
from reports.opening import accounting, opening
from reports.policy import Policy
from reports.units import MonthInput, ProfitMonth, Unit
from tests.reports.banks import MONTH, Simulation, branch, csat, given, shops, unit, whole

SPAN = months.span(MONTH, 25)
QUICK = Policy(draws=500)


def strict(found: MonthInput) -> dict[str, Any]:
    """The report, after its JSON was written strictly and every sentence about it could be said."""
    report = compute(found)
    text = report_json(report)
    assert json.loads(text) == report.data, "written and read back it is the same"
    opening(report.data)
    accounting(report.data)
    for row in report.data["branches"]:
        wording.rank(row)
        wording.tier(row["tier"])
        wording.quadrant(row["quadrant"], row["quadrant_probability"])
        wording.why_hidden(row["why"])
        wording.status(row["status"])
        for part in ("surveys", "shops", "profit"):
            wording.why(row[part], report.data["settings"])
            wording.why(row["month"][part], report.data["settings"])
    assert set(report.tables) == {"ranking", "regions", "agents"}
    return report.data


def steady(code: str, good: int = 24, n: int = 30, score: float = 80, gap: float = 1.0, **more: Any) -> Unit:
    """A branch with the same month again and again."""
    surveys = dict.fromkeys(SPAN, (good, n))
    facts = {"shop_total": {month: shops(score, score + 2) for month in SPAN}}
    profit = {month: ProfitMonth(100.0, 60.0 - gap, 40.0) for month in SPAN}
    return unit(code, surveys=surveys, facts=facts, profit=profit, **more)


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
    assert report_json(compute(again)) == json.dumps(ordinary, ensure_ascii=False, indent=1) + "\n"


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


def test_no_data_at_all() -> None:
    for branches in ([], [unit("001"), unit("002")]):
        data = strict(given(branches))
        assert data["overall"]["code"] == "no_data"
        assert data["settings"]["reference"]["chosen"] == "none"
        assert [row["why"] for row in data["branches"]] == ["no_data"] * len(branches)
        assert data["organisation"]["surveys"] == {**data["organisation"]["surveys"], "n": 0, "csat": None}


def test_one_branch_is_not_compared() -> None:
    data = strict(given([steady("001")], policy=QUICK))
    row = data["branches"][0]
    assert data["overall"]["code"] == "one_branch"
    assert not row["hidden"]
    assert row["surveys"]["csat"] == 80
    assert row["rank"]["median"] is None
    assert row["tier"] is None
    assert row["service"]["index"] is None


def test_equal_scores_make_no_ranking() -> None:
    """τ = 0 everywhere: every place is as likely as any other, and the page says so."""
    data = strict(given([steady(f"{i:03d}") for i in range(1, 9)], policy=QUICK))
    assert data["overall"]["code"] == "no_spread"
    assert data["overall"]["components"] == {"surveys": False, "shops": False, "profit": False}
    for row in data["branches"]:
        assert row["rank"] == {"median": None, "low": 1, "high": 8, "of": 8, "wide": True}
        assert row["tier"] == "not_told_apart"
        assert row["composite"] is None
    assert "אין דירוג" in opening(data)[0] or "no ranking" in opening(data)[0]


def test_perfect_scores_are_no_failure() -> None:
    """Everybody satisfied: the variance of an answer is nothing, and so is the spread."""
    data = strict(given([steady(f"{i:03d}", good=30) for i in range(1, 9)], policy=QUICK))
    assert data["overall"]["code"] == "no_spread"
    assert all(row["surveys"]["shrunken"] == 100 for row in data["branches"])


def varied(count: int = 12, **more: Any) -> list[Unit]:
    return [steady(f"{i:03d}", good=18 + i % 10, score=70 + i, gap=float(i), **more) for i in range(1, count + 1)]


def test_missing_profit_leaves_the_branch_in_the_ranking() -> None:
    found = varied()
    found[3] = replace(found[3], profit={})
    data = strict(given(found, policy=QUICK))
    row = branch(data, "004")
    assert not row["hidden"]
    assert row["rank"]["median"] is not None
    assert row["profit"]["why"] == "no_profit"
    assert row["profit"]["index"] is None
    assert row["quadrant"] is None
    widths = {r["code"]: r["rank"]["high"] - r["rank"]["low"] for r in data["branches"]}
    assert widths["004"] == max(widths.values()), "the prior of profit widens its interval most"


def test_no_profit_at_all_ranks_by_service_alone() -> None:
    data = strict(given([replace(one, profit={}) for one in varied()], policy=QUICK))
    assert data["overall"]["components"]["profit"] is False
    for row in data["branches"]:
        assert row["composite"] == row["service"]["index"]
        assert row["profit"]["why"] == "no_profit"


def test_too_few_profit_months() -> None:
    found = varied()
    found[0] = replace(found[0], profit={month: ProfitMonth(100, 60, 40) for month in SPAN[-5:]})
    row = branch(strict(given(found, policy=QUICK)), "001")
    assert row["profit"]["why"] == "few_months"
    assert row["profit"]["months"] == 5
    assert row["profit"]["contribution"] == 200
    assert row["profit"]["index"] is None


def test_revenue_of_nothing() -> None:
    found = varied()
    found[0] = replace(found[0], profit={month: ProfitMonth(0, 60, 40) for month in SPAN})
    row = branch(strict(given(found, policy=QUICK)), "001")
    assert row["profit"]["why"] == "no_revenue"
    assert row["profit"]["percent"] is None
    assert not row["hidden"]


def test_opened_closed_and_merged_branches_are_accounted_for() -> None:
    found = varied()
    opened = replace(steady("101"), opened=MONTH, facts={"csat": {MONTH: csat(5, 6)}}, profit={})
    found += [
        opened,
        replace(steady("102"), closed=MONTH),
        replace(steady("103"), closed="2026-09", merged_into="001"),
        replace(steady("104"), ranked=False),
        replace(steady("105"), opened="2026-11"),
        replace(steady("106"), closed="2024-01"),
    ]
    data = strict(given(found, policy=QUICK))
    codes = {row["code"]: row for row in data["branches"]}
    assert set(codes) == {f"{i:03d}" for i in range(1, 13)} | {"101", "102", "103", "104"}
    assert codes["101"]["why"] == "opened"
    assert codes["101"]["status"] == {"code": "opened", "month": MONTH, "into": None}
    assert codes["102"]["why"] == "closed"
    assert codes["103"]["why"] == "merged"
    assert codes["103"]["status"]["into"] == "001"
    assert codes["104"]["why"] == "not_ranked"
    assert data["overall"]["hidden"] == {"closed": 1, "merged": 1, "not_ranked": 1, "opened": 1}
    assert data["overall"]["branches"] == data["overall"]["ranked"] + sum(data["overall"]["hidden"].values())
    assert [row["hidden"] for row in data["branches"]] == [False] * 12 + [True] * 4, "the hidden stand last"
    assert all(row["rank"]["of"] == 12 for row in data["branches"] if not row["hidden"])


def test_a_new_branch_ranks_as_soon_as_its_bases_allow() -> None:
    found = varied()
    fresh = unit("200", surveys={MONTH: (25, 40)}, opened=MONTH)
    row = branch(strict(given([*found, fresh], policy=QUICK)), "200")
    assert not row["hidden"]
    assert row["status"]["code"] == "opened"
    assert row["shops"]["why"] == "no_visits"


def test_extreme_outliers() -> None:
    found = varied()
    found[0] = replace(found[0], profit={month: ProfitMonth(1e9, 1e3, 0) for month in SPAN})
    found[1] = replace(found[1], profit={m: ProfitMonth(1e-6, 1e9, 1e9) for m in SPAN})
    found[2] = steady("003", good=0)
    data = strict(given(found, policy=QUICK))
    assert branch(data, "003")["surveys"]["csat"] == 0
    assert data["overall"]["ranked"] == 12


def test_small_bases_are_hidden_with_their_reason() -> None:
    found = varied(10)
    recent = SPAN[-3:]
    found.append(unit("201", "south", surveys=dict.fromkeys(recent, (2, 3))))
    found.append(unit("202", "south", surveys=dict.fromkeys(recent, (4, 6)), facts={}))
    found.append(unit("203", "south", surveys=dict.fromkeys(recent, (40, 50))))
    data = strict(given(found, policy=QUICK))
    few, taken, large = (branch(data, code) for code in ("201", "202", "203"))
    assert (few["surveys"]["n"], few["surveys"]["csat"], few["surveys"]["why"]) == (9, None, "few_responses")
    assert few["hidden"]
    assert few["why"] == "few_responses"
    assert taken["surveys"]["why"] == "complementary"
    assert taken["surveys"]["csat"] is None
    assert taken["surveys"]["shrunken"] is None
    assert large["surveys"]["csat"] == 80


def test_what_is_hidden_is_used_in_no_other_number() -> None:
    """Other answers of the hidden branches change nothing but what is a sum over them."""
    found = varied(10)
    hidden = [
        unit("201", "south", surveys={MONTH: (9, 9)}),
        unit("202", "south", surveys={MONTH: (30, 35)}),
        unit("203", "south", surveys={MONTH: (40, 50)}),
    ]
    other = [
        unit("201", "south", surveys={MONTH: (4, 9)}),
        unit("202", "south", surveys={MONTH: (35, 35)}),
        hidden[2],
    ]
    assert sum(one.facts["csat"][MONTH].total for one in hidden) == sum(one.facts["csat"][MONTH].total for one in other)
    first, second = (strict(given([*found, *some], policy=QUICK)) for some in (hidden, other))
    assert branch(first, "202")["surveys"]["why"] == "complementary"
    assert first == second


def test_ranking_needs_thirty_answers_or_three_visits() -> None:
    found = varied(10)
    found.append(unit("201", surveys=dict.fromkeys(SPAN, (8, 9))))
    found.append(unit("202", surveys=dict.fromkeys(SPAN, (9, 10))))
    found.append(unit("203", facts={"shop_total": {month: shops(80) for month in SPAN[-3:]}}))
    found.append(unit("204", facts={"shop_total": {month: shops(80) for month in SPAN[-2:]}}))
    data = strict(given(found, policy=QUICK))
    assert branch(data, "201")["why"] == "few_responses"
    assert branch(data, "201")["surveys"]["csat"] == 88.89, "shown from ten on"
    assert branch(data, "201")["surveys"]["shrunken"] is not None
    assert not branch(data, "202")["hidden"]
    assert not branch(data, "203")["hidden"]
    assert branch(data, "203")["surveys"]["why"] == "no_responses"
    assert branch(data, "204")["why"] == "few_responses"
    assert branch(data, "204")["shops"]["why"] == "few_visits"


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
