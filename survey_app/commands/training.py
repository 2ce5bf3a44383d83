"""What an employee learned: courses, coaching talks, and knowledge quizzes taken here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.questionnaire.score import Scorecard, score
from survey_app import clock
from survey_app.errors import Forbidden, NotFound, UserError
from survey_app.models import Agent, Training, User, Version
from survey_app.models.people import NO_AGENT
from survey_app.permissions import Permission, may
from survey_app.queries import certificates, questionnaires
from survey_app.queries import training as queries
from translations import gettext as _

COURSE, QUIZ, COACHING = KINDS = ("course", "quiz", "coaching")
#: Kinds that somebody writes down; a quiz is taken, or comes by file.
WRITTEN: Final = (COURSE, COACHING)
LONGEST_TOPIC: Final = 120
LONGEST_NOTE: Final = 2_000


@dataclass(frozen=True)
class About:
    """A course or a talk."""

    kind: str
    topic: str
    done_on: date
    note: str = ""


def record(session: Session, by: User, agent_id: int, about: About) -> Training:
    """Write down a course or a talk of somebody whom the writer coaches. The same once more is the same row.

    UserError with the field for what cannot be so; NotFound for an employee whom the writer does not coach.
    """
    agent = _held(session, by, agent_id)
    topic, note = " ".join(about.topic.split()), about.note.strip()
    if about.kind not in WRITTEN:
        raise UserError(_("Choose a course or a talk."), [("kind", "")])
    if not topic:
        raise UserError(_("Write what it was about."), [("topic", "")])
    if len(topic) > LONGEST_TOPIC:
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST_TOPIC), [("topic", "")])
    if len(note) > LONGEST_NOTE:
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST_NOTE), [("note", "")])
    if about.done_on > clock.today():
        raise UserError(_("This day has not come yet."), [("done_on", "")])
    found = _standing(session, agent.id, topic, about.done_on)
    if found is not None:
        if found.kind == about.kind and found.by_id == by.id:
            found.note = note or found.note
        session.flush()
        return found
    made = Training(
        agent_id=agent.id, kind=about.kind, topic=topic, done_on=about.done_on, note=note, by_id=by.id, at=clock.now()
    )
    session.add(made)
    session.flush()
    return made


def _held(session: Session, by: User, agent_id: int) -> Agent:
    """An employee whom somebody coaches, held: two who write the same at once write it once."""
    if not may(by, Permission.COACH):
        raise Forbidden(_("Only who leads employees writes down what they learned."))
    agent = session.get(Agent, agent_id, with_for_update=True)
    if agent is None or agent.id == NO_AGENT or not queries.coaches(session, by, agent.id):
        raise NotFound(_("There is no such employee."))
    return agent


def _standing(session: Session, agent_id: int, topic: str, day: date) -> Training | None:
    return session.scalar(
        select(Training).where(Training.agent_id == agent_id, Training.topic == topic, Training.done_on == day)
    )


def remove(session: Session, by: User, training_id: int) -> None:
    """Take back what was written down by mistake; a quiz that was taken stays. What is gone already is gone."""
    found = session.get(Training, training_id)
    if found is None:
        return
    _held(session, by, found.agent_id)
    if found.kind == QUIZ:
        raise UserError(_("A quiz that was taken stays."))
    session.delete(found)
    session.flush()


def take(session: Session, user: User, version: Version, answers: Mapping[str, Any]) -> tuple[Training, Scorecard]:
    """Judge a quiz and keep its result: one try a day, and the same page sent twice is one try, the earlier.

    NotFound for what is no quiz for employees.
    """
    if not may(user, Permission.TAKE_QUIZZES) or user.agent_id is None:
        raise Forbidden(_("Quizzes are taken by employees who serve customers."))
    agent = session.get(Agent, user.agent_id, with_for_update=True)
    topic = queries.offered(session).get(version.questionnaire_id)
    if agent is None or topic is None:
        raise NotFound(_("There is no such quiz."))
    card = score(questionnaires.definition(version), answers, certificates.context(user.id, clock.today()))
    found = _standing(session, agent.id, topic.code, clock.today())
    if found is None:
        found = Training(
            agent_id=agent.id, kind=QUIZ, topic=topic.code, done_on=clock.today(), score=card.total or 0,
            by_id=user.id, at=clock.now(),
        )  # fmt: skip
        session.add(found)
        session.flush()
    return found, card
