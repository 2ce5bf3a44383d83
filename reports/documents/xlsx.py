"""Tables → one XLSX workbook: a sheet for each table, numbers as numbers, charts that Excel draws, right to left where
its language runs so, and the same bytes for the same tables.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

import xlsxwriter

from reports.documents import xlsx_charts
from reports.table import Column, Table, Value
from translations import direction
from translations import gettext as _
from translations.cells import neutral

#: What Excel holds in a cell, and in the name of a sheet without these characters.
_LONGEST: Final = 32_767
_LONGEST_NAME: Final = 31
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
#: Narrowest and widest column, in characters.
_WIDTHS: Final = (8, 60)
#: Of two identical workbooks the time of making would be the only difference.
_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - the library wants it without a zone


def write(tables: Iterable[Table], title: str, remarks: Iterable[str] = ()) -> bytes:
    """The workbook in the active language: a first sheet with the title, remarks and a list of the sheets, then each

    table on a sheet of its own. Texts that a spreadsheet would run are made harmless, as in CSV.
    """
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": title, "created": _MADE})
        looks = _Looks(book)
        listed = list(tables)
        names = sheet_names(listed)
        drawn = [table for table in listed if xlsx_charts.drawable(table)]
        first = _sheet(book, _own_name(_("Contents"), names))
        charts = _sheet(book, _own_name(_("Charts"), names)) if drawn else None
        _first(first, title, list(remarks), listed, names, looks)
        for table in listed:
            _fill(_sheet(book, names[table.name]), table, looks)
        if charts is not None:
            charts.hide_gridlines(2)
            xlsx_charts.add(book, charts, drawn, names)
    return out.getvalue()


def sheet_names(tables: Iterable[Table]) -> dict[str, str]:
    """Name of a table -> name of its sheet: its title up to the first comma, as Excel takes it, each once."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for table in tables:
        base = table.title.partition(",")[0].translate(_FORBIDDEN).strip(" '") or table.name
        name, number = base[:_LONGEST_NAME], 1
        while name.casefold() in taken:
            number += 1
            name = f"{base[: _LONGEST_NAME - 4]} {number}"
        taken.add(name.casefold())
        found[table.name] = name
    return found


def _own_name(wanted: str, names: Mapping[str, str]) -> str:
    """The name of a sheet that is no table's."""
    taken = {name.casefold() for name in names.values()}
    return wanted if wanted.casefold() not in taken else f"{wanted} 0"


class _Looks:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, int], Any] = {}
        rtl = direction() == "rtl"
        #: Excel guesses a text's direction by its first letter; a number's sign stays in front of it.
        self._base = {"valign": "top", "reading_order": 2 if rtl else 1}
        self.title = book.add_format({**self._base, "bold": True, "font_size": 16, "font_color": "#0d5160"})
        self.head = book.add_format(
            {**self._base, "bold": True, "text_wrap": True, "bg_color": "#e3eff1", "bottom": 1, "valign": "bottom"}
        )
        self.link = book.add_format({**self._base, "font_color": "#0d5160", "underline": 1})

    def of(self, column: Column) -> Any:
        """The format of a column's cells."""
        key = (column.kind, column.digits)
        if key not in self._made:
            look: dict[str, Any] = {**self._base, "text_wrap": column.kind == "text"}
            if column.kind in _NUMBERS:
                look |= {"num_format": _NUMBERS[column.kind] % _decimals(column.digits), "reading_order": 1}
            self._made[key] = self._book.add_format(look)
        return self._made[key]


#: Kind of a column -> its number format, without the decimals. Percentages are 0 to 100, as everywhere in a report.
_NUMBERS: Final[Mapping[str, str]] = {
    "integer": "#,##0%s",
    "number": "#,##0%s",
    "percent": '0%s"%%"',
    "money": "#,##0%s",
    "month": "mm/yyyy%s",
    "date": "dd/mm/yyyy%s",
}


def _decimals(digits: int) -> str:
    return "." + "0" * digits if digits else ""


def _sheet(book: Any, name: str) -> Any:
    sheet = book.add_worksheet(name)
    if direction() == "rtl":
        sheet.right_to_left()
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    return sheet


def _first(
    sheet: Any, title: str, remarks: list[str], tables: list[Table], names: Mapping[str, str], looks: _Looks
) -> None:
    sheet.set_column(0, 0, 60)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, neutral(title), looks.title)
    row = 1
    for remark in remarks:
        sheet.write_string(row, 0, neutral(remark), looks.of(Column("", "")))
        row += 1
    for table in tables:
        row += 1
        sheet.write_url(row, 0, f"internal:'{names[table.name]}'!A1", looks.link, neutral(table.title))


def _fill(sheet: Any, table: Table, looks: _Looks) -> None:
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    if table.columns:
        sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, _width(table, place))
        sheet.write_string(0, place, neutral(column.title), looks.head)
    for number, row in enumerate(table.rows, start=1):
        for place, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            _cell(sheet, number, place, value, column, looks.of(column))


def _width(table: Table, place: int) -> int:
    shown = [str(row[place]) for row in table.rows[:200] if row[place] is not None]
    # A heading is folded into lines; its longest word is not.
    words = max((len(word) for word in table.columns[place].title.split()), default=0)
    return max(_WIDTHS[0], min(_WIDTHS[1], max([words, *map(len, shown)]) + 3))


def _cell(sheet: Any, row: int, place: int, value: Value, column: Column, look: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value, look)
    elif column.kind == "month":
        sheet.write_datetime(row, place, date.fromisoformat(f"{value}-01"), look)
    elif column.kind == "date":
        sheet.write_datetime(row, place, date.fromisoformat(str(value)), look)
    elif isinstance(value, str):
        sheet.write_string(row, place, neutral(value)[:_LONGEST], look)
    else:
        sheet.write_number(row, place, value, look)
