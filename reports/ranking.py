"""Shrinkage of noisy unit estimates, and what may honestly be said about the units' order.

The model is the normal two-level one: y ~ N(θ, v) with v known, θ ~ N(μ, τ²), μ flat. Source: Raudenbush & Bryk (1985)
J Educ Stat 10:75-98; the average over τ on a grid: Gelman et al., Bayesian Data Analysis, 3rd ed., section 5.4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from reports.arrays import Floats, Integers, agree, matrix, share, vector
from reports.binomial import shrink_binomial
from reports.posterior import Posterior
from reports.ranksets import rank_sets

__all__ = [
    "Nested",
    "Posterior",
    "places",
    "rank_intervals",
    "rank_sets",
    "ranks",
    "reml",
    "shrink",
    "shrink_binomial",
    "shrink_nested",
    "summary",
    "top_probability",
]

GRID = 400
NOTHING = 1e-30
"""Variances under this are none: their reciprocals would only overflow."""


def _profile(y: Floats, v: Floats, tau2: Floats) -> tuple[Floats, Floats, Floats]:
    """For each τ²: the restricted log likelihood, the estimate of μ and its variance."""
    weights = 1 / (v + tau2[:, None])
    precision = weights.sum(axis=1)
    mu = (weights * y).sum(axis=1) / precision
    misfit = (weights * (y - mu[:, None]) ** 2).sum(axis=1)
    return (np.log(weights).sum(axis=1) - np.log(precision) - misfit) / 2, mu, 1 / precision


def reml(estimates: ArrayLike, variances: ArrayLike) -> float:
    """The restricted maximum likelihood estimate of τ (0 when units differ no more than their variances explain).

    Source: Raudenbush & Bryk (1985), as fitted by metafor. The likelihood is searched on a grid, then its slope's root.
    """
    y, v = _observed(estimates, variances)
    if _spread(y) == 0:
        return 0.0

    def slope(tau2: float) -> float:
        weights = 1 / (v + tau2)
        total = weights.sum()
        mu = (weights * y).sum() / total
        return float((weights**2 * (y - mu) ** 2).sum() - total + (weights**2).sum() / total)

    top = float(4 * y.var(ddof=1) + v.max())
    least = top * 1e-9 if (v == 0).any() else 0.0
    grid = np.concatenate([[least], np.geomspace(top * 1e-8, top, GRID)])
    likelihood, _, _ = _profile(y, v, grid)
    best = int(likelihood.argmax())
    if best == 0 and (least > 0 or slope(0.0) <= 0):
        return 0.0
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    if slope(low) <= 0 or slope(high) >= 0:
        return math.sqrt(grid[best])
    return math.sqrt(brentq(slope, low, high, xtol=1e-14, rtol=1e-12))


def _observed(estimates: ArrayLike, variances: ArrayLike) -> tuple[Floats, Floats]:
    y, v = vector(estimates, "estimates"), vector(variances, "variances")
    agree(y, v)
    if (v < 0).any():
        raise ValueError("variances are not negative")
    return y, np.where(v < NOTHING, 0.0, v)


def _spread(y: Floats) -> float:
    """The sample sd of the estimates; nothing where they differ by rounding only."""
    if y.size < 2 or np.ptp(y) <= 1e-12 * max(1.0, float(np.abs(y).max())):
        return 0.0
    return float(y.std(ddof=1))


def shrink(
    estimates: ArrayLike,
    variances: ArrayLike,
    draws: int = 4000,
    seed: int = 0,
    tau: Literal["integrate", "reml"] = "integrate",
    earlier: tuple[ArrayLike, ArrayLike] | None = None,
) -> Posterior:
    """The units' true values, drawn toward their mean the more, the less their own estimate can be trusted.

    ``estimates`` and their known sampling ``variances``: one-dimensional, one unit each. ``tau="integrate"`` averages
    over τ uniform on [0, 2·sd(estimates)]; ``"reml"`` plugs in the REML estimate. ``draws=0`` gives mean and sd only.
    The uncertainty of μ is part of ``sd`` and of ``draws``. ``earlier``: estimates and variances of another period,
    whose units differ as much as these; with "integrate" they too say which τ is likely, and nothing else.
    """
    y, v = _observed(estimates, variances)
    if draws < 0:
        raise ValueError("draws are not negative")
    if tau == "integrate":
        widest = 2 * _spread(y)
        taus = (np.arange(GRID) + 0.5) / GRID * widest if widest > 0 else np.zeros(1)
    elif tau == "reml":
        taus = np.array([reml(y, v)])
    else:
        raise ValueError("tau is 'integrate' or 'reml'")
    if taus[0] == 0 and (v == 0).any():
        return _certain(y, v, draws)
    likelihood, mu, mu_variance = _profile(y, v, taus**2)
    if earlier is not None and taus.size > 1:
        likelihood = likelihood + _profile(*_observed(*earlier), taus**2)[0]
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    own = taus[:, None] ** 2 / (taus[:, None] ** 2 + v)
    means = own * y + (1 - own) * mu[:, None]
    mean = weight @ means
    spread = own * v + (1 - own) ** 2 * mu_variance[:, None]
    sd = np.sqrt(weight @ (spread + (means - mean) ** 2))
    random = np.random.default_rng(seed)
    picked = random.choice(taus.size, size=draws, p=weight)
    mus = mu[picked] + np.sqrt(mu_variance[picked]) * random.standard_normal(draws)
    kept = own[picked]
    values = kept * y + (1 - kept) * mus[:, None] + np.sqrt(kept * v) * random.standard_normal((draws, y.size))
    return Posterior(values, mean, sd, float(weight @ taus), float(weight @ mu), mus, taus[picked])


def _certain(y: Floats, v: Floats, draws: int) -> Posterior:
    """τ = 0 and a unit without sampling variance: every unit is where the exact ones are."""
    centre = float(y[v == 0].mean())
    same = np.full(y.size, centre)
    mus = np.full(draws, centre)
    return Posterior(np.full((draws, y.size), centre), same, np.zeros(y.size), 0.0, centre, mus, np.zeros(draws))


@dataclass(frozen=True, slots=True)
class Nested:
    """Shrunken values of units inside groups: ``mean``, ``sd``; ``tau_units`` inside groups, ``tau_groups`` between."""

    mean: Floats
    sd: Floats
    tau_units: float
    tau_groups: float
    mu: float


def shrink_nested(estimates: ArrayLike, variances: ArrayLike, groups: ArrayLike) -> Nested:
    """Units drawn toward their group, groups toward the whole, in closed form.

    y ~ N(θ, v), θ ~ N(group, τ²units), group ~ N(μ, τ²groups), one-dimensional arrays of one shape, v positive.
    τ²units is the moment estimate inside groups (DerSimonian & Laird (1986) Control Clin Trials 7:177-188, summed over
    groups), τ²groups the REML of the groups' means. Source: Raudenbush & Bryk (2002) Hierarchical Linear Models, ch. 3.
    """
    y, v = _observed(estimates, variances)
    if (v <= 0).any():
        raise ValueError("variances are positive")
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    if member.shape != y.shape:
        raise ValueError("one group for each estimate")

    def sums(values: Floats) -> Floats:
        total: Floats = np.bincount(member, weights=values, minlength=names.size).astype(np.float64)
        return total

    weight = 1 / v
    total = sums(weight)
    misfit = float((weight * (y - (sums(weight * y) / total)[member]) ** 2).sum())
    room = float((total - sums(weight**2) / total).sum())
    tau2 = max(0.0, (misfit - (y.size - names.size)) / room) if room > 1e-9 * float(total.sum()) else 0.0
    precision = sums(1 / (v + tau2))
    center, center_variance = sums(y / (v + tau2)) / precision, 1 / precision
    upper = shrink(center, center_variance, draws=0, tau="reml")
    own = tau2 / (tau2 + v)
    mean = own * y + (1 - own) * upper.mean[member]
    sd = np.sqrt(own * v + (1 - own) ** 2 * (upper.sd**2)[member])
    return Nested(mean, sd, math.sqrt(tau2), upper.tau, upper.mu)


def ranks(draws: ArrayLike, highest_first: bool = True, seed: int = 0) -> Integers:
    """The rank of each unit in each draw (draws × units), 1 = first; ties are broken at random."""
    values = matrix(draws, "draws")
    values = -values if highest_first else values
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    tied = (np.diff(ordered, axis=1) == 0).any(axis=1)
    if tied.any():
        chance = np.random.default_rng(seed).random((int(tied.sum()), values.shape[1]))
        order[tied] = np.lexsort((chance, values[tied]), axis=1)
    placed = np.empty(values.shape, dtype=np.int64)
    np.put_along_axis(placed, order, np.arange(1, values.shape[1] + 1)[None, :], axis=1)
    return placed


def summary(placed: Integers, level: float = 0.90) -> tuple[Integers, Integers, Integers]:
    """(median, low, high) rank per unit from ranks (draws × units); quantiles by the inverted distribution function."""
    tail = (1 - share(level, "level")) / 2
    at = [max(math.ceil(round(q * placed.shape[0], 9)) - 1, 0) for q in (0.5, tail, 1 - tail)]
    # Small whole numbers in rows sort several times faster than wide ones in columns.
    small = np.int16 if placed.shape[1] < np.iinfo(np.int16).max else np.int64
    ordered = np.sort(placed.T.astype(small), axis=1)
    middle, low, high = (ordered[:, place].astype(np.int64) for place in at)
    return middle, low, high


def rank_intervals(
    draws: ArrayLike, level: float = 0.90, highest_first: bool = True, seed: int = 0
) -> tuple[Integers, Integers, Integers]:
    """(median, low, high) rank of each unit, integers, 1 = first, from joint posterior draws (draws × units).

    Ties are broken at random; quantiles are the inverted distribution function, the median the lower one.
    Source: Goldstein & Spiegelhalter (1996) JRSS A 159:385-443 (intervals of ranks from draws).
    """
    return summary(ranks(draws, highest_first, seed), level)


def places(units: int, share_of: float) -> int:
    """How many units a share of them is, rounded up: a quarter of 10 is 3."""
    return math.ceil(round(share(share_of, "share") * units, 9))


def top_probability(draws: ArrayLike, share: float = 0.25, highest_first: bool = True, seed: int = 0) -> Floats:
    """The probability that each unit is among the first ceil(share·units), from joint draws (draws × units)."""
    placed = ranks(draws, highest_first, seed)
    result: Floats = (placed <= places(placed.shape[1], share)).mean(axis=0)
    return result
