"""Questionnaires as XLSForm, the standard of ODK and KoboToolbox: workbooks, CSV and markdown in, workbooks out.

What reads and writes them is loaded when it is first asked for: a server that starts does not wait for it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from forms.questionnaire.definition import Questionnaire, dump, load
from forms.questionnaire.errors import Problem


class Imported(NamedTuple):
    """A form as a document, and ``notes`` on everything in the form that the document does not hold."""

    document: dict[str, Any]
    notes: list[Problem]


def read(content: bytes, filename: str = "") -> Imported:
    """The questionnaire in a form: a draft whose rules and texts are still to be checked before publishing.

    Raises DefinitionError, saying what to do, for a file that is damaged, hostile, too large or no form.
    """
    from forms.questionnaire.exchange.xlsform import overlay, reading, sheets, tables  # noqa: PLC0415

    found = tables.read_tables(content)
    form = sheets.gather(found)
    extra, notes = overlay.read(form.extra)
    document, told = reading.interpret(form, extra)
    sheets.judge(found)
    flat = overlay.flatten(document)
    notes += overlay.lay_over(flat, extra.entries)
    # An order of keys and defaults as everywhere else, and one last look at the whole.
    return Imported(dump(load(overlay.unflatten(flat))), [*told, *notes])


def write(questionnaire: Questionnaire) -> bytes:
    """A questionnaire as an .xlsx workbook."""
    from forms.questionnaire.exchange.xlsform import workbook  # noqa: PLC0415

    return workbook.write(questionnaire)


def losses(questionnaire: Questionnaire) -> list[Problem]:
    """What other programs that read the workbook do not see, with its place."""
    from forms.questionnaire.exchange.xlsform import unsaid  # noqa: PLC0415

    return unsaid.losses(questionnaire)
