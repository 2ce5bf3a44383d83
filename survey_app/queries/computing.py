"""Reports as they are computed, and what is kept of them in memory.

A computed report is kept under the hash of everything it was computed from, so it can never be stale. Reading all of
that again is spared while nothing was written (:class:`~survey_app.models.WriteCount`), and so is whatever else is made
of a report for its readers: see :func:`kept`.
"""

from __future__ import annotations

import gc
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from threading import Lock
from typing import Any, Final, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports import inputs
from reports.documents import csv
from reports.monthly import MonthlyReport, compute
from reports.policy import Policy
from reports.tables import tables
from reports.units import MonthInput
from survey_app import clock, db
from survey_app.models import WriteCount
from survey_app.models.review import OPEN
from survey_app.queries.facts import month_input
from translations import DEFAULT, speaking

#: Computed reports kept in memory by what they were computed from: a month is read in its order and again in its signed
#: state, and a meeting leafs through a few. Of a large bank each is some tens of megabytes.
_KEPT: Final = 6
#: What is kept of each database's reports for its readers: a few months, each for a few scopes.
_KEPT_FOR_READERS: Final = 24
#: Of the stored inputs: three times as fast as the usual level, and a tenth larger.
_COMPRESSION: Final = 3
#: How often a report is computed before the lock at the most; the second time little of it is left to do.
_TIMES: Final = 3
Made = TypeVar("Made")
Standing = tuple[int, date]
_cache: OrderedDict[str, MonthlyReport] = OrderedDict()
_lock = Lock()
#: How many reports are being read and computed just now.
_busy = 0


@dataclass(frozen=True)
class Prepared:
    """A month's report before it is stored, as its JSON too, and the count of writes under which it is good."""

    standing: Standing
    report: MonthlyReport
    numbers: str


PreparedT = TypeVar("PreparedT", bound=Prepared)


@dataclass(frozen=True)
class Ready(Prepared):
    """A month's report with all that signing it stores."""

    #: SHA-256 of everything the report was computed from, the policy included; and that itself, compressed.
    digest: str
    inputs: bytes
    #: SHA-256 of each of its tables, see :func:`table_digests`.
    tables: dict[str, str]


def inputs_digest(given: MonthInput) -> str:
    """SHA-256 of everything a report is computed from, the policy included."""
    return sha256(inputs.dump(given).encode()).hexdigest()


def standing(session: Session) -> Standing:
    """How often anything that a report is made of was written, as this session sees the database; and the day.

    The days of an appeal end without anything being written.
    """
    return session.scalar(select(func.sum(WriteCount.writes))) or 0, clock.today()


def kept(session: Session, key: Hashable, make: Callable[[], Made]) -> Made:
    """What ``make`` makes of the database as it stands, made once while nothing is written. Nobody may change it.

    A writing session may hold changes that are not counted before it ends: for it everything is made anew.
    """
    database = db.current()
    if session.get_bind() is database.writer:
        return make()
    now = standing(session)
    with _lock:
        known = database.reports.get(key)
        if known is not None and known[0] == now:
            database.reports.move_to_end(key)
            made: Made = known[1]
            return made
    made = make()
    with _lock:
        database.reports[key] = (now, made)
        database.reports.move_to_end(key)
        while len(database.reports) > _KEPT_FOR_READERS:
            database.reports.popitem(last=False)
    return made


def computed(
    session: Session, month: str, state: str = OPEN, policy: Policy | None = None
) -> tuple[MonthlyReport, str]:
    """The report of a month from today's facts, and the digest of its inputs."""
    return kept(session, ("computed", month, state, policy), lambda: _computed(session, month, state, policy)[:2])


def ready(session: Session, month: str, state: str) -> Ready:
    """The report of a month from today's facts, with its inputs as they are stored when it is signed."""
    # Counted before reading: what is written meanwhile is then noticed, not missed.
    now = standing(session)
    report, digest, text = _computed(session, month, state, None)
    return Ready(now, report, report.json, digest, zlib.compress(text, _COMPRESSION), table_digests(report.data))


def prepared(session: Session, month: str, state: str, policy: Policy) -> Prepared:
    """The report of a month from today's facts under settings of its own, as it is stored when it is restated."""
    now = standing(session)
    report = _computed(session, month, state, policy)[0]
    return Prepared(now, report, report.json)


def settled(make: Callable[[Session], PreparedT]) -> PreparedT:
    """What ``make`` makes of a reading of its own, made again a few times while somebody writes meanwhile.

    So that a busy bank's month is hardly ever computed under the lock, where everybody would wait for it.
    """
    for _time in range(_TIMES):
        with db.reading() as session:
            found = make(session)
        with db.reading() as session:
            if found.standing == standing(session):
                break
    return found


def table_digests(data: Mapping[str, Any]) -> dict[str, str]:
    """Name of each of a report's tables -> SHA-256 of its CSV in the organisation's own language, whoever asks."""
    with speaking(DEFAULT):
        return {name: sha256(csv.write(table)).hexdigest() for name, table in tables(data).items()}


def unpacked(stored: bytes) -> bytes:
    """Stored inputs as they were before they were compressed. ValueError where they cannot be unpacked."""
    try:
        return zlib.decompress(stored)
    except zlib.error as error:
        raise ValueError("the stored input cannot be unpacked") from error


def again(stored: bytes, state: str) -> MonthlyReport:
    """The report of stored inputs, computed anew. ValueError where they cannot be read."""
    return _in_state(compute(inputs.load(unpacked(stored).decode())), state)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without the search for circles: a large bank's input is a million small objects, none of them in a circle, and

    every search walks them all again. Half of the time of reading goes there.
    """
    global _busy  # noqa: PLW0603 - the search is the process's own
    with _lock:
        _busy += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _busy -= 1
            if not _busy:
                gc.enable()


def _computed(session: Session, month: str, state: str, policy: Policy | None) -> tuple[MonthlyReport, str, bytes]:
    with _undisturbed():
        return _made(session, month, state, policy)


def _made(session: Session, month: str, state: str, policy: Policy | None) -> tuple[MonthlyReport, str, bytes]:
    given = month_input(session, month, policy=policy)
    text = inputs.dump(given).encode()
    digest = sha256(text).hexdigest()
    with _lock:
        report = _cache.get(digest)
        if report is not None:
            _cache.move_to_end(digest)
    if report is None:
        report = compute(given)
        with _lock:
            _cache[digest] = report
            while len(_cache) > _KEPT:
                _cache.popitem(last=False)
    return _in_state(report, state), digest, text


def _in_state(report: MonthlyReport, state: str) -> MonthlyReport:
    # The state is no input: what somebody reads before signing is computed already when it is signed.
    return MonthlyReport({**report.data, "state": state})


def discard(database: Any) -> None:
    """Forget everything kept: for measurements of what making it costs."""
    with _lock:
        database.reports.clear()
        _cache.clear()
