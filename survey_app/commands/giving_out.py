"""Giving a contact out: hourly, in batches, once to each customer, never to somebody who did not agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import letters
from survey_app.commands.giving_contacts import text_of
from survey_app.commands.upserts import insert_or_none
from survey_app.db import reading
from survey_app.loop.giving import APPROVED, SENT
from survey_app.models import Customer, Gift, GivingContact, OfferConsent
from survey_app.queries.giving_contacts import holds_back, last_visit, meant
from survey_app.queries.loop import policy
from survey_app.transaction import transaction
from translations import DEFAULT

ACTOR: Final = Actor.system("giving")
#: Customers that one transaction takes.
BATCH: Final = 200


def hourly() -> int:
    """Give every approved contact whose day has come; how many customers got one."""
    with reading() as session:
        due = session.scalars(
            select(GivingContact.id)
            .where(GivingContact.state == APPROVED, GivingContact.planned_on <= clock.today())
            .order_by(GivingContact.planned_on, GivingContact.id)
        ).all()
    return sum(give(contact_id) for contact_id in due)


def give(contact_id: int) -> int:
    """Give one contact to everybody whom it is meant for; how many got it now. Begun anew it goes on where it was."""
    with reading() as session:
        contact = session.get(GivingContact, contact_id)
        places = _meant(session, contact) if contact is not None and contact.state == APPROVED else {}
    ids, total = sorted(places), 0
    for start in range(0, max(len(ids), 1), BATCH):
        some = {one: places[one] for one in ids[start : start + BATCH]}
        with transaction(ACTOR, "giving_contact.give", contact=contact_id, customers=len(some)) as session:
            found = session.get(GivingContact, contact_id, with_for_update=True, populate_existing=True)
            if found is None or found.state != APPROVED:
                return total
            total += _give(session, found, some)
            if start + BATCH >= len(ids):
                found.state, found.sent_at, found.revision = SENT, clock.now(), found.revision + 1
    return total


def _meant(session: Session, contact: GivingContact) -> dict[int, int]:
    """Customer -> branch of the last visit, for everybody whom nothing holds back. Read before anything is held, since
    the last visits of all customers are gone through.
    """
    last = last_visit()
    held = holds_back(clock.today(), policy(session).giving_days)
    rows = session.execute(
        select(Customer.id, last.c.branch_id)
        .join(last, last.c.customer_id == Customer.id)
        .outerjoin(OfferConsent, OfferConsent.customer_id == Customer.id)
        .where(*meant(contact, last), *(~condition for condition in held.values()))
    )
    return dict(rows.all())


def _give(session: Session, contact: GivingContact, places: Mapping[int, int]) -> int:
    """Give it to some customers, as far as still nothing holds them back; how many got it.

    Customers are held in the order of their ids, so that of two contacts for the same one the first is given alone.
    """
    today = clock.today()
    session.scalars(select(Customer.id).where(Customer.id.in_(places)).order_by(Customer.id).with_for_update()).all()
    held = holds_back(today, policy(session).giving_days)
    customers = session.scalars(
        select(Customer)
        .outerjoin(OfferConsent, OfferConsent.customer_id == Customer.id)
        .where(Customer.id.in_(places), *(~condition for condition in held.values()))
        .order_by(Customer.id)
    ).all()
    given = 0
    for customer in customers:
        row = {
            "contact_id": contact.id, "customer_id": customer.id, "branch_id": places[customer.id], "given_on": today,
        }  # fmt: skip
        if insert_or_none(session, Gift, row, ("contact_id", "customer_id")) is not None:
            given += 1
            _tell(session, contact, customer)
    return given


def _tell(session: Session, contact: GivingContact, customer: Customer) -> None:
    channel, address = ("sms", customer.phone) if customer.phone else ("email", customer.email)
    language = customer.language or DEFAULT
    spoken = language if contact.words.get(language) else DEFAULT
    letters.queue_to_customer(
        session,
        kind=letters.GIFT,
        key=f"{letters.GIFT}:{contact.id}:{customer.id}",
        values={"text": text_of(session, contact, spoken)},
        address=address,
        channel=channel,
        language=spoken,
    )
