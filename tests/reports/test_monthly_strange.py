"""The monthly report of every kind of strange month."""

from __future__ import annotations

from dataclasses import replace

from reports.opening import opening
from reports.units import ProfitMonth
from tests.reports.banks import MONTH, branch, csat, given, shops, unit
from tests.reports.strange import QUICK, SPAN, steady, strict, varied


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
