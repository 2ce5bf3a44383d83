"""The outbox as people see it: counts, reasons, what is uncertain, and single messages with masked addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, contains_eager

from survey_app.models import Branch, Campaign, Invitation, Message
from survey_app.models import campaign as campaigns
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
from survey_app.outreach.addresses import masked
from survey_app.outreach.hours import next_moment
from survey_app.outreach.sending import said
from survey_app.queries.outreach import policy
from translations import lazy_gettext as _l

#: State -> (what it is called, the sort of badge), in the order of a message's life.
STATES: Final[Mapping[str, tuple[Any, str]]] = {
    READY: (_l("Waiting"), ""),
    SENDING: (_l("Being sent"), ""),
    SENT: (_l("Sent"), "good"),
    DELIVERED: (_l("Delivered"), "good"),
    FAILED: (_l("Failed"), "bad"),
    UNCERTAIN: (_l("Uncertain"), "warn"),
    CANCELLED: (_l("Cancelled"), ""),
}
CHANNELS: Final[Mapping[str, Any]] = {"email": _l("E-mail"), "sms": _l("Text message"), "whatsapp": _l("WhatsApp")}
#: The reason of a message that was cancelled because its survey was answered.
ANSWERED: Final = "answered"
KINDS: Final[Mapping[str, Any]] = {INVITATION: _l("Invitation"), REMINDER: _l("Reminder")}


@dataclass(frozen=True)
class Reason:
    """Messages of one state that share a reason: in words, as stored, and how many."""

    state: str
    stored: str
    count: int

    @property
    def words(self) -> str:
        """The reason in the reader's language."""
        return said(self.stored)


@dataclass(frozen=True)
class Line:
    """One message as staff see it."""

    id: int
    campaign: Campaign
    branch: str
    kind: str
    channel: str
    #: So much of the address that it can be told from others; nothing of whose survey was answered.
    address: str
    language: str
    state: str
    #: When it was sent, or is due.
    at: datetime
    attempts: int
    reason: str
    #: Whether the address is kept from the reader because the reason tells that somebody answered.
    hidden: bool = False


def counts(session: Session) -> dict[str, dict[str, int]]:
    """Channel -> state -> messages."""
    found: dict[str, dict[str, int]] = {channel: dict.fromkeys(STATES, 0) for channel in CHANNELS}
    rows = session.execute(
        select(Message.channel, Message.state, func.count()).group_by(Message.channel, Message.state)
    )
    for channel, state, count in rows:
        found[channel][state] = count
    return found


def due(session: Session, now: datetime) -> dict[str, int]:
    """Channel -> messages that could leave at this moment, were it within the hours."""
    rows = session.execute(select(Message.channel, func.count()).where(*_due(now)).group_by(Message.channel))
    return {str(channel): int(count) for channel, count in rows}


def _due(now: datetime) -> list[ColumnElement[bool]]:
    active = select(Campaign.id).where(Campaign.state == campaigns.ACTIVE)
    return [
        Message.state == READY,
        Message.send_after <= now,
        Message.expires_at > now,
        Message.campaign_id.in_(active),
    ]


def next_sending(session: Session, now: datetime) -> datetime | None:
    """When the next message that waits may leave; None where none waits."""
    first = session.scalar(
        select(func.min(Message.send_after)).where(
            Message.state == READY,
            Message.campaign_id.in_(select(Campaign.id).where(Campaign.state == campaigns.ACTIVE)),
        )
    )
    return None if first is None else next_moment(max(first, now), policy(session))


def held(session: Session) -> int:
    """Messages that wait because their campaign is paused or not open yet."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Message)
            .join(Message.campaign)
            .where(Message.state == READY, Campaign.state.in_((campaigns.PAUSED, campaigns.PLANNED)))
        )
        or 0
    )


def reasons(session: Session) -> list[Reason]:
    """Why messages failed, were cancelled or wait for another try; the most frequent first."""
    rows = session.execute(
        select(Message.state, Message.error, func.count())
        .where(Message.error != "", Message.state.in_((FAILED, CANCELLED, READY, UNCERTAIN)))
        .group_by(Message.state, Message.error)
        .order_by(func.count().desc(), Message.state, Message.error)
    )
    return [Reason(state, stored, count) for state, stored, count in rows]


def listing(
    session: Session,
    *,
    state: str = "",
    channel: str = "",
    reason: str = "",
    campaign: str = "",
    limit: int,
    offset: int = 0,
) -> tuple[list[Line], int]:
    """Messages, the newest first, and how many there are; every filter may be empty."""
    wanted = [
        *([Message.state == state] if state in STATES else []),
        *([Message.channel == channel] if channel in CHANNELS else []),
        *([Message.error == reason] if reason else []),
        *([Message.campaign_id.in_(select(Campaign.id).where(Campaign.code == campaign))] if campaign else []),
    ]
    total = session.scalar(select(func.count()).select_from(Message).where(*wanted)) or 0
    rows = session.execute(_lines().where(*wanted).order_by(Message.id.desc()).limit(limit).offset(offset))
    return [_line(message, branch) for message, branch in rows], total


def _lines() -> Select[Message, str]:
    return (
        select(Message, Branch.name)
        .join(Message.campaign)
        .join(Campaign.questionnaire)
        .join(Invitation, Invitation.id == Message.invitation_id)
        .join(Branch, Branch.id == Invitation.branch_id)
        .options(contains_eager(Message.campaign).contains_eager(Campaign.questionnaire))
    )


def _line(message: Message, branch: str) -> Line:
    return Line(
        id=message.id,
        campaign=message.campaign,
        branch=branch,
        kind=message.kind,
        channel=message.channel,
        # Whoever reads answers must not learn who sent one: a reason that tells it stands beside no address.
        address=masked(message.address) if message.address and message.error != ANSWERED else "",
        language=message.language,
        state=message.state,
        at=message.delivered_at or message.sent_at or message.begun_at or message.send_after,
        attempts=message.attempts,
        reason=said(message.error) if message.error else "",
        hidden=message.error == ANSWERED,
    )


def uncertain(session: Session, *, limit: int) -> tuple[list[Line], int]:
    """Messages that nobody can know about, the oldest first, and how many there are."""
    total = session.scalar(select(func.count()).select_from(Message).where(Message.state == UNCERTAIN)) or 0
    rows = session.execute(_lines().where(Message.state == UNCERTAIN).order_by(Message.id).limit(limit))
    return [_line(message, branch) for message, branch in rows], total


def uncertain_ids(session: Session, *, above: int = 0, limit: int) -> list[int]:
    """Ids of uncertain messages, from above one on."""
    wanted = select(Message.id).where(Message.state == UNCERTAIN, Message.id > above)
    return list(session.scalars(wanted.order_by(Message.id).limit(limit)))


def campaigns_with_messages(session: Session) -> list[Campaign]:
    """Campaigns that have any message, by code."""
    return list(
        session.scalars(
            select(Campaign)
            .join(Campaign.questionnaire)
            .options(contains_eager(Campaign.questionnaire))
            .where(Campaign.id.in_(select(Message.campaign_id)))
            .order_by(Campaign.code)
        )
    )
