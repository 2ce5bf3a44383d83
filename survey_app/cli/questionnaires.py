"""``survey-app export questionnaire``: a questionnaire as a file, in our own format or as XLSForm."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import click

from forms.questionnaire.definition import Problem
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.exchange import documents, xlsform
from survey_app.cli.support import database_command, open_database, say
from survey_app.db import reading
from survey_app.errors import NotFound
from survey_app.models import Questionnaire, Version
from survey_app.queries import questionnaires as queries
from translations import gettext as _

#: Format -> its writer.
WRITERS: Final[Mapping[str, Callable[[Definition], bytes]]] = {
    "yaml": documents.write_yaml,
    "json": documents.write_json,
    "xlsx": xlsform.write,
}


@click.command()
@click.argument("code")
@click.option("--version", "number", type=int, metavar="N", help="The newest by default, be it a draft.")
@click.option("--format", "form", type=click.Choice(list(WRITERS)), default="yaml", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead of stdout.")
@database_command
def questionnaire(code: str, number: int | None, form: str, out: Path | None, database_url: str | None) -> None:
    """The questionnaire CODE: YAML or JSON, which say all of it, or XLSForm (xlsx)."""
    open_database(database_url)
    with reading() as session:
        definition = queries.definition(_version(queries.by_code(session, code), number))
    content = WRITERS[form](definition)
    if form == "xlsx":
        _tell(xlsform.losses(definition))
    if out is None:
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise click.FileError(str(out), error.strerror) from error


def _version(found: Questionnaire, number: int | None) -> Version:
    wanted = [version for version in found.versions if number in {None, version.number}]
    if not wanted:
        raise NotFound(_("There is no version %(number)s of this questionnaire.", number=number))
    return wanted[-1]


def _tell(losses: list[Problem]) -> None:
    """What other programs will not see, on stderr."""
    if losses:
        say(_("Other programs do not see:"))
    for place, reason in losses:
        say(f"  {place}: {reason}" if place else f"  {reason}")
