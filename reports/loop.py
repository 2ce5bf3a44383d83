"""What closing the loop achieved: how many customers were won back, how fast, at what cost of time, and promises kept.

The customer's own confirmation is the measure: work that is done and a case that silence closed save nobody. Whom
nobody could ask (no contact left, consent taken back) is in no share and counted apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import CensoredData, ecdf

from reports.measures import proportion_change, proportion_interval

#: How closed cases end whose customer could be asked, and how the others do.
CONFIRMED, UNCONFIRMED = "confirmed", "unconfirmed"
ASKED: Final = frozenset({CONFIRMED, UNCONFIRMED})
APART: Final = ("no_contact", "withdrawn", "erased")
#: Quartiles and the median of a spread.
_QUARTILES: Final = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class Share:
    """Some of all, in percent, with Wilson's interval."""

    n: int
    of: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One share minus another, in points, with Newcombe's interval."""

    first: Share
    second: Share
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some times and the quartiles around it; None where so many of ``n`` wait still.

    ``waiting``: those of ``n`` to whom it did not happen, so far or before they ended otherwise.
    """

    n: int
    waiting: int
    median: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """What one case says to the month. Times in working hours; None where it did not happen.

    ``opened``, ``closed``: whether in the window. ``how``: how it was closed, else empty. ``standing``, ``overdue``:
    whether it is open, and open beyond its time, at the month's end. ``uncontacted``, ``unsolved``: how long the
    customer has waited, or had when it ended otherwise; None where nobody waits, or it was opened before the window.
    ``at_once``: done with one contact and never reopened; None where it is not done. ``left``: whether the customer
    left afterwards; None where nobody can know yet.
    """

    branch: int
    opened: bool = False
    closed: bool = False
    how: str = ""
    contact: float | None = None
    solve: float | None = None
    uncontacted: float | None = None
    unsolved: float | None = None
    at_once: bool | None = None
    reopened: bool = False
    repeat: bool = False
    standing: bool = False
    overdue: bool = False
    left: bool | None = None


@dataclass(frozen=True, slots=True)
class Recovered:
    """The cases of the organisation or of one branch, summed."""

    opened: int
    standing: int
    overdue: int
    closed: int
    saved: Share | None
    contact: Spread | None
    solve: Spread | None
    at_once: Share | None
    reopened: int
    repeats: int
    #: Closed without the customer's word, by how.
    apart: dict[str, int]


def share(n: int, of: int, level: float = 0.95) -> Share | None:
    """``n`` of ``of``; None of nothing. ValueError for more than all."""
    if not 0 <= n <= of:
        raise ValueError("a part lies between nothing and all")
    if not of:
        return None
    low, high = proportion_interval(n, of, level)
    return Share(n, of, 100 * n / of, 100 * low, 100 * high)


def difference(first: Share | None, second: Share | None, level: float = 0.95) -> Difference | None:
    """The first share minus the second; None where either is none.

    Source: Newcombe (1998) Statistics in Medicine 17:873-890, method 10.
    """
    if first is None or second is None:
        return None
    low, high = proportion_change(first.n, first.of, second.n, second.of, level)
    return Difference(first, second, first.value - second.value, 100 * low, 100 * high)


def spread(values: Iterable[float | None], waiting: Iterable[float | None] = ()) -> Spread | None:
    """Median and quartiles of times, of which those ``waiting`` are known to last at least so long; None of nothing.

    Each is the first time by which so many had it. Whoever waits counts as long as known: without them a branch that
    lets customers wait would look quick.

    Source: Kaplan and Meier (1958) JASA 53:457-481.
    """
    known, open_ = ([one for one in some if one is not None] for some in (values, waiting))
    n = len(known) + len(open_)
    if not n:
        return None
    if not known:
        return Spread(n, n, None, None, None)
    curve = ecdf(CensoredData(uncensored=known, right=open_)).sf
    # Shares of counts: one over a million is nobody.
    passed = (np.flatnonzero(curve.probabilities <= 1 - part + 1e-6) for part in _QUARTILES)
    low, median, high = (float(curve.quantiles[at[0]]) if at.size else None for at in passed)
    return Spread(n, len(open_), median, low, high)


def recovered(rows: Sequence[CaseRow], level: float = 0.95) -> Recovered:
    """Sum cases. Saved: those that the customer confirmed among the closed whose customer could be asked."""
    closed = [one for one in rows if one.closed]
    asked = [one for one in closed if one.how in ASKED]
    opened = [one for one in rows if one.opened]
    done = [one for one in opened if one.at_once is not None]
    return Recovered(
        opened=len(opened),
        standing=sum(one.standing for one in rows),
        overdue=sum(one.overdue for one in rows),
        closed=len(closed),
        saved=share(sum(one.how == CONFIRMED for one in asked), len(asked), level),
        contact=spread((one.contact for one in opened), (one.uncontacted for one in opened)),
        solve=spread((one.solve for one in opened), (one.unsolved for one in opened)),
        at_once=share(sum(bool(one.at_once) for one in done), len(done), level),
        reopened=sum(one.reopened for one in opened),
        repeats=sum(one.repeat for one in opened),
        apart={how: sum(one.how == how for one in closed) for how in APART},
    )


def speed_effect(rows: Sequence[CaseRow], hours: float, level: float = 0.95) -> Difference | None:
    """Saved among customers who were contacted within ``hours`` minus saved among those contacted later.

    An association: whoever is easily reached may be easily satisfied as well.
    """
    asked = [one for one in rows if one.how in ASKED and one.contact is not None]
    fast, slow = (
        [one for one in asked if (one.contact is not None and one.contact <= hours) is soon] for soon in (True, False)
    )
    return difference(_saved(fast, level), _saved(slow, level), level)


def _saved(rows: Sequence[CaseRow], level: float) -> Share | None:
    return share(sum(one.how == CONFIRMED for one in rows), len(rows), level)


def loyalty_effect(rows: Sequence[CaseRow], level: float = 0.95) -> Difference | None:
    """Left among customers who were not saved minus left among those who were; cases that nobody can follow are out."""
    known = [one for one in rows if one.how in ASKED and one.left is not None]
    lost, saved = ([one for one in known if (one.how == CONFIRMED) is won] for won in (False, True))
    return difference(_left(lost, level), _left(saved, level), level)


def _left(rows: Sequence[CaseRow], level: float) -> Share | None:
    return share(sum(bool(one.left) for one in rows), len(rows), level)
