"""Drivers as a Plotly figure: what goes with satisfaction against how the topic stands."""

from __future__ import annotations

from typing import Any

from reports import model_wording
from reports.charts import FAINT, Figure, Row, axis, figure, layout, lines
from reports.wording import percent, span, value
from translations import gettext as _
from translations import speaking

_COLOR = "#1d4e89"


def drivers(data: Row, language: str = "he") -> Figure:
    """Importance (up) by performance (along): what matters and stands low is at the upper edge of the low scores.

    Points are numbered as the rows of the table beside; their words are in the table and under the pointer. Without
    topics the figure has no data.
    """
    found = (data.get("models") or {}).get("drivers") or {}
    topics = found.get("topics", [])
    if not topics:
        return {"data": [], "layout": {}, "config": {}}
    with speaking(language):
        trace: dict[str, Any] = {
            "type": "scatter",
            "mode": "markers",
            "x": [row["performance"] for row in topics],
            "y": [row["share"] for row in topics],
            "hovertext": [_hover(data, row) for row in topics],
            "hoverinfo": "text",
            "marker": {"symbol": "circle", "color": _COLOR, "size": 12},
            "error_y": {
                "type": "data",
                "symmetric": False,
                "array": [round(row["high"] - row["share"], 2) for row in topics],
                "arrayminus": [round(row["share"] - row["low"], 2) for row in topics],
                "thickness": 1.5,
                "width": 4,
                "color": FAINT,
            },
            "showlegend": False,
        }
        # A trace of their own: labels of points are left out on a phone, but by these the table is found.
        numbers = {
            "type": "scatter",
            "mode": "text",
            "x": trace["x"],
            "y": trace["y"],
            "text": [str(place) for place in range(1, len(topics) + 1)],
            "textposition": "top left",
            "textfont": {"size": 15},
            "hoverinfo": "skip",
            "showlegend": False,
        }
        low, high = min(trace["x"]), max(trace["x"])
        frame = layout(
            axis(_("Score of the topic (0–100)"), range=[max(0, low - 5), min(100, high + 5)], tickformat="d"),
            axis(_("Part in what goes with satisfaction"), ticksuffix="%", rangemode="tozero"),
            height=420,
            hovermode="closest",
        )
        return figure([trace, numbers], frame, language)


def _hover(data: Row, row: Row) -> str:
    words = model_wording.question(data, row)
    return lines(
        [
            words,
            _(
                "Part: %(share)s (likely range %(range)s)",
                share=percent(row["share"]),
                range=span(f"{row['low']:.0f}", f"{row['high']:.0f}"),
            ),
            _("Score of the topic: %(score)s", score=value(row["performance"])),
        ]
    )
