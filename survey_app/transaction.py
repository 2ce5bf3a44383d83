"""The one door to writing: the web, the command line, jobs and tests all write through :func:`transaction`.

One commit, rollback on any error, one audit entry for the act. Commands flush and never commit.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from survey_app import clock, db
from survey_app.audit import Actor, Recorder, plain
from survey_app.models.system import Entry, Job, WriteCount

log = structlog.get_logger()
#: Rows that the count of writes is spread over; the first migration makes as many.
SHARDS = 16
#: Key of ``session.info`` under which a command says that it changed facts; staff's acts are counted anyway, but
#: for those that stand beside the reports.
REPORTS_CHANGED = "reports_changed"
#: What acts are about, as their names begin, that no report is made of: a meeting that writes its minutes must not have
#: its numbers computed anew for every line.
BESIDE_REPORTS = frozenset({
    "analysis", "benchmark", "case", "decision", "department", "giving_contact", "incident", "mark", "meeting", "pack",
    "preview", "recognition", "statement", "story", "trend", "voice",
})  # fmt: skip
#: Key of ``session.info`` under which details stand that only the act itself finds out, see :func:`tell`.
_FOUND = "found"

_wakers: list[Callable[[], Any]] = []


def when_jobs_wait(wake: Callable[[], Any]) -> None:
    """Call ``wake`` after every commit that leaves a job behind. A wake that fails costs time, never a job."""
    _wakers[:] = [wake]


@contextmanager
def transaction(actor: Actor, act: str, **details: Any) -> Iterator[Session]:
    """Open the writing session for one act.

    ``act`` names it (``fieldwork.approve``); ``details`` are references and numbers kept with the entry, never a
    person's words or contact. On SQLite the write lock is taken at once, so keep the work inside short.
    """
    recorder = Recorder(watched=Job)
    with Session(db.current().writer, autoflush=False, expire_on_commit=False) as session, session.begin():
        event.listen(session, "after_flush", recorder.after_flush)
        yield session
        session.flush()
        beside = act.partition(".")[0] in BESIDE_REPORTS
        if session.info.get(REPORTS_CHANGED) or (actor.recorded and not beside):
            _count(session)
        if actor.recorded:
            session.add(
                Entry(
                    at=clock.now(),
                    actor=actor.name,
                    user_id=actor.user_id,
                    act=act,
                    details={name: plain(value) for name, value in {**details, **session.info.get(_FOUND, {})}.items()},
                    changes=list(recorder.changes),
                )
            )
    if recorder.saw_watched:
        _wake()


def tell(session: Session, **details: Any) -> None:
    """Add details to the entry of the act under way: references and numbers that were not known before it."""
    session.info.setdefault(_FOUND, {}).update(details)


def _count(session: Session) -> None:
    """Say that what reports are made of was written; last of all, so that the row is held for a moment only."""
    shard = random.randrange(SHARDS)
    session.execute(
        update(WriteCount).where(WriteCount.shard == shard).values(writes=WriteCount.writes + 1),
        execution_options={"synchronize_session": False},
    )


def _wake() -> None:
    for wake in _wakers:
        try:
            wake()
        except Exception:
            # What was written is written, and the sweep finds the job: the person who acted must not see an error.
            log.exception("the queue could not be woken")
