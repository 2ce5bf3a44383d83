"""A mystery visit while its shopper writes it: what the report still needs, and what the reviewer asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.questionnaire.build import Page, open_form
from forms.questionnaire.definition import Question
from forms.questionnaire.rules import kept
from forms.questionnaire.score import score
from survey_app.models import Appeal, LateItem, QualityReview
from survey_app.models.appeal import SHOPPER
from survey_app.queries.tickets import Ticket

#: The day of the visit decides the month that a report belongs to.
_DAY_TYPES = frozenset({"date", "datetime"})


@dataclass(frozen=True)
class Gap:
    """Something a report lacks: the page, the question, and what is asked for beyond an answer to it."""

    page: Page
    question: Question
    message: str


def gaps(ticket: Ticket, pages: Iterable[Page], answers: Mapping[str, Any]) -> list[Gap]:
    """What must still be written before a report can be sent, in the order of the form.

    Every item is answered, be it with "not applicable"; words stand where points are lost and the item asks for them;
    the day is stated. A visit that is honestly voided needs none of it.
    """
    definition, context = ticket.definition, ticket.context
    counting = kept(definition, answers, context)
    card = score(definition, answers, context)
    if card.voided:
        return []
    day = next((one.code for one in definition.questions if one.type in _DAY_TYPES), None)
    needed = {*card.unanswered, *([day] if day and day not in counting else [])}
    found = []
    for page in pages:
        form = open_form(definition, page, ticket.language, context, answers)
        form.validate()
        for field in form:
            errors = [*field.errors, *(field.comment.errors if field.comment else [])]
            if errors or field.question.code in needed:
                found.append(Gap(page, field.question, str(errors[0]) if errors else ""))
    return found


def asked_back(session: Session, response_id: str) -> QualityReview | None:
    """What the reviewer wrote when the report was last sent back."""
    return session.scalar(
        select(QualityReview)
        .where(QualityReview.response_id == response_id, QualityReview.outcome == "returned")
        .order_by(QualityReview.id.desc())
        .limit(1)
    )


def rejected(session: Session, response_id: str) -> QualityReview | None:
    """What the reviewer wrote when the report was rejected."""
    return session.scalar(
        select(QualityReview)
        .where(QualityReview.response_id == response_id, QualityReview.outcome == "rejected")
        .order_by(QualityReview.id.desc())
        .limit(1)
    )


def appealed(session: Session, response_id: str) -> int | None:
    """The number of the newest appeal that the shopper filed about a visit of their own."""
    own = (Appeal.response_id == response_id) & (Appeal.side == SHOPPER)
    return session.scalar(select(Appeal.id).where(own).order_by(Appeal.id.desc()).limit(1))


def times_back(session: Session, response_id: str) -> int:
    """How often a report was sent back: one that comes again has a round of its own."""
    returned = (QualityReview.response_id == response_id) & (QualityReview.outcome == "returned")
    return session.scalar(select(func.count()).select_from(QualityReview).where(returned)) or 0


def awaited(session: Session, visits: Iterable[int]) -> set[int]:
    """Which of these visits wait for an answer that was to come later, such as a promised call-back."""
    waiting = LateItem.assignment_id.in_(list(visits)) & (LateItem.state == "waiting")
    return set(session.scalars(select(LateItem.assignment_id).where(waiting)))
