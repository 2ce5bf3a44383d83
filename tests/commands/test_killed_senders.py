"""Workers that are killed while they send: every message leaves exactly once, or is accounted for."""

from __future__ import annotations

import signal

import pytest

from survey_app import db
from tests.commands.mailing import bank, queued, states
from tests.load.killing import account, by_key, kill_again_and_again, let_leases_end, over_http, over_mail, start
from tests.load.sender import POINTS
from tests.support.carriers import http_stub, mail_server
from tests.support.processes import ending

pytestmark = pytest.mark.usefixtures("frozen_clock")
MESSAGES = 4
#: Where a message over SMTP is in doubt afterwards: from its beginning on until its end stands in the database.
IN_DOUBT = {"before the first byte": 0, "after the last byte": 1, "before the end is committed": 1}


def struck(carrier: dict[str, object], point: str) -> None:
    """A worker is killed at a point on its second message, its lease ends, and another takes over."""
    killed = start(carrier, "w1", point=point, number=1 if "lease" in point else 2)
    assert ending(killed, 60) == -signal.SIGKILL
    let_leases_end("w1")
    assert ending(start(carrier, "w2"), 60) == 0


@pytest.mark.parametrize("point", POINTS)
def test_killed_over_smtp(database: db.Database, point: str) -> None:
    killed_over_smtp(point)


@pytest.mark.postgres
@pytest.mark.parametrize("point", ["before the lease is committed", "after the last byte"])
def test_killed_over_smtp_on_postgresql(pg_database: db.Database, point: str) -> None:
    killed_over_smtp(point)


def killed_over_smtp(point: str) -> None:
    bank()
    queued(MESSAGES)
    with mail_server() as server:
        struck(over_mail(server), point)
        found = account(by_key(server))
    assert (found.twice, found.lost) == (0, 0)
    doubtful = 1 if point in IN_DOUBT else 0
    assert found.states == {"sent": MESSAGES - doubtful, **({"uncertain": 1} if doubtful else {})}
    assert found.uncertain_taken == IN_DOUBT.get(point, 0)


@pytest.mark.parametrize("point", ["after the lease", "before the first byte", "after the last byte", "after the end"])
def test_killed_over_a_gateway_that_knows_keys(database: db.Database, point: str) -> None:
    bank()
    queued(MESSAGES, "sms")
    with http_stub() as stub:
        struck(over_http(stub), point)
        found, asked = account(stub.taken), len(stub.requests)
    assert (found.twice, found.lost, found.states) == (0, 0, {"sent": MESSAGES})
    assert asked == MESSAGES + (1 if IN_DOUBT.get(point) else 0), "asked again only where it had been asked"


@pytest.mark.parametrize("knows_keys", [True, False])
def test_killed_at_random_moments_over_http(database: db.Database, knows_keys: bool) -> None:
    bank()
    queued(150, "sms")
    with http_stub(knows_keys=knows_keys) as stub:
        kills, seconds = kill_again_and_again(over_http(stub), workers=2, longest=0.5, seed=1, most=4)
        found = account(stub.taken, kills, seconds)
    assert (found.twice, found.lost) == (0, 0)
    assert sum(states().values()) == 150
    assert set(found.states) <= ({"sent"} if knows_keys else {"sent", "uncertain"})


def test_killed_at_random_moments_over_smtp(any_database: db.Database) -> None:
    bank()
    queued(150)
    with mail_server() as server:
        kills, seconds = kill_again_and_again(over_mail(server), workers=2, longest=0.5, seed=2, most=4)
        found = account(by_key(server), kills, seconds)
    assert (found.twice, found.lost) == (0, 0)
    assert set(found.states) <= {"sent", "uncertain"}
    assert found.states.get("uncertain", 0) <= kills
