"""Who scores strictly and who leniently: the crossed mixed model of branches and shoppers, fitted by REML.

score = μ + branch + shopper + visit error, with independent normal effects. All that the fit needs are counts and sums
of branch × shopper, so that it costs the same for a hundred visits as for a hundred thousand. Sources: Henderson
(1975) Biometrics 31:423-447, for effects, their errors and the mixed-model equations; Bates et al. (2015) J Stat
Software 67(1), section 3.4, for the profiled REML criterion over relative standard deviations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_array

from reports.arrays import Floats, Integers, vector

#: Relative standard deviations under this are none, where the fit is as good without them.
_NONE = 1e-3
#: Criteria that are nearer than this are the same.
_ROUNDING = 1e-7
#: No effect is looked for that is larger, against the error, than this.
_WIDEST = 1e4
#: A table of branches and shoppers with no more cells than this is multiplied as it is: most of them are filled.
_SMALL = 20_000
#: Where the search begins: relative standard deviations of branch and shopper.
_STARTS = ((0.4, 0.4), (1.5, 0.1), (0.1, 1.5))


class Effects(NamedTuple):
    """Effects in the order of their labels, in points, and their standard errors: how far the true one may be away."""

    effects: Floats
    standard_errors: Floats


@dataclass(frozen=True)
class Severity:
    """A fitted model. A negative shopper's effect is a strict one; effects are drawn toward nothing by small bases.

    ``sds`` are the standard deviations ``branch``, ``shopper`` and ``error`` in points; ``branches`` and ``shoppers``
    are the labels in the order of the effects; ``criterion`` is −2 × the restricted log likelihood.
    """

    mean: float
    mean_error: float
    branch: Effects
    shopper: Effects
    sds: dict[str, float]
    branches: list[Any]
    shoppers: list[Any]
    criterion: float


@dataclass(frozen=True)
class _Sums:
    """What the scores come to: visits and sums of branch × shopper, the larger side first."""

    counts: Floats
    #: The same where the table is large and mostly empty.
    sparse: csr_array | None
    first: Floats
    second: Floats
    squares: float
    n: float


class _Equations(NamedTuple):
    """The equations solved at given relative standard deviations; effects in units of their own deviation."""

    criterion: float
    #: The standard deviation of the error.
    error: float
    diagonal: Floats
    factor: tuple[Floats, bool]
    #: μ, then the second side's effects.
    rest: Floats


def severity(scores: ArrayLike, branches: Sequence[Any], shoppers: Sequence[Any]) -> Severity:
    """Fit the model to visits: a score, a branch and a shopper each. See :class:`Severity`.

    ValueError for shapes that disagree, no or unfinite scores, fewer than two branches or shoppers, and where the
    visits cannot tell branch, shopper and error apart: every branch has its own shopper, say, or nobody came twice.
    """
    y = vector(scores, "scores")
    names_b, at_b = _coded(branches, "branches", y.size)
    names_s, at_s = _coded(shoppers, "shoppers", y.size)
    counts = np.zeros((len(names_b), len(names_s)))
    np.add.at(counts, (at_b, at_s), 1)
    _told_apart(counts)
    middle = float(y.mean())
    centred = y - middle  # rounding is relative to the spread then, and not to the scores
    unit = float(centred.std())
    if unit <= 1e-12 * max(1.0, abs(middle)):
        raise ValueError("all scores are the same")
    centred = centred / unit
    sums_b: Floats = np.bincount(at_b, centred, len(names_b)).astype(np.float64)
    sums_s: Floats = np.bincount(at_s, centred, len(names_s)).astype(np.float64)
    # The larger side is solved by division, the smaller one as a matrix.
    turned = len(names_s) > len(names_b)
    if turned:
        counts, sums_b, sums_s = counts.T, sums_s, sums_b
    given = _Sums(
        counts,
        csr_array(counts) if counts.size > _SMALL else None,
        sums_b,
        sums_s,
        float(centred @ centred),
        float(y.size),
    )
    one, two = _search(given)
    solved = _equations(given, one, two)
    error = unit * solved.error
    inverse = cho_solve(solved.factor, np.eye(solved.rest.size))
    known = np.diag(inverse)
    # Columns: μ, then the second side; rows: the first side.
    cross = one * np.column_stack([given.counts.sum(axis=1), two * given.counts])
    first = (one * given.first - cross @ solved.rest) / solved.diagonal
    scaled = cross / solved.diagonal[:, None]
    first_known = 1 / solved.diagonal + ((scaled @ inverse) * scaled).sum(axis=1)
    sides = [
        (Effects(unit * one * first, error * one * np.sqrt(first_known)), error * one),
        (Effects(unit * two * solved.rest[1:], error * two * np.sqrt(known[1:])), error * two),
    ]
    (branch, branch_sd), (shopper, shopper_sd) = reversed(sides) if turned else sides
    return Severity(
        mean=middle + unit * float(solved.rest[0]),
        mean_error=error * float(np.sqrt(known[0])),
        branch=branch,
        shopper=shopper,
        sds={"branch": branch_sd, "shopper": shopper_sd, "error": error},
        branches=names_b,
        shoppers=names_s,
        criterion=solved.criterion + 2 * (y.size - 1) * float(np.log(unit)),
    )


def _coded(labels: Sequence[Any], name: str, n: int) -> tuple[list[Any], Integers]:
    given = np.asarray(labels)
    if given.ndim != 1 or given.size != n:
        raise ValueError(f"{name}: one for each score")
    found, at = np.unique(given, return_inverse=True)
    if found.size < 2:
        raise ValueError(f"{name}: at least two are needed")
    return found.tolist(), at.astype(np.int64)


def _told_apart(counts: Floats) -> None:
    """ValueError where the three variances are not identified.

    They are when the derivatives of the scores' covariance (same branch, same shopper, same visit), seen without their
    mean, are linearly independent: when the matrix of their inner products has full rank.
    """
    n = counts.sum()
    own_b, own_s = counts.sum(axis=1), counts.sum(axis=0)
    sums = np.array([(own_b**2).sum(), (own_s**2).sum(), n])
    products = np.array(
        [
            [(own_b**2).sum(), (counts**2).sum(), n],
            [(counts**2).sum(), (own_s**2).sum(), n],
            [n, n, n],
        ]
    )
    through = np.array(
        [
            [(own_b**3).sum(), own_b @ counts @ own_s, sums[0]],
            [own_b @ counts @ own_s, (own_s**3).sum(), sums[1]],
            [sums[0], sums[1], n],
        ]
    )
    gram = products - 2 * through / n + np.outer(sums, sums) / n**2
    size = np.sqrt(np.diag(gram).clip(1e-300))
    if n < 4 or np.linalg.eigvalsh(gram / np.outer(size, size))[0] < 1e-9:
        raise ValueError("these visits cannot tell branch, shopper and visit error apart")


def _search(given: _Sums) -> tuple[float, float]:
    """The relative standard deviations with the least criterion, none of them negative."""

    def criterion(theta: Floats) -> float:
        return _equations(given, abs(float(theta[0])), abs(float(theta[1]))).criterion

    bounds = [(0.0, _WIDEST), (0.0, _WIDEST)]
    tries = [minimize(criterion, np.array(start), method="L-BFGS-B", bounds=bounds) for start in _STARTS]
    coarse = min(tries, key=lambda found: float(found.fun))
    corners = coarse.x + np.array([[0.0, 0.0], [0.01, 0.0], [0.0, 0.01]])
    fine = minimize(
        criterion, coarse.x, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-10, "initial_simplex": corners}
    )
    least, best = float(fine.fun), (abs(float(fine.x[0])), abs(float(fine.x[1])))
    # At the edge, where one side does not differ at all, the criterion is flat; along the edge it is searched anew.
    for side in (0, 1):
        if best[side] < _NONE:
            found = minimize_scalar(
                _along(criterion, 1 - side), bounds=(0.0, 10.0 + 2 * best[1 - side]), method="bounded"
            )
            if float(found.fun) <= least + _ROUNDING:
                value = float(found.x) if float(found.x) >= _NONE else 0.0
                least, best = float(found.fun), (0.0, value) if side == 0 else (value, 0.0)
    return best


def _along(criterion: Callable[[Floats], float], side: int) -> Callable[[float], float]:
    """The criterion with only one side differing."""

    def of(value: float) -> float:
        theta = np.zeros(2)
        theta[side] = value
        return criterion(theta)

    return of


def _equations(given: _Sums, one: float, two: float) -> _Equations:
    """The mixed-model equations in Bates' form: the first side is diagonal and is solved away."""
    own, others = given.counts.sum(axis=1), given.counts.sum(axis=0)
    diagonal = one**2 * own + 1
    weights = one**2 / diagonal
    block = np.empty((others.size + 1, others.size + 1))
    block[0, 0] = given.n - float(weights @ own**2)
    table = given.counts if given.sparse is None else given.sparse
    block[0, 1:] = block[1:, 0] = two * (others - table.T @ (weights * own))
    if given.sparse is None:
        met = given.counts.T @ (weights[:, None] * given.counts)
    else:
        met = (given.sparse.T @ given.sparse.multiply(weights[:, None]).tocsr()).toarray()
    block[1:, 1:] = np.diag(two**2 * others + 1) - two**2 * met
    mean = float(given.first.sum()) - float(weights @ (own * given.first))
    right = np.concatenate([[mean], two * (given.second - table.T @ (weights * given.first))])
    factor = cho_factor(block, lower=True)
    rest: Floats = cho_solve(factor, right)
    left = given.squares - float(right @ rest) - float(weights @ given.first**2)
    left = max(left, 1e-14 * given.squares)
    freedom = given.n - 1
    determinant = float(np.log(diagonal).sum()) + 2 * float(np.log(np.diag(factor[0])).sum())
    criterion = determinant + freedom * (1 + float(np.log(2 * np.pi * left / freedom)))
    return _Equations(criterion, float(np.sqrt(left / freedom)), diagonal, factor, rest)
