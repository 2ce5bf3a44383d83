"""The drawings of a printed pack: where things stand on them, as shares of width and height, and how they are told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from reports import opening, wording
from reports.beside import Beside
from reports.table import Table
from reports.trends import SERIES
from translations import format_month, format_number, isolate, isolate_ltr
from translations import gettext as _

Row = Mapping[str, Any]
Block = dict[str, Any]

#: A trend of fewer months is no trend.
LEAST_MONTHS: Final = 3
#: Beyond so many branches only those told apart carry their code and their intervals on the map.
MOST_LABELS: Final = 30
#: No axis has more.
_MOST_TICKS: Final = 9
#: In the order in which the list shows them.
_TIERS: Final = ("leading", "not_told_apart", "trailing")
#: Units of a trend's values.
_UNITS: Final = {"csat": "%", "nps": "", "ease": "", "shops": "", "profit": "%"}


def span(low: float | None, high: float | None, digits: int = 0, unit: str = "") -> str:
    """A range as it is read in every direction; empty where there is none."""
    if low is None or high is None:
        return ""
    return isolate_ltr(f"{format_number(low, digits)}–{format_number(high, digits)}{unit}")


def number(value: float | None, digits: int = 0, unit: str = "") -> str:
    """A number as it is read in every direction; empty where there is none."""
    if value is None:
        return ""
    shown = format_number(value, digits) + unit
    return isolate_ltr(shown) if value < 0 or unit else shown


def _share(value: float, low: float, high: float) -> float:
    """Where a value lies between two others, 0 to 1."""
    return round(min(1.0, max(0.0, (value - low) / (high - low))), 4) if high > low else 0.5


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round values from low to high, about as many as wanted; ValueError where low is not under high."""
    if not low < high:
        raise ValueError("low must be under high")
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if last == first and wanted < _MOST_TICKS:
        # A single value tells no scale.
        return ticks(low, high, wanted + 1)
    return [round(place * step, 10) for place in range(first, last + 1)]


# ---- ranking ---------------------------------------------------------------------------------------------------------


def ranking(data: Row, ranked: Sequence[Row], beside: Beside) -> Block:
    """The list by tier, each branch's interval of places drawn; what its manager answered stands under it."""
    settings = data["settings"]
    columns = [
        ("place", _("Place")),
        ("name", _("Branch")),
        ("interval", _("Where the true place probably is")),
        ("service", _("Service index")),
        ("csat", f"{_('Satisfaction')} ({opening.window(settings, 'surveys')})"),
        ("score", f"{_('Shop score')} ({opening.window(settings, 'shops')})"),
        ("profit", f"{_('Gap to target')} ({opening.window(settings, 'profit')})"),
    ]
    groups = []
    for tier in (*_TIERS, None):
        rows = [row for row in ranked if row["tier"] == tier]
        if rows:
            title = wording.tier(tier, short=True) or _("In the ranking")
            groups.append(
                {"tier": tier or "not_told_apart", "title": title, "rows": [_line(row, beside) for row in rows]}
            )
    return {
        "kind": "ranking",
        "title": _("Branch ranking, %(month)s", month=format_month(data["month"])),
        "columns": [{"code": code, "title": title} for code, title in columns],
        "groups": groups,
        "note": _("A place is written only where its range is narrow enough to mean something."),
    }


def _line(row: Row, beside: Beside) -> Block:
    rank = row["rank"]
    of = rank["of"] or 1
    told = rank["low"] is not None and rank["high"] is not None
    middle = rank["median"] if told and not rank["wide"] else None
    remarks = [*wording.held_back(row["held_back"]), *(wording.change(one) for one in row["change"]),
               wording.status(row["status"])]  # fmt: skip
    return {
        "place": number(middle),
        "name": isolate(row["name"]),
        "code": isolate_ltr(row["code"]),
        "region": isolate(row["region"]) if row["region"] else "",
        "from": _share(rank["low"] - 0.5, 0.5, of + 0.5) if told else None,
        "to": _share(rank["high"] + 0.5, 0.5, of + 0.5) if told else None,
        "at": _share(middle, 0.5, of + 0.5) if middle is not None else None,
        "range": span(rank["low"], rank["high"]) if told else "",
        "service": number(row["service"]["index"]),
        "csat": number(row["surveys"]["csat"], 0, "%"),
        "score": number(row["shops"]["score"]),
        "profit": number(row["profit"]["percent"], 1, "%"),
        "remark": "; ".join(dict.fromkeys(part for part in remarks if part)),
        "statement": isolate(beside.statements[row["code"]]) if beside.statements.get(row["code"]) else "",
    }


# ---- the map ---------------------------------------------------------------------------------------------------------


def quadrant(data: Row) -> Block | None:
    """Service index across, profit index upwards, the reference lines at 100; None where no branch has both."""
    rows = [
        row for row in data["branches"] if row["service"]["index"] is not None and row["profit"]["index"] is not None
    ]
    if not rows:
        return None
    open_rows = [row for row in rows if row["name"] is not None]
    few = len(open_rows) <= MOST_LABELS
    across, up = (_axis([row[part]["index"] for row in rows]) for part in ("service", "profit"))
    points = []
    for row in sorted(rows, key=lambda one: one["tier"] in ("leading", "trailing")):
        told = row["tier"] in ("leading", "trailing")
        x, y = row["service"]["index"], row["profit"]["index"]
        point: Block = {
            "x": _share(x, *across),
            "y": _share(y, *up),
            "tier": row["tier"] if row["name"] is not None else "unnamed",
            "label": row["code"] if row["name"] is not None and (few or told) else "",
        }
        if row["name"] is not None and (few or told):
            point["x_low"], point["x_high"] = (_share(row["service"][end], *across) for end in ("low", "high"))
            point["y_low"], point["y_high"] = (_share(row["profit"][end], *up) for end in ("low", "high"))
        points.append(point)
    used = {point["tier"] or "not_told_apart" for point in points}
    legend = [
        {"tier": tier, "title": _("Other branches") if tier == "unnamed" else wording.tier(tier, short=True)}
        for tier in (*_TIERS, "unnamed")
        if tier in used
    ]
    return {
        "kind": "map",
        "title": _("Service and profitability of branches, %(month)s", month=format_month(data["month"])),
        "alt": _("Every point is a branch: its service index across, its profit index upwards. The values stand in the "
                 "list of branches and in the other files."),
        "across": _("Service index"),
        "up": _("Profit index"),
        "x_ticks": [{"at": _share(value, *across), "text": number(value)} for value in ticks(*across, 6)],
        "y_ticks": [{"at": _share(value, *up), "text": number(value)} for value in ticks(*up, 6)],
        "x_reference": _share(100, *across),
        "y_reference": _share(100, *up),
        "corners": {code: wording.quadrant_name(code) for code in ("high_high", "high_low", "low_high", "low_low")},
        "points": points,
        "legend": legend,
        "note": _("Lines through a point are its 90% ranges. The dashed lines are the reference, 100."),
    }  # fmt: skip


def _axis(values: Sequence[float]) -> tuple[float, float]:
    """From where to where an axis runs: all values and the reference 100, with some room."""
    low, high = min(100.0, *values), max(100.0, *values)
    room = max(4.0, 0.15 * (high - low))
    return low - room, high + room


# ---- trends ----------------------------------------------------------------------------------------------------------


def trends(data: Row) -> list[Block]:
    """The organisation's single months, a small chart for each measure that has any."""
    months: list[str] = data["settings"]["trend_months"]
    series = data["organisation"]["trend"]
    first = min(next((i for i, v in enumerate(series[name]) if v is not None), len(months)) for name in SERIES)
    shown = months[first:]
    charts = []
    for name in SERIES:
        values = series[name][first:]
        known = [value for value in values if value is not None]
        if len(known) >= LEAST_MONTHS:
            charts.append(_trend(name, shown, values, known, wording.series_begins(data["settings"], name)))
    return charts


def _trend(
    name: str, months: Sequence[str], values: Sequence[float | None], known: Sequence[float], begun: Sequence[str]
) -> Block:
    low, high = min(known), max(known)
    room = max(1.0, 0.2 * (high - low))
    bottom, top = low - room, high + room
    last = max(len(months) - 1, 1)
    lines: list[list[list[float]]] = [[]]
    for place, value in enumerate(values):
        # A gap, or another series, ends the line: nothing is joined over it.
        if value is None or months[place] in begun:
            lines.append([])
        if value is not None:
            lines[-1].append([round(place / last, 4), _share(value, bottom, top)])
    step = max(1, math.ceil(len(months) / 5))
    unit, digits = _UNITS[name], 1 if name == "profit" else 0
    title = _("NPS") if name == "nps" else wording.measure(name)
    newest = next(value for value in reversed(values) if value is not None)
    return {
        "title": title,
        "newest": number(newest, digits, unit),
        "alt": _("%(measure)s of the single months, from %(low)s to %(high)s. The values stand in the table below.",
                 measure=title, low=number(low, digits, unit), high=number(high, digits, unit)),
        "lines": [line for line in lines if line],
        "breaks": [round((months.index(month) - 0.5) / last, 4) for month in begun if month in months[1:]],
        "x_ticks": [{"at": round(place / last, 4), "text": f"{months[place][5:]}/{months[place][2:4]}"}
                    for place in range(len(months) - 1, -1, -step)],
        "y_ticks": [{"at": _share(value, bottom, top), "text": number(value, 0 if value == int(value) else 1, unit)}
                    for value in ticks(bottom, top, 3)],
    }  # fmt: skip


# ---- drivers ---------------------------------------------------------------------------------------------------------


def drivers(table: Table) -> Block:
    """Each topic's part with its range drawn, and how the topic stands."""
    rows = table.records()
    longest = max(_float(row["share_high"] or row["share"]) for row in rows) or 1.0
    titles = {column.code: column.title for column in table.columns}
    return {
        "kind": "bars",
        "title": "",
        "columns": [titles[code] for code in ("topic", "share", "performance", "n")],
        "rows": [
            {
                "name": isolate(row["topic"]),
                "at": _share(_float(row["share"]), 0, longest),
                "from": _share(_float(row["share_low"]), 0, longest),
                "to": _share(_float(row["share_high"]), 0, longest),
                "value": number(_float(row["share"]), 0, "%"),
                "range": span(_float(row["share_low"]), _float(row["share_high"]), 0, "%"),
                "performance": number(_float(row["performance"])) if row["performance"] is not None else "",
                "n": number(_float(row["n"])),
            }
            for row in rows
        ],
    }


def _float(value: Any) -> float:
    return float(value or 0)
