"""A question by a break: shares and means of every group, weighted, with intervals, and no small group given away.

Periods are calendar quarters that have ended. No two of them overlap, so that no difference of two tables is a small
group. Inside one quarter three things are hidden: a group of fewer responses than ``least``; the next smallest one
where the hidden groups are together fewer, since the total is known; and a group of branches whose total, less the
branches that are shown elsewhere, would give a hidden branch away, alone or together with the totals of other breaks.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from reports.arrays import Floats
from reports.measures import critical_value, proportion_interval
from reports.suppression import COMPLEMENTARY, EMPTY, FEW, SHOWN, complement

#: Weights are trimmed to so many times their mean (METHOD, Sampling).
TRIM: Final = (0.3, 3.0)
#: A hidden branch is given away where so much of it lies in what is known.
_KNOWN: Final = 1 - 1e-9
_NEARLY: Final = 1e-7
#: Parts of hidden branches that are tried together: with more of them a sum of few responses is hardly one.
_PARTS: Final = 3


@dataclass(slots=True)
class Cell:
    """Responses of one group that gave one answer: how many, the sums of their weights and of the squares of these."""

    n: int = 0
    weight: float = 0.0
    squares: float = 0.0

    def add(self, n: int, weight: float, squares: float) -> None:
        """Count more responses."""
        self.n += n
        self.weight += weight
        self.squares += squares


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a group gave an answer, 0–100, with its interval."""

    percent: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Group:
    """One row: what is shown of a group. Where ``why`` says that it is hidden, nothing else is told, not even n."""

    key: Hashable
    why: int
    n: int | None = None
    #: Responses that an unweighted sample of the same precision would have.
    effective: float | None = None
    shares: tuple[Share, ...] = ()
    #: The mean of a scale with its interval; None where the answers are no numbers.
    mean: Share | None = None

    @property
    def shown(self) -> bool:
        """Whether the group's numbers may be read."""
        return self.why == SHOWN

    @property
    def design_effect(self) -> float | None:
        """By how much unequal weights widen what the same number of equal ones would tell; 1 where none do."""
        return self.n / self.effective if self.n and self.effective else None


#: Group -> answer -> responses.
Cells = Mapping[Hashable, Mapping[Hashable, Cell]]


def tabulate(
    cells: Cells,
    columns: Sequence[frozenset[Hashable]],
    sizes: Mapping[Hashable, Cell],
    decisions: Mapping[Hashable, int],
    level: float = 0.95,
    values: Mapping[Hashable, float] | None = None,
) -> list[Group]:
    """One row for each group of ``decisions``, in its order.

    ``columns``: the answers that each column counts; ``sizes``: the base of each group, which for several choices at
    once is not the sum of its answers; ``values``: number of each answer where a mean makes sense. Intervals stand on
    the effective size: Wilson's for shares, a normal one for the mean.
    """
    return [
        _group(key, cells.get(key, {}), columns, sizes[key], level, values) if why == SHOWN else Group(key, why)
        for key, why in decisions.items()
    ]


def _group(
    key: Hashable,
    answers: Mapping[Hashable, Cell],
    columns: Sequence[frozenset[Hashable]],
    base: Cell,
    level: float,
    values: Mapping[Hashable, float] | None,
) -> Group:
    effective = base.weight**2 / base.squares
    shares = []
    for column in columns:
        share = min(1.0, sum(cell.weight for answer, cell in answers.items() if answer in column) / base.weight)
        low, high = proportion_interval(share * effective, effective, level)
        shares.append(Share(100 * share, 100 * float(low), 100 * float(high)))
    mean = _mean(answers, values, effective, level) if values else None
    return Group(key, SHOWN, base.n, effective, tuple(shares), mean)


def _mean(
    answers: Mapping[Hashable, Cell], values: Mapping[Hashable, float], effective: float, level: float
) -> Share | None:
    known = [(values[answer], cell.weight) for answer, cell in answers.items() if answer in values]
    if not known:
        return None
    x, w = np.array(known).T
    mean = float(np.average(x, weights=w))
    variance = float(np.average((x - mean) ** 2, weights=w)) * (effective / max(effective - 1, 1.0))
    reach = critical_value(level) * (variance / effective) ** 0.5
    return Share(mean, max(mean - reach, float(min(values.values()))), min(mean + reach, float(max(values.values()))))


def decided(sizes: Mapping[Hashable, int], least: int, protected: bool = True) -> dict[Hashable, int]:
    """What is shown of groups whose total is known; ``protected`` false: only the first rule, as for visits."""
    n = np.array(list(sizes.values()), dtype=np.int64)
    found = np.where(n == 0, EMPTY, np.where(n < least, FEW, SHOWN)).astype(np.int8)
    if protected and n.size:
        complement(n, found, [list(range(n.size))], least, np.zeros_like(n))
    return dict(zip(sizes, found.tolist(), strict=True))


def of_branches(
    branches: Mapping[Hashable, int], breaks: Mapping[str, Mapping[Hashable, str]], home: str, least: int
) -> dict[str, dict[Hashable, int]]:
    """What is shown of every group of branches, of all breaks together, since all of them can be asked for.

    ``branches``: id -> responses of the quarter; ``breaks``: name -> branch id -> its group; ``home`` is the one under
    whose totals branches themselves are shown: a branch of fewer than ``least`` is hidden there, with the next smallest
    of its home where that is needed. Then the largest set of totals is kept from which no hidden branch follows.
    """
    ids = [one for one, n in branches.items() if n > 0]
    sizes = np.array([branches[one] for one in ids], dtype=np.int64)
    own = np.where(sizes < least, FEW, SHOWN).astype(np.int8)
    siblings: dict[str, list[int]] = {}
    for at, one in enumerate(ids):
        siblings.setdefault(breaks[home][one], []).append(at)
    complement(sizes, own, list(siblings.values()), least, np.zeros_like(sizes))
    hidden = [at for at in range(len(ids)) if own[at] != SHOWN]
    found: dict[str, dict[Hashable, int]] = {}
    for name, of in breaks.items():
        totals: dict[Hashable, int] = {}
        for at, one in enumerate(ids):
            totals[of[one]] = totals.get(of[one], 0) + int(sizes[at])
        found[name] = decided(totals, least)
    _protect(found, breaks, home, [ids[at] for at in hidden], branches, least)
    return found


def _protect(
    found: dict[str, dict[Hashable, int]],
    breaks: Mapping[str, Mapping[Hashable, str]],
    home: str,
    hidden: Sequence[Hashable],
    branches: Mapping[Hashable, int],
    least: int,
) -> None:
    """Hide totals, in place, until no hidden branch can be worked out from those that are left."""
    while hidden:
        # The total of all, and of the homes, are shown by the month's report whatever is decided here.
        known = [np.ones(len(hidden))]
        known += [_row(hidden, breaks[home], group) for group, why in found[home].items() if why == SHOWN]
        offered = [
            (name, group, _row(hidden, of, group))
            for name, of in breaks.items()
            if name != home
            for group, why in found[name].items()
            if why == SHOWN
        ]
        n = np.array([branches[one] for one in hidden], dtype=np.float64)
        before = _given_away(known, n, least)
        after = _given_away([*known, *(row for *_where, row in offered)], n, least)
        new = (after & ~before).any(axis=0)
        if not new.any():
            return
        # A branch whose own group is hidden may still follow from the others, as what is missing in them.
        bad = [one for one in offered if (one[2].astype(bool) & new).any()] or [one for one in offered if one[2].any()]
        name, group, _rows = min(bad, key=lambda one: (float(one[2].sum()), one[0], str(one[1])))
        found[name][group] = COMPLEMENTARY
        _again(found[name], breaks[name], branches, least)


def _again(
    decisions: dict[Hashable, int], of: Mapping[Hashable, str], branches: Mapping[Hashable, int], least: int
) -> None:
    """The complement of a break once one of its groups was hidden."""
    totals = {group: sum(n for one, n in branches.items() if of[one] == group) for group in decisions}
    sizes = np.array(list(totals.values()), dtype=np.int64)
    values = np.array(list(decisions.values()), dtype=np.int8)
    complement(sizes, values, [list(range(sizes.size))], least, np.zeros_like(sizes))
    decisions.update(zip(totals, values.tolist(), strict=True))


def _row(hidden: Sequence[Hashable], of: Mapping[Hashable, str], group: Hashable) -> Floats:
    return np.array([1.0 if of[one] == group else 0.0 for one in hidden])


def _given_away(rows: Iterable[Floats], sizes: Floats, least: int) -> Any:
    """Which hidden branches follow from sums of them: alone, in a known sum that is small, in a small sum that follows.

    A row for each: whose small sum is known anyway must not be worked out alone as well.
    """
    known = np.array(list(rows))
    small = known @ sizes < least
    alone = np.diag(_projection(known)) > _KNOWN
    return np.array([alone, (known[small & known.any(axis=1)] > 0).any(axis=0), _together(known, sizes, least)])


def _projection(known: Floats) -> Floats:
    """Onto everything that follows from the rows: a set of columns follows where its projection is as long as it is."""
    _u, spread, axes = np.linalg.svd(known, full_matrices=False)
    axes = axes[spread > 1e-9 * max(float(spread.max(initial=0.0)), 1.0)]
    found: Floats = axes.T @ axes
    return found


def _together(known: Floats, sizes: Floats, least: int) -> Any:
    """Which hidden branches stand in a sum of fewer than ``least`` that is a difference of known ones.

    Branches in the same groups of all breaks are never told apart, so they count as one; up to :data:`_PARTS` of such
    parts are tried together.
    """
    columns, part = np.unique(known, axis=1, return_inverse=True)
    part = part.reshape(-1)
    totals = np.bincount(part, weights=sizes)
    few = np.flatnonzero(totals < least)
    length, totals = _projection(columns)[np.ix_(few, few)], totals[few]
    follows = np.zeros(len(few), dtype=bool)
    # Sets of one part, each with its last part, the length of its projection and its responses; then of one part more.
    sets = np.arange(len(few)).reshape(-1, 1)
    lengths, sums = np.diag(length).copy(), totals.copy()
    for count in range(1, _PARTS + 1):
        follows[np.unique(sets[lengths > count - _NEARLY])] = True
        at, more = np.nonzero((sets[:, -1:] < np.arange(len(few))) & (sums[:, None] + totals < least))
        lengths = lengths[at] + np.diag(length)[more] + 2 * length[sets[at], more[:, None]].sum(axis=1)
        sets, sums = np.column_stack([sets[at], more]), sums[at] + totals[more]
    return np.isin(part, few[follows])
