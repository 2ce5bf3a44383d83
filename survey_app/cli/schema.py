"""``survey-app migrate``: the database's schema."""

from __future__ import annotations

import click

from survey_app import db, migrations
from survey_app.cli.support import connect, database_command, say
from survey_app.config import Settings
from translations import gettext as _


@click.command()
@database_command
def migrate(database_url: str | None) -> None:
    """Bring the database to this version's schema."""
    connect(Settings.load(database_url=database_url))
    database = db.current()
    before = migrations.revision(database)
    migrations.upgrade(database)
    after = migrations.revision(database)
    if before == after:
        say(_("The database is at %(revision)s already.", revision=after))
    else:
        say(_("Migrated from %(before)s to %(after)s.", before=before or _("empty"), after=after))
