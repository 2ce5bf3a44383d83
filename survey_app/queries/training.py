"""What employees learned, and what their customers and visits say they could work on: for a coaching talk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from reports import lexicon
from reports import months as calendar
from survey_app import clock
from survey_app.kinds import KINDS
from survey_app.models import (
    Agent,
    Answer,
    Branch,
    Line,
    Placement,
    Programme,
    Questionnaire,
    Response,
    Score,
    Training,
    User,
    Version,
)
from survey_app.models.people import NO_AGENT
from survey_app.models.questionnaire import PUBLISHED
from survey_app.models.response import COUNTED
from survey_app.permissions import Scope, scope_of
from survey_app.queries import organisation, questionnaires
from survey_app.queries.analysis_questions import parts
from translations import localised

QUIZ: Final = "quiz"
#: Months that a sheet looks back on, and how many weak questions and themes it names.
MONTHS: Final = 12
MOST: Final = 5
_PREFIX: Final = "question."
#: Kinds of questionnaires that judge what somebody knows, and that no report counts.
_QUIZZES: Final = tuple(one.code for one in KINDS.values() if one.itemised and not one.counted)


def _in_reach(scope: Scope) -> Any:
    if scope.everything:
        return Branch.id == Branch.id
    return Branch.region_id == scope.region_id if scope.reach == "region" else Branch.id == scope.branch_id


def _placed(scope: Scope, day: date) -> Any:
    """Agents placed on a day, with their branch, as far as a reader sees."""
    return (
        select(Agent, Branch)
        .join(Placement, Placement.agent_id == Agent.id)
        .join(Branch, Branch.id == Placement.branch_id)
        .where(
            Agent.id != NO_AGENT,
            Placement.since <= day,
            or_(Placement.until.is_(None), Placement.until >= day),
            _in_reach(scope),
        )
    )


def coaches(session: Session, user: User, agent_id: int) -> bool:
    """Whether an employee serves today where somebody leads."""
    found = _placed(scope_of(user), clock.today()).where(Agent.id == agent_id)
    return session.execute(found.limit(1)).first() is not None


def coached(session: Session, user: User) -> set[str]:
    """The codes of everybody whom somebody coaches: the whole organisation's, or those who serve there today."""
    scope = scope_of(user)
    if scope.everything:
        return set(session.scalars(select(Agent.code).where(Agent.id != NO_AGENT)))
    return {agent.code for agent, _branch in session.execute(_placed(scope, clock.today()))}


@dataclass(frozen=True)
class Row:
    """One employee in the list."""

    agent: Agent
    branch: Branch
    #: Courses and talks of the last twelve months, the last talk, and the newest quiz.
    count: int
    talked_on: date | None
    quiz: Training | None


def listing(
    session: Session, user: User, search: str = "", *, limit: int = 50, offset: int = 0
) -> tuple[list[Row], int]:
    """Employees whom a reader coaches, by branch and name; three statements, whatever their number."""
    statement = _placed(scope_of(user), clock.today())
    words = search.strip()
    if words:
        pattern = "%" + words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        statement = statement.where(
            or_(Agent.name.ilike(pattern, escape="\\"), Agent.code == words, Branch.name.ilike(pattern, escape="\\"))
        )
    total = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    page = session.execute(statement.order_by(Branch.name, Agent.name, Agent.id).limit(limit).offset(offset)).all()
    ids = [agent.id for agent, _branch in page]
    learned: dict[int, list[Training]] = {}
    for one in session.scalars(select(Training).where(Training.agent_id.in_(ids)).order_by(Training.done_on)):
        learned.setdefault(one.agent_id, []).append(one)
    year = clock.today() - timedelta(days=365)
    return [_row(agent, branch, learned.get(agent.id, []), year) for agent, branch in page], total


def _row(agent: Agent, branch: Branch, learned: Sequence[Training], year: date) -> Row:
    talks = [one.done_on for one in learned if one.kind == "coaching"]
    quizzes = [one for one in learned if one.kind == QUIZ]
    return Row(
        agent,
        branch,
        sum(one.done_on > year and one.kind != QUIZ for one in learned),
        max(talks, default=None),
        quizzes[-1] if quizzes else None,
    )


def of_agent(session: Session, agent_id: int) -> list[Training]:
    """Everything one employee learned, the newest first."""
    rows = select(Training).where(Training.agent_id == agent_id).order_by(Training.done_on.desc(), Training.id.desc())
    return list(session.scalars(rows))


def offered(session: Session) -> dict[int, Questionnaire]:
    """Questionnaire id -> quiz for employees: published certification quizzes that no shoppers' programme uses."""
    used = select(Programme.quiz_id).where(Programme.quiz_id.is_not(None))
    rows = session.scalars(
        select(Questionnaire)
        .where(
            Questionnaire.kind.in_(_QUIZZES),
            Questionnaire.archived_at.is_(None),
            Questionnaire.id.not_in(used),
            Questionnaire.id.in_(select(Version.questionnaire_id).where(Version.state == PUBLISHED)),
        )
        .order_by(Questionnaire.code)
    )
    return {one.id: one for one in rows}


def titles(session: Session) -> Mapping[str, str]:
    """Code of a quiz -> what it is called, for records that name it."""
    rows = session.scalars(select(Questionnaire).where(Questionnaire.kind.in_(_QUIZZES)))
    return {one.code: localised(one.title) for one in rows}


# ---- what a talk could be about --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Weak:
    """A question on which an employee's customers or visits gave less than on others."""

    code: str
    text: str
    #: Mean of the scores, 0–100, and of how many.
    score: float
    n: int
    #: The same of the whole branch.
    branch: float | None


@dataclass(frozen=True)
class Sheet:
    """What a coaching talk with one employee can begin with. None: fewer than the least, so nothing is told."""

    visits: list[Weak] | None
    surveys: list[Weak] | None
    #: Theme -> comments of customers who were not satisfied.
    themes: list[tuple[str, int]] | None
    least_visits: int
    least_surveys: int


def sheet(session: Session, agent_id: int, branch_id: int) -> Sheet:
    """The weakest questions of an employee's visits and surveys in the last twelve months, beside the branch's.

    The same least bases as everywhere: a talk is about a habit, not about one customer.
    """
    policy = organisation.policy(session)
    since = calendar.shift(clock.current_month(), -MONTHS)
    visits = _weak(session, agent_id, branch_id, policy.shop_codes, since, policy.least_shops)
    surveys = _weak(session, agent_id, branch_id, policy.survey_codes, since, policy.least_surveys)
    return Sheet(
        visits if policy.agent_shops else None,
        surveys,
        _themes(session, agent_id, policy.survey_codes, since) if surveys is not None else None,
        policy.least_shops,
        policy.least_surveys,
    )


def _weak(
    session: Session, agent_id: int, branch_id: int, codes: Sequence[str], since: str, least: int
) -> list[Weak] | None:
    own = _means(session, Response.agent_id == agent_id, codes, since)
    if not own or max(n for _score, n in own.values()) < least:
        return None
    branch = _means(session, Response.branch_id == branch_id, codes, since)
    texts = _texts(session, codes)
    weak = sorted((score, code, n) for code, (score, n) in own.items() if n >= least and score < 100 and code in texts)
    return [
        Weak(code, texts[code], score, n, branch[code][0] if code in branch else None) for score, code, n in weak[:MOST]
    ]


def _means(session: Session, whose: Any, codes: Sequence[str], since: str) -> dict[str, tuple[float, int]]:
    rows = session.execute(
        select(Line.what, func.avg(Score.value), func.count())
        .join(Score, Score.line_id == Line.id)
        .join(Response, Response.id == Score.response_id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(
            whose,
            Response.state == COUNTED,
            Response.month >= since,
            Questionnaire.code.in_(codes),
            Line.what.startswith(_PREFIX, autoescape=True),
        )
        .group_by(Line.what)
    )
    return {what.removeprefix(_PREFIX): (float(mean) / 100, int(n)) for what, mean, n in rows}


def _texts(session: Session, codes: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in session.scalars(select(Questionnaire).where(Questionnaire.code.in_(codes))):
        version = questionnaires.newest_published(session, one.id)
        for part in parts(version) if version is not None else ():
            found.setdefault(part.code, localised(part.text))
    return found


def _themes(session: Session, agent_id: int, codes: Sequence[str], since: str) -> list[tuple[str, int]]:
    """What customers who were not satisfied wrote about."""
    unsatisfied = (
        select(Score.response_id)
        .join(Line, Line.id == Score.line_id)
        .where(Line.what == "csat", Score.value == 0, Score.response_id == Response.id)
        .exists()
    )
    rows = session.scalars(
        select(Answer.words)
        .join(Response, Response.id == Answer.response_id)
        .join(Version, Version.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(
            Response.agent_id == agent_id,
            Response.state == COUNTED,
            Response.month >= since,
            Questionnaire.code.in_(codes),
            Answer.words.is_not(None),
            unsatisfied,
        )
    )
    counted: Counter[str] = Counter(theme for words in rows if words for theme in lexicon.themes(words))
    return counted.most_common(MOST)
