"""Workers that send thousands of messages and are killed at random moments, again and again; what is left counts."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from multiprocessing.process import BaseProcess
from typing import Any

from sqlalchemy import select, update

from survey_app import db
from survey_app.audit import Actor
from survey_app.models import Message
from survey_app.transaction import transaction
from tests.load import sender
from tests.support.carriers import HttpStub, MailServer
from tests.support.clocks import MOMENT
from tests.support.processes import ending, started_up

#: Longer than any of these runs may take, in seconds.
PATIENCE = 600.0


@dataclass(frozen=True)
class Account:
    """How every message ended: by the database, and by what the carrier took."""

    states: Mapping[str, int]
    #: Messages that the carrier took more than once, and that stand as sent although it never took them.
    twice: int
    lost: int
    #: Of the uncertain ones, how many the carrier has in truth.
    uncertain_taken: int
    kills: int
    seconds: float


def over_mail(server: MailServer) -> dict[str, Any]:
    """Settings of a worker for a mail server."""
    return {"smtp": server.url}


def over_http(stub: HttpStub) -> dict[str, Any]:
    """Settings of a worker for a gateway."""
    return {"sms": asdict(stub.gateway())}


def start(carrier: Mapping[str, Any], name: str, **more: Any) -> BaseProcess:
    """A worker, from the moment on at which it begins to send."""
    url = db.current().url.render_as_string(hide_password=False)
    return started_up(sender.main, {"database": url, "name": name, **carrier, **more})


def let_leases_end(name: str) -> None:
    """What a dead worker held is believed no longer: its time has passed."""
    with transaction(Actor.respondent(), "test.time") as session:
        session.execute(
            update(Message)
            .where(Message.state == "sending", Message.lease.startswith(f"{name}:"))
            .values(leased_until=MOMENT.replace(year=2020))
        )


def kill_again_and_again(
    carrier: Mapping[str, Any], *, workers: int, longest: float, seed: int, most: int = 10_000
) -> tuple[int, float]:
    """Run workers and kill each at random moments until nothing is left; gives the kills and the seconds it took."""
    draw, kills, count = random.Random(seed), 0, 0
    began = time.perf_counter()
    running: dict[str, BaseProcess] = {}
    finished = False
    while not finished:
        while len(running) < workers:
            count += 1
            running[f"w{count}"] = start(carrier, f"w{count}")
        name = draw.choice(sorted(running))
        process = running[name]
        code = ending(process, draw.uniform(0, longest) if kills < most else PATIENCE)
        assert code in {None, 0}, f"{name} ended by itself with {code}"
        finished = code == 0
        if code is None:
            process.kill()
            assert ending(process, PATIENCE) is not None
            kills += 1
            del running[name]
            let_leases_end(name)
    del running[name]
    assert [ending(process, PATIENCE) for process in running.values()] == [0] * len(running)
    return kills, time.perf_counter() - began


def account(taken: Mapping[str, int], kills: int = 0, seconds: float = 0.0) -> Account:
    """Hold the outbox against what a carrier took: key -> how often."""
    with db.reading() as session:
        rows = session.execute(select(Message.key, Message.state)).all()
    states = Counter(state for _key, state in rows)
    return Account(
        states=states,
        twice=sum(taken.get(key, 0) > 1 for key, _state in rows),
        lost=sum(state == "sent" and not taken.get(key) for key, state in rows),
        uncertain_taken=sum(state == "uncertain" and taken.get(key, 0) > 0 for key, state in rows),
        kills=kills,
        seconds=seconds,
    )


def by_key(server: MailServer) -> dict[str, int]:
    """What a mail server took: key -> how often."""
    return {name.strip("<>").partition("@")[0]: count for name, count in server.ids.items()}
