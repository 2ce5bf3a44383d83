"""A month's pack as one document to print: blocks in the order in which a board reads them, every text ready to set.

Numbers are written here as the language writes them, and places of points and bars are shares of the drawing's width
or height (0 to 1): whoever typesets the document computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from reports import loop_tables, loop_wording, model_wording, opening, pack_charts, pack_tables, tables, wording
from reports.beside import Beside
from reports.pack_blocks import MOST_ROWS, Block, heading, printed, text
from reports.table import Column, Table
from translations import current_language, direction, format_month, format_number, isolate, ngettext
from translations import gettext as _

Row = Mapping[str, Any]


def document(data: Row, beside: Beside) -> dict[str, Any]:
    """The whole document in the active language, as JSON values."""
    blocks: list[Block] = []
    for make in _PARTS:
        blocks += make(data, beside)
    return {
        "language": current_language(),
        "rtl": direction() == "rtl",
        "title": _("Monthly review, %(month)s", month=format_month(data["month"])),
        "organisation": isolate(beside.organisation) if beside.organisation else "",
        "state": beside.signed or _("This month is open: its numbers may still move."),
        "synthetic": _("Synthetic data: no person and no bank behind it is real.") if beside.synthetic else "",
        "scope": _SCOPES.get(data.get("scope", ""), lambda: "")(),
        "contents": _("Contents"),
        "page": _("Page"),
        "blocks": blocks,
    }


_SCOPES: Final[Mapping[str, Callable[[], str]]] = {
    "region": lambda: _("As your region sees it"),
    "branch": lambda: _("As your branch sees it"),
    "agent": lambda: _("As you see it"),
}


# ---- the first page --------------------------------------------------------------------------------------------------


def _first_page(data: Row, beside: Beside) -> list[Block]:
    return [
        {"kind": "lead", "sentences": opening.opening(data)},
        *_cards(data),
        *text(" · ".join(opening.accounting(data)), opening.reference(data["settings"])),
    ]


def _cards(data: Row) -> list[Block]:
    whole, settings = data["organisation"], data["settings"]
    surveys, shops, profit = whole["surveys"], whole["shops"], whole["profit"]
    responses = ngettext("%(num)s response", "%(num)s responses", surveys["n"])
    cards = [
        _card(wording.measure("csat"), surveys["csat"], surveys["csat_low"], surveys["csat_high"], "%",
              responses),
        _card(_("NPS"), surveys["nps"], surveys["nps_low"], surveys["nps_high"], "", responses),
        _card(wording.measure("ease"), surveys["ease"], None, None, "", responses),
        _card(wording.measure("shops"), shops["score"], shops["low"], shops["high"], "",
              ngettext("%(num)s visit", "%(num)s visits", shops["n"])),
        _card(_("Gap to target"), profit["percent"], None, None, "%", opening.window(settings, "profit"), digits=1),
    ]  # fmt: skip
    return [{"kind": "cards", "cards": [card for card in cards if card["value"]]}]


def _card(
    label: str, value: float | None, low: float | None, high: float | None, unit: str, base: str, digits: int = 0
) -> Block:
    """A key figure: its value, its range and what it stands on."""
    shown = "" if value is None else format_number(value, digits) + unit
    span = "" if low is None or high is None else f"{format_number(low, digits)}–{format_number(high, digits)}{unit}"
    return {"label": label, "value": shown, "range": span, "base": base}


# ---- branches --------------------------------------------------------------------------------------------------------


def _ranking(data: Row, beside: Beside) -> list[Block]:
    rows = pack_tables.named(data)["branches"]
    ranked = [row for row in rows if not row["hidden"]]
    if not rows:
        return []
    blocks = [heading(_("Branches"))]
    if ranked:
        blocks.append(pack_charts.ranking(data, ranked, beside))
    hidden = [row for row in rows if row["hidden"]]
    if hidden:
        columns = Column("name", _("Branch")), Column("why", _("Why it is not ranked"))
        listed = tuple((f"{row['name']} ({row['code']})", _why(row)) for row in hidden)
        blocks.append(printed(Table("hidden", _("Not in the ranking"), columns, listed)))
    return blocks


def _why(row: Row) -> str:
    return "; ".join(
        dict.fromkeys(part for part in (wording.why_hidden(row["why"]), wording.status(row["status"])) if part)
    )


def _map(data: Row, beside: Beside) -> list[Block]:
    drawn = pack_charts.quadrant(data)
    return [heading(_("Service and profitability")), drawn] if drawn else []


def _trends(data: Row, beside: Beside) -> list[Block]:
    table = pack_tables.trends(data, beside)
    if len(table.rows) < pack_charts.LEAST_MONTHS:
        return []
    return [
        heading(_("Single months")),
        {"kind": "trends", "charts": pack_charts.trends(data)},
        *text(*wording.series_notes(data["settings"])),
        printed(table),
    ]


def _regions(data: Row, beside: Beside) -> list[Block]:
    if not data["regions"]:
        return []
    columns = (
        Column("name", _("Region")),
        Column("csat", _("Satisfaction"), "percent"),
        Column("csat_range", _("Satisfaction, range")),
        Column("n", _("Responses"), "integer"),
        Column("nps", _("NPS"), "number"),
        Column("score", _("Shop score"), "number"),
        Column("visits", _("Visits"), "integer"),
        Column("profit", _("Gap to target"), "percent", 1),
    )
    rows = tuple(
        (row["name"], row["surveys"]["csat"], pack_charts.span(row["surveys"]["csat_low"], row["surveys"]["csat_high"]),
         row["surveys"]["n"], row["surveys"]["nps"], row["shops"]["score"], row["shops"]["n"], row["profit"]["percent"])
        for row in data["regions"]
    )  # fmt: skip
    return [heading(_("Regions")), printed(Table("regions", _("Regions"), columns, rows), title=False)]


# ---- what the numbers say --------------------------------------------------------------------------------------------


def _model(data: Row, kind: str) -> Row | None:
    """What a kind of model made of the month; None where it was not made."""
    found: Row | None = (data.get("models") or {}).get(kind)
    return found


def _drivers(data: Row, beside: Beside) -> list[Block]:
    found = _model(data, "drivers")
    if found is None:
        return []
    table = tables.tables(pack_tables.named(data))["drivers"]
    said = [model_wording.driver_finding(data, found)]
    if table.rows:
        said += [model_wording.driver_reading(), model_wording.driver_base(found)]
    drawn = [pack_charts.drivers(table)] if table.rows else []
    return [heading(_("What goes with satisfaction")), *text(*said), *drawn]


def _recovery(data: Row, beside: Beside) -> list[Block]:
    found, table = _model(data, "recovery"), tables.tables(pack_tables.named(data))["recovery"]
    if found is None or not any(row[1] for row in table.rows):
        return []
    said = [model_wording.recovery_finding(found), model_wording.paradox(found), model_wording.repeats(found)]
    return [heading(_("When there was a problem")), *text(*said), printed(table, title=False)]


def _cases(data: Row, beside: Beside) -> list[Block]:
    found = _model(data, "cases")
    if found is None or not (found["opened"] or found["closed"] or found["standing"]):
        return []
    said = [loop_wording.case_finding(found), loop_wording.case_base(found), loop_wording.speed(found)]
    table = loop_tables.cases_short(pack_tables.named(data))
    shown = [printed(table, title=False)] if 0 < len(table.rows) <= MOST_ROWS else []
    return [heading(_("Customers' cases")), *text(*said, loop_wording.loyalty(found)), *shown]


def _promises(data: Row, beside: Beside) -> list[Block]:
    found = _model(data, "promises")
    if found is None or not (found["kept"] or found["told"]):
        return []
    table = loop_tables.promise_departments(data)
    shown = [printed(table, title=False)] if table.rows else []
    return [
        heading(_("Promises")),
        *text(loop_wording.promise_finding(found), loop_wording.promise_told(found)),
        *shown,
    ]


def _mix(data: Row, beside: Beside) -> list[Block]:
    """Only what changed: the whole mix is in the other files."""
    warnings = (_model(data, "mix") or {}).get("warnings", [])
    if not warnings:
        return []
    names = {row["code"]: row["name"] for row in pack_tables.named(data)["branches"]}
    listed = tuple(
        (names.get(one["branch"]) or _("The whole organisation"), model_wording.mix_warning(one))
        for one in warnings
        if one["branch"] is None or one["branch"] in names
    )
    columns = Column("name", _("Branch")), Column("words", _("What moved"))
    table = Table("mix", _("Who answered has changed"), columns, listed)
    return [heading(table.title), *text(model_wording.mix_reading()), printed(table, title=False)]


def _disagreement(data: Row, beside: Beside) -> list[Block]:
    table = tables.tables(pack_tables.named(data))["disagreement"]
    if not table.rows:
        return []
    return [heading(_("Where customers and mystery shops disagree")), printed(table, title=False)]


def _plain(
    make: Callable[[Row, Beside], Table], note: Callable[[Row], str] = lambda data: ""
) -> Callable[[Row, Beside], list[Block]]:
    """A part that is one table under its own title; nothing where it has no rows."""

    def part(data: Row, beside: Beside) -> list[Block]:
        table = make(pack_tables.named(data), beside)
        return [heading(table.title), *text(note(data)), printed(table, title=False)] if table.rows else []

    return part


def _minutes(data: Row, beside: Beside) -> list[Block]:
    stops = [
        {"title": one.title, "words": [isolate(line) for line in one.words.splitlines()]} for one in beside.minutes
    ]
    return [heading(_("Minutes of the meeting")), {"kind": "minutes", "stops": stops}] if stops else []


def _recognition(data: Row, beside: Beside) -> list[Block]:
    if not beside.recognised and not beside.unnamed:
        return []
    columns = (
        Column("name", _("Name")),
        Column("branch", _("Branch")),
        Column("n", _("Responses"), "integer"),
    )
    rows = tuple((one.name or _("The whole team"), one.branch, one.n) for one in beside.recognised)
    table = Table("recognition", _("Employees and teams whose recognition a manager confirmed"), columns, rows)
    unnamed = ngettext(
        "%(num)s is recognised and not named: publicity is the employee's own choice.",
        "%(num)s are recognised and not named: publicity is the employee's own choice.",
        beside.unnamed,
    )
    shown = [printed(table)] if rows else []
    return [heading(_("Recognition")), *shown, *text(unnamed if beside.unnamed else "")]


def _agents(data: Row, beside: Beside) -> list[Block]:
    """A branch's own employees; the organisation's many are in the other files."""
    if not 0 < len(data["agents"]) <= MOST_ROWS or data.get("scope") not in ("branch", "agent"):
        return []
    columns = (
        Column("name", _("Name")),
        Column("csat", _("Satisfaction"), "percent"),
        Column("range", _("Satisfaction, range")),
        Column("n", _("Responses"), "integer"),
        Column("remark", _("Remark")),
    )
    rows = tuple(
        (row["name"] or row["code"], row["surveys"]["csat"],
         pack_charts.span(row["surveys"]["csat_low"], row["surveys"]["csat_high"]), row["surveys"]["n"],
         wording.why(row["surveys"], data["settings"]))
        for row in data["agents"]
    )  # fmt: skip
    title = _("Service employees, %(month)s", month=format_month(data["month"]))
    return [heading(_("Service employees")), printed(Table("agents", title, columns, rows))]


_PARTS: Final[Sequence[Callable[[Row, Beside], list[Block]]]] = (
    _first_page,
    _ranking,
    _map,
    _trends,
    _plain(pack_tables.changes, lambda data: wording.signal(data["settings"]["policy"]["change_q"])),
    _drivers,
    _recovery,
    _cases,
    _promises,
    _disagreement,
    _mix,
    _regions,
    _recognition,
    _agents,
    _plain(pack_tables.decisions),
    _minutes,
    _plain(pack_tables.settings),
)
