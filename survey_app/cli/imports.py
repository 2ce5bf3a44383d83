"""``survey-app import``: files of branches, agents, users, profits, questionnaires and responses."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from survey_app.cli.history import history
from survey_app.cli.support import UNUSABLE, Progress, actor, database_command, open_database, say
from survey_app.commands.imports import HANDLERS, documents, engine
from survey_app.commands.imports.handler import Options
from survey_app.commands.imports.report import ADDED, Summary
from survey_app.errors import UserError
from survey_app.kinds import KINDS
from translations import gettext as _

#: Refused rows named on the terminal; all of them are in the file of refused rows.
SHOWN = 50

_FILE = click.argument("file", type=click.Path(path_type=Path))
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
_REFUSED = click.option(
    "--refused",
    "refused_to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where refused rows go; NAME.refused.csv beside FILE by default.",
)


@click.group("import")
def imports() -> None:
    """Import a file: CSV, XLSX or the Bank of Israel's register.

    Exit codes: 0 every row was taken, 1 some were refused, 2 the file cannot be used.
    """


def _run(
    kind: str, file: Path, dry_run: bool, refused_to: Path | None, database_url: str | None, bank: str | None = None
) -> None:
    open_database(database_url)
    if refused_to is not None and refused_to.resolve() == file.resolve():
        raise click.UsageError(_("The refused rows cannot go into the file they come from."))
    with Progress() as progress:
        summary = engine.run_import(
            HANDLERS[kind],
            file,
            actor=actor(),
            options=Options(bank=bank),
            dry_run=dry_run,
            refused_to=refused_to,
            progress=lambda done, total: progress(
                _("%(count)s rows", count=f"{done:,}"), done / total if total else 0.0
            ),
        )
    _tell(summary)
    sys.exit(summary.exit_code)


def _tell(summary: Summary) -> None:
    click.echo("\n".join(summary.lines()))
    lines = [line for refusal in summary.refused for line in refusal.lines()]
    for line in lines[:SHOWN]:
        say(line)
    if len(lines) > SHOWN:
        say(_("and %(count)s more", count=len(lines) - SHOWN))
    if summary.refused_file is not None:
        say(
            _(
                "The refused rows are in %(file)s. Mend them there and import that file.",
                file=summary.refused_file,
            )
        )


def _table_command(kind: str, summary: str) -> Callable[..., None]:
    """A subcommand for a kind of table that needs no options of its own."""

    @imports.command(kind, help=summary)
    @_FILE
    @_DRY_RUN
    @_REFUSED
    @database_command
    def command(file: Path, dry_run: bool, refused_to: Path | None, database_url: str | None) -> None:
        _run(kind, file, dry_run, refused_to, database_url)

    return command


imports.add_command(history)


@imports.command("branches")
@_FILE
@click.option("--bank", metavar="NUMBER", help="Take this bank's branches only.")
@_DRY_RUN
@_REFUSED
@database_command
def branches(file: Path, bank: str | None, dry_run: bool, refused_to: Path | None, database_url: str | None) -> None:
    """Branches: a list of your own, or the Bank of Israel's register as XML or CSV."""
    _run("branches", file, dry_run, refused_to, database_url, bank)


_table_command("agents", "Agents and the branches they are placed at, one row for each time at a branch.")
_table_command("users", "People who log in. New ones get no password: set one with survey-app user password.")
_table_command("shoppers", "Mystery shoppers and their profiles. New ones get no password: set one as for users.")
_table_command("notices", "The staff-notice register: when each branch's staff were told of a programme.")
_table_command("profits", "Profit of each branch and month, in ILS.")
_table_command("benchmarks", "Values of published series that stand beside our numbers.")
_table_command("affected", "Whom an incident hit, and whom the organisation's own calls have reached already.")
_table_command("consents", "Consent to contacts that offer something: who agreed, and who took it back.")
_table_command("departures", "Customers who left: month, branch and tenure band.")
_table_command("trainings", "Courses and quizzes that employees took elsewhere.")
_table_command("messages", "What customers wrote elsewhere: letters, e-mails, chats, reviews. Also as JSON lines.")
_table_command("responses", "Finished questionnaires from another system.")


@imports.command("questionnaire")
@click.argument("file", required=False)
@click.option("--all", "everything", is_flag=True, help="Every questionnaire that ships with the product.")
@click.option("--draft", is_flag=True, help="Bring it in without publishing it.")
@click.option("--list", "listing", is_flag=True, help="Name the questionnaires that ship with the product.")
@click.option("--kind", type=click.Choice(list(KINDS)), help="The kind of an XLSForm, which does not say it itself.")
@click.option("--code", default="", metavar="CODE", help="Another code than the file's.")
@_DRY_RUN
@database_command
def questionnaire(
    file: str | None,
    everything: bool,
    draft: bool,
    listing: bool,
    kind: str | None,
    code: str,
    dry_run: bool,
    database_url: str | None,
) -> None:
    """A questionnaire: a FILE (our YAML or JSON, or XLSForm), or the code of one that ships with the product."""
    if listing:
        click.echo("\n".join(documents.shipped()))
        return
    if everything == (file is not None):
        raise click.UsageError(_("Name one file or code, or say --all."))
    open_database(database_url)
    failed = False
    with Progress() as progress:
        names = documents.shipped() if everything else [file or ""]
        for number, name in enumerate(names):
            progress(name, number / len(names))
            failed |= not _bring_in(name, draft, dry_run, kind, code)
    sys.exit(UNUSABLE if failed else 0)


def _bring_in(name: str, draft: bool, dry_run: bool, kind: str | None, code: str) -> bool:
    """Bring in one questionnaire and say so; a faulty one does not keep the others out."""
    try:
        brought = documents.run_import(name, actor=actor(), publish=not draft, dry_run=dry_run, kind=kind, code=code)
    except UserError as error:
        say(error.message)
        for place, message in error.places:
            say(f"  {place}: {message}" if place else f"  {message}")
        return False
    message = (
        _("Added: %(code)s, version %(version)s", code=brought.code, version=brought.version)
        if brought.verdict == ADDED
        else _("Unchanged: %(code)s, version %(version)s", code=brought.code, version=brought.version)
    )
    click.echo(message)
    if brought.notes:
        say(_("Not carried over:"))
        for place, reason in brought.notes:
            say(f"  {place}: {reason}" if place else f"  {reason}")
    return True
