"""Who stands in for whom, and who may be chosen for it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.models import Branch, Delegation, Placement, User
from survey_app.permissions import PERMISSIONS, Permission, may, scope_of

#: Roles that work cases.
_ROLES: Final = tuple(sorted(role.value for role, granted in PERMISSIONS.items() if Permission.WORK_CASES in granted))


def delegations(session: Session, user: User, limit: int = 200) -> list[Delegation]:
    """Who stands in for whom now or later, as far as a reader is concerned: own ones, and those of the led."""
    today = clock.today()
    wanted = [or_(Delegation.until.is_(None), Delegation.until >= today)]
    own = or_(Delegation.user_id == user.id, Delegation.to_id == user.id)
    scope = scope_of(user)
    if may(user, Permission.MANAGE_LOOP) or (scope.everything and may(user, Permission.LEAD_CASES)):
        pass
    elif may(user, Permission.LEAD_CASES):
        wanted.append(or_(own, Delegation.user_id.in_([one.id for one in led(session, user)])))
    else:
        wanted.append(own)
    statement = select(Delegation).where(*wanted).order_by(Delegation.since, Delegation.id).limit(limit)
    return list(session.scalars(statement.options(joinedload(Delegation.user), joinedload(Delegation.to))))


def led(session: Session, user: User, limit: int = 2_000) -> list[User]:
    """Users who work cases within a reader's reach, by name: for whom the reader may say who stands in."""
    wanted = [User.active, User.role.in_(_ROLES)]
    scope = scope_of(user)
    if not (may(user, Permission.MANAGE_LOOP) or (scope.everything and may(user, Permission.LEAD_CASES))):
        wanted.append(_within(user))
    return list(session.scalars(select(User).where(*wanted).order_by(User.name, User.id).limit(limit)))


def _within(user: User) -> ColumnElement[bool]:
    """Users of the places that a reader leads."""
    if not may(user, Permission.LEAD_CASES):
        return User.id == user.id
    scope, today = scope_of(user), clock.today()
    here = Branch.region_id == scope.region_id if scope.reach == "region" else Branch.id == scope.branch_id
    branches = select(Branch.id).where(here)
    agents = select(Placement.agent_id).where(
        Placement.branch_id.in_(branches),
        Placement.since <= today,
        or_(Placement.until.is_(None), Placement.until >= today),
    )
    return or_(User.branch_id.in_(branches), User.agent_id.in_(agents), User.id == user.id)


def colleagues(session: Session, user: User) -> list[User]:
    """Who may stand in for somebody of a reader's reach: those in it, of its region, and whoever leads service."""
    scope, today = scope_of(user), clock.today()
    if scope.everything or may(user, Permission.MANAGE_LOOP):
        return led(session, user)
    region = scope.region_id
    branch_id = branch_of(session, user)
    if branch_id is not None and region is None:
        region = session.scalar(select(Branch.region_id).where(Branch.id == branch_id))
    branches = select(Branch.id).where(Branch.region_id == region if region is not None else Branch.id == branch_id)
    near = select(Branch.id).where(Branch.id == branch_id) if branch_id is not None else branches
    agents = select(Placement.agent_id).where(
        Placement.branch_id.in_(near),
        Placement.since <= today,
        or_(Placement.until.is_(None), Placement.until >= today),
    )
    wanted = or_(
        and_(User.role == "agent", User.agent_id.in_(agents)),
        and_(User.role == "branch_manager", User.branch_id.in_(branches)),
        and_(User.role == "region_manager", User.region_id == region) if region is not None else false(),
        User.role == "service_manager",
    )
    return list(session.scalars(select(User).where(User.active, wanted).order_by(User.name, User.id)))


def branch_of(session: Session, user: User) -> int | None:
    """The branch where a user works today; None for whoever works in none."""
    if user.agent_id is None:
        return user.branch_id
    today = clock.today()
    return session.scalar(
        select(Placement.branch_id)
        .where(
            Placement.agent_id == user.agent_id,
            Placement.since <= today,
            or_(Placement.until.is_(None), Placement.until >= today),
        )
        .order_by(Placement.since.desc())
        .limit(1)
    )
