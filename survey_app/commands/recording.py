"""Finished questionnaires become rows: answers on the path taken, scores, and the facts they add to.

One way in for a page that was just sent, a file of old responses and the demo bank.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from forms.questionnaire.definition import COMMENT
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.rules import kept
from forms.questionnaire.score import Scorecard, score
from survey_app.commands import facts, lines
from survey_app.commands.facts import Scored
from survey_app.commands.lines import Known
from survey_app.kinds import KINDS
from survey_app.models import NO_AGENT, Answer, Response, Score, Version
from survey_app.models.response import COUNTED, VOIDED
from survey_app.queries import questionnaires
from survey_app.queries.answers import PERSONAL_TYPES


@dataclass(frozen=True, kw_only=True)
class Finished:
    """One finished questionnaire, before it is scored. ``answers`` are stored values by question code."""

    response_id: str
    campaign_id: int
    version: Version
    branch_id: int
    #: 0 where the branch had no region.
    region_id: int
    month: str
    state: str
    language: str
    answers: Mapping[str, Any]
    context: Mapping[str, Any] = field(default_factory=dict)
    agent_id: int = NO_AGENT
    visited_on: date | None = None
    submitted_at: datetime | None = None
    channel: str = "link"
    mode: str = "web"
    #: The place of open collection; None for an anonymous response.
    point_id: int | None = None
    #: Coarse marks that something about its coming was unusual.
    flags: Sequence[str] = ()
    weight: float = 1.0
    presentation: Mapping[str, Any] = field(default_factory=dict)
    #: The privacy notice it was given under; None for what came by file.
    notice_id: int | None = None
    external_id: str | None = None
    import_run_id: int | None = None


@dataclass(frozen=True)
class Reckoned:
    """A finished questionnaire with what it comes to: the answers that count, its scores by full line code."""

    finished: Finished
    answers: Mapping[str, Any]
    lines: Mapping[str, int]
    voided: bool


def is_personal(definition: Definition, code: str) -> bool:
    """Whether an answer is a person's own words or contact, which retention strips: kept apart from the value."""
    if code.endswith(COMMENT):
        return True
    question = definition.by_code.get(code)
    return question is None or question.type in PERSONAL_TYPES


def answer_rows(definition: Definition, response_id: str, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Answers as rows, words apart from values."""
    return [
        {
            "response_id": response_id,
            "question": code,
            "value": None if is_personal(definition, code) else value,
            "words": str(value) if is_personal(definition, code) else None,
        }
        for code, value in answers.items()
    ]


def record(session: Session, finished: Sequence[Finished]) -> dict[str, Scorecard]:
    """Store finished questionnaires with their answers, scores and facts; returns the scorecards by response id.

    A questionnaire whose voiding answer was given is stored as voided and scores nothing; one of a kind that is never
    counted scores nothing either. Keep to some 500 at a time.
    """
    cards: dict[str, Scorecard] = {}
    reckoned = []
    for one in finished:
        definition = questionnaires.definition(one.version)
        counting = kept(definition, one.answers, one.context)
        card = cards[one.response_id] = score(definition, counting, one.context)
        counted = KINDS[definition.kind].counted
        lines_of = card.line_codes(definition.code) if counted else {}
        reckoned.append(Reckoned(one, counting, lines_of, card.voided))
    store(session, reckoned)
    return cards


def store(session: Session, reckoned: Sequence[Reckoned]) -> None:
    """Store what was reckoned before: answers and scores as rows, and what they add to the facts. Some 500 at most."""
    responses: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    by_questionnaire: dict[int, dict[str, Mapping[str, int]]] = defaultdict(dict)
    for one in reckoned:
        finished = one.finished
        responses.append(_row(finished, VOIDED if one.voided else finished.state))
        answers.extend(answer_rows(questionnaires.definition(finished.version), finished.response_id, one.answers))
        if one.lines:
            by_questionnaire[finished.version.questionnaire_id][finished.response_id] = one.lines
    if not responses:
        return
    session.execute(insert(Response), responses)
    _insert_answers(session, answers)
    of_lines: dict[str, Mapping[str, Known]] = {}
    for questionnaire_id, scored in by_questionnaire.items():
        found = write_scores(session, questionnaire_id, scored)
        of_lines |= dict.fromkeys(scored, found)
    rows = zip(responses, reckoned, strict=True)
    facts.add(session, [_scored(row, one, of_lines) for row, one in rows if row["state"] == COUNTED])


def _scored(row: Mapping[str, Any], one: Reckoned, of_lines: Mapping[str, Mapping[str, Known]]) -> Scored:
    found = of_lines.get(row["id"], {})
    return Scored(
        **{name: row[name] for name in ("month", "kind", "branch_id", "region_id", "agent_id")},
        scores={found[code].id: value for code, value in one.lines.items()},
        headlines={found[code].id for code in one.lines if found[code].headline},
    )


def _insert_answers(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert answers in two statements, values and words: a missing part is no key, for JSON would write None down."""
    for missing, part in (("words", "value"), ("value", "words")):
        same = [{name: row[name] for name in row if name != missing} for row in rows if row[part] is not None]
        if same:
            session.connection().execute(insert(Answer.__table__), same)  # type: ignore[arg-type]


def write_scores(
    session: Session, questionnaire_id: int, scored: Mapping[str, Mapping[str, int]]
) -> Mapping[str, Known]:
    """Insert scores: response id -> line code -> hundredths, all of one questionnaire; gives their lines by code."""
    found = lines.known(session, questionnaire_id, {code for scores in scored.values() for code in scores})
    rows = [
        {"response_id": response_id, "line_id": found[code].id, "value": value}
        for response_id, scores in scored.items()
        for code, value in scores.items()
    ]
    if rows:
        session.connection().execute(insert(Score.__table__), rows)  # type: ignore[arg-type]
    return found


def _row(one: Finished, state: str) -> dict[str, Any]:
    return {
        "id": one.response_id,
        "campaign_id": one.campaign_id,
        "version_id": one.version.id,
        "kind": one.version.questionnaire.kind,
        "state": state,
        "branch_id": one.branch_id,
        "region_id": one.region_id,
        "agent_id": one.agent_id,
        "month": one.month,
        "visited_on": one.visited_on,
        "submitted_at": one.submitted_at,
        "language": one.language,
        "channel": one.channel,
        "mode": one.mode,
        "point_id": one.point_id,
        "flags": list(one.flags),
        "notice_id": one.notice_id,
        "weight": one.weight,
        "presentation": dict(one.presentation),
        "reason": "",
        "external_id": one.external_id,
        "import_run_id": one.import_run_id,
    }


def answers_of(session: Session, response_id: str) -> dict[str, Any]:
    """The stored answers of a response, words and values together."""
    rows = session.execute(select(Answer.question, Answer.value, Answer.words).where(Answer.response_id == response_id))
    return {question: words if words is not None else value for question, value, words in rows}


def replace_answers(
    session: Session, response: Response, answers: Mapping[str, Any], context: Mapping[str, Any]
) -> Scorecard:
    """Give a response other answers: its rows, scores and, while it counts, its facts follow in this transaction."""
    before = facts.share(session, [response.id])
    definition = questionnaires.definition(response.version)
    counting = kept(definition, answers, context)
    card = score(definition, counting, context)
    session.execute(delete(Answer).where(Answer.response_id == response.id))
    session.execute(delete(Score).where(Score.response_id == response.id))
    rows = answer_rows(definition, response.id, counting)
    if rows:
        session.execute(insert(Answer), rows)
    write_scores(session, response.version.questionnaire_id, {response.id: card.line_codes(definition.code)})
    if response.state == COUNTED:
        facts.adjust(session, [response.id], before)
    return card


def count_in(session: Session, response: Response) -> None:
    """Let a response count from now on."""
    response.state = COUNTED
    session.flush()
    facts.apply(session, [response.id], +1)


def count_out(session: Session, response: Response, state: str) -> None:
    """Take a counted response out of the facts and give it another state."""
    if response.state == COUNTED:
        facts.apply(session, [response.id], -1)
    response.state = state
    session.flush()


def move(session: Session, response: Response, **key: Any) -> None:
    """Change a response's branch, region, agent or month; its facts move along."""
    before = facts.share(session, [response.id])
    session.execute(update(Response).where(Response.id == response.id).values(**key))
    session.refresh(response)
    if response.state == COUNTED:
        facts.adjust(session, [response.id], before)
