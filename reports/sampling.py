"""Weights, response rates and how many answers a comparison needs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri
from scipy.stats import nct, t

from reports.arrays import Floats, finite, share, vector

ROUNDS = 1000
TOLERANCE = 1e-10


def rake(weights: ArrayLike, margins: Sequence[ArrayLike]) -> Floats:
    """The table scaled axis after axis until its margins are the wanted ones (iterative proportional fitting).

    ``weights``: a table of cell weights (or counts), one axis per variable; ``margins``: the wanted total of each
    category, one array per axis, all of one sum. Returns the raked table; divided by the sample's table it gives the
    weight of a respondent of each cell. ValueError for shapes that do not agree, margins of different sums, a wanted
    category that nobody answered for, or a table that cannot be brought to its margins.
    Source: Deming & Stephan (1940) Ann Math Stat 11:427-444; Kalton & Flores-Cervantes (2003) J Off Stat 19:81-97.
    """
    cells = finite(weights, "weights").copy()
    targets = [vector(margin, "margin") for margin in margins]
    if tuple(target.size for target in targets) != cells.shape:
        raise ValueError("one margin per axis, one total per category")
    if (cells < 0).any() or any((target < 0).any() for target in targets):
        raise ValueError("weights and margins are not negative")
    total = float(targets[0].sum())
    if total <= 0 or any(not math.isclose(float(target.sum()), total, rel_tol=1e-6) for target in targets):
        raise ValueError("margins have one positive sum")
    for _ in range(ROUNDS):
        worst = 0.0
        for axis, target in enumerate(targets):
            others = tuple(i for i in range(cells.ndim) if i != axis)
            have = cells.sum(axis=others)
            if ((have == 0) & (target > 0)).any():
                raise ValueError("a category is wanted that no weight stands for")
            worst = max(worst, float(np.abs(have - target).max()))
            factor = np.divide(target, have, out=np.zeros_like(target), where=have > 0)
            cells *= np.expand_dims(factor, others)
        if worst <= TOLERANCE * total:
            return cells
    raise ValueError("the table cannot be brought to these margins")


def effective_size(weights: ArrayLike) -> float:
    """Kish's effective sample size (Σw)²/Σw². Source: Kish (1965) Survey Sampling, section 11.7."""
    w = vector(weights, "weights")
    if (w < 0).any() or w.sum() <= 0:
        raise ValueError("weights are not negative and not all zero")
    return float(w.sum() ** 2 / (w**2).sum())


def response_rates(
    complete: float,
    partial: float,
    refusal: float,
    non_contact: float,
    other: float,
    unknown: float,
    ineligible: float,
    e: float | None = None,
) -> dict[str, float]:
    """Response rates RR1…RR6, 0–1, from counts of final dispositions.

    ``e``: the share of the unknown that is eligible; None takes the share among the known (the proportional method).
    Source: AAPOR, Standard Definitions, 10th ed. (2023).
    """
    counts = [complete, partial, refusal, non_contact, other, unknown, ineligible]
    if min(counts) < 0 or not all(math.isfinite(count) for count in counts):
        raise ValueError("counts are not negative")
    known = complete + partial + refusal + non_contact + other
    if known + unknown <= 0:
        raise ValueError("no cases")
    if e is None:
        e = known / (known + ineligible) if known + ineligible > 0 else 1.0
    if not 0 <= e <= 1:
        raise ValueError("e lies between 0 and 1")
    rates = {}
    for number, extra in ((1, unknown), (3, e * unknown), (5, 0.0)):
        base = known + extra
        rates[f"RR{number}"] = complete / base if base else 0.0
        rates[f"RR{number + 1}"] = (complete + partial) / base if base else 0.0
    return rates


def surveys_needed(p1: float, p2: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Answers per side that tell two shares apart: two-sided normal test, pooled variance, without correction.

    Source: Fleiss, Levin & Paik (2003) Statistical Methods for Rates and Proportions, 3rd ed., formula 4.14.
    """
    if not (0 <= p1 <= 1 and 0 <= p2 <= 1) or p1 == p2:
        raise ValueError("two different shares between 0 and 1")
    quantile, aim = float(ndtri(1 - share(alpha, "alpha") / 2)), float(ndtri(share(power, "power")))
    mean = (p1 + p2) / 2
    root = quantile * math.sqrt(2 * mean * (1 - mean)) + aim * math.sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    return max(math.ceil(round((root / (p1 - p2)) ** 2, 9)), 1)


def shops_needed(difference: float, sd: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Visits per side that tell two mean scores apart: two-sided t test, equal sides, by the noncentral t.

    Source: Cohen (1988) Statistical Power Analysis, 2nd ed., ch. 2.
    """
    if difference == 0 or sd <= 0 or not (math.isfinite(difference) and math.isfinite(sd)):
        raise ValueError("a difference other than zero and a positive sd")
    share(alpha, "alpha")
    share(power, "power")
    effect = abs(difference) / sd

    def reached(n: int) -> bool:
        freedom, shift = 2 * n - 2, effect * math.sqrt(n / 2)
        limit = float(t.ppf(1 - alpha / 2, freedom))
        return float(nct.sf(limit, freedom, shift) + nct.cdf(-limit, freedom, shift)) >= power

    low, high = 1, 2
    while not reached(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
