"""Whether the people who answer are still the same mix: modes, channels and languages against the months before.

People answer differently on the telephone than on a screen. A change of the mix therefore moves scores without any
change of the service, so a reader is warned of it beside the scores.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr

from reports.measures import false_discoveries

RATE: Final = "rate"
"""The kind that counts invitations, of which some were answered (:data:`ANSWERED`)."""
ANSWERED: Final = "answered"
NOTABLE: Final = 0.10
"""A share that moved by less moves no score that anybody would notice (0–1)."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Counts by level, before and now, of one kind (mode, channel, language, rate) in one unit."""

    kind: str
    unit: int | None
    before: Mapping[str, int]
    now: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Shift:
    """The share (0–1) of one level before and now, of how many, and the chance of such a difference without a cause."""

    kind: str
    unit: int | None
    level: str
    before: float
    now: float
    n_before: int
    n: int
    p: float


def shifts(mix: Mix) -> list[Shift]:
    """Every level of a mix, most frequent first; of a response rate only the share that answered.

    Pooled two-sample score test, two-sided. Nothing where a side is empty; ValueError for negative counts.
    """
    if min((*mix.before.values(), *mix.now.values()), default=0) < 0:
        raise ValueError("counts are not negative")
    n_before, n = sum(mix.before.values()), sum(mix.now.values())
    if not n_before or not n:
        return []
    levels = [ANSWERED] if mix.kind == RATE else sorted({*mix.before, *mix.now})
    found = []
    for level in levels:
        x_before, x = mix.before.get(level, 0), mix.now.get(level, 0)
        pooled = (x_before + x) / (n_before + n)
        error = math.sqrt(pooled * (1 - pooled) * (1 / n_before + 1 / n))
        apart = x / n - x_before / n_before
        p = 2 * float(ndtr(-abs(apart) / error)) if error > 0 else 1.0
        found.append(Shift(mix.kind, mix.unit, level, x_before / n_before, x / n, n_before, n, p))
    return sorted(found, key=lambda one: (-one.now, -one.before, one.level))


def warnings(found: Iterable[Mix], least: int, q: float = 0.10) -> list[Shift]:
    """What a reader is warned of: shares that moved by :data:`NOTABLE` and more, false discoveries held at ``q``.

    Every level of every unit with at least ``least`` on both sides is tested; of one kind in one unit the level that
    moved most is told, the one that grew before the one that shrank. The organisation first, then by size of the move.

    Source: Benjamini and Hochberg (1995) J R Stat Soc B 57:289-300.
    """
    tested = [one for mix in found for one in shifts(mix) if min(one.n, one.n_before) >= least]
    if not tested:
        return []
    discovered = false_discoveries(np.array([one.p for one in tested]), q)
    most: dict[tuple[str, int | None], Shift] = {}
    for one, real in zip(tested, discovered.tolist(), strict=True):
        if real and abs(one.now - one.before) >= NOTABLE:
            known = most.get((one.kind, one.unit))
            if known is None or _moved(one) > _moved(known):
                most[one.kind, one.unit] = one
    return sorted(most.values(), key=lambda one: (one.unit is not None, -_moved(one)[0], one.kind, one.unit or 0))


def _moved(one: Shift) -> tuple[float, float]:
    return round(abs(one.now - one.before), 9), one.now - one.before
