"""From windows to service, profit and their sum: shrunken components on a common scale (METHOD, Ranking 2–4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.arrays import Booleans, Floats
from reports.ranking import Posterior, shrink

MEASURED_FROM = 10
"""Units with both parts that a measured spread of the sum needs; with fewer the parts are taken as unrelated."""

SCALE_DRAWS = 400
"""Draws of the reference period, which only measure that spread."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """One component's raw values ``y`` and sampling variances ``v``, per unit; ``known``: where there is a base."""

    y: Floats
    v: Floats
    known: Booleans

    def fit(self, draws: int, seed: int, earlier: Estimates | None = None) -> Posterior | None:
        """The shrunken values of the units with a base, in their order; None when there is nothing to compare."""
        if int(self.known.sum()) < 2:
            return None
        told = None if earlier is None or int(earlier.known.sum()) < 2 else earlier.observed
        return shrink(*self.observed, draws=draws, seed=seed, earlier=told)

    @property
    def observed(self) -> tuple[Floats, Floats]:
        """Values and variances of the units with a base."""
        return self.y[self.known], self.v[self.known]


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a component's index is 100, and how many of its points are ten of the index."""

    mean: float
    tau: float
    source: str

    @classmethod
    def of(cls, past: Posterior | None, now: Posterior) -> Reference:
        """From the reference period; from the window itself when that period tells nothing."""
        if past is not None and past.tau > 0:
            return cls(past.mu, past.tau, "period")
        return cls(now.mu, now.tau, "window")


@dataclass(frozen=True, slots=True)
class Component:
    """Surveys, shops or profit of all units: what was observed, what is believed, and how it enters the index.

    ``observed`` and ``shrunken`` per unit (NaN without a base); ``z`` (draws × units) in reference standard deviations,
    the prior's where ``ranks`` is false; ``used``: whether it counts at all; ``past``: the reference period's draws as
    z, with the units they belong to, or None.
    """

    name: str
    used: bool
    observed: Floats
    shrunken: Floats
    reliability: Floats
    z: Floats
    tau: float
    reference: Reference | None
    ranks: Booleans
    past: tuple[Floats, Booleans] | None


def component(
    name: str, now: Estimates, ranks: Booleans, before: Estimates, earlier: Estimates, draws: int, seed: int
) -> Component:
    """Shrink a component over units, and put its draws on the reference's scale.

    ``ranks``: units whose base is large enough to rank; of the others nothing is known but the prior. ``before``: the
    reference period. ``earlier``: the year before the window, which tells how much units differ: one window alone knows
    that too badly, and calls too many branches leading or trailing.
    """
    units = now.y.size
    ranks = ranks & now.known
    observed = np.where(now.known, now.y, np.nan)
    shrunken, reliability = np.full(units, np.nan), np.zeros(units)
    posterior = now.fit(draws, seed, earlier)
    if posterior is None:
        return Component(name, False, observed, shrunken, reliability, np.zeros((draws, units)), 0.0, None, ranks, None)
    shrunken[now.known] = posterior.mean
    used = posterior.tau > 0 and bool(ranks.any())
    tau = posterior.tau if used else 0.0
    if tau > 0:
        reliability[now.known] = tau**2 / (tau**2 + now.v[now.known])
    past = before.fit(min(draws, SCALE_DRAWS), seed + 1)
    reference = Reference.of(past, posterior)
    z = np.zeros((draws, units))
    history = None
    if used:
        values = posterior.prior(units, seed + 2)
        values[:, ranks] = posterior.draws[:, ranks[now.known]]
        z = (values - reference.mean) / reference.tau
        if past is not None and reference.source == "period":
            history = ((past.draws - reference.mean) / reference.tau, before.known)
    return Component(name, used, observed, shrunken, reliability, z, tau, reference, ranks, history)


@dataclass(frozen=True, slots=True)
class Blend:
    """A weighted sum of components on unit standard deviation: ``z`` (draws × units) and the ``scale`` divided by."""

    z: Floats
    scale: float
    used: bool
    past: tuple[Floats, Booleans] | None


def blend(parts: Sequence[tuple[float, Component | Blend]]) -> Blend:
    """Add the used components by their weights, rescaled so that true values vary with sd 1 in the reference period.

    The spread of the sum is measured over the units that have all parts in the reference period (posterior mean of the
    sd over units, so that parts that go together widen it); with fewer than ten such units, or in a period that has not
    all parts, they are taken as unrelated.
    """
    used = [(weight, part) for weight, part in parts if part.used and weight > 0]
    if not used:
        first = parts[0][1]
        return Blend(np.zeros_like(first.z), 1.0, False, None)
    total = np.zeros_like(used[0][1].z)
    for weight, part in used:
        total += weight * part.z
    past = _together(used)
    if past is None or int(past[1].sum()) < MEASURED_FROM:
        scale = math.sqrt(sum(weight**2 for weight, _ in used))
        past = None
    else:
        scale = float(past[0].std(axis=1, ddof=1).mean())
        past = (past[0] / scale, past[1])
    return Blend(total / scale, scale, True, past)


def _together(used: Sequence[tuple[float, Component | Blend]]) -> tuple[Floats, Booleans] | None:
    """The reference period's weighted sum over the units that have every part; None when a part has no past."""
    pasts = [(weight, *part.past) for weight, part in used if part.past is not None]
    if len(pasts) < len(used):
        return None
    common: Booleans = np.logical_and.reduce([known for _, _, known in pasts])
    total = np.zeros((pasts[0][1].shape[0], int(common.sum())))
    for weight, draws, known in pasts:
        total += weight * draws[:, common[known]]
    return total, common


def answers_needed(tau: float, variance: float, n: int, target: float) -> int | None:
    """How many more answers bring a unit's reliability τ²/(τ² + variance/n) to ``target``; None when τ = 0.

    ``variance`` is that of one answer. Source: the Spearman–Brown relation of reliability and length.
    """
    if tau <= 0 or not 0 < target < 1:
        return None
    return max(math.ceil(round(variance / tau**2 * target / (1 - target), 6)) - n, 0)
