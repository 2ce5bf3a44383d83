"""Where each branch stands: components over all branches, ranks, tiers, gates and quadrants (METHOD, Ranking 2–7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reports.adjust import CaseMix, Severity, profit
from reports.arrays import Booleans, Floats
from reports.blocks import Shops, Surveys
from reports.cells import Accounts, Window
from reports.policy import Policy
from reports.profitability import pareto_probability
from reports.rounding import number, percent
from reports.service import Blend, Component, Estimates, answers_needed, blend, component
from reports.suppression import SHOWN
from reports.units import Unit

QUADRANTS = {(True, True): "high_high", (True, False): "high_low", (False, True): "low_high", (False, False): "low_low"}
"""(service above its reference, profit above its reference) → the quadrant's code, service first."""

PARETO_DRAWS = 1000
"""Draws over which dominance is counted: a chance of half is then known to three points."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Components and blends of all listed branches, and ``placed``: who takes part in the ranking.

    ``case_mix``, ``severity`` and ``expected`` (margin by size and area, NaN where none): what was taken out before.
    """

    surveys: Component
    shops: Component
    profit: Component
    service: Blend
    composite: Blend
    placed: Booleans
    answer_variance: float
    case_mix: CaseMix
    severity: Severity
    expected: Floats

    @property
    def parts(self) -> tuple[Component, Component, Component]:
        """The components, in the order in which they are named."""
        return self.surveys, self.shops, self.profit

    def reweighted(self, w: float) -> Standing:
        """The same components with service weighing ``w`` beside profit."""
        return replace(self, composite=blend([(w, self.service), (1 - w, self.profit)]))


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
    case_mix: CaseMix,
    severity: Severity,
) -> Standing:
    """Fit every component over the branches that take part, and blend them.

    What is hidden of a branch is used in no number of any branch: it takes the prior there. ``case_mix`` and
    ``severity`` are taken out of surveys and shops first.
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
        return case_mix.added(_means(past, variance, part & (past.n >= policy.least_surveys)), own=False)

    first = component(
        "surveys",
        case_mix.added(_means(csat, answer, visible), own=True),
        visible & (csat.n >= policy.rank_surveys),
        past_surveys(reference),
        past_surveys(_earlier(months, policy.survey_window)),
        draws,
        seed,
    )

    def past_shops(period: Sequence[str]) -> Estimates:
        past = shops.total.window(period)
        if severity.used:
            return severity.raw(past, part)
        return _means(past, past.only(part).pooled_variance(), part & (past.n > 0))

    total = shops.total.window(shops.months)
    enough = part & (total.n >= max(policy.least_shops, policy.rank_shops))
    pooled = total.only(part).pooled_variance()
    second = component(
        "shops",
        severity.adjusted(total, enough) if severity.used else _means(total, pooled, enough),
        enough,
        past_shops(reference),
        past_shops(_earlier(months, policy.shop_window)),
        draws,
        seed + 10,
    )

    def past_profit(period: Sequence[str]) -> Estimates:
        past = accounts.window(period)
        known = part & (past.number >= min(policy.rank_profit_months, max(len(period), 1)))
        return profit(past, known, units, policy.profit_against)[0]

    window = accounts.window(accounts.months[-policy.profit_window :])
    base = part & (window.number >= policy.rank_profit_months)
    now, expected = profit(window, base, units, policy.profit_against)
    third = component(
        "profit",
        now,
        base,
        past_profit(reference),
        past_profit(_earlier(months, policy.profit_window)),
        draws,
        seed + 20,
    )

    service = blend([(policy.survey_weight, first), (policy.shop_weight, second)])
    composite = blend([(policy.service_weight, service), (1 - policy.service_weight, third)])
    placed = first.ranks | second.ranks
    return Standing(first, second, third, service, composite, placed, answer, case_mix, severity, expected)


def _index(z: Floats, used: bool, level: float) -> list[dict[str, float | None]]:
    """Index, low and high (mean 100, sd 10) per unit from draws of z; None where the part does not count."""
    if not used:
        return [{"index": None, "low": None, "high": None} for _ in range(z.shape[1])]
    low, high = np.quantile(z, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return [
        {"index": number(100 + 10 * m), "low": number(100 + 10 * a), "high": number(100 + 10 * b)}
        for m, a, b in zip(z.mean(axis=0).tolist(), low.tolist(), high.tolist(), strict=True)
    ]


def _own_index(part: Component) -> Floats:
    """A component's own index per unit; NaN where it does not count or its base does not rank."""
    index: Floats = np.where(part.ranks & part.used, 100 + 10 * part.z.mean(axis=0), np.nan)
    return index


def component_blocks(standing: Standing, policy: Policy, counts: Window) -> list[dict[str, Any]]:
    """Per branch what the components add: shrunken values, reliability, indices, the floor."""
    service = _index(standing.service.z, standing.service.used, policy.rank_level)
    third = _index(standing.profit.z, standing.profit.used, policy.rank_level)
    composite = _index(standing.composite.z, standing.composite.used, policy.rank_level)
    over = (100 + 10 * standing.service.z >= policy.service_floor).mean(axis=0)
    reliability = _service_reliability(standing, policy)
    tau, v = standing.surveys.tau, standing.answer_variance
    surveys, shops = _own_index(standing.surveys), _own_index(standing.shops)
    taken, adjusted = standing.case_mix, standing.severity.score
    blocks = []
    for unit in range(standing.placed.size):
        needed = answers_needed(tau, v, int(counts.n[unit]), policy.reliability_target)
        blocks.append(
            {
                "surveys": {
                    "shrunken": number(standing.surveys.shrunken[unit]),
                    "reliability": percent(standing.surveys.reliability[unit]) if standing.surveys.used else None,
                    "answers_needed": needed,
                    "index": number(surveys[unit]),
                    "adjustment": number(taken.points[unit])
                    if taken.used and np.isfinite(standing.surveys.shrunken[unit])
                    else None,
                },
                "shops": {
                    "adjusted": number(adjusted[unit]) if np.isfinite(standing.shops.shrunken[unit]) else None,
                    "index": number(shops[unit]),
                    "shrunken": number(standing.shops.shrunken[unit]),
                    "reliability": percent(standing.shops.reliability[unit]) if standing.shops.used else None,
                },
                "service": {**service[unit], "reliability": percent(reliability[unit])},
                "profit": {
                    "shrunken": number(standing.profit.shrunken[unit]),
                    **third[unit],
                    "expected": number(standing.expected[unit]),
                },
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


def pareto(standing: Standing) -> list[float | None]:
    """Per ranked branch the chance that no other is at least as good in service and profit and better in one.

    None where one of the two does not count, or the branch's profit does not rank. Among the ranked branches, over the
    first thousand draws.
    """
    found: list[float | None] = [None] * standing.placed.size
    chosen = np.flatnonzero(standing.placed).tolist()
    if len(chosen) < 2 or not (standing.service.used and standing.profit.used):
        return found
    axes = (part.z[:PARETO_DRAWS, chosen] for part in (standing.service, standing.profit))
    for unit, chance in zip(chosen, pareto_probability(*axes).tolist(), strict=True):
        if standing.profit.ranks[unit]:
            found[unit] = percent(chance)
    return found


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
