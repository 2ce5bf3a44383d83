"""``survey-app facts``: compare what stands with what the answers say, or write it anew."""

from __future__ import annotations

import sys

import click

from survey_app import clock
from survey_app.cli.support import PARTLY, Progress, actor, database_command, open_database, say
from survey_app.commands import rescoring
from survey_app.commands.facts import months_with_facts
from survey_app.db import reading
from survey_app.transaction import transaction
from translations import gettext as _

#: Differences spelled out; the rest is counted.
SHOWN = 20


@click.command()
@click.option("--check", "action", flag_value="check", help="Compare; exit 1 on any difference.")
@click.option("--rebuild", "action", flag_value="rebuild", help="Put every month right from its answers.")
@database_command
def facts(action: str | None, database_url: str | None) -> None:
    """Recompute all facts from the answers and compare them, or put them right."""
    if action is None:
        raise click.UsageError(_("Say --check or --rebuild."))
    open_database(database_url)
    ACTIONS[action]()


def _check() -> None:
    found = 0
    with reading() as session, Progress() as progress:
        months = months_with_facts(session)
        for number, month in enumerate(months):
            progress(month, number / len(months))
            for difference in rescoring.check(session, month):
                found += 1
                if found <= SHOWN:
                    say(
                        _(
                            "%(table)s %(key)s: stands %(stands)s, should be %(computed)s",
                            table=difference.table,
                            key=difference.key,
                            stands=difference.stands,
                            computed=difference.computed,
                        )
                    )
    if found:
        say(_("Differences: %(count)s. Run survey-app facts --rebuild to put them right.", count=found))
        sys.exit(PARTLY)
    click.echo(_("The facts of %(count)s months equal the answers to the last bit.", count=len(months)))


def _rebuild() -> None:
    with reading() as session:
        months = months_with_facts(session)
    written = 0
    with Progress() as progress:
        for number, month in enumerate(months):
            progress(month, number / len(months))
            with reading() as session:
                found = rescoring.wrong(session, month)
            with transaction(actor(), "facts.rebuild", month=month, scores=len(found)) as session:
                written += rescoring.rebuild(session, month, found)
    click.echo(
        _(
            "Rebuilt on %(date)s: %(count)s months, %(rows)s rows.",
            date=clock.today().isoformat(),
            count=len(months),
            rows=written,
        )
    )


ACTIONS = {"check": _check, "rebuild": _rebuild}
