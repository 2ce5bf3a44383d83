"""What all charts share: isolated text, axes, markers, and a configuration that sends nothing anywhere.

Plotly sets every text left to right; each line of Hebrew is therefore isolated by itself, and signed numbers again
inside it. Tiers differ by symbol, not by colour alone.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from translations import PDI, RLI, direction
from translations import isolate_ltr as ltr

Row = Mapping[str, Any]
Figure = dict[str, Any]

FONT = "Rubik, Arial, sans-serif"
INK, GRID, FAINT = "#1f2937", "#d7dce2", "rgba(31,41,55,0.28)"
MARKERS: Mapping[str, tuple[str, str]] = {
    "leading": ("triangle-up", "#00695c"),
    "not_told_apart": ("circle", "#53606e"),
    "trailing": ("triangle-down", "#b3261e"),
    "unnamed": ("circle-open", "#8a94a0"),
}
"""Tier → symbol and colour; the unnamed points of other branches have their own."""


def line(text: str) -> str:
    """One line of a chart's text, in the reader's direction wherever it stands, its own markup taken literally."""
    safe = html.escape(text, quote=False)
    return f"{RLI}{safe}{PDI}" if direction() == "rtl" else ltr(safe)


def lines(parts: Sequence[str]) -> str:
    """Several lines, each isolated by itself."""
    return "<br>".join(line(part) for part in parts if part)


def config(language: str) -> dict[str, Any]:
    """Plotly's settings: its own words in the language, and no way to send the chart to anybody."""
    return {
        "locale": language,
        "responsive": True,
        "displaylogo": False,
        "showSendToCloud": False,
        "plotlyServerURL": "",
        "modeBarButtonsToRemove": ["sendChartToCloud", "select2d", "lasso2d", "autoScale2d"],
    }


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis with its title."""
    base = {"title": {"text": line(title)}, "gridcolor": GRID, "zeroline": False, "linecolor": INK, "ticks": "outside"}
    return {**base, "automargin": True, **more}


def layout(xaxis: dict[str, Any], yaxis: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The frame around the points; in a right-to-left language the vertical axis and the legend start at the right."""
    rtl = direction() == "rtl"
    return {
        "font": {"family": FONT, "color": INK, "size": 14},
        "hoverlabel": {"font": {"family": FONT}, "align": "right" if rtl else "left"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 24 if rtl else 64, "r": 64 if rtl else 24, "t": 24, "b": 64},
        "legend": {
            "orientation": "h",
            "x": 1 if rtl else 0,
            "xanchor": "right" if rtl else "left",
            "y": 1.02,
            "yanchor": "bottom",
        },
        "xaxis": xaxis,
        "yaxis": {**yaxis, "side": "right" if rtl else "left"},
        **more,
    }


def figure(data: list[dict[str, Any]], frame: dict[str, Any], language: str) -> Figure:
    """The whole figure."""
    return {"data": data, "layout": frame, "config": config(language)}
