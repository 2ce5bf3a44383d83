"""Trainings: which employee took which course or quiz on which day."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import training
from survey_app.commands.imports.columns import Problem, Refused, Row, column
from survey_app.commands.imports.handler import Handler, Options, assign
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Outcome
from survey_app.models import Agent, Training, User
from survey_app.models.people import NO_AGENT
from survey_app.queries import training as queries
from translations import gettext as _

#: What a file may call a kind.
_KINDS: Final = {
    "": training.COURSE,
    "course": training.COURSE,
    "קורס": training.COURSE,
    "הדרכה": training.COURSE,
    "quiz": training.QUIZ,
    "חידון": training.QUIZ,
    "מבחן": training.QUIZ,
}


@dataclass(frozen=True, kw_only=True)
class TrainingRow(Row):
    """One course or quiz of one employee."""

    agent: str = field(metadata=column("text", "A-1024", "The employee's number", "קוד נציג", "קוד", "מספר עובד"))
    topic: str = field(metadata=column("text", "ניהול שיחה קשה", "What it was about", "נושא", "קורס"))
    done_on: date = field(metadata=column("date", "14/06/2026", "Day on which it ended", "תאריך", name="on"))
    kind: str = field(default="", metadata=column("text", "course", "`course` or `quiz`; empty for a course", "סוג"))
    score: float | None = field(
        default=None, metadata=column("number", "86", "Of a quiz: percent of the points", "ציון")
    )


class TrainingHandler(Handler[TrainingRow]):
    """Adds courses and quizzes; a record is known by employee, topic and day. A branch brings its own people only."""

    code = "trainings"
    row = TrainingRow

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__(session, options)
        self.agents: dict[str, int] = dict(
            session.execute(select(Agent.code, Agent.id).where(Agent.id != NO_AGENT)).all()
        )
        user = session.get(User, options.user_id) if options.user_id is not None else None
        self.mine = set(self.agents) if user is None else queries.coached(session, user)

    def settle(self, row: TrainingRow) -> TrainingRow:
        problems = []
        if row.agent not in self.mine:
            problems.append(Problem("agent", _("There is no such employee.")))
        if row.kind.casefold() not in _KINDS:
            problems.append(Problem("kind", _("Write course or quiz.")))
        if len(row.topic) > training.LONGEST_TOPIC:
            problems.append(Problem("topic", _("Write at most %(max)s characters.", max=training.LONGEST_TOPIC)))
        if row.done_on > clock.today():
            problems.append(Problem("done_on", _("This day has not come yet.")))
        if row.score is not None and not 0 <= row.score <= 100:
            problems.append(Problem("score", _("Write a number between %(min)s and %(max)s.", min=0, max=100)))
        elif row.score is not None and _KINDS.get(row.kind.casefold()) == training.COURSE:
            problems.append(Problem("score", _("Only a quiz has a score.")))
        if problems:
            raise Refused(*problems)
        return row

    def key(self, row: TrainingRow) -> Hashable:
        return row.agent, row.topic, row.done_on

    def apply(self, session: Session, rows: Sequence[TrainingRow], run_id: int | None) -> list[Outcome]:
        ids = sorted({self.agents[row.agent] for row in rows})
        # Held in one order: who takes a quiz or writes a talk down at this moment waits, or is waited for.
        session.scalars(select(Agent.id).where(Agent.id.in_(ids)).order_by(Agent.id).with_for_update()).all()
        known = {
            (one.agent_id, one.topic, one.done_on): one
            for one in session.scalars(select(Training).where(Training.agent_id.in_(ids)))
        }
        outcomes = [self._apply_one(session, row, known, run_id) for row in rows]
        session.flush()
        return outcomes

    def _apply_one(self, session: Session, row: TrainingRow, known: dict[Any, Training], run_id: int | None) -> Outcome:
        agent_id = self.agents[row.agent]
        label = f"{row.agent} {row.done_on.isoformat()}"
        score = None if row.score is None else round(row.score * 100)
        found = known.get((agent_id, row.topic, row.done_on))
        kind = _KINDS[row.kind.casefold()]
        if found is None:
            session.add(
                Training(
                    agent_id=agent_id,
                    kind=kind,
                    topic=row.topic,
                    done_on=row.done_on,
                    score=score,
                    by_id=self.options.user_id,
                    at=clock.now(),
                    import_run_id=run_id,
                )
            )
            return Outcome(row.row, ADDED, label)
        values: dict[str, Any] = {
            name: value for name, value in (("kind", kind), ("score", score)) if name in row.given
        }
        moved = assign(found, values)
        return Outcome(row.row, CHANGED if moved else UNCHANGED, label, moved)
