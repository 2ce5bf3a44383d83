"""Where surveys and mystery visits say different things of a branch: shown side by side, never blended away.

Both are shrunken over the branches (:func:`reports.ranking.shrink`) and put in units of what branches differ by. A
branch is named only where it is probably above the others in one and below them in the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reports.arrays import Floats, agree, vector
from reports.measures import critical_value
from reports.ranking import shrink

#: Branches that are needed before anything is compared.
LEAST = 3


@dataclass(frozen=True)
class Disagreement:
    """Per branch the place among the others in each (0: their mean, 1: one standard deviation above it).

    ``surveys_above`` is the probability that a branch is above in surveys and below in visits, ``visits_above`` the
    other way round. ``correlation`` of the measured values as (low, value, high), Pearson's with Fisher's 95%
    interval, weakened by the noise of both; None for three branches, or where all are alike in one of the two.
    """

    surveys: Floats
    visits: Floats
    surveys_above: Floats
    visits_above: Floats
    correlation: tuple[float, float, float] | None


def disagreement(
    surveys: ArrayLike,
    survey_variances: ArrayLike,
    visits: ArrayLike,
    visit_variances: ArrayLike,
    draws: int = 4000,
    seed: int = 0,
) -> Disagreement:
    """Compare two estimates of the same branches, each with its sampling variance.

    ValueError for shapes that disagree, negative variances, or fewer than three branches.
    """
    first, second = vector(surveys, "surveys"), vector(visits, "visits")
    agree(first, second)
    if first.size < LEAST:
        raise ValueError("at least three branches are needed")
    one = shrink(first, survey_variances, draws=draws, seed=seed)
    two = shrink(second, visit_variances, draws=draws, seed=seed + 1)
    places = [_places(found.draws) for found in (one, two)]
    up = [place > 0 for place in places]
    return Disagreement(
        surveys=places[0].mean(axis=0),
        visits=places[1].mean(axis=0),
        surveys_above=(up[0] & ~up[1]).mean(axis=0),
        visits_above=(~up[0] & up[1]).mean(axis=0),
        correlation=_related(first, second),
    )


def _related(first: Floats, second: Floats) -> tuple[float, float, float] | None:
    if first.size <= LEAST or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    value = float(np.clip(np.corrcoef(first, second)[0, 1], -1, 1))
    if abs(value) == 1:
        return value, value, value
    around = critical_value(0.95) / math.sqrt(first.size - 3)
    return math.tanh(math.atanh(value) - around), value, math.tanh(math.atanh(value) + around)


def _places(draws: Floats) -> Floats:
    """Each draw's branches in units of that draw's own spread, around its own mean."""
    centred = draws - draws.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    result: Floats = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)
    return result
