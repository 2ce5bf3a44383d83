"""The call list of interviewers: what is due, in which order and in whose hand, and how campaigns go by telephone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.errors import Conflict, NotFound
from survey_app.models import Campaign, ContactEvent, Customer, Invitation, Questionnaire
from survey_app.models.campaign import ACTIVE, CONFIDENTIAL, PAUSED, READY, USED
from survey_app.models.outreach import PHONE
from survey_app.outreach import dispositions
from survey_app.outreach.calls import PROMISED
from translations import gettext as _


def _open(moment: datetime) -> list[Any]:
    """Invitations to call that are not over: of a campaign that still asks, or promised to somebody in one."""
    today = clock.local(moment).date()
    return [
        Invitation.channel == PHONE,
        Invitation.state == READY,
        Invitation.call_after.is_not(None),
        Invitation.expires_at > moment,
        Campaign.privacy == CONFIDENTIAL,
        Campaign.opens <= today,
        or_(Campaign.closes.is_(None), Campaign.closes >= today),
        # A campaign that rests asks nobody anew, and keeps what was promised.
        or_(Campaign.state == ACTIVE, (Campaign.state == PAUSED) & (Invitation.disposition == PROMISED)),
        Questionnaire.archived_at.is_(None),
    ]


def _free(moment: datetime) -> Any:
    return or_(Invitation.held_until.is_(None), Invitation.held_until <= moment)


def _joined(statement: Any) -> Any:
    return statement.join(Campaign, Campaign.id == Invitation.campaign_id).join(
        Questionnaire, Questionnaire.id == Campaign.questionnaire_id
    )


def waiting(moment: datetime, languages: Sequence[str] = ()) -> Select[Invitation]:
    """What is due and held by nobody, in the order of the call list.

    Promised calls come first, the longest due of them first; then those tried least, of these the oldest.
    ``languages``: only customers to be spoken to in one of them; empty: all.
    """
    promised = Invitation.disposition == PROMISED
    found: Select[Invitation] = _joined(select(Invitation)).where(
        *_open(moment), _free(moment), Invitation.call_after <= moment
    )
    if languages:
        found = found.where(Invitation.language.in_(languages))
    return found.order_by(
        case((promised, 0), else_=1),
        case((promised, Invitation.call_after), else_=None),
        Invitation.calls,
        Invitation.created_at,
        Invitation.id,
    )


def held_by(session: Session, user_id: int, moment: datetime) -> Invitation | None:
    """The call that an interviewer has in hand, or None."""
    return session.scalar(
        select(Invitation)
        .where(
            Invitation.caller_id == user_id,
            Invitation.held_until > moment,
            Invitation.state == READY,
            Invitation.channel == PHONE,
        )
        .order_by(Invitation.held_until.desc(), Invitation.id)
        .limit(1)
    )


@dataclass(frozen=True)
class Call:
    """One call in an interviewer's hand: whom to call, about which visit, and what was tried before."""

    invitation: Invitation
    customer: Customer
    tries: list[ContactEvent]


def call(session: Session, invitation_id: int, user_id: int) -> Call:
    """The call that an interviewer has in hand. Conflict: not theirs now, or answered meanwhile; NotFound: unknown."""
    invitation = session.scalar(
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.channel == PHONE)
        .options(
            joinedload(Invitation.campaign).joinedload(Campaign.questionnaire),
            joinedload(Invitation.branch),
        )
    )
    if invitation is None:
        raise NotFound(_("There is no such call."))
    refuse_others(invitation, user_id, clock.now())
    customer = session.get(Customer, invitation.customer_id) if invitation.customer_id is not None else None
    if customer is None or not customer.phone:
        raise Conflict(_("The telephone number was deleted. Take the next call."))
    tries = session.scalars(
        select(ContactEvent)
        .where(ContactEvent.invitation_id == invitation_id)
        .order_by(ContactEvent.at.desc(), ContactEvent.id.desc())
        .limit(10)
    )
    return Call(invitation, customer, list(tries))


def refuse_others(invitation: Invitation, user_id: int, moment: datetime) -> None:
    """Conflict, with what to do, unless a call is in this interviewer's hand."""
    if invitation.state == USED:
        raise Conflict(_("The customer has answered this survey meanwhile. Take the next call."))
    if invitation.state != READY or invitation.expires_at <= moment:
        raise Conflict(_("This call is closed. Take the next call."))
    if invitation.caller_id != user_id or invitation.held_until is None or invitation.held_until <= moment:
        raise Conflict(_("This call is no longer yours: it was kept for half an hour. Take the next call."))


@dataclass(frozen=True)
class Progress:
    """How the telephone part of a campaign goes, in customers."""

    campaign: Campaign
    due: int
    later: int
    promised: int
    answered: int
    refused: int
    total: int


@dataclass(frozen=True)
class Desk:
    """What an interviewer begins with."""

    due: int
    promised_today: int
    #: Language code -> how many are due in it.
    languages: dict[str, int]
    tries_today: int
    interviews_today: int
    campaigns: list[Progress]


def desk(session: Session, user_id: int) -> Desk:
    """The numbers of the call list now, and the interviewer's own of today."""
    now = clock.now()
    begin, end = clock.start_of(clock.today()), clock.end_of(clock.today())
    due = (Invitation.call_after <= now) & _free(now)
    languages = dict(
        session.execute(
            _joined(select(Invitation.language, func.count()).select_from(Invitation))
            .where(*_open(now), due)
            .group_by(Invitation.language)
            .order_by(Invitation.language)
        ).all()
    )
    promised = session.scalar(
        _joined(select(func.count()).select_from(Invitation)).where(
            *_open(now), Invitation.disposition == PROMISED, Invitation.call_after < end
        )
    )
    mine = session.execute(
        select(func.count(), func.count().filter(ContactEvent.code == dispositions.COMPLETED)).where(
            ContactEvent.user_id == user_id,
            ContactEvent.channel == PHONE,
            ContactEvent.at >= begin,
            ContactEvent.at < end,
        )
    ).one()
    return Desk(
        due=sum(languages.values()),
        promised_today=promised or 0,
        languages={code: int(count) for code, count in languages.items()},
        tries_today=int(mine[0]),
        interviews_today=int(mine[1]),
        campaigns=_campaigns(session, now),
    )


def _campaigns(session: Session, now: datetime) -> list[Progress]:
    """Campaigns that take calls today, and those that did in the last month."""
    open_now = (Invitation.state == READY) & Invitation.call_after.is_not(None) & (Invitation.expires_at > now)
    refusals = [one.code for one in dispositions.DISPOSITIONS.values() if one.group == dispositions.REFUSAL]
    rows = session.execute(
        select(
            Invitation.campaign_id,
            func.count().filter(open_now & (Invitation.call_after <= now)),
            func.count().filter(open_now & (Invitation.call_after > now)),
            func.count().filter(open_now & (Invitation.disposition == PROMISED)),
            func.count().filter(Invitation.state == USED),
            func.count().filter(Invitation.disposition.in_(refusals)),
            func.count(),
        )
        .where(Invitation.channel == PHONE, Invitation.created_at >= now - timedelta(days=31))
        .group_by(Invitation.campaign_id)
        .order_by(Invitation.campaign_id)
    ).all()
    campaigns = {
        one.id: one
        for one in session.scalars(
            select(Campaign)
            .where(Campaign.id.in_([row[0] for row in rows]), Campaign.privacy == CONFIDENTIAL)
            .options(joinedload(Campaign.questionnaire))
        )
    }
    return [Progress(campaigns[row[0]], *map(int, row[1:])) for row in rows if row[0] in campaigns]
