"""From a 2-of-5 answer to the month's recovery table: the way of a case, with injected time, on both engines."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import afterwards, customer_case, models, recovery_survey
from survey_app.commands.cases import clocks, ending, telling
from survey_app.config import Gateway, Settings
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import (
    Case,
    CaseEvent,
    Customer,
    Invitation,
    Letter,
    LowSignal,
    Message,
    ModelResult,
    OptOut,
    Promise,
    Response,
)
from survey_app.outgoing import dispatch
from survey_app.outgoing import letters as letters_out
from survey_app.outgoing.carrier import Outgoing, Sent
from survey_app.queries import cases, exclusions, recovery_surveys
from survey_app.queries import customer_case as pages
from survey_app.queries.models import CASES
from survey_app.transaction import transaction
from tests.commands.acting import by_token, sent
from tests.commands.cases.world import World, at, case, did, events, just_after
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

#: 2 of 5, a problem that nobody handled, and a promise that was not kept.
LOW = {"pv1": 2, "pv8": 3, "pv10": "not_handled", "pv11": "not_yet"}
VISITED = date(2026, 11, 15)
PHONE, MAIL = "+972541234567", "ruth@example.com"


class Post:
    """A carrier that takes everything, and keeps what it was given."""

    idempotent = False

    def __init__(self) -> None:
        self.given: list[Outgoing] = []

    def send(self, message: Outgoing) -> Sent:
        self.given.append(message)
        return Sent()

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def world(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on both engines with both surveys published, on a Tuesday morning at nine."""
    frozen_clock.move_to(at("2026-11-17"))
    world = World.made()
    with setting() as make:
        for code in ("post_visit_branch", "recovery_follow_up"):
            make.questionnaire(code)
            make.campaign(code, opens=date(2026, 1, 1))
    return world


def invited(world: World, token: str = "abc", **contact: Any) -> str:  # noqa: S107 - the address of a test
    """A customer whom Dana served is asked by text message."""
    with setting() as make:
        customer = Customer(ref=f"C-{token}", name="רות", updated_at=clock.now(),
                            **{"phone": PHONE, "email": "", **contact})  # fmt: skip
        make.session.add(customer)
        campaign = make.campaign("post_visit_branch", opens=date(2026, 1, 1))
        asked = make.invitation(campaign=campaign, branch=world.branch, visited_on=VISITED, agent=world.dana)
        make.session.flush()
        asked.token, asked.customer_id, asked.channel = token, customer.id, "sms"
    return token


def wished(token: str, answers: dict[str, Any], **wish: Any) -> str:
    """The survey is sent, and on the page of thanks a call back is asked for."""
    response = sent(by_token(token), answers)
    with transaction(Actor.respondent(), "response.afterwards") as session:
        afterwards.add(session, response.id, {"pv_callback": True, "pv_callback_recipient": "served", **wish})
    return response.id


def only_case() -> Case:
    with db.reading() as session:
        return session.scalars(select(Case)).one()


def signals() -> dict[str, int]:
    with db.reading() as session:
        return {one.trigger: one.n for one in session.scalars(select(LowSignal)) if one.n}


def hourly() -> None:
    recovery_survey.hourly()


def told() -> list[str]:
    """Kinds of the letters to customers, in order."""
    with db.reading() as session:
        return list(session.scalars(select(Letter.kind).where(Letter.user_id.is_(None)).order_by(Letter.id)))


def recovery_token() -> str:
    with db.reading() as session:
        return session.scalars(select(Invitation.token).join(Case, Case.invitation_id == Invitation.id)).one()


def survey_left(moment_after: timedelta = timedelta(minutes=1)) -> None:
    """The message of the recovery survey leaves."""
    with setting() as make:
        message = make.session.scalars(
            select(Message).join(Case, Case.invitation_id == Message.invitation_id).order_by(Message.id.desc())
        ).first()
        assert message is not None
        message.state, message.sent_at = "sent", clock.now() + moment_after


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


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ({"phone": "", "email": ""}, ("closed", "no_contact")),
        ({"phone": "+97231234567"}, ("done", "no_channel")),
        ({"phone": PHONE, "opted_out": True}, ("done", "opted_out")),
    ],
    ids=["nobody_knows_how", "a_telephone_that_takes_calls_only", "asked_for_no_more_surveys"],
)
def test_whom_no_survey_reaches(
    world: World, frozen_clock: FrozenClock, contact: dict[str, Any], expected: tuple[str, str]
) -> None:
    contact = dict(contact)
    opted_out = contact.pop("opted_out", False)
    number = world.opened(**contact)
    if not contact.get("phone"):
        world.done(number)
    else:
        world.finished(number)
    if opted_out:
        with setting() as make:
            make.session.add(OptOut(address=PHONE, at=clock.now(), source="staff"))
    frozen_clock.move_to(at("2026-11-19", "12:00"))
    hourly()
    found = case(number)
    assert found.state == expected[0]
    with db.reading() as session:
        left_out = session.scalars(select(CaseEvent.details).where(CaseEvent.kind == "survey")).all()
        assert session.scalars(select(Message)).all() == []
    assert (found.closed_how or left_out[0]["left_out"]) == expected[1]
    assert (found.silent_at is not None) == (found.state == "done")


def test_consent_taken_back_stops_what_waits_and_lets_go_of_the_address(world: World) -> None:
    wished(invited(world), LOW)
    one = only_case()
    for _time in range(2):
        did(customer_case.withdraw, one.token)
    found = case(one.id)
    assert (found.state, found.closed_how, found.phone, found.name) == ("closed", "withdrawn", "", "")
    with db.reading() as session:
        letter = session.scalars(select(Letter).where(Letter.case_id == one.id)).one()
    assert (letter.state, letter.error, letter.address) == ("cancelled", "withdrawn", "")
    with pytest.raises(Conflict):
        did(telling.write, one.id, world.id("branch"), text="שלום")
    # What is said afterwards reaches the owner, and opens nothing.
    did(customer_case.not_solved, one.token, "חוזר בי")
    assert (events(one.id)[-1], case(one.id).state) == ("alert", "closed")
    with pytest.raises(NotFound):
        did(customer_case.solved, "unknown")


def test_a_letter_to_a_customer_leaves_with_the_address_of_the_page_and_keeps_no_contact(
    world: World, frozen_clock: FrozenClock
) -> None:
    wished(invited(world), LOW)
    one = only_case()
    did(telling.write, one.id, world.id("dana"), text="שלום רות, נחזור מחר")
    with pytest.raises(UserError):
        did(telling.write, one.id, world.id("dana"), text="א" * 500)
    post = Post()
    letters_out.run(Settings(public_url="https://s.example.co.il"), carrier=post)
    mine = [sent for sent in post.given if sent.to == PHONE]
    assert [one.token in sent.text for sent in mine] == [True, True]
    assert "שלום רות, נחזור מחר" in mine[1].text
    assert str(one.id) in mine[0].text
    with db.reading() as session:
        rows = session.scalars(select(Letter).where(Letter.case_id == one.id)).all()
    assert [(row.state, row.address, "text" in row.values) for row in rows] == [("sent", "", False)] * 2
    assert case(one.id).contacted_at is None


def test_what_a_customer_says_too_late_reaches_the_owner(world: World, frozen_clock: FrozenClock) -> None:
    wished(invited(world), LOW)
    number, token = only_case().id, only_case().token
    did(customer_case.solved, token)
    assert (case(number).state, events(number)[-1]) == ("new", "alert")
    for _time in range(2):
        did(customer_case.not_solved, token, "ועוד דבר")
    with db.reading() as session:
        words = session.scalars(select(CaseEvent.words).where(CaseEvent.kind == "alert")).all()
    assert sorted(words) == ["", "ועוד דבר"]


def test_who_accuses_an_employee_is_not_called_by_that_employee(world: World) -> None:
    wished(invited(world), {**LOW, "pv9": "הפקידה הפעילה עליי לחץ לחתום"})
    assert (only_case().subject, only_case().owner_id) == ("pressure", world.id("branch"))
    with db.reading() as session:
        promise = session.scalars(select(Promise)).one()
        assert (promise.agent_id, promise.owner_id) == (0, world.id("branch"))
        assert session.scalars(select(Letter).where(Letter.user_id == world.id("dana"))).all() == []


def test_the_customer_chooses_who_calls_and_a_repeat_is_known(world: World, frozen_clock: FrozenClock) -> None:
    wished(invited(world), LOW, pv_callback_recipient="outside")
    first = only_case()
    assert (first.level, first.owner_id) == ("region", world.id("region"))
    frozen_clock.move_to(at("2026-12-17"))
    with setting() as make:
        customer = make.session.scalars(select(Customer)).one()
        campaign = make.campaign("post_visit_branch", opens=date(2026, 1, 1))
        again = make.invitation(campaign=campaign, branch=world.branch, visited_on=date(2026, 12, 15))
        make.session.flush()
        again.token, again.customer_id = "later", customer.id
    wished("later", LOW)
    with db.reading() as session:
        second = session.scalars(select(Case).order_by(Case.id.desc())).first()
    assert second is not None
    assert second.repeat_of_id == first.id


def test_an_open_case_keeps_back_other_surveys_and_never_its_own(world: World, frozen_clock: FrozenClock) -> None:
    wished(invited(world), LOW)
    known = [PHONE, MAIL, "ref:C-abc"]
    with db.reading() as session:
        assert exclusions.held_back(session, known, clock.today()) == dict.fromkeys((PHONE, "ref:C-abc"), "open_case")
    number = only_case().id
    world.finished(number)
    frozen_clock.move_to(at("2026-11-19", "12:00"))
    settings = Settings(
        gateways={"sms": Gateway(url="http://127.0.0.1:9/", body="{text}")}, public_url="https://s.example.co.il"
    )
    post = Post()
    hourly()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "carrier", lambda _settings, _channel: post)
        dispatch.run(settings, "sms")
    assert [one.to for one in post.given] == [PHONE]
    did(ending.confirm, number)
    with db.reading() as session:
        assert exclusions.held_back(session, known, clock.today()) == {}
