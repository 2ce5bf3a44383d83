"""``survey-app publish`` and ``retention``: what is done every night, by hand."""

from __future__ import annotations

import sys

import click

from survey_app import contents, files, seals
from survey_app.cli.support import PARTLY, database_command, open_database, say
from survey_app.commands import retention as keeping
from survey_app.commands import sealing
from translations import gettext as _


@click.command()
@database_command
def publish(database_url: str | None) -> None:
    """Publish the anonymous responses that wait, as the worker does every night.

    Of a branch and month fewer than the policy's least number go on waiting until the month closes. Exit code 1 where a
    response cannot be opened because its key is not here.
    """
    settings = open_database(database_url)
    seals.bind_folder(settings)
    done = sealing.publish()
    click.echo(_("Published: %(count)s. Waiting for others: %(held)s.", count=done.published, held=done.held))
    if done.unreadable:
        say(
            _(
                "Cannot be opened, because the key is not in the data folder: %(count)s. "
                "Put the folder of keys back from its copy and publish again.",
                count=done.unreadable,
            )
        )
        sys.exit(PARTLY)


@click.command()
@click.option("--apply", "applied", is_flag=True, help="Clear it; without this only say what would go.")
@database_command
def retention(applied: bool, database_url: str | None) -> None:
    """Clear contact, words, files and days whose time is over, as the worker does every night."""
    settings = open_database(database_url)
    files.bind_folder(settings)
    contents.bind_settings(settings)
    found = keeping.clear() if applied else keeping.count()
    for name, rows in found.items():
        click.echo(f"{name}\t{rows}")
    if not applied:
        say(_("Nothing was changed. With --apply these rows are cleared."))
