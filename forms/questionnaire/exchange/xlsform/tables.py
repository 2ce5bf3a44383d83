"""A file → its sheets as rows of text, whatever it was written with: xlsx, xls, csv or markdown tables.

What a file is follows from its first bytes. Cells read as pyxform reads them: numbers without ``.0``, truth as
``TRUE`` and ``FALSE``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook
from pyxform.xls2json_backends import xlrd_open, xls_value_to_unicode, xlsx_value_to_str

from forms.questionnaire.errors import DefinitionError
from forms.questionnaire.exchange.xlsform.safety import (
    MEGABYTE,
    MOST_BYTES,
    MOST_CHARS,
    MOST_COLUMNS,
    MOST_ROWS,
    check_workbook,
    refuse,
)
from translations import gettext as _

#: The sheet that holds what XLSForm has no column for.
EXTRA: Final = "survey_app"
#: The sheets that are read, and those of the standard that have nothing to give to a questionnaire.
READ: Final = ("survey", "choices", "settings", EXTRA)
LEFT: Final = ("external_choices", "entities", "osm")
_BINARY: Final = (b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"MZ", b"\x7fELF")
#: How the reader of old workbooks marks a cell that holds an error.
XL_CELL_ERROR: Final = 5
_HEBREW: Final = re.compile("[\u05d0-\u05ea]")
#: The longest line of a text file, and the largest old workbook: its rows and columns are limited by its format.
MOST_LINE: Final = 200_000
MOST_OLD_BYTES: Final = 5 * MEGABYTE
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True)
class Line:
    """One row of a sheet: where it stands, counted as its program counts, and its cells."""

    number: int
    cells: Sequence[str]


Tables = Mapping[str, Sequence[Line]]


def read_tables(content: bytes) -> Tables:
    """The sheets of a form by name in small letters. Raises DefinitionError, saying what to do, for anything else."""
    if len(content) > MOST_BYTES:
        raise refuse(_("The file is larger than %(max)s MB.", max=MOST_BYTES // MEGABYTE))
    if not content.strip():
        raise refuse(_("The file is empty."))
    if content.startswith(b"PK"):
        check_workbook(content, frozenset(READ))
        return _new_workbook(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return _old_workbook(content)
    if content.startswith(_BINARY):
        raise refuse(_("This is no form. Forms are workbooks (XLSX, XLS), CSV or markdown tables."))
    text = _decoded(content)
    if text.lstrip().startswith("<"):
        raise refuse(_("This is no form. Forms are workbooks (XLSX, XLS), CSV or markdown tables."))
    lines = text.splitlines()
    if len(lines) > MOST_ROWS or max(map(len, lines), default=0) > MOST_LINE:
        raise refuse(_("The file has more lines, or longer ones, than a form does."))
    first = next((line.lstrip() for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    return _gathered(_markdown(lines) if first.startswith("|") else _delimited(text))


def _named(names: Sequence[str]) -> dict[str, str]:
    """The sheets to read: small name → name. A single sheet is the survey whatever it is called."""
    known = {name.lower(): name for name in names if name.lower() in (*READ, *LEFT)}
    return known if known or len(names) != 1 else {"survey": names[0]}


def _new_workbook(content: bytes) -> Tables:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        found = {}
        for small, name in _named(workbook.sheet_names).items():
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            found[small] = [
                Line(number, [cell if isinstance(cell, str) else xlsx_value_to_str(cell) for cell in row])
                for number, row in enumerate(rows, start=1)
            ]
    except (CalamineError, ValueError, OSError) as error:
        raise refuse(_("The workbook is damaged. Save it again as XLSX.")) from error
    return found


def _old_workbook(content: bytes) -> Tables:
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise refuse(_("The workbook is protected by a password. Save it without one."))
    if len(content) > MOST_OLD_BYTES:
        raise refuse(_("The file is larger than %(max)s MB.", max=MOST_OLD_BYTES // MEGABYTE))
    try:
        # Its own log would be printed.
        book = xlrd_open(file_contents=content, logfile=io.StringIO(), on_demand=True, ragged_rows=True)
        found = {}
        for small, name in _named(book.sheet_names()).items():
            sheet = book.sheet_by_name(name)
            if sheet.nrows > MOST_ROWS:
                raise refuse(_("A sheet has more than %(max)s rows. Delete the unused ones.", max=MOST_ROWS))
            found[small] = [
                Line(number + 1, [_old_cell(cell, book.datemode) for cell in sheet.row(number)])
                for number in range(sheet.nrows)
            ]
            book.unload_sheet(name)
    except DefinitionError:
        raise
    except Exception as error:  # a damaged file may fail in any line of its reader
        raise refuse(_("The workbook is damaged. Save it again as XLSX.")) from error
    return found


def _old_cell(cell: Any, datemode: int) -> str:
    if cell.ctype == XL_CELL_ERROR:
        raise refuse(_("A cell holds an error, such as a division by zero. Put the value there."))
    return "" if cell.value == "" else str(xls_value_to_unicode(cell.value, cell.ctype, datemode))


def _decoded(content: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, or Hebrew of an old Windows program."""
    marks = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    encodings = [marks[content[:2]]] if content[:2] in marks else ["utf-8-sig", "cp1255"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text) or (encoding == "cp1255" and not _HEBREW.search(text)):
            break
        return text
    raise refuse(_("The file is no text in UTF-8, UTF-16 or Windows Hebrew. Save it as CSV UTF-8."))


_Rows = Iterator[tuple[str, int, list[str]]]


def _delimited(text: str) -> _Rows:
    """Rows of a form in CSV: the first column names the sheet, where a new one begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    sheet = ""
    try:
        for cells in reader:
            sheet = cells[0].strip() or sheet if cells else sheet
            yield sheet, reader.line_num, cells[1:]
    except csv.Error as error:
        raise refuse(_("The CSV is broken in line %(line)s.", line=reader.line_num)) from error


_PIPE: Final = re.compile(r"(?<!\\)\|")


def _markdown(lines: Sequence[str]) -> _Rows:
    """Rows of markdown tables, the first column as in CSV; rules of dashes and remarks are passed over."""
    sheet = ""
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if not stripped.startswith("|") or not stripped.strip("|-: "):
            continue
        end = stripped.rfind("|")
        cells = [cell.strip().replace(r"\|", "|") for cell in _PIPE.split(stripped[1:end])]
        sheet = cells[0] or sheet
        yield sheet, number, cells[1:]


def _gathered(rows: _Rows) -> Tables:
    found: dict[str, list[Line]] = {}
    alone: dict[str, list[Line]] = {}
    for sheet, number, cells in rows:
        if any(cell.strip() for cell in cells):
            alone.setdefault(sheet.lower(), []).append(Line(number, cells))
    names = _named(list(alone))
    found = {small: alone[name.lower()] for small, name in names.items()}
    for lines in found.values():
        if max(len(line.cells) for line in lines) > MOST_COLUMNS:
            raise refuse(_("A sheet has more than %(max)s columns. Delete the unused ones.", max=MOST_COLUMNS))
    if sum(len(cell) for lines in found.values() for line in lines for cell in line.cells) > MOST_CHARS:
        raise refuse(_("The workbook holds far more than a form does."))
    return found
