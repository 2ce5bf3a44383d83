"""A bank with years of customers' cases: opening one, the clocks of every minute, lists, pages and models of a month.

A demo bank of 20 branches and 6 months gets 100,000 cases (5,000 open, 10,000 of one branch, spread over 36 months),
300,000 events and 20,000 promises. Pages come from the product's own server. A page whose middle request takes longer
than 300 ms is named at the end.

    python -m tests.load.bench_loop
    python -m tests.load.bench_loop --engine postgresql
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urljoin

from sqlalchemy import func, select, update

from survey_app import clock, db
from survey_app.commands.cases import clocks
from survey_app.commands.models import MODELS
from survey_app.db import reading
from survey_app.models import Case, CaseEvent, Promise
from tests.load import loop_bank
from tests.load.bench_flows import ENGINES, ground, invite
from tests.load.bench_million import Reader, timed
from tests.load.customer import THANKED, Customer, FormReader
from tests.load.figures import HEAD, Row, about, quantile, table
from tests.load.loop_bank import AGENT, MANAGER, SERVICE

REQUESTS, TICKS, TIMES, OPENED, DUE = 20, 5, 3, 40, 500
#: Seconds that the middle request of a page may take.
LIMIT = 0.300
#: Reader -> the pages that are asked for; ``{case}`` is a case that is open at the busiest branch.
PAGES = {
    SERVICE: (
        "/cases?cut=mine", "/cases?cut=overdue", "/cases?cut=closed&page=200", "/cases?cut=team", "/cases/{case}",
        "/at-risk", "/promises", "/voices", "/voices?q=הלוואה", "/voices?source=case",
    ),
    MANAGER: (
        "/cases?cut=mine", "/cases?cut=overdue", "/cases?cut=closed&page=150", "/cases/{case}", "/at-risk", "/promises",
        "/branch-today", "/",
    ),
    AGENT: ("/me", "/cases", "/promises"),
}  # fmt: skip


def measured(engine: str, folder: Path) -> Iterator[Row]:
    """One engine."""
    with ground(engine, folder) as place, ExitStack() as stack:
        place.command("demo", "--branches", "20", "--months", "6")
        database = db.Database(place.address)
        stack.callback(database.close)
        stack.enter_context(db.bound(database))
        busiest = loop_bank.people()
        begun = time.perf_counter()
        loop_bank.seed(busiest)
        print(f"{engine}: seeded in {time.perf_counter() - begun:.0f} s; {_sizes()}", flush=True)
        with place.served() as port:
            yield from _pages(port, busiest, engine)
            yield from _opened(port, engine)
        yield from _ticks(engine)
        month = clock.last_full_month()
        for kind in ("cases", "promises"):
            gather, fit = MODELS[kind]
            with reading() as session:
                yield _row(f"model {kind}: read", engine, timed(lambda: gather(session, month), TIMES))  # noqa: B023
                given = gather(session, month)
                yield _row(f"model {kind}: computed", engine, timed(lambda: fit(given), TIMES))  # noqa: B023 at once


def _pages(port: int, busiest: int, engine: str) -> Iterator[Row]:
    with reading() as session:
        wanted = select(Case.id).where(Case.branch_id == busiest, Case.key.like("bench:%"), Case.state == "new")
        number = session.scalars(wanted.order_by(Case.id).limit(1)).one()
    for email, paths in PAGES.items():
        with closing(Reader(port, email)) as reader:
            for path in paths:
                address = quote(path.format(case=number), safe="/?&=")
                size = len(reader.get(address))
                what = f"{path.format(case='N')}, {email.partition('@')[0]}, {size / 1000:,.0f} kB"
                yield _row(what, engine, timed(lambda: reader.get(address), REQUESTS))  # noqa: B023 used at once


def _opened(port: int, engine: str) -> Iterator[Row]:
    """Customers who ask to be called: from sending the wish to the answer of the server, when the case is there."""
    tokens, seconds = invite(OPENED), []
    before = _count()
    with closing(Customer(port, 7)) as who:
        for token in tokens:
            thanked = who.answer(f"/s/{token}")
            shown = who.get(thanked).body
            if 'name="pv_callback"' not in shown:
                continue  # a contented customer is not asked whether to be called
            reader = FormReader()
            reader.feed(shown)
            if not thanked.startswith(THANKED) or reader.form is None:
                raise RuntimeError(f"nothing to add at {thanked}")
            form = reader.form.fixed | dict(reader.form.buttons[:1])
            form |= {"pv_callback": "1", "pv_callback_recipient": "served", "callback_phone": "0502345678"}
            begun = time.perf_counter()
            who.send(urljoin(thanked, reader.form.action or thanked), form)
            seconds.append(time.perf_counter() - begun)
    if not seconds or _count() - before != len(seconds):
        raise RuntimeError(f"{_count() - before} cases of {len(seconds)} wishes")
    yield _row("a wish to be called: sent, case opened, page answered", engine, seconds)


def _ticks(engine: str) -> Iterator[Row]:
    """The clocks of every minute: with nothing due, and with 500 cases whose rung's time is over."""
    while clocks.tick():
        pass
    yield _row("one tick, nothing due", engine, timed(clocks.tick, TICKS))
    with db.current().writer.begin() as connection:
        ids = select(Case.id).where(Case.key.like("bench:%"), Case.state == "new", Case.escalates_at.is_not(None))
        due = clock.now() - timedelta(minutes=1)
        connection.execute(update(Case).where(Case.id.in_(ids.order_by(Case.id).limit(DUE))).values(escalates_at=due))
    begun = time.perf_counter()
    moved = clocks.tick()
    taken = time.perf_counter() - begun
    if moved != {"case.rise": DUE}:
        raise RuntimeError(f"{DUE} cases were due: {dict(moved)}")
    yield Row(f"one tick, {DUE} due: each rises", engine, [taken], taken)


def _count() -> int:
    with reading() as session:
        return session.scalar(select(func.count(Case.id))) or 0


def _sizes() -> str:
    """Rows of the tables that grow."""
    with reading() as session:
        counts = {one.__tablename__: session.scalar(select(func.count()).select_from(one)) or 0
                  for one in (Case, CaseEvent, Promise)}  # fmt: skip
        waiting = session.scalar(select(func.count(Case.id)).where(Case.escalates_at.is_not(None)))
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) + f", {waiting:,} with a clock"


def _row(what: str, conditions: str, seconds: Sequence[float]) -> Row:
    return Row(what, conditions, seconds, sum(seconds))


def main(engines: Sequence[str]) -> None:
    """Measure and print; what is over its limit is named."""
    print(about(), flush=True)
    rows: list[Row] = []
    for engine in engines:
        with tempfile.TemporaryDirectory(prefix="survey-app-bench-") as folder:
            for row in measured(engine, Path(folder)):
                print(f"measured: {row.what}, {row.conditions}", file=sys.stderr, flush=True)
                rows.append(row)
    print(table([HEAD, *(row.cells() for row in rows)]))
    for row in rows:
        middle = quantile(row.seconds, 0.5)
        if row.what.startswith("/") and middle > LIMIT:
            print(f"over {LIMIT} s: {row.what}, {row.conditions}: {middle:.3f} s")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m tests.load.bench_loop", description=__doc__)
    arguments.add_argument("--engine", choices=ENGINES, action="append")
    main(arguments.parse_args().engine or ENGINES[:1])
