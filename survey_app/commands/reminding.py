"""One reminder to who was invited and has not answered, and clearing the outbox of what must not leave any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

from survey_app.commands.outbox import one_at_a_time, queue
from survey_app.models import Campaign, Invitation, Message
from survey_app.models import campaign as campaigns
from survey_app.models.outreach import CANCELLED, DELIVERED, INVITATION, READY, REMINDER, SENT
from survey_app.outreach.rules import Rules
from survey_app.queries.hindrances import LEFT_ALONE

#: Rows of one transaction.
BATCH: Final = 500


def remind(session: Session, now: datetime, most: int = BATCH) -> int:
    """Queue reminders that are due, through the channel of the invitation; returns how many.

    Who began to answer and did not finish is reminded as well. Nobody is reminded twice: the kind is unique for an
    invitation and channel, and an invitation that went out through two channels is asked about once.
    """
    one_at_a_time(session, REMINDER)
    made = 0
    for campaign in session.scalars(select(Campaign).where(Campaign.state == campaigns.ACTIVE).order_by(Campaign.id)):
        days = Rules.load(campaign.rules).reminder_days if campaign.rules else None
        if days is None or made >= most:
            continue
        for message in _due(session, campaign, now - timedelta(days=days), now, most - made):
            queue(session, message.invitation, message.address, REMINDER, message.channel, message.language, now)
            made += 1
    session.flush()
    return made


def _due(session: Session, campaign: Campaign, sent_before: datetime, now: datetime, most: int) -> list[Message]:
    first, other = aliased(Message), aliased(Message)
    earlier = aliased(Message)
    return list(
        session.scalars(
            select(first)
            .join(Invitation, Invitation.id == first.invitation_id)
            .where(
                first.campaign_id == campaign.id,
                first.kind == INVITATION,
                first.state.in_((SENT, DELIVERED)),
                first.sent_at <= sent_before,
                first.address != "",
                Invitation.state == campaigns.READY,
                Invitation.expires_at > now,
                Invitation.disposition.not_in(LEFT_ALONE),
                ~exists().where(other.invitation_id == first.invitation_id, other.kind == REMINDER),
                ~exists().where(
                    earlier.invitation_id == first.invitation_id,
                    earlier.kind == INVITATION,
                    earlier.state.in_((SENT, DELIVERED)),
                    earlier.id < first.id,
                ),
            )
            .order_by(first.id)
            .limit(most)
        )
    )


def cancel_stale(session: Session, now: datetime, most: int = BATCH) -> int:
    """Cancel what waits and must not leave any more: late, answered, withdrawn, or of a campaign that is over."""
    rows = session.execute(
        select(Message, Invitation.state, Campaign.state)
        .join(Invitation, Invitation.id == Message.invitation_id)
        .join(Campaign, Campaign.id == Message.campaign_id)
        .where(
            Message.state == READY,
            or_(
                Message.expires_at <= now,
                Invitation.state != campaigns.READY,
                Campaign.state == campaigns.ENDED,
            ),
        )
        .order_by(Message.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=Message)
    ).all()
    for message, invitation_state, campaign_state in rows:
        message.state = CANCELLED
        message.error = _REASONS.get(invitation_state) or ("ended" if campaign_state == campaigns.ENDED else "expired")
    return len(rows)


_REASONS: Final = {campaigns.USED: "answered", campaigns.REVOKED: "revoked"}
