"""What the command line refuses before anything happens."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from survey_app import db
from tests.commands.shelling import Run, run
from tests.support.factories import setting

__all__ = ["run"]


@pytest.mark.parametrize(
    "arguments", [("migrate",), ("report", "2026-10"), ("facts", "--check"), ("run", "--port", 8999)]
)
def test_a_database_of_a_newer_program_is_left_alone(
    database: db.Database, run: Run, arguments: tuple[object, ...]
) -> None:
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    result = run(*arguments)
    assert (result.exit_code, "9999" in result.stderr) == (2, True)


def test_the_demo_bank_is_served_on_this_machine_only(
    database: db.Database, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with setting() as make:
        make.organisation(name="בנק לדוגמה", synthetic=True, policy={})
    result = run("run", "--host", "0.0.0.0", "--port", 8999)  # noqa: S104 - refused, which is the point
    assert (result.exit_code, "loopback" in result.stderr) == (2, True)
    monkeypatch.setenv("SURVEY_APP_PRODUCTION", "true")
    result = run("run", "--port", 8999)
    assert (result.exit_code, "loopback" in result.stderr) == (2, True)
