"""Whether profit follows service: a panel of branches and months, each compared with itself and with its month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from reports.arrays import Booleans, Floats, share

#: Passes of demeaning by branch and month in turn; an unbalanced panel needs some dozens.
_PASSES: Final = 10_000
_STILL: Final = 1e-12
LAGS: Final = (1, 3, 6)


@dataclass(frozen=True)
class Link:
    """What goes with one unit more of the cause, so many months later, in units of the effect."""

    lag: int
    slope: float
    low: float
    high: float
    #: Two-sided, against no link.
    p_value: float
    branches: int
    #: Branch-months that have both, and that the slope rests on.
    n: int


def panel(cause: ArrayLike, effect: ArrayLike, lag: int, level: float = 0.95) -> Link:
    """Slope of ``effect`` on ``cause`` of ``lag`` months before, with effects of branch and month.

    Arrays branches × months of one shape; NaN where a month is missing. The interval and p-value rest on errors that
    may be related within a branch (clustered, with the small-sample factor), from Student's t with branches − 1 degrees
    of freedom. ValueError for a negative lag, shapes that do not agree, fewer than three branches with two months each,
    and a cause that does not vary within them.

    Sources: Wooldridge (2010) Econometric Analysis of Cross Section and Panel Data, 10.5; Cameron and Miller (2015)
    J Human Resources 50:317-372, section II.
    """
    share(level, "level")
    x, y = np.asarray(cause, dtype=np.float64), np.asarray(effect, dtype=np.float64)
    if x.ndim != 2 or x.shape != y.shape:
        raise ValueError("cause and effect are branches × months of one shape")
    if lag < 0 or lag >= x.shape[1]:
        raise ValueError("the lag is shorter than the panel")
    if np.isinf(x).any() or np.isinf(y).any():
        raise ValueError("not a finite number")
    before, after = x[:, : x.shape[1] - lag], y[:, lag:]
    there = ~(np.isnan(before) | np.isnan(after))
    there[there.sum(axis=1) < 2] = False  # a branch with one month says nothing about change
    branches = int(there.any(axis=1).sum())
    if branches < 3:
        raise ValueError("at least three branches with two months each")
    within_x, within_y = _demeaned(before, there), _demeaned(after, there)
    spread = float((within_x[there] ** 2).sum())
    if spread <= _STILL * max(1.0, float(np.nansum(before[there] ** 2))):
        raise ValueError("the cause does not vary within branches and months")
    slope = float((within_x * within_y)[there].sum()) / spread
    residual = np.where(there, within_y - slope * within_x, 0.0)
    scores = (np.where(there, within_x, 0.0) * residual).sum(axis=1)
    n, months = int(there.sum()), int(there.any(axis=0).sum())
    # Branch effects are nested in the clusters and cost no degree of freedom; those of months and the slope do.
    factor = branches / (branches - 1) * (n - 1) / max(n - months - 1, 1)
    error = float(np.sqrt(factor * (scores**2).sum())) / spread
    freedom = branches - 1
    reach = float(student.ppf((1 + level) / 2, freedom)) * error
    p_value = float(2 * student.sf(abs(slope) / error, freedom)) if error > 0 else 0.0
    return Link(lag, slope, slope - reach, slope + reach, p_value, branches, n)


def both_ways(
    service: ArrayLike, profit: ArrayLike, lags: Sequence[int] = LAGS, level: float = 0.95
) -> tuple[list[Link], list[Link]]:
    """Profit on earlier service, and the other way round: where the reverse is as strong, neither is the cause."""
    forward = [panel(service, profit, lag, level) for lag in lags]
    return forward, [panel(profit, service, lag, level) for lag in lags]


def _demeaned(values: Floats, there: Booleans) -> Floats:
    """Values without the means of their branch and of their month; alternately, which an unbalanced panel needs."""
    left = np.where(there, values, 0.0)
    by_branch, by_month = there.sum(axis=1), there.sum(axis=0)
    scale = float(np.abs(left).max()) or 1.0
    for _pass in range(_PASSES):
        rows = np.divide(left.sum(axis=1), by_branch, out=np.zeros(len(by_branch)), where=by_branch > 0)
        left = np.where(there, left - rows[:, None], 0.0)
        columns = np.divide(left.sum(axis=0), by_month, out=np.zeros(len(by_month)), where=by_month > 0)
        left = np.where(there, left - columns[None, :], 0.0)
        if max(np.abs(rows).max(), np.abs(columns).max()) <= _STILL * scale:
            break
    return left
