"""``survey-app pack``: one file of a month's review, as a user may see it."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy import select

from survey_app.cli.support import Progress, database_command, open_database, say
from survey_app.db import reading
from survey_app.errors import Forbidden, NotFound
from survey_app.models import User
from survey_app.outgoing import packs
from survey_app.permissions import Permission, may
from translations import LANGUAGES
from translations import gettext as _


@click.command()
@click.argument("month", metavar="MONTH")
@click.option("--as", "email", required=True, help="E-mail of the user whose view of the month it is.")
@click.option("--format", "kind", type=click.Choice(list(packs.WRITERS)), default="pdf", show_default=True)
@click.option("--language", type=click.Choice(list(LANGUAGES)), help="Instead of the user's own.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead of stdout.")
@database_command
def pack(month: str, email: str, kind: str, language: str | None, out: Path | None, database_url: str | None) -> None:
    """A file of the review of MONTH (YYYY-MM), cut to what the user may see: the same as on the review's page."""
    open_database(database_url)
    with reading() as session, Progress() as progress:
        user = session.scalar(select(User).where(User.email == email.strip().lower()))
        if user is None:
            raise NotFound(_("There is no user %(email)s.", email=email))
        if not may(user, Permission.GET_PACKS):
            raise Forbidden(_("This user is given no files of the review."))
        progress(_("Computing %(month)s", month=month), 0.5)
        content = packs.write(session, user, month, kind, language or user.language)
    if out is None:
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise click.FileError(str(out), error.strerror) from error
    say(_("Written: %(file)s", file=out))
