"""A questionnaire in a file of any form that is understood: our own YAML and JSON, and XLSForm as xlsx, xls, csv or md.

Pure reading: nothing is stored, so a file that is refused leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from forms.questionnaire import schema
from forms.questionnaire.definition import DefinitionError, Problem, load
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.exchange import documents, xlsform
from forms.questionnaire.exchange.xlsform.heading import KIND as UNSAID
from survey_app.errors import UserError
from survey_app.kinds import KINDS
from translations import gettext as _
from translations import isolate_ltr

#: The largest file that is taken, in bytes.
LARGEST: Final = 5_000_000
#: Endings of our own format, and of XLSForm.
OWN: Final = frozenset({".yaml", ".yml", ".json"})
FORMS: Final = frozenset({".xlsx", ".xlsm", ".xls", ".csv", ".md"})


@dataclass(frozen=True)
class Arrived:
    """What a file says: the questionnaire, and what of the file cannot be carried over, with its place there."""

    definition: Definition
    notes: tuple[Problem, ...]
    #: Whether the file says of what kind it is: our own format does, XLSForm only where it was written here.
    says_kind: bool


def endings() -> list[str]:
    """Every ending of a file's name that is understood."""
    return sorted(OWN | FORMS)


def read(content: bytes, filename: str) -> Arrived:
    """The questionnaire of a file. UserError, with every fault and its place, where it holds none."""
    ending = PurePath(filename).suffix.lower()
    if ending not in OWN | FORMS:
        raise UserError(
            _(
                "Files of this kind cannot be read as a questionnaire. What can be read: %(endings)s.",
                endings=isolate_ltr(", ".join(endings())),
            )
        )
    if len(content) > LARGEST:
        raise UserError(_("The file is larger than %(most)s MB.", most=LARGEST // 1_000_000))
    if not content.strip():
        raise UserError(_("The file is empty."))
    document: Mapping[str, Any] = {}
    try:
        document, notes = _document(content, filename, ending)
        definition = load(document)
        return Arrived(definition, notes, ending in OWN or definition.kind != UNSAID)
    except DefinitionError as error:
        places = [(problem.place, problem.message) for problem in (*error.problems, *_unknown_kind(document))]
        raise UserError(_("There is no questionnaire in this file that can be read."), places) from error


def _unknown_kind(document: Mapping[str, Any]) -> list[Problem]:
    """What a refused document says of its kind, where we have none like it: a sound one is asked for another."""
    kind = document.get("kind")
    if not isinstance(kind, str) or kind in KINDS:
        return []
    message = _("unknown value '%(value)s'", value=kind)
    return [Problem("kind", schema.unknown(message, kind, KINDS))]


def _document(content: bytes, filename: str, ending: str) -> tuple[Mapping[str, Any], tuple[Problem, ...]]:
    if ending in OWN:
        return documents.read(content), ()
    imported = xlsform.read(content, filename)
    return imported.document, tuple(imported.notes)
