"""``survey-app feed``, ``exclusions``, ``optout`` and ``token`` as a person at a terminal uses them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from survey_app import db
from survey_app.cli import main
from survey_app.models import ApiToken, Exclusion, Interaction, OptOut
from tests.support.factories import setting

HEADER = "key,customer,phone,branch,at\n"


@pytest.fixture
def run(database: db.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frozen_clock: object) -> object:
    """Call the command over the test's database, in English."""
    monkeypatch.setenv("SURVEY_APP_LANGUAGE", "en")
    monkeypatch.setenv("SURVEY_APP_DATABASE_URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SURVEY_APP_DATA_DIR", str(tmp_path / "data"))
    with setting() as make:
        make.agent(code="A-1", branch=make.branch(code="461", region=None), since=date(2026, 1, 1))

    def call(*arguments: str) -> Result:
        result = CliRunner().invoke(main, list(arguments))
        db.bind(database)
        return result

    return call


def count(model: type) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_file_with_good_and_bad_rows(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "visits.csv"
    path.write_text(HEADER + "T-1,C-1,054-1234567,461,2026-11-15\nT-2,C-1,,nowhere,2026-11-15\n", "utf-8")
    result = run("feed", str(path))
    assert result.exit_code == 1, result.output
    assert "Added: 1" in result.output
    assert "There is no branch" in result.output
    refused = tmp_path / "visits.refused.csv"
    assert "T-2" in refused.read_text("utf-8-sig")
    refused.write_text(refused.read_text("utf-8-sig").replace("nowhere", "461"), "utf-8")
    assert run("feed", str(refused)).exit_code == 0
    assert run("feed", str(path)).exit_code == 1
    assert (tmp_path / "visits.refused-2.csv").exists()
    assert count(Interaction) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["feed"],
        ["feed", "x.csv", "--whole"],
        ["feed", "missing.csv"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_said(run, arguments: list[str]) -> None:  # type: ignore[no-untyped-def]
    assert run(*arguments).exit_code == 2


def test_lists(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "staff.csv"
    path.write_text("email\na@b.com\nb@b.com\n", "utf-8")
    assert run("feed", str(path), "--as", "employees").exit_code == 0
    path.write_text("email\nb@b.com\n", "utf-8")
    assert "Left the list: 1" in run("feed", str(path), "--as", "employees", "--whole").output
    assert "employee: 1 in force, 0 over" in run("exclusions", "list").output
    assert "Left the list: 1" in run("exclusions", "remove", "employee", "B@b.com").output
    assert count(Exclusion) == 0


def test_opting_out_and_back(run) -> None:  # type: ignore[no-untyped-def]
    assert "New addresses: 2" in run("optout", "add", "054-1234567", "ref:C-1").output
    assert count(OptOut) == 2
    assert run("optout", "add", "nobody").exit_code == 2
    assert "Addresses that left the list: 2" in run("optout", "back", "0541234567", "ref:C-1").output
    assert count(OptOut) == 0


def test_keys(run) -> None:  # type: ignore[no-untyped-def]
    made = run("token", "create", "core")
    assert made.exit_code == 0
    assert made.stdout.startswith("sak_")
    assert made.stdout.count("\n") == 1
    assert run("token", "create", "core").exit_code == 2
    assert "core\tin force\tnever used" in run("token", "list").output
    assert run("token", "revoke", "core").exit_code == 0
    assert "revoked" in run("token", "list").output
    assert run("token", "revoke", "other").exit_code == 2
    assert count(ApiToken) == 1
