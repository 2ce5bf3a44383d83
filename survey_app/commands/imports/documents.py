"""Questionnaires come in as documents, whole or not at all: our own format, XLSForm, or one of the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from forms.questionnaire import library
from forms.questionnaire.check import problems
from forms.questionnaire.definition import Problem, dump
from forms.questionnaire.definition import Questionnaire as Definition
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import questionnaires
from survey_app.commands.imports import arrivals
from survey_app.commands.imports.report import UNCHANGED
from survey_app.errors import UserError
from survey_app.kinds import KINDS
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
    #: What of the file could not be carried over, with its place in the file.
    notes: tuple[Problem, ...] = ()


class _RollBack(Exception):
    """Leaves a trial run without a trace."""


def shipped() -> list[str]:
    """The codes of the questionnaires that ship with the product."""
    return library.codes()


def run_import(
    name: str, *, actor: Actor, publish: bool = True, dry_run: bool = False, kind: str | None = None, code: str = ""
) -> Brought:
    """Bring in a file, or the shipped questionnaire of that code, and publish it unless told not to.

    The file is of our own format or an XLSForm, which does not say of what ``kind`` it is. Raises Unreadable for a file
    that is none, and UserError whose ``places`` list every fault of the document.
    """
    content = _content(name)
    try:
        arrived = arrivals.read(content, name if Path(name).exists() else f"{name}.yaml")
    except UserError as error:
        if not error.places:
            raise
        raise Unreadable(_("%(name)s is no questionnaire.", name=name), error.places) from error
    definition = _settled(arrived, kind, code)
    found = problems(definition) if publish else []
    if found:
        places = [(problem.place, problem.message) for problem in found]
        raise UserError(_("The questionnaire %(name)s cannot be published as it stands.", name=name), places)
    brought: list[Brought] = []
    try:
        with transaction(actor, "import.questionnaire") as session:
            version, verdict = questionnaires.bring_in(session, dump(definition), publish=publish)
            brought.append(
                Brought(
                    version.questionnaire.code,
                    version.number,
                    verdict,
                    published=version.published_at is not None,
                    notes=arrived.notes,
                )
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


def _settled(arrived: arrivals.Arrived, kind: str | None, code: str) -> Definition:
    """The questionnaire of a file with what the file does not say. UserError where the kind stays unknown."""
    if kind is None and not arrived.says_kind:
        raise UserError(
            _("The file does not say of what kind the questionnaire is. Say --kind with one of: %(kinds)s.",
              kinds=", ".join(KINDS))
        )  # fmt: skip
    definition = arrived.definition
    return replace(definition, kind=kind or definition.kind, code=code or definition.code)


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
