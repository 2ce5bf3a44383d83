"""The outbox: a message is a row, and what the row says is what is true, whoever dies holding it.

ready → sending (leased, then begun) → sent → delivered; or failed, cancelled, uncertain. A worker takes some messages
under a lease; before the first byte of each it writes down that the sending began (:func:`begin`), and afterwards what
came of it. So a worker that dies leaves one of three things: a message that was not begun and is ready again; one that
was begun through a gateway that knows its key, and is ready again under the same key; one that was begun otherwise and
is uncertain, which only a person decides about.

Messages are locked before invitations, and in the order of their ids.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from survey_app import clock
from survey_app.models import Branch, Campaign, ContactEvent, Invitation, Job, Message, Questionnaire
from survey_app.models.campaign import ACTIVE
from survey_app.models.outreach import (
    CANCELLED,
    DELIVERED,
    FAILED,
    INVITATION,
    READY,
    REMINDER,
    SENDING,
    SENT,
    UNCERTAIN,
)
from survey_app.outreach.hours import next_moment
from survey_app.outreach.policy import Outreach
from survey_app.outreach.sending import pause
from survey_app.queries import hindrances
from survey_app.queries.outreach import policy

#: The kind of job that wakes the sending.
SEND: Final = "messages.send"
#: How long a worker is believed to be at work on what it holds.
LEASE: Final = timedelta(minutes=5)
#: No sending is begun with less of the lease left: longer than any one sending may take.
MARGIN: Final = timedelta(minutes=2)
#: A message that could not leave within this time after it was due is cancelled: late, it would be about nothing.
LATEST: Final = timedelta(days=5)
#: The window in which a channel's rate is counted.
RATE_WINDOW: Final = timedelta(minutes=1)
DEFAULT_RATE: Final = 60
#: AAPOR codes of a case: nothing sent yet; sent; undeliverable; unknown whether it was sent.
NOT_SENT, NOTHING_HEARD, UNDELIVERABLE, UNKNOWN = "3.10", "3.19", "3.30", "3.90"
#: First key of the advisory locks that let one worker at a time count a channel's rate.
_TURN: Final = 0x6D736773
_TURNS: Final = ("email", "sms", "whatsapp", REMINDER)


@dataclass(frozen=True)
class Leased:
    """One message that a worker holds, with everything its words are made of."""

    message_id: int
    invitation_id: int
    #: Idempotency key and Message-ID.
    key: str
    kind: str
    channel: str
    language: str
    attempts: int
    expires_at: datetime
    lease: str
    branch: str
    visited_on: date
    questionnaire: str
    texts: dict[str, Any] = field(repr=False)
    address: str = field(repr=False)
    token: str = field(repr=False)


# ---- into it ---------------------------------------------------------------------------------------------------------


def queue(
    session: Session,
    invitation: Invitation,
    address: str,
    kind: str = INVITATION,
    channel: str | None = None,
    language: str | None = None,
    send_after: datetime | None = None,
) -> Message:
    """Put a message about an invitation into the outbox: once for each kind and channel, the database refuses another.

    It leaves at the first moment from ``send_after`` (default: now) that the organisation's hours allow. One that
    cannot leave while the invitation is good is kept as cancelled, so that it can be seen why nothing was sent.
    """
    now = clock.now()
    due = next_moment(send_after or now, _rules(session))
    expires = min(invitation.expires_at, due + LATEST)
    late = due >= expires
    message = Message(
        key=uuid4().hex,
        campaign_id=invitation.campaign_id or invitation.campaign.id,
        invitation=invitation,
        kind=kind,
        channel=channel or invitation.channel,
        address=address,
        language=language or invitation.language,
        state=CANCELLED if late else READY,
        error="expired" if late else "",
        send_after=due,
        expires_at=expires,
        created_at=now,
    )
    if kind == INVITATION and not invitation.disposition:
        invitation.disposition = NOT_SENT
    session.add(message)
    if due <= now and not late:
        wake(session)
    return message


def _rules(session: Session) -> Outreach:
    """The organisation's rules, read once in a transaction, however many messages it queues."""
    found: Outreach | None = session.info.get("outreach")
    if found is None:
        found = session.info["outreach"] = policy(session)
    return found


def wake(session: Session) -> None:
    """Leave a job that begins the sending as soon as this is committed; one is enough, however many messages wait."""
    if session.info.get(SEND):
        return
    session.info[SEND] = True
    waiting = session.scalar(select(Job.id).where(Job.kind == SEND, Job.state == "ready").limit(1))
    if waiting is None:
        session.add(Job(kind=SEND, payload={}, created_at=clock.now()))


# ---- out of it -------------------------------------------------------------------------------------------------------


def lease(session: Session, channel: str, worker: str, most: int) -> list[Leased]:
    """Take up to ``most`` messages of a channel that are due; nobody else gets them while the lease lasts.

    Fewer where the channel's rate a minute, counted over all workers, would be passed; none outside the hours.
    """
    now = clock.now()
    rules = _rules(session)
    if next_moment(now, rules) > now:
        return []
    one_at_a_time(session, channel)
    most = min(most, rules.rate.get(channel, DEFAULT_RATE) - _used(session, channel, now))
    if most <= 0:
        return []
    rows = session.scalars(
        select(Message)
        .join(Message.campaign)
        .join(Campaign.questionnaire)
        .join(Message.invitation)
        .join(Invitation.branch)
        .options(
            contains_eager(Message.campaign).contains_eager(Campaign.questionnaire),
            contains_eager(Message.invitation).contains_eager(Invitation.branch),
        )
        .where(
            Message.state == READY,
            Message.channel == channel,
            Message.send_after <= now,
            Message.expires_at > now,
            Campaign.state == ACTIVE,
        )
        .order_by(Message.send_after, Message.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=Message)
    ).all()
    mark = f"{worker}:{uuid4().hex[:12]}"
    for row in rows:
        row.state, row.lease, row.leased_until, row.begun_at = SENDING, mark, now + LEASE, None
    session.flush()
    return [_leased(row, row.campaign.questionnaire, row.invitation.branch) for row in rows]


def _leased(row: Message, questionnaire: Questionnaire, branch: Branch) -> Leased:
    return Leased(
        message_id=row.id,
        invitation_id=row.invitation_id,
        key=row.key,
        kind=row.kind,
        channel=row.channel,
        language=row.language,
        attempts=row.attempts,
        expires_at=row.expires_at,
        lease=row.lease or "",
        branch=branch.name,
        visited_on=row.invitation.visited_on,
        questionnaire=questionnaire.code,
        texts=row.campaign.texts,
        address=row.address,
        token=row.invitation.token,
    )


def one_at_a_time(session: Session, what: str) -> None:
    """Until this transaction ends nobody else counts a channel's rate (or reminds). SQLite writes singly anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_TURN, _TURNS.index(what))))


def _used(session: Session, channel: str, now: datetime) -> int:
    """How many sendings of a channel began in the last minute, or are about to."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Message)
            .where(
                Message.channel == channel,
                or_(
                    Message.begun_at > now - RATE_WINDOW,
                    and_(Message.state == SENDING, Message.begun_at.is_(None)),
                ),
            )
        )
        or 0
    )


def begin(session: Session, leased: Leased) -> bool:
    """Write down that a sending begins, after a last look whether it should; commit before the first byte leaves.

    False: it is not to be sent (now). It was cancelled or put off with the reason, or the lease is no longer ours.
    """
    row, now = _locked(session, leased.message_id), clock.now()
    if not _ours(row, leased) or row.leased_until is None or row.begun_at is not None:
        return False
    rules = _rules(session)
    due = next_moment(now, rules)
    held = hindrances.before_sending(session, row, now)
    if held in hindrances.FOR_GOOD:
        _settle(row, CANCELLED, held)
    elif held or row.leased_until - now < MARGIN:
        _settle(row, READY, held)
    elif due > now:
        _settle(row, READY, "quiet")
        row.send_after = due
    else:
        row.begun_at, row.attempts, row.error = now, row.attempts + 1, ""
        return True
    return False


def release(session: Session, leased: Sequence[Leased]) -> None:
    """Give back what was taken and not begun: it is ready again at once."""
    for one in sorted(leased, key=lambda each: each.message_id):
        row = _locked(session, one.message_id)
        if _ours(row, one) and row.begun_at is None:
            _settle(row, READY)


# ---- what came of it -------------------------------------------------------------------------------------------------


def mark_sent(session: Session, leased: Leased, provider_ref: str | None = None, parts: int = 0) -> None:
    """The carrier took it. True whenever it is said: also after the lease ended and others thought otherwise."""
    row = _locked(session, leased.message_id)
    row.provider_ref = row.provider_ref or provider_ref
    row.parts = parts
    if row.state in {SENT, DELIVERED} or (row.state == SENDING and not _ours(row, leased)):
        return
    _settle(row, SENT)
    row.sent_at = clock.now()
    note(session, row, NOTHING_HEARD)


def mark_retry(
    session: Session, leased: Leased, reason: str, retry_after: timedelta | None = None, *, share: float | None = None
) -> None:
    """The carrier did not take it, and may later: another try after a pause, unless it would come too late."""
    row = _locked(session, leased.message_id)
    if not _ours(row, leased):
        return
    wait = max(pause(row.attempts, random.random() if share is None else share), retry_after or timedelta())
    due = next_moment(clock.now() + wait, _rules(session))
    if due >= row.expires_at:
        _fail(session, row, reason)
        return
    _settle(row, READY, reason)
    row.send_after = due


def mark_failed(session: Session, leased: Leased, reason: str) -> None:
    """The carrier will never take it."""
    row = _locked(session, leased.message_id)
    if _ours(row, leased):
        _fail(session, row, reason)


def mark_uncertain(session: Session, leased: Leased, reason: str) -> None:
    """Nobody can know whether the carrier took it: it is shown and never sent again by itself."""
    row = _locked(session, leased.message_id)
    if _ours(row, leased):
        _doubt(session, row, reason)


def sweep_leases(session: Session, idempotent: Collection[str] = (), most: int = 500) -> int:
    """Settle what dead workers held. ``idempotent``: channels whose carrier takes a message with a known key once.

    Gives how many there were.
    """
    rows = session.scalars(
        select(Message)
        .where(Message.state == SENDING, Message.leased_until < clock.now())
        .order_by(Message.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        if row.begun_at is None or row.channel in idempotent:
            _settle(row, READY)
        else:
            _doubt(session, row, "worker_lost")
    return len(rows)


def _locked(session: Session, message_id: int) -> Message:
    return session.get_one(Message, message_id, with_for_update=True, populate_existing=True)


def _ours(row: Message, leased: Leased) -> bool:
    return row.state == SENDING and row.lease == leased.lease


def _settle(row: Message, state: str, reason: str = "") -> None:
    row.state, row.leased_until, row.error = state, None, reason
    if state != UNCERTAIN:
        row.lease = None


def _fail(session: Session, row: Message, reason: str) -> None:
    _settle(row, FAILED, reason)
    note(session, row, UNDELIVERABLE)


def _doubt(session: Session, row: Message, reason: str) -> None:
    _settle(row, UNCERTAIN, reason)
    note(session, row, UNKNOWN)


#: Code of a case -> codes that it may still become by what happens to its messages. What a person said stands.
_MOVES: Final = {
    "": {NOT_SENT, NOTHING_HEARD, UNDELIVERABLE, UNKNOWN},
    NOT_SENT: {NOTHING_HEARD, UNDELIVERABLE, UNKNOWN},
    UNKNOWN: {NOTHING_HEARD, UNDELIVERABLE},
    UNDELIVERABLE: {NOTHING_HEARD},
}


def note(session: Session, row: Message, code: str, *, user_id: int | None = None, reported: bool = False) -> None:
    """Log what happened to a message, and let the case follow unless more is known of it already.

    ``reported``: the carrier took the message and told later that it did not arrive; a reminder's does not say that
    the invitation did not.
    """
    session.add(
        ContactEvent(
            invitation_id=row.invitation_id,
            at=clock.now(),
            channel=row.channel,
            code=code,
            message_id=row.id,
            user_id=user_id,
        )
    )
    invitation = session.get_one(Invitation, row.invitation_id, with_for_update=True, populate_existing=True)
    moves = _MOVES.get(invitation.disposition, set())
    if reported and row.kind == INVITATION and invitation.disposition == NOTHING_HEARD:
        moves = {UNDELIVERABLE}
    if code in moves:
        invitation.disposition = code
