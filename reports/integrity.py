"""Signs that answers may not come the way they should: shares that differ by more than chance, and sudden crowds.

Many comparisons are made at once, so what is marked is held to a false discovery rate: of the marks, about the share
``q`` is chance. A mark is a reason to look, never a proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import fisher_exact, poisson

from reports.measures import false_discoveries, proportion_change

#: The share of marks that may be chance, and the fewest cases of either side that are compared [policy].
RATE: Final = 0.10
LEAST: Final = 30
#: Fewer than this within one stretch of time are no crowd [policy].
CROWD: Final = 6


@dataclass(frozen=True)
class Compared:
    """One side against the other: shares 0–1, their difference with its 95 % interval, and whether it is marked."""

    first: tuple[int, int]
    second: tuple[int, int]
    p: float
    low: float
    high: float
    marked: bool

    @property
    def share(self) -> float:
        """The share on the first side."""
        return self.first[0] / self.first[1]

    @property
    def other(self) -> float:
        """The share on the second."""
        return self.second[0] / self.second[1]

    @property
    def difference(self) -> float:
        """First less second."""
        return self.share - self.other


def compare(
    pairs: Sequence[tuple[tuple[int, int], tuple[int, int]]], *, least: int = LEAST, q: float = RATE
) -> list[Compared | None]:
    """Compare (successes, n) with (successes, n), pair by pair; None where either side has fewer than ``least``.

    Two-sided exact test of Fisher; interval of the difference by Newcombe (1998), method 10; marks by Benjamini and
    Hochberg (1995) over all pairs that are compared.
    """
    large = [place for place, (first, second) in enumerate(pairs) if min(first[1], second[1]) >= least]
    tests = [_fisher(*pairs[place]) for place in large]
    marks = false_discoveries(tests, q) if tests else np.zeros(0, dtype=np.bool_)
    found: list[Compared | None] = [None] * len(pairs)
    for place, p, marked in zip(large, tests, marks, strict=True):
        first, second = pairs[place]
        low, high = proportion_change(*first, *second)
        found[place] = Compared(first, second, p, float(low), float(high), bool(marked))
    return found


def _fisher(first: tuple[int, int], second: tuple[int, int]) -> float:
    table = [[first[0], first[1] - first[0]], [second[0], second[1] - second[0]]]
    return min(1.0, float(fisher_exact(table).pvalue))


def crowds(counts: Sequence[tuple[int, float]], stretches: int, *, q: float = RATE) -> list[bool]:
    """Which stretches of time hold more than chance brings: (count, usual count of such a stretch) each.

    The upper tail of Poisson's distribution, marked by Benjamini and Hochberg (1995) over all ``stretches`` looked at,
    those without a single answer included. Fewer than :data:`CROWD` are never marked.
    """
    tails = [float(poisson.sf(count - 1, usual)) if count >= CROWD else 1.0 for count, usual in counts]
    padded = tails + [1.0] * max(0, stretches - len(tails))
    if not padded:
        return []
    marks = false_discoveries(padded, q)[: len(tails)]
    return [bool(mark) and count >= CROWD for mark, (count, _usual) in zip(marks, counts, strict=True)]
