"""Responses as an XLSX workbook that reads from right to left where its language does; a second sheet is the code book.

Rows are written as they come and never held; every text is written as text, so that none becomes a formula or a link.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from forms.questionnaire.exchange.answers import cells, codebook
from forms.questionnaire.exchange.answers.files import chunks
from forms.questionnaire.exchange.answers.sheet import Record, Sheet
from translations import direction, speaking
from translations import gettext as _

#: What Excel holds: rows below the header, columns, characters of a cell.
MOST_ROWS: Final = 1_048_575
MOST_COLUMNS: Final = 16_384
_LONGEST: Final = 32_767
#: Widths of columns, in characters: of the responses, and of the code book.
_WIDTH: Final = 14
_WIDTHS: Final = (18, 60, 22, 12, 16, 10)


def write(sheet: Sheet, records: Iterable[Record]) -> Iterator[bytes]:
    """The file in pieces; it is made in a folder that is gone when the last piece, or nobody, was taken."""
    with tempfile.TemporaryDirectory(prefix="responses-") as folder:
        path = Path(folder) / "responses.xlsx"
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": folder})
        try:
            head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
            wrapped = book.add_format({"text_wrap": True, "valign": "top"})
            with speaking(sheet.language):
                names = _("Responses"), _("Code book")
            first = _page(book, names[0], sheet.language)
            first.set_column(0, len(sheet.header) - 1, _WIDTH)
            _fill(first, cells.rows(sheet, iter(records)), head)
            second = _page(book, names[1], sheet.language)
            for place, width in enumerate(_WIDTHS):
                second.set_column(place, place, width, wrapped)
            _fill(second, (list(row) for row in codebook.rows(sheet)), head)
        finally:
            book.close()
        yield from chunks(path)


def _page(book: Any, name: str, language: str) -> Any:
    page = book.add_worksheet(name[:31])
    if direction(language) == "rtl":
        page.right_to_left()
    page.freeze_panes(1, 0)
    return page


def _fill(page: Any, rows: Iterator[list[Any]], head: Any) -> None:
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            if cell is None or cell == "":
                continue
            if isinstance(cell, (int, float)):
                page.write_number(number, place, cell)
            elif number:
                page.write_string(number, place, str(cell)[:_LONGEST])
            else:
                page.write_string(number, place, str(cell), head)
