"""What pulls a branch up and down, and by how much it would have to move to be told apart from the others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from reports import ranking
from reports.arrays import Floats
from reports.policy import Policy
from reports.rounding import number
from reports.service import Component
from reports.standing import Standing

Block = dict[str, Any]
SCORES = ("surveys", "shops")
"""Components whose observed values lie between 0 and 100."""


def slopes(standing: Standing, policy: Policy) -> dict[str, float]:
    """How far the composite moves (in its own standard deviations) with one of a component, or of the service index.

    Nothing for what does not count.
    """
    composite, service = standing.composite, standing.service
    w = policy.service_weight
    of_service = w / composite.scale if composite.used and service.used else 0.0
    weights = {"surveys": policy.survey_weight, "shops": policy.shop_weight}
    found = {"service": of_service}
    for part in standing.parts[:2]:
        found[part.name] = of_service * weights[part.name] / service.scale if part.used else 0.0
    found["profit"] = (1 - w) / composite.scale if composite.used and standing.profit.used else 0.0
    return found


def pull_blocks(standing: Standing, policy: Policy) -> list[Block | None]:
    """Per ranked branch the points of the composite index that each component adds, and against the others' mean."""
    if not standing.composite.used:
        return [None] * standing.placed.size
    slope = slopes(standing, policy)
    points = {part.name: 10 * slope[part.name] * part.z.mean(axis=0) for part in standing.parts if slope[part.name] > 0}
    means = {name: float(values[standing.placed].mean()) for name, values in points.items()}
    return [
        {
            part.name: {
                "points": number(points[part.name][unit]),
                "relative": number(points[part.name][unit] - means[part.name]),
            }
            if part.name in points and part.ranks[unit]
            else None
            for part in standing.parts
        }
        if placed
        else None
        for unit, placed in enumerate(standing.placed.tolist())
    ]


def moves(z: Floats, policy: Policy) -> tuple[Floats, Floats]:
    """(up, down) per unit: how far its draws would have to be moved, all others' standing still, in units of z.

    ``up``: the least move that puts it into the first quarter at the tier's probability, not positive where it is
    there; ``down``: the greatest that leaves it in the last quarter at that probability, not negative where it is
    there. Exact for the draws: in each the unit is held against the quarter's last place among the others.
    """
    draws, units = z.shape
    quarter = ranking.places(units, policy.top_share)
    if quarter >= units:
        return np.zeros(units), np.zeros(units)
    enough = max(math.ceil(round(policy.tier_probability * draws, 9)), 1)
    ends = sorted({quarter - 1, quarter, units - quarter - 1, units - quarter})
    ordered = np.partition(z, [end for end in ends if 0 <= end < units], axis=1)

    def bar(own: int, other: int) -> Floats:
        """The place to beat: ``own`` of all units, or ``other`` where the unit itself holds it or is beyond it."""
        held = ordered[:, own, None]
        beyond = z >= held if other < own else z <= held
        result: Floats = np.where(beyond, ordered[:, other, None], held) - z
        return result

    up = np.partition(bar(units - quarter, units - quarter - 1), enough - 1, axis=0)[enough - 1]
    down = np.partition(bar(quarter - 1, quarter), draws - enough, axis=0)[draws - enough]
    return up, down


def apart_blocks(standing: Standing, policy: Policy) -> list[Block | None]:
    """Per ranked branch by how much it would have to move to lead (``up``) and to trail, or no longer to (``down``).

    In points of the composite and of the service index, of satisfaction, of the shop score and percent of revenue,
    each as if it alone moved, on the bases there are; None for what could not do it alone.
    """
    blocks: list[Block | None] = [None] * standing.placed.size
    chosen = np.flatnonzero(standing.placed).tolist()
    if len(chosen) < 2 or not standing.composite.used:
        return blocks
    slope = slopes(standing, policy)
    up, down = moves(standing.composite.z[:, chosen], policy)
    for place, unit in enumerate(chosen):
        rise = float(up[place])
        blocks[unit] = {
            "up": _points(standing, slope, unit, rise) if rise > 0 else None,
            "down": _points(standing, slope, unit, float(down[place])),
        }
    return blocks


def _points(standing: Standing, slope: Mapping[str, float], unit: int, move: float) -> Block:
    own = {part.name: _alone(part, slope[part.name], unit, move) for part in standing.parts}
    return {
        "composite": number(10 * move),
        "service": number(10 * move / slope["service"]) if slope["service"] > 0 else None,
        "csat": own["surveys"],
        "shops": own["shops"],
        "profit": own["profit"],
    }


def _alone(part: Component, slope: float, unit: int, move: float) -> float | None:
    """How far what was observed of a component would have to move: a belief moves by the reliability of its base."""
    if slope <= 0 or not part.ranks[unit] or part.reference is None or part.reliability[unit] <= 0:
        return None
    points = move / slope * part.reference.tau / float(part.reliability[unit])
    if part.name in SCORES and not 0 <= float(part.observed[unit]) + points <= 100:
        return None
    return number(points)
