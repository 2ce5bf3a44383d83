"""Alembic's entry: on a connection that the application hands over, or by the installation's own settings."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from survey_app import db
from survey_app.config import Settings
from survey_app.migrations import include_name


def run(connection: Connection) -> None:
    """Migrate on one connection."""
    context.configure(
        connection=connection,
        target_metadata=db.Base.metadata,
        include_name=include_name,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = db.Database(Settings.load().database_url)
    with database.writer.begin() as own:
        run(own)
