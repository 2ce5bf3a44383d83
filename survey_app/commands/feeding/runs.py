"""A file's run: begun with what was kept of it, taken in by a worker in short transactions, finished, tidied up.

How far it came stands in the same transaction as the rows: whoever takes the work up after a killed worker goes on
exactly there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import islice
from time import perf_counter
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock, files
from survey_app.audit import Actor
from survey_app.commands import approvals, exclusions
from survey_app.commands.discarding import delete_after, delete_unless
from survey_app.commands.feeding import keeping
from survey_app.commands.feeding.keeping import Kept, Line
from survey_app.commands.feeding.sorts import SORTS, Sort, who
from survey_app.commands.interactions import ADDED, KNOWN, MOST, REFUSED, Outcome
from survey_app.db import reading
from survey_app.models import Exclusion, ImportRun, Job
from survey_app.outreach.faults import Fault
from survey_app.queries.feed import DONE, JOB, RUNNING, at_work
from survey_app.transaction import transaction

WORKER: Final = Actor.system("worker")
#: Batches leave no entry each: the act of the person does, and the end of the work.
QUIET: Final = Actor.respondent()
#: Rows in one transaction at first and at least, and how long one should take, in seconds.
FIRST, LEAST, AIM = 200, 20, 0.1
#: Seconds after which the rest becomes a job of its own, so that other work gets its turn.
TURN: Final = 60.0
#: How long refused rows are kept for whoever mends them.
REFUSED_KEPT: Final = timedelta(days=7)
#: Different reasons that a report names.
MOST_REASONS: Final = 50

#: Told how many rows are done, and of how many.
Progress = Callable[[int, int], None]


class Stopped(Exception):
    """Somebody else took this run further."""


def _silent(done: int, total: int) -> None:
    pass


def begin(
    session: Session,
    sort: Sort,
    kept: Kept,
    *,
    filename: str,
    user_id: int | None = None,
    claim: str = "",
    whole: bool = False,
    queue: bool = True,
) -> ImportRun:
    """A run for a file that was kept. ``whole``: whoever is not in the file leaves the list that it is for."""
    run = ImportRun(
        kind=sort.code,
        filename=filename[-200:],
        started_at=clock.now(),
        state=RUNNING,
        user_id=user_id,
        file_id=kept.file_id,
        rows=kept.rows,
        report={
            "columns": [list(one) for one in kept.columns],
            "forbidden": kept.forbidden,
            "unknown": kept.unknown,
            "refused": {},
            "remarks": {},
            "pieces": [],
            **({"claim": claim} if claim else {}),
            **({"whole": True} if whole and sort.exclusion else {}),
        },
    )
    session.add(run)
    session.flush()
    if queue:
        _queue(session, run.id)
    return run


def _queue(session: Session, run_id: int) -> None:
    session.add(Job(kind=JOB, payload={"run": run_id}, created_at=clock.now()))


def resume(session: Session, run_id: int) -> None:
    """Go on with a run that its worker left behind."""
    run = session.get(ImportRun, run_id, with_for_update=True)
    if run is not None and run.state == RUNNING and not at_work(session, run_id):
        _queue(session, run_id)


# ---- taking a file in ------------------------------------------------------------------------------------------------


def bring_in(run_id: int, progress: Progress = _silent, *, turn: float = TURN) -> bool:
    """Take a run's file in from where it stands; whether all is in. After ``turn`` seconds a new job has the rest."""
    with reading() as session:
        run = session.get(ImportRun, run_id)
        if run is None or run.state != RUNNING or run.kind not in SORTS:
            return True
        sort, file_id, done, total = SORTS[run.kind], run.file_id or "", run.done, run.rows
    ends = perf_counter() + turn
    size = FIRST
    try:
        with closing(keeping.lines(file_id, done)) as waiting:
            while batch := list(islice(waiting, size)):
                began = perf_counter()
                _take(run_id, sort, batch, done)
                done += len(batch)
                progress(done, total)
                took = perf_counter() - began
                size = max(LEAST, min(MOST, 2 * size, int(len(batch) * AIM / max(took, 1e-6))))
                if perf_counter() > ends and done < total:
                    with transaction(QUIET, "feed.turn") as session:
                        _queue(session, run_id)
                    return False
        if sort.exclusion:
            _only_these(run_id, sort.exclusion, file_id)
        _finish(run_id, done)
    except Stopped:
        return True
    return True


def _take(run_id: int, sort: Sort, batch: Sequence[Line], done: int) -> None:
    """One batch in one transaction, with how far the run is. Raises Stopped where somebody else was faster."""
    with transaction(QUIET, "feed.batch") as session:
        run = session.scalar(select(ImportRun).where(ImportRun.id == run_id).with_for_update())
        if run is None or run.state != RUNNING or run.done != done:
            raise Stopped
        whole = [line for line in batch if not line.fault]
        found = iter(sort.store(session, [line.cells for line in whole], run_id))
        outcomes = [
            Outcome("", REFUSED, (Fault("", "unreadable", {"reason": line.fault}),)) if line.fault else next(found)
            for line in batch
        ]
        _count(session, run, batch, outcomes)


def _count(session: Session, run: ImportRun, batch: Sequence[Line], outcomes: Sequence[Outcome]) -> None:
    """Write down in the run what became of a batch; the refused rows go to a file of their own."""
    run.done += len(batch)
    run.added += sum(one.verdict == ADDED for one in outcomes)
    run.unchanged += sum(one.verdict == KNOWN for one in outcomes)
    refused = [(line, one) for line, one in zip(batch, outcomes, strict=True) if one.verdict == REFUSED]
    run.refused += len(refused)
    report = {**run.report, "refused": dict(run.report["refused"]), "remarks": dict(run.report["remarks"])}
    for line, outcome in zip(batch, outcomes, strict=True):
        part = report["refused" if outcome.verdict == REFUSED else "remarks"]
        for fault in outcome.faults:
            _note(part, line.row, fault)
    if refused:
        piece = files.store().put(b"".join(_written(line, one.faults) for line, one in refused))
        delete_unless(session, piece)
        report["pieces"] = [*report["pieces"], piece]
    run.report = report


def _note(part: dict[str, Any], row: int, fault: Fault) -> None:
    """Count a fault under its words; the report names the first row that has it."""
    name = json.dumps(fault.to_json(), ensure_ascii=False, sort_keys=True)
    if name in part:
        part[name] = part[name] | {"times": part[name]["times"] + 1}
    elif len(part) < MOST_REASONS:
        part[name] = {"fault": fault.to_json(), "times": 1, "row": row}


def _written(line: Line, faults: Sequence[Fault]) -> bytes:
    kept = [line.row, line.cells, [fault.to_json() for fault in faults]]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def refused_rows(run: ImportRun) -> Iterator[tuple[Line, list[Fault]]]:
    """The refused rows of a run with what speaks against each, in the order of the file."""
    for piece in run.report.get("pieces", []):
        with files.store().open(piece) as stream:
            for written in stream:
                row, cells, faults = json.loads(written)
                yield Line(row, cells), [Fault.from_json(one) for one in faults]


def _only_these(run_id: int, reason: str, file_id: str) -> None:
    """Where a file is the whole list, take everybody else off it; not where a row could not be read."""
    with reading() as session:
        run = session.get_one(ImportRun, run_id)
        if not run.report.get("whole") or run.refused:
            return
        there = set(session.scalars(select(Exclusion.address).where(Exclusion.reason == reason)))
    with closing(keeping.lines(file_id)) as lines:
        gone = sorted(there - {address for line in lines for address in who(line.cells)[0]})
    removed = 0
    for at in range(0, len(gone), MOST):
        with transaction(QUIET, "feed.whole") as session:
            removed += exclusions.release(session, reason, gone[at : at + MOST])
    with transaction(QUIET, "feed.whole") as session:
        run = session.get_one(ImportRun, run_id, with_for_update=True)
        run.report = run.report | {"removed": run.report.get("removed", 0) + removed}


def _finish(run_id: int, done: int) -> None:
    with transaction(WORKER, "feed.imported", run=run_id) as session:
        run = session.scalar(select(ImportRun).where(ImportRun.id == run_id).with_for_update())
        if run is None or run.state != RUNNING or run.done != done:
            raise Stopped
        delete_after(session, run.file_id)
        run.state, run.finished_at, run.file_id = DONE, clock.now(), None


def sweep(session: Session) -> int:
    """Destroy refused rows whose time is over; returns of how many runs."""
    old = session.scalars(
        select(ImportRun).where(
            ImportRun.kind.in_(sorted(SORTS)),
            ImportRun.state == DONE,
            ImportRun.refused > 0,
            ImportRun.finished_at < clock.now() - REFUSED_KEPT,
            ImportRun.finished_at > clock.now() - 3 * REFUSED_KEPT,
        )
    )
    swept = [run for run in old if run.report.get("pieces")]
    for run in swept:
        delete_after(session, *run.report["pieces"])
        run.report = run.report | {"pieces": []}
    return len(swept)


#: What a job of each kind does with the run that its payload names.
WORK: Final[Mapping[str, Callable[[int], object]]] = {JOB: bring_in, approvals.ERASE: approvals.erase}
