"""A world of messages for tests: a bank, a campaign that invites, customers, and the outbox with their invitations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import outbox
from survey_app.models import Branch, Campaign, ContactEvent, Customer, Invitation, Message, Organisation
from survey_app.transaction import transaction
from tests.commands.acting import SINCE, SURVEY
from tests.support.factories import setting

DAY = date(2026, 11, 16)
#: No limit that a test of something else would meet.
FAST = {"email": 1_000_000, "sms": 1_000_000, "whatsapp": 1_000_000}


def bank(*, rules: Mapping[str, Any] | None = None, **outreach: Any) -> int:
    """An organisation, a branch and a campaign that invites; gives the campaign's id."""
    with setting() as make:
        organisation = make.organisation(name="בנק הדוגמה", synthetic=False, policy={})
        organisation.outreach = {"rate": FAST, **outreach}
        make.branch(code="101", region=None, name="רחובות")
        make.questionnaire(SURVEY)
        campaign = make.campaign(SURVEY, opens=SINCE)
        campaign.rules = dict(rules or {})
        make.session.flush()
        return campaign.id


def queued(
    number: int, channel: str = "email", *, kind: str = "invitation", language: str = "he", first: int = 0
) -> list[int]:
    """Invitations of so many new customers, each with a message in the outbox; gives the messages' ids."""
    made = []
    with setting() as make:
        session = make.session
        campaign = session.scalars(select(Campaign).where(Campaign.code == SURVEY)).one()
        branch = session.scalars(select(Branch)).first()
        assert branch is not None
        for one in range(first, first + number):
            customer = Customer(
                ref=f"c{one}", name="ישראלה", phone=f"+97254{1234567 + one}", email=f"c{one}@example.com",
                language=language, updated_at=clock.now(),
            )  # fmt: skip
            session.add(customer)
            invitation = make.invitation(campaign=campaign, branch=branch, visited_on=DAY, language=language)
            session.flush()
            invitation.customer_id, invitation.channel = customer.id, channel
            address = customer.email if channel == "email" else customer.phone
            made.append(outbox.queue(session, invitation, address, kind, channel))
        session.flush()
        return [message.id for message in made]


def stored(message_id: int) -> Message:
    """A message as it stands."""
    with db.reading() as session:
        return session.get_one(Message, message_id)


def states() -> Counter[str]:
    """State -> messages."""
    with db.reading() as session:
        return Counter(session.scalars(select(Message.state)))


def disposition(message_id: int) -> str:
    """The code of a message's case."""
    with db.reading() as session:
        message = session.get_one(Message, message_id)
        return session.get_one(Invitation, message.invitation_id).disposition


def events(message_id: int) -> list[str]:
    """Codes that were logged of a message, in order."""
    with db.reading() as session:
        wanted = select(ContactEvent.code).where(ContactEvent.message_id == message_id).order_by(ContactEvent.id)
        return list(session.scalars(wanted))


def leased(channel: str = "email", most: int = 10, worker: str = "w1") -> list[outbox.Leased]:
    """A worker takes messages."""
    with transaction(Actor.respondent(), "outbox.lease") as session:
        return outbox.lease(session, channel, worker, most)


def begun(one: outbox.Leased) -> bool:
    """A worker begins to send one."""
    with transaction(Actor.respondent(), "outbox.begin") as session:
        return outbox.begin(session, one)


def change(model: type, key: Any, **values: Any) -> None:
    """Something changes behind the outbox's back."""
    with transaction(Actor.system("test"), "test.change") as session:
        row: Any = session.get_one(model, key)
        for name, value in values.items():
            setattr(row, name, value)


def outreach(**values: Any) -> None:
    """Other rules of reaching customers."""
    change(Organisation, 1, outreach={"rate": FAST, **values})
