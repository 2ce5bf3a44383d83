"""What is taken out of the numbers before branches are compared, against known truths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reports import months, ranking
from reports.adjust import LEVEL, Severity, expected_margin
from reports.monthly import compute
from reports.policy import Policy
from reports.shopping import severity
from reports.units import MonthInput, ProfitMonth, Unit
from tests.reports.banks import MONTH, branch, given, shops, unit
from tests.reports.strange import QUICK, SPAN, steady, strict, varied

POLICY = replace(QUICK, draws=1000)


def row(code: str, effect: float, error: float, n: int = 12, others: int = 6) -> dict[str, Any]:
    """A branch's row of the severity model, as a month's input holds it."""
    return {"branch": code, "n": n, "others": others, "raw": 0.0, "effect": effect, "error": error}


def model(rows: Sequence[dict[str, Any]], spread: float = 3.0, mean: float = 80.0) -> dict[str, Any]:
    sds = {"branch": spread, "shopper": 5.0, "error": 10.0}
    return {"severity": {"fitted": True, "mean": mean, "sds": sds, "branches": list(rows)}}


def test_an_effect_is_brought_back_to_the_observation_that_was_shrunken() -> None:
    """One normal level: an observation 4 above the mean with variance 3, drawn by r = 9/12 to 3, with PEV 9 · 3/12."""
    found = Severity.of([unit("001"), unit("002")], POLICY, model([row("001", 3.0, 2.25**0.5)]))
    assert found.status == "on"
    assert found.score[0] == pytest.approx(84.0)
    assert found.variance[0] == pytest.approx(3.0)
    assert np.isnan(found.score[1])


def visited(seed: int = 4, branches: int = 40, shoppers: int = 12) -> tuple[list[Unit], dict[str, Any], Any, Any]:
    """A bank whose few shoppers differ more than its branches do: units, model, true scores, un-adjusted errors."""
    random = np.random.default_rng(seed)
    truth = 80 + 4 * random.standard_normal(branches)
    strict_by = 8 * random.standard_normal(shoppers)
    scores, homes, by, units = [], [], [], []
    for place in range(branches):
        own = random.choice(shoppers, size=3, replace=False)
        facts: dict[str, Any] = {}
        for month in months.span(MONTH, 12):
            who = int(own[random.integers(3)])
            score = float(np.clip(truth[place] + strict_by[who] + 5 * random.standard_normal(), 0, 100))
            scores.append(score)
            homes.append(place)
            by.append(who)
            facts[month] = shops(score)
        units.append(unit(f"{place:03d}", facts={"shop_total": facts}))
    fitted = severity(scores, homes, by)
    seen = [len({who for who, home in zip(by, homes, strict=True) if home == place}) for place in range(branches)]
    rows = [
        row(f"{label:03d}", float(effect), float(error), others=seen[label])
        for label, effect, error in zip(fitted.branches, *fitted.branch, strict=True)
    ]
    found = model(rows, fitted.sds["branch"], fitted.mean)
    found["severity"]["sds"] = fitted.sds
    return units, found, truth, fitted


def test_severity_is_taken_out_and_shrunken_only_once() -> None:
    units, found, truth, fitted = visited()
    data = compute(MonthInput(MONTH, POLICY, units, [], given(units).organisation, models=found)).data
    rows = sorted(data["branches"], key=lambda one: str(one["code"]))
    raw, adjusted = (np.array([one["shops"][name] for one in rows]) for name in ("score", "adjusted"))
    # The shoppers' mean is not identified: what counts is how far branches stand from each other.
    off = [float(np.std(values - truth)) for values in (raw, adjusted)]
    assert off[1] < 0.6 * off[0]
    assert data["settings"]["adjustments"]["severity"] == "on"
    # A normal prior of the model's own spread gives its effects back: nothing was shrunken twice.
    said = Severity.of(units, POLICY, found)
    own = fitted.sds["branch"] ** 2
    back = own / (own + said.variance) * (said.score - fitted.mean)
    assert back == pytest.approx(fitted.branch.effects, abs=1e-6)
    shrunken = np.array([one["shops"]["shrunken"] for one in rows])
    assert np.corrcoef(shrunken, truth)[0, 1] > np.corrcoef(raw, truth)[0, 1] + 0.05
    spread = ranking.shrink(said.score, said.variance, draws=0).tau
    assert spread == pytest.approx(fitted.sds["branch"], rel=0.25)


@pytest.mark.parametrize(
    ("policy", "models", "status"),
    [
        (POLICY, {}, "not_fitted"),
        (POLICY, {"severity": None}, "not_fitted"),
        (POLICY, {"severity": {"fitted": False, "branches": []}}, "not_fitted"),
        (POLICY, model([row("001", 3.0, 1.0)], spread=0.0), "not_fitted"),
        (Policy.of_signed({"draws": 1000}), model([row("001", 9.0, 1.0)]), "off"),
    ],
    ids=["none", "nothing", "unfitted", "no spread", "signed before"],
)
def test_without_a_model_raw_scores_rank(policy: Policy, models: dict[str, Any], status: str) -> None:
    found = replace(given(varied(6), policy=policy), models=models)
    data = strict(found)
    assert data["settings"]["adjustments"]["severity"] == status
    assert all(one["shops"]["adjusted"] is None for one in data["branches"])
    plain = compute(replace(found, models={}, policy=Policy.of_signed({"draws": 1000}))).data
    assert [one["composite"] for one in data["branches"]] == [one["composite"] for one in plain["branches"]]


def test_a_branch_that_the_model_has_not_seen_counts_with_its_raw_score() -> None:
    units = varied(8)
    rows = [row(one.code, float(place - 4), 1.0, n=24) for place, one in enumerate(units[:-1])]
    data = strict(replace(given(units, policy=POLICY), models=model(rows)))
    assert branch(data, units[-1].code)["shops"]["adjusted"] is None
    assert branch(data, units[-1].code)["shops"]["shrunken"] is not None


def test_visits_of_a_merged_branch_count_where_its_facts_do() -> None:
    units = [unit("001"), unit("002", merged_into="001", closed=MONTH)]
    found = Severity.of(units, POLICY, model([row("001", 0.0, 1.0, n=10), row("002", 8.0, 1.0, n=30)]))
    assert found.score[0] == pytest.approx(80 + 0.75 * 9)  # r = 8/9
    assert found.variance[0] < Severity.of(units, POLICY, model([row("001", 0.0, 1.0, n=10)])).variance[0]


def test_hidden_shops_hide_their_adjusted_score_too() -> None:
    few = unit("001", facts={"shop_total": {MONTH: shops(90, 92)}}, surveys=dict.fromkeys(SPAN, (24, 30)))
    data = strict(replace(given([few, *varied(6)[1:]], policy=POLICY), models=model([row("001", 3.0, 1.0)])))
    assert branch(data, "001")["shops"]["adjusted"] is None


def test_case_mix_moves_the_ranking_only_where_the_policy_asks_for_it() -> None:
    units = varied(12)
    rows = [
        {"branch": one.code, "n": 90, "adj": 15.0 if one.code == "001" else -1.0, "variance": 18.0} for one in units
    ]
    found = replace(given(units, policy=POLICY), models={"casemix": {"fitted": True, "branches": rows}})
    off, on = strict(found), strict(replace(found, policy=replace(POLICY, case_mix=True)))
    assert off["settings"]["adjustments"]["case_mix"] is False
    assert branch(off, "001")["surveys"]["adjustment"] is None
    assert on["settings"]["adjustments"]["case_mix"] is True
    assert branch(on, "001")["surveys"]["adjustment"] == 15.0
    assert branch(on, "001")["surveys"]["csat"] == branch(off, "001")["surveys"]["csat"], "raw stands beside"
    assert branch(on, "001")["surveys"]["shrunken"] > branch(off, "001")["surveys"]["shrunken"] + 8
    assert branch(on, "001")["service"]["index"] > branch(off, "001")["service"]["index"]


def test_expected_margin_is_that_of_size_and_area() -> None:
    units = [unit(f"{i:03d}", size="SL"[i % 2], area="NS"[i // 2 % 2]) for i in range(1, 17)]
    margin = np.array([10.0 + 5 * (one.size == "L") - 2 * (one.area == "N") for one in units])
    assert expected_margin(margin, units) == pytest.approx(margin)


def test_a_size_of_few_branches_is_not_compared_with_itself_alone() -> None:
    units = [unit(f"{i:03d}", size="L" if i < LEVEL else "S", area="N") for i in range(1, 12)]
    margin = np.array([30.0 if one.size == "L" else 10.0 for one in units])
    expected = expected_margin(margin, units)
    assert (margin - expected)[0] > 15


def test_profit_can_be_held_against_size_and_area() -> None:
    def one(place: int) -> Unit:
        size, better = "SL"[place % 2], float(place // 2 % 5)
        base = steady(f"{place:03d}", size=size, area="N")
        margin = (40 if size == "L" else 20) + better
        # Targets say nothing here: each is what was reached.
        profit = {month: ProfitMonth(100.0, 100.0 - margin + (at % 3), margin) for at, month in enumerate(SPAN)}
        return replace(base, profit=profit)

    found = given([one(place) for place in range(1, 21)], policy=POLICY)
    target = strict(found)
    size = strict(replace(found, policy=replace(POLICY, profit_against="size_and_area")))
    assert target["settings"]["adjustments"]["profit"] == "target"
    assert all(row["profit"]["expected"] is None for row in target["branches"])
    rows = {row["code"]: row for row in size["branches"]}
    assert rows["001"]["profit"]["expected"] - rows["002"]["profit"]["expected"] == pytest.approx(20.0, abs=0.5)
    # 009 is 4 above 001, of the same size; and a large branch has no head start on a small one.
    assert rows["009"]["profit"]["index"] > rows["001"]["profit"]["index"] + 5
    small = np.mean([one["profit"]["index"] for code, one in rows.items() if int(code) % 2 == 0])
    large = np.mean([one["profit"]["index"] for code, one in rows.items() if int(code) % 2 == 1])
    assert small == pytest.approx(large, abs=0.5)
