"""A branch's single months as a control chart; a new series of the question breaks the line and is never joined."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from reports import months as calendar
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
    stand from ``policy.signal_points`` months on: the ``frozen`` ones, or those of the first so many months. Each
    series of the question is a line of its own with limits of its own; the frozen ones are the newest's. KeyError for
    an unknown branch or measure.
    """
    if measure not in SERIES:
        raise KeyError(measure)
    with speaking(language):
        months: list[str] = data["settings"]["trend_months"]
        values, differs = _series(data, code, measure)
        begun = wording.series_begins(data["settings"], measure)
        spans = _spans(months, begun)
        limits = [
            _limits(values[first:end], data["settings"]["policy"], frozen if end == len(months) else None)
            for first, end in spans
        ]
        marked = {
            first + place
            for (first, end), found in zip(spans, limits, strict=True)
            for place in _marked(values[first:end], found, data["settings"]["policy"]["signal_run"])
        }
        days = [f"{month}-01" for month in months]
        digits = 0 if measure == "nps" else 1
        hover = [
            lines(
                [
                    format_month(month),
                    "" if v is None else wording.value(v, digits),
                    _mark(i in marked),
                    _("A new series begins") if month in begun else "",
                ]
            )
            for i, (month, v) in enumerate(zip(months, values, strict=True))
        ]
        traces = [
            _line_of(days[first:end], values[first:end], hover[first:end], wording.measure(measure),
                     {place - first for place in marked})
            for first, end in spans
        ]  # fmt: skip
        title = wording.measure(measure)
        if differs:
            title = _("%(measure)s: branch minus the bank", measure=title)
        frame = layout(
            axis(_("Month"), type="date", tickformat="%m/%y", dtick="M3"),
            axis(title),
            shapes=[*_all_limits(days, spans, limits), *(_break_line(month) for month in begun)],
            **({"annotations": [_break_words(month, months) for month in begun]} if begun else {}),
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


def _spans(months: Sequence[str], begun: Sequence[str]) -> list[tuple[int, int]]:
    """First place and end of each series among the months."""
    starts = [0, *(place for place, month in enumerate(months) if month in begun and place)]
    return list(zip(starts, [*starts[1:], len(months)], strict=True))


def _limits(values: Sequence[float | None], policy: Row, frozen: signals.Limits | None) -> signals.Limits | None:
    """The frozen limits, or those of the first months of one series; None while there are too few."""
    points, least = [value for value in values if value is not None], policy["signal_points"]
    return frozen or (signals.xmr_limits(points[:least]) if len(points) >= least else None)


def _marked(values: Sequence[float | None], limits: signals.Limits | None, run: int) -> set[int]:
    """The places of one series that its limits call unusual."""
    shown = [place for place, value in enumerate(values) if value is not None]
    points = [value for value in values if value is not None]
    if limits is None or not points:
        return set()
    flags = signals.beyond(points, limits) | signals.one_sided(points, limits.center, run)
    return {place for place, flag in zip(shown, flags.tolist(), strict=True) if flag}


def _all_limits(
    days: Sequence[str], spans: Sequence[tuple[int, int]], limits: Sequence[signals.Limits | None]
) -> list[dict[str, Any]]:
    """The limits of each series over its own months; of a single one over the whole width."""
    if len(spans) == 1:
        return _limit_lines(limits[0], {"xref": "paper", "x0": 0, "x1": 1})
    return [
        shape
        for (first, end), found in zip(spans, limits, strict=True)
        for shape in _limit_lines(found, {"xref": "x", "x0": days[first], "x1": days[end - 1]})
    ]


def _limit_lines(limits: signals.Limits | None, along: Mapping[str, Any]) -> list[dict[str, Any]]:
    if limits is None:
        return []
    return [
        {
            "type": "line",
            **along,
            "yref": "y",
            "y0": at,
            "y1": at,
            "layer": "below",
            "line": {"color": INK, "width": 1, "dash": dash},
        }
        for at, dash in ((limits.center, "solid"), (limits.low, "dash"), (limits.high, "dash"))
    ]


def _between(month: str) -> str:
    """The day between a month's point and the one before it."""
    return f"{calendar.shift(month, -1)}-16"


def _break_line(month: str) -> dict[str, Any]:
    """A dotted line between two series, from top to bottom."""
    at = _between(month)
    stroke = {"color": INK, "width": 2, "dash": "dot"}
    return {"type": "line", "xref": "x", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1, "line": stroke}


def _break_words(month: str, months: Sequence[str]) -> dict[str, Any]:
    """What stands beside the dotted line, at its top: on the older side where the newer one has no room."""
    late = months.index(month) > len(months) * 2 / 3
    return {
        "xref": "x",
        "x": _between(month),
        "xanchor": "right" if late else "left",
        "yref": "paper",
        "y": 1,
        "yanchor": "top",
        "bgcolor": "rgba(255,255,255,0.85)",
        "showarrow": False,
        "text": line(_("New series")),
    }
