"""Shrinkage of rates without the normal approximation: counts, a logit-normal population, everything on grids."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, xlog1py, xlogy

from reports.arrays import Floats, agree, vector
from reports.posterior import Posterior

TAUS, MUS, THETAS = 40, 60, 401
EDGE = 14.0
"""No rate is looked for beyond this logit (one in a million)."""


def shrink_binomial(successes: ArrayLike, trials: ArrayLike, draws: int = 4000, seed: int = 0) -> Posterior:
    """The units' true rates: successes ~ Binomial(trials, p), logit p ~ N(μ, τ²), μ flat, τ uniform on a grid.

    One-dimensional arrays of one shape; whole numbers are not required. ``.draws``, ``.mean``, ``.sd`` are of the rates
    (0–1), ``.tau`` and ``.mu`` on the logit scale. ``draws=0`` gives mean and sd only. ValueError for no trials or
    successes outside 0…trials. Source: Gelman et al., Bayesian Data Analysis, 3rd ed., sections 5.3 and 10.1.
    """
    x, n = vector(successes, "successes"), vector(trials, "trials")
    agree(x, n)
    if (n <= 0).any() or (x < 0).any() or (x > n).any():
        raise ValueError("trials are positive and successes lie between 0 and trials")
    if draws < 0:
        raise ValueError("draws are not negative")
    theta, mu, tau = _grids(x, n)
    log_likelihood = xlogy(x[:, None], expit(theta)) + xlog1py((n - x)[:, None], -expit(theta))
    likelihood = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    prior = np.exp(-0.5 * ((theta - mu[:, None]) / tau[:, None]) ** 2)
    prior /= prior.sum(axis=1, keepdims=True)
    evidence = np.maximum(likelihood @ prior.T, 1e-300)
    weight = np.log(evidence).sum(axis=0)
    weight = np.exp(weight - weight.max())
    weight /= weight.sum()
    density = likelihood * ((weight / evidence) @ prior)
    density /= density.sum(axis=1, keepdims=True)
    rate = expit(theta)
    mean: Floats = density @ rate
    sd = np.sqrt(np.maximum(density @ rate**2 - mean**2, 0.0))
    random = np.random.default_rng(seed)
    picked = random.choice(weight.size, size=draws, p=weight)
    values = _draw(picked, likelihood, prior, theta, random)
    return Posterior(values, mean, sd, float(weight @ tau), float(weight @ mu), mu[picked], tau[picked])


def _grids(x: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """The grid of logits, and the pairs of μ and τ as two arrays of one length."""
    smooth = (x + 0.5) / (n + 1)
    center, error = logit(smooth), 1 / np.sqrt((n + 1) * smooth * (1 - smooth))
    widest = max(2 * float(center.std(ddof=1)) if x.size > 1 else 0.0, float(error.min()) / 10)
    low = max(float((center - 6 * error).min()) - widest, -EDGE)
    high = min(float((center + 6 * error).max()) + widest, EDGE)
    theta = np.linspace(low, high, THETAS)
    # A population narrower than the grid's own steps is taken as one step wide.
    taus = np.maximum((np.arange(TAUS) + 0.5) / TAUS * widest, float(theta[1] - theta[0]))
    middle = float(np.average(center, weights=1 / (error**2 + (widest / 2) ** 2)))
    reach = 6 * float(np.sqrt((error**2).mean() + (widest / 2) ** 2) / np.sqrt(x.size))
    mus = np.clip(np.linspace(middle - reach, middle + reach, MUS), low, high)
    mu, tau = (grid.ravel() for grid in np.meshgrid(mus, taus))
    return theta, mu, tau


def _draw(picked: ArrayLike, likelihood: Floats, prior: Floats, theta: Floats, random: np.random.Generator) -> Floats:
    """Rates (draws × units), each draw under its own μ and τ."""
    chosen = np.asarray(picked)
    units, step = likelihood.shape[0], float(theta[1] - theta[0])
    logits = np.empty((chosen.size, units))
    offset = np.arange(units)
    for pair in np.unique(chosen):
        rows = np.flatnonzero(chosen == pair)
        density = likelihood * prior[pair]
        reached = density.cumsum(axis=1)
        # All units' distribution functions in one rising line, so that one search serves them all.
        line = (reached / reached[:, -1:] + offset[:, None]).ravel()
        found = np.searchsorted(line, random.random((rows.size, units)) * (1 - 1e-12) + offset)
        logits[rows] = theta[np.minimum(found - offset * theta.size, theta.size - 1)]
    logits += step * (random.random(logits.shape) - 0.5)
    result: Floats = expit(logits)
    return result
