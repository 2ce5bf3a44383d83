"""Visits that count and may still change: inside the days of an appeal, or with an appeal that is not decided yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.models import Appeal, Assignment, Correction, Line, Programme, Response, Score
from survey_app.models.appeal import OPEN
from survey_app.models.response import COUNTED
from survey_app.queries.appeals import days_at_most, days_of, last_day

#: The sign-off of a month waits for its appeals [policy].
WAIT: Final = "wait"
#: The line that every scored visit has, once for each series.
_TOTAL: Final = "total"


@dataclass(frozen=True)
class Visit:
    """A counted visit that may still change, and the last day of its appeals; None while an appeal is open."""

    response_id: str
    branch_id: int
    month: str
    lines: tuple[int, ...]
    until: date | None


def visits(session: Session, first: str, last: str) -> list[Visit]:
    """Those of some months, both included, in the order of their ids. A bounded number of statements."""
    since = clock.now() - timedelta(days=days_at_most(session) + 1)
    waiting = select(Appeal.response_id).where(Appeal.state == OPEN)
    decided = select(Assignment.response_id).where(Assignment.decided_at >= since, Assignment.response_id.is_not(None))
    corrected = select(Correction.response_id).where(Correction.at >= since)
    # By the few that anything happened to, never by going through every response of the months.
    touched = union(decided, corrected, waiting).subquery()
    rows = session.execute(
        select(Response.id, Response.branch_id, Response.month, Assignment.decided_at, Assignment.programme_id)
        .outerjoin(Assignment, Assignment.response_id == Response.id)
        .where(
            Response.id.in_(select(touched.c.response_id)),
            Response.state == COUNTED,
            Response.month >= first,
            Response.month <= last,
        )
        .order_by(Response.id)
    ).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    days = {one.id: days_of(one) for one in session.scalars(select(Programme))}
    appealed = set(session.scalars(waiting))
    changed = _newest_corrections(session, since)
    lines = _lines(session, ids)
    today, usual = clock.today(), days_of(None)
    found = []
    for row in rows:
        moments = [moment for moment in (row.decided_at, changed.get(row.id)) if moment is not None]
        ends = last_day(max(moments), days.get(row.programme_id, usual)) if moments else None
        if row.id in appealed or (row.decided_at is not None and ends is not None and ends >= today):
            until = None if row.id in appealed else ends
            found.append(Visit(row.id, row.branch_id, row.month, lines.get(row.id, ()), until))
    return found


def _newest_corrections(session: Session, since: datetime) -> Mapping[str, datetime]:
    rows = session.execute(
        select(Correction.response_id, func.max(Correction.at))
        .where(Correction.at >= since)
        .group_by(Correction.response_id)
    )
    return dict(rows.all())


def _lines(session: Session, ids: list[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for start in range(0, len(ids), 500):
        rows = session.execute(
            select(Score.response_id, Score.line_id)
            .join(Line, Line.id == Score.line_id)
            .where(Score.response_id.in_(ids[start : start + 500]), Line.what == _TOTAL)
        )
        for response_id, line_id in rows:
            found[response_id] = (*found.get(response_id, ()), line_id)
    return found


@dataclass(frozen=True)
class Appealable:
    """A month's visits that may still change."""

    count: int
    #: How many of them have an appeal that is not decided.
    appeals: int
    #: The last day of the others.
    until: date | None


def appealable(session: Session, month: str) -> Appealable:
    """What of one month may still change."""
    found = visits(session, month, month)
    days = [one.until for one in found if one.until is not None]
    return Appealable(len(found), len(found) - len(days), max(days, default=None))
