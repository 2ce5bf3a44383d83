"""Shoppers' phones against a bad connection and a server that is killed: ``make soak``.

200 visits with 1,000 photographs come from 20 phones at once. Of all requests 30 % are lost: before they leave, in the
middle, or with their answer only; and three times the server is killed outright and started again. The phones here are
a Python client that speaks what ``static/field-sync.js`` speaks: pictures first, then the report, each again and again
until the server has named it. It fails unless every visit and every picture is there exactly once, byte for byte.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select

from survey_app import clock, contents, db, migrations
from survey_app.config import Settings
from survey_app.models import Draft, Evidence, FieldCopy, FieldRecord, Response, User
from tests.commands.acting import Field
from tests.load.figures import about, quantile, table
from tests.load.ground import PROGRAM, Installation, wait_until_up
from tests.load.outbox import ENGINES
from tests.load.wire import bad_wire
from tests.support.factories import PASSWORD, setting
from tests.support.phones import Photo, drawn, report

VISITS, PHOTOS, PHONES, KILLS, LOST = 200, 5, 20, 3, 0.30
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
#: A phone waits so long before it tries again: the script's pauses, a hundredth of them.
_FIRST, _LONGEST = 0.05, 2.0
_PATIENCE = 900.0


@dataclass
class Phone:
    """One phone: an account, a device, and its visits with their pictures."""

    number: int
    email: str
    port: int
    draw: random.Random
    user: int = 0
    cookie: str = ""
    tries: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        """One request over one connection; (0, None) where it got lost."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        given = {"Cookie": self.cookie, "Connection": "close", "Origin": f"http://127.0.0.1:{self.port}", **headers}
        try:
            connection.request(method, path, body, {**given, "X-Requested-With": "XMLHttpRequest"})
            answer = connection.getresponse()
            found = answer.read()
            for line in answer.headers.get_all("Set-Cookie") or []:
                self.cookie = line.split(";")[0]
        except (OSError, http.client.HTTPException):
            return 0, None
        finally:
            connection.close()
        return answer.status, found

    def patiently(self, what: str, method: str, path: str, body: bytes, kind: str) -> dict[str, Any]:
        """Send until the server says what it has. An expired login is renewed on the way."""
        pause, began = _FIRST, time.monotonic()
        while time.monotonic() - began < _PATIENCE:
            self.tries[what] += 1
            status, found = self.call(method, path, body, **{"Content-Type": kind, "X-Field-User": str(self.user)})
            if status == http.client.OK:
                return dict(json.loads(found))
            if status == http.client.UNAUTHORIZED:
                self.log_in()
            elif 400 <= status < 500 and b"cut_off" not in found:
                raise RuntimeError(f"{what}: {status} {found[:300]!r}")
            threading.Event().wait(pause * self.draw.uniform(0.75, 1.25))
            pause = min(_LONGEST, pause * 2)
        raise RuntimeError(f"{what}: no answer for {_PATIENCE:.0f} seconds")

    def log_in(self) -> None:
        """Log in, however often it takes."""
        for _ in range(1_000):
            self.cookie = ""
            status, page = self.call("GET", "/login")
            token = _TOKEN.search(page.decode()) if status == http.client.OK else None
            if token is None:
                continue
            body = urlencode({"email": self.email, "password": PASSWORD, "csrf_token": token[1]}).encode()
            status, _ = self.call("POST", "/login", body, **{"Content-Type": "application/x-www-form-urlencoded"})
            if status == http.client.SEE_OTHER:
                return
        raise RuntimeError("nobody could log in")

    def visit(self, response_id: str, photos: list[Photo]) -> None:
        """Bring one visit home."""
        began = time.monotonic()
        root = f"/shops/sync/{response_id}"
        body = report(photos, day=clock.today(), device=f"{self.number:032x}", round=1)
        self.patiently("draft", "PUT", f"{root}/draft", json.dumps(body).encode(), "application/json")
        for one in photos:
            self.send(root, one)
        while True:
            found = self.report(root, json.dumps(body).encode())
            if found["state"] != "missing":
                break
            for one in photos:
                if one.sha256 in found["missing"]:
                    self.send(root, one)
        if (found["state"], found["files"]) != ("kept", [one.sha256 for one in photos]):
            raise RuntimeError(f"{response_id}: {found}")
        self.seconds.append(time.monotonic() - began)

    def send(self, root: str, photo: Photo) -> None:
        """Bring one picture home."""
        path = f"{root}/files/{photo.sha256}?{urlencode({'question': photo.question, 'device': f'{self.number:032x}'})}"
        found = self.patiently("photo", "PUT", path, photo.content, "image/jpeg")
        if found["sha256"] != photo.sha256:
            raise RuntimeError(f"another hash: {found}")

    def report(self, root: str, body: bytes) -> dict[str, Any]:
        """Bring a report home: every fifth goes five times at once."""
        times = 5 if self.draw.random() < 0.2 else 1
        with ThreadPoolExecutor(times) as pool:
            tries = [
                pool.submit(self.patiently, "report", "POST", f"{root}/report", body, "application/json")
                for _ in range(times)
            ]
            return next(iter([one.result() for one in tries]))


class Server:
    """The product's own server, as a process that can be killed."""

    def __init__(self, environment: dict[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._environment = environment
        self.kills = 0
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        command = (PROGRAM, "run", "--no-demo", "--port", str(self.port))
        process = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        wait_until_up(self.port, process)
        return process

    def kill(self) -> None:
        """Kill it in the middle of whatever it does, and start it again."""
        self.end(signal.SIGKILL)
        self.kills += 1
        self._process = self._started()

    def end(self, how: signal.Signals) -> None:
        """End it."""
        self._process.send_signal(how)
        self._process.wait(timeout=30)


@contextmanager
def bank(engine: str, phones: int, visits: int) -> Iterator[tuple[Installation, dict[str, list[str]]]]:
    """An installation with visits to make; gives it and the response ids by e-mail of the shopper."""
    with tempfile.TemporaryDirectory(prefix="survey-app-field-") as name, ENGINES[engine](Path(name)) as url:
        database = db.Database(url)
        migrations.upgrade(database)
        db.bind(database)
        try:
            with setting() as make:
                made = Field.made(make, has_account=False)
                make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
                found: dict[str, list[str]] = {}
                branches = [make.branch(code=str(500 + number), region=None) for number in range(visits // phones)]
                for number in range(phones):
                    shopper = make.user(email=f"eye{number}@example.com", role="shopper")
                    found[shopper.email] = [
                        make.assignment(
                            campaign=make.campaign(made.version.questionnaire.code, opens=clock.today().replace(day=1)),
                            shopper=shopper, branch=branch, scenario=made.scenario,
                            window_from=clock.today() - timedelta(days=3),
                            window_until=clock.today() + timedelta(days=3),
                        ).response_id
                        for branch in branches
                    ]  # fmt: skip
            yield _At(Path(name), url), found
        finally:
            db.bind(None)
            contents.bind(None)
            database.close()


@dataclass(frozen=True)
class _At(Installation):
    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The same, over the database that was made."""
        return super().environment | {"SURVEY_APP_DATABASE_URL": self.url, "SURVEY_APP_LOG_LEVEL": "CRITICAL"}


@dataclass(frozen=True)
class Result:
    """What is there afterwards, and what it took."""

    kept: int
    photos: int
    requests: int
    lost: int
    kills: int
    tries: Counter[str]
    seconds: float
    each: list[float]


def soak(engine: str, *, visits: int, photos: int, phones: int, kills: int, lost: float, seed: int) -> Result:
    """One run. RuntimeError when a visit or a picture is missing, doubled or not what was sent."""
    draw = random.Random(seed)
    with bank(engine, phones, visits) as (installation, ids):
        server = Server(installation.environment)
        try:
            with bad_wire(server.port, lost, seed) as wire:
                crew = [
                    Phone(number, email, wire.port, random.Random(seed + number)) for number, email in enumerate(ids)
                ]
                _known(crew)
                bags = {
                    one: [Photo(draw.choice("ABCDEF") + "1", drawn(seed * 100_000 + place * photos + part, (640, 480)))
                          for part in range(photos)]
                    for place, one in enumerate(chain.from_iterable(ids.values()))
                }  # fmt: skip
                began = time.monotonic()
                _under_fire(crew, ids, bags, server, kills, draw)
                seconds = time.monotonic() - began
        finally:
            server.end(signal.SIGTERM)
        contents.bind(contents.of(Settings.load(data_dir=installation.folder)))
        kept = _account(bags)
        tries = sum((one.tries for one in crew), Counter())
        each = [spent for one in crew for spent in one.seconds]
        losses = sum(count for way, count in wire.counts.items() if way != "requests")
        return Result(*kept, wire.counts["requests"], losses, server.kills, tries, seconds, each)


def _known(crew: list[Phone]) -> None:
    with db.reading() as session:
        numbers = {one.email: one.id for one in session.scalars(select(User))}
    for one in crew:
        one.user = numbers[one.email]


def _under_fire(
    crew: list[Phone],
    ids: dict[str, list[str]],
    bags: dict[str, list[Photo]],
    server: Server,
    kills: int,
    draw: random.Random,
) -> None:
    """All phones at once, and somebody who kills the server, each time once so many more visits are home."""
    gate = threading.Barrier(len(crew))

    def home(phone: Phone) -> None:
        phone.log_in()
        gate.wait(timeout=300)
        for one in ids[phone.email]:
            phone.visit(one, bags[one])

    with ThreadPoolExecutor(len(crew)) as pool:
        running = [pool.submit(home, one) for one in crew]
        marks = [len(bags) * (number + 1) // (kills + 1) for number in range(kills)]
        while not all(one.done() for one in running):
            done = sum(len(one.seconds) for one in crew)
            if marks and done >= marks[0]:
                marks.pop(0)
                threading.Event().wait(draw.uniform(0, 0.5))
                server.kill()
                print(f"killed, {done} visits were home", file=sys.stderr, flush=True)
            threading.Event().wait(0.05)
        for one in running:
            one.result()
    if marks:
        raise RuntimeError("the server was not killed as often as it was to be")


def _account(bags: dict[str, list[Photo]]) -> tuple[int, int]:
    """Hold what is there against what was sent; (visits, pictures)."""
    with db.reading() as session:
        here = set(session.scalars(select(Response.id)))
        records = Counter(session.scalars(select(FieldRecord.response_id)))
        beside = [session.scalar(select(func.count()).select_from(one)) for one in (FieldCopy, Draft)]
        files = session.execute(
            select(Evidence.response_id, Evidence.question, Evidence.sent_sha256, Evidence.content)
        ).all()
    sent = Counter((one, photo.question, photo.sha256) for one, bag in bags.items() for photo in bag)
    if here != set(bags) or set(records.values()) != {1} or records.keys() != here or beside != [0, 0]:
        raise RuntimeError(f"{len(here)} responses, {records.most_common(3)}, beside them {beside}")
    if Counter((one, question, sha) for one, question, sha, _content in files) != sent:
        raise RuntimeError(f"{len(files)} pictures, {sum(sent.values())} were sent")
    by_hash = {photo.sha256: photo.content for bag in bags.values() for photo in bag}
    for _one, _question, sha, content in files:
        if contents.store().read(content) != by_hash[sha]:
            raise RuntimeError(f"another picture under {sha}")
    stray = set(contents.store().kept(timedelta(days=-1))) - {content for *_rest, content in files}
    if stray:
        raise RuntimeError(f"{len(stray)} pictures that no row names")
    return len(here), len(files)


def main() -> None:
    """Run it and print what came of it."""
    arguments = argparse.ArgumentParser(prog="python -m tests.load.field_soak", description=__doc__)
    arguments.add_argument("--engine", choices=sorted(ENGINES), action="append")
    arguments.add_argument("--visits", type=int, default=VISITS)
    arguments.add_argument("--photos", type=int, default=PHOTOS, help="of each visit")
    arguments.add_argument("--phones", type=int, default=PHONES)
    arguments.add_argument("--kills", type=int, default=KILLS)
    arguments.add_argument("--lost", type=float, default=LOST, help="share of requests")
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    print(about(), flush=True)
    rows: list[tuple[str, ...]] = [
        ("engine", "phones", "visits", "photos", "requests", "lost", "kills", "tries a photo", "a report",
         "seconds", "p95 s a visit")
    ]  # fmt: skip
    for engine in given.engine or list(ENGINES):
        found = soak(
            engine, visits=given.visits, photos=given.photos, phones=given.phones, kills=given.kills, lost=given.lost,
            seed=given.seed,
        )  # fmt: skip
        rows.append((
            engine, str(given.phones), str(found.kept), str(found.photos), str(found.requests),
            f"{found.lost / found.requests:.0%}", str(found.kills), f"{found.tries['photo'] / found.photos:.2f}",
            f"{found.tries['report'] / found.kept:.2f}", f"{found.seconds:.0f}", f"{quantile(found.each, 0.95):.1f}",
        ))  # fmt: skip
        print("  ".join(rows[-1]), file=sys.stderr, flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
