"""Words of thanks: what customers wrote on the page after a survey to be passed on.

They reach whom they thank as they stand, for that is what their writer was told. On the wall everybody reads them, so
there the rule of small bases holds, names of the branch's people are hidden, and only who accepted publicity is named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from reports import months as calendar
from reports.policy import Policy
from survey_app import clock
from survey_app.kinds import KINDS
from survey_app.loop.subjects import SENSITIVE
from survey_app.models import (
    NO_AGENT,
    Agent,
    Answer,
    Branch,
    BranchFact,
    Case,
    Line,
    Questionnaire,
    Recognition,
    Response,
    Version,
)
from survey_app.models.response import COUNTED
from survey_app.queries import found, organisation, questionnaires
from survey_app.queries.masking import mask_names, names_of

#: Months that the wall goes back.
MONTHS: Final = 12


@dataclass(frozen=True)
class Thanks:
    """One customer's words of thanks; the day they were written is told to nobody."""

    response_id: str
    question: str
    month: str
    language: str
    words: str
    branch: Branch
    #: Whom they thank, where the reader may know.
    agent: Agent | None


@dataclass(frozen=True)
class Wall:
    """One page of the wall."""

    rows: list[Thanks]
    total: int
    #: Whether the search holds nothing that can be looked for.
    unsearchable: bool = False


def codes(session: Session) -> set[str]:
    """Codes of the lines of thanks, of every version that customers were shown."""
    asked = [kind.code for kind in KINDS.values() if kind.open_link]
    versions = session.scalars(select(Version).join(Questionnaire).where(Questionnaire.kind.in_(asked)))
    told = (questionnaires.definition(version).thanks for version in versions)
    return {one.praise.code for one in told if one is not None and one.praise is not None}


def not_sensitive() -> ColumnElement[bool]:
    """The condition that no case came of a response whose subject is kept from the person it names."""
    return ~exists().where(Case.response_id == Response.id, Case.subject.in_(SENSITIVE))


def _statement(session: Session) -> Any:
    return (
        select(Response, Answer.question, Answer.words)
        .join(Answer, Answer.response_id == Response.id)
        .where(
            Answer.question.in_(codes(session)),
            Response.state == COUNTED,
            Answer.words.is_not(None),
            Answer.words != "",
            not_sensitive(),
        )
        .options(joinedload(Response.branch), joinedload(Response.agent))
    )


#: An order that tells nothing of who wrote when within a month.
_ORDER: Final = (Response.month.desc(), Response.id, Answer.question)


def _page(session: Session, wanted: Any, limit: int, offset: int) -> tuple[list[Any], int]:
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(Response.id).subquery())) or 0
    return list(session.execute(wanted.order_by(*_ORDER).limit(limit).offset(offset))) if limit else [], total


# ---- to whom they thank ----------------------------------------------------------------------------------------------


def own(session: Session, agent_id: int, *, limit: int = 50, offset: int = 0) -> Wall:
    """What customers thanked one employee for, the newest month first."""
    wanted = _statement(session).where(Response.agent_id == agent_id, Response.agent_id != NO_AGENT)
    rows, total = _page(session, wanted, limit, offset)
    return Wall([_thanks(response, question, words) for response, question, words in rows], total)


def of_branch(session: Session, branch_id: int, month: str) -> int:
    """How many customers thanked a branch's people in a month."""
    return _page(session, _statement(session).where(Response.branch_id == branch_id, Response.month == month), 0, 0)[1]


def _thanks(response: Response, question: str, words: str) -> Thanks:
    agent = response.agent if response.agent_id != NO_AGENT else None
    return Thanks(response.id, question, response.month, response.language, words, response.branch, agent)


# ---- the wall --------------------------------------------------------------------------------------------------------


def wall(session: Session, *, search: str = "", branch_id: int | None = None, limit: int = 50, offset: int = 0) -> Wall:
    """A page of the wall: the same for everybody who may see it."""
    wanted = _statement(session).where(_speaking(session, organisation.policy(session)))
    if branch_id is not None:
        wanted = wanted.where(Response.branch_id == branch_id)
    if search.strip():
        holding = found.holding(session, search)
        if holding is None:
            return Wall([], 0, unsearchable=True)
        wanted = wanted.where(holding)
    rows, total = _page(session, wanted, limit, offset)
    named = public(session)
    hidden = unnamed(session, {response.branch_id for response, _question, _words in rows})
    shown = []
    for response, question, words in rows:
        agent = response.agent if response.agent_id in named else None
        masked = mask_names(words, hidden[response.branch_id])
        shown.append(replace(_thanks(response, question, masked), agent=agent))
    return Wall(shown, total)


def unnamed(session: Session, branch_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Branch -> names of its people that nothing public may tell: all but of who accepted publicity."""
    told = set(public(session).values())
    found = names_of(session, branch_ids)
    return {branch_id: tuple(name for name in found.get(branch_id, ()) if name not in told) for branch_id in branch_ids}


def public(session: Session, agent_ids: Collection[int] | None = None) -> Mapping[int, str]:
    """Employees whose newest confirmed recognition was answered with yes: id -> name."""
    statement = (
        select(Recognition.agent_id, Recognition.publicity, Agent.name)
        .join(Agent, Agent.id == Recognition.agent_id)
        .where(Recognition.state == "confirmed", Recognition.publicity != "", Recognition.agent_id != NO_AGENT)
        .order_by(Recognition.month, Recognition.id)
    )
    if agent_ids is not None:
        statement = statement.where(Recognition.agent_id.in_(agent_ids))
    newest = {agent_id: (publicity, name) for agent_id, publicity, name in session.execute(statement)}
    return {agent_id: name for agent_id, (publicity, name) in newest.items() if publicity == "accepted"}


def _speaking(session: Session, policy: Policy) -> ColumnElement[bool]:
    """The condition that enough answered at a response's branch around its month for words to be shown."""
    shown = calendar.span(clock.current_month(), MONTHS)
    needed = calendar.span(clock.current_month(), MONTHS + policy.survey_window - 1)
    counted: dict[int, dict[str, int]] = defaultdict(dict)
    rows = session.execute(
        select(BranchFact.branch_id, BranchFact.month, func.sum(BranchFact.n))
        .join(Line, Line.id == BranchFact.line_id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(BranchFact.month.in_(needed), Line.what == "csat", Questionnaire.code.in_(policy.survey_codes))
        .group_by(BranchFact.branch_id, BranchFact.month)
    )
    for branch_id, month, n in rows:
        counted[branch_id][month] = int(n)
    open_to: dict[str, list[int]] = {}
    for month in shown:
        window = calendar.span(month, policy.survey_window)
        ids = [one for one, n in counted.items() if sum(n.get(part, 0) for part in window) >= policy.least_comments]
        if ids:
            open_to[month] = ids
    return or_(false(), *(and_(Response.month == month, Response.branch_id.in_(ids)) for month, ids in open_to.items()))
