"""Decisions of the monthly meeting as they are read: whose they are, what is late, and whether they worked.

A decision about no branch is management's own and its owner's. Readers with a smaller reach see those about branches
that they may name, and those that they own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.errors import NotFound
from survey_app.models import Branch, Decision, Meeting, MonthlyReview, User
from survey_app.permissions import PERMISSIONS, Permission, Role, may, scope_of
from survey_app.queries.organisation import in_scope
from translations import gettext as _

OPEN, DONE, DROPPED = "open", "done", "dropped"
#: How a list can be cut: ``mine``, ``open``, ``late``, ``done`` or everything.
MINE, LATE, ALL = "mine", "late", "all"
CUTS: Final = (MINE, OPEN, LATE, DONE, ALL)
#: Decisions that one meeting can go over; the list of decisions has them all.
MOST: Final = 100
#: Roles whose users can own a decision: those that can open it.
OWNING: Final = tuple(sorted(role.value for role in Role if Permission.SEE_DECISIONS in PERMISSIONS[role]))


@dataclass(frozen=True)
class Listed:
    """One page of a list."""

    rows: list[Decision]
    total: int
    late: int


def is_late(decision: Decision, today: date | None = None) -> bool:
    """Whether a decision is still open after its day."""
    return decision.state == OPEN and decision.due_on < (today or clock.today())


def _readable(user: User) -> ColumnElement[bool]:
    """Which decisions a user may read."""
    scope = scope_of(user)
    if scope.everything and may(user, Permission.SEE_REVIEW):
        return true()
    own = Decision.owner_id == user.id
    if scope.everything:
        return own
    return or_(own, Decision.branch_id.in_(select(Branch.id).where(in_scope(scope))))


def _whole(statement: Select[Any]) -> Select[Any]:
    return statement.options(
        joinedload(Decision.owner, innerjoin=True),
        joinedload(Decision.created_by, innerjoin=True),
        joinedload(Decision.branch),
    )


#: Open ones first, the longest due at the head; what is settled after them, newest first.
_ORDER: Final = (
    (Decision.state != OPEN),
    case((Decision.state == OPEN, Decision.due_on)),
    Decision.due_on.desc(),
    Decision.id,
)


def decision(session: Session, user: User, decision_id: str) -> Decision:
    """One decision; NotFound where there is none, or none that this reader may see."""
    found: Decision | None = session.scalar(_whole(select(Decision)).where(Decision.id == decision_id, _readable(user)))
    if found is None:
        raise NotFound(_("There is no such decision."))
    return found


def of_month(session: Session, user: User, month: str) -> list[Decision]:
    """What was decided in the review of a month, in the order in which it was."""
    statement = _whole(select(Decision)).where(Decision.month == month, _readable(user))
    return list(session.scalars(statement.order_by(Decision.created_at, Decision.id).limit(MOST)))


def at_stop(session: Session, user: User, stop: str) -> list[Decision]:
    """What was decided at one stop, or outside a meeting, in every month: open ones first, the longest due ahead."""
    wanted = Decision.stop == stop, _readable(user)
    return list(session.scalars(_whole(select(Decision)).where(*wanted).order_by(*_ORDER).limit(1000)))


def before(session: Session, user: User, month: str) -> list[Decision]:
    """What a meeting about a month goes over first: the last meeting's decisions, and older ones still open after it.

    The last meeting is that of the newest earlier month with decisions. An older decision that was carried out since,
    or that this meeting has just judged, is still gone over: nobody would hear what became of it otherwise. Late ones
    first.
    """
    last = session.scalar(select(func.max(Decision.month)).where(Decision.month < month))
    if last is None:
        return []
    unsettled = [Decision.month == last, Decision.state == OPEN]
    over = _over(session, last)
    if over is not None:
        unsettled.append(Decision.settled_at > over)
    wanted = and_(Decision.month < month, or_(*unsettled), _readable(user))
    return list(session.scalars(_whole(select(Decision)).where(wanted).order_by(*_ORDER).limit(MOST)))


def _over(session: Session, month: str) -> datetime | None:
    """When the meeting about a month was over: with the sign-off; None where it was not, or never began."""
    begun = select(Meeting.begun_at).where(Meeting.month == month).scalar_subquery()
    signed = select(MonthlyReview.signed_at).where(MonthlyReview.month == month).scalar_subquery()
    found: datetime | None = session.scalar(select(func.coalesce(signed, begun)))
    return found


def of_branches(session: Session, user: User, branch_ids: Collection[int], limit: int = 50) -> list[Decision]:
    """Decisions about branches: open ones first, the longest due at the head."""
    wanted = Decision.branch_id.in_(branch_ids), _readable(user)
    return list(session.scalars(_whole(select(Decision)).where(*wanted).order_by(*_ORDER).limit(limit)))


def listed(
    session: Session, user: User, cut: str = MINE, *, branch_id: int | None = None, limit: int = 50, offset: int = 0
) -> Listed:
    """A list of decisions that a reader may see, late ones first; an unknown cut is everything."""
    today = clock.today()
    late = and_(Decision.state == OPEN, Decision.due_on < today)
    cuts: dict[str, ColumnElement[bool]] = {
        MINE: and_(Decision.owner_id == user.id, Decision.state == OPEN),
        OPEN: Decision.state == OPEN,
        LATE: late,
        DONE: Decision.state != OPEN,
    }
    wanted = [_readable(user), cuts.get(cut, true())]
    if branch_id is not None:
        wanted.append(Decision.branch_id == branch_id)
    total, overdue = session.execute(
        select(func.count(), func.count().filter(late)).select_from(Decision).where(*wanted)
    ).one()
    rows = session.scalars(_whole(select(Decision)).where(*wanted).order_by(*_ORDER).limit(limit).offset(offset))
    return Listed(list(rows) if limit else [], total, overdue)


def owners(session: Session) -> list[User]:
    """Who can be given a decision, by name."""
    wanted = User.active, User.role.in_(OWNING)
    return list(session.scalars(select(User).where(*wanted).order_by(User.name, User.email).limit(1000)))
