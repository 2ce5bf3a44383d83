"""The month's review: open, signed once and for good, restated in batches."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reports.documents.csv import write
from reports.tables import tables
from survey_app import clock, db, jobs
from survey_app.audit import Actor
from survey_app.commands import facts, organisation, responses, reviews
from survey_app.commands.reviews import is_due
from survey_app.errors import Conflict, NotFound
from survey_app.models import Branch, Job, MonthlyReview, PendingRestatement, Profit, Restatement, User, Version
from survey_app.queries import reviews as queries
from survey_app.transaction import transaction
from tests.commands.acting import SURVEY, Field, shop_answers
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.factories import setting

MONTH = "2026-10"
OCTOBER = date(2026, 10, 5)
#: Under so many changed answers of customers nothing is restated [policy].
LEAST = 10


@pytest.fixture
def boss(database: db.Database, frozen_clock: FrozenClock) -> User:
    """Management of a bank of three branches with surveys and profit in October."""
    with setting() as make:
        version = make.questionnaire(SURVEY)
        for number in range(3):
            branch = make.branch(code=f"20{number}", region=None)
            make.responses(
                version=version,
                branch=branch,
                visited_on=OCTOBER,
                state="counted",
                answers=[{"pv1": 5 if answer % (number + 2) else 2, "pv10": answer % 11} for answer in range(40)],
                context={"link": "personal"},
            )
            make.profit(branch=branch, month=MONTH, revenue=1000 + number, cost=700, target=200, headcount=5)
        return make.user(email="boss@example.com", role="management")


def sign(user: User, month: str = MONTH) -> str:
    with transaction(Actor.user(user), "review.sign", month=month) as session:
        return reviews.sign(session, user, month).numbers


def answer(number: int, value: int = 1, on: date = OCTOBER) -> list[str]:
    """Late answers of the first branch's customers."""
    with setting() as make:
        return make.responses(
            version=make.session.get_one(Version, 1),
            branch=make.session.get_one(Branch, 1),
            visited_on=on,
            state="counted",
            answers=[{"pv1": value}] * number,
            context={"link": "personal"},
        )


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


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "10-2026", "2026-1", "2026-10-01", "אוקטובר", "2026-10'--", "2026-12"]
)
def test_what_is_no_month_or_has_not_begun_is_not_found(boss: User, text: str) -> None:
    with db.reading() as session, pytest.raises(NotFound) as missing:
        queries.review(session, text)
    assert missing.value.status == 404


def test_a_month_begins_on_the_organisation_s_calendar(boss: User, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(datetime(2026, 11, 30, 21, 59, tzinfo=clock.UTC))
    with pytest.raises(NotFound):
        queries.parse_month("2026-12")
    frozen_clock.move_to(datetime(2026, 11, 30, 22, 0, tzinfo=clock.UTC))
    assert queries.parse_month(" 2026-12 ") == "2026-12"


def test_a_month_is_signed_from_the_day_it_closes(boss: User, frozen_clock: FrozenClock) -> None:
    closes = clock.closes_on(MONTH)
    frozen_clock.move_to(clock.start_of(closes) - timedelta(minutes=1))
    with pytest.raises(Conflict):
        sign(boss)
    with db.reading() as session:
        assert not queries.review(session, MONTH).can_be_signed
    frozen_clock.move_to(clock.start_of(closes))
    sign(boss)
    with db.reading() as session:
        found = queries.review(session, MONTH)
        assert (found.state, found.can_be_signed, found.data["state"]) == ("signed", False, "signed")
    with pytest.raises(Conflict):
        sign(boss)
    with pytest.raises(Conflict):
        sign(boss, "2026-11")
    with pytest.raises(NotFound):
        sign(boss, "2026-12")


def test_signed_numbers_stay_to_the_byte(boss: User) -> None:
    numbers = sign(boss)
    with db.reading() as session:
        before = queries.report_text(queries.review(session, MONTH).data)
    answer(25)
    with setting() as make:
        make.session.get_one(Profit, (MONTH, 1)).revenue += 1
        organisation.change(make.session, policy={"service_weight": 0.7})
        facts.touched(make.session, [MONTH], others=1)
    jobs.run_ready()
    with db.reading() as session:
        review = queries.review(session, MONTH)
        signed = session.get_one(MonthlyReview, MONTH)
        assert signed.numbers == numbers
        assert signed.digest == reviews.digest(numbers)
        assert queries.report_text(review.data) == before
        assert [one.responses for one in review.restatements] == [25]


def test_an_open_month_is_computed_again_when_something_changed(boss: User) -> None:
    with db.reading() as session:
        before = queries.review(session, MONTH).data
        assert queries.review(session, MONTH).data == before
    answer(1)
    with db.reading() as session:
        after = queries.review(session, MONTH).data
    assert (before["organisation"]["surveys"]["n"], after["organisation"]["surveys"]["n"]) == (120, 121)


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
    for month in ("2026-09", MONTH, "2026-11"):
        sign(boss, month)
    answer(1)
    with db.reading() as session:
        waiting = session.scalars(select(PendingRestatement.month).order_by(PendingRestatement.month)).all()
        assert list(waiting) == [MONTH, "2026-11"]
        assert sorted(job.payload["month"] for job in session.scalars(select(Job))) == [MONTH, "2026-11"]
    answer(1, on=date(2026, 12, 1))
    assert pending() == (1, 0), "a later month changes nothing"


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


def test_a_signature_holds_references_and_no_names_of_agents(boss: User) -> None:
    with setting() as make:
        branch = make.session.get_one(Branch, 1)
        agent = make.agent(code="A1", branch=branch, since=date(2026, 1, 1))
        make.responses(
            version=make.session.get_one(Version, 1),
            branch=branch,
            visited_on=OCTOBER,
            state="counted",
            answers=[{"pv1": 5}] * 12,
            context={"link": "personal"},
            agent=agent,
        )
    numbers = sign(boss)
    assert agent.name not in numbers
    with db.reading() as session:
        (shown,) = queries.review(session, MONTH).data["agents"]
        assert (shown["code"], shown["name"]) == ("A1", agent.name)


def test_the_list_of_months_counts_responses(boss: User) -> None:
    answer(3, on=date(2026, 9, 1))
    sign(boss)
    with setting() as make:
        make.profit(
            branch=make.branch(code="7", region=None), month="2026-12", revenue=1, cost=1, target=0, headcount=1
        )
        make.profit(
            branch=make.branch(code="8", region=None), month="2026-07", revenue=1, cost=1, target=0, headcount=1
        )
    with db.reading() as session:
        found = [(one.month, one.responses, one.signed is not None) for one in queries.months(session)]
    assert found == [(MONTH, 120, True), ("2026-09", 3, False), ("2026-07", 0, False)]


def test_signed_numbers_make_the_same_tables(boss: User) -> None:
    def files() -> dict[str, Any]:
        with db.reading() as session:
            return {name: write(table) for name, table in tables(queries.review(session, MONTH).data).items()}

    before = files()
    sign(boss)
    answer(LEAST)
    assert files() == before
