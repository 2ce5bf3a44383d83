"""``survey-app campaign``: campaigns planned, opened, paused and ended at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from survey_app import db
from survey_app.cli.support import actor, database_command, open_database, say
from survey_app.commands import campaign_documents, campaigns
from survey_app.models import Campaign
from survey_app.models.campaign import PRIVACY
from survey_app.queries import campaign_list, campaign_plans, readiness
from survey_app.queries import campaigns as queries
from survey_app.queries.readiness import Installation
from survey_app.transaction import transaction
from translations import gettext as _

#: Campaigns that ``list`` reads at a time.
PAGE = 500


@click.group()
def campaign() -> None:
    """Plan, open, pause and end campaigns."""


@campaign.command("list")
@click.option("--state", type=click.Choice(list(campaign_list.ORDER)), default=None, help="Only campaigns in a state.")
@database_command
def list_(state: str | None, database_url: str | None) -> None:
    """List campaigns: code, state, questionnaire, first and last day, invited, finished."""
    open_database(database_url)
    with db.reading() as session:
        offset, total = 0, 1
        while offset < total:
            rows, total = campaign_list.listing(session, state=state or "", limit=PAGE, offset=offset)
            offset += PAGE
            for row in rows:
                one = row.campaign
                cells = (
                    one.code,
                    one.state,
                    one.questionnaire.code,
                    one.opens,
                    one.closes or "",
                    row.invited,
                    row.finished,
                )
                click.echo("\t".join(map(str, cells)))


@campaign.command()
@click.argument("code")
@database_command
def show(code: str, database_url: str | None) -> None:
    """Write the campaign CODE as JSON: its columns, the rules in force, and what is planned beside them."""
    open_database(database_url)
    with db.reading() as session:
        said = json.dumps(_document(queries.by_code(session, code)), ensure_ascii=False, indent=2)
    click.echo(said)


def _document(one: Campaign) -> dict[str, Any]:
    columns = {name: getattr(one, name) for name in campaign_plans.COLUMNS}
    return {
        "code": one.code,
        "state": one.state,
        "revision": one.revision,
        "questionnaire": one.questionnaire.code,
        **{name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in columns.items()},
        "in_force": {"rules": one.rules, "texts": one.texts} if one.rules else None,
        "planned": one.plan or None,
    }


@campaign.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@database_command
def plan(file: Path, database_url: str | None) -> None:
    """Plan the campaign that the YAML FILE describes; a campaign with its code is brought up to it. Opens nothing."""
    settings = open_database(database_url)
    document = campaign_documents.read(file.read_bytes())
    with transaction(actor(), "campaign.plan", campaign=str(document.get("code", ""))) as session:
        made = campaign_documents.plan(session, document)
        found = readiness.checks(session, made, campaign_plans.plan_of(made), Installation.of(settings))
        said = f"{made.code}\t{made.state}\t{made.revision}"
    for one in found:
        words = (
            _("Error: %(message)s", message=one.message)
            if one.stops
            else _("Warning: %(message)s", message=one.message)
        )
        say(words)
    click.echo(said)


@campaign.command("open")
@click.argument("code")
@database_command
def open_(code: str, database_url: str | None) -> None:
    """Put the plan of the campaign CODE into force, and open it; says everything that stops it."""
    settings = open_database(database_url)
    with transaction(actor(), "campaign.open", campaign=code) as session:
        said = _said(campaigns.open_(session, code, revision=None, installation=Installation.of(settings)))
    click.echo(said)


@campaign.command()
@click.argument("code")
@database_command
def pause(code: str, database_url: str | None) -> None:
    """Let the campaign CODE invite nobody for a while; whoever was invited can still answer."""
    open_database(database_url)
    with transaction(actor(), "campaign.pause", campaign=code) as session:
        said = _said(campaigns.pause(session, code))
    click.echo(said)


@campaign.command("go-on")
@click.argument("code")
@database_command
def go_on(code: str, database_url: str | None) -> None:
    """Let the campaign CODE invite again after a pause."""
    settings = open_database(database_url)
    with transaction(actor(), "campaign.go_on", campaign=code) as session:
        said = _said(campaigns.go_on(session, code, installation=Installation.of(settings)))
    click.echo(said)


@campaign.command()
@click.argument("code")
@database_command
def end(code: str, database_url: str | None) -> None:
    """End the campaign CODE for good: it takes no answers any more."""
    open_database(database_url)
    with transaction(actor(), "campaign.end", campaign=code) as session:
        said = _said(campaigns.end(session, code))
    click.echo(said)


def _said(one: Campaign) -> str:
    return f"{one.code}\t{one.state}"


@campaign.command()
@click.argument("code")
@click.argument("mode", type=click.Choice(PRIVACY))
@database_command
def privacy(code: str, mode: str, database_url: str | None) -> None:
    """Set the privacy MODE of the campaign CODE. Once somebody was promised a mode, it stays."""
    open_database(database_url)
    with transaction(actor(), "campaign.privacy", campaign=code, mode=mode) as session:
        found = campaigns.change_privacy(session, code, mode)
        said = f"{found.code}\t{found.privacy}"
    click.echo(said)
