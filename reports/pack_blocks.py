"""What a printed pack is made of: titles, paragraphs, and tables with every value as the language writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from reports.table import Column, Table, Value
from translations import format_date, format_month, format_number, isolate, isolate_ltr, ngettext
from translations import gettext as _

Block = dict[str, Any]

#: Rows of a table that a printed document still carries; longer ones are in the other files.
MOST_ROWS: Final = 60
#: Columns of the printed tables, of those that files have.
_PRINTED: Final[Mapping[str, Sequence[str]]] = {
    "decisions": ("text", "owner", "branch", "due_on", "state", "worked", "outcome"),
    "changes": ("name", "measure", "before", "now"),
    "disagreement": ("branch", "seen", "csat", "score"),
}
#: Shares of the width that columns of words take beside each other; 0: as much as they need.
_WIDTHS: Final[Mapping[str, int]] = {
    "text": 5,
    "words": 6,
    "outcome": 3,
    "seen": 4,
    "due_on": 0,
    "state": 0,
    "month": 0,
}


def heading(text: str) -> Block:
    """The title of a part."""
    return {"kind": "heading", "text": text}


def text(*paragraphs: str) -> list[Block]:
    """Paragraphs; none of nothing."""
    shown = [one for one in paragraphs if one]
    return [{"kind": "text", "paragraphs": shown}] if shown else []


def printed(table: Table, title: bool = True) -> Block:
    """A table as it is printed: chosen columns, written values, at most :data:`MOST_ROWS` rows and how many lack.

    ``title``: False where the heading above says the same.
    """
    codes = _PRINTED.get(table.name, [column.code for column in table.columns])
    places = [place for place, column in enumerate(table.columns) if column.code in codes]
    rows = [[cell(row[place], table.columns[place]) for place in places] for row in table.rows[:MOST_ROWS]]
    # A column of nothing tells nothing.
    kept = [at for at in range(len(places)) if any(row[at] for row in rows)]
    left = len(table.rows) - len(rows)
    return {
        "kind": "table",
        "title": table.title if title else "",
        "columns": [
            {
                "title": table.columns[places[at]].title,
                "numeric": table.columns[places[at]].numeric,
                "width": 0 if table.columns[places[at]].numeric else _WIDTHS.get(table.columns[places[at]].code, 2),
            }
            for at in kept
        ],
        "rows": [[row[at] for at in kept] for row in rows],
        "note": ngettext("%(num)s more row is in the other files", "%(num)s more rows are in the other files", left)
        if left
        else "",
    }


def cell(value: Value, column: Column) -> str:
    """A value as the language writes it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else ""
    if column.kind == "month":
        return format_month(str(value))
    if column.kind == "date":
        return format_date(date.fromisoformat(str(value)))
    if isinstance(value, str):
        # A name or somebody's words keep their own direction beside those of another.
        return isolate(value)
    shown = format_number(value, column.digits) + ("%" if column.kind == "percent" else "")
    # A sign before or after it would change sides beside Hebrew or Arabic.
    return isolate_ltr(shown) if value < 0 or column.kind == "percent" else shown
