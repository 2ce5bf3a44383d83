"""The same month at other weights of service and profit: how far the order hangs on the weight that was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from reports.levels import prepare
from reports.places import rank_blocks
from reports.units import MonthInput

WEIGHTS = tuple(step / 20 for step in range(21))
"""Every five hundredths from profit alone to service alone."""


def sweep(given: MonthInput, weights: Sequence[float] = WEIGHTS, draws: int | None = None) -> list[dict[str, Any]]:
    """Per weight of service ``{"service_weight", "official", "branches": {code: place}}``, strict JSON, lightest first.

    ``place``: ``median``, ``low``, ``high``, ``of``, ``wide`` and ``tier`` as in the month's report, of every ranked
    branch. ``draws``: fewer than the policy's are quicker; None: the policy's own, and at the official weight the
    numbers are those of the report. The official weight is among the weights even where it was not asked for.
    ValueError for a weight outside [0, 1].
    """
    if not all(0 <= weight <= 1 for weight in weights):
        raise ValueError("a weight is a share between 0 and 1")
    policy = replace(given.policy, draws=draws or given.policy.draws)
    ground = prepare(replace(given, policy=policy, agents=()))
    chosen = np.flatnonzero(ground.standing.placed).tolist()
    found = []
    for weight in sorted({*weights, policy.service_weight}):
        other = replace(policy, service_weight=weight, service_weight_range=(weight, weight))
        rows = rank_blocks(ground.standing.reweighted(weight), other, ground.branches)
        found.append(
            {
                "service_weight": weight,
                "official": weight == policy.service_weight,
                "branches": {
                    ground.branches[unit].code: {**rows[unit]["rank"], "tier": rows[unit]["tier"]} for unit in chosen
                },
            }
        )
    return found
