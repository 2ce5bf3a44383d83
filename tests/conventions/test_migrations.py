"""Migrations: one numbered line, and at its end exactly what the models say, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from survey_app import db, migrations

NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.py")


def numbering_faults(steps: Sequence[tuple[str, str, str | None]]) -> list[str]:
    """Faults of ``(file name, revision, revision before)``, oldest first: no gaps, each after the other."""
    found = []
    before = None
    for number, (name, revision, down) in enumerate(steps, start=1):
        match = NAME.fullmatch(name)
        if not match or match[1] != f"{number:04}":
            found.append(f"{name} is not number {number:04}")
        elif revision != match[1]:
            found.append(f"{name} calls itself {revision}")
        if down != before:
            found.append(f"{name} follows {down}, not {before}")
        before = revision
    return found


def test_migrations_are_one_numbered_line() -> None:
    scripts = ScriptDirectory.from_config(migrations.config())
    assert len(scripts.get_heads()) == 1
    steps = [
        (Path(step.path).name, step.revision, step.down_revision)  # type: ignore[arg-type]
        for step in reversed(list(scripts.walk_revisions()))
    ]
    assert steps
    assert not numbering_faults(steps)


@pytest.mark.parametrize(
    "steps",
    [
        [("0002_first.py", "0002", None)],
        [("first.py", "0001", None)],
        [("0001_first.py", "a1b2", None)],
        [("0001_a.py", "0001", None), ("0002_b.py", "0002", None)],
        [("0001_a.py", "0001", None), ("0003_b.py", "0003", "0001")],
    ],
)
def test_a_wrong_number_is_seen(steps: list[tuple[str, str, str | None]]) -> None:
    assert len(numbering_faults(steps)) == 1


def test_the_migrated_schema_is_that_of_the_models(any_database: db.Database) -> None:
    with any_database.writer.connect() as connection:
        assert migrations.differences(connection) == []


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE region ADD COLUMN motto VARCHAR",
        "ALTER TABLE region RENAME COLUMN name TO title",
        "DROP INDEX ix_response_month",
        "DROP TABLE pending_restatement",
    ],
)
def test_a_schema_that_has_drifted_is_seen(any_database: db.Database, change: str) -> None:
    with any_database.writer.begin() as connection:
        connection.execute(text(change))
    with any_database.writer.connect() as connection:
        assert migrations.differences(connection)


def test_alembic_s_own_check_agrees(database: db.Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEY_APP_DATABASE_URL", database.url.render_as_string(hide_password=False))
    command.check(migrations.config())


def _old_sqlite(request: pytest.FixtureRequest) -> str:
    return f"sqlite:///{request.getfixturevalue('tmp_path') / 'old.db'}"


def _old_postgres(request: pytest.FixtureRequest) -> str:
    address: str = request.getfixturevalue("empty_postgres")
    return address


@pytest.mark.parametrize("address", [_old_sqlite, pytest.param(_old_postgres, marks=pytest.mark.postgres)])
def test_a_database_without_a_migration_is_behind(
    request: pytest.FixtureRequest, address: Callable[[pytest.FixtureRequest], str]
) -> None:
    old = db.Database(address(request))
    assert migrations.is_behind(old)
    migrations.upgrade(old)
    assert not migrations.is_behind(old)
    migrations.upgrade(old)  # a second time changes nothing
    old.close()


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = db.Database(f"sqlite:///{tmp_path / 'fresh.db'}")
    first = ScriptDirectory.from_config(migrations.config()).get_base()
    assert first
    with fresh.writer.begin() as connection:
        connection.execute(text("CREATE TABLE agent (id INTEGER)"))  # in the way of the first migration
    with pytest.raises(SQLAlchemyError):
        migrations.upgrade(fresh)
    with fresh.reader.connect() as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
    assert list(tables) == ["agent"]
    fresh.close()
