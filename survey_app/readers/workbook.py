"""Workbooks: the first visible sheet that holds anything, every cell as the text a person would have typed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from survey_app.readers.table import Record, Table, Unreadable, blank, fitted, header, no_rows
from translations import gettext as _

#: A workbook is a packed archive: no honest 50 MB of it unpacks to more.
MOST_UNPACKED: Final = 600_000_000
#: The stream that holds a workbook under a password, as its wrapping names it.
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _moment(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")


#: How a cell of each type reads as text.
_TEXTS: Final[dict[type, Callable[[Any], str]]] = {
    str: str,
    bool: lambda value: "yes" if value else "no",
    int: str,
    float: _number,
    date: date.isoformat,
    datetime: _moment,
    time: lambda value: value.isoformat("minutes"),
    timedelta: str,
}


def read(content: bytes) -> Table:
    """The table in a workbook. Raises Unreadable for an encrypted, damaged or empty one."""
    _small_enough(content)
    if _ENCRYPTED in content:
        raise Unreadable(_("The workbook is protected by a password. Save it without one."))
    try:
        rows = _first_filled(CalamineWorkbook.from_filelike(io.BytesIO(content)))
    except (CalamineError, ValueError, OSError) as error:
        raise Unreadable(_("The workbook is damaged or protected. Save it again as XLSX.")) from error
    top = next((at for at, row in enumerate(rows) if not blank(row)), None)
    if top is None:
        raise no_rows()
    columns = header(rows[top])
    return Table(columns, _records(rows, top, len(columns)), len(rows))


def _first_filled(workbook: CalamineWorkbook) -> list[list[str]]:
    for sheet in workbook.sheets_metadata:
        if sheet.visible != SheetVisibleEnum.Visible:
            continue
        rows = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
        texts = [[_TEXTS[type(cell)](cell) for cell in row] for row in rows]
        if any(not blank(row) for row in texts):
            return texts
    return []


def _records(rows: Sequence[Sequence[str]], top: int, width: int) -> Iterator[Record]:
    for at in range(top + 1, len(rows)):
        if not blank(rows[at]):
            yield fitted(at + 1, rows[at], width)


def _small_enough(content: bytes) -> None:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(one.file_size for one in archive.infolist()) > MOST_UNPACKED:
            raise Unreadable(_("The workbook unpacks to far too much. Split it, or save the sheet as CSV UTF-8."))
