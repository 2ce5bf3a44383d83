"""How much of an outcome goes with each of several related topics. It says nothing about causes."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from reports.arrays import Floats, matrix, vector

MOST = 16
"""Shapley shares look at every subset of topics: beyond this many there are too many."""


def _correlations(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Correlations of the columns among each other, and with the outcome."""
    columns, outcome = matrix(x, "x"), vector(y, "y")
    if columns.shape[0] != outcome.size:
        raise ValueError("one outcome for each row")
    if columns.shape[0] <= columns.shape[1] + 1:
        raise ValueError("more rows than columns are needed")
    if (np.ptp(columns, axis=0) == 0).any() or np.ptp(outcome) == 0:
        raise ValueError("a column or the outcome does not vary")
    together = np.atleast_2d(np.corrcoef(np.column_stack([columns, outcome]), rowvar=False))
    return together[:-1, :-1], together[:-1, -1]


def shapley_shares(x: ArrayLike, y: ArrayLike) -> Floats:
    """The part of R² that goes with each column of ``x`` (rows × columns), averaged over all orders of entry (LMG).

    Raw shares: they sum to R². Columns that repeat each other share what they bring. At most 16 columns; ValueError for
    shapes that do not agree, too few rows, or a column that does not vary.
    Source: Lindeman, Merenda & Gold (1980); Grömping (2006) J Stat Softw 17(1).
    """
    inner, outer = _correlations(x, y)
    count = outer.size
    if count > MOST:
        raise ValueError(f"at most {MOST} columns")
    explained = {0: 0.0}
    for size in range(1, count + 1):
        for subset in combinations(range(count), size):
            chosen = list(subset)
            slopes = np.linalg.lstsq(inner[np.ix_(chosen, chosen)], outer[chosen], rcond=1e-10)[0]
            explained[sum(1 << i for i in chosen)] = float(outer[chosen] @ slopes)
    shares = np.zeros(count)
    for subset_bits, before in explained.items():
        size = subset_bits.bit_count()
        for column in range(count):
            if not subset_bits >> column & 1:
                gain = explained[subset_bits | 1 << column] - before
                shares[column] += gain / (count * math.comb(count - 1, size))
    return shares


def relative_weights(x: ArrayLike, y: ArrayLike) -> Floats:
    """The part of R² that goes with each column through the nearest uncorrelated columns; raw, they sum to R².

    ValueError as in ``shapley_shares``, and for columns of which one repeats others exactly.
    Source: Johnson (2000) Multivariate Behav Res 35:1-19.
    """
    inner, outer = _correlations(x, y)
    values, vectors = np.linalg.eigh(inner)
    if values[0] <= 1e-10:
        raise ValueError("a column repeats others")
    root = vectors * np.sqrt(values) @ vectors.T
    slopes = np.linalg.solve(root, outer)
    result: Floats = root**2 @ slopes**2
    return result
