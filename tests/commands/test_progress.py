"""How far a campaign has come: counted right on both engines, for confidential and anonymous campaigns."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from reports.sampling import response_rates
from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import outbox, selecting
from survey_app.models import Campaign, Draft, Invitation, Message
from survey_app.permissions import Scope
from survey_app.queries import campaigns, selection
from survey_app.queries.course import Course, Day
from survey_app.queries.progress import Progress, progress
from survey_app.transaction import transaction
from tests.commands.acting import SURVEY, by_token, keep, send
from tests.commands.asking import asks, customer, invited, visit
from tests.support.databases import Queries
from tests.support.factories import Make, setting

pytestmark = pytest.mark.usefixtures("frozen_clock", "any_database")
EVERYWHERE = Scope()


def now(code: str = "autumn", scope: Scope = EVERYWHERE) -> Progress:
    with db.reading() as session:
        return progress(session, campaigns.by_code(session, code), scope)


def world(make: Make, **more: Any) -> Any:
    make.questionnaire(SURVEY)
    asks(make, **more)
    return make.branch(code="101", region=make.region(name="צפון"))


def crowd(make: Make, branch: Any, number: int, prefix: str = "c", **contact: Any) -> None:
    for place in range(number):
        visit(make, customer(make, f"{prefix}{place}", **contact), branch, key=f"{prefix}{place}")


def course_now() -> Course:
    found = now().course
    assert found is not None
    return found


def becomes(place: int, *, message: str = "", **values: Any) -> None:
    """Let something happen to one of the invitations, and to its message."""
    one = invited()[place]
    with transaction(Actor.system("test"), "test") as session:
        if values:
            session.execute(update(Invitation).where(Invitation.id == one.id).values(**values))
        if message:
            sent = {"sent_at": clock.now()} if message in {"sent", "delivered"} else {}
            session.execute(update(Message).where(Message.invitation_id == one.id).values(state=message, **sent))


def answer(place: int) -> None:
    send(by_token(invited()[place].token), {"pv1": 5})


def test_before_anything_there_is_nothing_to_tell() -> None:
    with setting() as make:
        world(make)
    found = now()
    assert not found.begun
    assert found.total.rates is None
    assert found.branches == found.languages == ()


def test_every_stage_is_counted_once(frozen_clock: Any) -> None:
    with setting() as make:
        branch = world(make)
        crowd(make, branch, 12, language="ru")
        visit(make, customer(make, "land", phone="+97239001234"), branch, key="land")
    selecting.select_all()
    for place in range(9):
        becomes(place, message="sent", disposition="3.19")
    becomes(1, message="delivered")
    becomes(9, message="failed", disposition="3.30")
    becomes(10, message="uncertain", disposition="3.90")
    becomes(2, state="revoked", disposition="2.111")
    becomes(12, calls=1, disposition="2.11")
    frozen_clock.move_to(clock.now() + timedelta(minutes=10))
    becomes(3, opened_at=clock.now(), disposition="2.20")
    keep(by_token(invited()[4].token), {"pv1": 4})
    becomes(4, opened_at=clock.now(), started_at=clock.now(), disposition="1.2")
    for place in (0, 1):
        becomes(place, opened_at=clock.now(), started_at=clock.now())
    frozen_clock.move_to(clock.now() + timedelta(minutes=5))
    for place in (0, 1):
        answer(place)
        becomes(place, finished_at=clock.now())
    found = now()
    total = found.total
    assert (total.invited, total.waiting, total.sent, total.delivered) == (13, 1, 10, 1)
    assert (total.opened, total.started, total.finished) == (4, 3, 2)
    assert (total.refused, total.undelivered, total.uncertain) == (2, 1, 1)
    assert total.rates == response_rates(2, 1, 2, 1, 0, 6, 0)
    (row,) = found.branches
    assert (row.key, row.funnel.invited, row.shares) == ("101", 13, True)
    assert [(one.key, one.funnel.invited, one.shares) for one in found.languages] == [
        ("ru", 12, True),
        ("he", 1, False),
    ]
    assert found.course is not None
    for spread, minutes in ((found.course.to_answer, 15), (found.course.to_fill_in, 5)):
        assert spread is not None
        assert (spread.n, round(spread.median, 3)) == (2, minutes)
    assert found.course.days == (Day(date(2026, 11, 17), 9, 2),)
    assert found.course.filling_in == 1
    frozen_clock.move_to(clock.now() + timedelta(hours=2))
    course = now().course
    assert course is not None
    assert course.filling_in == 0
    assert (course.left[0].count, sum(one.count for one in course.left[1:])) == (1, 1)


def test_people_leave_after_pages_in_their_order(frozen_clock: Any) -> None:
    with setting() as make:
        crowd(make, world(make), 4)
    selecting.select_all()
    for one in invited():
        keep(by_token(one.token), {"pv1": 4})
    with db.reading() as session:
        pages = [one.code for one in course_now().left[1:]]
    with transaction(Actor.system("test"), "test") as session:
        drafts = [one.response_id for one in invited()]
        for response_id, page in zip(drafts, (pages[0], pages[0], pages[1], "gone"), strict=True):
            session.execute(update(Draft).where(Draft.response_id == response_id).values(page=page))
    frozen_clock.move_to(clock.now() + timedelta(hours=2))
    left = course_now().left
    assert [(one.code, one.count) for one in left if one.count] == [(pages[0], 2), (pages[1], 1), ("gone", 1)]
    assert all("{" not in one.label for one in left)


def test_what_was_taken_back_before_it_left_is_no_case() -> None:
    with setting() as make:
        crowd(make, world(make), 2)
    selecting.select_all()
    becomes(0, state="revoked")
    becomes(1, message="sent", disposition="3.19")
    assert now().total.rates == response_rates(0, 0, 0, 0, 0, 1, 0)
    with db.reading() as session:
        found = selection.codes(session, campaigns.by_code(session, "autumn"), EVERYWHERE)
    assert [(one.code, one.cases, one.logged) for one in found] == [("3.10", 0, 2), ("3.19", 1, 0), ("withdrawn", 1, 0)]


def test_an_invitation_made_by_hand_was_handed_over() -> None:
    with setting() as make:
        branch = world(make)
        campaign = make.session.query(Campaign).filter_by(code="autumn").one()
        make.invitation(campaign=campaign, branch=branch, visited_on=date(2026, 11, 17))
    total = now().total
    assert (total.sent, total.cases) == (1, {"3.19": 1})


def test_a_region_s_reader_sees_its_own_branches_only() -> None:
    with setting() as make:
        branch = world(make)
        other = make.branch(code="102", region=make.region(name="דרום"))
        crowd(make, branch, 2)
        crowd(make, other, 3, prefix="o")
        scope = Scope("region", region_id=branch.region_id)
    selecting.select_all()
    found = now(scope=scope)
    assert (found.total.invited, [row.key for row in found.branches]) == (2, ["101"])
    with db.reading() as session:
        campaign = campaigns.by_code(session, "autumn")
        assert selection.counts(session, campaign, scope) == {"invited": 2}
        assert len(list(selection.everything(session, campaign, scope))) == 2


def test_an_anonymous_campaign_tells_totals_and_large_branches_only() -> None:
    with setting() as make:
        branch = world(make, privacy="anonymous")
        codes = {"102": 12, "103": 11, "104": 11, "105": 3}
        for code, number in codes.items():
            crowd(make, make.branch(code=code, region=None), number, prefix=f"b{code}-")
        crowd(make, branch, 1)
    selecting.select_all()
    for place, _one in enumerate(invited()):
        becomes(place, message="sent", disposition="3.19", state="used")
    found = now()
    assert (found.course, found.languages, found.open_answers) == (None, (), 0)
    assert (found.total.sent, found.total.finished, found.total.opened) == (38, 38, 0)
    # Four answers of 101 and 105 are hidden, and eleven more with them: else the difference to the total would tell.
    told = {row.key: row.told for row in found.branches}
    assert (told["101"], told["105"], told["102"]) == (False, False, True)
    assert sorted([told["103"], told["104"]]) == [False, True]
    with db.reading() as session:
        campaign = campaigns.by_code(session, "autumn")
        assert selection.log(session, campaign, EVERYWHERE, limit=10, offset=0) == []


def test_interactions_are_listed_by_what_became_of_them() -> None:
    with setting() as make:
        branch = world(make, reasons=("loan",))
        crowd(make, branch, 3, prefix="long-reference-")
        visit(make, customer(make, "x"), branch, key="other", reason="card")
        visit(make, None, branch, key="cleared")
    selecting.select_all()
    with db.reading() as session:
        campaign = campaigns.by_code(session, "autumn")
        assert selection.counts(session, campaign, EVERYWHERE) == {"invited": 3, "no_contact": 1, "outside_rules": 1}
        assert selection.counts(session, campaign, EVERYWHERE, branch_id=0) == {}
        rows = selection.listed(session, campaign, EVERYWHERE, what="invited", contacts=True, limit=2, offset=0)
        assert [(row.customer, row.way, row.weight) for row in rows] == [("…e-2", "sms", 1.0), ("…e-1", "sms", 1.0)]
        rows = selection.listed(session, campaign, EVERYWHERE, limit=9, offset=0)
        assert {row.customer for row in rows} == {""}
        (row,) = selection.listed(session, campaign, EVERYWHERE, what="outside_rules", contacts=True, limit=9, offset=0)
        assert (row.customer, row.left_out, row.probability) == ("…", "outside_rules", None)
        logged = selection.log(session, campaign, EVERYWHERE, code="3.10", limit=9, offset=0)
        assert [(one.code, one.on) for one in logged] == [("3.10", clock.today())] * 3


def test_the_page_asks_as_often_for_many_as_for_few(
    counting_queries: Callable[[], AbstractContextManager[Queries]],
) -> None:
    asked = []
    with setting() as make:
        world(make)
    for size in (2, 20):
        with setting() as make:
            for place in range(size):
                crowd(make, make.branch(code=f"{size}{place}", region=None), 2, prefix=f"{size}-{place}-")
        selecting.select_all()
        with counting_queries() as queries:
            now()
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 14


def test_outbox_and_selection_agree_on_what_leaves() -> None:
    with setting() as make:
        crowd(make, world(make), 2)
    selecting.select_all()
    with transaction(Actor.respondent(), "test") as session:
        assert len(outbox.lease(session, "sms", "worker", 10)) == 2
