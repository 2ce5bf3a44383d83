"""What reaches a customer and what does not: surveys, letters, and whom a case goes to; on both engines."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.commands import customer_case
from survey_app.commands.cases import ending, telling
from survey_app.config import Gateway, Settings
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import (
    Case,
    CaseEvent,
    Customer,
    Letter,
    Message,
    OptOut,
    Promise,
)
from survey_app.outgoing import dispatch
from survey_app.outgoing import letters as letters_out
from survey_app.queries import exclusions
from tests.commands.cases.customers import (
    LOW,
    MAIL,
    PHONE,
    Post,
    hourly,
    invited,
    only_case,
    surveyed,
    wished,
)
from tests.commands.cases.world import World, at, case, did, events
from tests.support.clocks import FrozenClock
from tests.support.factories import setting


@pytest.fixture
def world(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on both engines with both surveys published, on a Tuesday morning at nine."""
    return surveyed(frozen_clock)


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
