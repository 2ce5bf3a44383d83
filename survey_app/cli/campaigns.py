"""``survey-app campaign``: the rules of campaigns."""

from __future__ import annotations

import click

from survey_app.cli.support import actor, database_command, open_database
from survey_app.commands import campaigns
from survey_app.models.campaign import PRIVACY
from survey_app.transaction import transaction


@click.group()
def campaign() -> None:
    """Change the rules of campaigns."""


@campaign.command()
@click.argument("code")
@click.argument("mode", type=click.Choice(PRIVACY))
@database_command
def privacy(code: str, mode: str, database_url: str | None) -> None:
    """Set the privacy MODE of the campaign CODE. After the first answer the mode stays as it was promised."""
    open_database(database_url)
    with transaction(actor(), "campaign.privacy", campaign=code, mode=mode) as session:
        found = campaigns.change_privacy(session, code, mode)
        said = f"{found.code}\t{found.privacy}"
    click.echo(said)
