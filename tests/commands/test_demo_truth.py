"""What is true in the demo bank is found again in what was drawn from it."""

from __future__ import annotations

import numpy as np
import pytest

from survey_app.demo import others, shops
from tests.support.clocks import MOMENT
from tests.support.truth import Simulated, simulate


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return simulate(60, 15, 7)


def test_observed_satisfaction_follows_the_true_one(simulated: Simulated) -> None:
    observed, true = simulated.shares(3)
    assert np.corrcoef(observed, true)[0, 1] > 0.75
    assert abs(observed.mean() - true.mean()) < 0.01
    observed, true = simulate(8, 4, 11).shares(4)
    assert np.corrcoef(observed, true)[0, 1] > 0.5


def planted(simulated: Simulated, role: str) -> list[int]:
    return [branch.index for branch in simulated.bank.with_role(role)]


def csat(simulated: Simulated, branch: int, months: range) -> float:
    drawn = simulated.surveys
    asked = (drawn.branch == branch) & np.isin(drawn.month, list(months)) & (drawn.answers["pv1"] > 0)
    return float((drawn.answers["pv1"][asked] >= 4).mean())


def test_planted_stories_show(simulated: Simulated) -> None:
    (drop,) = planted(simulated, "drop")
    assert csat(simulated, drop, range(14, 15)) < csat(simulated, drop, range(11, 14)) - 0.2
    for role, sign in (("improving", 1), ("falling", -1)):
        change = [csat(simulated, b, range(10, 15)) - csat(simulated, b, range(5)) for b in planted(simulated, role)]
        assert sign * float(np.mean(change)) > 0.08, role
    best = np.mean([csat(simulated, b, range(15)) for b in planted(simulated, "excellent")])
    worst = np.mean([csat(simulated, b, range(15)) for b in planted(simulated, "weak")])
    assert best - worst > 0.15
    (tiny,) = planted(simulated, "tiny")
    assert (simulated.surveys.branch[simulated.surveys.month == 14] == tiny).sum() < 10


def test_problems_cost_and_handling_them_wins_back(simulated: Simulated) -> None:
    drawn = simulated.surveys
    asked = drawn.answers["pv1"] > 0
    top = {group: float((drawn.answers["pv1"][asked & (drawn.problem == group)] >= 4).mean()) for group in range(4)}
    none, handled, not_handled, not_reported = (top[group] for group in range(4))
    assert none > handled > not_reported > not_handled
    assert handled - not_handled > 0.4
    answers = [one.answers for one in others.recoveries(simulated.bank, simulated.truth, drawn, MOMENT)]
    by_outcome = {
        outcome: np.mean([a["rf8"] >= 4 for a in answers if a["rf1"] == outcome and a.get("rf8", "dk") != "dk"])
        for outcome in ("yes", "no")
    }
    assert by_outcome["yes"] - by_outcome["no"] > 0.4


def test_shops_follow_compliance_and_severity_and_hardly_the_surveys(simulated: Simulated) -> None:
    visits = shops.draw(simulated.bank, simulated.truth, MOMENT)
    share = np.array([np.mean([v.filled.answers[item] != "no" for item in shops.ITEMS]) for v in visits])
    branch = np.array([visit.filled.branch for visit in visits])
    shopper = np.array([visit.shopper for visit in visits])
    per_branch = np.array([share[branch == b].mean() for b in range(len(simulated.bank.branches))])
    per_shopper = np.array([share[shopper == s].mean() for s in range(len(simulated.bank.shoppers))])
    assert np.corrcoef(per_branch, simulated.truth.compliance)[0, 1] > 0.7
    assert np.corrcoef(per_shopper, simulated.truth.severity)[0, 1] < -0.6
    assert abs(np.corrcoef(per_branch, simulated.truth.service.mean(axis=1))[0, 1]) < 0.6
    # The severity model needs rotation.
    assert all(len(set(branch[shopper == s])) >= 5 for s in range(len(simulated.bank.shoppers)))
    assert all(len(set(shopper[branch == b])) >= 3 for b in range(len(simulated.bank.branches)))
