"""``survey-app organisation``: the organisation's name, what public pages say of it, and the method's policy."""

from __future__ import annotations

import json

import click

from survey_app.cli.support import actor, database_command, open_database
from survey_app.commands import organisation as commands
from survey_app.db import reading
from survey_app.errors import UserError
from survey_app.queries import organisation as queries
from survey_app.transaction import transaction
from translations import gettext as _


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals:
            raise UserError(_("Write %(text)s as KEY=VALUE.", text=one))
        pairs[key.strip()] = value.strip()
    return pairs


def _value(text: str) -> object:
    """A policy value as JSON (0.6, true, ["a"]), else as it is written."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


@click.command()
@click.option("--name", multiple=True, metavar="LANGUAGE=NAME", help="The name in a language: he=…")
@click.option("--detail", multiple=True, metavar="KEY=TEXT", help=f"For public pages: {', '.join(commands.DETAILS)}.")
@click.option(
    "--policy", multiple=True, metavar="KEY=VALUE", help="A setting of the method, as docs/analysts.md lists them."
)
@database_command
def organisation(
    name: tuple[str, ...], detail: tuple[str, ...], policy: tuple[str, ...], database_url: str | None
) -> None:
    """Show the organisation, after changing what the options say."""
    open_database(database_url)
    if name or detail or policy:
        with transaction(actor(), "organisation.change") as session:
            commands.change(
                session,
                name=_pairs(name),
                details=_pairs(detail),
                policy={key: _value(value) for key, value in _pairs(policy).items()},
            )
    with reading() as session:
        found = queries.organisation(session)
        settings = {"name": found.name, "details": found.details, "policy": queries.policy(session).as_dict()}
    click.echo(json.dumps(settings, ensure_ascii=False, indent=2))
