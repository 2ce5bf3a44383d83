"""The night of publication: whom it takes, whom it leaves, that it loses nobody when it is killed or done twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from survey_app import clock, db, jobs, seals
from survey_app.commands import sealing
from survey_app.models import Response, SealedResponse
from survey_app.queries.organisation import organisation
from survey_app.seals import Seals
from tests.commands.acting import PULSE, SINCE, branch_facts, by_token, differences, send
from tests.commands.shelling import Run, run
from tests.commands.together import together
from tests.conventions.tree import ROOT
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.factories import setting

__all__ = ["run"]
VISITED = date(2026, 11, 10)


def answered(*counts: int) -> None:
    """So many people answer the pulse in each of so many branches."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        make.questionnaire(PULSE)
        campaign = make.campaign(PULSE, opens=SINCE)
        tokens = [
            make.invitation(campaign=campaign, branch=branch, visited_on=VISITED).token
            for place, count in enumerate(counts)
            for branch in [make.branch(code=f"10{place}", region=None)]
            for _person in range(count)
        ]
    for number, token in enumerate(tokens):
        send(by_token(token), {"ep1": 1 + number % 5})


def stored() -> tuple[int, int]:
    """Responses, and boxes that wait."""
    with db.reading() as session:
        return (
            session.scalar(select(func.count()).select_from(Response)) or 0,
            session.scalar(select(func.count()).select_from(SealedResponse)) or 0,
        )


def test_as_many_as_hide_each_other_are_published_and_the_others_wait(
    any_database: db.Database, frozen_clock: FrozenClock
) -> None:
    answered(6, 4)
    assert stored() == (0, 10)
    frozen_clock.move_to(MOMENT + timedelta(hours=14))
    assert sealing.publish() == sealing.Published(6, 4, 0)
    assert sealing.publish() == sealing.Published(0, 4, 0)
    assert stored() == (6, 4)
    with db.reading() as session:
        assert [n for n, _total, _squares in branch_facts(session, "question.ep1").values()] == [6]
    assert differences() == []
    frozen_clock.move_to(clock.start_of(clock.closes_on("2026-11")))
    assert sealing.publish() == sealing.Published(4, 0, 0)
    assert differences() == []


def test_the_least_number_is_the_organisation_s(database: db.Database, frozen_clock: FrozenClock) -> None:
    answered(3)
    with setting() as make:
        organisation(make.session).outreach = {"anonymous_least": 3}
    assert sealing.publish().published == 3


def test_an_answer_after_the_month_closed_waits_for_the_next_closing_at_most(
    database: db.Database, frozen_clock: FrozenClock
) -> None:
    closing = clock.start_of(clock.closes_on("2026-11"))
    answered(0)
    with setting() as make:
        branch = make.branch(code="900", region=None)
        campaign = make.campaign(PULSE, opens=SINCE)
        campaign.invitation_days = 60
        token = make.invitation(campaign=campaign, branch=branch, visited_on=VISITED).token
    frozen_clock.move_to(closing + timedelta(days=2))
    send(by_token(token), {"ep1": 2})
    frozen_clock.move_to(closing + timedelta(days=5))
    assert sealing.publish() == sealing.Published(0, 1, 0)
    frozen_clock.move_to(clock.start_of(clock.closes_on("2026-12")))
    assert sealing.publish() == sealing.Published(1, 0, 0)


def test_two_that_publish_at_once_publish_everything_once(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    answered(12, 9)
    done = together([sealing.publish] * 3)
    assert [one for one in done if isinstance(one, Exception)] == []
    assert stored() == (21, 0)
    assert differences() == []


def test_more_than_one_transaction_takes(
    any_database: db.Database, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "MOST", 7)
    answered(16, 5, 4)
    assert sealing.publish() == sealing.Published(21, 4, 0)
    assert stored() == (21, 4)
    assert differences() == []


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from survey_app import clock, db, files, seals
from survey_app.commands import sealing, traces

folder = Path(sys.argv[2])
db.bind(db.Database(sys.argv[1]))
files.bind(files.LocalFiles(folder / "files"))
seals.bind(seals.Seals(folder / "seals"))
sealing.MOST, done, before = 6, [], traces.write_anew

def die(session, ids):
    done.append(1)
    before(session, ids)
    if len(done) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

traces.write_anew = die
with clock.moved_to(datetime.fromisoformat(sys.argv[3])):
    sealing.publish()
"""


def test_a_night_that_is_killed_loses_nobody_and_doubles_nobody(
    any_database: db.Database, frozen_clock: FrozenClock, tmp_path: Path
) -> None:
    answered(6, 6, 6)
    url = any_database.url.render_as_string(hide_password=False)
    call = (sys.executable, "-c", KILLED, url, str(tmp_path), frozen_clock.moment.isoformat())
    killed = subprocess.run(call, cwd=ROOT, env={**os.environ}, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert stored() == (6, 12)
    assert differences() == []
    assert sealing.publish().published == 12
    assert stored() == (18, 0)
    assert differences() == []


def test_without_its_key_a_box_waits_until_the_key_is_back(
    database: db.Database, frozen_clock: FrozenClock, tmp_path: Path, run: Run
) -> None:
    answered(5)
    folder = seals.keys().folder
    shutil.move(folder, tmp_path / "lost")
    assert sealing.publish() == sealing.Published(0, 0, 5)
    shutil.rmtree(folder)
    shutil.move(tmp_path / "lost", folder)
    assert sealing.publish().published == 5


def test_the_command_says_what_it_did(database: db.Database, frozen_clock: FrozenClock, run: Run) -> None:
    answered(5, 2)
    assert run("publish").stdout == "Published: 5. Waiting for others: 2.\n"
    seals.bind(Seals(seals.keys().folder.parent / "other"))
    lost = run("publish")
    assert lost.exit_code == 1
    assert "2" in lost.stderr


def test_a_night_that_nobody_was_up_for_is_made_up_by_day(database: db.Database, frozen_clock: FrozenClock) -> None:
    answered(5)
    frozen_clock.move_to(MOMENT + timedelta(days=1))
    assert not sealing.is_overdue()
    frozen_clock.move_to(MOMENT + timedelta(days=2))
    assert sealing.is_overdue()
    assert sealing.publish in jobs.EVERY_NIGHT
    jobs._publish_overdue()
    assert stored() == (5, 0)
    assert not sealing.is_overdue()
