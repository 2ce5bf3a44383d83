"""Control charts of a unit's single months: limits, what they call unusual, notes, and limits begun anew.

Shares with known bases are held against a p-chart, everything else against XmR; an EWMA finds slow drifts. Limits stand
on the first ``policy.signal_points`` months of their stretch and are frozen then. A stretch ends where the question
begins a new series, and where a logged decision re-bases the limits (METHOD, Change).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from reports import signals, wording
from reports.signals import Limits
from reports.wording import Row

SERIES = ("csat", "nps", "ease", "shops", "profit")
"""The measures that have a trend."""

OWN_MONTHS = 24
"""Months from which a unit is charted by itself; before, minus the organisation, which removes common seasons."""

Mark = Literal["beyond", "run", "drift"]
MARKS: tuple[Mark, ...] = ("beyond", "run", "drift")
"""Beyond 3σ; a run on one side of the centre; a slow drift (EWMA)."""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on a month of a trend; one that ``rebases`` begins new limits there.

    ``measure``: the only one that it is about, empty for all; ``mark``: what it is called by on the chart.
    """

    month: str
    words: str
    rebases: bool = False
    measure: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Months first…end−1 that share limits. ``limits``: as drawn; None while there are too few months."""

    first: int
    end: int
    kind: Literal["xmr", "p"]
    limits: Limits | None


@dataclass(frozen=True, slots=True)
class Control:
    """A measure's months as charted. ``differs``: the values are the unit's minus the organisation's."""

    measure: str
    months: Sequence[str]
    values: Sequence[float | None]
    differs: bool
    #: Months in which a newer series of the question begins.
    begun: Sequence[str]
    stretches: Sequence[Stretch]
    #: Place of a month → what calls it unusual.
    marks: dict[int, tuple[Mark, ...]]
    #: The moving average, where there are limits.
    ewma: Sequence[float | None]
    notes: Sequence[Note]


def control(
    data: Row,
    code: str | None,
    measure: str,
    *,
    notes: Sequence[Note] = (),
    frozen: Limits | None = None,
    units: Literal["branches", "agents"] = "branches",
) -> Control:
    """A unit's months (``code``; None: the organisation's) against their limits.

    ``frozen`` limits are those of the newest stretch, in the units that are charted. Notes on months outside of the
    trend say nothing here. KeyError for an unknown unit or measure.
    """
    if measure not in SERIES:
        raise KeyError(measure)
    settings = data["settings"]
    months: list[str] = settings["trend_months"]
    values, sizes, differs = _series(data, code, measure, units)
    begun = wording.series_begins(settings, measure)
    own = [note for note in notes if note.month in months and note.measure in ("", measure)]
    starts = {*begun, *(note.month for note in own if note.rebases)}
    policy, stretches = settings["policy"], []
    marks: dict[int, tuple[Mark, ...]] = {}
    ewma: list[float | None] = [None] * len(months)
    for first, end in spans(months, starts):
        given = frozen if end == len(months) else None
        part = _Part.of(values[first:end], sizes[first:end], given, policy)
        stretches.append(Stretch(first, end, part.kind, part.drawn))
        for place, found in part.marks(policy["signal_run"]).items():
            marks[first + place] = found
        for place, smooth in part.smooth():
            ewma[first + place] = smooth
    return Control(measure, months, values, differs, begun, stretches, marks, ewma, own)


def spans(months: Sequence[str], starts: set[str]) -> list[tuple[int, int]]:
    """First place and end of each stretch among the months."""
    places = [0, *(place for place, month in enumerate(months) if month in starts and place)]
    return list(pairwise([*places, len(months)]))


def _series(data: Row, code: str | None, measure: str, units: str) -> tuple[list[float | None], list[int | None], bool]:
    """The values to chart, their bases where they are shares, and whether they are differences."""
    whole: Row = data["organisation"]["trend"]
    row = whole if code is None else {row["code"]: row for row in data[units]}[code]["trend"]
    values: list[float | None] = row[measure]
    known: list[int | None] = [None] * len(values)
    sizes = row.get("csat_n", known) if measure == "csat" else known
    if code is None or sum(value is not None for value in values) >= OWN_MONTHS:
        return values, sizes, False
    pairs = zip(values, whole[measure], strict=True)
    return [None if a is None or b is None else round(a - b, 2) for a, b in pairs], known, True


@dataclass(frozen=True, slots=True)
class _Part:
    """The months of one stretch that have a value, and the limits of each."""

    places: Sequence[int]
    points: Any
    kind: Literal["xmr", "p"]
    #: At the usual base, and of each point.
    drawn: Limits | None
    exact: Limits | None

    @classmethod
    def of(
        cls, values: Sequence[float | None], sizes: Sequence[int | None], frozen: Limits | None, policy: Row
    ) -> _Part:
        places = [place for place, value in enumerate(values) if value is not None]
        points = np.array([values[place] for place in places], dtype=np.float64)
        bases = np.array([sizes[place] or 0 for place in places], dtype=np.float64)
        least = policy["signal_points"]
        if frozen is not None or len(places) < least:
            return cls(places, points, "xmr", frozen, frozen)
        if not (bases > 0).all():
            limits = signals.xmr_limits(points[:least])
            return cls(places, points, "xmr", limits, limits)
        counts = np.round(points * bases / 100)
        base = signals.p_limits(counts[:least], bases[:least])
        # Where nobody said otherwise yet, the next answer may: noise of nothing would call it unusual.
        total = float(bases[:least].sum())
        spread = base.center if 0 < base.center < 1 else (counts[:least].sum() + 2) / (total + 4)
        drawn, exact = (_p_limits(base.center, float(spread), n) for n in (float(bases.mean()), bases))
        return cls(places, points, "p", drawn, exact)

    def marks(self, run: int) -> dict[int, tuple[Mark, ...]]:
        """What is unusual, by place."""
        if self.exact is None or self.drawn is None or not self.places:
            return {}
        smooth, drift = _ewma(self.points, self.drawn)
        flags = {
            "beyond": signals.beyond(self.points, self.exact),
            "run": signals.one_sided(self.points, self.exact.center, run),
            "drift": signals.beyond(smooth, drift),
        }
        found = {place: tuple(name for name in MARKS if flags[name][at]) for at, place in enumerate(self.places)}
        return {place: names for place, names in found.items() if names}

    def smooth(self) -> list[tuple[int, float]]:
        """The moving average by place."""
        if self.drawn is None or not self.places:
            return []
        return list(
            zip(self.places, [round(value, 2) for value in _ewma(self.points, self.drawn)[0].tolist()], strict=True)
        )


def _ewma(points: Any, limits: Limits) -> tuple[Any, Limits]:
    """The moving average and its limits. A limit of a share may be cut off at 0 or 100: the wider side tells σ."""
    sigma = max(float(limits.high) - limits.center, limits.center - float(limits.low)) / 3
    return signals.ewma(points, limits.center, max(sigma, 0.0))


def _p_limits(p: float, spread: float, n: Any) -> Limits:
    """Limits of percentages at a base, or at each of several; their noise is that of the share ``spread``."""
    reach = 300 * np.sqrt(spread * (1 - spread) / n)
    return Limits(100 * p, np.maximum(100 * p - reach, 0.0), np.minimum(100 * p + reach, 100.0))
