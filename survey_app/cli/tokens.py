"""``survey-app token``: keys with which other systems send visits and opt-outs."""

from __future__ import annotations

import click

from survey_app import clock
from survey_app.cli.support import actor, database_command, open_database, say
from survey_app.commands import tokens
from survey_app.db import reading
from survey_app.transaction import transaction
from translations import format_datetime
from translations import gettext as _


@click.group("token")
def token() -> None:
    """Keys of other systems: make one, list them, revoke one."""


@token.command("create")
@click.argument("name")
@database_command
def create(name: str, database_url: str | None) -> None:
    """Make a key for the system NAME. Only the key goes to stdout, and it is never shown again."""
    open_database(database_url)
    with transaction(actor(), "token.create") as session:
        made, key = tokens.create(session, name)
        named = made.name
    say(_("Made the key %(name)s. It is shown this once:", name=named))
    click.echo(key)


@token.command("list")
@database_command
def list_(database_url: str | None) -> None:
    """Every key, with when it was last used."""
    open_database(database_url)
    with reading() as session:
        found = tokens.all_of(session)
    if not found:
        say(_("No keys."))
    for one in found:
        used = (
            _("last used %(when)s", when=format_datetime(clock.local(one.last_used_at)))
            if one.last_used_at
            else _("never used")
        )
        click.echo(f"{one.name}\t{_('revoked') if one.revoked_at else _('in force')}\t{used}")


@token.command("revoke")
@click.argument("name")
@database_command
def revoke(name: str, database_url: str | None) -> None:
    """End the key of the system NAME for good."""
    open_database(database_url)
    with transaction(actor(), "token.revoke") as session:
        ended = tokens.revoke(session, tokens.by_name(session, name).id)
        named = ended.name
    click.echo(_("The key %(name)s was revoked.", name=named))
