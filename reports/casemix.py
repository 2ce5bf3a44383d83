"""Branches compared as if each had the same customers: means adjusted for what brought people there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from reports.arrays import Floats, vector


@dataclass(frozen=True)
class CaseMix:
    """Adjusted means of branches beside the raw ones, in the units of the scores."""

    branches: tuple[Any, ...]
    raw: Floats
    adjusted: Floats
    #: Sampling variances of the adjusted means: the branch's own plus what the estimated effects add.
    variance: Floats
    #: (factor, level) -> effect against the factor's most frequent level, within branches.
    effects: dict[tuple[str, Any], float]


def case_mix(scores: ArrayLike, branches: Sequence[Any], factors: Mapping[str, Sequence[Any]]) -> CaseMix:
    """Adjust branch means for the mix of cases: adj_b = ȳ_b − β̂'(x̄_b − x̄).

    ``scores`` of single responses; ``branches`` names each one's branch; ``factors`` maps a name (visit purpose,
    channel, language) to each response's level. β̂ comes from a least-squares regression with a dummy for each branch,
    so that a good branch is not excused for its customers, nor blamed. Levels that one branch alone has, and levels
    that say the same as others, move nothing: they take the least-norm solution. ValueError where lengths differ or
    there are no scores.

    Source: the within estimator, Mundlak (1978) Econometrica 46:69-85; the adjusted mean is the analysis of
    covariance's, taken at the organisation's mix.
    """
    y = vector(scores, "scores")
    n = len(y)
    if len(branches) != n or any(len(levels) != n for levels in factors.values()):
        raise ValueError("each score has one branch and one level of each factor")
    names = tuple(dict.fromkeys(branches))
    place = {name: number for number, name in enumerate(names)}
    home = np.array([place[name] for name in branches])
    count = np.bincount(home, minlength=len(names)).astype(np.float64)
    columns, labels = _dummies(factors)
    raw = np.bincount(home, weights=y, minlength=len(names)) / count
    if not labels:
        spread = _error(y - raw[home], n - len(names))
        return CaseMix(names, raw, raw.copy(), spread / count, {})
    means = np.stack([np.bincount(home, weights=x, minlength=len(names)) / count for x in columns.T], axis=1)
    within_x, within_y = columns - means[home], y - raw[home]
    cross = within_x.T @ within_x
    inverse = np.linalg.pinv(cross, hermitian=True)
    beta = inverse @ (within_x.T @ within_y)
    away = means - columns.mean(axis=0)
    freedom = n - len(names) - int(np.linalg.matrix_rank(cross, hermitian=True))
    spread = _error(within_y - within_x @ beta, freedom)
    variance = spread / count + spread * np.einsum("bi,ij,bj->b", away, inverse, away)
    effects = {label: float(value) for label, value in zip(labels, beta, strict=True)}
    return CaseMix(names, raw, raw - away @ beta, variance, effects)


def _dummies(factors: Mapping[str, Sequence[Any]]) -> tuple[Floats, list[tuple[str, Any]]]:
    """A column for each level but the most frequent of each factor: that is what the others are compared with."""
    columns, labels = [], []
    for name, levels in factors.items():
        seen, places, counts = np.unique(np.asarray(levels, dtype=str), return_inverse=True, return_counts=True)
        usual = int(np.argmax(counts))
        for place, level in enumerate(seen):
            if place != usual:
                columns.append((places == place).astype(np.float64))
                labels.append((name, str(level)))
    return (np.stack(columns, axis=1) if columns else np.empty((0, 0))), labels


def _error(residuals: Floats, freedom: int) -> float:
    """Residual variance; where nothing is left to estimate it from, the residuals' own mean square."""
    return float((residuals**2).sum() / max(freedom, 1))
