"""Cases and standing in from the terminal: results on stdout, no words of customers, mistakes in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from survey_app import db
from survey_app.models import Case
from tests.commands.cases.world import World, at, case, just_after
from tests.commands.shelling import Run, run
from tests.support.clocks import FrozenClock

__all__ = ["run"]
PHONE = "050-1234567"


@pytest.fixture
def world(database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on a Tuesday morning at nine."""
    frozen_clock.move_to(at("2026-11-17"))
    return World.made()


def test_a_case_is_opened_listed_given_and_risen(
    world: World, run: Run, frozen_clock: FrozenClock, tmp_path: Path
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("הפקיד צעק", encoding="utf-8")
    opening = ("case", "open", "101", "service", "--agent", "A1", "--phone", PHONE, "--name", "רות", "--consent",
               "--external-id", "crm-7", "--words-file", words)  # fmt: skip
    assert run(*opening).stdout == "1\n"
    # Sent twice it is one.
    assert run(*opening).stdout == "1\n"
    assert (case(1).phone, case(1).words, case(1).external_id) == ("+972501234567", "הפקיד צעק", "crm-7")
    listed = run("case", "list").stdout
    assert listed.splitlines()[1].split("\t") == [
        "1", "new", "agent", "dana@example.com", "101", "service", "2026-11-17 09:00", "2026-11-18 09:30",
        "2026-11-24 09:30", "no",
    ]  # fmt: skip
    assert "רות" not in listed
    assert run("case", "assign", 1, "eran@example.com", "--by", "branch@example.com").stdout == "eran@example.com\n"
    just_after(frozen_clock, case(1).due_at)
    assert run("case", "tick").stdout == "case.overdue\t1\ncase.rise\t1\n"
    assert run("case", "tick").stdout == ""
    assert len(run("case", "list", "--overdue", "--branch", "101").stdout.splitlines()) == 2
    assert len(run("case", "list", "--state", "closed").stdout.splitlines()) == 1
    assert "overdue\t1\n" in run("case", "count").stdout


MISTAKES = [
    (("case", "open", "999", "service"), "There is no branch 999."),
    (("case", "open", "101", "service", "--agent", "Z9"), "There is no employee Z9."),
    (("case", "open", "101", "service", "--phone", PHONE), "--consent"),
    (("case", "open", "101", "service", "--phone", "12", "--consent"), "no telephone number"),
    (("case", "open", "101", "service", "--email", "x", "--consent"), "no e-mail address"),
    (("case", "assign", "1", "eran@example.com", "--by", "dana@example.com"), "does not lead cases"),
    (("case", "assign", "77", "eran@example.com", "--by", "branch@example.com"), "There is no such case."),
    (("case", "assign", "1", "nobody@example.com", "--by", "branch@example.com"), "There is no user"),
    (("delegation", "add", "dana@example.com", "dana@example.com"), "to: "),
    (("delegation", "end", "5"), "Nobody stands in under this number."),
]


def test_mistakes_are_told_in_words(world: World, run: Run) -> None:
    world.opened()
    for arguments, says in MISTAKES:
        result = run(*arguments)
        assert (arguments, result.exit_code, says in result.stderr) == (arguments, 2, True)
    with db.reading() as session:
        assert len(session.scalars(select(Case.id)).all()) == 1


def test_a_case_that_nobody_can_take_says_so(database: db.Database, frozen_clock: FrozenClock, run: Run) -> None:
    frozen_clock.move_to(at("2026-11-17"))
    World.made(without=("agent", "branch_manager", "region_manager", "service_manager", "ombudsman"))
    result = run("case", "open", "101", "fees")
    assert (result.exit_code, result.stdout) == (1, "1\n")
    assert "unattended" in result.stderr


def test_standing_in_is_said_listed_and_ended(world: World, run: Run) -> None:
    number = run("delegation", "add", "dana@example.com", "eran@example.com", "--until", "2026-11-20").stdout.strip()
    assert run("delegation", "list").stdout.splitlines()[1].split("\t") == [
        number, "dana@example.com", "eran@example.com", "2026-11-17", "2026-11-20",
    ]  # fmt: skip
    assert run("delegation", "end", number).exit_code == 0
    assert len(run("delegation", "list").stdout.splitlines()) == 1
