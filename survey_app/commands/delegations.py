"""Standing in: whose cases and promises somebody else has for a while."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import letters
from survey_app.errors import Forbidden, NotFound, UserError
from survey_app.models import Branch, Delegation, Placement, User
from survey_app.permissions import Permission, Role, may, scope_of
from translations import gettext as _

_FOREVER: Final = date.max
#: A day further off than this is a slip of the keyboard.
_FURTHEST: Final = timedelta(days=730)


def hand_over(
    session: Session, by: User | None, user_id: int, to_id: int, since: date, until: date | None = None
) -> Delegation:
    """Let somebody stand in for a user from a day until another (its last one), or until it is ended.

    What the user has open goes over within a minute of the first day; what was given stays with whoever has it when the
    time is over. Done twice, it is one. ``by``: the user, or whoever leads; None for the command line. Forbidden for
    others; UserError for days that do not fit, a second one at the same time, somebody who works no cases, a circle.
    """
    # Held in one order, so that two halves of a circle are not made at once.
    ids = sorted({user_id, to_id})
    rows = select(User).where(User.id.in_(ids)).order_by(User.id).with_for_update()
    users = {one.id: one for one in session.scalars(rows.execution_options(populate_existing=True))}
    user, to = users.get(user_id), users.get(to_id)
    if user is None:
        raise NotFound(_("There is no such user."))
    if by is not None and not may_hand_over(session, by, user):
        raise Forbidden(_("Only whoever leads somebody may say who stands in for them."))
    _fit(user, to, since, until)
    last = until or _FOREVER
    for stands in _overlapping(session, user_id, since, last):
        if (stands.to_id, stands.since, stands.until) == (to_id, since, until):
            return stands
        message = _("Somebody stands in on these days already: end that first.")
        raise UserError(message, [("since", message)])
    if _leads_back(session, to_id, user_id, since, last, frozenset()):
        message = _("This would go round in a circle: that person's own cases come back on these days.")
        raise UserError(message, [("to", message)])
    made = Delegation(
        user_id=user_id, to_id=to_id, since=since, until=until, by_id=by.id if by else None, at=clock.now()
    )
    session.add(made)
    session.flush()
    letters.queue(session, to_id, "stand_in", f"stand_in:{made.id}", {"from": since.isoformat()})
    return made


def end(session: Session, by: User | None, delegation_id: int) -> None:
    """End standing in as of today; one that began today or later is taken back. Ended already, it stays as it is."""
    found = session.get(Delegation, delegation_id, with_for_update=True)
    if found is None:
        raise NotFound(_("Nobody stands in under this number."))
    if by is not None and by.id != found.to_id and not may_hand_over(session, by, session.get_one(User, found.user_id)):
        raise Forbidden(_("Only whoever leads somebody may say who stands in for them."))
    today = clock.today()
    if found.until is not None and found.until < today:
        return
    if found.since >= today:
        session.delete(found)
    else:
        found.until = today - timedelta(days=1)
    session.flush()


def may_hand_over(session: Session, by: User, user: User) -> bool:
    """Whether somebody may say who stands in for a user: the user, and whoever leads the branch or everything."""
    if by.id == user.id:
        return may(by, Permission.WORK_CASES)
    if may(by, Permission.MANAGE_LOOP):
        return True
    if not may(by, Permission.LEAD_CASES):
        return False
    scope = scope_of(by)
    if scope.everything:
        return True
    branch_id = _branch_of(session, user)
    branch = session.get(Branch, branch_id) if branch_id is not None else None
    return (
        branch is not None and user.role in _LED[scope.reach] and scope.names_branch(branch.id, branch.region_id)
    )  # fmt: skip


#: Whom leads of a branch and of a region lead.
_LED: Final = {
    "branch": frozenset({Role.AGENT.value}),
    "region": frozenset({Role.AGENT.value, Role.BRANCH_MANAGER.value}),
    "agent": frozenset[str](),
}


def _branch_of(session: Session, user: User) -> int | None:
    if user.agent_id is None:
        return user.branch_id
    day = clock.today()
    return session.scalar(
        select(Placement.branch_id)
        .where(
            Placement.agent_id == user.agent_id,
            Placement.since <= day,
            or_(Placement.until.is_(None), Placement.until >= day),
        )
        .order_by(Placement.since.desc())
        .limit(1)
    )


def _fit(user: User, to: User | None, since: date, until: date | None) -> None:
    wrong = []
    if to is None or not may(to, Permission.WORK_CASES):
        wrong.append(("to", _("Please choose somebody who works cases.")))
    elif to.id == user.id:
        wrong.append(("to", _("Nobody stands in for themselves.")))
    today = clock.today()
    if not today <= since <= today + _FURTHEST:
        wrong.append(("since", _("The first day is today or later, within two years.")))
    if until is not None and not since <= until <= since + _FURTHEST:
        wrong.append(("until", _("The last day is not before the first one, and within two years of it.")))
    if wrong:
        raise UserError(wrong[0][1], wrong)


def _overlapping(session: Session, user_id: int, since: date, last: date) -> list[Delegation]:
    found = select(Delegation).where(
        Delegation.user_id == user_id,
        Delegation.since <= last,
        or_(Delegation.until.is_(None), Delegation.until >= since),
    )
    return list(session.scalars(found.order_by(Delegation.since, Delegation.id)))


def _leads_back(session: Session, start: int, goal: int, since: date, last: date, seen: frozenset[int]) -> bool:
    """Whether on any of the days a chain of stand-ins leads from one user to another."""
    if start == goal:
        return True
    return start not in seen and any(
        _leads_back(
            session, one.to_id, goal, max(since, one.since), min(last, one.until or _FOREVER), seen | {start}
        )
        for one in _overlapping(session, start, since, last)
    )  # fmt: skip
