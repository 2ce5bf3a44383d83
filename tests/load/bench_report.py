"""How long the monthly report takes: its input read, the method, and the whole command with the file it writes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

from reports.monthly import compute
from survey_app import clock, db
from survey_app.queries.facts import month_input
from tests.load.figures import Row
from tests.load.ground import Installation

TIMES = 5


def measure(installation: Installation, *, times: int = TIMES) -> Iterator[Row]:
    """Measure the report of the last full month."""
    month = clock.last_full_month()
    ranked = installation.column("SELECT code FROM branch WHERE ranked")
    size = f"{len(ranked)} branches"
    database = db.Database(f"sqlite:///{installation.database}")
    with db.bound(database), db.reading() as session:
        given = month_input(session, month)
        yield _row("report: facts read", size, times, lambda: month_input(session, month))
        yield _row("report: computed", size, times, lambda: compute(given))
    database.close()
    yield _row("survey-app report, whole command", size, times, lambda: _command(installation, month))


def _command(installation: Installation, month: str) -> None:
    _seconds, printed = installation.command("report", month)
    report = json.loads(printed)
    if report["month"] != month or not report["branches"]:
        raise RuntimeError(f"the report of {month} is empty")


def _row(what: str, conditions: str, times: int, act: Callable[[], object]) -> Row:
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - begun)
    return Row(what, conditions, seconds, sum(seconds))
