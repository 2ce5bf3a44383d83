"""Series of one line: which of them each month belongs to, and the months of those that ended.

A question whose scale changed its meaning goes on in a new series. Answers of two series are never added or compared:
each month belongs to one, windows hold months of the newest alone, and a trend shows each for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from reports.arrays import Floats
from reports.cells import Cells, Window
from reports.suppression import SHOWN, decide, outside
from reports.units import Unit


def belonging(series: Sequence[str], counts: Mapping[str, Mapping[str, int]], months: Sequence[str]) -> dict[str, str]:
    """The series that each month belongs to. ``series``: oldest first; ``counts``: series → month → responses.

    A newer series takes over in the first month in which it has at least as many responses as the older ones together:
    a visit of an earlier day may be rated under a newer version, and must not take its whole month along.
    """
    current = next((one for one in series if any(counts.get(one, {}).get(month) for month in months)), series[0])
    found = {}
    for month in months:
        sizes = [counts.get(one, {}).get(month, 0) for one in series]
        for place in range(series.index(current) + 1, len(series)):
            if sizes[place] and sizes[place] >= sum(sizes[:place]):
                current = series[place]
        found[month] = current
    return found


def beginnings(belongs: Mapping[str, str]) -> list[str]:
    """The months in which a newer series begins, from the series of each month, oldest first."""
    return [now for before, now in pairwise(belongs) if belongs[before] != belongs[now]]


@dataclass(frozen=True, slots=True)
class Ended:
    """What was measured in series that ended: cells per measure, and where in them one series follows another."""

    cells: dict[str, Cells]
    breaks: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, units: Sequence[Unit], measures: Sequence[str], breaks: Mapping[str, Sequence[str]],
           months: Sequence[str]) -> Ended:  # fmt: skip
        """Gather the units' facts of ended series, for the measures that have any."""
        broken = [measure for measure in measures if breaks.get(measure)]
        return cls({measure: Cells.of(units, measure, months, earlier=True) for measure in broken}, breaks)

    def by(self, groups: Sequence[str], names: Sequence[str]) -> Ended:
        """The same of groups of units."""
        return Ended({measure: cells.by(groups, names) for measure, cells in self.cells.items()}, self.breaks)

    def shown(self, parents: Sequence[str], width: int, least: int, totals: Ended | None = None) -> dict[str, Floats]:
        """Measure → means (units × months) where they may be shown, NaN elsewhere.

        Decided as they were when the series stood, each by itself: no response belongs to two.
        """
        found = {}
        for measure, cells in self.cells.items():
            means = np.full(cells.n.shape, np.nan)
            for first, end in self._spans(measure, cells.months):
                sizes = np.zeros_like(cells.n)
                sizes[:, first:end] = cells.n[:, first:end]
                others = None
                if totals is not None:
                    whole = np.zeros_like(sizes)
                    whole[:, first:end] = totals.cells[measure].n[:, first:end]
                    others = outside(sizes, parents, whole)
                decided = decide(sizes, parents, width, least, others).month
                mean = Window(cells.n, cells.total, cells.squares).mean
                means[:, first:end] = np.where(decided == SHOWN, mean, np.nan)[:, first:end]
            found[measure] = means
        return found

    def _spans(self, measure: str, months: Sequence[str]) -> list[tuple[int, int]]:
        """First place and end of each ended series among the months."""
        ends = [list(months).index(month) for month in self.breaks[measure] if month in months]
        return list(zip([0, *ends], ends, strict=False))
