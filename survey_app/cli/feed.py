"""``survey-app feed``, ``exclusions`` and ``optout``: whom surveys may ask, and whom not."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from survey_app import clock, files
from survey_app.cli.support import PARTLY, Progress, actor, database_command, open_database, say
from survey_app.commands import exclusions as exclusion_commands
from survey_app.commands import optouts
from survey_app.commands.feeding import folder, keeping, runs, sheets
from survey_app.commands.feeding.sorts import SORTS
from survey_app.commands.imports.refused_file import beside
from survey_app.db import reading
from survey_app.errors import UserError
from survey_app.models import ImportRun
from survey_app.models.outreach import EXCLUSION_REASONS
from survey_app.outreach import addresses
from survey_app.queries import exclusions as exclusion_queries
from survey_app.readers import read_bytes
from survey_app.transaction import transaction
from translations import gettext as _

#: A turn that never ends: nobody else waits for this process.
_ENDLESS = 1e12


@click.command("feed")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--as",
    "sort",
    type=click.Choice(list(SORTS)),
    default="interactions",
    show_default=True,
    help="What the file holds.",
)
@click.option("--whole", is_flag=True, help="The file is the whole list: whoever is not in it is taken off.")
@click.option(
    "--refused",
    "refused_to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where refused rows go; NAME.refused.csv beside FILE by default.",
)
@database_command
def feed(file: Path, sort: str, whole: bool, refused_to: Path | None, database_url: str | None) -> None:
    """Take in a FILE of customers' visits, of employees, of open cases or of opt-outs.

    Told twice, a row is stored once. Exit codes: 0 every row was taken, 1 some were refused, 2 the file cannot be used.
    """
    if whole and not SORTS[sort].exclusion:
        raise click.UsageError("--whole goes with --as employees or --as open_cases.")
    open_database(database_url)
    kept = keeping.keep(read_bytes(file), SORTS[sort])
    try:
        with transaction(actor(), "feed.command", sort=sort, rows=kept.rows) as session:
            run_id = runs.begin(session, SORTS[sort], kept, filename=file.name, whole=whole, queue=False).id
    except BaseException:
        files.store().delete(kept.file_id)
        raise
    with Progress() as progress:
        runs.bring_in(
            run_id,
            lambda done, total: progress(_("%(count)s rows", count=f"{done:,}"), done / total),
            turn=_ENDLESS,
        )
    with reading() as session:
        run = session.get_one(ImportRun, run_id)
    click.echo("\n".join(folder.report(run)))
    if run.report.get("removed"):
        click.echo(_("Left the list: %(count)s", count=f"{run.report['removed']:,}"))
    if run.refused:
        _keep_refused(run, refused_to or beside(file))
    sys.exit(PARTLY if run.refused else 0)


def _keep_refused(run: ImportRun, path: Path) -> None:
    try:
        path.write_bytes(b"".join(sheets.refused(run)))
    except OSError as error:
        raise UserError(_("The refused rows could not be written to %(file)s.", file=str(path))) from error
    say(_("The refused rows are in %(file)s. Mend them there and import that file.", file=path))


@click.group("exclusions")
def exclusions() -> None:
    """Who is not to be asked: employees, and customers with an open case. Files of them: survey-app feed --as."""


@exclusions.command("list")
@database_command
def list_(database_url: str | None) -> None:
    """The lists in numbers."""
    open_database(database_url)
    with reading() as session:
        for one in exclusion_queries.lists(session, clock.today()):
            click.echo(
                _("%(list)s: %(holding)s in force, %(over)s over", list=one.reason, holding=one.holding, over=one.over)
            )


@exclusions.command("remove")
@click.argument("reason", type=click.Choice(EXCLUSION_REASONS))
@click.argument("address", nargs=-1, required=True)
@database_command
def remove(reason: str, address: tuple[str, ...], database_url: str | None) -> None:
    """Take telephones, e-mails or references (ref:…) off a list."""
    open_database(database_url)
    with transaction(actor(), "exclusion.remove", list=reason) as session:
        gone = exclusion_commands.release(session, reason, addresses.every(address))
    click.echo(_("Left the list: %(count)s", count=gone))


@click.group("optout")
def opt_out() -> None:
    """Who asked for no more surveys. Files of them: survey-app feed --as opt_outs."""


@opt_out.command("add")
@click.argument("address", nargs=-1, required=True)
@database_command
def add(address: tuple[str, ...], database_url: str | None) -> None:
    """No more surveys for telephones, e-mails or references (ref:…)."""
    open_database(database_url)
    with transaction(actor(), "optout.add") as session:
        made = optouts.opt_out(session, address, "staff")
    click.echo(
        _(
            "Opted out. New addresses: %(count)s; messages cancelled: %(messages)s; invitations revoked:"
            " %(invitations)s.",
            count=made.addresses,
            messages=made.messages,
            invitations=made.invitations,
        )
    )


@opt_out.command("back")
@click.argument("address", nargs=-1, required=True)
@database_command
def back(address: tuple[str, ...], database_url: str | None) -> None:
    """Take an opt-out back."""
    open_database(database_url)
    with transaction(actor(), "optout.remove") as session:
        gone = optouts.opt_in(session, address)
    click.echo(_("Taken back. Addresses that left the list: %(count)s.", count=gone))
