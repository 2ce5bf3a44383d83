"""From a 2-of-5 answer to the month's recovery table: the way of a case, with injected time, on both engines."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import afterwards, customer_case, models
from survey_app.commands.cases import clocks, telling
from survey_app.models import (
    Case,
    Letter,
    Message,
    ModelResult,
    Promise,
    Response,
)
from survey_app.queries import cases, recovery_surveys
from survey_app.queries import customer_case as pages
from survey_app.queries.models import CASES
from survey_app.transaction import transaction
from tests.commands.acting import by_token, sent
from tests.commands.cases.customers import (
    LOW,
    PHONE,
    hourly,
    invited,
    only_case,
    recovery_token,
    signals,
    survey_left,
    surveyed,
    told,
    wished,
)
from tests.commands.cases.world import World, at, case, did, events, just_after
from tests.support.clocks import FrozenClock
from tests.support.factories import setting


@pytest.fixture
def world(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on both engines with both surveys published, on a Tuesday morning at nine."""
    return surveyed(frozen_clock)


def test_from_a_low_answer_to_the_months_recovery_table(world: World, frozen_clock: FrozenClock) -> None:
    token = invited(world)
    sent(by_token(token), LOW)
    assert signals() == {"promise": 1}
    with db.reading() as session:
        response = session.scalars(select(Response)).one()
    with transaction(Actor.respondent(), "response.afterwards") as session:
        afterwards.add(session, response.id, {"pv_callback": True, "pv_callback_recipient": "served"})

    # Within the same transaction it stands in the agent's list, and the agent is told.
    one = only_case()
    assert (one.owner_id, one.level, one.subject, one.phone) == (world.id("dana"), "agent", "promise", PHONE)
    assert (clock.now() - one.opened_at) < timedelta(minutes=1)
    assert signals() == {}
    with db.reading() as session:
        assert [row.id for row in cases.listed(session, world.users["dana"], "mine").rows] == [one.id]
        owner_told = session.scalars(
            select(Letter).where(Letter.user_id == world.id("dana"), Letter.kind != "promise_given")
        ).one()
        assert (owner_told.kind, owner_told.send_after) == ("case_owner", clock.now())
        # What she says was promised runs as a clock beside the case.
        promise = session.scalars(select(Promise)).one()
        assert (promise.case_id, promise.owner_id, promise.state) == (one.id, world.id("dana"), "open")
        assert promise.due_on == clock.local(one.due_at).date()
    assert told() == ["case_received"]

    # Ignored, it rises by its clock: Dana's eight working hours are over on the next morning.
    just_after(frozen_clock, case(one.id).escalates_at)
    clocks.tick()
    assert (case(one.id).level, case(one.id).owner_id) == ("branch", world.id("branch"))

    # Solved by the branch; the customer is asked two working days later, once.
    frozen_clock.move_to(at("2026-11-18", "11:00"))
    world.finished(one.id, "branch")
    did(lambda session, number: telling.solved(session, session.get(Case, number)), one.id)
    hourly()
    assert case(one.id).invitation_id is None
    frozen_clock.move_to(at("2026-11-22", "10:00"))
    hourly()
    hourly()
    with db.reading() as session:
        message = session.scalars(select(Message)).one()
        assert (message.address, message.channel, message.state) == (PHONE, "sms", "ready")
    survey_left()
    hourly()
    assert case(one.id).silent_at == clock.now() + timedelta(minutes=1, days=7)

    # An address that is opened confirms nothing, however often.
    recovery = recovery_token()
    for _time in range(2):
        by_token(recovery)
        with db.reading() as session:
            pages.by_token(session, one.token)
    assert case(one.id).state == "done"
    sent(by_token(recovery), {"rf1": "yes", "rf8": 5, "rf3": 4})
    assert case(one.id).state == "confirmed"
    assert case(one.id).confirmed_at == clock.now()

    # After its silent days it is closed, and the month's table has it.
    frozen_clock.move_to(at("2026-11-29", "10:05"))
    clocks.tick()
    assert (case(one.id).state, case(one.id).closed_how) == ("closed", "confirmed")
    frozen_clock.move_to(at("2026-12-08", "10:00"))
    models.make("2026-11", [CASES])
    with db.reading() as session:
        found = session.get_one(ModelResult, ("2026-11", CASES)).result
    assert found["saved"]["n"] == found["saved"]["of"] == 1
    assert events(one.id).count("survey") == 2


def test_a_case_that_is_not_solved_opens_again_above_and_the_survey_leaves_only_once(
    world: World, frozen_clock: FrozenClock
) -> None:
    wished(invited(world), LOW)
    number = only_case().id
    world.finished(number)
    frozen_clock.move_to(at("2026-11-19", "12:00"))
    hourly()
    survey_left()
    recovery = recovery_token()
    sent(by_token(recovery), {"rf1": "recurred", "rf7": "החיוב חזר"})
    assert (case(number).state, case(number).level, case(number).reopened) == ("new", "branch", 1)
    assert told()[-1] == "case_reopened"
    frozen_clock.move_to(at("2026-11-19", "15:00"))
    world.finished(number, "branch")
    frozen_clock.move_to(at("2026-11-23", "12:00"))
    hourly()
    with db.reading() as session:
        assert len(session.scalars(select(Message)).all()) == 1
    silent = case(number).silent_at
    assert silent == clock.now() + timedelta(days=7)
    just_after(frozen_clock, silent)
    clocks.tick()
    assert (case(number).state, case(number).closed_how) == ("closed", "unconfirmed")
    # Later, on the page: it counts as confirmed after all.
    did(customer_case.solved, case(number).token)
    assert case(number).closed_how == "confirmed"


def test_an_unfair_solution_stays_confirmed_and_its_owner_is_told(world: World, frozen_clock: FrozenClock) -> None:
    wished(invited(world), LOW)
    number = only_case().id
    world.finished(number)
    frozen_clock.move_to(at("2026-11-19", "12:00"))
    hourly()
    sent(by_token(recovery_token()), {"rf1": "yes", "rf3": 1})
    assert case(number).state == "confirmed"
    assert "alert" in events(number)
    with db.reading() as session:
        assert session.scalars(
            select(Letter.kind).where(Letter.user_id == world.id("dana")).order_by(Letter.id)
        ).all() == ["case_owner", "promise_given", "case_alert"]  # fmt: skip


def test_without_a_campaign_it_is_said_and_the_case_waits(world: World, frozen_clock: FrozenClock) -> None:
    wished(invited(world), LOW)
    number = only_case().id
    world.finished(number)
    with setting() as make:
        campaign = make.campaign("recovery_follow_up", opens=date(2026, 1, 1))
        campaign.state = "paused"
    frozen_clock.move_to(at("2026-12-01", "12:00"))
    hourly()
    with db.reading() as session:
        found = recovery_surveys.standing(session)
    assert (found.why, found.waiting, bool(found.words)) == ("paused", 1, True)
    assert (case(number).state, case(number).silent_at, case(number).invitation_id) == ("done", None, None)
    with setting() as make:
        make.campaign("recovery_follow_up", opens=date(2026, 1, 1)).state = "active"
    hourly()
    assert case(number).invitation_id is not None
    with db.reading() as session:
        assert recovery_surveys.standing(session) == recovery_surveys.Standing("", 0)
    # Paused while it waits, its time runs out; it is tried anew when the campaign goes on.
    with setting() as make:
        message = make.session.scalars(select(Message)).one()
        message.state, message.error = "cancelled", "expired"
    hourly()
    with db.reading() as session:
        assert session.scalars(select(Message.state)).all() == ["ready"]
