"""Loyalty: whether an incident's outreach helped, giving contacts against failures, who leaves, newcomers.

Everything here is counted, not tried: it says what goes with what, never what causes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from reports.arrays import share, vector
from reports.measures import critical_value, proportion_change, proportion_interval

#: Fewer branches say nothing about what goes with what.
LEAST_BRANCHES: Final = 20
REACHED, NOT_REACHED, UNAFFECTED = "reached", "not_reached", "unaffected"
#: Customers of an incident, in the order in which they are shown.
GROUPS: Final = (REACHED, NOT_REACHED, UNAFFECTED)


@dataclass(frozen=True, slots=True)
class Share:
    """A share in percent with its interval, or a difference of two in points; ``n`` answers behind it."""

    value: float
    low: float
    high: float
    n: int

    @property
    def sure(self) -> bool:
        """Of a difference: whether its interval leaves out zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Effect:
    """An incident's groups: each with its share, or None where too few answered; and the two differences."""

    groups: Mapping[str, Share | None]
    answers: Mapping[str, int]
    #: Reached minus not reached, and reached minus unaffected.
    outreach: Share | None
    recovered: Share | None


def of(successes: int, n: int, least: int, level: float = 0.95) -> Share | None:
    """A share with Wilson's interval; None under the least base. ValueError for counts that contradict."""
    if not 0 <= successes <= n:
        raise ValueError("successes lie between 0 and n")
    if n < max(least, 1):
        return None
    low, high = proportion_interval(successes, n, level)
    return Share(100 * successes / n, 100 * low, 100 * high, n)


def apart(first: tuple[int, int], second: tuple[int, int], least: int, level: float = 0.95) -> Share | None:
    """First minus second, each (successes, n), in points with Newcombe's interval; None where a base is too small.

    Source: Newcombe (1998) Stat Med 17:873-890, method 10.
    """
    if of(*first, least) is None or of(*second, least) is None:
        return None
    low, high = proportion_change(*first, *second, level)
    value = first[0] / first[1] - second[0] / second[1]
    return Share(100 * value, 100 * low, 100 * high, first[1] + second[1])


def effect(counts: Mapping[str, tuple[int, int]], least: int, level: float = 0.95) -> Effect:
    """(satisfied, answers) of each group -> how satisfied they are. ValueError for a group that is none."""
    if unknown := set(counts) - set(GROUPS):
        raise ValueError(f"no such group: {', '.join(sorted(unknown))}")
    told = {name: counts.get(name, (0, 0)) for name in GROUPS}
    return Effect(
        groups={name: of(*told[name], least, level) for name in GROUPS},
        answers={name: told[name][1] for name in GROUPS},
        outreach=apart(told[REACHED], told[NOT_REACHED], least, level),
        recovered=apart(told[REACHED], told[UNAFFECTED], least, level),
    )


@dataclass(frozen=True, slots=True)
class Association:
    """How two numbers of branches go together: Spearman's ρ with its interval."""

    rho: float
    low: float
    high: float
    branches: int

    @property
    def sure(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def association(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> Association | None:
    """Whether branches high in one are high in the other: Spearman's rank correlation.

    None for fewer than :data:`LEAST_BRANCHES` branches, or where one of them is the same everywhere. The interval is on
    Fisher's scale with the variance (1 + ρ²/2)/(n − 3). ValueError for shapes that differ and numbers that are none.

    Source: Bonett and Wright (2000) Psychometrika 65:23-28.
    """
    share(level, "level")
    x, y = vector(first, "first"), vector(second, "second")
    if x.shape != y.shape:
        raise ValueError("both are of the same branches")
    n = int(x.size)
    if n < LEAST_BRANCHES or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    rho = float(np.clip(np.corrcoef(rankdata(x), rankdata(y))[0, 1], -1.0, 1.0))
    bounded = float(np.clip(rho, -0.999999, 0.999999))
    reach = critical_value(level) * float(np.sqrt((1 + bounded**2 / 2) / (n - 3)))
    low, high = np.tanh(np.arctanh(bounded) - reach), np.tanh(np.arctanh(bounded) + reach)
    return Association(rho, float(low), float(high), n)


@dataclass(frozen=True, slots=True)
class Balance:
    """One branch: contacts that gave, and failures: cases, broken promises, low answers without consent."""

    given: int
    cases: int
    promises: int
    signals: int

    @property
    def failures(self) -> int:
        """All failures together."""
        return self.cases + self.promises + self.signals

    @property
    def ratio(self) -> float | None:
        """Contacts that gave to one failure; None where there was no failure to divide by."""
        return self.given / self.failures if self.failures else None


def hidden(sizes: Mapping[str, int], least: int) -> frozenset[str]:
    """Bands whose numbers are not shown: those under the least base, and the next smallest where the hidden ones
    together are so few that a shown total would tell them. ValueError for a negative size.
    """
    if any(size < 0 for size in sizes.values()):
        raise ValueError("sizes are not negative")
    ordered = sorted((size, name) for name, size in sizes.items() if size)
    away = [name for size, name in ordered if size < least]
    shown = [name for size, name in ordered if size >= least]
    while away and shown and (len(away) == 1 or sum(sizes[name] for name in away) < least):
        away.append(shown.pop(0))
    return frozenset(away)


@dataclass(frozen=True, slots=True)
class Newcomers:
    """New and existing customers on one measure, and new minus existing within the same branches."""

    new: Share | None
    existing: Share | None
    difference: Share | None


#: (satisfied, answers) of new and of existing customers of one branch.
Pair = tuple[tuple[int, int], tuple[int, int]]


def within(branches: Sequence[Pair], least: int, level: float = 0.95) -> Share | None:
    """New minus existing in points, each branch by itself, weighted by how much it tells; None under the least base.

    Only branches with customers of both sides say anything: newcomers who come to the better branches are not treated
    better for that. One branch alone has Newcombe's interval, more of them a normal one.

    Source: Mantel and Haenszel's weights; the variance of Sato (1989) in Greenland, Biometrics 45:1323-1324.
    """
    both = [one for one in branches if one[0][1] and one[1][1]]
    new, existing = (added([one[side] for one in both]) for side in (0, 1))
    if min(new[1], existing[1]) < max(least, 1):
        return None
    if len(both) == 1:
        return apart(*both[0], least, level)
    (x1, n1), (x0, n0) = (np.array([one[side] for one in both], dtype=float).T for side in (0, 1))
    n = n1 + n0
    weight = n1 * n0 / n
    value = float((weight * (x1 / n1 - x0 / n0)).sum() / weight.sum())
    skew = (n1**2 * x0 - n0**2 * x1 + n1 * n0 * (n0 - n1) / 2) / n**2
    mixed = (x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * n)
    variance = max(0.0, float(value * skew.sum() + mixed.sum())) / float(weight.sum()) ** 2
    reach = critical_value(level) * float(np.sqrt(variance))
    low, high = max(-1.0, value - reach), min(1.0, value + reach)
    return Share(100 * value, 100 * low, 100 * high, int(n.sum()))


def newcomers(branches: Sequence[Pair], least: int, level: float = 0.95) -> Newcomers:
    """New and existing customers branch by branch -> whether newcomers are treated better, in the same branches."""
    new, existing = (added([one[side] for one in branches]) for side in (0, 1))
    return Newcomers(of(*new, least, level), of(*existing, least, level), within(branches, least, level))


def added(counts: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The sum of (successes, n) pairs."""
    return sum(one[0] for one in counts), sum(one[1] for one in counts)
