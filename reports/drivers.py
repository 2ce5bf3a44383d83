"""How much of an outcome goes with each of several related topics. It says nothing about causes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

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


#: Groups under which resampling them says little: then it is blocks of single rows that are resampled.
LEAST_GROUPS: Final = 8
BLOCKS: Final = 50
#: Keeps columns that repeat each other solvable, and moves no share that anybody could see.
_RIDGE: Final = 1e-9


@dataclass(frozen=True)
class Importance:
    """What goes with an outcome inside groups: parts (0–1) of what all topics together explain, which sum to 1.

    ``low`` and ``high`` are the bootstrap's percentiles, ``top`` the part of its draws in which a topic came first.
    ``r2`` is the part of the outcome's variance inside groups that the topics explain together.
    """

    shares: Floats
    low: Floats
    high: Floats
    top: Floats
    r2: float


def importance(
    outcome: ArrayLike, topics: ArrayLike, groups: Sequence[Any], draws: int = 400, seed: int = 0, level: float = 0.95
) -> Importance:
    """Shapley shares of ``topics`` (rows × topics) in ``outcome`` after taking out what groups (branches) differ by.

    The doubt comes from resampling whole groups, whose customers resemble each other; of fewer than
    :data:`LEAST_GROUPS` groups, from resampling blocks of rows. ValueError for shapes that disagree, more than
    :data:`MOST` topics, no draws, and where the outcome or a topic does not vary inside groups.

    Source: the shares as in :func:`shapley_shares`; Field and Welsh (2007) J R Stat Soc B 69:369-390 on resampling
    clusters.
    """
    y, x = vector(outcome, "outcome"), matrix(topics, "topics")
    if len(groups) != y.size or x.shape[0] != y.size:
        raise ValueError("each row has one outcome, one group and a value of each topic")
    if x.shape[1] > MOST or draws < 1:
        raise ValueError(f"at most {MOST} topics, and at least one draw")
    _labels, home = np.unique(np.asarray(groups), return_inverse=True)
    values = np.column_stack([x, y])
    count = np.bincount(home).astype(np.float64)
    values -= np.stack([np.bincount(home, weights=column) / count for column in values.T], axis=1)[home]
    if (np.einsum("ij,ij->j", values, values) <= 1e-12 * max(y.size, 1)).any():
        raise ValueError("a topic or the outcome does not vary inside groups")
    random = np.random.default_rng(seed)
    if count.size < LEAST_GROUPS:
        # By chance, yet the same for the same rows in whatever order they come.
        values = values[np.lexsort(values.T)][random.permutation(y.size)]
        home = np.arange(y.size) % BLOCKS
    moments = _moments(values, home)
    whole = _shares(moments.sum(axis=0)[None])[0]
    times = random.multinomial(len(moments), np.full(len(moments), 1 / len(moments)), size=draws)
    drawn = _shares(np.tensordot(times.astype(np.float64), moments, axes=1))
    parts = _parts(drawn)
    low, high = np.quantile(parts, [(1 - level) / 2, (1 + level) / 2], axis=0)
    first = np.bincount(parts.argmax(axis=1), minlength=x.shape[1]) / draws
    return Importance(_parts(whole[None])[0], low, high, first, float(whole.sum()))


def _moments(values: Floats, cluster: Any) -> Floats:
    """Cross products of the columns inside each cluster: clusters × columns × columns."""
    order = np.argsort(cluster, kind="stable")
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    return np.stack([values[order[a:b]].T @ values[order[a:b]] for a, b in zip(starts, ends, strict=True)])


def _shares(moments: Floats) -> Floats:
    """Raw Shapley shares of many matrices of cross products at once (draws × columns)."""
    spread = np.sqrt(np.einsum("dii->di", moments))
    scale = np.where(spread > 0, spread, 1.0)
    together = moments / scale[:, :, None] / scale[:, None, :]
    inner, outer = together[:, :-1, :-1], together[:, :-1, -1]
    draws, count = outer.shape
    explained = np.zeros((1 << count, draws))
    for size in range(1, count + 1):
        ridge = _RIDGE * np.eye(size)
        for subset in combinations(range(count), size):
            chosen = list(subset)
            right = outer[:, chosen]
            slopes = np.linalg.solve(inner[:, chosen][:, :, chosen] + ridge, right[:, :, None])[:, :, 0]
            explained[sum(1 << i for i in chosen)] = (slopes * right).sum(axis=1)
    bits = np.arange(1 << count)
    sizes = np.array([one.bit_count() for one in bits.tolist()])
    weight = np.array([1 / (count * math.comb(count - 1, size)) if size < count else 0.0 for size in sizes.tolist()])
    shares = np.zeros((draws, count))
    for column in range(count):
        without = bits[(bits >> column & 1) == 0]
        gains = explained[without | 1 << column] - explained[without]
        shares[:, column] = weight[without] @ gains
    return np.maximum(shares, 0.0)


def _parts(shares: Floats) -> Floats:
    """Each draw's shares as parts of what they sum to; alike where they explain nothing."""
    sums = shares.sum(axis=1, keepdims=True)
    result: Floats = np.where(sums > 0, shares / np.where(sums > 0, sums, 1.0), 1 / shares.shape[1])
    return result
