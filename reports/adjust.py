"""What is taken out of branches' numbers before they are compared (METHOD, Ranking 1).

The mix of cases, the severity of the shoppers, and what size and area let expect of a branch's profit. Raw values are
shown beside every adjusted one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reports import profitability
from reports.arrays import Booleans, Floats
from reports.cells import Accounts, Window
from reports.policy import Policy
from reports.service import Estimates
from reports.units import Unit

#: Half the width of the interval in which a severity model gives its effects, in standard errors.
_ERRORS = 1.96
#: A branch's reliability in the severity model under which its effect says nothing that could be un-shrunken.
_LEAST_RELIABILITY = 0.01
#: Spread between branches, in points, under which the model leaves nothing to un-shrink.
_LEAST_SPREAD = 0.25
#: Branches that a size or an area needs to be told from the others.
LEVEL = 3


@dataclass(frozen=True, slots=True)
class CaseMix:
    """Points that the mix of cases adds to each unit's satisfaction, and the adjusted value's sampling variance.

    Nothing (0, NaN) where a unit was not in the model; ``used``: whether the policy asks for it and it was fitted.
    """

    points: Floats
    variance: Floats
    used: bool

    @classmethod
    def of(cls, units: Sequence[Unit], policy: Policy, models: Mapping[str, Any]) -> CaseMix:
        """What the month's model says."""
        points, variance = np.zeros(len(units)), np.full(len(units), np.nan)
        found = models.get("casemix") or {}
        used = policy.case_mix and bool(found.get("fitted")) and bool(found.get("branches"))
        if used:
            rows = _by_branch(found["branches"])
            for place, unit in enumerate(units):
                row = rows.get(unit.code)
                if row is not None and row.get("adj") is not None:
                    points[place], variance[place] = row["adj"], row["variance"]
        return cls(points, variance, used)

    def added(self, estimates: Estimates, own: bool) -> Estimates:
        """The estimates with the points; with the model's variances where they are the window's ``own``.

        An earlier period takes this window's points: what brings customers to a branch changes slowly.
        """
        if not self.used:
            return estimates
        v = np.where(np.isfinite(self.variance), self.variance, estimates.v) if own else estimates.v
        return Estimates(estimates.y + self.points, v, estimates.known)


@dataclass(frozen=True, slots=True)
class Severity:
    """Shop scores without the severity of their shoppers, per unit, and what that leaves of their variance.

    The severity model gives each branch's effect û (a BLUP) with its prediction error variance PEV, and the spread
    between branches σ. û is already drawn toward nothing by r = 1 − PEV/σ²: given the true effect u its mean is r·u and
    its variance r(1−r)σ². The ranking shrinks once more, with a spread that it integrates over; so that nothing is
    shrunken twice, the effect is brought back to an unbiased observation first: y = μ + û/r with the sampling variance
    v = σ²(1−r)/r, the pair from which a normal prior of spread σ would give back û and PEV. Sources: Henderson (1975)
    Biometrics 31:423-447 (Cov(û, u) = Var(û)); Garrick, Taylor & Fernando (2009) Genet Sel Evol 41:55 (deregression).
    """

    status: str
    score: Floats
    variance: Floats
    #: Variances of one visit's error and of a shopper, squared points, and visits of one shopper at a unit.
    error: float = 0.0
    shopper: float = 0.0
    repeats: Any = 1.0

    @classmethod
    def of(cls, units: Sequence[Unit], policy: Policy, models: Mapping[str, Any]) -> Severity:
        """What the month's model says: ``on``, ``off`` by policy, or ``not_fitted``."""
        nothing, unknown = np.full(len(units), np.nan), np.full(len(units), np.inf)
        if not policy.severity_adjusted:
            return cls("off", nothing, unknown)
        found = models.get("severity") or {}
        spread = (found.get("sds") or {}).get("branch") or 0.0
        if not found.get("fitted") or not found.get("branches") or spread < _LEAST_SPREAD:
            return cls("not_fitted", nothing, unknown)
        sums: dict[str, Floats] = {}
        into = _receivers(units)
        for code, row in _by_branch(found["branches"]).items():
            y, v = _observed(row, found["mean"], spread**2)
            n, others = float(row["n"]), float(max(row.get("others") or 1, 1))
            own = sums.setdefault(into.get(code, code), np.zeros(4))
            own += (n, n * y, n * n * v, others)
        score, variance, repeats = nothing.copy(), unknown.copy(), nothing.copy()
        for place, unit in enumerate(units):
            if unit.code in sums:
                n, total, squares, others = sums[unit.code].tolist()
                score[place], variance[place], repeats[place] = total / n, squares / n**2, max(n / others, 1.0)
        usual = float(np.nanmedian(repeats)) if np.isfinite(repeats).any() else 1.0
        repeats = np.where(np.isfinite(repeats), repeats, usual)
        return cls("on", score, variance, found["sds"]["error"] ** 2, found["sds"]["shopper"] ** 2, repeats)

    @property
    def used(self) -> bool:
        """Whether adjusted scores rank."""
        return self.status == "on"

    def raw(self, window: Window, known: Booleans) -> Estimates:
        """Raw means of a period with what their shoppers add to the variance, taken to rotate as they do now."""
        v = np.full(window.n.size, np.inf)
        np.divide(self.error + self.shopper * self.repeats, window.n, out=v, where=window.n > 0)
        return Estimates(window.mean, v, known & (window.n > 0))

    def adjusted(self, window: Window, known: Booleans) -> Estimates:
        """The window's adjusted scores; raw ones where the model has not seen a unit."""
        raw, told = self.raw(window, known), np.isfinite(self.score)
        return Estimates(np.where(told, self.score, raw.y), np.where(told, self.variance, raw.v), raw.known)


def _by_branch(rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(row["branch"]): row for row in rows}


def _observed(row: Mapping[str, Any], mean: float, spread: float) -> tuple[float, float]:
    """A branch's un-shrunken score and its sampling variance; ``spread``: the variance between branches."""
    error = row["error"] if row.get("error") is not None else (row["high"] - row["low"]) / (2 * _ERRORS)
    r = min(max(1 - error**2 / spread, _LEAST_RELIABILITY), 1 - 1e-9)
    return mean + row["effect"] / r, spread * (1 - r) / r


def _receivers(units: Sequence[Unit]) -> dict[str, str]:
    """Merged branch → the branch whose numbers hold its visits."""
    into = {unit.code: unit.merged_into for unit in units if unit.merged_into}
    found = {}
    for start in into:
        at, seen = start, {start}
        while at in into and into[at] not in seen:
            at = into[at]
            seen.add(at)
        found[start] = at
    return found


def expected_margin(margin: Floats, units: Sequence[Unit]) -> Floats:
    """The margin that units of a size and an area have: least squares on both, one line a unit, all weighing alike.

    A level with fewer than three units counts with the most frequent one, so that no unit is compared with itself
    alone. Effects of size and area add up.
    """
    columns = [np.ones(len(units))]
    for name in ("size", "area"):
        values = [getattr(unit, name) for unit in units]
        levels = sorted(set(values), key=lambda level: (-values.count(level), level))
        told = [level for level in levels[1:] if values.count(level) >= LEVEL]
        columns += [np.array([float(value == level) for value in values]) for level in told]
    design = np.column_stack(columns)
    fitted: Floats = design @ np.linalg.lstsq(design, margin, rcond=None)[0]
    return fitted


def profit(accounts: Accounts, known: Booleans, units: Sequence[Unit], against: str) -> tuple[Estimates, Floats]:
    """The units' profit in percent of revenue above their target, or above what size and area let expect.

    Gives the margin that is expected beside the estimates, in percent of revenue; NaN with ``target``.
    """
    y, v, expected = np.full(known.size, np.nan), np.full(known.size, np.inf), np.full(known.size, np.nan)
    usable = known & (accounts.number >= 2) & (np.nansum(accounts.revenue, axis=1) > 0)
    if usable.any():
        some = accounts.only(usable)
        target = some.target
        if against == "size_and_area":
            revenue, cost = np.nan_to_num(some.revenue), np.nan_to_num(some.cost)
            margin = profitability.profit_index(revenue, cost, np.zeros_like(revenue))
            kept = [unit for unit, used in zip(units, usable.tolist(), strict=True) if used]
            expected[usable] = expected_margin(margin, kept)
            target = some.revenue * expected[usable][:, None] / 100
        y[usable] = profitability.profit_index(*(np.nan_to_num(a) for a in (some.revenue, some.cost, target)))
        v[usable] = profitability.index_variance(some.revenue, some.cost, target)
    return Estimates(y, v, usable), expected
