"""Whole numbers that add up."""

from __future__ import annotations

import math
from collections.abc import Sequence


def whole(parts: Sequence[float], total: int | None = None) -> list[int]:
    """Parts (none below 0) as whole numbers whose sum is ``total``, by default the rounded sum: largest remainder.

    Every part lies within one of itself; a total that is further off than that is not reached.
    """
    found = [math.floor(one) for one in parts]
    wanted = round(sum(parts)) if total is None else total
    order = sorted(range(len(found)), key=lambda place: (found[place] - parts[place], place))
    for place in order[: max(0, wanted - sum(found))]:
        found[place] += 1
    return found
