"""A month's pack as tables: the report's own, its trends and settings, and what was said and decided beside it.

Tables of numbers come from the report's data alone, so that a signed month gives the same ones for ever; what a meeting
says goes on after it was signed and stands in tables of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reports import opening, tables, wording
from reports.beside import Beside, Decided
from reports.pack_words import COMPONENTS, STATES, WORKED, said
from reports.table import Column, Table, Value
from reports.trends import SERIES
from translations import format_month
from translations import gettext as _

Row = Mapping[str, Any]


def named(data: Row) -> dict[str, Any]:
    """The data with the branches that may be named only: the others are points of a map, and no rows of a table."""
    return {**data, "branches": [row for row in data["branches"] if row["name"] is not None]}


def numbers(data: Row, beside: Beside) -> dict[str, Table]:
    """Tables of the report's data by name, in the active language; those without a row are left out."""
    open_data = named(data)
    found = tables.tables(open_data)
    for make in (trends, changes, settings):
        table = make(open_data, beside)
        found.setdefault(table.name, table)
    return {name: table for name, table in found.items() if table.rows}


def together(data: Row, beside: Beside) -> dict[str, Table]:
    """The tables of numbers and after them what was said and decided."""
    found = numbers(data, beside)
    about = found.pop("settings", None)
    for make in (statements, decisions, minutes):
        table = make(named(data), beside)
        if table.rows:
            found[table.name] = table
    return found | ({"settings": about} if about is not None else {})


def trends(data: Row, beside: Beside) -> Table:
    """The organisation's single months; a month of nothing at all is left out at the beginning."""
    months, series = data["settings"]["trend_months"], data["organisation"]["trend"]
    rows: list[tuple[Value, ...]] = [
        (month, *(series[name][place] for name in SERIES)) for place, month in enumerate(months)
    ]
    while rows and all(value is None for value in rows[0][1:]):
        rows.pop(0)
    columns = (
        Column("month", _("Month"), "month"),
        *(Column(name, wording.measure(name), "number", 0 if name == "nps" else 1) for name in SERIES),
    )
    return Table("trends", _("Single months of the whole organisation"), columns, tuple(rows))


def changes(data: Row, beside: Beside) -> Table:
    """Unusual changes of branches, with both values."""
    columns = (
        Column("code", _("Branch code")),
        Column("name", _("Branch")),
        Column("measure", _("Measure")),
        Column("before", _("Before"), "number", 1),
        Column("now", _("Now"), "number", 1),
        Column("difference", _("Difference"), "number", 1),
        Column("low", _("Difference, from"), "number", 1),
        Column("high", _("Difference, to"), "number", 1),
    )
    rows = tuple(
        (row["code"], row["name"], wording.measure(one["measure"]), one["before"], one["now"], one["difference"],
         one["low"], one["high"])
        for row in data["branches"]
        for one in row["change"]
    )  # fmt: skip
    return Table("changes", _("What has changed"), columns, rows)


def settings(data: Row, beside: Beside) -> Table:
    """What the numbers stand on: windows, weights, minimums, method."""
    given = data["settings"]
    listed: list[tuple[str, str]] = [
        (_("Month"), format_month(data["month"])),
        (_("State"), _("Signed") if data["state"] == "signed" else _("Open")),
    ]
    listed += [
        (_("Window: %(what)s", what=said(COMPONENTS, name)),
         f"{format_month(given['windows'][name]['from'])} – {format_month(given['windows'][name]['to'])}")
        for name in ("surveys", "shops", "profit")
    ]  # fmt: skip
    listed += [
        (_("Weight: %(what)s", what=said(COMPONENTS, name)), f"{100 * given['weights'][name]:g}%")
        for name in ("surveys", "shops", "service", "profit")
    ]
    least: Sequence[tuple[str, Callable[[], str]]] = (
        ("surveys", lambda: _("Fewest responses to be shown")),
        ("shops", lambda: _("Fewest visits to be shown")),
        ("surveys_to_rank", lambda: _("Fewest responses to be ranked")),
        ("shops_to_rank", lambda: _("Fewest visits to be ranked")),
    )
    listed += [(title(), str(given["minimums"][name])) for name, title in least]
    listed += [(_("Index 100"), opening.reference(given)), (_("Version of the method"), str(given["method"]))]
    columns = (Column("setting", _("Setting")), Column("value", _("Value")))
    return Table("settings", _("What the numbers stand on"), columns, tuple(row for row in listed if row[1]))


# ---- what was said and decided ---------------------------------------------------------------------------------------


def statements(data: Row, beside: Beside) -> Table:
    """What branches answered before the meeting."""
    columns = Column("code", _("Branch code")), Column("name", _("Branch")), Column("words", _("The branch's answer"))
    rows = tuple(
        (row["code"], row["name"], beside.statements[row["code"]])
        for row in data["branches"]
        if beside.statements.get(row["code"])
    )
    return Table("statements", _("What branches answered"), columns, rows)


def decisions(data: Row, beside: Beside) -> Table:
    """What was decided before and in this review, with what became of it."""
    columns = (
        Column("month", _("Month"), "month"),
        Column("text", _("Decision")),
        Column("owner", _("Owner")),
        Column("branch", _("Branch")),
        Column("due_on", _("Until"), "date"),
        Column("state", _("State")),
        Column("outcome", _("Outcome")),
        Column("worked", _("Did it work")),
    )
    return Table("decisions", _("Decisions"), columns, tuple(map(_decided, (*beside.before, *beside.decisions))))


def _decided(one: Decided) -> tuple[Value, ...]:
    return (one.month, one.text, one.owner, one.branch, one.due_on.isoformat(), said(STATES, one.state), one.outcome,
            said(WORKED, one.worked))  # fmt: skip


def minutes(data: Row, beside: Beside) -> Table:
    """What was said at each stop of the meeting."""
    columns = Column("stop", _("Stop")), Column("words", _("What was said"))
    return Table(
        "minutes", _("Minutes of the meeting"), columns, tuple((one.title, one.words) for one in beside.minutes)
    )
