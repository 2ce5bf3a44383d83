"""A branch's and an agent's own page: months, sections, items, comments and visits behind the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.facts import NONE, Fact
from reports.policy import Policy
from survey_app.errors import NotFound
from survey_app.models import (
    Agent,
    Answer,
    Branch,
    BranchFact,
    Line,
    QualityReview,
    Questionnaire,
    Response,
    Score,
    Version,
)
from survey_app.models.response import COUNTED
from survey_app.permissions import Scope
from survey_app.queries import organisation, questionnaires
from survey_app.queries.facts import taken_over
from survey_app.queries.lines import OWN, SECTION, leading, series_of_months
from translations import gettext as _
from translations import localised

ITEM, QUESTION = "item.", "question."


@dataclass(frozen=True)
class Part:
    """A section, item or question of one questionnaire over a window."""

    questionnaire: str
    code: str
    text: str
    fact: Fact
    critical: bool = False


@dataclass(frozen=True)
class Comment:
    """A customer's own words, with what was asked and how the visit was rated."""

    response_id: str
    month: str
    visited_on: date | None
    language: str
    question: str
    words: str
    #: The response's top-box CSAT: 100, 0 or None where it was not answered.
    satisfied: float | None


@dataclass(frozen=True)
class Shop:
    """An approved mystery visit."""

    response_id: str
    visited_on: date | None
    month: str
    score: float | None
    critical_failures: int


@dataclass(frozen=True)
class BranchDetail:
    """What a branch page shows beside the report's numbers."""

    branch: Branch
    #: What the report names the branch by.
    code: str
    sections: list[Part]
    items: list[Part]
    questions: list[Part]
    comments: list[Comment]
    #: Comments are held back under this many surveys in the window.
    comments_hidden: bool
    shops: list[Shop]


def reader_branch(session: Session, code: str, scope: Scope) -> Branch:
    """A branch by code, for a reader who may see it by name; NotFound otherwise."""
    branch = organisation.branch_by_code(session, code)
    if not scope.names_branch(branch.id, branch.region_id):
        raise NotFound(_("There is no branch %(code)s.", code=code))
    return branch


def detail(session: Session, month: str, code: str, scope: Scope) -> BranchDetail:
    """Everything behind one branch's month, with that of the branches it had taken over by then."""
    branch = reader_branch(session, code, scope)
    ids = [branch.id, *taken_over(session, branch.id, month)]
    policy = organisation.policy(session)
    survey_window = calendar.span(month, policy.survey_window)
    shop_window = calendar.span(month, policy.shop_window)
    # Comments are of every response of the window, whatever the series of its numbers.
    surveyed = session.scalar(
        select(func.coalesce(func.sum(BranchFact.n), 0))
        .join(Line, Line.id == BranchFact.line_id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(BranchFact.branch_id.in_(ids), BranchFact.month.in_(survey_window), Line.what == "csat")
        .where(Questionnaire.code.in_(policy.survey_codes))
    )
    hidden = (surveyed or 0) < policy.least_comments
    return BranchDetail(
        branch=branch,
        code=organisation.shortest_code(session, branch),
        sections=_parts(session, ids, policy, policy.shop_codes, SECTION, shop_window, policy.least_shops),
        items=_parts(session, ids, policy, policy.shop_codes, ITEM, shop_window, policy.least_shops),
        questions=_parts(session, ids, policy, policy.survey_codes, QUESTION, survey_window, policy.least_surveys),
        comments=[] if hidden else comments(session, ids, survey_window, policy),
        comments_hidden=hidden,
        shops=shops(session, ids, shop_window, policy),
    )


def _parts(
    session: Session,
    branch_ids: list[int],
    policy: Policy,
    codes: Sequence[str],
    prefix: str,
    window: list[str],
    least: int,
) -> list[Part]:
    """Lines of the questionnaires that begin with a prefix, in the order asked, with enough responses to be shown.

    A line that began a new series in the window is shown from there on; the months before are of another scale.
    """
    wanted = Questionnaire.code.in_(codes), or_(Line.what.startswith(prefix, autoescape=True), Line.what == OWN)
    known = session.execute(
        select(Questionnaire.code, Line.what, Line.series, Line.id).join(Line).where(*wanted).order_by(Line.id)
    ).all()
    belongs = series_of_months(session, known, window, policy)
    rows = session.execute(
        select(
            Questionnaire.code, Line.what, Line.series, BranchFact.month, func.sum(BranchFact.n),
            func.sum(BranchFact.total), func.sum(BranchFact.squares),
        )
        .join(Line, Line.id == BranchFact.line_id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(BranchFact.branch_id.in_(branch_ids), BranchFact.month.in_(window), *wanted)
        .group_by(Questionnaire.code, Line.what, Line.series, BranchFact.month)
    )  # fmt: skip
    found: dict[tuple[str, str], Fact] = {}
    for code, what, series, month, n, total, squares in rows:
        standing = belongs[code, leading(what)]
        if what != OWN and series == standing[month] == standing[window[-1]]:
            name = what.removeprefix(prefix)
            found[code, name] = found.get((code, name), NONE) + Fact(int(n), int(total), int(squares))
    parts: list[Part] = []
    for code in dict.fromkeys(code for code, _what in found):
        definition = questionnaires.definition(questionnaires.published(session, code))
        named: dict[str, tuple[str, bool]] = (
            {section.code: (localised(section.title), False) for section in definition.sections}
            if prefix == SECTION
            else {one.code: (localised(one.text), one.is_critical) for one in definition.questions}
        )
        parts.extend(
            Part(code, name, text, found[code, name], critical)
            for name, (text, critical) in named.items()
            if found.get((code, name), NONE).n >= least
        )
    return parts


def comments(
    session: Session, branch_ids: list[int], window: list[str], policy: Policy, *, limit: int = 100, agent_id: int = 0
) -> list[Comment]:
    """Customers' words on the surveys that are ranked, the newest first. Contact answers are never among them."""
    csat = (
        select(Score.value)
        .join(Line, Line.id == Score.line_id)
        .where(Score.response_id == Response.id, Line.what == "csat")
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(Response, Answer.question, Answer.words, csat, Version)
        .join(Answer, Answer.response_id == Response.id)
        .join(Version, Version.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(
            Response.branch_id.in_(branch_ids),
            Response.month.in_(window),
            Response.state == COUNTED,
            Questionnaire.code.in_(policy.survey_codes),
            Answer.words.is_not(None),
        )
        .order_by(Response.month.desc(), Response.visited_on.desc(), Response.id, Answer.question)
        .limit(limit)
    )
    if agent_id:
        statement = statement.where(Response.agent_id == agent_id)
    found = []
    for response, question, words, value, version in session.execute(statement):
        answerable = questionnaires.answerable(questionnaires.definition(version))
        asked = next((one for one in answerable if one.code == question), None)
        if asked is None or asked.type != "text" or not words:
            continue
        found.append(
            Comment(
                response_id=response.id,
                month=response.month,
                visited_on=response.visited_on,
                language=response.language,
                question=localised(asked.text),
                words=words,
                satisfied=value / 100 if value is not None else None,
            )
        )
    return found


def shops(session: Session, branch_ids: list[int], window: list[str], policy: Policy) -> list[Shop]:
    """The approved visits of a window, newest first. A single approved report can always be read by its branch."""
    rows = session.execute(
        select(Response.id, Response.visited_on, Response.month, Line.what, Score.value)
        .join(Version, Version.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .outerjoin(Score, Score.response_id == Response.id)
        .outerjoin(Line, Line.id == Score.line_id)
        .where(
            Response.branch_id.in_(branch_ids),
            Response.month.in_(window),
            Response.state == COUNTED,
            Questionnaire.code.in_(policy.shop_codes),
            Line.what.in_(["total", "critical"]),
        )
        .order_by(Response.visited_on.desc(), Response.id)
    )
    found: dict[str, dict[str, Any]] = {}
    for response_id, visited_on, month, what, value in rows:
        shop = found.setdefault(response_id, {"visited_on": visited_on, "month": month, "total": None, "critical": 0})
        shop[what] = value
    return [
        Shop(
            response_id=response_id,
            visited_on=shop["visited_on"],
            month=shop["month"],
            score=shop["total"] / 100 if shop["total"] is not None else None,
            critical_failures=shop["critical"] // 100,
        )
        for response_id, shop in found.items()
    ]


def reader_agent(session: Session, code: str, scope: Scope, month: str) -> tuple[Agent, Branch | None]:
    """An agent by code with the branch at the month's end, for a reader who may see the results."""
    agent = organisation.agent_by_code(session, code)
    placement = organisation.placement_on(session, agent.id, calendar.last_day(month))
    branch = placement.branch if placement else None
    if not scope.shows_agent(agent.id, branch.id if branch else 0, branch.region_id if branch else None):
        raise NotFound(_("There is no agent %(code)s.", code=code))
    return agent, branch


def last_review(session: Session, response_id: str) -> QualityReview | None:
    """The newest judgement of a report."""
    return session.scalar(
        select(QualityReview).where(QualityReview.response_id == response_id).order_by(QualityReview.id.desc()).limit(1)
    )
