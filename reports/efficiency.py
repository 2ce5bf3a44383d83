"""Data envelopment: what a unit could make of what it uses, judged by the best of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog

from reports.arrays import Booleans, Floats, matrix

#: A peer's share under this is the solver's rounding.
_LEAST: Final = 1e-9
RETURNS: Final = ("variable", "constant")
ORIENTATIONS: Final = ("output", "input")


@dataclass(frozen=True)
class Efficiency:
    """How near each unit is to the frontier, whom it is compared with, and where it would stand on it."""

    #: In (0, 1]; 1 is on the frontier. Output orientation: 1/φ, the share of what it could make that it makes.
    score: Floats
    #: For each unit: index of a peer -> the peer's share in the point of the frontier it is compared with.
    peers: tuple[Mapping[int, float], ...]
    #: Inputs and outputs of that point, units × (inputs, then outputs), slacks taken out.
    targets: Floats


def efficiency(
    inputs: ArrayLike,
    outputs: ArrayLike,
    returns: str = "variable",
    orientation: str = "output",
    reference: Sequence[bool] | None = None,
) -> Efficiency:
    """Technical efficiency of units from their inputs (units × m) and outputs (units × s), none of them negative.

    Two stages for each unit: the radial distance first, then the largest sum of slacks at that distance, so that a
    target lies on the efficient part of the frontier. ValueError for shapes that do not agree, negative values, a unit
    that uses or makes nothing, and names that are not in :data:`RETURNS` and :data:`ORIENTATIONS`.

    ``reference``: which units may be anybody's peer; all, unless given. A unit outside is judged by those inside and by
    itself, so that it has a score, and nobody is held against it (quality-adjusted, where quality keeps it out).

    Sources: Charnes, Cooper, Rhodes (1978) Eur J Oper Res 2:429-444 (constant returns); Banker, Charnes, Cooper (1984)
    Management Science 30:1078-1092 (variable returns).
    """
    used, made = matrix(inputs, "inputs"), matrix(outputs, "outputs")
    if len(used) != len(made):
        raise ValueError("inputs and outputs are of the same units")
    if returns not in RETURNS or orientation not in ORIENTATIONS:
        raise ValueError("returns are variable or constant, the orientation is output or input")
    if (used < 0).any() or (made < 0).any():
        raise ValueError("negative values have no place on the frontier")
    if (used.sum(axis=1) <= 0).any() or (made.sum(axis=1) <= 0).any():
        raise ValueError("each unit uses and makes something")
    # Units of measure that differ by powers of ten would trouble the solver; shares and scores do not depend on them.
    wide_in, wide_out = used.max(axis=0), made.max(axis=0)
    used, made = used / np.where(wide_in > 0, wide_in, 1), made / np.where(wide_out > 0, wide_out, 1)
    score = np.empty(len(used))
    shares = np.empty((len(used), len(used)))
    inside = np.ones(len(used), dtype=np.bool_) if reference is None else np.asarray(reference, dtype=np.bool_)
    if inside.shape != (len(used),):
        raise ValueError("the reference says of each unit whether it belongs to it")
    for unit in range(len(used)):
        peers_of = inside.copy()
        peers_of[unit] = True
        score[unit], shares[unit] = _solve(
            used, made, unit, peers_of, variable=returns == "variable", orientation=orientation
        )
    shares[shares < _LEAST] = 0
    peers = tuple({int(peer): float(row[peer]) for peer in np.flatnonzero(row)} for row in shares)
    targets = np.hstack([shares @ used * wide_in, shares @ made * wide_out])
    return Efficiency(np.clip(score, 0, 1), peers, targets)


def _solve(
    used: Floats, made: Floats, unit: int, allowed: Booleans, *, variable: bool, orientation: str
) -> tuple[float, Floats]:
    """One unit's score and the shares of its peers. The variables: the factor, a share for each unit, the slacks."""
    units, goes_in, comes_out = len(used), used.shape[1], made.shape[1]
    slacks = goes_in + comes_out
    # Σ λ x + slack = θ x₀ and Σ λ y − slack = φ y₀; the factor moves one side, the other stands still.
    by_output = orientation == "output"
    moving = np.concatenate([np.zeros(goes_in), -made[unit]] if by_output else [-used[unit], np.zeros(comes_out)])
    standing = np.concatenate([used[unit], np.zeros(comes_out)] if by_output else [np.zeros(goes_in), made[unit]])
    rows = np.hstack([
        moving[:, None],
        np.vstack([used.T, made.T]),
        np.diag(np.concatenate([np.ones(goes_in), -np.ones(comes_out)])),
    ])  # fmt: skip
    if variable:
        rows = np.vstack([rows, np.concatenate([[0.0], np.ones(units), np.zeros(slacks)])])
        standing = np.append(standing, 1.0)
    sign = -1.0 if by_output else 1.0
    aim = np.zeros(1 + units + slacks)
    aim[0] = sign
    bounds: list[tuple[float, float | None]] = [(0.0, None)] * (1 + units + slacks)
    for peer in np.flatnonzero(~allowed).tolist():
        bounds[1 + peer] = (0.0, 0.0)
    factor = float(_optimum(aim, rows, standing, bounds)[0])
    # Second stage: the factor is held where the first left it, a hair loose for the solver's rounding.
    loose = 1e-9 * max(1.0, factor)
    bounds[0] = (factor - loose, None) if by_output else (0.0, factor + loose)
    aim = np.concatenate([[0.0], np.zeros(units), -np.ones(slacks)])
    found = _optimum(aim, rows, standing, bounds)
    shares: Floats = np.maximum(found[1 : 1 + units], 0)
    return (1 / factor if by_output else factor), shares


def _optimum(aim: Floats, rows: Floats, standing: Floats, bounds: list[tuple[float, float | None]]) -> Floats:
    found = linprog(aim, A_eq=rows, b_eq=standing, bounds=bounds, method="highs")
    if not found.success:
        raise ValueError(f"the frontier could not be found: {found.message}")
    result: Floats = found.x
    return result
