"""A branch's place against the month before: said only where a signal of its own numbers goes the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from reports import months as calendar
from reports import ranking
from reports.adjust import Severity
from reports.levels import Ground
from reports.standing import Standing, stand

MOVERS = ("csat", "shops")
"""Measures whose change moves a place."""

DRAWS = 1000
"""Draws of the month before, of which only the middle place is read."""


def movements(ground: Ground, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Branch code → ``before``, ``now``, ``places`` (positive: up) and the ``measures`` whose signal goes that way.

    Windows of two months share most of their answers, so places move by little more than chance. A movement is said
    only of a branch with a signal of its own (month against its previous three) in the same direction, and whose place
    may be written in both months. The month before is computed from today's facts on the same reference scale.
    """
    signalled = [row for row in rows if not row["hidden"] and any(one["measure"] in MOVERS for one in row["change"])]
    if not signalled or len(ground.months) < 2:
        return {}
    before = _places(ground)
    found = {}
    for row in signalled:
        was, place = before.get(row["code"]), row["rank"]
        if was is None or place["wide"] is not False:
            continue
        places = was - place["median"]
        measures = [
            one["measure"] for one in row["change"] if one["measure"] in MOVERS and one["difference"] * places > 0
        ]
        if measures:
            found[row["code"]] = {"before": was, "now": place["median"], "places": places, "measures": measures}
    return found


def _places(ground: Ground) -> dict[str, int]:
    """The places of the month before that could be written, by branch code."""
    policy, standing = replace(ground.policy, draws=min(ground.policy.draws, DRAWS)), _before(ground)
    chosen = np.flatnonzero(standing.placed).tolist()
    if len(chosen) < 2 or not standing.composite.used:
        return {}
    median, low, high = ranking.rank_intervals(standing.composite.z[:, chosen], policy.rank_level, True, policy.seed)
    widest = policy.rank_widest * len(chosen)
    return {
        ground.branches[unit].code: int(median[place])
        for place, unit in enumerate(chosen)
        if high[place] - low[place] + 1 <= widest
    }


def _before(ground: Ground) -> Standing:
    """Where the branches stood a month earlier."""
    own, shops = ground.own, ground.own.shops.before()
    severity = ground.severity
    if severity.used:
        severity = _moved(
            severity, shops.total.window(shops.months).mean - own.shops.total.window(own.shops.months).mean
        )
    return stand(
        ground.branches,
        calendar.shift(ground.month, -1),
        replace(ground.policy, draws=min(ground.policy.draws, DRAWS)),
        own.surveys.before(),
        shops,
        own.accounts.window(own.accounts.months[:-1]),
        ground.whole.surveys.before(),
        ground.period.months,
        ground.case_mix,
        severity,
    )


def _moved(severity: Severity, points: Any) -> Severity:
    """The severity of the same shoppers taken out of the raw scores of the month before."""
    return replace(severity, score=severity.score + points)
