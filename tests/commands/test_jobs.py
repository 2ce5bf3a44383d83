"""Jobs: the row is the truth. What a worker loses is found again; what fails is tried again, then left for a person."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from survey_app import clock, db, jobs, transaction
from survey_app.audit import Actor
from survey_app.commands.responses import draft
from survey_app.config import Settings
from survey_app.models import Job
from tests.commands.acting import SURVEY, by_token, keep
from tests.commands.together import together
from tests.conventions.tree import ROOT
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")


class Work:
    """Kinds of jobs for these tests, and what was done."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.broken = True

    def plain(self, payload: Mapping[str, Any]) -> None:
        """Succeeds."""
        self.done.append(payload["number"])

    def fragile(self, payload: Mapping[str, Any]) -> None:
        """Fails while it is broken."""
        if self.broken:
            raise ValueError("it broke")
        self.done.append(payload["number"])


@pytest.fixture
def work() -> Iterator[Work]:
    """The product's own table of kinds, with two more while a test runs."""
    made, kinds = Work(), dict(jobs.KINDS)
    table: Any = jobs.KINDS
    table.update(plain=made.plain, fragile=made.fragile)
    yield made
    table.clear()
    table.update(kinds)


def leave(*kinds: str, **more: Any) -> None:
    """An act that leaves jobs behind."""
    with transaction.transaction(Actor.system("test"), "test.job") as session:
        session.add_all(
            Job(kind=kind, payload={"number": number}, created_at=clock.now(), **more)
            for number, kind in enumerate(kinds, start=1)
        )


def stored() -> list[tuple[str, int, str]]:
    """State, attempts and error of every job."""
    with db.reading() as session:
        rows = session.execute(select(Job.state, Job.attempts, Job.error).order_by(Job.id))
        return [(state, attempts, error) for state, attempts, error in rows]


def test_jobs_are_done_in_order(any_database: db.Database, work: Work) -> None:
    leave("plain", "plain", "plain")
    assert jobs.run_ready() == 3
    assert work.done == [1, 2, 3]
    assert stored() == [("done", 1, "")] * 3
    assert jobs.run_ready() == 0


def test_a_failing_job_is_tried_at_each_sweep_and_then_left(any_database: db.Database, work: Work) -> None:
    leave("fragile", "plain")
    for attempt in range(1, jobs.TRIES):
        jobs.sweep()
        assert stored()[0] == ("ready", attempt, "ValueError: it broke")
    assert work.done == [2], "the others are not held back"
    jobs.sweep()
    assert stored()[0] == ("failed", jobs.TRIES, "ValueError: it broke")
    jobs.sweep()
    assert stored()[0][1] == jobs.TRIES


def test_a_job_that_recovers_is_done_and_its_error_forgotten(database: db.Database, work: Work) -> None:
    leave("fragile")
    jobs.run_ready()
    work.broken = False
    jobs.run_ready()
    assert (work.done, stored()) == ([1], [("done", 2, "")])


def test_a_kind_that_nobody_knows_fails_by_itself(database: db.Database, work: Work) -> None:
    leave("unheard_of", "plain")
    jobs.run_ready()
    assert work.done == [2]
    assert stored()[0][:2] == ("ready", 1)


def test_a_leased_job_is_nobody_else_s_until_its_lease_ends(
    any_database: db.Database, work: Work, frozen_clock: FrozenClock
) -> None:
    leave("plain", state="running", attempts=1, leased_until=clock.now() + jobs.LEASE)
    assert jobs.run_ready() == 0
    frozen_clock.move_to(MOMENT + jobs.LEASE)
    assert jobs.run_ready() == 0
    frozen_clock.move_to(MOMENT + jobs.LEASE + timedelta(seconds=1))
    assert jobs.run_ready() == 1
    assert (work.done, stored()) == ([1], [("done", 2, "")])


def test_a_job_that_ends_its_worker_every_time_is_left_as_failed(database: db.Database, work: Work) -> None:
    leave("plain", state="running", attempts=jobs.TRIES, leased_until=clock.now() - timedelta(seconds=1))
    assert jobs.run_ready() == 0
    assert (work.done, stored()[0][0]) == ([], "failed")


def test_two_workers_share_and_never_double(any_database: db.Database, work: Work) -> None:
    leave(*["plain"] * 12)
    done = together([jobs.run_ready] * 4)
    assert sum(one for one in done if isinstance(one, int)) == 12
    assert sorted(work.done) == list(range(1, 13))
    assert {state for state, _attempts, _error in stored()} == {"done"}


KILLED = """
import os, signal, sys
from survey_app import db, jobs

def die(payload):
    os.kill(os.getpid(), signal.SIGKILL)

jobs.KINDS["plain"] = die
db.bind(db.Database(sys.argv[1]))
jobs.run_ready()
"""


def test_a_worker_that_is_killed_loses_nothing(database: db.Database, work: Work, frozen_clock: FrozenClock) -> None:
    leave("plain", "plain")
    url = database.url.render_as_string(hide_password=False)
    killed = subprocess.run([sys.executable, "-c", KILLED, url], cwd=ROOT, env={**os.environ}, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert [state for state, _attempts, _error in stored()] == ["running", "ready"]
    assert jobs.run_ready() == 1
    with db.reading() as session:
        leased = session.scalars(select(Job.leased_until).where(Job.state == "running")).one()
    assert leased is not None
    frozen_clock.move_to(leased + timedelta(seconds=1))
    assert jobs.run_ready() == 1
    assert sorted(work.done) == [1, 2]


@pytest.fixture
def woken() -> Iterator[list[int]]:
    """Counts the wake-ups."""
    calls: list[int] = []
    before = list(transaction._wakers)
    transaction.when_jobs_wait(lambda: calls.append(1))
    yield calls
    transaction._wakers[:] = before


def test_a_worker_is_woken_after_the_commit_and_only_for_jobs(database: db.Database, woken: list[int]) -> None:
    with setting() as make:
        make.region(name="צפון")
    assert woken == []
    with transaction.transaction(Actor.system("test"), "test.job") as session:
        session.add(Job(kind="plain", payload={}, created_at=clock.now()))
        session.flush()
        assert woken == [], "not before it is committed"
    assert woken == [1]
    with pytest.raises(IntegrityError):
        leave("plain", state="no such state")
    assert woken == [1], "nor when nothing was"


def test_a_wake_that_fails_is_no_error_of_the_act(database: db.Database, woken: list[int], work: Work) -> None:
    def fail() -> None:
        raise ConnectionError("no queue")

    transaction.when_jobs_wait(fail)
    leave("plain")
    assert jobs.run_ready() == 1
    assert work.done == [1]


def test_the_installation_s_queue_wakes_a_worker(
    database: db.Database, woken: list[int], work: Work, tmp_path: Any
) -> None:
    huey = jobs.connect(Settings(data_dir=tmp_path))
    huey.immediate = True
    leave("plain")
    assert work.done == [1]
    assert stored() == [("done", 1, "")]


def test_the_sweep_destroys_old_drafts_as_well(database: db.Database, frozen_clock: FrozenClock) -> None:
    with setting() as make:
        branch = make.branch(code="101", region=None)
        make.questionnaire(SURVEY)
        campaign = make.campaign(SURVEY, opens=clock.today())
        token = make.invitation(campaign=campaign, branch=branch, visited_on=clock.today()).token
    ticket = by_token(token)
    keep(ticket, {"pv1": 5})
    frozen_clock.move_to(MOMENT + timedelta(days=31))
    jobs.sweep()
    with db.reading() as session:
        assert draft(session, ticket) is None
