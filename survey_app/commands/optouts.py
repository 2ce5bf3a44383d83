"""Opting out of surveys, and back in. Nothing here touches consent to advertising, which this platform never holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.upserts import insert_missing
from survey_app.errors import UserError
from survey_app.models import ContactEvent, Customer, Invitation, Message, OptOut
from survey_app.models import campaign as campaigns
from survey_app.models import outreach as states
from survey_app.outreach import addresses as spelling
from survey_app.transaction import tell
from translations import gettext as _

#: How an opt-out may come, see :class:`survey_app.models.outreach.OptOut`.
SOURCES: Final = ("link", "mail", "sms", "phone", "staff", "file", "api")
#: The AAPOR code of who asked for no more surveys.
ASKED_FOR_NO_MORE: Final = "2.111"
#: Why a message was taken back.
OPTED_OUT: Final = "opted_out"


@dataclass(frozen=True)
class OptedOut:
    """What an opt-out did: addresses that are new in the list, messages and invitations that were taken back."""

    addresses: int
    messages: int
    invitations: int


def addresses_of(customer: Customer) -> list[str]:
    """Everything a customer is known by: ``ref:…``, telephone, e-mail."""
    return spelling.of(customer.ref, customer.phone, customer.email)


def opt_out(session: Session, addresses: Iterable[str], source: str, campaign_id: int | None = None) -> OptedOut:
    """Ask these people no more. What waits to be sent to them is cancelled, their open invitations are revoked.

    Whoever is known by one of the addresses is opted out with all of theirs: "no more surveys" is said once. Opting out
    twice changes nothing. UserError where none of the addresses is one.
    """
    if source not in SOURCES:
        raise ValueError(source)
    given = spelling.every(addresses)
    if not given:
        raise UserError(_("Give a reference, a telephone or an e-mail."))
    people = _known_by(session, given)
    wanted = sorted({*given, *(one for person in people for one in addresses_of(person))})
    there = set(session.scalars(select(OptOut.address).where(OptOut.address.in_(wanted))))
    new = [one for one in wanted if one not in there]
    rows = [{"address": one, "at": clock.now(), "source": source, "campaign_id": campaign_id} for one in new]
    insert_missing(session, OptOut, rows, ["address"])
    messages, invitations = _take_back(session, [person.id for person in people], wanted)
    session.flush()
    return OptedOut(len(new), messages, invitations)


def opt_in(session: Session, addresses: Iterable[str]) -> int:
    """Take an opt-out back, for everything that whoever it was is known by; returns how many addresses left the list.

    What was cancelled stays cancelled: the next visit may be asked about again. The act's entry tells how many left it
    and how they had come, never which.
    """
    wanted = _everything_of(session, addresses)
    gone = list(session.scalars(delete(OptOut).where(OptOut.address.in_(wanted)).returning(OptOut.source)))
    tell(session, entries=len(gone), sources=dict(sorted(Counter(gone).items())))
    return len(gone)


def came(session: Session, addresses: Iterable[str]) -> dict[str, int]:
    """How the opt-outs came that :func:`opt_in` would take back: source -> addresses."""
    wanted = _everything_of(session, addresses)
    found = session.scalars(select(OptOut.source).where(OptOut.address.in_(wanted)))
    return dict(sorted(Counter(found).items()))


def _everything_of(session: Session, addresses: Iterable[str]) -> list[str]:
    given = spelling.every(addresses)
    people = _known_by(session, given)
    return sorted({*given, *(one for person in people for one in addresses_of(person))})


def _known_by(session: Session, addresses: list[str]) -> list[Customer]:
    refs = [one.removeprefix(spelling.REF) for one in addresses if one.startswith(spelling.REF)]
    others = [one for one in addresses if not one.startswith(spelling.REF)]
    query = select(Customer).where(or_(Customer.ref.in_(refs), Customer.phone.in_(others), Customer.email.in_(others)))
    return list(session.scalars(query.order_by(Customer.id)))


def _take_back(session: Session, customer_ids: list[int], addresses: list[str]) -> tuple[int, int]:
    """Cancel what waits and revoke what is open; returns how many messages and invitations.

    A message that a worker holds at this moment is passed over: it is on its way, and stands in the books as sent.
    """
    theirs = or_(Invitation.customer_id.in_(customer_ids), Message.address.in_(addresses))
    invited = list(
        session.scalars(
            select(Invitation)
            .where(
                Invitation.state == campaigns.READY,
                or_(
                    Invitation.customer_id.in_(customer_ids),
                    Invitation.id.in_(select(Message.invitation_id).where(Message.address.in_(addresses))),
                ),
            )
            .order_by(Invitation.id)
            .with_for_update()
        )
    )
    waiting = list(
        session.scalars(
            select(Message)
            .join(Invitation, Message.invitation_id == Invitation.id)
            .where(Message.state == states.READY, theirs)
            .order_by(Message.id)
            .with_for_update(skip_locked=True, of=Message)
        )
    )
    for message in waiting:
        message.state, message.error = states.CANCELLED, OPTED_OUT
    now = clock.now()
    for invitation in invited:
        invitation.state, invitation.disposition = campaigns.REVOKED, ASKED_FOR_NO_MORE
        invitation.call_after = invitation.caller_id = invitation.held_until = None
        session.add(
            ContactEvent(invitation_id=invitation.id, at=now, channel=invitation.channel, code=ASKED_FOR_NO_MORE)
        )
    return len(waiting), len(invited)
