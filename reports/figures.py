"""The report → Plotly figures as plain JSON: ``{"data", "layout", "config"}``.

A point carries its branch's code as ``customdata`` only where the reader may name the branch: the caller says which
codes may be named, all others are unnamed points.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from reports import wording
from reports.charts import FAINT, INK, MARKERS, Figure, Row, axis, figure, layout, line, lines
from reports.trends import trend
from translations import direction, speaking
from translations import gettext as _

__all__ = ["quadrant", "rank_intervals", "trend"]

MOST_INTERVALS = 80
"""Beyond this many named branches only those told apart carry their interval: more would be a grey cloud."""

LEGEND = ("leading", "not_told_apart", "trailing", "unnamed")
"""The tiers in reading order; they are drawn in another, so that those told apart lie on top."""

FIRST_IN_LEGEND = 1000
"""Plotly's own default rank."""


def _bars(rows: Sequence[Row], part: str) -> dict[str, Any]:
    """Interval bars around an index."""
    blocks = [row[part] for row in rows]
    return {
        "type": "data",
        "symmetric": False,
        "array": [round(block["high"] - block["index"], 2) for block in blocks],
        "arrayminus": [round(block["index"] - block["low"], 2) for block in blocks],
        "thickness": 1,
        "width": 0,
        "color": FAINT,
    }


def _hover(row: Row) -> str:
    return lines(
        [
            row["name"],
            wording.rank(row),
            wording.tier(row["tier"], short=True),
            _("Service: %(index)s (%(range)s)", **_interval(row["service"])),
            _("Profitability: %(index)s (%(range)s)", **_interval(row["profit"])),
            wording.quadrant(row["quadrant"], row["quadrant_probability"]),
        ]
    )


def _interval(block: Row) -> dict[str, str]:
    span = wording.span(f"{block['low']:.0f}", f"{block['high']:.0f}")
    return {"index": wording.value(block["index"]), "range": span}


def quadrant(data: Row, named: Collection[str] | None = None, language: str = "he") -> Figure:
    """The two axes: service index × profit index with their intervals, 100 being the reference on both.

    ``data``: a report's data. ``named``: the codes of branches the reader may name (None: all). Branches without one of
    the two indices are not drawn.
    """
    with speaking(language):
        drawn = [r for r in data["branches"] if r["service"]["index"] is not None and r["profit"]["index"] is not None]
        open_rows = [row for row in drawn if named is None or row["code"] in named]
        others = [row for row in drawn if named is not None and row["code"] not in named]
        traces = [_unnamed(others)] if others else []
        many = len(open_rows) > MOST_INTERVALS
        for tier in ("not_told_apart", "leading", "trailing"):
            rows = [row for row in open_rows if row["tier"] == tier]
            if rows:
                traces.append(_points(rows, tier, bars=not many or tier != "not_told_apart"))
        frame = layout(
            axis(_("Service index"), tickformat=".0f"),
            axis(_("Profit index"), tickformat=".0f"),
            shapes=[_reference_line(x="x"), _reference_line(x="paper")],
            annotations=_corners(),
            hovermode="closest",
            height=560,
        )
        return figure(traces, frame, language)


def _points(rows: Sequence[Row], tier: str, bars: bool) -> dict[str, Any]:
    symbol, color = MARKERS[tier]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "name": line(wording.tier(tier, short=True)),
        "legendrank": _legend_place(tier),
        "x": [row["service"]["index"] for row in rows],
        "y": [row["profit"]["index"] for row in rows],
        "customdata": [row["code"] for row in rows],
        "hovertext": [_hover(row) for row in rows],
        "hoverinfo": "text",
        "marker": {"symbol": symbol, "color": color, "size": 11, "line": {"width": 1, "color": "#ffffff"}},
    }
    if bars:
        trace["error_x"], trace["error_y"] = _bars(rows, "service"), _bars(rows, "profit")
    return trace


def _legend_place(tier: str) -> int:
    """Where a tier is named in the legend, the leading first in reading order; Plotly writes from left to right."""
    place = LEGEND.index(tier)
    return FIRST_IN_LEGEND + (-place if direction() == "rtl" else place)


def _unnamed(rows: Sequence[Row]) -> dict[str, Any]:
    """Other branches: where they stand to the nearest point, in an order that tells nothing, and no more."""
    symbol, color = MARKERS["unnamed"]
    places = sorted((round(row["service"]["index"]), round(row["profit"]["index"])) for row in rows)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": line(_("Other branches")),
        "legendrank": _legend_place("unnamed"),
        "x": [x for x, _y in places],
        "y": [y for _x, y in places],
        "hovertext": [line(_("Another branch"))] * len(places),
        "hoverinfo": "text",
        "marker": {"symbol": symbol, "color": color, "size": 8},
    }


def _reference_line(x: str) -> dict[str, Any]:
    """The line at 100: across the service axis (``x``: "x"), or across the profit axis ("paper")."""
    stroke = {"type": "line", "line": {"color": INK, "width": 1.5, "dash": "dash"}, "layer": "below"}
    if x == "x":
        return {**stroke, "xref": "x", "x0": 100, "x1": 100, "yref": "paper", "y0": 0, "y1": 1}
    return {**stroke, "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": 100, "y1": 100}


_CORNERS = {"high_high": (1, 1), "low_high": (0, 1), "high_low": (1, 0), "low_low": (0, 0)}


def _corners() -> list[dict[str, Any]]:
    """The quadrants' names in the chart's corners."""
    return [
        {
            "text": line(wording.quadrant_name(code)),
            "xref": "paper",
            "yref": "paper",
            "x": x,
            "y": y,
            "xanchor": "right" if x else "left",
            "yanchor": "top" if y else "bottom",
            "showarrow": False,
            "font": {"size": 12, "color": "#53606e"},
        }
        for code, (x, y) in _CORNERS.items()
    ]


def rank_intervals(data: Row, named: Collection[str] | None = None, language: str = "he") -> Figure:
    """Every ranked branch's interval of places, first place at the top; only branches that may be named."""
    with speaking(language):
        rows = [
            row
            for row in data["branches"]
            if row["rank"]["low"] is not None and (named is None or row["code"] in named)
        ]
        traces = []
        for tier in ("leading", "not_told_apart", "trailing"):
            chosen = [row for row in rows if row["tier"] == tier]
            if chosen:
                traces.append(_places(chosen, tier))
        order = [row["code"] for row in rows]
        labels = axis(
            _("Branch"),
            type="category",
            categoryorder="array",
            categoryarray=order,
            autorange="reversed",
            tickvals=order,
            ticktext=[line(row["name"]) for row in rows],
        )
        frame = layout(
            axis(_("Place"), tickformat="d", rangemode="tozero"),
            labels,
            height=max(240, 140 + 22 * len(rows)),
            hovermode="closest",
        )
        return figure(traces, frame, language)


def _places(rows: Sequence[Row], tier: str) -> dict[str, Any]:
    symbol, color = MARKERS[tier]
    middle = [row["rank"]["median"] or round((row["rank"]["low"] + row["rank"]["high"]) / 2) for row in rows]
    ranks = [row["rank"] for row in rows]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": line(wording.tier(tier, short=True)),
        "x": middle,
        "y": [row["code"] for row in rows],
        "customdata": [row["code"] for row in rows],
        "hovertext": [lines([row["name"], wording.rank(row)]) for row in rows],
        "hoverinfo": "text",
        # A place that may not be written is not marked either: only its interval is drawn.
        "marker": {"symbol": symbol, "color": color, "size": [1 if rank["wide"] else 10 for rank in ranks]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [rank["high"] - at for rank, at in zip(ranks, middle, strict=True)],
            "arrayminus": [at - rank["low"] for rank, at in zip(ranks, middle, strict=True)],
            "thickness": 2,
            "width": 4,
            "color": color,
        },
    }
