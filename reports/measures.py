"""Shares and Net Promoter Score with their intervals, and which of many tests to believe."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from reports.arrays import Booleans, Floats, agree, finite, plain, share, vector


def critical_value(level: float) -> float:
    """The normal quantile of a two-sided interval."""
    return float(ndtri(0.5 + share(level, "level") / 2))


def _counts(successes: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    x, size = finite(successes, "successes"), finite(n, "n")
    agree(x, size)
    if (size <= 0).any():
        raise ValueError("n must be positive")
    if (x < 0).any() or (x > size).any():
        raise ValueError("successes lie between 0 and n")
    return x, size


def proportion_interval(successes: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Any, Any]:
    """Wilson's score interval (low, high) of a share, 0–1; numbers or arrays of one shape.

    ValueError for n ≤ 0, successes outside 0…n or shapes that differ.
    Source: Wilson (1927) JASA 22:209-212; Newcombe (1998) Stat Med 17:857-872, method 3.
    """
    x, size = _counts(successes, n)
    z = critical_value(level)
    centre = (x + z * z / 2) / (size + z * z)
    half = z / (size + z * z) * np.sqrt(x * (size - x) / size + z * z / 4)
    low = np.where(x == 0, 0.0, np.clip(centre - half, 0.0, 1.0))
    high = np.where(x == size, 1.0, np.clip(centre + half, 0.0, 1.0))
    return plain(low), plain(high)


def proportion_change(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: float = 0.95
) -> tuple[Any, Any]:
    """Interval (low, high) of x1/n1 − x2/n2, in −1…1; numbers or arrays of one shape.

    Source: Newcombe (1998) Stat Med 17:873-890, method 10 (hybrid score).
    """
    first, first_n = _counts(x1, n1)
    second, second_n = _counts(x2, n2)
    agree(first, second)
    p1, p2 = first / first_n, second / second_n
    low1, high1 = proportion_interval(first, first_n, level)
    low2, high2 = proportion_interval(second, second_n, level)
    low = p1 - p2 - np.sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    high = p1 - p2 + np.sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return plain(np.clip(low, -1.0, 1.0)), plain(np.clip(high, -1.0, 1.0))


def _parts(promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike) -> tuple[Floats, Floats, Floats]:
    up, middle, down = finite(promoters, "promoters"), finite(passives, "passives"), finite(detractors, "detractors")
    agree(up, middle, down)
    if min(up.min(), middle.min(), down.min()) < 0:
        raise ValueError("counts are not negative")
    if np.any(up + middle + down <= 0):
        raise ValueError("no responses")
    return up, middle, down


def nps(promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike) -> Any:
    """Net Promoter Score, −100…100, from the three counts. Source: Reichheld (2003) HBR 81(12):46-54."""
    up, middle, down = _parts(promoters, passives, detractors)
    return plain(100 * (up - down) / (up + middle + down))


def nps_variance(promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike) -> Any:
    """Variance of one response scored −1, 0 or 1: p + d − (p − d)². Source: the multinomial variance."""
    up, middle, down = _parts(promoters, passives, detractors)
    n = up + middle + down
    return plain((up + down) / n - ((up - down) / n) ** 2)


def nps_interval(
    promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike, level: float = 0.95
) -> tuple[Any, Any]:
    """Adjusted Wald interval (low, high) of the NPS, clipped to −100…100: ¾, 1½ and ¾ responses are added.

    Source: Rocks (2016) The American Statistician 70:365-372 (the adjusted Wald with three added responses).
    """
    up, middle, down = _parts(promoters, passives, detractors)
    up, middle, down = up + 0.75, middle + 1.5, down + 0.75
    centre = np.asarray(nps(up, middle, down))
    spread = 100 * np.sqrt(np.asarray(nps_variance(up, middle, down)) / (up + middle + down))
    z = critical_value(level)
    return plain(np.clip(centre - z * spread, -100.0, 100.0)), plain(np.clip(centre + z * spread, -100.0, 100.0))


def false_discoveries(p_values: ArrayLike, q: float = 0.10) -> Booleans:
    """Which hypotheses are rejected at false discovery rate ``q``; same order as given.

    Source: Benjamini & Hochberg (1995) JRSS B 57:289-300: all up to the largest i with p₍ᵢ₎ ≤ i·q/m.
    """
    p = vector(p_values, "p_values")
    share(q, "q")
    if (p < 0).any() or (p > 1).any():
        raise ValueError("p values lie between 0 and 1")
    order = np.argsort(p, kind="stable")
    passing = np.flatnonzero(p[order] <= np.arange(1, p.size + 1) * q / p.size)
    rejected = np.zeros(p.size, dtype=np.bool_)
    if passing.size:
        rejected[order[: passing[-1] + 1]] = True
    return rejected
