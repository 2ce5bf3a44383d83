"""A Table → CSV that Excel opens in Hebrew: UTF-8 with a byte order mark, safe from formulas and direction marks."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from typing import Final, Literal

from reports.table import Column, Table, Value
from translations.cells import neutral

#: The day of every file inside an archive, so that the same tables give the same bytes.
_DAY: Final = (1980, 1, 1, 0, 0, 0)


def _cell(value: Value, column: Column) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if column.kind == "money" and column.digits and not isinstance(value, str):
        # An amount is exact: it is written as payroll reads it, with all its decimals.
        return f"{value:.{column.digits}f}"
    return neutral(value) if isinstance(value, str) else repr(value)


def write(table: Table, header: Literal["title", "code"] = "title") -> bytes:
    """The table as CSV bytes, one header row; numbers with a point and no separators, nothing for None.

    Amounts in shekels and agorot have the decimals of their column, other numbers all that they hold.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([neutral(getattr(column, header)) for column in table.columns])
    writer.writerows(
        [_cell(value, column) for value, column in zip(row, table.columns, strict=True)] for row in table.rows
    )
    return out.getvalue().encode("utf-8-sig")


def zipped(tables: Iterable[Table]) -> bytes:
    """A zip with a file for each table, named by the table; the same bytes for the same tables."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for table in tables:
            entry = zipfile.ZipInfo(f"{table.name}.csv", _DAY)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            archive.writestr(entry, write(table))
    return out.getvalue()
