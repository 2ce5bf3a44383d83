"""Branches whose visits of a month are not all made, given, or open with time left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import months
from survey_app.models import Assignment, Branch, Programme
from survey_app.models.fieldwork import APPROVED, ASSIGNED, CLAIMED, OPEN, PLANNED, RETURNED, SUBMITTED
from survey_app.queries import programmes

#: A visit that nobody has and that ends within so many days is at risk.
SOON: Final = timedelta(days=3)


@dataclass(frozen=True)
class Short:
    """A branch whose month's visits are not all on their way."""

    programme: Programme
    branch: Branch
    wanted: int
    done: int
    #: Given to a shopper and still in time.
    coming: int
    #: Open visits that end soon and that nobody has.
    open: tuple[int, ...]

    @property
    def lacking(self) -> int:
        """Visits that are still to be found a shopper for."""
        return self.wanted - self.done - self.coming


@dataclass(frozen=True)
class Quotas:
    """Branches at risk in a month, and programmes that have no visits in it at all."""

    short: Sequence[Short]
    total: int
    unplanned: Sequence[Programme]


_DONE: Final = frozenset({SUBMITTED, RETURNED, APPROVED})
_NOBODYS: Final = frozenset({PLANNED, OPEN, CLAIMED})


def quotas(session: Session, today: date, limit: int) -> Quotas:
    """Branches of which fewer visits are done, given or open with time left than the month's quota asks for."""
    month = months.of(today)
    short: list[Short] = []
    unplanned: list[Programme] = []
    for programme in programmes.active(session):
        found = _of_month(session, programme.id, month)
        if found:
            short.extend(_short(session, programme, found, today))
        else:
            unplanned.append(programme)
    short.sort(key=lambda one: (-one.lacking, one.branch.name, one.programme.id))
    return Quotas(short[:limit], len(short), unplanned)


Row = tuple[int, int, str, date]


def _of_month(session: Session, programme_id: int, month: str) -> Sequence[Row]:
    rows = session.execute(
        select(Assignment.id, Assignment.branch_id, Assignment.state, Assignment.window_until).where(
            Assignment.programme_id == programme_id,
            Assignment.window_from.between(months.first_day(month), months.last_day(month)),
        )
    )
    return [(number, branch, state, until) for number, branch, state, until in rows]


def _short(session: Session, programme: Programme, found: Collection[Row], today: date) -> list[Short]:
    rules, told = programmes.rules(programme), programmes.told(session, programme.id)
    done: Counter[int] = Counter()
    coming: Counter[int] = Counter()
    relaxed: Counter[int] = Counter()
    pressing: defaultdict[int, list[int]] = defaultdict(list)
    for number, branch_id, state, until in found:
        if state in _DONE:
            done[branch_id] += 1
        elif state == ASSIGNED and until >= today:
            coming[branch_id] += 1
        elif state in _NOBODYS and until > today + SOON:
            relaxed[branch_id] += 1
        elif state in _NOBODYS and until >= today:
            pressing[branch_id].append(number)
    last = months.last_day(months.of(today))
    return [
        Short(
            programme=programme,
            branch=branch,
            wanted=wanted,
            done=done[branch.id],
            coming=coming[branch.id],
            open=tuple(pressing[branch.id]),
        )
        for branch in programmes.branches(session, today)
        if told.get(branch.id, date.max) <= last
        and (wanted := rules.visits(branch.code, branch.type))
        > done[branch.id] + coming[branch.id] + relaxed[branch.id]
    ]
