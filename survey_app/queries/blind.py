"""Blind second readings: what waits, what its reader may see, and how far first and second readings agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from forms.questionnaire.definition import Question
from forms.questionnaire.types import TYPES
from reports.agreement import Agreement, agreement
from survey_app.models import (
    Answer,
    Assignment,
    BlindReview,
    Branch,
    Correction,
    QualityReview,
    Response,
    User,
    Version,
)
from survey_app.queries import desk, questionnaires

#: How the answers of each type are compared; a scale's own "hard to say" makes its pairs categories.
LEVELS: Final[Mapping[str, str]] = {"minutes": "interval", "int": "interval", "number": "interval", "scale": "ordinal"}
_BATCH: Final = 500


def items_of(response: Response) -> list[Question]:
    """The items of a report that a second reader judges: those that are scored, in order."""
    return [one for one in questionnaires.definition(response.version).scored_questions if TYPES[one.type].asks]


def waiting(
    session: Session, user: User, *, limit: int = 50, offset: int = 0
) -> list[tuple[Response, Assignment | None]]:
    """Reports that wait for a second reading which this reader may make, the one drawn first on top."""
    rows = session.execute(
        select(Response, Assignment)
        .join(BlindReview, BlindReview.response_id == Response.id)
        .outerjoin(Assignment, Assignment.response_id == Response.id)
        .where(Response.id.in_(desk.blind_open(session, user)))
        .order_by(BlindReview.drawn_at, Response.id)
        .options(joinedload(Response.branch).joinedload(Branch.region), joinedload(Assignment.scenario))
        .limit(limit)
        .offset(offset)
    )
    return [(response, visit) for response, visit in rows]


@dataclass(frozen=True)
class Pair:
    """One report read twice: what each reading said of the items that the second one judged, and of the whole."""

    response: Response
    first: Mapping[str, Any]
    second: Mapping[str, Any]
    first_outcome: str
    second_outcome: str

    @property
    def differing(self) -> list[str]:
        """Items that the two readings answer differently."""
        return [code for code, value in self.second.items() if code in self.first and self.first[code] != value]


@dataclass(frozen=True)
class Agreements:
    """What the readings of one questionnaire come to."""

    title: Mapping[str, str]
    code: str
    questions: Mapping[str, Question]
    items: list[Agreement]
    #: Of the decision about the whole report.
    outcome: Agreement
    pairs: list[Pair]


def agreements(session: Session, since: datetime) -> list[Agreements]:
    """First against second readings that were made since a moment, one for each questionnaire; a bounded number of
    statements for every 500 reports.
    """
    done = session.execute(
        select(BlindReview, Response)
        .join(Response, Response.id == BlindReview.response_id)
        .where(BlindReview.done_at >= since)
        .order_by(BlindReview.done_at.desc(), BlindReview.response_id)
        .options(joinedload(Response.branch), joinedload(Response.version).joinedload(Version.questionnaire))
    ).all()
    firsts = _first_readings(session, [reading for reading, _response in done])
    outcomes = _outcomes(session, [reading for reading, _response in done])
    by_questionnaire: dict[str, list[Pair]] = defaultdict(list)
    for reading, response in done:
        by_questionnaire[response.version.questionnaire.code].append(
            Pair(response, firsts[response.id], reading.answers, outcomes.get(response.id, ""), reading.outcome)
        )
    return [_of_one(code, pairs) for code, pairs in sorted(by_questionnaire.items())]


def _of_one(code: str, pairs: Sequence[Pair]) -> Agreements:
    newest = max((pair.response.version for pair in pairs), key=lambda version: version.number)
    definition = questionnaires.definition(newest)
    questions: dict[str, Question] = {}
    for pair in pairs:
        questions |= questionnaires.definition(pair.response.version).by_code
    questions |= definition.by_code
    read: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
    for pair in pairs:
        for item, value in pair.second.items():
            if item in pair.first:
                read[item].append((pair.first[item], value))
    items = [agreement(item, found, _level(questions.get(item), found)) for item, found in read.items()]
    decided = [(pair.first_outcome, pair.second_outcome) for pair in pairs if pair.first_outcome]
    place = {item: at for at, item in enumerate(questions)}
    return Agreements(
        title=definition.title,
        code=code,
        questions=questions,
        items=sorted(items, key=lambda one: (not one.rewrite, place.get(one.code, len(place)))),
        outcome=agreement("", decided),
        pairs=list(pairs),
    )


def _level(question: Question | None, pairs: Iterable[tuple[Any, Any]]) -> str:
    numbers = all(isinstance(value, int | float) for pair in pairs for value in pair)
    return LEVELS.get(question.type, "nominal") if question is not None and numbers else "nominal"


def _first_readings(session: Session, readings: Sequence[BlindReview]) -> Mapping[str, dict[str, Any]]:
    """The answers as they stood when the second reading was drawn: what was corrected later does not count as read."""
    found: dict[str, dict[str, Any]] = {one.response_id: {} for one in readings}
    drawn = {one.response_id: one.drawn_at for one in readings}
    for start in range(0, len(readings), _BATCH):
        ids = [one.response_id for one in readings[start : start + _BATCH]]
        held = select(Answer.response_id, Answer.question, Answer.value).where(Answer.response_id.in_(ids))
        for response_id, question, value in session.execute(held.where(Answer.value.is_not(None))):
            found[response_id][question] = value
        later = select(Correction).where(Correction.response_id.in_(ids)).order_by(Correction.id.desc())
        for one in session.scalars(later):
            if one.at > drawn[one.response_id]:
                found[one.response_id][one.question] = one.before
                if one.before is None:
                    del found[one.response_id][one.question]
    return found


def _outcomes(session: Session, readings: Sequence[BlindReview]) -> dict[str, str]:
    """What was decided about each report when its second reading was drawn."""
    found: dict[str, str] = {}
    drawn = {one.response_id: one.drawn_at for one in readings}
    for start in range(0, len(readings), _BATCH):
        ids = [one.response_id for one in readings[start : start + _BATCH]]
        for one in session.scalars(
            select(QualityReview).where(QualityReview.response_id.in_(ids)).order_by(QualityReview.id)
        ):
            if one.at <= drawn[one.response_id]:
                found[one.response_id] = one.outcome
    return found
