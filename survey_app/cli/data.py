"""``survey-app demo``: a synthetic bank to look at, on this machine only."""

from __future__ import annotations

import click

from survey_app import demo as bank
from survey_app.cli.support import ADDRESS, Progress, database_command, demo_note, open_database, say
from survey_app.config import Settings
from survey_app.errors import Forbidden
from translations import gettext as _


def load(settings: Settings, *, branches: int = 60, months: int = 15, seed: int = 7) -> bank.Summary:
    """Load the demo bank into an empty database that only this machine can reach."""
    if settings.production or not settings.loopback:
        raise Forbidden(_("The demo bank is loaded only for a loopback address and never in production."))
    with Progress() as progress:
        summary = bank.load(settings, branches=branches, months=months, seed=seed, progress=progress)
    # Where it is served may change from start to start, so the note leaves the address open.
    note = demo_note(settings)
    note.touch(mode=0o600)
    note.write_text(summary.text(ADDRESS), encoding="utf-8")
    return summary


@click.command()
@click.option("--branches", type=click.IntRange(4, 500), default=60, show_default=True)
@click.option("--months", type=click.IntRange(1, 60), default=15, show_default=True)
@click.option("--seed", type=int, default=7, show_default=True)
@database_command
def demo(branches: int, months: int, seed: int, database_url: str | None) -> None:
    """Load a synthetic bank into an empty database."""
    settings = open_database(database_url, migrate=True)
    say(_("Loading a synthetic bank: %(branches)s branches, %(months)s months.", branches=branches, months=months))
    summary = load(settings, branches=branches, months=months, seed=seed)
    click.echo(summary.text(settings.base_url))
