"""Who is not to be asked: opted out, employees, open cases; and what opting out takes back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import exclusions, optouts
from survey_app.commands.exclusions import ADDED, CHANGED, KNOWN
from survey_app.errors import NotFound, UserError
from survey_app.models import Agent, ContactEvent, Customer, Entry, Invitation, Message, OptOut
from survey_app.models.outreach import EMPLOYEE, OPEN_CASE
from survey_app.queries.exclusions import held_back, lists
from survey_app.transaction import transaction
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")

TODAY = date(2026, 11, 17)
ACTOR = Actor.system("test")
PHONE, MAIL = "+972541234567", "dana@example.com"


@pytest.fixture
def invited(any_database: db.Database) -> int:
    """A customer with an invitation and two messages, one of them sent already."""
    with setting() as make:
        branch = make.branch(code="461", region=None)
        make.questionnaire("post_visit_branch")
        campaign = make.campaign("post_visit_branch", opens=date(2026, 11, 1))
        customer = Customer(ref="C-1", name="דנה", phone=PHONE, email=MAIL, language="he", updated_at=clock.now())
        make.session.add(customer)
        invitation = make.invitation(campaign=campaign, branch=branch, visited_on=date(2026, 11, 15))
        invitation.customer_id = 1
        invitation.channel = "sms"
        make.session.flush()
        invitation.customer_id = customer.id
        for number, (channel, state) in enumerate((("sms", "sent"), ("email", "ready"))):
            make.session.add(
                Message(
                    key=f"m{number}",
                    campaign_id=campaign.id,
                    invitation_id=invitation.id,
                    channel=channel,
                    address=PHONE if channel == "sms" else MAIL,
                    language="he",
                    state=state,
                    send_after=clock.now(),
                    expires_at=clock.now() + timedelta(days=3),
                    created_at=clock.now(),
                )
            )
        make.session.flush()
        return invitation.id


def out(*addresses: str, source: str = "staff") -> optouts.OptedOut:
    with transaction(ACTOR, "optout.add") as session:
        return optouts.opt_out(session, addresses, source)


def held(*addresses: str, day: date = TODAY) -> dict[str, str]:
    with db.reading() as session:
        return held_back(session, addresses, day)


@pytest.mark.parametrize("address", ["054-123 4567", "DANA@example.com", "ref:C-1"])
def test_opting_out_by_any_address_takes_everything_back(invited: int, address: str) -> None:
    assert out(address) == optouts.OptedOut(3, 1, 1)
    with db.reading() as session:
        invitation = session.get_one(Invitation, invited)
        assert (invitation.state, invitation.disposition) == ("revoked", "2.111")
        assert [event.code for event in session.scalars(select(ContactEvent))] == ["2.111"]
        assert sorted(session.scalars(select(Message.state))) == ["cancelled", "sent"]
    assert held("ref:C-1", PHONE, MAIL, "+972500000001") == dict.fromkeys(("ref:C-1", PHONE, MAIL), "opted_out")


def test_opting_out_twice_changes_nothing(invited: int) -> None:
    out(PHONE, source="link")
    assert out(MAIL, PHONE) == optouts.OptedOut(0, 0, 0)
    with db.reading() as session:
        assert set(session.scalars(select(OptOut.source))) == {"link"}


def test_opting_back_in_takes_every_address_off(invited: int) -> None:
    out(PHONE)
    with transaction(ACTOR, "optout.remove") as session:
        assert optouts.opt_in(session, ["ref:C-1"]) == 3
    assert held(PHONE, MAIL) == {}


def test_an_answered_invitation_stays_answered(invited: int) -> None:
    with transaction(ACTOR, "test") as session:
        session.get_one(Invitation, invited).state = "used"
    assert out(PHONE).invitations == 0
    with db.reading() as session:
        assert session.get_one(Invitation, invited).disposition == ""


def test_no_address_is_refused(any_database: db.Database) -> None:
    with pytest.raises(UserError):
        out("12", "nobody")


def test_no_entry_of_the_audit_trail_holds_an_address(invited: int) -> None:
    out(PHONE)
    with db.reading() as session:
        written = [str((entry.details, entry.changes)) for entry in session.scalars(select(Entry))]
    assert not any(PHONE in one or MAIL in one or "C-1" in one for one in written)


def test_lists_hold_until_their_last_day(any_database: db.Database) -> None:
    with transaction(ACTOR, "test") as session:
        assert exclusions.hold(session, OPEN_CASE, {PHONE: date(2026, 11, 20), MAIL: None}) == {
            PHONE: ADDED,
            MAIL: ADDED,
        }
        assert exclusions.hold(session, OPEN_CASE, {PHONE: date(2026, 11, 25), MAIL: None}) == {
            PHONE: CHANGED,
            MAIL: KNOWN,
        }
        exclusions.hold(session, EMPLOYEE, {MAIL: None})
    assert held(PHONE, MAIL) == {PHONE: "open_case", MAIL: "employee"}
    assert held(PHONE, day=date(2026, 11, 25)) == {PHONE: "open_case"}
    assert held(PHONE, day=date(2026, 11, 26)) == {}
    with db.reading() as session:
        assert [(one.reason, one.holding, one.over) for one in lists(session, date(2026, 11, 26))] == [
            ("employee", 1, 0),
            ("open_case", 1, 1),
        ]
    with transaction(ACTOR, "test") as session, clock.moved_to(clock.now() + timedelta(days=30)):
        assert exclusions.sweep(session) == 1
    with transaction(ACTOR, "test") as session:
        assert exclusions.release(session, OPEN_CASE, [MAIL, PHONE]) == 1
    assert held(MAIL) == {MAIL: "employee"}


def test_a_list_has_its_rules(database: db.Database) -> None:
    with transaction(ACTOR, "test") as session:
        with pytest.raises(NotFound):
            exclusions.hold(session, "friends", {PHONE: None})
        with pytest.raises(UserError):
            exclusions.hold(session, EMPLOYEE, {PHONE: date(2026, 11, 16)})


def test_staff_are_employees_by_themselves(any_database: db.Database) -> None:
    with setting() as make:
        branch = make.branch(code="461", region=None)
        make.agent(code="A-1", branch=branch, since=date(2026, 1, 1)).email = "Noa@Bank.example"
        make.user(email="boss@bank.example", role="management")
        make.user(email="shopper@example.com", role="shopper")
        assert make.session.scalar(select(Agent.email)) is not None
    assert held("noa@bank.example", "boss@bank.example", "shopper@example.com") == {
        "noa@bank.example": "employee",
        "boss@bank.example": "employee",
    }
