"""Series that somebody else publishes: as they are kept, and as they stand beside our numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from reports import months as calendar
from survey_app.errors import NotFound
from survey_app.models import Benchmark, BenchmarkValue
from translations import gettext as _

#: A published value that is older than this many months stands beside nothing any more.
OLDEST: Final = 24
#: Where a measure of ours stands in a report's data for the whole organisation.
_OURS: Final[Mapping[str, tuple[str, str]]] = {
    "csat": ("surveys", "csat"),
    "nps": ("surveys", "nps"),
    "ease": ("surveys", "ease"),
    "shops": ("shops", "score"),
}


@dataclass(frozen=True)
class Beside:
    """A published series beside our number of one month. The two are never mixed into one."""

    series: Benchmark
    #: The newest value of a period that had ended by the month.
    newest: BenchmarkValue
    #: The one before it, where there is one.
    before: BenchmarkValue | None
    #: Our number, over our own window; None where it is not shown.
    ours: float | None


def every(session: Session) -> Sequence[Benchmark]:
    """Every series with its values, those in use first."""
    statement = select(Benchmark).order_by(Benchmark.active.desc(), Benchmark.publisher, Benchmark.id)
    return session.scalars(statement.options(selectinload(Benchmark.values))).all()


def find(session: Session, number: int) -> Benchmark:
    """A series by its number; NotFound where there is none."""
    found = session.get(Benchmark, number, options=[selectinload(Benchmark.values)])
    if found is None:
        raise NotFound(_("There is no such series."))
    return found


def beside(session: Session, data: Mapping[str, Any]) -> list[Beside]:
    """The series in use that have a value for a month's report, which ``data`` is: two statements, whatever there is.

    A value belongs to the month that its period ends with; those of later months are not known to the month.
    """
    month = data["month"]
    first = calendar.shift(month, -OLDEST)
    found = []
    for series in every(session):
        known = [value for value in series.values if first < value.month <= month]
        if series.active and known:
            before = known[-2] if len(known) > 1 else None
            found.append(Beside(series, known[-1], before, _ours(data, series.measure)))
    return found


def _ours(data: Mapping[str, Any], measure: str) -> float | None:
    block, name = _OURS.get(measure, ("", ""))
    found: float | None = (data["organisation"].get(block) or {}).get(name)
    return found
