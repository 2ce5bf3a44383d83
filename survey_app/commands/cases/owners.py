"""Who gets a case: the ladder's rung, whoever stands in for somebody on leave, and never the person it names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.loop.levels import LADDER, LEVELS, Level
from survey_app.loop.states import OPEN
from survey_app.loop.subjects import names
from survey_app.models import Branch, Case, Delegation, User
from survey_app.permissions import Permission, may

#: Nobody stands in for somebody over more people than this: longer chains are taken for a circle.
_CHAIN: Final = 10


def named_by(case: Case, user: User) -> bool:
    """Whether a sensitive case names a user, who then neither handles it nor sees it."""
    return names(case.subject, case.agent_id, user.agent_id)


def stand_in(session: Session, user: User, day: date | None = None) -> User | None:
    """The user, or whoever stands in on a day; None where that leads in a circle, or to nobody who works cases now."""
    on = day or clock.today()
    seen: set[int] = set()
    found: User | None = user
    while found is not None and found.id not in seen and len(seen) < _CHAIN:
        seen.add(found.id)
        to_id = session.scalar(
            select(Delegation.to_id)
            .where(
                Delegation.user_id == found.id,
                Delegation.since <= on,
                or_(Delegation.until.is_(None), Delegation.until >= on),
            )
            .order_by(Delegation.since.desc(), Delegation.id.desc())
            .limit(1)
        )
        if to_id is None:
            return found if may(found, Permission.WORK_CASES) else None
        found = session.get(User, to_id)
    return None


def _on_rung(session: Session, level: Level, place: Mapping[str, Any]) -> list[User]:
    """The active users of a rung who are about a case's place, those with fewest open cases first."""
    statement = select(User).where(User.role == level.role, User.active)
    if level.place:
        if place[level.place] is None:
            return []
        statement = statement.where(getattr(User, level.place) == place[level.place])
    users = list(session.scalars(statement.order_by(User.id)))
    load: dict[int | None, int] = dict(
        session.execute(
            select(Case.owner_id, func.count())
            .where(Case.state.in_(OPEN), Case.owner_id.in_([one.id for one in users]))
            .group_by(Case.owner_id)
        ).all()
    )
    return sorted(users, key=lambda one: (load.get(one.id, 0), one.id))


def find(session: Session, case: Case, start: str, *, without: frozenset[int] = frozenset()) -> tuple[str, User | None]:
    """The rung from ``start`` up that has somebody for a case, and who that is; the last rung and None where nobody is.

    Passed over: users in ``without``, whom the case names, whoever is away and has nobody standing in.
    """
    branch = session.get_one(Branch, case.branch_id)
    place = {
        "agent_id": case.agent_id or None,
        "branch_id": branch.merged_into_id or branch.id,
        "region_id": branch.region_id,
    }
    for code in LADDER[LADDER.index(start) :]:
        for user in _on_rung(session, LEVELS[code], place):
            found = stand_in(session, user)
            if found is not None and found.id not in without and not named_by(case, found):
                return code, found
    return LADDER[-1], None
