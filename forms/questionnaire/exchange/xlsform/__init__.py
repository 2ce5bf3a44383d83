"""Questionnaires as XLSForm, the standard of ODK and KoboToolbox: workbooks, CSV and markdown in, workbooks out."""

from __future__ import annotations

from typing import Any, NamedTuple

from forms.questionnaire.definition import dump, load
from forms.questionnaire.errors import Problem
from forms.questionnaire.exchange.xlsform import overlay
from forms.questionnaire.exchange.xlsform.losses import losses
from forms.questionnaire.exchange.xlsform.reading import interpret
from forms.questionnaire.exchange.xlsform.sheets import gather, judge
from forms.questionnaire.exchange.xlsform.tables import read_tables
from forms.questionnaire.exchange.xlsform.workbook import write


class Imported(NamedTuple):
    """A form as a document, and ``notes`` on everything in the form that the document does not hold."""

    document: dict[str, Any]
    notes: list[Problem]


def read(content: bytes, filename: str = "") -> Imported:
    """The questionnaire in a form: a draft whose rules and texts are still to be checked before publishing.

    Raises DefinitionError, saying what to do, for a file that is damaged, hostile, too large or no form.
    """
    tables = read_tables(content)
    form = gather(tables)
    extra, notes = overlay.read(form.extra)
    document, told = interpret(form, extra)
    judge(tables)
    flat = overlay.flatten(document)
    notes += overlay.lay_over(flat, extra.entries)
    # An order of keys and defaults as everywhere else, and one last look at the whole.
    return Imported(dump(load(overlay.unflatten(flat))), [*told, *notes])


__all__ = ["Imported", "losses", "read", "write"]
