"""A unit's single months drawn as a control chart; a new series of the question breaks the line and is never joined."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

from reports import months as calendar
from reports import signals, wording
from reports.charts import INK, MARKERS, Figure, Row, axis, figure, layout, line, lines
from reports.control import SERIES, Control, Note, Stretch, control, spans
from translations import format_month, speaking
from translations import gettext as _

__all__ = ["SERIES", "Control", "Note", "control", "mark", "trend"]


def trend(
    data: Row,
    code: str | None,
    measure: str,
    frozen: signals.Limits | None = None,
    language: str = "he",
    *,
    notes: Sequence[Note] = (),
    units: Literal["branches", "agents"] = "branches",
) -> Figure:
    """A unit's single months (``code``; None: the organisation's) with control limits, marked where they are crossed.

    With fewer than 24 months shown the unit is charted minus the organisation, which removes common seasons. Limits
    stand from ``policy.signal_points`` months on: the ``frozen`` ones, or those of the first so many months. Each
    series of the question is a line of its own with limits of its own; a note that re-bases begins new limits on the
    same line. The frozen ones are the newest's. KeyError for an unknown unit or measure.
    """
    found = control(data, code, measure, notes=notes, frozen=frozen, units=units)
    with speaking(language):
        return _drawn(found, language, units)


def _drawn(found: Control, language: str, units: str) -> Figure:
    days = [f"{month}-01" for month in found.months]
    hover = [_hover(found, place) for place in range(len(days))]
    traces = [
        _line_of(days[first:end], found.values[first:end], hover[first:end], wording.measure(found.measure),
                 {place - first for place in found.marks})
        for first, end in spans(found.months, set(found.begun))
    ]  # fmt: skip
    title = wording.measure(found.measure)
    if found.differs:
        title = _DIFFERENCES[units](title)
    words = [
        *(_break_words(month, found.months) for month in found.begun),
        *_noted(found.notes),
    ]
    frame = layout(
        axis(_("Month"), type="date", tickformat="%m/%y", dtick="M3"),
        axis(title),
        shapes=[
            *_all_limits(days, found.stretches),
            *(_break_line(month) for month in found.begun),
            *(_note_line(note) for note in found.notes),
        ],
        **({"annotations": words} if words else {}),
        hovermode="closest",
        showlegend=False,
        height=320,
    )
    return figure(traces, frame, language)


_DIFFERENCES: Mapping[str, Callable[[str], str]] = {
    "branches": lambda name: _("%(measure)s: branch minus the bank", measure=name),
    "agents": lambda name: _("%(measure)s: employee minus the bank", measure=name),
}


def _hover(found: Control, place: int) -> str:
    value, month = found.values[place], found.months[place]
    return lines(
        [
            format_month(month),
            "" if value is None else wording.value(value, 0 if found.measure == "nps" else 1),
            *(mark(code) for code in found.marks.get(place, ())),
            _("A new series begins") if month in found.begun else "",
            *(note.words for note in found.notes if note.month == month),
        ]
    )


_MARKS: Mapping[str, Callable[[], str]] = {
    "beyond": lambda: _("Outside the usual noise"),
    "run": lambda: _("Many months in a row on one side of the usual"),
    "drift": lambda: _("A slow drift away from the usual"),
}


def mark(code: str) -> str:
    """What calls a month unusual, in words."""
    return _MARKS[code]()


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


def _all_limits(days: Sequence[str], stretches: Sequence[Stretch]) -> list[dict[str, Any]]:
    """The limits of each stretch over its own months; of a single one over the whole width."""
    if len(stretches) == 1:
        return _limit_lines(stretches[0].limits, {"xref": "paper", "x0": 0, "x1": 1})
    return [
        shape
        for one in stretches
        for shape in _limit_lines(one.limits, {"xref": "x", "x0": days[one.first], "x1": days[one.end - 1]})
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


def _noted(notes: Sequence[Note]) -> list[dict[str, Any]]:
    """The mark of each note at the foot of its month; the notes of one month beside each other."""
    marks: dict[str, list[str]] = {}
    for note in notes:
        if note.mark:
            marks.setdefault(note.month, []).append(note.mark)
    return [
        {
            "xref": "x",
            "x": f"{month}-01",
            "xanchor": "left",
            # Beside the month's own point, not upon it.
            "xshift": 7,
            "yref": "paper",
            "y": 0,
            "yanchor": "bottom",
            "bgcolor": "#ffffff",
            "bordercolor": INK,
            "borderpad": 2,
            "font": {"size": 11},
            "showarrow": False,
            "text": line(", ".join(marks[month])),
        }
        for month in sorted(marks)
    ]


def _note_line(note: Note) -> dict[str, Any]:
    """A thin line at a noted month; where limits begin anew, between it and the month before."""
    at = _between(note.month) if note.rebases else f"{note.month}-01"
    stroke = {"color": INK, "width": 1, "dash": "dashdot" if note.rebases else "dot"}
    ends = {"x0": at, "x1": at, "y0": 0, "y1": 1}
    return {"type": "line", "xref": "x", "yref": "paper", **ends, "layer": "below", "line": stroke}
