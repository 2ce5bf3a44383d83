"""Control charts: which movement of a series is more than its usual noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from reports.arrays import Booleans, Floats, agree, finite, plain, vector

MOVING_RANGE = 1.128
"""d₂ of two normal values: the mean moving range over σ."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The centre line and the limits around it; arrays where they differ from point to point."""

    center: float
    low: Any
    high: Any


def xmr_limits(values: ArrayLike) -> Limits:
    """Limits of single values, centre ± 3σ with σ = mean moving range / 1.128; at least two values.

    Source: NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2.
    """
    series = vector(values, "values")
    if series.size < 2:
        raise ValueError("moving ranges need two values")
    center = float(series.mean())
    reach = 3 * float(np.abs(np.diff(series)).mean()) / MOVING_RANGE
    return Limits(center, center - reach, center + reach)


def p_limits(counts: ArrayLike, sizes: ArrayLike) -> Limits:
    """Limits of shares, 0–1, centre ± 3·√(p(1−p)/n): one size for all samples, or one each (then low, high are arrays).

    Source: Montgomery, Introduction to Statistical Quality Control, the control chart for fraction nonconforming.
    """
    x, n = vector(counts, "counts"), finite(sizes, "sizes")
    if n.ndim:
        agree(x, n)
    if (n <= 0).any():
        raise ValueError("sizes are positive")
    if (x < 0).any() or (x > n).any():
        raise ValueError("counts lie between 0 and their size")
    center = float(x.sum() / np.broadcast_to(n, x.shape).sum())
    n = n if n.ndim and np.ptp(n) > 0 else np.asarray(n.flat[0])
    reach = 3 * np.sqrt(center * (1 - center) / n)
    return Limits(center, plain(np.maximum(center - reach, 0.0)), plain(np.minimum(center + reach, 1.0)))


def ewma(
    values: ArrayLike, center: float, sigma: float, weight: float = 0.25, width: float = 3, start: float | None = None
) -> tuple[Floats, Limits]:
    """The exponentially weighted moving average of a series and its asymptotic limits.

    ``sigma`` is that of one value; the average starts from ``start`` (the centre when None).
    Source: Roberts (1959) Technometrics 1:239-250; NIST/SEMATECH e-Handbook 6.3.2.4.
    """
    series = vector(values, "values")
    if not 0 < weight <= 1:
        raise ValueError("weight lies in (0, 1]")
    if sigma < 0 or width <= 0:
        raise ValueError("sigma is not negative and width positive")
    smooth = np.empty(series.size)
    level = float(center if start is None else start)
    for i, value in enumerate(series):
        level = weight * float(value) + (1 - weight) * level
        smooth[i] = level
    reach = width * sigma * float(np.sqrt(weight / (2 - weight)))
    return smooth, Limits(float(center), center - reach, center + reach)


def beyond(values: ArrayLike, limits: Limits) -> Booleans:
    """The first rule: which points lie outside the limits."""
    series = vector(values, "values")
    result: Booleans = (series < limits.low) | (series > limits.high)
    return result


def one_sided(values: ArrayLike, center: float, run: int = 8) -> Booleans:
    """The second rule (XmR and p-chart only): which points complete or continue a run of ``run`` on one side."""
    side = np.sign(vector(values, "values") - center)
    flagged = np.zeros(side.size, dtype=np.bool_)
    length = 0
    for i in range(side.size):
        length = length + 1 if i and side[i] == side[i - 1] else 1
        flagged[i] = side[i] != 0 and length >= run
    return flagged
