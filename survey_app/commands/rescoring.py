"""Scores against the answers they were made from: whoever doubts a fact can go back to what people answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from forms.questionnaire.score import score
from survey_app.commands import facts
from survey_app.commands.facts import Difference
from survey_app.commands.recording import write_scores
from survey_app.kinds import KINDS
from survey_app.models import Answer, Assignment, Line, Response, Score, Version
from survey_app.models.response import COUNTED
from survey_app.queries import questionnaires
from survey_app.queries.tickets import in_hindsight

#: Responses read at once.
_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Rescored:
    """One counted response: the scores that stand and those that its answers give, by line code."""

    response: Response
    stands: Mapping[str, int]
    computed: Mapping[str, int]


def rescored(session: Session, month: str) -> Iterator[Rescored]:
    """Every counted response of a month that still has answers, scored again. Stripped ones keep their scores."""
    ids = session.scalars(select(Response.id).where(Response.month == month, Response.state == COUNTED)).all()
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        yield from _rescored(session, ordered[start : start + _AT_ONCE])


def of(session: Session, ids: Sequence[str]) -> Iterator[Rescored]:
    """Some responses that still have answers, scored again; some hundreds at most."""
    return _rescored(session, ids)


def _rescored(session: Session, ids: Sequence[str]) -> Iterator[Rescored]:
    answers: dict[str, dict[str, Any]] = defaultdict(dict)
    for response_id, question, value, words in session.execute(
        select(Answer.response_id, Answer.question, Answer.value, Answer.words).where(Answer.response_id.in_(ids))
    ):
        answers[response_id][question] = value if words is None else words
    scores: dict[str, dict[str, int]] = defaultdict(dict)
    for response_id, code, value in session.execute(
        select(Score.response_id, Line.code, Score.value)
        .join(Line, Line.id == Score.line_id)
        .where(Score.response_id.in_(ids))
    ):
        scores[response_id][code] = value
    assigned = {
        one.response_id: one.scenario.facts
        for one in session.scalars(
            select(Assignment).where(Assignment.response_id.in_(ids)).options(joinedload(Assignment.scenario))
        )
    }
    responses = session.scalars(
        select(Response)
        .where(Response.id.in_(ids))
        .options(joinedload(Response.version).joinedload(Version.questionnaire))
    )
    for response in responses:
        if response.id not in answers:
            continue
        context = in_hindsight(response, assigned.get(response.id))
        yield Rescored(response, scores[response.id], _lines(response, answers[response.id], context))


def _lines(response: Response, answers: Mapping[str, Any], context: Mapping[str, Any]) -> Mapping[str, int]:
    definition = questionnaires.definition(response.version)
    if not KINDS[definition.kind].counted:
        return {}
    return score(definition, answers, context).line_codes(definition.code)


def check(session: Session, month: str) -> Iterator[Difference]:
    """Every score of a month that its answers do not give, and every fact that its scores do not sum to."""
    for one in rescored(session, month):
        for code in sorted(one.stands.keys() | one.computed.keys()):
            stands, computed = one.stands.get(code), one.computed.get(code)
            if stands != computed:
                yield Difference("score", (one.response.id, code), _single(stands), _single(computed))
    yield from facts.check(session, month)


def _single(value: int | None) -> tuple[int, int, int] | None:
    return None if value is None else (1, value, value * value)


def wrong(session: Session, month: str) -> list[Rescored]:
    """The responses whose scores are not what their answers give. Reading them takes longer than a writer may hold."""
    return [one for one in rescored(session, month) if dict(one.stands) != dict(one.computed)]


def rebuild(session: Session, month: str, found: Sequence[Rescored]) -> int:
    """Put right the scores that were :func:`found wrong <wrong>` and then a month's facts; returns their rows."""
    for one in found:
        session.execute(delete(Score).where(Score.response_id == one.response.id))
        write_scores(session, one.response.version.questionnaire_id, {one.response.id: one.computed})
    return facts.rebuild(session, month)
