"""Where each branch stands: components over all branches, ranks, tiers, gates and quadrants (METHOD, Ranking 2–7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reports import profitability, ranking
from reports.arrays import Booleans, Floats
from reports.blocks import Shops, Surveys
from reports.cells import Accounts, Window
from reports.policy import Policy
from reports.rounding import number, percent
from reports.service import Blend, Component, Estimates, answers_needed, blend, component
from reports.suppression import SHOWN
from reports.units import Unit

QUADRANTS = {(True, True): "high_high", (True, False): "high_low", (False, True): "low_high", (False, False): "low_low"}
"""(service above its reference, profit above its reference) → the quadrant's code, service first."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Components and blends of all listed branches, and ``placed``: who takes part in the ranking."""

    surveys: Component
    shops: Component
    profit: Component
    service: Blend
    composite: Blend
    placed: Booleans
    answer_variance: float


def share_variance(window: Window, organisation: Window) -> float:
    """Variance of one top-box answer, squared points: P(1 − P) with P the organisation's share."""
    source = organisation if organisation.n.sum() > 0 else window
    n = int(source.n.sum())
    p = float(source.successes.sum()) / n if n else 0.0
    return 1e4 * p * (1 - p)


def _means(window: Window, variance: float | None, known: Booleans) -> Estimates:
    usable = known & (window.n > 0) & (variance is not None)
    v = np.full(window.n.size, np.inf)
    np.divide(variance or 0.0, window.n, out=v, where=window.n > 0)
    return Estimates(window.mean, v, usable)


def _profit(accounts: Accounts, known: Booleans) -> Estimates:
    y, v = np.full(known.size, np.nan), np.full(known.size, np.inf)
    revenue = np.nansum(accounts.revenue, axis=1)
    usable = known & (accounts.number >= 2) & (revenue > 0)
    if usable.any():
        some = accounts.only(usable)
        y[usable] = profitability.profit_index(*(np.nan_to_num(a) for a in (some.revenue, some.cost, some.target)))
        v[usable] = profitability.index_variance(some.revenue, some.cost, some.target)
    return Estimates(y, v, usable)


def _earlier(months: Sequence[str], width: int) -> Sequence[str]:
    """The year before a window of ``width`` months: nothing in it is in the window."""
    return months[: -min(width, len(months))][-12:]


def stand(
    units: Sequence[Unit],
    month: str,
    policy: Policy,
    surveys: Surveys,
    shops: Shops,
    accounts: Accounts,
    organisation: Surveys,
    reference: Sequence[str],
) -> Standing:
    """Fit every component over the branches that take part, and blend them.

    What is hidden of a branch is used in no number of any branch: it takes the prior there.
    """
    part = np.array([unit.ranked and unit.open_in(month) for unit in units], dtype=np.bool_)
    draws, seed = policy.draws, policy.seed
    months = surveys.cells["csat"].months

    csat, whole = surveys.window("csat"), organisation.window("csat")
    visible = part & (surveys.shown() == SHOWN)
    answer = share_variance(csat, whole)

    def past_surveys(period: Sequence[str]) -> Estimates:
        past = surveys.cells["csat"].window(period)
        variance = share_variance(past, organisation.cells["csat"].window(period))
        return _means(past, variance, part & (past.n >= policy.least_surveys))

    first = component(
        "surveys",
        _means(csat, answer, visible),
        visible & (csat.n >= policy.rank_surveys),
        past_surveys(reference),
        past_surveys(_earlier(months, policy.survey_window)),
        draws,
        seed,
    )

    def past_shops(period: Sequence[str]) -> Estimates:
        past = shops.total.window(period)
        return _means(past, past.only(part).pooled_variance(), part & (past.n > 0))

    total = shops.total.window(shops.months)
    enough = part & (total.n >= max(policy.least_shops, policy.rank_shops))
    second = component(
        "shops",
        _means(total, total.only(part).pooled_variance(), enough),
        enough,
        past_shops(reference),
        past_shops(_earlier(months, policy.shop_window)),
        draws,
        seed + 10,
    )

    def past_profit(period: Sequence[str]) -> Estimates:
        past = accounts.window(period)
        return _profit(past, part & (past.number >= min(policy.rank_profit_months, max(len(period), 1))))

    window = accounts.window(accounts.months[-policy.profit_window :])
    base = part & (window.number >= policy.rank_profit_months)
    third = component(
        "profit",
        _profit(window, base),
        base,
        past_profit(reference),
        past_profit(_earlier(months, policy.profit_window)),
        draws,
        seed + 20,
    )

    service = blend([(policy.survey_weight, first), (policy.shop_weight, second)])
    w = policy.service_weight
    composite = blend([(w, service), (1 - w, third)])
    return Standing(first, second, third, service, composite, first.ranks | second.ranks, answer)


def _index(z: Floats, used: bool, level: float) -> list[dict[str, float | None]]:
    """Index, low and high (mean 100, sd 10) per unit from draws of z; None where the part does not count."""
    if not used:
        return [{"index": None, "low": None, "high": None} for _ in range(z.shape[1])]
    low, high = np.quantile(z, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return [
        {"index": number(100 + 10 * m), "low": number(100 + 10 * a), "high": number(100 + 10 * b)}
        for m, a, b in zip(z.mean(axis=0).tolist(), low.tolist(), high.tolist(), strict=True)
    ]


def component_blocks(standing: Standing, policy: Policy, counts: Window) -> list[dict[str, Any]]:
    """Per branch what the components add: shrunken values, reliability, indices, the floor."""
    service = _index(standing.service.z, standing.service.used, policy.rank_level)
    profit = _index(standing.profit.z, standing.profit.used, policy.rank_level)
    composite = _index(standing.composite.z, standing.composite.used, policy.rank_level)
    over = (100 + 10 * standing.service.z >= policy.service_floor).mean(axis=0)
    reliability = _service_reliability(standing, policy)
    tau, v = standing.surveys.tau, standing.answer_variance
    blocks = []
    for unit in range(standing.placed.size):
        needed = answers_needed(tau, v, int(counts.n[unit]), policy.reliability_target)
        blocks.append(
            {
                "surveys": {
                    "shrunken": number(standing.surveys.shrunken[unit]),
                    "reliability": percent(standing.surveys.reliability[unit]) if standing.surveys.used else None,
                    "answers_needed": needed,
                },
                "shops": {
                    "shrunken": number(standing.shops.shrunken[unit]),
                    "reliability": percent(standing.shops.reliability[unit]) if standing.shops.used else None,
                },
                "service": {**service[unit], "reliability": percent(reliability[unit])},
                "profit": {"shrunken": number(standing.profit.shrunken[unit]), **profit[unit]},
                "composite": composite[unit],
                "p_service_floor": percent(over[unit]) if standing.service.used else None,
            }
        )
    return blocks


def _service_reliability(standing: Standing, policy: Policy) -> Floats:
    """Reliability of the service index: the components' reliabilities, weighted by what each adds to true variance."""
    total, known = 0.0, np.zeros(standing.placed.size)
    for weight, part in ((policy.survey_weight, standing.surveys), (policy.shop_weight, standing.shops)):
        if part.used and part.reference is not None and part.reference.tau > 0:
            share = (weight * part.tau / part.reference.tau) ** 2
            total += share
            known += share * np.where(part.ranks, part.reliability, 0.0)
    return known / total if total > 0 else known


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
    others = [(w, _ranking(_reweighted(standing, w)[:, chosen], policy, policy.seed)) for w in _weights(policy)]
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


def _reweighted(standing: Standing, w: float) -> Floats:
    return blend([(w, standing.service), (1 - w, standing.profit)]).z


def _gates(unit: Unit, over: float, policy: Policy) -> list[str]:
    """Why a branch may not lead, whatever its profit."""
    closed = {"critical": unit.critical_open, "overdue": unit.overdue, "floor": over < policy.floor_probability}
    return [name for name, shut in closed.items() if shut]


def quadrant_blocks(standing: Standing, policy: Policy) -> list[dict[str, Any]]:
    """Per branch the quadrant that is likely enough to be named, and the likeliest quadrant's probability."""
    nothing: dict[str, Any] = {"quadrant": None, "quadrant_probability": None}
    if not (standing.service.used and standing.profit.used):
        return [dict(nothing) for _ in standing.placed]
    service, profit = standing.service.z >= 0, standing.profit.z >= 0
    chances = {
        code: ((service == up) & (profit == rich)).mean(axis=0).tolist() for (up, rich), code in QUADRANTS.items()
    }
    blocks = []
    for unit, (placed, known) in enumerate(zip(standing.placed, standing.profit.ranks, strict=True)):
        code = max(chances, key=lambda name: chances[name][unit])
        chance = chances[code][unit]
        named = chance >= policy.quadrant_probability
        block = {"quadrant": code if named else None, "quadrant_probability": percent(chance)}
        blocks.append(block if placed and known else dict(nothing))
    return blocks
