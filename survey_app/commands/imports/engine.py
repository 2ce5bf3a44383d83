"""One import from a file to a summary, whatever its kind.

Rows are read and checked outside any transaction; what is good is written in short transactions under an ImportRun.
A trial run does the same and rolls every transaction back, so it says what the import would say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands.imports import HANDLERS, refused_file
from survey_app.commands.imports.columns import Layout, Problem, Refused, Row, lay_out, missing, parse
from survey_app.commands.imports.handler import Handler, Options
from survey_app.commands.imports.report import CHANGED, UNCHANGED, Outcome, Reason, Refusal, Summary
from survey_app.db import reading
from survey_app.models import ImportRun
from survey_app.readers import Fault, Table, Unreadable, open_table, read_bytes
from survey_app.transaction import transaction
from translations import gettext as _
from translations import isolate

#: Rows in one transaction: at first, at least and at most.
FIRST, LEAST, MOST = 50, 20, 500
#: How long a transaction should take, in seconds: well within the 200 ms that one may hold the database.
AIM: Final = 0.08

#: Told how many rows are done, and of how many if that is known.
Progress = Callable[[int, int | None], None]


class _RollBack(Exception):
    """Leaves a transaction without a trace."""


def run_import(
    handler_class: type[Handler[Any]],
    path: Path,
    *,
    actor: Actor,
    options: Options | None = None,
    dry_run: bool = False,
    refused_to: Path | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Import a file. Raises Unreadable when the file as a whole cannot be used; then nothing was written."""
    table = open_table(read_bytes(path))
    with reading() as session:
        handler = handler_class(session, options or Options())
    layout = _laid_out(handler, table.columns)
    summary = Summary(handler.code, path.name, header=layout.header, dry_run=dry_run)
    if layout.unknown:
        summary.notices.append(
            _("These columns are not known and were left out: %(names)s.", names=", ".join(layout.unknown))
        )
    _Import(handler, layout, table, actor, summary, progress).carry_out()
    summary.notices.extend(handler.notices())
    if summary.refused and not dry_run:
        refused_file.write(summary, refused_to or refused_file.beside(path))
    return summary


def _laid_out(handler: Handler[Any], header: tuple[str, ...]) -> Layout:
    """The layout of a header; a file of another kind is told so."""
    try:
        return lay_out(handler.row, header, handler.takes, handler.asides, handler.passed_over)
    except Unreadable as error:
        # A kind that needs no column would look like every file.
        telling = [other for other in HANDLERS.values() if any(missing(other.row, ()))]
        others = [other.code for other in telling if not any(missing(other.row, header))]
        if not others:
            raise
        hint = _("It looks like a file of another kind: %(kinds)s.", kinds=", ".join(others))
        raise Unreadable(f"{error.message} {hint}") from error


class _Import:
    """One import under way."""

    def __init__(
        self,
        handler: Handler[Any],
        layout: Layout,
        table: Table,
        actor: Actor,
        summary: Summary,
        progress: Progress | None,
    ) -> None:
        self.handler, self.layout, self.table = handler, layout, table
        self.actor, self.summary, self.progress = actor, summary, progress
        self.act = f"import.{handler.code}"
        self.run_id: int | None = None
        self.read = 0
        #: Raw cells of rows that are not written yet, for the file of refused rows.
        self.cells: dict[int, tuple[str, ...]] = {}

    def carry_out(self) -> None:
        """Read, check and write everything. Raises Unreadable when the file holds no row for this import."""
        try:
            self._write_all(self._screened() if self.handler.whole else self._rows())
            if not self.summary.taken and not self.summary.refused:
                raise Unreadable(self._nothing())
            self._run()
            self._transact({"step": "finish"}, self._finish)
        finally:
            self.summary.refused.sort(key=lambda refusal: refusal.row)
            self._end_run()

    def _nothing(self) -> str:
        if self.summary.skipped:
            return _("The file has no row of bank %(bank)s.", bank=isolate(self.handler.options.bank))
        return _("The file names columns and has no rows.")

    def _run(self) -> int | None:
        """The id of this import's run, begun when there is something to write; a trial run has none."""
        if self.run_id is None and not self.summary.dry_run:
            with transaction(self.actor, self.act, step="begin") as session:
                run = ImportRun(kind=self.handler.code, filename=self.summary.filename, started_at=clock.now())
                session.add(run)
                session.flush()
                self.run_id = run.id
        return self.run_id

    def _end_run(self) -> None:
        if self.run_id is None:
            return
        with transaction(self.actor, self.act, step="end", run=self.run_id) as session:
            run = session.get_one(ImportRun, self.run_id)
            run.finished_at = clock.now()
            run.refused = len(self.summary.refused)
            for verdict, count in self.summary.counts.items():
                setattr(run, verdict, count)

    def _rows(self) -> Iterator[Row]:
        """Good rows as they come; the others are booked as refused or skipped on the way."""
        keys: dict[Any, int] = {}
        for record in self.table.records:
            self.read += 1
            fault = record.fault
            trusted = record.cells if fault is None else record.cells[: fault.column or 0]
            texts = self.handler.adapt(self.layout.texts(trusted))
            if self.handler.skips(texts):
                self.summary.skipped += 1
                continue
            if fault is not None:
                self._refuse(record.row, record.cells, self._reason(fault))
                continue
            self.cells[record.row] = record.cells
            try:
                row = self.handler.settle(parse(self.layout, record.row, texts, self.layout.extras(record.cells)))
                first = keys.setdefault(self.handler.key(row), record.row)
                if first != record.row:
                    raise Refused(Problem(None, _("Row %(row)s of the file is about the same.", row=first)))
            except Refused as refused:
                self._refuse_for(record.row, refused.problems)
                continue
            yield row

    def _reason(self, fault: Fault) -> Reason:
        inside = fault.column is not None and fault.column < len(self.layout.header)
        return Reason(self.layout.header[fault.column or 0] if inside else None, fault.message)

    def _refuse(self, row: int, cells: tuple[str, ...], *reasons: Reason) -> None:
        self.summary.refused.append(Refusal(row, cells, reasons))

    def _refuse_for(self, row: int, problems: Iterable[Problem]) -> None:
        reasons = (Reason(self.layout.label(problem.attribute), problem.message) for problem in problems)
        self._refuse(row, self.cells.pop(row), *reasons)

    def _screened(self) -> Iterator[Row]:
        """Rows that stand the look at all of them together."""
        rows = list(self._rows())
        problems: Mapping[int, Problem] = self.handler.screen(rows)
        for row in rows:
            if row.row in problems:
                self._refuse_for(row.row, [problems[row.row]])
            else:
                yield row

    def _write_all(self, rows: Iterator[Row]) -> None:
        size = FIRST
        while chunk := list(islice(rows, size)):
            began = perf_counter()
            self._write(chunk)
            took = perf_counter() - began
            size = max(LEAST, min(MOST, 2 * size, int(len(chunk) * AIM / max(took, 1e-6))))
            if self.progress is not None:
                self.progress(self.read, self.table.total)

    def _write(self, chunk: list[Row]) -> None:
        """Write some rows in one transaction. What the database refuses is narrowed down to the row it refuses."""
        run_id = self._run()
        try:
            outcomes = self._transact({"rows": len(chunk)}, lambda session: self.handler.apply(session, chunk, run_id))
        except IntegrityError:
            if len(chunk) == 1:
                message = _("The row contradicts what is stored already.")
                self._refuse_for(chunk[0].row, [Problem(None, message)])
                return
            middle = len(chunk) // 2
            self._write(chunk[:middle])
            self._write(chunk[middle:])
            return
        for outcome in outcomes:
            self.summary.count(outcome)
            self.cells.pop(outcome.row)

    def _finish(self, session: Session) -> list[Outcome]:
        return [Outcome(0, CHANGED, self.handler.code)] if self.handler.finish(session) else []

    def _transact(self, details: dict[str, Any], work: Callable[[Session], list[Outcome]]) -> list[Outcome]:
        """Do work in one transaction, leaving no trace of a trial run or of work that moved nothing."""
        outcomes: list[Outcome] = []
        try:
            with transaction(self.actor, self.act, run=self.run_id, **details) as session:
                outcomes = work(session)
                session.flush()
                if self.summary.dry_run or all(one.verdict == UNCHANGED for one in outcomes):
                    raise _RollBack
        except _RollBack:
            pass
        return outcomes
