"""What is learned of a message after it left: the carrier's reports, customers' replies, a person's decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.optouts import opt_out
from survey_app.commands.outbox import LATEST, NOTHING_HEARD, UNDELIVERABLE, note, wake
from survey_app.errors import Conflict, NotFound
from survey_app.models import Invitation, Message
from survey_app.models import campaign as campaigns
from survey_app.models.outreach import DELIVERED, FAILED, READY, SENDING, SENT, UNCERTAIN
from survey_app.outreach import addresses
from survey_app.outreach.hours import next_moment
from survey_app.queries.outreach import policy
from translations import gettext as _

#: What a person may decide about an uncertain message.
WAS_SENT, SEND_AGAIN = DECISIONS = ("was_sent", "send_again")
#: States in which a report still changes something. One that says "delivered" is believed whatever we thought; a
#: failure is not, once the message arrived or was taken back.
_OPEN: Final = {
    DELIVERED: frozenset({READY, SENDING, SENT, UNCERTAIN, FAILED}),
    FAILED: frozenset({SENDING, SENT, UNCERTAIN}),
}


def reported(session: Session, channel: str, reference: str, state: str) -> Message:
    """A carrier's report about a message, by its own name for it or by our key. Told twice, it changes nothing.

    NotFound where there is no such message.
    """
    row = session.scalar(
        select(Message)
        .where(Message.channel == channel, or_(Message.provider_ref == reference, Message.key == reference))
        .order_by(Message.id.desc())
        .limit(1)
        .with_for_update()
    )
    if row is None:
        raise NotFound(_("There is no such message."))
    if row.state not in _OPEN[state]:
        return row
    if state == DELIVERED:
        _delivered(session, row)
    else:
        row.state, row.lease, row.leased_until, row.error = FAILED, None, None, "undelivered"
        note(session, row, UNDELIVERABLE, reported=True)
    return row


def _delivered(session: Session, row: Message) -> None:
    now, before = clock.now(), row.state
    row.state, row.lease, row.leased_until, row.error = DELIVERED, None, None, ""
    row.delivered_at = now
    if row.sent_at is None:
        row.sent_at = now
    if before != SENT:
        note(session, row, NOTHING_HEARD)


def replied_stop(session: Session, number: str) -> int:
    """A customer answered a message with the word that ends invitations; returns how many addresses are new."""
    found = addresses.normal(number)
    return 0 if found is None else opt_out(session, [found], "sms").addresses


@dataclass(frozen=True)
class Decided:
    """What came of a decision: how many messages follow it; how many could not be sent again and stay as they are."""

    done: int
    left: int


def decide(session: Session, message_ids: Sequence[int], decision: str, user_id: int | None) -> Decided:
    """What a person decides about uncertain messages: they were sent, or they are to be sent (again).

    A customer may so receive a message twice; that is the person's to weigh. A message whose invitation is answered,
    withdrawn or over cannot be sent again and stays. Conflict where one is uncertain no more: somebody else decided, or
    the carrier reported meanwhile.
    """
    rows = session.scalars(
        select(Message).where(Message.id.in_(message_ids)).order_by(Message.id).with_for_update()
    ).all()
    if len(rows) != len(set(message_ids)) or any(row.state != UNCERTAIN for row in rows):
        raise Conflict(_("Some of these messages are not uncertain any more. Nothing was changed; look at the list."))
    done = sum(_ACTS[decision](session, row, user_id) for row in rows)
    return Decided(done, len(rows) - done)


def _was_sent(session: Session, row: Message, user_id: int | None) -> bool:
    row.lease = None
    row.state, row.error, row.sent_at = SENT, "decided_sent", row.begun_at or clock.now()
    note(session, row, NOTHING_HEARD, user_id=user_id)
    return True


def _again(session: Session, row: Message, user_id: int | None) -> bool:
    invitation = session.get_one(Invitation, row.invitation_id)
    now = clock.now()
    due = next_moment(now, policy(session))
    if invitation.state != campaigns.READY or due >= invitation.expires_at:
        return False
    row.state, row.error, row.begun_at, row.lease = READY, "", None, None
    row.send_after, row.expires_at = due, min(invitation.expires_at, due + LATEST)
    if due <= now:
        wake(session)
    return True


_ACTS: Final[Mapping[str, Callable[[Session, Message, int | None], bool]]] = {
    WAS_SENT: _was_sent,
    SEND_AGAIN: _again,
}
