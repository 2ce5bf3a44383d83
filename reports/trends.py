"""A branch's single months as a control chart."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from reports import signals, wording
from reports.charts import INK, MARKERS, Figure, Row, axis, figure, layout, line, lines
from translations import format_month, speaking
from translations import gettext as _

SERIES = ("csat", "nps", "ease", "shops", "profit")
"""The measures that have a trend."""


def trend(
    data: Row, code: str | None, measure: str, frozen: signals.Limits | None = None, language: str = "he"
) -> Figure:
    """A branch's single months (``code``; None: the organisation's) with control limits, marked where they are crossed.

    With fewer than 24 months shown the branch is charted minus the organisation, which removes common seasons. Limits
    stand from ``policy.signal_points`` months on: the ``frozen`` ones, or those of the first so many months. KeyError
    for an unknown branch or measure.
    """
    if measure not in SERIES:
        raise KeyError(measure)
    with speaking(language):
        policy = data["settings"]["policy"]
        months: list[str] = data["settings"]["trend_months"]
        values, differs = _series(data, code, measure)
        shown = [i for i, value in enumerate(values) if value is not None]
        points = [value for value in values if value is not None]
        least = policy["signal_points"]
        limits = frozen
        if limits is None and len(points) >= least:
            limits = signals.xmr_limits(points[:least])
        marked: set[int] = set()
        if limits is not None and points:
            flags = signals.beyond(points, limits) | signals.one_sided(points, limits.center, policy["signal_run"])
            marked = {place for place, flag in zip(shown, flags.tolist(), strict=True) if flag}
        days = [f"{month}-01" for month in months]
        digits = 0 if measure == "nps" else 1
        hover = [
            lines([format_month(month), "" if v is None else wording.value(v, digits), _mark(i in marked)])
            for i, (month, v) in enumerate(zip(months, values, strict=True))
        ]
        traces = [_line_of(days, values, hover, wording.measure(measure), marked)]
        title = wording.measure(measure)
        if differs:
            title = _("%(measure)s: branch minus the bank", measure=title)
        frame = layout(
            axis(_("Month"), type="date", tickformat="%m/%y", dtick="M3"),
            axis(title),
            shapes=_limit_lines(limits),
            hovermode="closest",
            showlegend=False,
            height=320,
        )
        return figure(traces, frame, language)


def _mark(marked: bool) -> str:
    return _("Outside the usual noise") if marked else ""


def _series(data: Row, code: str | None, measure: str) -> tuple[list[float | None], bool]:
    """The series to chart, and whether it is the difference to the organisation's."""
    whole: list[float | None] = data["organisation"]["trend"][measure]
    if code is None:
        return whole, False
    rows = {row["code"]: row for row in data["branches"]}
    own: list[float | None] = rows[code]["trend"][measure]
    if sum(value is not None for value in own) >= 24:
        return own, False
    pairs = zip(own, whole, strict=True)
    return [None if a is None or b is None else round(a - b, 2) for a, b in pairs], True


def _line_of(
    days: Sequence[str], values: Sequence[float | None], hover: Sequence[str], name: str, marked: Collection[int]
) -> dict[str, Any]:
    usual, unusual = MARKERS["not_told_apart"], ("diamond", MARKERS["trailing"][1])
    styles = [unusual if i in marked else usual for i in range(len(days))]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": line(name),
        "x": list(days),
        "y": list(values),
        "connectgaps": False,
        "hovertext": list(hover),
        "hoverinfo": "text",
        "line": {"color": INK, "width": 1.5},
        "marker": {"symbol": [s for s, _c in styles], "color": [c for _s, c in styles], "size": 8},
    }


def _limit_lines(limits: signals.Limits | None) -> list[dict[str, Any]]:
    if limits is None:
        return []
    return [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": "y",
            "y0": at,
            "y1": at,
            "layer": "below",
            "line": {"color": INK, "width": 1, "dash": dash},
        }
        for at, dash in ((limits.center, "solid"), (limits.low, "dash"), (limits.high, "dash"))
    ]
