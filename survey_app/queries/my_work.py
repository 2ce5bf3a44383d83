"""An employee's own page: cases, promises, lessons, appeals, trainings, and what customers wrote.

Words of thanks are shown as they come, for their writers were told that they are passed on. Other words are shown under
the same rule as on a branch's page: from so many responses on, and never those that name the employee in a case of
misconduct, discrimination, pressure or privacy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from reports import months as calendar
from reports.policy import Policy
from survey_app import clock
from survey_app.models import (
    AgentFact,
    Answer,
    Appeal,
    Case,
    CaseEvent,
    Line,
    Promise,
    Questionnaire,
    Response,
    Training,
    User,
    Version,
)
from survey_app.models.cases import OPEN_STATES
from survey_app.models.response import COUNTED
from survey_app.queries import cases, questionnaires, thanks
from survey_app.queries import promises as promised
from translations import localised

#: Rows of each part on the page.
FEW: Final = 5
#: Months back that kept and broken promises are counted.
MONTHS: Final = 12


@dataclass(frozen=True)
class Counted:
    """Open pieces of work: how many, of them late and to be moved on today, and the most pressing."""

    total: int
    late: int
    today: int
    rows: Sequence[Any]


def own_cases(session: Session, user: User) -> Counted:
    """The reader's own open cases, the most pressing first."""
    end = clock.end_of(clock.today())
    mine = (cases.visible(user), Case.owner_id == user.id, Case.state.in_(OPEN_STATES))
    late = or_(Case.overdue_since.is_not(None), Case.due_at < clock.now())
    due = and_(~late, or_(Case.escalates_at <= end, Case.due_at <= end, Case.next_on <= clock.today()))
    total, overdue, now = session.execute(
        select(func.count(Case.id), func.count(Case.id).filter(late), func.count(Case.id).filter(due)).where(*mine)
    ).one()
    rows = session.scalars(
        select(Case)
        .where(*mine)
        .order_by(Case.overdue_since.is_(None), func.coalesce(Case.escalates_at, Case.due_at), Case.id)
        .limit(FEW)
    ).all()
    return Counted(total, overdue, now, rows)


@dataclass(frozen=True)
class Promised:
    """The reader's promises: open ones, and how many were kept and broken in the last months."""

    open: Counted
    kept: int
    broken: int


def promises(session: Session, user: User) -> Promised:
    """The promises that the reader answers for."""
    today = clock.today()
    seen = (promised.visible(user), Promise.owner_id == user.id)
    mine = (*seen, Promise.state == "open")
    total, late, now = session.execute(
        select(func.count(), func.count().filter(Promise.due_on < today), func.count().filter(Promise.due_on == today))
        .select_from(Promise)
        .where(*mine)
    ).one()
    rows = session.scalars(select(Promise).where(*mine).order_by(Promise.due_on, Promise.id).limit(FEW)).all()
    since = calendar.first_day(calendar.shift(clock.current_month(), 1 - MONTHS))
    settled = dict(
        session.execute(
            select(Promise.state, func.count())
            .where(*seen, Promise.state.in_(("kept", "broken")), Promise.due_on >= since)
            .group_by(Promise.state)
        ).all()
    )
    return Promised(Counted(total, late, now, rows), settled.get("kept", 0), settled.get("broken", 0))


def lessons(session: Session, user: User, limit: int = FEW) -> list[Case]:
    """Cases from which the reader learned something, the newest first."""
    wanted = (cases.visible(user), Case.owner_id == user.id, Case.lesson != "", Case.done_at.is_not(None))
    return list(session.scalars(select(Case).where(*wanted).order_by(Case.done_at.desc(), Case.id.desc()).limit(limit)))


@dataclass(frozen=True)
class Said:
    """What the reader said about a case: the own account, or "it was not me", and what became of that."""

    case: Case
    kind: str


def said(session: Session, user: User, limit: int = FEW) -> list[Said]:
    """The reader's own accounts and claims, the newest first; a claim that was confirmed has moved the case away."""
    newest = (
        select(CaseEvent.case_id, CaseEvent.kind, func.max(CaseEvent.at).label("at"))
        .where(CaseEvent.by_id == user.id, CaseEvent.kind.in_(("account", "not_me")))
        .group_by(CaseEvent.case_id, CaseEvent.kind)
        .subquery()
    )
    rows = session.execute(
        select(Case, newest.c.kind)
        .join(newest, newest.c.case_id == Case.id)
        .where(or_(cases.visible(user), Case.not_me == "confirmed"))
        .order_by(newest.c.at.desc(), Case.id.desc())
        .limit(limit)
    )
    return [Said(case, kind) for case, kind in rows]


def appeals(session: Session, agent_id: int, limit: int = FEW) -> list[Appeal]:
    """Appeals about mystery visits in which the employee served, the newest first."""
    return list(
        session.scalars(
            select(Appeal)
            .join(Response, Response.id == Appeal.response_id)
            .where(Response.agent_id == agent_id)
            .options(joinedload(Appeal.response))
            .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
            .limit(limit)
        )
    )


def trainings(session: Session, agent_id: int, limit: int = FEW) -> list[Training]:
    """Courses, quizzes and talks of an employee, the newest first."""
    return list(
        session.scalars(
            select(Training)
            .where(Training.agent_id == agent_id)
            .order_by(Training.done_on.desc(), Training.id.desc())
            .limit(limit)
        )
    )


# ---- customers' words ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Word:
    """What one customer wrote of a visit in which the employee served; the day stays unknown."""

    month: str
    language: str
    asked: str
    words: str


@dataclass(frozen=True)
class Words:
    """A page of customers' words; ``hidden`` where too few answered about the employee."""

    rows: list[Word]
    total: int
    base: int
    hidden: bool = False


def words(session: Session, agent_id: int, month: str, policy: Policy, *, limit: int = FEW, offset: int = 0) -> Words:
    """What customers wrote of one employee in the window that ends with a month, words of thanks apart."""
    window = calendar.span(month, policy.agent_window)
    base = _base(session, agent_id, window, policy)
    if base < policy.least_comments:
        return Words([], 0, base, hidden=True)
    codes = _texts(session, policy)
    wanted = (
        select(Response, Answer.question, Answer.words)
        .join(Answer, Answer.response_id == Response.id)
        .join(Version, Version.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(
            Response.agent_id == agent_id, Response.month.in_(window), Response.state == COUNTED,
            Questionnaire.code.in_(policy.survey_codes), Answer.question.in_(codes),
            Answer.words.is_not(None), Answer.words != "", thanks.not_sensitive(),
        )
    )  # fmt: skip
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(Response.id).subquery())) or 0
    rows = session.execute(
        wanted.order_by(Response.month.desc(), Response.id, Answer.question).limit(limit).offset(offset)
    )
    return Words([Word(one.month, one.language, codes[code], text or "") for one, code, text in rows], total, base)


def _base(session: Session, agent_id: int, window: Sequence[str], policy: Policy) -> int:
    """How many answered about an employee in a window."""
    counted = session.scalar(
        select(func.coalesce(func.sum(AgentFact.n), 0))
        .join(Line, Line.id == AgentFact.line_id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(AgentFact.agent_id == agent_id, AgentFact.month.in_(window), Line.what == "csat")
        .where(Questionnaire.code.in_(policy.survey_codes))
    )
    return int(counted or 0)


def _texts(session: Session, policy: Policy) -> dict[str, str]:
    """Codes of the questions that ask for words, without the lines of thanks, with what the newest version asks."""
    praise = thanks.codes(session)
    versions = session.scalars(
        select(Version).join(Questionnaire).where(Questionnaire.code.in_(policy.survey_codes)).order_by(Version.id)
    )
    return {
        one.code: localised(one.text)
        for version in versions
        for one in questionnaires.answerable(questionnaires.definition(version))
        if one.type == "text" and one.code not in praise
    }
