"""``survey-app report``: a month's report as a file, with the same numbers as the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from reports import tables
from reports.documents import csv
from survey_app.cli.support import Progress, database_command, open_database, say
from survey_app.db import reading
from survey_app.queries import reviews
from translations import gettext as _

Writer = Callable[[dict[str, Any], str], bytes]


def _json(data: dict[str, Any], table: str) -> bytes:
    """The whole report; a table cannot be chosen."""
    return reviews.report_text(data).encode()


def _csv(data: dict[str, Any], table: str) -> bytes:
    """One of the report's tables."""
    return csv.write(tables.tables(data)[table])


#: A report's data and the name of a table -> the bytes of a file.
WRITERS: Mapping[str, Writer] = {"json": _json, "csv": _csv}
TABLES = ("ranking", "regions", "agents")


@click.command()
@click.argument("month", metavar="MONTH")
@click.option("--format", "form", type=click.Choice(list(WRITERS)), default="json", show_default=True)
@click.option("--table", type=click.Choice(TABLES), default="ranking", show_default=True, help="Which one, for csv.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead of stdout.")
@database_command
def report(month: str, form: str, table: str, out: Path | None, database_url: str | None) -> None:
    """The monthly report of MONTH (YYYY-MM): the signed numbers, or today's while the month is open."""
    open_database(database_url)
    with reading() as session, Progress() as progress:
        progress(_("Computing %(month)s", month=month), 0.5)
        content = WRITERS[form](reviews.review(session, month).data, table)
    if out is None:
        click.echo(content, nl=False)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise click.FileError(str(out), error.strerror) from error
    say(_("Written: %(file)s", file=out))
