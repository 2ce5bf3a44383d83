"""Many people at once, on SQLite and on PostgreSQL: nothing is lost, nothing counted twice, nobody waits for ever."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import facts, quality, questionnaires, reviews
from survey_app.commands.recording import count_in
from survey_app.errors import Conflict
from survey_app.models import (
    BranchFact,
    Draft,
    Line,
    MonthlyReview,
    PendingRestatement,
    Response,
    User,
)
from survey_app.queries import tickets
from survey_app.transaction import transaction
from tests.commands.acting import (
    SINCE,
    SURVEY,
    Field,
    branch_facts,
    by_door,
    by_token,
    by_visit,
    differences,
    keep,
    send,
    sent,
    shop_answers,
)
from tests.commands.acts import SHOP as SMALL_SHOP
from tests.commands.together import together
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
DAY = date(2026, 11, 3)


def tokens(number: int) -> list[str]:
    """Invitations to one branch's survey."""
    with setting() as make:
        branch = make.branch(code="101", region=make.region(name="צפון"))
        make.questionnaire(SURVEY)
        campaign = make.campaign(SURVEY, opens=SINCE)
        return [make.invitation(campaign=campaign, branch=branch, visited_on=DAY).token for _customer in range(number)]


def counted() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Response)) or 0


def test_customers_who_answer_at_once_are_all_counted(any_database: db.Database) -> None:
    found = [by_token(token) for token in tokens(16)]
    done = together([partial(sent, ticket, {"pv1": 1 + number % 5}) for number, ticket in enumerate(found)])
    assert [one for one in done if isinstance(one, Exception)] == []
    assert counted() == 16
    assert differences() == []
    with db.reading() as session:
        ((n, total, _squares),) = branch_facts(session, "csat").values()
        assert (n, total) == (16, 60000)


def test_one_survey_sent_many_times_at_once_is_one_row(any_database: db.Database) -> None:
    (token,) = tokens(1)
    ticket = by_token(token)
    keep(ticket, {"pv1": 5})
    done = together([partial(send, ticket)] * 6)
    assert {getattr(one, "id", one) for one in done} == {ticket.response_id}
    assert counted() == 1
    assert differences() == []


def test_an_open_link_s_survey_sent_many_times_at_once_is_one_row(any_database: db.Database) -> None:
    tokens(1)
    ticket = by_door("101")
    keep(ticket, {"pv1": 5})
    with db.reading() as session:
        ticket = tickets.by_response(session, ticket.response_id)
    done = together([partial(send, ticket)] * 6)
    assert {getattr(one, "id", one) for one in done} == {ticket.response_id}
    assert (counted(), differences()) == (1, [])


def test_a_first_page_sent_twice_at_once_is_begun_once(any_database: db.Database) -> None:
    tokens(1)
    ticket = by_door("101")
    done = together([partial(keep, ticket, {f"pv{number}": 3}) for number in (1, 2, 3, 4)])
    assert [one for one in done if isinstance(one, Exception)] == []
    with db.reading() as session:
        draft = session.scalars(select(Draft)).one()
        assert draft.answers == {"pv1": 3, "pv2": 3, "pv3": 3, "pv4": 3}, "pages merge"
        assert draft.revision == 4


def test_a_page_and_a_sending_at_once_leave_no_draft(any_database: db.Database) -> None:
    found = [by_token(token) for token in tokens(4)]
    for ticket in found:
        keep(ticket, {"pv1": 5})
    acts: list[Callable[[], Any]] = []
    for ticket in found:
        acts += [partial(send, ticket), partial(keep, ticket, {"pv10": 9})]
    done = together(acts)
    assert all(isinstance(one, Conflict) for one in done if isinstance(one, Exception)), done
    with db.reading() as session:
        assert session.scalars(select(Draft)).all() == []
    assert (counted(), differences()) == (4, [])


def test_two_reviewers_decide_once(any_database: db.Database) -> None:
    with setting() as make:
        field = Field.made(make)
        visit = field.visit(make)
    response = sent(by_visit(visit), shop_answers("2026-11-16"))

    def decide(outcome: str) -> str:
        with transaction(Actor.user(field.reviewer), "quality.review") as session:
            return quality.review(session, field.reviewer, response.id, outcome, "הערה").outcome

    done = together([partial(decide, outcome) for outcome in ("approved", "rejected", "approved", "returned")])
    assert sorted(type(one).__name__ for one in done) == ["Conflict"] * 3 + ["str"]
    assert differences() == []


def counted_shops(number: int) -> tuple[User, list[str]]:
    """Small shops of one branch that count; gives the reviewer and the responses."""
    with setting() as make:
        field = Field.made(make)
        questionnaires.bring_in(make.session, SMALL_SHOP, publish=True)
        campaign = make.campaign("small_shop", opens=SINCE)
        visits = [
            make.assignment(
                campaign=campaign,
                shopper=field.shopper,
                branch=field.branch,
                scenario=field.scenario,
                window_from=DAY,
                window_until=date(2026, 11, 30),
            )
            for _visit in range(number)
        ]
    answers = {"day": "2026-11-16", "A2": "yes", "B1": "yes", "B2": "yes"}
    ids = [sent(by_visit(visit), {**answers, "A1": "na" if place else "yes"}).id for place, visit in enumerate(visits)]
    with transaction(Actor.system("test"), "test.count") as session:
        for response_id in ids:
            count_in(session, session.get_one(Response, response_id))
    return field.reviewer, ids


def correct(reviewer: User, response_id: str, code: str, *values: str) -> None:
    """Correct one answer, several times over."""
    for value in values:
        with transaction(Actor.user(reviewer), "quality.correct") as session:
            quality.correct(session, reviewer, response_id, code, [value], "סיבה")


def test_corrections_at_once_lose_nothing(any_database: db.Database) -> None:
    reviewer, ids = counted_shops(5)
    acts = [partial(correct, reviewer, one, "A1", "no", "na", "yes") for one in ids[1:]]
    assert together([*acts, partial(correct, reviewer, ids[0], "B1", "na", "no", "yes")]) == [None] * 5
    assert differences() == []


@pytest.mark.postgres
def test_a_correction_waits_for_others_in_the_order_of_keys(pg_database: db.Database) -> None:
    """It brings a new line: who holds that line may go on to a later one, which the correction must not hold yet."""
    reviewer, ids = counted_shops(2)

    def fact(what: str) -> Any:
        here = select(Line.id).where(Line.what == what).scalar_subquery()
        return update(BranchFact).where(BranchFact.line_id == here).values(n=BranchFact.n)

    with ThreadPoolExecutor(1) as pool, transaction(Actor.respondent(), "test.hold") as session:
        session.execute(fact("item.A1"))
        corrected = pool.submit(copy_context().run, correct, reviewer, ids[1], "A1", "yes")
        while not waiting_for_locks():
            assert not corrected.done()
        session.execute(fact("item.A2"))
    assert corrected.result(timeout=30) is None
    assert differences() == []


def waiting_for_locks() -> bool:
    """Whether anybody waits for a lock in this database."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with db.reading() as session:
        return session.execute(text(query)).scalar_one() > 0


def test_a_rebuild_among_answers_loses_none(any_database: db.Database) -> None:
    found = [by_token(token) for token in tokens(10)]

    def rebuild() -> None:
        with transaction(Actor.system("test"), "facts.rebuild") as session:
            facts.rebuild(session, "2026-11")

    acts: list[Callable[[], Any]] = [partial(sent, ticket, {"pv1": 5}) for ticket in found]
    done = together([*acts, rebuild, rebuild])
    assert [one for one in done if isinstance(one, Exception)] == []
    assert (counted(), differences()) == (10, [])


def test_a_month_is_signed_once(any_database: db.Database) -> None:
    with setting() as make:
        boss = make.user(email="boss@example.com", role="management")
        branch = make.branch(code="101", region=None)
        make.profit(branch=branch, month="2026-10", revenue=100, cost=50, target=40, headcount=5)

    def sign() -> str:
        with transaction(Actor.user(boss), "review.sign") as session:
            return reviews.sign(session, boss, "2026-10").month

    done = together([sign] * 4)
    assert sorted(type(one).__name__ for one in done) == ["Conflict"] * 3 + ["str"]
    with db.reading() as session:
        assert session.scalars(select(MonthlyReview.month)).all() == ["2026-10"]


def test_an_answer_beside_the_signing_is_in_the_numbers_or_waits_for_a_restatement(any_database: db.Database) -> None:
    with setting() as make:
        boss = make.user(email="boss@example.com", role="management")
        branch = make.branch(code="101", region=None)
        # A month that holds nothing cannot be signed: this one holds profit before the first answer comes.
        make.profit(branch=branch, month="2026-10", revenue=100, cost=50, target=40, headcount=5)
        make.questionnaire(SURVEY)
        campaign = make.campaign(SURVEY, opens=SINCE)
        invited = [
            make.invitation(campaign=campaign, branch=branch, visited_on=date(2026, 10, 20)).token for _ in range(8)
        ]

    def sign() -> MonthlyReview:
        with transaction(Actor.user(boss), "review.sign") as session:
            return reviews.sign(session, boss, "2026-10")

    found = [by_token(token) for token in invited]
    acts: list[Callable[[], Any]] = [partial(sent, ticket, {"pv1": 5}) for ticket in found]
    done = together([*acts[:4], sign, *acts[4:]])
    assert [one for one in done if isinstance(one, Exception)] == []
    with db.reading() as session:
        signed = json.loads(session.get_one(MonthlyReview, "2026-10").numbers)
        waiting = session.get(PendingRestatement, "2026-10")
        assert signed["organisation"]["surveys"]["n"] + (waiting.responses if waiting else 0) == 8


def test_kinds_of_failures_are_told_apart() -> None:
    """The helper of this file gives failures back rather than hiding them."""

    def fail() -> None:
        raise KeyError("x")

    assert Counter(type(one).__name__ for one in together([fail, lambda: None])) == {"KeyError": 1, "NoneType": 1}
