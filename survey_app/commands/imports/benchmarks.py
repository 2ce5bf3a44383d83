"""Values of published series as a file: month by month, of one series or of several."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from survey_app.commands import benchmarks
from survey_app.commands.benchmarks import Published
from survey_app.commands.imports.columns import Problem, Refused, Row, column
from survey_app.commands.imports.handler import Handler, Options
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Outcome
from survey_app.queries import benchmarks as queries
from translations import gettext as _

_VERDICTS = {"added": ADDED, "changed": CHANGED, "unchanged": UNCHANGED}


@dataclass(frozen=True, kw_only=True)
class BenchmarkRow(Row):
    """One published value."""

    month: str = field(metadata=column("month", "2026-06", "Last month of the period that it is of", "חודש"))
    value: float = field(metadata=column("number", "56", "The value as published", "ערך"))
    n: float | None = field(default=None, metadata=column("number", "4046", "How many were asked", "מספר משיבים", "n"))
    note: str = field(default="", metadata=column("text", "סקר שנתי", "Note", "הערה"))
    series: int | None = field(
        default=None,
        metadata=column("count", "1", "Number of the series; empty where there is only one", "סדרה", "מספר סדרה"),
    )


class BenchmarkHandler(Handler[BenchmarkRow]):
    """Keeps values under their months; a month that has one already gets the file's."""

    code = "benchmarks"
    row = BenchmarkRow

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__(session, options)
        self.units = {one.id: one.unit for one in queries.every(session)}

    def _series(self, row: BenchmarkRow) -> int:
        wanted = self.options.series or row.series
        if wanted is None and len(self.units) == 1:
            return next(iter(self.units))
        if wanted is None:
            raise Refused(Problem("series", _("Say which series the value belongs to, by its number.")))
        if wanted not in self.units:
            raise Refused(Problem("series", _("There is no such series.")))
        return wanted

    def settle(self, row: BenchmarkRow) -> BenchmarkRow:
        unit = self.units[self._series(row)]
        problems = [Problem(name, message) for name, message in _published(row).problems(unit)]
        if row.n is not None and row.n != int(row.n):
            problems.append(Problem("n", _("Write a whole number.")))
        if problems:
            raise Refused(*problems)
        return row

    def key(self, row: BenchmarkRow) -> Hashable:
        return self._series(row), row.month

    def apply(self, session: Session, rows: Sequence[BenchmarkRow], run_id: int | None) -> list[Outcome]:
        # Series are held in one order, whatever the order of the file.
        ordered = sorted(rows, key=lambda row: (self._series(row), row.row))
        outcomes = []
        for row in ordered:
            said = benchmarks.put(session, self._series(row), _published(row), self.options.user_id)
            outcomes.append(Outcome(row.row, _VERDICTS[said], row.month))
        return sorted(outcomes, key=lambda one: one.row)


def _published(row: BenchmarkRow) -> Published:
    return Published(row.month, row.value, int(row.n) if row.n is not None else None, row.note)
