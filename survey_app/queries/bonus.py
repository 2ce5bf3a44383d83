"""The bonus statement of a month, cut to its reader: management, the branch's manager, and the employee alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.bonus import Quiz, Statement, statements
from survey_app.models import Agent, Training
from survey_app.queries import loop


@dataclass(frozen=True)
class Bonus:
    """A month's statements, and whether quizzes are part of them."""

    rows: list[Statement]
    with_quiz: bool
    #: The percent at which a quiz counts as passed.
    passes: int


def of(session: Session, data: Mapping[str, Any]) -> Bonus:
    """The statements of a month's data as it was cut to the reader (:func:`survey_app.queries.visibility.visible`)."""
    policy = loop.policy(session)
    quizzes = _quizzes(session, data["month"], policy.bonus_quiz_percent) if policy.bonus_quiz else {}
    return Bonus(statements(data, quizzes), policy.bonus_quiz, policy.bonus_quiz_percent)


def _quizzes(session: Session, month: str, passes: int) -> dict[str, Quiz]:
    """Employee's code -> the newest quiz taken by the end of the month."""
    rows = session.execute(
        select(Agent.code, Training.done_on, Training.score)
        .join(Training, Training.agent_id == Agent.id)
        .where(Training.kind == "quiz", Training.done_on <= calendar.last_day(month))
        .order_by(Training.done_on, Training.id)
    )
    return {
        code: Quiz(day.isoformat(), score / 100, score >= 100 * passes)
        for code, day, score in rows
        if score is not None
    }
