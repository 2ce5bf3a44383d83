"""``survey-app export``: responses as a file, under the same rules as on the page."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click

from forms.questionnaire.exchange.answers.formats import FORMS
from reports import months
from survey_app.cli.questionnaires import questionnaire
from survey_app.cli.support import actor, database_command, open_database, say
from survey_app.commands.exports import begin
from survey_app.db import reading
from survey_app.errors import UserError
from survey_app.models.response import COUNTED, EXCLUDED, PENDING, REJECTED, RETURNED, VOIDED
from survey_app.permissions import Scope
from survey_app.queries import organisation
from survey_app.queries.exports import Wish
from translations import LANGUAGES
from translations import gettext as _

STATES = (COUNTED, PENDING, RETURNED, EXCLUDED, REJECTED, VOIDED)


@click.group()
def export() -> None:
    """Export responses (CSV, XLSX, SPSS or JSON lines), or a questionnaire (YAML, JSON or XLSForm)."""


export.add_command(questionnaire)


@export.command()
@click.argument("questionnaire", metavar="QUESTIONNAIRE")
@click.option("--format", "form", type=click.Choice(list(FORMS)), default="csv", show_default=True)
@click.option("--from", "since", metavar="MONTH", default="", help="First month, YYYY-MM.")
@click.option("--until", metavar="MONTH", default="", help="Last month, YYYY-MM.")
@click.option("--branch", "branches", multiple=True, metavar="CODE", help="Only this branch; may be given again.")
@click.option("--region", "regions", multiple=True, metavar="NAME", help="Only this region; may be given again.")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Counted ones by default.")
@click.option("--words", is_flag=True, help="Write choices in words instead of codes.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="he", show_default=True, help="Of the words.")
@click.option("--texts", is_flag=True, help="Also comments and answers in people's own words.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead of stdout.")
@database_command
def responses(
    questionnaire: str,
    form: str,
    since: str,
    until: str,
    branches: tuple[str, ...],
    regions: tuple[str, ...],
    states: tuple[str, ...],
    words: bool,
    language: str,
    texts: bool,
    out: Path | None,
    database_url: str | None,
) -> None:
    """The responses of QUESTIONNAIRE, over all its versions. Contact never leaves; anonymity is kept as on the page."""
    open_database(database_url)
    wish = Wish(
        since=_month(since),
        until=_month(until),
        branches=_branches(branches),
        regions=_regions(regions),
        states=frozenset(states or (COUNTED,)),
        language=language,
        worded=words,
        texts=texts,
    )
    with closing(begin(questionnaire, form, wish, actor=actor(), scope=Scope())) as outgoing:
        if out is None:
            for piece in outgoing.pieces:
                sys.stdout.buffer.write(piece)
            return
        try:
            _write(out, outgoing.pieces)
        except OSError as error:
            raise click.FileError(str(out), error.strerror) from error
    say(_("Written: %(file)s", file=out))
    if form != "codebook":
        say(_("Responses: %(count)s", count=outgoing.export.count))
    if outgoing.export.withheld:
        say(_("Left out, since too few people answered: %(count)s", count=outgoing.export.withheld))


def _write(out: Path, pieces: Iterator[bytes]) -> None:
    """Beside its place first: a file that stands there is whole, and one that stood there before is not lost."""
    partial = out.with_name(f".{out.name}.part")
    try:
        with partial.open("wb") as file:
            file.writelines(pieces)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def _month(text: str) -> str:
    try:
        return months.parse(text) if text else ""
    except ValueError as error:
        raise UserError(_("%(month)s is no month; write it as %(example)s.", month=text, example="2026-10")) from error


def _branches(codes: tuple[str, ...]) -> frozenset[int]:
    with reading() as session:
        return frozenset(organisation.branch_by_code(session, code).id for code in codes)


def _regions(names: tuple[str, ...]) -> frozenset[int]:
    with reading() as session:
        known = {region.name: region.id for region in organisation.regions(session)}
    for name in names:
        if name not in known:
            raise UserError(_("There is no region %(name)s.", name=name))
    return frozenset(known[name] for name in names)
