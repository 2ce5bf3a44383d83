"""Engines, sessions and the base of every model.

Two engines to the same database: one that writes and one that reads. On SQLite the driver's own transactions lose
concurrent read-then-write updates without an error, so the write engine begins every transaction with
``BEGIN IMMEDIATE``; reads take no lock. Nothing outside :mod:`survey_app.transaction` opens a writing session.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, DateTime, Engine, MetaData, String, TypeDecorator, create_engine, event, make_url
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
#: How long a writer waits for another, in seconds, before it gives up.
BUSY_TIMEOUT = 20


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC on every database; SQLite alone would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all models: one naming convention, one map of Python types to columns."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Moment(), str: String(), dict[str, Any]: JSON(), list[Any]: JSON(), Any: JSON()}


def _prepare_sqlite(engine: Engine, begin: str) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin on its own
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA cache_size=-32000")
        # What is deleted is overwritten: a draft that was sent leaves no words on a free page.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)


class Database:
    """One database by its address, with its writing and its reading engine."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        if address.drivername in {"postgresql", "postgres"}:
            address = address.set(drivername="postgresql+psycopg")
        self.url = address
        #: What was made of reports by what it is of, each with the count of writes under which it is good.
        self.reports: OrderedDict[Any, Any] = OrderedDict()
        self.is_sqlite = address.get_backend_name() == "sqlite"
        # A failing statement is logged with its exception: without the values, which may be addresses or answers.
        hidden: dict[str, Any] = {"hide_parameters": True}
        if self.is_sqlite:
            if address.database and address.database != ":memory:":
                Path(address.database).parent.mkdir(parents=True, exist_ok=True)
            options: dict[str, Any] = {"connect_args": {"timeout": BUSY_TIMEOUT, "check_same_thread": False}}
        else:
            options = {"pool_pre_ping": True}
        self.writer = create_engine(address, **hidden, **options)
        # Everything a page or a check reads is of one moment; SQLite's reading transactions are so by nature.
        snapshot = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self.reader = create_engine(address, **hidden, **options, **snapshot)
        if self.is_sqlite:
            _prepare_sqlite(self.writer, "BEGIN IMMEDIATE")
            _prepare_sqlite(self.reader, "BEGIN")

    def close(self) -> None:
        """Give all connections back."""
        self.writer.dispose()
        self.reader.dispose()


_bound: Database | None = None
_local: ContextVar[Database | None] = ContextVar("database", default=None)


def bind(database: Database | None) -> None:
    """Make a database the process's own; one installation has one."""
    global _bound  # noqa: PLW0603 - the process has one database, as it has one clock
    _bound = database


@contextmanager
def bound(database: Database) -> Iterator[Database]:
    """Use another database for this context only: several in one test run."""
    token = _local.set(database)
    try:
        yield database
    finally:
        _local.reset(token)


def current() -> Database:
    """The database in use."""
    database = _local.get() or _bound
    if database is None:
        raise RuntimeError("no database is bound")
    return database


@contextmanager
def reading() -> Iterator[Session]:
    """A session for reading: it takes no lock and keeps nothing."""
    with Session(current().reader, autoflush=False) as session:
        yield session
