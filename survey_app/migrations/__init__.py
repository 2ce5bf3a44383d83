"""Bringing a database to the schema of this code, and saying when it is not there yet."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from survey_app import db, models
from survey_app.errors import UserError
from translations import gettext as _

FOLDER = Path(__file__).parent
#: Every model: importing them is what completes the metadata.
MODELS = models
#: Indexes that one engine alone has, over an expression that no model can say (``queries.found``).
OWN_INDEXES = frozenset({"ix_answer_words"})


def config() -> Config:
    """Alembic's settings, wherever the package is installed."""
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER))
    settings.set_main_option("path_separator", "os")
    return settings


def refuse_unknown(database: db.Database) -> None:
    """Refuse a database whose schema this code has never heard of: a newer program made it."""
    found = revision(database)
    known = {one.revision for one in ScriptDirectory.from_config(config()).walk_revisions()}
    if found is not None and found not in known:
        raise UserError(
            _(
                "The database is at %(revision)s, which this version does not know. Use the newer program.",
                revision=found,
            )
        )


def upgrade(database: db.Database) -> None:
    """Run every migration that the database has not seen, each database engine in one transaction."""
    refuse_unknown(database)
    settings = config()
    with database.writer.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


def head() -> str | None:
    """The newest migration that this code brings."""
    return ScriptDirectory.from_config(config()).get_current_head()


def revision(database: db.Database) -> str | None:
    """The newest migration that the database has run, or None for an empty one."""
    with database.reader.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_behind(database: db.Database) -> bool:
    """Whether the database still lacks a migration of this code."""
    return revision(database) != head()


def differences(connection: Connection) -> list[object]:
    """What the models say and the database lacks, or the other way round; empty when they agree."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": include_name})
    return list(compare_metadata(context, db.Base.metadata))


def include_name(name: str | None, type_: str, _parents: object) -> bool:
    """Leave tables of other owners (the job store, SQLite's index of comments) out of the comparison."""
    if type_ == "index":
        return name not in OWN_INDEXES
    return type_ != "table" or name in db.Base.metadata.tables
