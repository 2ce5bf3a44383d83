"""Promises as staff read them: whose, what is due, what was broken and not made good yet, and how many were kept.

A promise belongs to its branch: leads see those within their reach, a department's head those of the department,
everybody the own ones. One on a case that names a reader of misconduct, discrimination, pressure or privacy is
invisible to that reader, as the case is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, false, func, not_, or_, select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.errors import NotFound
from survey_app.loop.subjects import SENSITIVE
from survey_app.models import NO_AGENT, Branch, Case, Delegation, Department, ModelResult, Placement, Promise, User
from survey_app.permissions import PERMISSIONS, Permission, Role, may, scope_of
from survey_app.queries.models import PROMISES
from survey_app.queries.organisation import in_scope
from translations import gettext as _

#: How a list is cut: the reader's own that are open, all that is open, due soon, broken and not made good, settled.
MINE, OPEN, SOON, BROKEN, SETTLED, ALL = "mine", "open", "soon", "broken", "settled", "all"
CUTS: Final = (MINE, OPEN, SOON, BROKEN, SETTLED)
#: Roles that can answer for a promise.
_KEEPING: Final = tuple(sorted(role.value for role in Role if Permission.KEEP_PROMISES in PERMISSIONS[role]))
#: Days that count as soon.
_SOON: Final = timedelta(days=2)


@dataclass(frozen=True)
class Listed:
    """One page of a list, and how many each cut has."""

    rows: list[Promise]
    total: int
    counts: Mapping[str, int]


def _own(user: User) -> ColumnElement[bool]:
    """Promises that a reader answers for, also for somebody who is away."""
    today = clock.today()
    away = select(Delegation.user_id).where(
        Delegation.to_id == user.id,
        Delegation.since <= today,
        or_(Delegation.until.is_(None), Delegation.until >= today),
    )
    return or_(Promise.owner_id == user.id, Promise.owner_id.in_(away))


def _led(user: User) -> ColumnElement[bool]:
    """Promises of the places and departments that a reader leads."""
    of_department = Promise.department_id.in_(select(Department.id).where(Department.head_id == user.id))
    if not may(user, Permission.LEAD_CASES):
        return of_department
    scope = scope_of(user)
    return or_(of_department, Promise.branch_id.in_(select(Branch.id).where(in_scope(scope))))


def _named(user: User) -> ColumnElement[bool]:
    if user.agent_id is None:
        return false()
    about = select(Case.id).where(
        Case.subject.in_(sorted(SENSITIVE)), Case.agent_id == user.agent_id, Case.agent_id != NO_AGENT
    )
    return and_(Promise.case_id.is_not(None), Promise.case_id.in_(about))


def visible(user: User) -> ColumnElement[bool]:
    """Which promises a reader may see."""
    made = Promise.created_by_id == user.id
    by_agent = Promise.agent_id == user.agent_id if user.agent_id else false()
    return and_(or_(_own(user), _led(user), made, by_agent), not_(_named(user)))


def _cuts(user: User) -> dict[str, ColumnElement[bool]]:
    opened = Promise.state == "open"
    return {
        MINE: and_(opened, _own(user)),
        OPEN: opened,
        SOON: and_(opened, Promise.due_on <= clock.today() + _SOON),
        BROKEN: and_(Promise.state == "broken", Promise.settled_by_id.is_(None)),
        SETTLED: and_(Promise.state != "open", or_(Promise.state != "broken", Promise.settled_by_id.is_not(None))),
    }


def _whole(statement: Any) -> Any:
    return statement.options(
        joinedload(Promise.branch, innerjoin=True),
        joinedload(Promise.agent, innerjoin=True),
        joinedload(Promise.department),
    )


_ORDER: Final = (
    case((Promise.state == "open", 0), (and_(Promise.state == "broken", Promise.settled_by_id.is_(None)), 1), else_=2),
    case((Promise.state == "open", Promise.due_on)),
    Promise.due_on.desc(),
    Promise.id,
)


def listed(session: Session, user: User, cut: str = MINE, *, limit: int = 50, offset: int = 0) -> Listed:
    """A page of the promises that a reader may see; an unknown cut is everything."""
    cuts, seen = _cuts(user), visible(user)
    counted = session.execute(select(*(func.count(Promise.id).filter(cuts[one]) for one in CUTS)).where(seen)).one()
    counts = dict(zip(CUTS, counted, strict=True))
    total = counts[cut] if cut in counts else session.scalar(select(func.count(Promise.id)).where(seen)) or 0
    wanted = [seen, cuts[cut]] if cut in cuts else [seen]
    page = _whole(select(Promise)).where(*wanted).order_by(*_ORDER).limit(limit).offset(offset)
    return Listed(list(session.scalars(page)) if limit else [], total, counts)


def promise(session: Session, user: User, promise_id: str) -> Promise:
    """One promise; NotFound where there is none, or none that this reader may see."""
    found: Promise | None = session.scalar(_whole(select(Promise)).where(Promise.id == promise_id, visible(user)))
    if found is None:
        raise NotFound(_("There is no such promise."))
    return found


def settles(session: Session, user: User, one: Promise) -> bool:
    """Whether a reader may say what became of a promise: who answers for it, and who leads there."""
    may_settle = select(or_(_own(user), _led(user))).select_from(Promise).where(Promise.id == one.id)
    return bool(session.scalar(may_settle))


def of_case(session: Session, case_id: int) -> list[Promise]:
    """The promises made on a case, those still open first. The caller has looked whether the case may be seen."""
    return list(session.scalars(_whole(select(Promise)).where(Promise.case_id == case_id).order_by(*_ORDER)))


def keepers(session: Session, user: User, limit: int = 400) -> list[User]:
    """Whom a reader can give a promise to: oneself, and for leads the people of their places; by role and name."""
    wanted: ColumnElement[bool] = User.id == user.id
    if may(user, Permission.LEAD_CASES):
        here = select(Branch.id).where(in_scope(scope_of(user)))
        today = clock.today()
        placed = select(Placement.agent_id).where(
            Placement.branch_id.in_(here),
            Placement.since <= today,
            or_(Placement.until.is_(None), Placement.until >= today),
        )
        wanted = or_(wanted, User.branch_id.in_(here), User.agent_id.in_(placed))
    statement = select(User).where(User.active, User.role.in_(_KEEPING), wanted)
    return list(session.scalars(statement.order_by(User.role.desc(), User.name, User.id).limit(limit)))


# ---- how many were kept ----------------------------------------------------------------------------------------------


def measured(session: Session, month: str) -> Mapping[str, Any] | None:
    """What a month's model made of promises; None where it was not made yet."""
    found = session.get(ModelResult, (month, PROMISES))
    return found.result if found is not None else None


def of_agent(session: Session, agent_id: int, month: str) -> Mapping[str, Any] | None:
    """An agent's share of kept promises over the agents' window; its value and interval only from the least base on."""
    rows = (measured(session, month) or {}).get("agents", [])
    found: Mapping[str, Any] | None = next((row["kept"] for row in rows if row["agent"] == agent_id), None)
    return found


def owner_names(session: Session, rows: list[Promise]) -> dict[int, str]:
    """User id -> name of everybody who answers for some promises."""
    ids = {one.owner_id for one in rows if one.owner_id is not None}
    users = session.execute(select(User.id, User.name, User.email).where(User.id.in_(ids)))
    return {user_id: name or email for user_id, name, email in users}
