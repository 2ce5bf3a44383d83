"""Profit against target, and who is ahead of whom on two axes at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

from reports.arrays import Floats, agree, finite, matrix, vector
from reports.efficiency import Efficiency, efficiency

__all__ = ["Efficiency", "efficiency", "index_variance", "moderated", "pareto_probability", "profit_index"]


def profit_index(revenue: ArrayLike, cost: ArrayLike, target: ArrayLike) -> Floats:
    """100·Σ(revenue − cost − target)/Σ revenue per branch, in percent of revenue.

    Arrays branches × months of one shape (one dimension: the months of one branch); sums run over months.
    ValueError when a branch's revenue does not sum to more than zero.
    """
    income, spent, aim = finite(revenue, "revenue"), finite(cost, "cost"), finite(target, "target")
    agree(income, spent, aim)
    if income.ndim not in (1, 2):
        raise ValueError("expected branches × months")
    total = np.atleast_1d(income.sum(axis=-1))
    if (total <= 0).any():
        raise ValueError("revenue must sum to more than zero")
    result: Floats = 100 * np.atleast_1d((income - spent - aim).sum(axis=-1)) / total
    return result


def pareto_probability(draws_a: ArrayLike, draws_b: ArrayLike) -> Floats:
    """The probability that no other unit is at least as good on both axes and better on one, per unit.

    Joint posterior draws (draws × units) of the two axes, both the higher the better. Source: Pareto dominance, counted
    over draws; one pass over the units in falling order of the first axis finds the front of each draw.
    """
    a, b = matrix(draws_a, "draws_a"), matrix(draws_b, "draws_b")
    agree(a, b)
    order = np.lexsort((-b, -a), axis=1)
    first = np.take_along_axis(a, order, axis=1)
    second = np.take_along_axis(b, order, axis=1)
    best = np.maximum.accumulate(second, axis=1)
    front = np.ones(a.shape, dtype=np.bool_)
    front[:, 1:] = second[:, 1:] > best[:, :-1]
    # A unit that equals its forerunner on both axes shares its fate: neither dominates the other.
    twin = (np.diff(first, axis=1) == 0) & (np.diff(second, axis=1) == 0)
    for i in np.flatnonzero(twin.any(axis=0)) + 1:
        front[:, i] |= twin[:, i - 1] & front[:, i - 1]
    placed = np.empty(a.shape, dtype=np.bool_)
    np.put_along_axis(placed, order, front, axis=1)
    result: Floats = placed.mean(axis=0)
    return result


def moderated(variances: ArrayLike, freedom: ArrayLike) -> Floats:
    """Sample variances drawn toward their common value, as far as they agree on one.

    One-dimensional arrays of one shape: sample variances and their degrees of freedom (≥ 1). A branch's own variance
    over a dozen months is mostly noise; one for all would hide that some branches are steadier than others.
    Source: Smyth (2004) Stat Appl Genet Mol Biol 3(1):3, the moment estimates of section 6.2.
    """
    s2, d = vector(variances, "variances"), vector(freedom, "freedom")
    agree(s2, d)
    if (s2 < 0).any() or (d < 1).any():
        raise ValueError("variances are not negative and degrees of freedom at least 1")
    if s2.size < 3 or s2.max() == 0:
        return np.full(s2.size, float((d * s2).sum() / d.sum()))
    # A variance of exactly nothing has no logarithm: it counts as a small part of the typical one.
    kept = np.maximum(s2, 1e-5 * float(np.median(s2[s2 > 0])))
    logs = np.log(kept) - digamma(d / 2) + np.log(d / 2)
    surplus = float(logs.var(ddof=1) - polygamma(1, d / 2).mean())
    if surplus <= polygamma(1, 5e5):
        return np.full(s2.size, float((d * s2).sum() / d.sum()))
    prior = 2 * brentq(lambda x: float(polygamma(1, x)) - surplus, 1e-8, 1e6)
    common = np.exp(logs.mean() + digamma(prior / 2) - np.log(prior / 2))
    result: Floats = (prior * common + d * s2) / (prior + d)
    return result


def index_variance(revenue: ArrayLike, cost: ArrayLike, target: ArrayLike) -> Floats:
    """Sampling variance of each branch's ``profit_index``: its between-month variance over the number of months.

    Arrays branches × months of one shape; a month that a branch lacks is NaN in all three, and each branch has at least
    two. Around the index a month's residual is 100·(gap − index·revenue/100)/mean revenue (the linearised ratio:
    Cochran, Sampling Techniques, 3rd ed., section 6.4). What all branches share in a month (the median residual) is
    season, not noise between branches, and is taken out; the variances are then moderated.
    """
    income, spent, aim = (np.asarray(values, dtype=np.float64) for values in (revenue, cost, target))
    agree(income, spent, aim)
    present = np.isfinite(income) & np.isfinite(spent) & np.isfinite(aim)
    if income.ndim != 2 or income.size == 0 or (present.sum(axis=1) < 2).any():
        raise ValueError("expected branches × months, each branch with two months at least")
    income, gap = np.where(present, income, 0.0), np.where(present, income - spent - aim, 0.0)
    total = income.sum(axis=1, keepdims=True)
    if (total <= 0).any():
        raise ValueError("revenue must sum to more than zero")
    number = present.sum(axis=1, keepdims=True)
    residual = np.where(present, 100 * (gap - gap.sum(axis=1, keepdims=True) / total * income) * number / total, np.nan)
    if residual.shape[0] >= 3:
        kept = present.any(axis=0)
        residual[:, kept] -= np.nanmedian(residual[:, kept], axis=0)
    freedom = number[:, 0] - 1
    own = np.nanvar(residual, axis=1) * number[:, 0] / freedom
    result: Floats = moderated(own, freedom) / number[:, 0]
    return result
