"""The month against the unit's previous three: which changes are more than chance (METHOD, Change)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, stdtr, stdtrit

from reports import measures
from reports.arrays import Booleans, Floats
from reports.blocks import Shops, Surveys
from reports.cells import Window
from reports.rounding import number
from reports.suppression import SHOWN


@dataclass(frozen=True, slots=True)
class Tests:
    """One measure's comparison per unit: the difference now − before with its interval, and p (NaN: not compared)."""

    measure: str
    now: Floats
    before: Floats
    low: Floats
    high: Floats
    p: Floats
    n: tuple[Any, Any]


def score_test(now: Window, before: Window) -> Floats:
    """Two-sided p of the pooled score test for two top-box shares, per unit (both n positive).

    Source: the two-proportion z test with pooled variance (Pearson's χ² without correction).
    """
    x1, x2 = now.successes, before.successes
    pooled = (x1 + x2) / (now.n + before.n)
    error = np.sqrt(pooled * (1 - pooled) * (1 / now.n + 1 / before.n))
    return _two_sided_normal(x1 / now.n - x2 / before.n, error)


def _two_sided_normal(difference: Floats, error: Floats) -> Floats:
    # Where the pooled variance is nothing, all answers were the same in both: no difference.
    z = np.zeros(difference.shape)
    np.divide(difference, error, out=z, where=error > 0)
    result: Floats = 2 * ndtr(-np.abs(z))
    return result


def welch(now: Window, before: Window) -> tuple[Floats, Floats, Floats]:
    """(p, standard error, degrees of freedom) of Welch's test of two means per unit (both n at least 2).

    Source: Welch (1947) Biometrika 34:28-35. Without any variance inside both, p is 1 for equal means and 0 otherwise.
    """
    v1, v2 = now.variance / now.n, before.variance / before.n
    error = np.sqrt(v1 + v2)
    freedom = np.full(error.shape, np.inf)
    below = v1**2 / (now.n - 1) + v2**2 / (before.n - 1)
    np.divide((v1 + v2) ** 2, below, out=freedom, where=below > 0)
    difference = now.mean - before.mean
    t = np.where(difference == 0, 0.0, np.inf)
    np.divide(np.abs(difference), error, out=t, where=error > 0)
    p: Floats = 2 * stdtr(np.where(np.isinf(freedom), 1e12, freedom), -t)
    return p, error, freedom


def _compare(measure: str, now: Window, before: Window, allowed: Booleans, level: float) -> Tests:
    """Compare one measure over the units where it is allowed."""
    units = now.n.size
    low, high, p = (np.full(units, np.nan) for _ in range(3))
    some = allowed & (np.minimum(now.n, before.n) >= 2)
    if some.any():
        a, b = now.only(some), before.only(some)
        if measure == "csat":
            p[some] = score_test(a, b)
            bounds = measures.proportion_change(a.successes, a.n, b.successes, b.n, level)
            low[some], high[some] = (100 * bound for bound in bounds)
        else:
            p[some], error, freedom = welch(a, b)
            reach = stdtrit(np.where(np.isinf(freedom), 1e12, freedom), 0.5 + level / 2) * error
            low[some], high[some] = a.mean - b.mean - reach, a.mean - b.mean + reach
    return Tests(measure, now.mean, before.mean, low, high, p, (now.n, before.n))


def compare(surveys: Surveys, shops: Shops, width: int, level: float) -> list[Tests]:
    """Every unit × measure: the last month against the ``width`` months before it, where both may be shown."""
    months = shops.total.months
    earlier = months[-1 - width : -1]
    tests = []
    for measure, cells in surveys.cells.items():
        decided = surveys.decided[measure]
        # The months before are shown as one window, or else each of them is.
        together = decided.window[:, -2] == SHOWN
        singly = (decided.month[:, -1 - width : -1] == SHOWN).all(axis=1)
        before_shown = together if surveys.width == width else singly
        allowed = (decided.month[:, -1] == SHOWN) & before_shown
        tests.append(_compare(measure, cells.window(months[-1:]), cells.window(earlier), allowed, level))
    now, before = shops.total.window(months[-1:]), shops.total.window(earlier)
    tests.append(_compare("shops", now, before, np.minimum(now.n, before.n) >= shops.least, level))
    return tests


def signals(tests: Sequence[Tests], units: Sequence[bool], q: float) -> tuple[list[list[dict[str, Any]]], int]:
    """Per unit the changes that Benjamini–Hochberg keeps over every unit × measure, and how many were compared.

    ``units``: which units are compared at all.
    """
    found: list[list[dict[str, Any]]] = [[] for _ in units]
    chosen = np.asarray(units, dtype=np.bool_)
    places = [(test, unit) for test in tests for unit in np.flatnonzero(np.isfinite(test.p) & chosen).tolist()]
    if not places:
        return found, 0
    kept = measures.false_discoveries([float(test.p[unit]) for test, unit in places], q)
    for (test, unit), signal in zip(places, kept.tolist(), strict=True):
        if signal:
            found[unit].append(
                {
                    "measure": test.measure,
                    "before": number(test.before[unit]),
                    "now": number(test.now[unit]),
                    "difference": number(test.now[unit] - test.before[unit]),
                    "low": number(test.low[unit]),
                    "high": number(test.high[unit]),
                    "p": number(test.p[unit], 6),
                    "n_before": int(test.n[1][unit]),
                    "n": int(test.n[0][unit]),
                }
            )
    return found, len(places)
