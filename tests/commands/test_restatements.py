"""What is corrected after a month was signed: shown beside it, in batches that protect respondents."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from survey_app import db, jobs
from survey_app.commands import facts, organisation, responses, reviews
from survey_app.commands.reviews import is_due
from survey_app.errors import NotFound
from survey_app.models import Branch, Job, PendingRestatement, Profit, Restatement, User
from survey_app.queries import reviews as queries
from tests.commands.acting import Field, shop_answers
from tests.commands.signing import MONTH, OCTOBER, answer, boss, sign
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.databases import Queries
from tests.support.factories import setting

#: Under so many changed answers of customers nothing is restated [policy].
LEAST = 10
__all__ = ["boss"]


def restatements() -> list[Restatement]:
    with db.reading() as session:
        return list(session.scalars(select(Restatement).order_by(Restatement.id)))


def pending() -> tuple[int, int]:
    with db.reading() as session:
        found = session.get(PendingRestatement, MONTH)
        return (found.responses, found.others) if found else (0, 0)


def job_states() -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(Job.state).order_by(Job.id)))


def test_survey_answers_are_restated_in_batches_only(boss: User) -> None:
    sign(boss)
    answer(LEAST - 1)
    assert jobs.run_ready() == 1
    assert (restatements(), pending(), job_states()) == ([], (LEAST - 1, 0), ["done"])
    answer(1)
    assert jobs.run_ready() == 1
    (restated,) = restatements()
    assert (restated.responses, restated.others, pending()) == (LEAST, 0, (0, 0))
    moved = {(one["branch"], one["number"]): (one["was"], one["now"]) for one in restated.changes}
    assert moved["200", "surveys.n"] == (40, 50)
    assert ("201", "surveys.n") not in moved
    with db.reading() as session:
        assert (
            json.loads(restated.numbers)["branches"] == queries.computed(session, MONTH, "signed")[0].data["branches"]
        )


def test_the_next_restatement_is_compared_to_the_last(boss: User) -> None:
    sign(boss)
    for batch in (LEAST, LEAST + 2):
        answer(batch)
        jobs.run_ready()
    first, second = restatements()
    numbers = [{one["number"]: (one["was"], one["now"]) for one in found.changes} for found in (first, second)]
    assert (numbers[0]["surveys.n"], numbers[1]["surveys.n"]) == ((40, 50), (50, 62))


def test_exclusion_and_erasure_count_as_changed_answers(boss: User) -> None:
    ids = answer(LEAST)
    sign(boss)
    for response_id in ids[:5]:
        with setting() as make:
            responses.exclude(make.session, response_id, "כפילות")
    for response_id in ids[5:]:
        with setting() as make:
            responses.erase(make.session, response_id)
    assert pending() == (LEAST, 0)
    assert jobs.run_ready() == 1, "one job for all of them"
    assert [one.responses for one in restatements()] == [LEAST]


def test_shops_and_profit_are_restated_at_once_but_never_with_a_small_batch_of_answers(boss: User) -> None:
    sign(boss)
    with setting() as make:
        field = Field.made(make)
        make.responses(
            version=field.version,
            branch=make.session.get_one(Branch, 1),
            visited_on=OCTOBER,
            state="counted",
            answers=[shop_answers("2026-10-05")],
            context={"link": "assignment", "scenario": field.scenario.facts},
        )
    assert pending() == (0, 1)
    jobs.run_ready()
    assert [(one.responses, one.others) for one in restatements()] == [(0, 1)]
    answer(1)
    with setting() as make:
        facts.touched(make.session, [MONTH], others=2)
    jobs.run_ready()
    assert len(restatements()) == 1, "beside a single answer the shops wait as well"
    assert pending() == (1, 2)


@pytest.mark.parametrize(
    ("responses", "others", "due"), [(0, 0, False), (9, 0, False), (10, 0, True), (0, 1, True), (9, 5, False)]
)
def test_when_a_restatement_is_due(responses: int, others: int, due: bool) -> None:
    assert is_due(PendingRestatement(responses=responses, others=others), LEAST) is due


def test_a_change_reaches_the_signed_months_that_read_it_and_no_others(boss: User, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(MOMENT + timedelta(days=30))
    answer(1, on=date(2026, 9, 7))
    for month in ("2026-09", MONTH, "2026-11"):
        sign(boss, month)
    answer(1)
    with db.reading() as session:
        waiting = session.scalars(select(PendingRestatement.month).order_by(PendingRestatement.month)).all()
        assert list(waiting) == [MONTH, "2026-11"]
        assert sorted(job.payload["month"] for job in session.scalars(select(Job))) == [MONTH, "2026-11"]
    answer(1, on=date(2026, 12, 1))
    assert pending() == (1, 0), "a later month changes nothing"


def test_what_was_prepared_is_stored_without_reading_facts_under_the_lock(
    boss: User, counting_queries: Callable[[], AbstractContextManager[Queries]]
) -> None:
    sign(boss)
    answer(LEAST)
    with db.reading() as session:
        prepared = queries.restated(session, MONTH)
    with setting() as make, counting_queries() as asked:
        stored = reviews.restate(make.session, MONTH, prepared)
    assert stored is not None
    assert stored.numbers == prepared.report.json
    assert asked.about("restatement")
    assert asked.about("branch_fact") == []


def test_what_was_prepared_before_a_correction_is_prepared_again(boss: User) -> None:
    sign(boss)
    answer(LEAST)
    with db.reading() as session:
        prepared = queries.restated(session, MONTH)
    answer(1)
    with setting() as make:
        stored = reviews.restate(make.session, MONTH, prepared)
    assert stored is not None
    assert json.loads(stored.numbers)["branches"] != prepared.report.data["branches"]


def test_a_restatement_keeps_the_settings_the_month_was_signed_with(boss: User) -> None:
    sign(boss)
    with setting() as make:
        organisation.change(make.session, policy={"profit_window": 1, "rank_profit_months": 1, "service_weight": 0.9})
        branch = make.session.get_one(Branch, 3)
        make.session.get_one(Profit, (MONTH, branch.id)).revenue += 1
        facts.touched(make.session, [MONTH], others=1)
    jobs.run_ready()
    (restated,) = restatements()
    assert {one["branch"] for one in restated.changes} <= {"202"}
    assert json.loads(restated.numbers)["settings"]["policy"]["service_weight"] == 0.5


def test_nothing_is_restated_that_was_not_signed_or_not_touched(boss: User) -> None:
    with setting() as make, pytest.raises(NotFound):
        reviews.restate(make.session, MONTH)
    sign(boss)
    with setting() as make:
        assert reviews.restate(make.session, MONTH) is None
