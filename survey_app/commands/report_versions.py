"""Every version of a report is kept, so that each can be looked at: what was sent, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forms.questionnaire.score import score
from survey_app import clock
from survey_app.commands.recording import answers_of
from survey_app.models import Assignment, BlindReview, FieldCopy, LateItem, ReportCheck, ReportVersion, Response
from survey_app.queries import questionnaires
from survey_app.queries.tickets import in_hindsight

SENT, CORRECTED, ANSWERED, COPIED, APPEALED = "sent", "corrected", "answered", "copied", "appealed"


def keep(session: Session, response: Response, cause: str, user_id: int | None = None) -> None:
    """Keep a report's answers as they stand, unless the newest version is the same.

    Call it before a change, with ``SENT``, and after it, with what was done: so a report that was sent, or sent again,
    without anybody's noticing it yet is there as well. The response must be held.
    """
    session.flush()
    answers = answers_of(session, response.id)
    newest = session.scalar(
        select(ReportVersion).where(ReportVersion.response_id == response.id).order_by(ReportVersion.number.desc())
        .limit(1)
    )  # fmt: skip
    if newest is not None and newest.answers == answers:
        return
    visit = session.scalar(select(Assignment).where(Assignment.response_id == response.id))
    if cause == SENT:
        at, user_id = response.submitted_at or clock.now(), visit.shopper_id if visit is not None else None
    else:
        at = clock.now()
    context = in_hindsight(response, visit.scenario.facts if visit is not None else None)
    card = score(questionnaires.definition(response.version), answers, context)
    session.add(
        ReportVersion(
            response_id=response.id,
            number=(newest.number if newest is not None else 0) + 1,
            cause=cause,
            at=at,
            user_id=user_id,
            answers=answers,
            total=None if card.voided else card.total,
        )
    )
    session.flush()


def forget(session: Session, response_ids: Sequence[str]) -> None:
    """Erase what the desk keeps of reports beside them: versions, checks, second readings, late items and copies."""
    for model in (ReportVersion, ReportCheck, BlindReview, LateItem, FieldCopy):
        session.execute(delete(model).where(model.response_id.in_(response_ids)))


def strip(session: Session, response_ids: Sequence[str]) -> None:
    """Let go of words that are old enough: versions and second copies hold them, and nobody compares them any more."""
    for model in (ReportVersion, FieldCopy):
        session.execute(delete(model).where(model.response_id.in_(response_ids)))
