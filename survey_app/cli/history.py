"""``survey-app import history``: responses of another system, matched by a mapping, tried and imported in one go."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path
from typing import Any

import click

from forms.questionnaire.exchange.history import mapping as mappings
from forms.questionnaire.exchange.history import propose
from forms.questionnaire.exchange.history.mapping import Mapping as Matching
from survey_app import files
from survey_app.cli.support import PARTLY, Progress, actor, database_command, open_database, say
from survey_app.commands.history import keeping, runs, working
from survey_app.commands.history.checking import opened
from survey_app.db import reading
from survey_app.errors import UserError
from survey_app.models import ImportRun
from survey_app.queries import history as queries
from survey_app.queries import questionnaires
from survey_app.readers import Unreadable, read_bytes
from survey_app.transaction import transaction
from translations import gettext as _

#: Reasons named on the terminal.
SHOWN = 30
#: A turn that never ends: nobody else waits for this process.
_ENDLESS = 1e12


@click.command("history")
@click.argument("code")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the columns and values mean, as YAML; without it the likely meaning is written out and nothing is done.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@click.option(
    "--refused",
    "refused_to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where refused rows go; NAME.refused.csv beside FILE by default.",
)
@database_command
def history(
    code: str,
    file: Path,
    mapping_file: Path | None,
    dry_run: bool,
    refused_to: Path | None,
    database_url: str | None,
) -> None:
    """Historic responses to the questionnaire CODE: CSV, XLSX, SPSS .sav or Qualtrics CSV.

    The first call, without --mapping, prints the likely mapping: keep it in a file, complete it, and call again.
    """
    open_database(database_url)
    with reading() as session:
        there = opened(session, questionnaires.by_code(session, code))
    source, file_id = keeping.keep(read_bytes(file))
    run_id: int | None = None
    try:
        if mapping_file is None:
            click.echo(mappings.write_yaml(propose.propose(there.definition, source)), nl=False)
            return
        matching = _mapping(mapping_file)
        with transaction(actor(), "history.upload", questionnaire=code, rows=source.rows) as session:
            questionnaire = questionnaires.by_code(session, code)
            run = runs.begin(
                session, questionnaire, source, filename=file.name, file_id=file_id, user_id=None, fresh=True
            )
            run_id = run.id
            runs.save(session, run_id, matching)
            runs.start_trial(session, run_id, queue=False)
        trial = _try(run_id)
        _tell(trial, dry_run)
        _keep_refused(run_id, refused_to or file.with_name(f"{file.stem}.refused.csv"), dry_run)
        if not dry_run and trial["added"]:
            with transaction(actor(), "history.import", run=run_id) as session:
                runs.start_import(session, run_id, trial["key"], queue=False)
            begun, run_id = run_id, None
            _bring_in(begun)
        sys.exit(PARTLY if trial["refused"] else 0)
    finally:
        if run_id is not None:
            with transaction(actor(), "history.discard", run=run_id) as session:
                runs.discard(session, run_id)
        files.store().delete(file_id)


def _mapping(path: Path) -> Matching:
    try:
        return mappings.read_yaml(path.read_bytes())
    except mappings.Unfit as error:
        places = [(problem.place, problem.message) for problem in error.problems]
        raise Unreadable(_("The mapping cannot be used."), places) from error


def _try(run_id: int) -> dict[str, Any]:
    with Progress() as progress:
        working.try_file(run_id, lambda done, total: progress(_("%(count)s rows", count=f"{done:,}"), done / total))
    with reading() as session:
        return queries.trial(session.get_one(ImportRun, run_id))


def _bring_in(run_id: int) -> None:
    with Progress() as progress:
        working.bring_in(
            run_id,
            lambda done, total: progress(_("%(count)s responses", count=f"{done:,}"), done / total),
            turn=_ENDLESS,
        )
    with reading() as session:
        run = session.get_one(ImportRun, run_id)
        click.echo(_("Imported as run %(run)s: %(count)s added.", run=run.id, count=run.added))


def _tell(trial: dict[str, Any], dry_run: bool) -> None:
    if dry_run:
        click.echo(_("Dry run: nothing was written."))
    for line in (
        _("Would be added: %(count)s", count=trial["added"]),
        _("Unchanged: %(count)s", count=trial["same"]),
        _("Refused: %(count)s", count=trial["refused"]),
        _("Months: %(months)s", months=", ".join(trial["months"])),
    ):
        click.echo(f"  {line}")
    if trial["signed"]:
        say(_("Signed months that would change: %(months)s", months=", ".join(trial["signed"])))
    for column, message, times, row in trial["reasons"][:SHOWN]:
        place = f"{column}: " if column else ""
        say(_("%(count)s rows, the first in row %(row)s: %(message)s", count=times, row=row, message=place + message))


def _keep_refused(run_id: int, path: Path, dry_run: bool) -> None:
    """Put the refused rows beside the file; an existing file is never written over."""
    with reading() as session:
        kept = queries.trial_files(session.get_one(ImportRun, run_id)).get("refused")
    if kept is None or dry_run:
        return
    numbered = (path if number == 1 else path.with_name(f"{path.stem}-{number}.csv") for number in count(1))
    path = next(one for one in numbered if not one.exists())
    try:
        path.write_bytes(files.store().path(kept).read_bytes())
    except OSError as error:
        raise UserError(_("The refused rows could not be written to %(file)s.", file=str(path))) from error
    say(_("The refused rows are in %(file)s. Mend them there and import that file.", file=path))
