"""Responses as CSV: UTF-8 with a mark, so that a spreadsheet opens Hebrew right, and safe from formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from forms.questionnaire.exchange.answers import cells
from forms.questionnaire.exchange.answers.sheet import Record, Sheet
from translations.cells import neutral

#: The mark that says UTF-8.
MARK: Final = "\ufeff".encode()
#: Characters that are gathered before they leave.
_CHUNK: Final = 1 << 16


def write(sheet: Sheet, records: Iterable[Record]) -> Iterator[bytes]:
    """The file in pieces. An empty cell is no answer; the code book says what else a cell can be."""
    yield MARK
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in cells.rows(sheet, iter(records)):
        writer.writerow(row)
        if out.tell() >= _CHUNK:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def table(rows: Iterable[Iterable[object]]) -> bytes:
    """A small table as a whole file of the same form."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return MARK + out.getvalue().encode()
