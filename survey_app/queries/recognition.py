"""Recognition as it is read: who may decide, the lists, and who is named to whom.

What is to be proposed is in :mod:`survey_app.queries.recognising`, what is quoted in :mod:`survey_app.queries.quotes`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from survey_app.errors import NotFound
from survey_app.models import NO_AGENT, Agent, Branch, Recognition, User
from survey_app.permissions import Permission, Role, Scope, may, role_of, scope_of
from survey_app.queries.organisation import in_scope
from translations import gettext as _
from translations import lazy_gettext as _l

PROPOSED, CONFIRMED, REFUSED = "proposed", "confirmed", "refused"
ACCEPTED, DECLINED = "accepted", "declined"
#: State -> (what it is called, the sort of badge).
STATES: Final[Mapping[str, tuple[Any, str]]] = {
    PROPOSED: (_l("Waits for a decision"), "warn"),
    CONFIRMED: (_l("Confirmed"), "good"),
    REFUSED: (_l("Not confirmed"), ""),
}
#: Answer to publicity -> what it is called.
PUBLICITY: Final[Mapping[str, Any]] = {
    "": _l("Publicity was not answered yet"),
    ACCEPTED: _l("Publicity accepted"),
    DECLINED: _l("Publicity declined"),
}


# ---- who may ---------------------------------------------------------------------------------------------------------


def may_see(user: User, row: Recognition) -> bool:
    """Whether a reader may see a recognition by name: who decides within reach, and whose own it is."""
    return is_own(user, row) or (
        may(user, Permission.RECOGNISE) and scope_of(user).names_branch(row.branch_id, row.branch.region_id)
    )


def may_decide(user: User, branch: Branch, agent_id: int) -> bool:
    """Whether somebody decides about an employee, or about a team (agent 0): never about oneself or one's own team."""
    scope = scope_of(user)
    if not may(user, Permission.RECOGNISE) or not scope.names_branch(branch.id, branch.region_id):
        return False
    return scope.reach != "branch" if agent_id == NO_AGENT else user.agent_id != agent_id


def is_own(user: User, row: Recognition) -> bool:
    """Whether a recognition is the reader's own: the employee's, or of a team its branch manager's."""
    if row.agent_id == NO_AGENT:
        return role_of(user) == Role.BRANCH_MANAGER and user.branch_id == row.branch_id
    return user.agent_id == row.agent_id


def one(session: Session, user: User, recognition_id: int) -> Recognition:
    """A recognition; NotFound where there is none, or not for this reader."""
    row = session.get(
        Recognition, recognition_id, options=[joinedload(Recognition.branch), joinedload(Recognition.agent)]
    )
    if row is None or not may_see(user, row) or (row.state != CONFIRMED and not may(user, Permission.RECOGNISE)):
        raise NotFound(_("There is no such recognition."))
    return row


# ---- lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """A page of recognitions and how many there are of each state."""

    rows: list[Recognition]
    total: int
    counts: Mapping[str, int] = field(default_factory=dict)


def _reach(scope: Scope) -> ColumnElement[bool]:
    return Recognition.branch_id.in_(select(Branch.id).where(in_scope(scope)))


def listed(
    session: Session, user: User, *, state: str = "", month: str = "", limit: int = 50, offset: int = 0
) -> Listed:
    """What a reader may decide or has decided, what waits first; an unknown state or month cuts nothing."""
    if not may(user, Permission.RECOGNISE):
        return Listed([], 0)
    wanted = [_reach(scope_of(user))]
    if month:
        wanted.append(Recognition.month == month)
    counted = select(Recognition.state, func.count()).where(*wanted).group_by(Recognition.state)
    counts = dict(session.execute(counted).all())
    if state in STATES:
        wanted.append(Recognition.state == state)
    rows = session.scalars(
        select(Recognition)
        .join(Branch, Branch.id == Recognition.branch_id)
        .join(Agent, Agent.id == Recognition.agent_id)
        .where(*wanted)
        .options(joinedload(Recognition.branch), joinedload(Recognition.agent))
        .order_by(Recognition.state != PROPOSED, Recognition.month.desc(), Branch.name, Agent.name, Recognition.id)
        .limit(limit)
        .offset(offset)
    )
    total = counts.get(state, 0) if state in STATES else sum(counts.values())
    return Listed(list(rows) if limit else [], total, counts)


def waiting(session: Session, user: User) -> list[Recognition]:
    """Proposals that wait for a reader's decision, the oldest first; a team's wait for nobody of its branch."""
    scope = scope_of(user)
    wanted = [_reach(scope), Recognition.state == PROPOSED, Recognition.agent_id != (user.agent_id or -1)]
    if scope.reach == "branch":
        wanted.append(Recognition.agent_id != NO_AGENT)
    return list(
        session.scalars(
            select(Recognition)
            .where(*wanted)
            .options(joinedload(Recognition.branch), joinedload(Recognition.agent))
            .order_by(Recognition.month, Recognition.id)
        )
    )


def to_answer(session: Session, user: User) -> list[Recognition]:
    """Confirmed recognitions of the reader's own, or of the reader's team, whose publicity is not answered yet."""
    return [row for row in own(session, user) if row.publicity == ""]


def own(session: Session, user: User) -> list[Recognition]:
    """Confirmed recognitions of the reader's own, or of the reader's team, the newest first."""
    mine: ColumnElement[bool]
    if role_of(user) == Role.BRANCH_MANAGER:
        mine = (Recognition.branch_id == user.branch_id) & (Recognition.agent_id == NO_AGENT)
    else:
        mine = (Recognition.agent_id == (user.agent_id or -1)) & (Recognition.agent_id != NO_AGENT)
    return list(
        session.scalars(
            select(Recognition)
            .where(mine, Recognition.state == CONFIRMED)
            .options(joinedload(Recognition.branch), joinedload(Recognition.agent))
            .order_by(Recognition.month.desc(), Recognition.id)
        )
    )


@dataclass(frozen=True)
class OfMonth:
    """A month's recognition as a reader may know it."""

    #: Confirmed, and named because the reader belongs to the branch or the answer to publicity was yes.
    named: list[Recognition]
    #: Confirmed, but not named to this reader.
    unnamed: int
    #: Proposals within the reader's reach that nobody decided about yet.
    waiting: int


def of_month(session: Session, scope: Scope, month: str) -> OfMonth:
    """Who was recognised for a month, as far as a reader may know; shown on the month's page and in its files."""
    rows = session.scalars(
        select(Recognition)
        .join(Branch, Branch.id == Recognition.branch_id)
        .join(Agent, Agent.id == Recognition.agent_id)
        .where(Recognition.month == month, Recognition.state != REFUSED, _reach(scope))
        .options(joinedload(Recognition.branch), joinedload(Recognition.agent))
        .order_by(Recognition.agent_id == NO_AGENT, Agent.name, Branch.name)
    ).all()
    confirmed = [row for row in rows if row.state == CONFIRMED]
    named = [row for row in confirmed if _is_named(scope, row)]
    return OfMonth(named, len(confirmed) - len(named), len(rows) - len(confirmed))


def marks(session: Session, scope: Scope, month: str) -> dict[str, str]:
    """Employee's code -> what became of the month's proposal, where the pages of a month mark employees.

    ``confirmed``, ``proposed`` or ``refused``; a confirmed one that is not the reader's to know counts as refused.
    """
    rows = session.scalars(
        select(Recognition)
        .where(Recognition.month == month, Recognition.agent_id != NO_AGENT, _reach(scope))
        .options(joinedload(Recognition.agent))
    )
    return {
        row.agent.code: REFUSED if row.state == CONFIRMED and not _is_named(scope, row) else row.state for row in rows
    }


def _is_named(scope: Scope, row: Recognition) -> bool:
    inside = scope.reach in ("branch", "agent") and scope.branch_id == row.branch_id
    return inside or row.publicity == ACCEPTED or (scope.reach == "agent" and scope.agent_id == row.agent_id)


def public(session: Session, *, limit: int) -> list[Recognition]:
    """Whom the wall names: the newest confirmed recognitions whose publicity was accepted."""
    return list(
        session.scalars(
            select(Recognition)
            .where(Recognition.state == CONFIRMED, Recognition.publicity == ACCEPTED)
            .options(joinedload(Recognition.branch), joinedload(Recognition.agent))
            .order_by(Recognition.month.desc(), Recognition.agent_id == NO_AGENT, Recognition.id)
            .limit(limit)
        )
    )


def names(rows: Collection[Recognition]) -> dict[int, str]:
    """Recognition -> whom it is about: the employee's name, or of a team the branch's."""
    return {row.id: row.branch.name if row.agent_id == NO_AGENT else (row.agent.name or row.agent.code) for row in rows}


def decided_by(session: Session, row: Recognition) -> User | None:
    """Who decided; nobody while it waits."""
    return session.get(User, row.decided_by_id) if row.decided_by_id is not None else None
