"""Places: of each branch its rank with interval, tier and gates, and its place inside its peer group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reports import ranking
from reports.arrays import Floats
from reports.policy import Policy
from reports.rounding import percent
from reports.standing import Standing
from reports.units import Unit

PEERS = 3
"""Ranked branches that a peer group needs."""

NO_RANK: dict[str, Any] = {
    "rank": {"median": None, "low": None, "high": None, "of": None, "wide": None},
    "top_quartile": None,
    "bottom_quartile": None,
    "tier": None,
    "held_back": [],
    "sensitivity": [],
}


def _ranking(z: Floats, policy: Policy, seed: int) -> tuple[Any, Any, Any, Floats, Floats]:
    """(median, low, high) ranks and the probabilities of the first and the last quarter."""
    placed = ranking.ranks(z, seed=seed)
    units = placed.shape[1]
    quarter = ranking.places(units, policy.top_share)
    median, low, high = ranking.summary(placed, policy.rank_level)
    return median, low, high, (placed <= quarter).mean(axis=0), (placed > units - quarter).mean(axis=0)


def rank_blocks(standing: Standing, policy: Policy, units: Sequence[Unit]) -> list[dict[str, Any]]:
    """Per branch its rank with interval, quartile probabilities, tier, what held it back, and other weights."""
    blocks = [dict(NO_RANK) for _ in units]
    chosen = np.flatnonzero(standing.placed).tolist()
    count = len(chosen)
    if count < 2:
        return blocks
    if not standing.composite.used:
        # Nothing separates: every order is as likely as any other.
        for unit in chosen:
            rank = {"median": None, "low": 1, "high": count, "of": count, "wide": True}
            blocks[unit] = {**NO_RANK, "rank": rank, "tier": "not_told_apart"}
        return blocks
    median, low, high, top, bottom = _ranking(standing.composite.z[:, chosen], policy, policy.seed)
    over = (100 + 10 * standing.service.z[:, chosen] >= policy.service_floor).mean(axis=0)
    others = [
        (w, _ranking(standing.reweighted(w).composite.z[:, chosen], policy, policy.seed)) for w in _weights(policy)
    ]
    for place, unit in enumerate(chosen):
        gates = _gates(units[unit], float(over[place]), policy)
        leading = bool(top[place] >= policy.tier_probability)
        trailing = bool(bottom[place] >= policy.tier_probability)
        tier = "leading" if leading and not gates else "trailing" if trailing else "not_told_apart"
        first, last = int(low[place]), int(high[place])
        blocks[unit] = {
            "rank": {
                "median": int(median[place]),
                "low": first,
                "high": last,
                "of": count,
                "wide": last - first + 1 > policy.rank_widest * count,
            },
            "top_quartile": percent(top[place]),
            "bottom_quartile": percent(bottom[place]),
            "tier": tier,
            "held_back": gates if leading else [],
            "sensitivity": [
                {
                    "service_weight": w,
                    "median": int(r[0][place]),
                    "low": int(r[1][place]),
                    "high": int(r[2][place]),
                    "top_quartile": percent(r[3][place]),
                    "bottom_quartile": percent(r[4][place]),
                }
                for w, r in others
            ],
        }
    return blocks


def _weights(policy: Policy) -> list[float]:
    return sorted({*policy.service_weight_range} - {policy.service_weight})


def _gates(unit: Unit, over: float, policy: Policy) -> list[str]:
    """Why a branch may not lead, whatever its profit."""
    closed = {"critical": unit.critical_open, "overdue": unit.overdue, "floor": over < policy.floor_probability}
    return [name for name, shut in closed.items() if shut]


def peer_group(unit: Unit, attributes: Sequence[str]) -> str | None:
    """The name of a branch's peer group, in the organisation's words; None where an attribute is not known."""
    values = [getattr(unit, name) for name in attributes]
    return " · ".join(values) if values and all(values) else None


def peer_blocks(standing: Standing, policy: Policy, units: Sequence[Unit]) -> list[dict[str, Any] | None]:
    """Per branch its place among the ranked branches of its peer group; None in a group of fewer than three."""
    blocks: list[dict[str, Any] | None] = [None] * len(units)
    groups: dict[str, list[int]] = {}
    for place in np.flatnonzero(standing.placed).tolist():
        name = peer_group(units[place], policy.peer_groups)
        if name is not None:
            groups.setdefault(name, []).append(place)
    for name, members in groups.items():
        count = len(members)
        if count < PEERS:
            continue
        if not standing.composite.used:
            alike = {"group": name, "of": count, "median": None, "low": 1, "high": count, "wide": True}
            for unit in members:
                blocks[unit] = dict(alike)
            continue
        median, low, high = ranking.rank_intervals(
            standing.composite.z[:, members], policy.rank_level, True, policy.seed
        )
        for place, unit in enumerate(members):
            first, last = int(low[place]), int(high[place])
            wide = last - first + 1 > policy.rank_widest * count
            blocks[unit] = {
                "group": name, "of": count, "median": int(median[place]), "low": first, "high": last, "wide": wide
            }  # fmt: skip
    return blocks
