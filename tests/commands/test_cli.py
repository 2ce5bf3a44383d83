"""The command line: help, messages, exit codes, and the same numbers as everywhere else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from survey_app import clock, db
from survey_app.cli import COMMANDS, main
from survey_app.commands import accounts
from survey_app.models import Entry, Invitation, User
from survey_app.permissions import Role
from survey_app.queries import tickets
from tests.commands.acting import SINCE
from tests.commands.shelling import MONTH, Run, a_bank, run
from tests.conventions.tree import ROOT
from tests.support.factories import setting

__all__ = ["run"]


def every_command() -> Iterator[list[str]]:
    """The words of every command and of every command inside one."""
    for name in COMMANDS:
        yield [name]
        found = main.get_command(click.Context(main), name)
        if isinstance(found, click.Group):
            yield from ([name, inner] for inner in found.commands)


@pytest.mark.parametrize("words", [[], *every_command()], ids=" ".join)
def test_every_command_explains_itself(words: list[str]) -> None:
    result = CliRunner().invoke(main, [*words, "--help"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Usage:" in result.stdout
    assert len(result.stdout.split("\n\n")) > 2


@pytest.mark.parametrize("words", [["nothing"], ["user"], ["report"], ["facts"], ["report", MONTH, "--format", "xml"]])
def test_a_command_that_is_none_is_a_usage_error(words: list[str]) -> None:
    assert CliRunner().invoke(main, words).exit_code == 2


# ---- databases


@pytest.mark.parametrize("words", [["facts", "--check"], ["report", MONTH], ["user", "password", "a@example.com"]])
def test_a_database_that_is_behind_is_said_so(tmp_path: Path, words: list[str]) -> None:
    result = CliRunner(env={"SURVEY_APP_LANGUAGE": "en"}).invoke(
        main, [*words, "--database", f"sqlite:///{tmp_path}/a"]
    )
    assert (result.exit_code, result.stdout) == (2, "")
    assert "survey-app migrate" in result.stderr


@pytest.mark.parametrize(
    "address", ["nonsense", "mysql://x/y", "sqlite:////proc/no/such/place.db", "postgresql://x@127.0.0.1:1/none"]
)
@pytest.mark.parametrize("words", [["facts", "--check"], ["migrate"]])
def test_a_database_that_cannot_be_used_is_named_without_a_traceback(address: str, words: list[str]) -> None:
    result = CliRunner(env={"SURVEY_APP_LANGUAGE": "en"}).invoke(main, [*words, "--database", address])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "The database cannot be used" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear Sir or Madam, " * 100)
    result = CliRunner().invoke(main, ["facts", "--check", "--database", f"sqlite:///{tmp_path}/letter.db"])
    assert result.exit_code == 2


def test_migrating_twice(tmp_path: Path) -> None:
    words = ["migrate", "--database", f"sqlite:///{tmp_path}/deep/new.db"]
    runner = CliRunner(env={"SURVEY_APP_LANGUAGE": "en"})
    first, second = runner.invoke(main, words), runner.invoke(main, words)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "Migrated" in first.stderr
    assert "already" in second.stderr


def test_messages_are_in_the_terminal_s_language(run: Run) -> None:
    assert "שגיאה" in run("user", "password", "nobody@example.com", language="he_IL.UTF-8").stderr
    assert "Error" in run("user", "password", "nobody@example.com", language="C").stderr


# ---- people


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_a_user_is_added_and_can_log_in(run: Run, role: str) -> None:
    with setting() as make:
        branch = make.branch(code="101", region=make.region(name="צפון"))
        make.agent(code="A1", branch=branch, since=SINCE)
    about = {"branch_manager": ["--branch", "101"], "region_manager": ["--region", "צפון"], "agent": ["--agent", "A1"]}
    bare = run("user", "add", "Noa@Example.com", "--role", role)
    assert bare.exit_code == (2 if role in about else 0)
    result = run("user", "add", "second@example.com", "--role", role, "--name", "נועה", *about.get(role, []))
    assert result.exit_code == 0
    email, secret = result.stdout.strip().split("\t")
    with db.reading() as session:
        found = accounts.authenticate(session, email, secret)
        assert found is not None
        assert (found.role, found.name) == (role, "נועה")
        trail = json.dumps([[one.details, one.changes] for one in session.scalars(select(Entry))])
    assert secret not in trail
    assert email not in trail


@pytest.mark.parametrize(
    "options",
    [
        ["noa", "--role", "management"],
        ["noa@example.com", "--role", "boss"],
        ["noa@example.com", "--role", "branch_manager", "--branch", "999"],
        ["noa@example.com", "--role", "region_manager", "--region", "none"],
        ["noa@example.com", "--role", "agent", "--agent", "none"],
        ["noa@example.com", "--role", "management", "--password", "short"],
        ["noa@example.com", "--role", "management", "--language", "xx"],
    ],
)
def test_a_user_who_cannot_be_added_is_not(run: Run, options: list[str]) -> None:
    result = run("user", "add", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr
    with db.reading() as session:
        assert session.scalars(select(User)).all() == []


def test_a_new_password_replaces_the_old(run: Run) -> None:
    first = run("user", "add", "noa@example.com", "--role", "analyst").stdout.split()[1]
    assert run("user", "add", "noa@example.com", "--role", "analyst").exit_code == 2
    second = run("user", "password", " NOA@example.com").stdout.split()[1]
    with db.reading() as session:
        assert accounts.authenticate(session, "noa@example.com", first) is None
        assert accounts.authenticate(session, "noa@example.com", second)
    assert run("user", "password", "nobody@example.com").exit_code == 2


def test_an_invitation_is_printed_and_works(run: Run) -> None:
    a_bank()
    result = run("invite", "101", "--visited-on", "2026-11-01", "--language", "ru")
    assert result.exit_code == 0
    token = result.stdout.strip().rpartition("/s/")[2]
    with db.reading() as session:
        ticket = tickets.by_token(session, token)
        assert (ticket.branch.code, ticket.visited_on, ticket.language) == ("101", date(2026, 11, 1), "ru")
    tomorrow = clock.today() + timedelta(days=1)
    for wrong in (
        ["999"],
        ["101", "--questionnaire", "post_digital"],
        ["101", "--agent", "none"],
        ["101", "--visited-on", tomorrow],
        ["101", "--visited-on", "yesterday"],
    ):
        assert run("invite", *wrong).exit_code == 2
    with db.reading() as session:
        assert len(session.scalars(select(Invitation)).all()) == 1


# ---- as a shell sees it


def shell(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The installed command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from survey_app.cli import main; main(prog_name='survey-app')", *words],
        cwd=ROOT,
        env={**os.environ, "SURVEY_APP_LANGUAGE": "en", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_exit_codes_reach_the_shell(database: db.Database, tmp_path: Path, frozen_clock: object) -> None:
    a_bank()
    with setting() as make:
        make.session.execute(text("UPDATE branch_fact SET total = total + 1"))
    here = {"SURVEY_APP_DATABASE_URL": database.url.render_as_string(hide_password=False)}
    behind = shell("facts", "--check", "--database", f"sqlite:///{tmp_path}/empty.db", **here)
    assert (behind.returncode, behind.stdout) == (2, "")
    assert behind.stderr.startswith("Error: ")
    differs = shell("facts", "--check", **here)
    assert (differs.returncode, "Traceback" in differs.stderr) == (1, False)
