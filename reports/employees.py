"""What employees say, in numbers: shares of answers with intervals, and what goes with what customers say.

Which answers stand together is not decided here: whoever calls gives counts of whole groups that were told before
(``survey_app.queries.told``). From counts alone nothing more can be learned than the counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from reports.arrays import Booleans, Floats, share
from reports.measures import nps, nps_interval, proportion_interval

#: Months by which customers' scores are looked at after the employees' answers, and before them.
LAGS: Final = (0, 1, 2, 3)
#: Fewer branches than this and no association is told.
LEAST_BRANCHES: Final = 20
#: The slope is told for so many points of what employees say.
POINTS: Final = 10.0
#: Answers of a recommendation that count for and against.
_PROMOTER, _DETRACTOR = 9, 6


@dataclass(frozen=True, slots=True)
class Rating:
    """How a group answered one question: share of favourable answers, 0–100, or the NPS, −100 to 100."""

    n: int
    value: float
    low: float
    high: float


def favourable(counts: Mapping[float, int], steps: int = 2, level: float = 0.95, top: float | None = None) -> Rating:
    """The share of the ``steps`` highest answers, with Wilson's interval.

    ``counts``: answer → how many gave it; ``top``: the highest answer that can be given, where nobody may have given
    it. ValueError for none at all.
    """
    n = sum(counts.values())
    if n <= 0:
        raise ValueError("nobody answered")
    highest = max(counts, default=0.0) if top is None else top
    good = sum(count for answer, count in counts.items() if answer > highest - steps)
    low, high = proportion_interval(good, n, level)
    return Rating(n, 100 * good / n, 100 * float(low), 100 * float(high))


def recommendation(counts: Mapping[float, int], level: float = 0.95) -> Rating:
    """The NPS of answers 0–10, with its interval. ValueError for none at all."""
    promoters = sum(count for answer, count in counts.items() if answer >= _PROMOTER)
    detractors = sum(count for answer, count in counts.items() if answer <= _DETRACTOR)
    n = sum(counts.values())
    passives = n - promoters - detractors
    low, high = nps_interval(promoters, passives, detractors, level)
    return Rating(n, float(nps(promoters, passives, detractors)), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Association:
    """What goes with :data:`POINTS` more points of one score, so many months later, in points of the other."""

    lag: int
    slope: float
    low: float
    high: float
    #: Correlation of the two within their months, −1 to 1.
    correlation: float
    branches: int
    #: Branch-months that have both.
    n: int

    @property
    def found(self) -> bool:
        """Whether the interval is on one side of nothing."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class TooFew:
    """Why an association is not told: so many branches have both."""

    lag: int
    branches: int


def association(
    first: ArrayLike, second: ArrayLike, lag: int, level: float = 0.95, least: int = LEAST_BRANCHES
) -> Association | TooFew:
    """How ``second`` of ``lag`` months later goes with ``first``, over branches × months; NaN where one is missing.

    Every value is compared with its month's mean of the branches that have both, so that seasons and the organisation's
    own change do not look like an association. The interval rests on errors that may be related within a branch
    (clustered, with the small-sample factor), from Student's t with branches − 1 degrees of freedom. It says what goes
    together, not why. ValueError for shapes that do not agree and a negative lag.

    Source: Cameron and Miller (2015) J Human Resources 50:317-372, section II.
    """
    share(level, "level")
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.ndim != 2 or x.shape != y.shape:
        raise ValueError("the two scores are branches × months of one shape")
    if lag < 0:
        raise ValueError("a lag is not negative")
    x, y = x[:, : max(x.shape[1] - lag, 0)], y[:, lag:]
    both = ~(np.isnan(x) | np.isnan(y))
    both[:, both.sum(axis=0) < 2] = False  # a branch alone in its month is compared with nobody
    branches = int(both.any(axis=1).sum())
    if branches < max(least, 3):
        return TooFew(lag, branches)
    within_x, within_y = _within(x, both), _within(y, both)
    spread, other = float((within_x**2).sum()), float((within_y**2).sum())
    if spread <= 0 or other <= 0:
        return TooFew(lag, branches)
    product = float((within_x * within_y).sum())
    slope = product / spread
    scores = (within_x * (within_y - slope * within_x)).sum(axis=1)
    n, months = int(both.sum()), int(both.any(axis=0).sum())
    factor = branches / (branches - 1) * (n - 1) / max(n - months - 1, 1)
    reach = float(student.ppf((1 + level) / 2, branches - 1)) * float(np.sqrt(factor * (scores**2).sum())) / spread
    correlation = product / float(np.sqrt(spread * other))
    return Association(
        lag, POINTS * slope, POINTS * (slope - reach), POINTS * (slope + reach), correlation, branches, n
    )


def both_ways(
    employees: ArrayLike, customers: ArrayLike, lags: Sequence[int] = LAGS, level: float = 0.95
) -> tuple[list[Association | TooFew], list[Association | TooFew]]:
    """Customers after employees, and employees after customers: where both are as strong, neither comes first.

    The intervals hold together at the level (Bonferroni): with each by itself at 95%, where nothing goes with anything
    one of seven would still be found in every fourth organisation.
    """
    backward = [lag for lag in lags if lag]
    each = 1 - (1 - share(level, "level")) / max(len(lags) + len(backward), 1)
    return (
        [association(employees, customers, lag, each) for lag in lags],
        [association(customers, employees, lag, each) for lag in backward],
    )


def _within(values: Floats, both: Booleans) -> Floats:
    """Values less their month's mean over the branches that have both; 0 elsewhere."""
    there = np.where(both, values, 0.0)
    count = both.sum(axis=0)
    mean = np.divide(there.sum(axis=0), count, out=np.zeros(values.shape[1]), where=count > 0)
    found: Floats = np.where(both, values - mean, 0.0)
    return found
