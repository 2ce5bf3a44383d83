"""What is true in the demo bank is found again in what was drawn from it."""

from __future__ import annotations

import numpy as np
import pytest

from reports.drivers import importance
from reports.employees import Association, association
from reports.recovery import GROUPS, Counts, recovery
from reports.shopping import severity
from survey_app.demo import employees, others, shops
from survey_app.demo.truth import DRIVERS, PROBLEMS
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


def test_employees_lead_service_by_a_month(simulated: Simulated) -> None:
    """The page of employees beside customers finds the planted link, from the branches that are shown by themselves."""
    bank, drawn = simulated.bank, simulated.surveys
    said: dict[tuple[int, int], list[float]] = {}
    for one in employees.draw(bank, simulated.truth):
        good = [value >= 4 for code, value in one.answers.items() if code in employees.FIVES]
        said.setdefault((one.branch.index, bank.months.index(one.month)), []).append(float(np.mean(good)))
    shape = len(bank.branches), len(bank.months)
    pulse, customers = np.full(shape, np.nan), np.full(shape, np.nan)
    for at, people in said.items():
        if len(people) >= 8:
            pulse[at] = 100 * np.mean(people)
    for branch, month in np.ndindex(shape):
        asked = (drawn.branch == branch) & (drawn.month == month) & (drawn.answers["pv1"] > 0)
        if asked.sum() >= 10:
            customers[branch, month] = 100 * (drawn.answers["pv1"][asked] >= 4).mean()
    shown = (~np.isnan(pulse)).any(axis=1).sum()
    assert 20 <= shown < len({branch for branch, _month in said}), "some are shown by themselves, some never are"
    later = association(pulse, customers, 1)
    assert isinstance(later, Association)
    assert later.low > 0


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


@pytest.mark.parametrize("months", [range(12, 15), range(15)], ids=["the review's window", "all months"])
def test_the_method_finds_what_drives_satisfaction(simulated: Simulated, months: range) -> None:
    """The first driver beyond doubt in three months; the other two, truly near each other, in order from all months."""
    drawn = simulated.surveys
    topics = {"ease": "pv7", "courtesy": "pv5", "clarity": "pv6"}
    asked = np.isin(drawn.month, list(months))
    for question in ("pv1", *topics.values()):
        asked &= drawn.answers[question] > 0
    x = np.column_stack([drawn.answers[question][asked] for question in topics.values()]).astype(float)
    found = importance(drawn.answers["pv1"][asked].astype(float), x, drawn.branch[asked].tolist(), draws=200)
    order = [list(topics)[at] for at in np.argsort(-found.shares)]
    true = sorted(DRIVERS, key=lambda name: -DRIVERS[name])
    assert order[0] == true[0]
    assert found.top[0] > 0.95
    assert order == true or found.low[1] < found.shares[2], "of two that are alike neither is surely second"
    assert order == true or len(months) < 15


def test_the_method_finds_what_handling_is_worth_and_claims_no_paradox(simulated: Simulated) -> None:
    drawn = simulated.surveys
    asked = (drawn.answers["pv1"] > 0) & np.isin(drawn.month, [12, 13, 14])
    counts = {}
    for at, name in enumerate(GROUPS):
        given = drawn.answers["pv1"][asked & (drawn.problem == at)]
        counts[name] = Counts(int((given >= 4).sum()), given.size, 0, 0, 0)
    found = recovery(counts)
    handling, forgiven = found.handling["top_box"], found.forgiven["top_box"]
    assert handling is not None
    assert handling.low > 20
    assert forgiven is not None
    assert forgiven.value < 0, "in this bank a handled problem still costs a little"
    assert not found.paradox


def test_the_method_finds_strict_shoppers(simulated: Simulated) -> None:
    visits = shops.draw(simulated.bank, simulated.truth, MOMENT)
    scores = [100 * float(np.mean([v.filled.answers[item] != "no" for item in shops.ITEMS])) for v in visits]
    found = severity(scores, [visit.filled.branch for visit in visits], [visit.shopper for visit in visits])
    true = simulated.truth.severity[found.shoppers]
    assert np.corrcoef(found.shopper.effects, true)[0, 1] < -0.75, "a positive truth finds more fault"
    told = np.abs(found.shopper.effects) > 1.96 * found.shopper.standard_errors
    assert told.sum() >= 2
    assert (found.shopper.effects * (true - true.mean()) < 0)[told].all()


def test_what_is_true_of_problems_is_known_to_the_point(simulated: Simulated) -> None:
    true, drawn = simulated.truth.recovery(simulated.bank), simulated.surveys
    asked = (drawn.answers["pv1"] > 0) & (drawn.month < len(simulated.bank.months))
    assert list(true) == list(PROBLEMS)
    for group, name in enumerate(PROBLEMS):
        satisfied = drawn.answers["pv1"][asked & (drawn.problem == group)] >= 4
        margin = 3.5 * np.sqrt(true[name] * (1 - true[name]) / len(satisfied))
        assert abs(satisfied.mean() - true[name]) < margin + 0.004, name
    assert true["no_problem"] > true["handled"] > true["not_reported"] > true["not_handled"]
