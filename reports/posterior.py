"""What shrinkage returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reports.arrays import Floats


@dataclass(frozen=True, slots=True)
class Posterior:
    """What is believed about the units' true values after seeing their estimates.

    ``draws`` (draws × units), joint over units; ``mean`` and ``sd`` analytic, per unit; ``tau``: the between-unit
    standard deviation (posterior mean, or REML); ``mu``: the mean of units (posterior mean). ``mus`` and ``taus`` are
    the draws of both, in step with ``draws``.
    """

    draws: Floats
    mean: Floats
    sd: Floats
    tau: float
    mu: float
    mus: Floats
    taus: Floats

    def prior(self, units: int, seed: int = 0) -> Floats:
        """Draws (draws × units) of further units of which nothing was observed, in step with ``draws``."""
        noise = np.random.default_rng(seed).standard_normal((self.mus.size, units))
        return self.mus[:, None] + self.taus[:, None] * noise
