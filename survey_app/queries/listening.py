"""Forms that staff fill in who listen: what can be filled in, one's own forms, and the ticket that fills one in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.errors import Conflict, NotFound
from survey_app.loop.voices import OPENS_CASE, PROMISE, PROMISE_DUE, WAYS
from survey_app.models import Answer, Campaign, Draft, Listening, Questionnaire, Response, User, Version
from survey_app.models.questionnaire import PUBLISHED
from survey_app.queries import questionnaires
from survey_app.queries.tickets import PERSONAL, Ticket
from translations import gettext as _

#: Forms of one's own that were sent and are still listed.
MOST_SENT = 50


@dataclass(frozen=True)
class Own:
    """One of a reader's forms, with how many questions were answered so far; None once it was sent."""

    listening: Listening
    answered: int | None


@dataclass(frozen=True)
class Followed:
    """What a form that was sent asks for: a case to open, a promise to keep."""

    fault: bool = False
    promise: str = ""
    promise_due: date | None = None
    #: The question that asks for the day.
    promise_due_code: str = ""


def offered(session: Session) -> list[Questionnaire]:
    """The published questionnaires that listening can fill in, by code."""
    kinds = sorted({way.kind for way in WAYS.values()})
    published = select(Version.questionnaire_id).where(Version.state == PUBLISHED)
    return list(
        session.scalars(
            select(Questionnaire)
            .where(Questionnaire.kind.in_(kinds), Questionnaire.archived_at.is_(None), Questionnaire.id.in_(published))
            .order_by(Questionnaire.code)
        )
    )


def own(session: Session, user: User) -> tuple[list[Own], list[Own]]:
    """A reader's forms that are not sent, the newest first, and those that were."""
    rows = session.scalars(
        select(Listening)
        .where(Listening.by_id == user.id, Listening.sent_at.is_(None))
        .order_by(Listening.started_at.desc())
        .options(*_BESIDE)
    ).all()
    drafts = _drafts(session, [row.response_id for row in rows])
    sent = session.scalars(
        select(Listening)
        .where(Listening.by_id == user.id, Listening.sent_at.is_not(None))
        .order_by(Listening.sent_at.desc())
        .limit(MOST_SENT)
        .options(*_BESIDE)
    ).all()
    return [Own(row, drafts.get(row.response_id, 0)) for row in rows], [Own(row, None) for row in sent]


_BESIDE = (
    joinedload(Listening.branch),
    joinedload(Listening.agent),
    joinedload(Listening.campaign).joinedload(Campaign.questionnaire),
)


def _drafts(session: Session, ids: Sequence[str]) -> Mapping[str, int]:
    found = session.execute(select(Draft.response_id, Draft.answers).where(Draft.response_id.in_(ids))) if ids else ()
    return {response_id: len(answers) for response_id, answers in found}


def of(session: Session, user: User, response_id: str) -> Listening:
    """One's own form. NotFound for somebody else's."""
    found = session.scalar(
        select(Listening).where(Listening.response_id == response_id, Listening.by_id == user.id).options(*_BESIDE)
    )
    if found is None:
        raise NotFound(_("There is no such form of yours."))
    return found


def ticket(session: Session, listening: Listening, language: str) -> Ticket:
    """The right to fill a form in. Conflict: sent already; NotFound: no version of it is published any more."""
    if listening.sent_at is not None:
        raise Conflict(_("This form was sent already."))
    begun = session.scalar(
        select(Version)
        .join(Draft, Draft.version_id == Version.id)
        .where(Draft.response_id == listening.response_id)
        .options(joinedload(Version.questionnaire))
    )
    campaign = session.get_one(Campaign, listening.campaign_id)
    version = begun or questionnaires.newest_published(session, campaign.questionnaire_id)
    if version is None:
        raise NotFound(_("This survey is not open yet."))
    return Ticket(
        response_id=listening.response_id,
        campaign=campaign,
        version=version,
        branch=listening.branch,
        language=language,
        link=PERSONAL,
        agent_id=listening.agent_id,
    )


def followed(session: Session, response_id: str) -> Followed:
    """What a form that was sent asks for, by the measures of its questions."""
    response = session.get(Response, response_id)
    if response is None:
        return Followed()
    definition = questionnaires.definition(session.get_one(Version, response.version_id))
    codes = {one.measure: one.code for one in questionnaires.answerable(definition) if one.measure}
    rows = session.scalars(select(Answer).where(Answer.response_id == response_id))
    answers: dict[str, Any] = {one.question: one.words or one.value for one in rows}
    due = answers.get(codes.get(PROMISE_DUE, ""))
    return Followed(
        fault=answers.get(codes.get(OPENS_CASE, "")) in ("yes", True),
        promise=str(answers.get(codes.get(PROMISE, "")) or "").strip(),
        promise_due=date.fromisoformat(str(due)[:10]) if due else None,
        promise_due_code=codes.get(PROMISE_DUE, ""),
    )


def furthest_back() -> date:
    """The earliest day that a form can be about: a year ago."""
    today = clock.today()
    return today.replace(year=today.year - 1, day=min(today.day, 28))
