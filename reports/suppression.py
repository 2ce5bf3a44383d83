"""Which means may be shown: bases too small, and small groups that subtraction would give away.

Responses are protected in three ways. *Few*: a mean of fewer than ``least`` responses is not shown. *Complementary*:
where the hidden siblings under one shown total are together fewer than ``least``, the next smallest is hidden too.
*Consecutive*: all that was ever shown of a unit over time is looked at together, so that no difference of windows and
months amounts to a small group.

The last is exact. Put the boundaries between months on a line as nodes; a shown window is a link between its two ends,
and a month without responses links its ends as well. A sum of whole months can be worked out from what is shown if and
only if those months form closed walks, once linked nodes are merged into one. So a group is given away exactly when
there is a closed walk over months whose responses number fewer than ``least``.

Mystery shops are under the first rule only: it spares readers noise; a branch may read every approved shop anyway.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.arrays import Integers

SHOWN, EMPTY, FEW, CONSECUTIVE, COMPLEMENTARY = range(5)
WHY: tuple[str | None, ...] = (None, "no_responses", "few_responses", "consecutive", "complementary")
"""The machine code of each decision."""

Decisions = NDArray[np.int8]


class Ledger:
    """What has been shown of one unit over time; ``sizes`` are its responses month by month."""

    __slots__ = ("home", "label", "least", "members", "shown", "small")

    def __init__(self, sizes: Sequence[int], least: int) -> None:
        self.least = least
        #: The responses of a month with few, nothing else; the node of that number is where the month begins.
        self.small = [size if size < least else 0 for size in sizes] + [0]
        self.shown: list[tuple[int, int]] = [(month, month + 1) for month, size in enumerate(sizes) if size == 0]
        self._begin()

    def _begin(self) -> None:
        #: Node → the node that it was merged into, and that one's nodes where there are several.
        self.label = list(range(len(self.small)))
        self.members: dict[int, list[int]] = {}
        #: Merged node → the fewest responses of a month that leads to it.
        self.home = [self.least, *(size or self.least for size in self.small[:-1])]
        for start, end in self.shown:
            self._merge(start, end)

    def _merge(self, start: int, end: int) -> None:
        old, new = self.label[end], self.label[start]
        if old == new:
            return
        moved = self.members.pop(old, [old])
        for node in moved:
            self.label[node] = new
        self.members[new] = self.members.get(new, [new]) + moved
        self.home[new] = min(self.home[new], self.home[old])

    def show(self, start: int, end: int) -> bool:
        """Show the months start…end−1 together; False, and nothing is noted, if that would give a small group away."""
        one, two = self.label[start], self.label[end]
        if one != two:
            if self._gives_away(one, two):
                return False
            self._merge(start, end)
        self.shown.append((start, end))
        return True

    def take_back(self) -> None:
        """What was shown last is not shown after all."""
        self.shown.pop()
        self._begin()

    def _gives_away(self, one: int, two: int) -> bool:
        """Whether a closed walk of fewer than ``least`` responses would lead through two nodes if they were one.

        Looked for from there along the months with few responses, the shortest first (Dijkstra).
        """
        label, small, members, least = self.label, self.small, self.members, self.least
        limit = least - min(self.home[one], self.home[two])
        walks = []
        for start in (*members.get(one, (one,)), *members.get(two, (two,))):
            size = small[start]
            if size:
                node = label[start + 1]
                if node in (one, two):
                    return True
                if size < limit:
                    walks.append((size, node))
        heapq.heapify(walks)
        seen: set[int] = set()
        while walks:
            length, node = heapq.heappop(walks)
            if node in seen:
                continue
            seen.add(node)
            for start in members.get(node, (node,)):
                size = small[start]
                if size:
                    follower = label[start + 1]
                    if follower in (one, two):
                        if length + size < least:
                            return True
                    elif length + size < limit:
                        heapq.heappush(walks, (length + size, follower))
        return False


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions (units × months): of the window that ends with each month, and of the single month."""

    window: Decisions
    month: Decisions


def rolling(sizes: Integers, width: int) -> Integers:
    """Sums over the ``width`` months that end with each month (units × months)."""
    sums = np.concatenate([np.zeros((sizes.shape[0], 1), dtype=np.int64), sizes.cumsum(axis=1)], axis=1)
    ends = np.arange(1, sizes.shape[1] + 1)
    result: Integers = sums[:, ends] - sums[:, np.maximum(ends - width, 0)]
    return result


def families(groups: Sequence[str]) -> list[list[int]]:
    """The units of each group, from each unit's group."""
    members: dict[str, list[int]] = {}
    for unit, group in enumerate(groups):
        members.setdefault(group, []).append(unit)
    return list(members.values())


def complement(
    sizes: Integers, decisions: Decisions, siblings: Sequence[Sequence[int]], least: int, others: Integers
) -> None:
    """Hide, in place, the next smallest siblings wherever the hidden ones are together fewer than ``least``.

    ``sizes``, ``decisions``: one per unit; ``siblings``: the units of each parent; ``others``: per unit, the responses
    of its parent that belong to no listed unit (they count as one more hidden sibling).
    """
    concealed = (decisions != SHOWN) & (sizes > 0)
    if not others.any() and not concealed.any():
        return
    size, away = sizes.tolist(), concealed.tolist()
    for units in siblings:
        outside = int(others[units[0]])
        hidden = [unit for unit in units if away[unit]]
        base, parts = outside + sum(size[unit] for unit in hidden), len(hidden) + (outside > 0)
        if not parts or (base >= least and (parts > 1 or outside)):
            continue
        shown = sorted((unit for unit in units if decisions[unit] == SHOWN), key=lambda unit: size[unit])
        # One sibling hidden because of its past would be the difference itself, however many responses it has.
        while shown and parts and (base < least or (parts == 1 and not outside)):
            unit = shown.pop(0)
            decisions[unit] = COMPLEMENTARY
            base, parts = base + size[unit], parts + 1


def shown_alone(sizes: Sequence[int], least: int) -> list[bool]:
    """Which siblings' numbers are shown once, beside the total of them all: enough, and no difference tells of few."""
    if not sizes:
        return []
    counts = np.asarray(sizes, dtype=np.int64)
    decisions = np.where(counts == 0, EMPTY, np.where(counts < least, FEW, SHOWN)).astype(np.int8)
    complement(counts, decisions, [range(counts.size)], least, np.zeros_like(counts))
    return [bool(one == SHOWN) for one in decisions]


def outside(sizes: Integers, parents: Sequence[str], totals: Integers) -> Integers:
    """Responses of each unit's parent that belong to none of the listed units."""
    rows: dict[str, list[int]] = {}
    for unit, parent in enumerate(parents):
        rows.setdefault(parent, []).append(unit)
    found = np.zeros_like(sizes)
    for units in rows.values():
        found[units] = np.maximum(totals[units[0]] - sizes[units].sum(axis=0), 0)
    return found


def decide(sizes: Integers, groups: Sequence[str], width: int, least: int, others: Integers | None = None) -> Decided:
    """Decide, month after month as they were reported, what is shown of each unit.

    ``sizes`` (units × months): responses, oldest month first; ``groups``: each unit's parent, whose total is shown;
    ``width``: months in a window. ``others`` (units × months): the parent's responses outside the listed units.
    A window goes before the single month, because windows rank.
    """
    around = np.zeros_like(sizes) if others is None else others
    sums, around_sums = rolling(sizes, width), rolling(around, width)
    siblings = families(groups)
    # Nothing can be given away of a unit that never had a small month.
    delicate = np.flatnonzero(np.any((sizes > 0) & (sizes < least), axis=1)).tolist()
    ledgers = {unit: Ledger(sizes[unit].tolist(), least) for unit in delicate}
    window = np.where(sums == 0, EMPTY, np.where(sums < least, FEW, SHOWN)).astype(np.int8)
    month = np.where(sizes == 0, EMPTY, np.where(sizes < least, FEW, SHOWN)).astype(np.int8)

    for at in range(sizes.shape[1]):
        for decisions, base, extra, start in (
            (window[:, at], sums[:, at], around_sums[:, at], max(at + 1 - width, 0)),
            (month[:, at], sizes[:, at], around[:, at], at),
        ):
            noted = []
            for unit, ledger in ledgers.items():
                if decisions[unit] == SHOWN:
                    if ledger.show(start, at + 1):
                        noted.append(unit)
                    else:
                        decisions[unit] = CONSECUTIVE
            complement(base, decisions, siblings, least, extra)
            for unit in noted:
                if decisions[unit] == COMPLEMENTARY:
                    ledgers[unit].take_back()
    return Decided(window, month)
