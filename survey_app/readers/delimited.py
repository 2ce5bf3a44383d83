"""Delimited text, read so that one broken row costs one row.

The csv module in its strict mode sees a quotation mark that is not doubled and goes on with the next line. What it had
swallowed by then is read again, and the broken line is read once more leniently. Where the plain reading of the line
has as many values as the lenient one and as there are columns, nothing has moved and the row is good; else the lenient
reading is a guess, which goes to the person who mends the file. A value longer than the csv module takes is the end of
the file: no table of ours has one.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from typing import Final

from survey_app.readers.table import Fault, Record, Table, Unreadable, blank, fitted, header, no_rows
from translations import gettext as _

DELIMITERS: Final = (",", ";", "\t")
_HINT: Final = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
#: An export marks a text that looks like a formula with an apostrophe; reading takes it off again.
_GUARDED: Final = re.compile(r"'(?=[=+\-@\t\r])")


def read(text: str) -> Table:
    """The table in a delimited text. Raises Unreadable when there is no header row."""
    lines = _Lines(text)
    delimiter = _delimiter(lines)
    rows = _rows(lines, delimiter)
    columns: tuple[str, ...] = ()
    for first in rows:
        if first.fault is not None:
            raise Unreadable(_("The first row cannot be read: %(reason)s", reason=first.fault.message))
        if not blank(first.cells):
            columns = header(first.cells)
            break
    if not columns:
        raise no_rows()
    return Table(columns, _records(lines, delimiter, len(columns)), lines.count)


class _Lines:
    """Lines with their numbers, of which some may be put back to be read again."""

    def __init__(self, text: str) -> None:
        self.waiting = deque(io.StringIO(text, newline=""))
        self.count = len(self.waiting)
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self.waiting:
            raise StopIteration
        line = self.waiting.popleft()
        self.taken.append(line)
        return line

    def begin(self) -> int:
        """Begin a row: returns the number of its first line."""
        self.number += len(self.taken)
        self.taken = []
        return self.number + 1

    def put_back(self) -> None:
        """Keep only the first line of the row at hand."""
        self.waiting.extendleft(reversed(self.taken[1:]))
        self.taken = self.taken[:1]


def _delimiter(lines: _Lines) -> str:
    """The separator: as a ``sep=`` line says, else the sign most often found outside quotes in the first row."""
    while lines.waiting and not lines.waiting[0].strip():
        next(lines)
    if not lines.waiting:
        return DELIMITERS[0]
    hint = _HINT.fullmatch(lines.waiting[0])
    if hint:
        next(lines)
        return hint[1]
    bare = re.sub(r'"[^"]*"', "", lines.waiting[0])
    return max(DELIMITERS, key=bare.count)


def _rows(lines: _Lines, delimiter: str, width: int | None = None) -> Iterator[Record]:
    """Rows as the file has them, cells not yet fitted to the columns."""
    while True:
        row = lines.begin()
        # A reader of its own for each row: after an error the old one may still be inside quotes.
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.put_back()
            yield _broken(row, lines.taken[0], delimiter, width)
            continue
        if width is not None and len(lines.taken) > 1 and len(cells) != width:
            # An unclosed quotation mark that met another one lines below.
            lines.put_back()
            yield _broken(row, lines.taken[0], delimiter, width)
            continue
        yield Record(row, tuple(_GUARDED.sub("", cell, count=1) for cell in cells))


def _records(lines: _Lines, delimiter: str, width: int) -> Iterator[Record]:
    for record in _rows(lines, delimiter, width):
        if record.fault is not None:
            padded = record.cells + ("",) * (width - len(record.cells))
            yield Record(record.row, padded, record.fault)
        elif not blank(record.cells):
            yield fitted(record.row, record.cells, width)


def _broken(row: int, line: str, delimiter: str, width: int | None) -> Record:
    """A line with a quotation mark out of place: where it is, and the cells it most likely means.

    Raises Unreadable for one with an endless value.
    """
    cells, wrong, closed = _lenient(line.rstrip("\r\n"), delimiter)
    if max(map(len, cells)) > csv.field_size_limit():
        raise Unreadable(
            _(
                "Row %(row)s has a value of more than %(most)s characters, so the file cannot be read. Shorten it.",
                row=row,
                most=f"{csv.field_size_limit():,}",
            )
        )
    if closed and len(cells) == width == _width(line, delimiter):
        return Record(row, tuple(cells))
    message = (
        _(
            "A quotation mark inside this value is not doubled, so the values after it move to other columns."
            ' Write "" for a mark inside a quoted value.'
        )
        if closed
        else _("A quotation mark begins this value and none ends it.")
    )
    return Record(row, tuple(cells), Fault(wrong, message))


def _width(line: str, delimiter: str) -> int:
    """How many values the plain reading of a line has; 0 where it fails."""
    try:
        return len(next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:
        return 0


def _lenient(line: str, delimiter: str) -> tuple[list[str], int | None, bool]:
    """Cells of one line, taking a mark as the end of a value only before a separator.

    With them the position of the first value in doubt, and whether that value ends with a mark at all.
    """
    cells: list[str] = []
    wrong, all_closed = None, True
    at = 0
    while at <= len(line):
        if line[at : at + 1] != '"':
            end = line.find(delimiter, at)
            end = len(line) if end < 0 else end
            cells.append(line[at:end])
            at = end + 1
            continue
        end, closed = _end_of_quoted(line, at + 1, delimiter)
        inner = line[at + 1 : end]
        if wrong is None and (not closed or '"' in inner.replace('""', "")):
            wrong, all_closed = len(cells), closed
        cells.append(inner.replace('""', '"'))
        at = end + 1 + closed
    return cells, wrong, all_closed


def _end_of_quoted(line: str, start: int, delimiter: str) -> tuple[int, bool]:
    """Where a quoted value ends that begins at ``start``, and whether a mark stands there."""
    close = line.find('"' + delimiter, start)
    while close >= 0 and _doubled(line, start, close):
        close = line.find('"' + delimiter, close + 1)
    if close >= 0:
        return close, True
    at_end = line.endswith('"') and len(line) > start
    return len(line) - at_end, at_end


def _doubled(line: str, start: int, mark: int) -> bool:
    """Whether the mark at a place is the second of a doubled pair within the value that began at ``start``."""
    first = mark
    while first > start and line[first - 1] == '"':
        first -= 1
    return (mark - first) % 2 == 1
