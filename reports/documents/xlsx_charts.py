"""Charts of a workbook, drawn by Excel from the cells of its tables. Which table has one is said in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from reports.table import Table
from translations import direction
from translations import gettext as _

#: Rows that a chart can still be read with.
_MOST: Final = 60
_INK, _ACCENT, _SOFT = "#17222b", "#0d5160", "#8fb3bb"
_Chart = Callable[[Any, Table, str], Any]


#: Height of a row of a sheet in pixels, as long as nobody sets another.
_ROW: Final = 20


def add(book: Any, sheet: Any, tables: Iterable[Table], names: Mapping[str, str]) -> None:
    """Put the charts of tables under one another on a sheet; ``names``: name of a table -> that of its sheet."""
    row = 1
    for table in tables:
        chart = _CHARTS[table.name](book, table, names[table.name])
        chart.set_title({"name": table.title, "name_font": {"size": 12}})
        sheet.insert_chart(row, 0, chart, {"description": table.title, "object_position": 3})
        row += chart.height // _ROW + 3


def drawable(table: Table) -> bool:
    """Whether a table has a chart and the rows for it."""
    least = _LEAST.get(table.name)
    return table.name in _CHARTS and least is not None and _drawn(table, least[0]) >= least[1]


def _place(table: Table, code: str) -> int:
    """Where a column stands; StopIteration for none."""
    return next(place for place, column in enumerate(table.columns) if column.code == code)


def _range(name: str, place: int, rows: int) -> list[Any]:
    return [name, 1, place, rows, place]


def _drawn(table: Table, code: str) -> int:
    """How many rows from the first one on have a value to draw."""
    values = table.column(code)
    return next((place for place, value in enumerate(values) if value is None), len(values))


def _intervals(table: Table, code: str, rows: int) -> dict[str, Any] | None:
    """Error bars out of the columns ``<code>_low`` and ``<code>_high``, or ``low`` and ``high``."""
    known = {column.code for column in table.columns}
    low, high = (next((end for end in (f"{code}_{part}", part) if end in known), None) for part in ("low", "high"))
    if low is None or high is None:
        return None
    values, lows, highs = (table.column(one)[:rows] for one in (code, low, high))
    if any(part is None for part in (*lows, *highs)):
        return None
    return {
        "type": "custom",
        "plus_values": [round(_float(b) - _float(a), 4) for a, b in zip(values, highs, strict=True)],
        "minus_values": [round(_float(a) - _float(b), 4) for a, b in zip(values, lows, strict=True)],
        "line": {"color": _INK, "width": 1},
    }


def _float(value: Any) -> float:
    return float(value)


def _bars(label: str, code: str, axis: Callable[[], str]) -> _Chart:
    """Horizontal bars of one column with their ranges, the first row at the top."""

    def make(book: Any, table: Table, name: str) -> Any:
        labels, values = _place(table, label), _place(table, code)
        rows = min(_drawn(table, code), _MOST)
        chart = book.add_chart({"type": "bar"})
        series: dict[str, Any] = {
            "name": axis(),
            "categories": _range(name, labels, rows),
            "values": _range(name, values, rows),
            "fill": {"color": _SOFT},
            "gap": 60,
        }
        intervals = _intervals(table, code, rows)
        if intervals:
            series["x_error_bars"] = intervals
        chart.add_series(series)
        rtl = direction() == "rtl"
        chart.set_y_axis({"reverse": True, "label_position": "low"})
        chart.set_x_axis(
            {"name": axis(), "reverse": rtl, "major_gridlines": {"visible": True, "line": {"color": "#d7dce2"}}}
        )
        chart.set_legend({"none": True})
        chart.set_size({"width": 640, "height": 140 + 22 * rows})
        return chart

    return make


def _lines(book: Any, table: Table, name: str) -> Any:
    """Every measure of single months over time, from left to right as time runs in every language."""
    months = _place(table, "month")
    chart = book.add_chart({"type": "line"})
    dashes = ("solid", "dash", "square_dot", "long_dash", "round_dot")
    for place, column in enumerate(table.columns):
        if place != months and any(value is not None for value in table.column(column.code)):
            chart.add_series(
                {
                    "name": [name, 0, place],
                    "categories": _range(name, months, len(table.rows)),
                    "values": _range(name, place, len(table.rows)),
                    # Told apart without colour: every line has its own dashes.
                    "line": {"width": 2, "dash_type": dashes[place % len(dashes)]},
                    "marker": {"type": "automatic", "size": 5},
                }
            )
    chart.set_x_axis({"name": _("Month"), "date_axis": True, "num_format": "mm/yy", "label_position": "low"})
    chart.set_y_axis({"name": _("Value"), "major_gridlines": {"visible": True, "line": {"color": "#d7dce2"}}})
    chart.set_legend({"position": "bottom"})
    chart.show_blanks_as("gap")
    chart.set_size({"width": 760, "height": 380})
    return chart


_CHARTS: Final[Mapping[str, _Chart]] = {
    "ranking": _bars("name", "service", lambda: _("Service index")),
    "regions": _bars("name", "csat", lambda: _("Satisfaction")),
    "drivers": _bars("topic", "share", lambda: _("Part in what goes with satisfaction")),
    "recovery": _bars("group", "top_box", lambda: _("Satisfaction")),
    "trends": _lines,
}
#: Table -> the column that must have values from the first row on, and in how many.
_LEAST: Final[Mapping[str, tuple[str, int]]] = {
    "ranking": ("service", 1),
    "regions": ("csat", 1),
    "drivers": ("share", 1),
    "recovery": ("top_box", 1),
    "trends": ("month", 2),
}
