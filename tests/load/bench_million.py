"""The monthly review of a large bank: 500 branches, 5,000 service employees, 36 months, on SQLite and on PostgreSQL.

How long the input is read, the report computed, and pages and files served to management and to a branch; the same with
a tenth of the responses, because none of it may depend on their number. The facts are compared with the scores by the
product itself for one month, or the measurement fails.

    python -m tests.load.bench_million                           100,000 responses
    python -m tests.load.bench_million --responses 1000000       1 million responses, 10 million answers
    python -m tests.load.bench_million --engine sqlite
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import text

from reports.monthly import compute
from survey_app import clock, db
from survey_app.commands import facts
from survey_app.queries import computing, signed
from survey_app.queries.facts import month_input
from tests.load.bench_flows import ENGINES, Ground, ground
from tests.load.figures import HEAD, Row, about, table
from tests.load.million import PASSWORD, Size, seed

RESPONSES, TENTH = 100_000, 10
TIMES, REQUESTS = 3, 40
#: Seconds that METHOD's issue allows: to compute a report, and to serve it once it is computed.
COMPUTED, SERVED = 3.0, 0.150
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
READERS = ("boss@bench.example", "branch@bench.example")


class Reader:
    """Somebody who is logged in and asks for pages, one after another."""

    def __init__(self, port: int, email: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookie = ""
        page = self.get("/login").decode()
        found = _TOKEN.search(page)
        if found is None:
            raise RuntimeError("there is no form to log in with")
        form = urlencode({"csrf_token": found[1], "email": email, "password": PASSWORD})
        self._ask("POST", "/login", form, http.client.SEE_OTHER)

    def get(self, path: str) -> bytes:
        """What an address answers. RuntimeError for anything but the page."""
        return self._ask("GET", path, None, http.client.OK)

    def _ask(self, method: str, path: str, body: str | None, wanted: int) -> bytes:
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or ():
            self.cookie = line.partition(";")[0]
        if answer.status != wanted:
            raise RuntimeError(f"{method} {path}: {answer.status}")
        return content

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()


def timed(act: Callable[[], object], times: int, now: Callable[[], float] = time.perf_counter) -> list[float]:
    """Seconds that an act takes, each time, by the wall's clock or another."""
    seconds = []
    for _ in range(times):
        begun = now()
        act()
        seconds.append(now() - begun)
    return seconds


def measured(engine: str, folder: Path, responses: int) -> Iterator[Row]:
    """One engine with so many responses."""
    size = Size(responses)
    named = f"{engine}, {responses:,} responses"
    month = clock.last_full_month()
    with ground(engine, folder) as place, ExitStack() as stack:
        place.command("migrate")
        database = db.Database(place.address)
        stack.callback(database.close)
        stack.enter_context(db.bound(database))
        begun = time.perf_counter()
        seed(size)
        print(f"{named}: seeded in {time.perf_counter() - begun:.0f} s; {sizes(database)}", flush=True)
        verify(month)
        with db.reading() as session:
            given = month_input(session, month)
            yield _row("input read", named, timed(lambda: month_input(session, month), TIMES))
            yield _row("report computed", named, timed(lambda: compute(given), TIMES))
            busy = timed(lambda: compute(given), TIMES, time.process_time)
            yield _row("report computed, processor time", named, busy)
            yield _row("input written as text", named, timed(lambda: computing.inputs_digest(given), TIMES))
            computing.discard(database)
            yield _row("read and computed, as first asked for", named, timed(lambda: _cold(database, month), TIMES))
        yield from _served(place, month, named)
        print(f"{named}: {_memory()}", flush=True)


def _served(place: Ground, month: str, named: str) -> Iterator[Row]:
    """Pages and files as a browser gets them from the product's own server, once the report is computed."""
    paths = (f"/reviews/{month}", f"/reviews/{month}?sort=surveys", f"/api/v1/reviews/{month}")
    with place.served() as port:
        for email in READERS:
            who = email.partition("@")[0]
            with closing(Reader(port, email)) as reader:
                first = timed(lambda: reader.get(paths[0]), 1)
                yield _row(f"page first asked for, {who}", named, first)
                for path in paths:
                    size = len(reader.get(path))
                    what = f"{path.replace(month, 'M')}, {who}, {size / 1000:,.0f} kB"
                    yield _row(what, named, timed(lambda: reader.get(path), REQUESTS))  # noqa: B023 used at once


def _cold(database: db.Database, month: str) -> None:
    computing.discard(database)
    with db.reading() as session:
        report, _digest = computing.computed(session, month)
        if not signed.digest(report.json) or not report.data["branches"]:
            raise RuntimeError(f"the report of {month} is empty")


def verify(month: str) -> None:
    """That the facts of a month are what its scores come to. RuntimeError where one is not."""
    with db.reading() as session:
        different = list(facts.check(session, month))[:3]
    if different:
        raise RuntimeError(f"facts that differ: {different}")


def sizes(database: db.Database) -> str:
    """Rows of the tables that grow."""
    names = ("response", "answer", "score", "branch_fact", "agent_fact")
    with database.reader.connect() as connection:
        counts = {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in names}  # noqa: S608 ours
    return json.dumps(counts)


def _memory() -> str:
    """The most memory that this process and the largest of its children ever held."""
    own, children = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return f"at most {own:,.0f} MB here and {children:,.0f} MB in a server or command"


def _row(what: str, conditions: str, seconds: Sequence[float]) -> Row:
    return Row(what, conditions, seconds, sum(seconds))


def main(engines: Sequence[str], responses: int) -> None:
    """Measure and print; what is over its limit is named."""
    print(about(), flush=True)
    rows: list[Row] = []
    for engine in engines:
        for count in (max(responses // TENTH, 1), responses):
            with tempfile.TemporaryDirectory(prefix="survey-app-bench-") as folder:
                rows += measured(engine, Path(folder), count)
    print(table([HEAD, *(row.cells() for row in rows)]))
    limits = {"report computed": COMPUTED, "/": SERVED}
    for row in rows:
        limit = next((limit for begins, limit in limits.items() if row.what.startswith(begins)), None)
        middle = sorted(row.seconds)[len(row.seconds) // 2]
        if limit is not None and middle > limit:
            print(f"over {limit} s: {row.what}, {row.conditions}: {middle:.3f} s")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m tests.load.bench_million", description=__doc__)
    arguments.add_argument("--engine", choices=ENGINES, action="append")
    arguments.add_argument("--responses", type=int, default=RESPONSES)
    chosen = arguments.parse_args()
    main(chosen.engine or ENGINES, chosen.responses)
