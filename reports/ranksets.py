"""Confidence sets for ranks: which places each unit may truly hold, all units at once or each by itself."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from reports.arrays import Booleans, Floats, Integers, agree, share, vector


def rank_sets(
    estimates: ArrayLike,
    standard_errors: ArrayLike,
    level: float = 0.95,
    simultaneous: bool = True,
    draws: int = 2000,
    seed: int = 0,
) -> tuple[Integers, Integers]:
    """(low, high) place of each unit, 1 = highest, from independent normal estimates and their standard errors.

    Two-sided with stepdown: of every ordered pair it is tested whether the first is truly not above the second, by the
    largest studentised difference; what is rejected leaves, and the limit is drawn anew from the rest until nothing
    more is rejected. A unit's best place is one after those surely above it, its worst leaves room for those surely
    below. ``simultaneous``: the sets cover all true ranks at once with probability ``level``; else each its own.
    ValueError for shapes that differ, fewer than one draw, or standard errors that are not positive.
    Source: Mogstad, Romano, Shaikh & Wilhelm (2024) Review of Economic Studies 91:476-518, from the paper.
    """
    x, error = vector(estimates, "estimates"), vector(standard_errors, "standard_errors")
    agree(x, error)
    if (error <= 0).any():
        raise ValueError("standard errors are positive")
    if draws < 1:
        raise ValueError("at least one draw")
    share(level, "level")
    units = x.size
    apart = np.sqrt(error[:, None] ** 2 + error[None, :] ** 2)
    above = (x[:, None] - x[None, :]) / apart
    noise = np.random.default_rng(seed).standard_normal((draws, units)) * error
    off_diagonal = ~np.eye(units, dtype=np.bool_)
    if simultaneous:
        surely = _stepdown(above, apart, noise, off_diagonal, level)
        low, high = 1 + surely.sum(axis=0), units - surely.sum(axis=1)
        return low.astype(np.int64), high.astype(np.int64)
    low, high = np.empty(units, dtype=np.int64), np.empty(units, dtype=np.int64)
    for unit in range(units):
        own = np.zeros_like(off_diagonal)
        own[unit], own[:, unit] = off_diagonal[unit], off_diagonal[:, unit]
        surely = _stepdown(above, apart, noise, own, level)
        low[unit], high[unit] = 1 + surely[:, unit].sum(), units - surely[unit].sum()
    return low, high


def _stepdown(above: Floats, apart: Floats, noise: Floats, pairs: Booleans, level: float) -> Booleans:
    """Which ordered pairs (first surely above second) are rejected, limit after limit."""
    left = pairs.copy()
    rejected = np.zeros_like(pairs)
    while left.any():
        more = left & (above > _limit(apart, noise, left, level))
        if not more.any():
            break
        rejected |= more
        left &= ~more
    return rejected


def _limit(apart: Floats, noise: Floats, left: Booleans, level: float) -> float:
    """The quantile of the largest studentised difference over the pairs that are left, by parametric bootstrap."""
    largest = np.full(noise.shape[0], -np.inf)
    for unit in np.flatnonzero(left.any(axis=1)).tolist():
        others = np.flatnonzero(left[unit])
        differences = (noise[:, [unit]] - noise[:, others]) / apart[unit, others]
        np.maximum(largest, differences.max(axis=1), out=largest)
    return float(np.sort(largest)[math.ceil(round(level * largest.size, 9)) - 1])
