"""How far those who judge the same thing agree, and who of them is strict (:func:`severity`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from reports.arrays import Floats, matrix
from reports.severity import Effects, Severity, severity

__all__ = ["Effects", "Severity", "fleiss_kappa", "krippendorff_alpha", "severity"]


def fleiss_kappa(counts: ArrayLike) -> float:
    """Fleiss' κ from counts units × categories: how many of the raters put the unit into the category.

    Each unit has the same number of raters, at least two. ValueError otherwise, or when all ratings fall into one
    category (agreement beyond chance is then undefined). Source: Fleiss (1971) Psychol Bull 76:378-382.
    """
    table = matrix(counts, "counts")
    raters = table.sum(axis=1)
    if (table < 0).any() or raters[0] < 2 or (raters != raters[0]).any():
        raise ValueError("each unit has the same number of raters, at least two")
    observed = float(((table**2).sum(axis=1) - raters).mean() / (raters[0] * (raters[0] - 1)))
    expected = float(((table.sum(axis=0) / table.sum()) ** 2).sum())
    if expected >= 1:
        raise ValueError("all ratings fall into one category")
    return (observed - expected) / (1 - expected)


def _nominal(values: Floats, _totals: Floats) -> Floats:
    result: Floats = (values[:, None] != values[None, :]).astype(np.float64)
    return result


def _ordinal(_values: Floats, totals: Floats) -> Floats:
    # Ranks between two values: the ratings from one to the other, half of each end.
    middle = np.cumsum(totals) - totals / 2
    result: Floats = (middle[:, None] - middle[None, :]) ** 2
    return result


def _interval(values: Floats, _totals: Floats) -> Floats:
    result: Floats = (values[:, None] - values[None, :]) ** 2
    return result


def _ratio(values: Floats, _totals: Floats) -> Floats:
    if (values < 0).any():
        raise ValueError("a ratio scale has no negative values")
    both = values[:, None] + values[None, :]
    part = np.divide(values[:, None] - values[None, :], both, out=np.zeros_like(both), where=both > 0)
    result: Floats = part**2
    return result


_DISTANCES: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval,
    "ratio": _ratio,
}


def krippendorff_alpha(ratings: ArrayLike, level: str = "nominal") -> float:
    """Krippendorff's α from ratings raters × units, NaN where a rater did not judge.

    ``level``: nominal, ordinal, interval or ratio. Units judged once are left out; ValueError when nothing can be
    paired, or when all paired values are one (α is then undefined).
    Source: Krippendorff (2011) Computing Krippendorff's Alpha-Reliability.
    """
    if level not in _DISTANCES:
        raise ValueError(f"level is one of {', '.join(_DISTANCES)}")
    given = np.asarray(ratings, dtype=np.float64)
    if given.ndim != 2 or np.isinf(given).any():
        raise ValueError("expected raters × units of finite numbers or NaN")
    present = np.isfinite(given)
    paired = present.sum(axis=0) >= 2
    if not paired.any():
        raise ValueError("no unit was judged twice")
    values = np.unique(given[:, paired][present[:, paired]])
    if values.size < 2:
        raise ValueError("all ratings are the same")
    counts = (given[:, paired][None, :, :] == values[:, None, None]).sum(axis=1).astype(np.float64)
    judged = counts.sum(axis=0)
    together = (counts / (judged - 1)) @ counts.T
    together -= np.diag((counts / (judged - 1)).sum(axis=1))
    totals = together.sum(axis=1)
    distance = _DISTANCES[level](values, totals)
    observed = float((together * distance).sum())
    expected = float((np.outer(totals, totals) * distance).sum()) / (float(totals.sum()) - 1)
    return 1 - observed / expected
