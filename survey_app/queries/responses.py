"""Single responses, for the analyst and the privacy officer only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from forms.questionnaire.definition import Questionnaire as Definition
from survey_app.errors import NotFound
from survey_app.models import Answer, Branch, Correction, Line, Questionnaire, Response, Score, Version
from survey_app.models.campaign import ANONYMOUS
from survey_app.queries import questionnaires
from translations import gettext as _


@dataclass(frozen=True)
class ResponseDetail:
    """One response with its answers and the scores that entered the facts."""

    response: Response
    definition: Definition
    answers: dict[str, Any]
    #: line code -> integer hundredths
    scores: dict[str, int]
    corrections: list[Correction]

    @property
    def read_alone(self) -> bool:
        """Whether its answers may be read by themselves; anonymous ones are read in groups, in reports and files."""
        return self.response.campaign.privacy != ANONYMOUS


def search(
    session: Session,
    *,
    month: str = "",
    branch_id: int | None = None,
    questionnaire: str = "",
    state: str = "",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Response], int]:
    """Responses by filters, newest visit first, and how many there are in all."""
    conditions: list[Any] = []
    if month:
        conditions.append(Response.month == month)
    if branch_id is not None:
        conditions.append(Response.branch_id == branch_id)
    if state:
        conditions.append(Response.state == state)
    if questionnaire:
        versions = (
            select(Version.id)
            .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
            .where(Questionnaire.code == questionnaire)
        )
        conditions.append(Response.version_id.in_(versions))
    total = session.scalar(select(func.count()).select_from(Response).where(*conditions)) or 0
    rows = session.scalars(
        select(Response)
        .where(*conditions)
        .order_by(Response.month.desc(), Response.visited_on.desc(), Response.id)
        .options(
            joinedload(Response.branch),
            joinedload(Response.agent),
            joinedload(Response.version).joinedload(Version.questionnaire),
        )
        .limit(limit)
        .offset(offset)
    )
    return list(rows), total


def response(session: Session, response_id: str) -> ResponseDetail:
    """One response; NotFound for an unknown id."""
    found = session.scalar(
        select(Response)
        .where(Response.id == response_id)
        .options(
            joinedload(Response.branch).joinedload(Branch.region),
            joinedload(Response.agent),
            joinedload(Response.campaign),
            joinedload(Response.version).joinedload(Version.questionnaire),
        )
    )
    if found is None:
        raise NotFound(_("There is no such response."))
    answers = {
        question: words if words is not None else value
        for question, value, words in session.execute(
            select(Answer.question, Answer.value, Answer.words).where(Answer.response_id == response_id)
        )
    }
    scores = dict(
        session.execute(
            select(Line.code, Score.value)
            .join(Line, Line.id == Score.line_id)
            .where(Score.response_id == response_id)
            .order_by(Line.code)
        ).all()
    )
    corrections = session.scalars(
        select(Correction).where(Correction.response_id == response_id).order_by(Correction.id)
    )
    return ResponseDetail(
        response=found,
        definition=questionnaires.definition(found.version),
        answers=answers,
        scores=scores,
        corrections=list(corrections),
    )
