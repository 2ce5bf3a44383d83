"""``survey-app review``: what was signed, computed again."""

from __future__ import annotations

import sys

import click

from survey_app.cli.support import PARTLY, Progress, database_command, open_database, say
from survey_app.db import reading
from survey_app.queries import signed
from survey_app.queries.reviews import parse_month
from translations import gettext as _

#: Characters of a digest that are shown: enough to compare by eye, short enough for a terminal.
SHOWN = 16


@click.group()
def review() -> None:
    """Signed months: compute one again from what it was signed with."""


@review.command()
@click.argument("month", metavar="MONTH")
@database_command
def rerun(month: str, database_url: str | None) -> None:
    """Compute the signed MONTH (YYYY-MM) again from its stored inputs; exit 1 when any byte differs."""
    open_database(database_url)
    with reading() as session, Progress() as progress:
        progress(_("Computing %(month)s", month=month), 0.5)
        found = signed.rerun(session, parse_month(month))
    for name, (was, now) in found.files.items():
        click.echo(f"{'=' if was == now else '≠'} {name}  {was[:SHOWN]}  {now[:SHOWN]}")
    for whole, said in (
        (found.numbers_whole, _("The stored numbers are not those that were signed.")),
        (found.inputs_whole, _("The stored inputs are not those that were signed.")),
    ):
        if not whole:
            say(said)
    if found.same:
        click.echo(_("The same numbers come out, byte for byte."))
        return
    say(
        _(
            "Other bytes come out. Signed with version %(then)s, computed now with %(now)s.",
            then=found.signed_version,
            now=found.code_version,
        )
    )
    sys.exit(PARTLY)
