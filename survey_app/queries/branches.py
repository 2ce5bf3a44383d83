"""A branch's and an agent's own page: months, sections, items and visits behind the numbers.

Comments are in :mod:`survey_app.queries.comments`, sections and items in :mod:`survey_app.queries.branch_parts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.policy import Policy
from survey_app.errors import NotFound
from survey_app.models import (
    Agent,
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
from survey_app.queries import branch_parts, organisation
from survey_app.queries.branch_parts import ITEM, QUESTION, Part
from survey_app.queries.facts import taken_over
from survey_app.queries.lines import SECTION
from translations import gettext as _


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
    #: The branch and those that it had taken over by the month.
    ids: list[int]
    sections: list[Part]
    items: list[Part]
    questions: list[Part]
    #: Comments are held back under this many surveys in the window.
    comments_hidden: bool
    shops: list[Shop]


def reader_branch(session: Session, code: str, scope: Scope) -> Branch:
    """A branch by code, for a reader who may see it by name; NotFound otherwise."""
    branch = organisation.branch_by_code(session, code)
    if not scope.names_branch(branch.id, branch.region_id):
        raise NotFound(_("There is no branch %(code)s.", code=code))
    return branch


def ids_of(session: Session, branch: Branch, month: str) -> list[int]:
    """The branch and those that it had taken over by a month."""
    return [branch.id, *taken_over(session, branch.id, month)]


def comments_hidden(session: Session, branch_ids: list[int], month: str, policy: Policy) -> bool:
    """Whether too few answered in the window for comments to be shown.

    Comments are of every response of the window, whatever the series of its numbers.
    """
    surveyed = session.scalar(
        select(func.coalesce(func.sum(BranchFact.n), 0))
        .join(Line, Line.id == BranchFact.line_id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(BranchFact.branch_id.in_(branch_ids), Line.what == "csat")
        .where(BranchFact.month.in_(calendar.span(month, policy.survey_window)))
        .where(Questionnaire.code.in_(policy.survey_codes))
    )
    return (surveyed or 0) < policy.least_comments


def detail(session: Session, month: str, code: str, scope: Scope) -> BranchDetail:
    """Everything behind one branch's month, with that of the branches it had taken over by then."""
    branch = reader_branch(session, code, scope)
    ids = ids_of(session, branch, month)
    policy = organisation.policy(session)
    surveys = (policy.survey_codes, calendar.span(month, policy.survey_window), policy.least_surveys)
    visits = _visits(policy, month)

    def parts(prefix: str, of: tuple[Any, list[str], int]) -> list[Part]:
        questionnaires, window, least = of
        return branch_parts.parts(session, ids, policy, questionnaires, prefix, window, least)

    return BranchDetail(
        branch=branch,
        code=organisation.shortest_code(session, branch),
        ids=ids,
        sections=parts(SECTION, visits),
        items=parts(ITEM, visits),
        questions=parts(QUESTION, surveys),
        comments_hidden=comments_hidden(session, ids, month, policy),
        shops=shops(session, ids, visits[1], policy),
    )


def _visits(policy: Policy, month: str) -> tuple[Any, list[str], int]:
    return policy.shop_codes, calendar.span(month, policy.shop_window), policy.least_shops


def section_titles(session: Session, branch_ids: list[int], month: str, policy: Policy) -> dict[str, str]:
    """Code of a section of the mystery shop -> its title, in the reader's language."""
    questionnaires, window, least = _visits(policy, month)
    found = branch_parts.parts(session, branch_ids, policy, questionnaires, SECTION, window, least)
    return {part.code: part.text for part in found}


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
