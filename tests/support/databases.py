"""Databases for tests: a migrated SQLite file copied per test, a PostgreSQL one emptied after each, a query counter."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from survey_app import contents, db, files, migrations, seals

#: Name of the fixture that makes each engine's database.
ENGINES = {"sqlite": "database", "postgresql": "pg_database"}


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One database file, migrated and empty, made once for each worker."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    template = db.Database(f"sqlite:///{path}")
    migrations.upgrade(template)
    with template.writer.connect() as connection:
        # A copy must be whole without the write-ahead log beside it.
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    template.close()
    return path


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[db.Database]:
    """An empty SQLite database at the newest schema, bound as the process's own."""
    path = tmp_path / "test.db"
    shutil.copyfile(sqlite_template, path)
    yield from binding(db.Database(f"sqlite:///{path}"), tmp_path)


@pytest.fixture
def pg_database(postgres_address: str, tmp_path: Path) -> Iterator[db.Database]:
    """An empty PostgreSQL database at the newest schema, bound as the process's own."""
    yield from binding(db.Database(postgres_address), tmp_path)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_database(request: pytest.FixtureRequest) -> db.Database:
    """The same test on SQLite and on PostgreSQL."""
    found: db.Database = request.getfixturevalue(ENGINES[request.param])
    return found


def binding(database: db.Database, folder: Path) -> Iterator[db.Database]:
    """Bind a database, an empty file store and a folder for keys while a test runs, and give the connections back."""
    db.bind(database)
    files.bind(files.LocalFiles(folder / "files"))
    contents.bind(contents.LocalContents(folder / "evidence"))
    seals.bind(seals.Seals(folder / "seals"))
    yield database
    seals.bind(None)
    contents.bind(None)
    files.bind(None)
    db.bind(None)
    database.close()


class Queries(list[str]):
    """The statements a block has sent, without the savepoints and transaction marks around them."""

    def about(self, table: str) -> list[str]:
        """Those that name a table."""
        return [statement for statement in self if table in statement]


@pytest.fixture
def counting_queries() -> Callable[[], AbstractContextManager[Queries]]:
    """``with counting_queries() as queries:`` collects what the bound database is asked inside the block.

    A page whose queries grow with its rows asks more for more rows: count twice, compare.
    """

    @contextmanager
    def counting() -> Iterator[Queries]:
        queries = Queries()
        engines = (db.current().reader, db.current().writer)

        def collect(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")):
                queries.append(statement)

        for engine in engines:
            event.listen(engine, "before_cursor_execute", collect)
        try:
            yield queries
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", collect)

    return counting
