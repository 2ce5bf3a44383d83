"""What is planted in the demo's cases, promises and leaving answers is found again by the reports."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import chain
from random import Random

import numpy as np
import pytest

from reports import months as calendar
from reports.loop import CaseRow, loyalty_effect, recovered, share, speed_effect
from survey_app import clock
from survey_app.demo import case_plan, filled, leaving, others
from survey_app.demo.case_logs import log_of
from survey_app.demo.case_plan import FAST, LEAVES, PlannedCase
from survey_app.demo.cases import in_order
from survey_app.demo.storing import batches
from survey_app.loop import hours
from survey_app.loop.policy import Loop
from survey_app.loop.states import CLOSINGS
from survey_app.loop.subjects import SUBJECTS
from tests.support.clocks import MOMENT
from tests.support.truth import Simulated, simulate

RULES = Loop()


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return simulate(60, 15, 7)


@pytest.fixture(scope="module")
def planned(simulated: Simulated) -> list[PlannedCase]:
    with clock.moved_to(MOMENT):
        watch = case_plan.Watch()
        bank, drawn = simulated.bank, simulated.surveys
        told = chain(
            filled.surveys(bank, simulated.truth, drawn, MOMENT),
            others.recoveries(bank, simulated.truth, drawn, MOMENT),
        )
        assert sum(1 for _one in watch(told)) > len(drawn)
        return case_plan.draw(bank, watch, MOMENT)


def rows(planned: list[PlannedCase]) -> list[CaseRow]:
    """The planned cases as a report of all months would see them; who can have left by now is known."""
    last = calendar.shift(calendar.of(MOMENT.date()), -3)
    counted = RULES.hours()
    found = []
    for one in planned:
        ended = calendar.of(clock.local(one.closed_at).date()) if one.closed_at else ""
        found.append(
            CaseRow(
                branch=one.branch,
                opened=True,
                closed=one.closed_at is not None,
                how=one.how,
                contact=hours.between(one.opened_at, one.contacted_at, counted) if one.contacted_at else None,
                reopened=one.reopened_at is not None,
                repeat=one.repeats is not None,
                left=bool(one.left_in) if ended and ended <= last else None,
            )
        )
    return found


def test_the_report_recovers_what_was_planted(planned: list[PlannedCase]) -> None:
    found = rows(planned)
    summed = recovered(found).saved
    assert summed is not None
    won = summed.n / summed.of
    # Bayes: what the planted chances of a quick contact make of the share that was won.
    quick = FAST[True] * won + FAST[False] * (1 - won)
    true_speed = 100 * (FAST[True] * won / quick - (1 - FAST[True]) * won / (1 - quick))
    speed = speed_effect(found, RULES.level_hours["agent"])
    assert speed is not None
    assert speed.low > 0, "contact within the first rung's hours goes with being won back"
    assert speed.low - 4 < true_speed < speed.high + 4
    loyalty = loyalty_effect(found)
    assert loyalty is not None
    true_loyalty = 100 * (LEAVES[False] - LEAVES[True])
    assert loyalty.low > 0, "who was not won back leaves more often"
    assert loyalty.low < true_loyalty < loyalty.high


def test_every_planned_case_is_one_that_the_database_takes(planned: list[PlannedCase]) -> None:
    assert [one.number for one in planned] == list(range(1, len(planned) + 1))
    for one in planned:
        assert one.subject in SUBJECTS
        assert (one.closed_at is None) == (one.how == ""), one
        assert one.how in {"", *CLOSINGS}
        moments = [at for at in (one.opened_at, one.contacted_at, one.done_at, one.closed_at) if at is not None]
        assert moments == sorted(moments), one
        assert moments[-1] <= MOMENT, one
    states = Counter((one.how, one.done_at is not None, one.contacted_at is not None) for one in planned)
    assert {("", False, False), ("", False, True), ("", True, True)} <= set(states), "something is still to be done"
    assert sum(one.repeats is not None for one in planned) > 20


def test_an_answer_that_does_not_confirm_opened_its_case_again(planned: list[PlannedCase]) -> None:
    answered = [one for one in planned if one.answer is not None]
    assert len(answered) > 600
    for one in answered:
        assert one.answer is not None
        assert (one.reopened_at is None) == (one.answer.answers["rf1"] == "yes")


def test_why_customers_go_comes_back_in_its_order(simulated: Simulated) -> None:
    with clock.moved_to(MOMENT):
        given = list(leaving.answers(simulated.bank, MOMENT))
    weak = {branch.index for branch in simulated.bank.with_role("weak")}
    said = Counter(one.answers["lc1"] for one in given if one.branch not in weak)
    for code, true in leaving.REASONS.items():
        found = share(said[code], said.total(), 0.999)
        assert found is not None
        assert found.low < 100 * true < found.high, code
    assert said.most_common(1)[0][0] == "cost"


def test_the_same_seed_plans_the_same_cases(simulated: Simulated, planned: list[PlannedCase]) -> None:
    small = simulate(4, 3, 5)
    with clock.moved_to(MOMENT):
        twice = []
        for _each in range(2):
            watch = case_plan.Watch()
            list(watch(filled.surveys(small.bank, small.truth, small.surveys, MOMENT)))
            twice.append(case_plan.draw(small.bank, watch, MOMENT))
    assert twice[0] == twice[1]
    assert np.mean([one.source == "survey" for one in planned]) > 0.3


def test_a_case_is_stored_after_the_one_that_it_repeats(planned: list[PlannedCase]) -> None:
    again = {one.number: one.repeats for one in planned if one.repeats}
    kept: set[int] = set()
    for batch in batches(planned, 250):
        for part in in_order(batch):
            assert all(again[one.number] in kept for one in part if one.number in again)
            kept |= {one.number for one in part}
    assert kept == {one.number for one in planned}


def test_nobody_calls_a_customer_at_night(planned: list[PlannedCase]) -> None:
    random = Random(1)
    row = {"owner_id": 1, "repeat_of_id": None, "invitation_id": None, "overdue_since": None, "adopted_at": None}
    late = [one for one in planned if one.source == "manual" and one.opened_at > MOMENT - timedelta(days=40)]
    tried = [event for one in late for event in log_of(one, row, 1, random) if event["kind"] == "contacted"]
    assert tried
    assert {8 <= clock.local(event["at"]).hour < 17 for event in tried} == {True}
