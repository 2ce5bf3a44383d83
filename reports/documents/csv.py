"""A Table → CSV that Excel opens in Hebrew: UTF-8 with a byte order mark, safe from formulas and direction marks."""

from __future__ import annotations

import csv
import io
from typing import Literal

from reports.table import Table, Value
from translations.cells import neutral


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return neutral(value) if isinstance(value, str) else repr(value)


def write(table: Table, header: Literal["title", "code"] = "title") -> bytes:
    """The table as CSV bytes, one header row; numbers with a point and no separators, nothing for None."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([neutral(getattr(column, header)) for column in table.columns])
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")
