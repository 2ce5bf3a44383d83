"""``survey-app programme``: programmes of mystery visits made from a file, begun, closed and listed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from survey_app import clock, db
from survey_app.cli.support import actor, database_command, open_database, say
from survey_app.commands import programme_documents as documents
from survey_app.commands import programmes as commands
from survey_app.models import Programme
from survey_app.queries import certificates
from survey_app.queries import programmes as queries
from survey_app.transaction import transaction


@click.group()
def programme() -> None:
    """Plan, begin, close and list programmes of mystery visits."""


@programme.command("list")
@database_command
def list_(database_url: str | None) -> None:
    """List programmes: code, state, questionnaire, visits a month, branches told, certified shoppers."""
    open_database(database_url)
    with db.reading() as session:
        there = queries.branches(session, clock.today())
        for one in queries.every(session):
            told = queries.told(session, one.id)
            states = certificates.listing(session, one, limit=0).states
            cells: tuple[Any, ...] = (
                one.code,
                one.state,
                one.campaign.questionnaire.code,
                sum(queries.quota(queries.rules(one), there).values()),
                f"{sum(branch.id in told for branch in there)}/{len(there)}",
                sum(states.get(state, 0) for state in (certificates.CERTIFIED, certificates.ENDING))
                if one.quiz_id is not None
                else "-",
            )
            click.echo("\t".join(map(str, cells)))


@programme.command()
@click.argument("code")
@database_command
def show(code: str, database_url: str | None) -> None:
    """Write the programme CODE as YAML, as ``plan`` reads it."""
    open_database(database_url)
    with db.reading() as session:
        said = documents.write(session, queries.find(session, code))
    click.echo(said, nl=False)


@programme.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@database_command
def plan(file: Path, database_url: str | None) -> None:
    """Make the programme that the YAML FILE describes, or bring the one with its code up to it. Begins nothing."""
    open_database(database_url)
    document = documents.read(file.read_bytes())
    with transaction(actor(), "programme.plan", programme=str(document.get("code", ""))) as session:
        made = documents.plan(session, document)
        found = commands.lacks(session, made)
        said = _said(made)
    for _page, message in found:
        say(message)
    click.echo(said)


@programme.command()
@click.argument("code")
@database_command
def begin(code: str, database_url: str | None) -> None:
    """Let visits of the programme CODE be planned; says everything that is missing."""
    open_database(database_url)
    with transaction(actor(), "programme.begin", programme=code) as session:
        said = _said(commands.begin(session, code))
    click.echo(said)


@programme.command()
@click.argument("code")
@database_command
def close(code: str, database_url: str | None) -> None:
    """Let no more visits of the programme CODE be planned."""
    open_database(database_url)
    with transaction(actor(), "programme.close", programme=code) as session:
        said = _said(commands.close(session, code))
    click.echo(said)


def _said(one: Programme) -> str:
    return f"{one.code}\t{one.state}\t{one.revision}"
