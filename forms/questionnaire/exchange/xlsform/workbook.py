"""The rows of a form → a workbook, with the sheet of what XLSForm cannot say."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import xlsxwriter

from forms.questionnaire.definition import dump
from forms.questionnaire.document import Questionnaire
from forms.questionnaire.exchange.xlsform import overlay
from forms.questionnaire.exchange.xlsform.overlay import Entry, Extra
from forms.questionnaire.exchange.xlsform.reading import interpret
from forms.questionnaire.exchange.xlsform.sheets import gather
from forms.questionnaire.exchange.xlsform.tables import EXTRA, Line, Tables
from forms.questionnaire.exchange.xlsform.writing import Cells, Writer

#: Widths of columns by the beginning of their heading, in characters.
_WIDTHS: Final = {
    "label": 44,
    "hint": 30,
    "constraint_message": 30,
    "relevant": 36,
    "constraint": 30,
    "value": 60,
    "place": 34,
}
#: Every file of the same questionnaire is the same to the last byte.
_MADE: Final = datetime(2000, 1, 1, tzinfo=UTC)


def _lines(headings: Sequence[str], rows: Sequence[Cells]) -> list[Line]:
    """A sheet as reading finds it."""
    cells = [list(headings), *([row.get(heading, "") for heading in headings] for row in rows)]
    return [Line(number, row) for number, row in enumerate(cells, start=1)]


class Sheets(NamedTuple):
    """The standard's sheets, what has to be laid over them to have the questionnaire again, and how to read them.

    ``ending`` are the questions whose early end the columns say, as relevance of what follows.
    """

    tables: Tables
    entries: list[Entry]
    hints: dict[tuple[str, str], object]
    ending: frozenset[str]


def sheets(questionnaire: Questionnaire) -> Sheets:
    """Everything that a workbook holds."""
    writer = Writer(questionnaire)
    writer.write()
    settings = writer.settings()
    tables = {
        "survey": _lines(writer.headings(), writer.survey),
        "choices": _lines(writer.choice_headings(), writer.choices),
        "settings": _lines(list(settings), [settings]),
    }
    wanted = overlay.flatten(dump(questionnaire))
    form = gather(tables)
    # What a row becomes by itself decides whether our sheet has to say its type.
    first = overlay.flatten(interpret(form, Extra(writer.hints, _SOME))[0])
    for code, question in wanted["questions"].items():
        found = first["questions"].get(code)
        if found is not None and found["type"] != question["type"]:
            writer.hints["types", writer.names[code]] = question["type"]
    said = overlay.flatten(interpret(form, Extra(writer.hints, _SOME))[0])
    return Sheets(tables, overlay.difference(said, wanted), dict(writer.hints), frozenset(writer.ending))


#: Reading knows a form of ours by its having rows of our own sheet.
_SOME: Final = (Entry("form", "format", "1", "1"),)


def write(questionnaire: Questionnaire) -> bytes:
    """The questionnaire as a workbook for ODK and KoboToolbox; read again it is equal."""
    tables, entries, hints, _ending = sheets(questionnaire)
    ways = [Entry(kind, name, overlay.written(value), "") for (kind, name), value in hints.items()]
    extra = [list(overlay.COLUMNS), *overlay.rows([*ways, *_SOME, *entries])]
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": _MADE})
    head = book.add_format({"bold": True, "bottom": 1})
    body = book.add_format({"text_wrap": True, "valign": "top"})
    for name, rows in (*((name, [line.cells for line in lines]) for name, lines in tables.items()), (EXTRA, extra)):
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for at, heading in enumerate(rows[0]):
            sheet.set_column(at, at, _WIDTHS.get(heading.partition("::")[0], 16))
        for number, row in enumerate(rows):
            for at, text in enumerate(row):
                if text:
                    # Always as text: whatever it looks like, a cell is never a formula.
                    sheet.write_string(number, at, text, body if number else head)
    book.close()
    return content.getvalue()
