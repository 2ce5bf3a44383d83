"""Customers at risk: whose problem is not solved, came again or was reopened, and to whom a promise was broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, union_all
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.loop.states import CLOSED, DONE, OPEN, UNCONFIRMED
from survey_app.models import Branch, Case, Promise, User
from survey_app.queries.cases import visible

OVERDUE, REOPENED, REPEATED, PROMISE, UNSOLVED = "overdue", "reopened", "repeated", "promise", "unsolved"
#: In the order in which they weigh.
WHY: Final = (PROMISE, REOPENED, OVERDUE, REPEATED, UNSOLVED)
#: Days after which a case that nobody confirmed is left behind, and whoever it was about.
_BEHIND: Final = timedelta(days=60)


@dataclass(frozen=True)
class AtRisk:
    """One case whose customer may leave, and why: codes of :data:`WHY`."""

    case: Case
    why: tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """One page of the list, and how many each reason has."""

    rows: list[AtRisk]
    total: int
    counts: Mapping[str, int]


def _broken() -> Select[int | None]:
    """Ids of the cases on which a promise was broken and not made good."""
    return select(Promise.case_id).where(
        Promise.state == "broken", Promise.settled_by_id.is_(None), Promise.case_id.is_not(None)
    )


def _looked_at(now: datetime) -> ColumnElement[bool]:
    """The cases of which any can be at risk, each found by an index: years of others are not gone through."""
    lately = select(Case.id).where(Case.closed_at >= now - _BEHIND)
    return Case.id.in_(union_all(select(Case.id).where(Case.state.in_(sorted({*OPEN, DONE}))), lately, _broken()))


def _reasons(now: datetime) -> dict[str, ColumnElement[bool]]:
    is_open = Case.state.in_(sorted(OPEN))
    live = or_(is_open, Case.state == DONE)
    return {
        # Read once: asked of each case anew, the broken promises would be gone through for every one of them.
        PROMISE: Case.id.in_(_broken()),
        REOPENED: and_(live, Case.reopened > 0),
        OVERDUE: and_(is_open, Case.overdue_since.is_not(None)),
        REPEATED: and_(live, Case.repeat_of_id.is_not(None)),
        UNSOLVED: and_(Case.state == CLOSED, Case.closed_how == UNCONFIRMED, Case.closed_at >= now - _BEHIND),
    }


def listed(session: Session, user: User, why: str = "", *, limit: int = 50, offset: int = 0) -> Listed:
    """Cases at risk that a reader may see, the gravest first; ``why`` cuts to one reason."""
    now = clock.now()
    reasons, seen = _reasons(now), and_(visible(user), _looked_at(now))
    cuts = [*(reasons[one] for one in WHY), or_(*reasons.values())]
    counted = session.execute(select(*(func.count(Case.id).filter(cut) for cut in cuts)).where(seen)).one()
    counts = dict(zip(WHY, counted, strict=False))
    wanted = reasons.get(why, or_(*reasons.values()))
    # The first reason weighs more than all that come after it.
    marks = [case((reasons[one], 2**place), else_=0) for place, one in enumerate(reversed(WHY))][::-1]
    weight = sum(marks[1:], marks[0])
    page = (
        select(Case, *(mark.label(one) for one, mark in zip(WHY, marks, strict=True)))
        .where(seen, wanted)
        .options(joinedload(Case.branch, innerjoin=True).joinedload(Branch.region), joinedload(Case.owner))
        .order_by(weight.desc(), Case.due_at, Case.id)
        .limit(limit)
        .offset(offset)
    )
    rows = [
        AtRisk(found, tuple(name for name, holds in zip(WHY, holding, strict=True) if holds))
        for found, *holding in session.execute(page)
    ]
    return Listed(rows, int(counts.get(why, counted[-1]) or 0), counts)
