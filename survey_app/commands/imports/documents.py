"""Questionnaires come in as documents, whole or not at all: a file in the product's format, or one of its library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forms.questionnaire import library
from forms.questionnaire.check import problems
from forms.questionnaire.definition import DefinitionError, load, read_yaml
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import questionnaires
from survey_app.commands.imports.report import UNCHANGED
from survey_app.errors import UserError
from survey_app.models import ImportRun
from survey_app.readers import Unreadable, read_bytes
from survey_app.transaction import transaction
from translations import gettext as _


@dataclass(frozen=True)
class Brought:
    """What became of one document: the questionnaire's code, its version, and ``added`` or ``unchanged``."""

    code: str
    version: int
    verdict: str
    published: bool


class _RollBack(Exception):
    """Leaves a trial run without a trace."""


def shipped() -> list[str]:
    """The codes of the questionnaires that ship with the product."""
    return library.codes()


def run_import(name: str, *, actor: Actor, publish: bool = True, dry_run: bool = False) -> Brought:
    """Bring in a file, or the shipped questionnaire of that code, and publish it unless told not to.

    Raises Unreadable for a file that is none, and UserError whose ``places`` list every fault of the document.
    """
    source = _content(name)
    try:
        document = read_yaml(source)
        found = problems(load(document)) if publish else []
    except DefinitionError as error:
        places = [(problem.place, problem.message) for problem in error.problems]
        raise Unreadable(_("%(name)s is no questionnaire.", name=name), places) from error
    if found:
        places = [(problem.place, problem.message) for problem in found]
        raise UserError(_("The questionnaire %(name)s cannot be published as it stands.", name=name), places)
    brought: list[Brought] = []
    try:
        with transaction(actor, "import.questionnaire") as session:
            version, verdict = questionnaires.bring_in(session, document, publish=publish)
            brought.append(
                Brought(version.questionnaire.code, version.number, verdict, version.published_at is not None)
            )
            now = clock.now()
            session.add(
                ImportRun(
                    kind="questionnaire",
                    filename=Path(name).name,
                    started_at=now,
                    finished_at=now,
                    added=int(verdict != UNCHANGED),
                    unchanged=int(verdict == UNCHANGED),
                )
            )
            if dry_run:
                raise _RollBack
    except _RollBack:
        pass
    return brought[0]


def _content(name: str) -> bytes:
    """The bytes of a file, or of a shipped questionnaire; a file of that name wins."""
    path = Path(name)
    if path.exists() or name not in shipped():
        try:
            return read_bytes(path)
        except Unreadable as error:
            if path.exists() or path.suffix:
                raise
            raise Unreadable(_no_such(name, shipped())) from error
    return library.source(name)


def _no_such(name: str, known: Sequence[str]) -> str:
    return _(
        "There is neither a file %(name)s nor a shipped questionnaire of that code. Shipped: %(known)s.",
        name=name,
        known=", ".join(known),
    )
