"""How many to ask and where: chances of being drawn by branch and reason, and what so many answers can tell.

Every branch is to reach a base of answers in a rolling window; a large one does so with a small share of its customers.
Inside a branch every reason has the same chance of an *answer*, not of an invitation: a reason that answers rarely is
asked more often, so that the plain mean of a branch's answers stands for its customers without any weight.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from scipy.special import ndtri

from reports.arrays import share
from reports.measures import proportion_interval

#: The rolling window in which a base is to be reached, and the days whose interactions tell a branch's volume.
WINDOW_DAYS: Final = 91
TRAILING_DAYS: Final = 28
#: Answers come by chance: what is aimed at lies above the base by so many standard deviations of a Poisson count.
MARGIN: Final = 1.0
#: No chance of being drawn is smaller: a design weight stays a number that one can work with.
LEAST: Final = 0.001


@dataclass(frozen=True, slots=True)
class Cell:
    """A branch × reason: interactions that come to a draw in :data:`TRAILING_DAYS`, and answers per invitation."""

    branch: int
    reason: str
    #: Interactions in the trailing days that reach a draw; not negative.
    volume: float
    #: Expected share of invitations that become answers, above 0 and at most 1.
    response: float


def inclusion(
    cells: Iterable[Cell],
    done: Mapping[int, float],
    *,
    target: float,
    base_rate: float,
    elapsed: float = WINDOW_DAYS,
    at_most: float | None = None,
) -> dict[tuple[int, str], float]:
    """The chance of being drawn, above 0 and at most 1, of each branch × reason.

    ``done``: finished answers of each branch in the last :data:`WINDOW_DAYS`; ``target``: answers that a branch is to
    have in them; ``base_rate``: no chance lies under it, save where ``at_most`` presses; ``elapsed``: days since the
    campaign began, since a branch is behind only what it could have by now; ``at_most``: expected invitations in the
    trailing days over all cells, to which all chances are pressed in proportion.

    A branch needs its share of the window's answers for the next trailing days, and what it lies behind; that is spread
    over its reasons in proportion to their volumes, each divided by its response, and what a cell cannot give because
    all of it is asked already is asked of the others (Neyman 1934 for allocation to strata; the cap with redistribution
    as in Cochran 1977, Sampling Techniques, 3rd ed., section 5.8). ValueError for negative counts or shares outside
    0–1.
    """
    if not (math.isfinite(target) and target > 0) or not 0 < base_rate <= 1:
        raise ValueError("a positive target and a base rate above 0 and up to 1")
    if not elapsed >= 0 or (at_most is not None and not at_most > 0):
        raise ValueError("days and limits are not negative")
    by_branch: dict[int, list[Cell]] = defaultdict(list)
    for cell in cells:
        if not (math.isfinite(cell.volume) and cell.volume >= 0) or not 0 < cell.response <= 1:
            raise ValueError("volumes are not negative, response lies above 0 and up to 1")
        by_branch[cell.branch].append(cell)
    aim = target + MARGIN * math.sqrt(target)
    due = aim * min(elapsed, WINDOW_DAYS) / WINDOW_DAYS
    chances: dict[tuple[int, str], float] = {}
    for branch, own in by_branch.items():
        have = done.get(branch, 0.0)
        if not have >= 0:
            raise ValueError("answers are not negative")
        needed = max(aim * TRAILING_DAYS / WINDOW_DAYS + due - have, 0.0)
        for cell, chance in zip(own, _spread(own, needed), strict=True):
            chances[branch, cell.reason] = min(max(chance, base_rate, LEAST), 1.0)
    if at_most is None:
        return chances
    expected = sum(chances[cell.branch, cell.reason] * cell.volume for own in by_branch.values() for cell in own)
    press = min(at_most / expected, 1.0) if expected else 1.0
    return {key: max(chance * press, LEAST) for key, chance in chances.items()}


def _spread(cells: list[Cell], needed: float) -> list[float]:
    """Chances that bring ``needed`` answers, each cell giving answers in proportion to its volume, none above 1."""
    chances = [0.0] * len(cells)
    open_cells = set(range(len(cells)))
    while open_cells:
        volume = sum(cells[i].volume for i in open_cells)
        if volume <= 0:  # nobody came: whoever comes is asked, if anything is needed
            for i in open_cells:
                chances[i] = 1.0 if needed > 0 else 0.0
            break
        wanted = {i: needed / (volume * cells[i].response) for i in open_cells}
        full = {i for i in open_cells if wanted[i] >= 1}
        if not full:
            for i in open_cells:
                chances[i] = wanted[i]
            break
        for i in full:
            chances[i] = 1.0
            needed -= cells[i].volume * cells[i].response
        needed = max(needed, 0.0)
        open_cells -= full
    return chances


def half_width(proportion: float, n: float, level: float = 0.95) -> float:
    """Half the width of the Wilson interval of a share at ``n`` answers, 0–1.

    ValueError for n ≤ 0 or a share outside 0–1. Source: Wilson (1927) JASA 22:209-212.
    """
    if not 0 <= proportion <= 1:
        raise ValueError("a share between 0 and 1")
    low, high = proportion_interval(proportion * n, n, level)
    return float(high - low) / 2


def detectable_change(proportion: float, n: int, power: float = 0.8, alpha: float = 0.05) -> float | None:
    """The smallest change of a share, up or down, that ``n`` answers a side show with this power; None: not any.

    The inverse of :func:`reports.sampling.surveys_needed`: of the two directions that a share can move in, the one that
    is harder to see counts. A direction in which no change at all would be seen is left out.
    ValueError for n < 1, a share not strictly between 0 and 1, or impossible levels.
    Source: Fleiss, Levin & Paik (2003) Statistical Methods for Rates and Proportions, 3rd ed., formula 4.14.
    """
    share(proportion, "proportion")
    if n < 1:
        raise ValueError("n must be positive")
    quantile, aim = float(ndtri(1 - share(alpha, "alpha") / 2)), float(ndtri(share(power, "power")))

    def shown(other: float) -> bool:
        mean = (proportion + other) / 2
        spread = quantile * math.sqrt(2 * mean * (1 - mean))
        spread += aim * math.sqrt(proportion * (1 - proportion) + other * (1 - other))
        return (spread / (proportion - other)) ** 2 <= n

    found = []
    for end, sign in ((0.0, -1), (1.0, 1)):
        if not shown(end):
            continue
        low, high = 0.0, abs(end - proportion)
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (low, middle) if middle and shown(proportion + sign * middle) else (middle, high)
        found.append(high)
    return max(found, default=None)
