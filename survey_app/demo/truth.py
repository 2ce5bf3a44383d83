"""What is true in the demo bank, as data: the effects from which its answers are drawn.

Satisfaction of one customer is a latent normal value: the sum of the effects below and of noise with variance 1, cut
into the five answers. So the chance of a satisfied answer (4–5) is Φ(effects − cut), and :meth:`Truth.shares` is exact
up to the draw of customers. Effects of service are in units of that noise; a tenth is worth about three points of CSAT.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from reports.months import first_day
from survey_app.demo.bank import Bank

Floats = NDArray[np.float64]

PURPOSES: Final = ("cash", "account", "credit", "savings", "cards", "problem", "other")
PROBLEMS: Final = ("no_problem", "handled", "not_handled", "not_reported")
PROMISES: Final = ("no", "kept", "not_yet")
#: What drives satisfaction, and how much: the order that a report of drivers should find.
DRIVERS: Final[Mapping[str, float]] = {"ease": 0.45, "courtesy": 0.30, "clarity": 0.25}


@dataclass(frozen=True)
class Effects:
    """The sizes of what is planted. ``*_sd``: standard deviation between units; the others are shifts."""

    #: Latent value above which customers answer 1, 2, 3, 4: (1|2, 2|3, 3|4, 4|5).
    cuts: tuple[float, ...] = (-1.95, -1.48, -1.03, 0.12)
    branch_sd: float = 0.22
    region_sd: float = 0.06
    agent_sd: float = 0.20
    attribute_sd: float = 0.16
    #: Lasting difference of the branches planted as excellent and weak.
    excellent: float = 0.50
    weak: float = -0.50
    #: Change a month of the improving and the falling branches.
    slope: float = 0.055
    #: What the planted drop costs in the last full month.
    drop: float = -1.15
    #: How much one kind of visit differs from another (case mix).
    purpose: tuple[float, ...] = (0.02, 0.05, 0.12, 0.16, -0.02, -0.35, -0.04)
    #: What a problem does: handled well it costs little, left alone it costs much.
    problem: tuple[float, ...] = (0.06, -0.15, -1.70, -1.15)
    promise: tuple[float, ...] = (0.0, 0.18, -0.75)
    #: Shops measure compliance, surveys measure outcome: weakly related.
    survey_shop_correlation: float = 0.25
    #: In logits of one item; a tenth is worth about 1.3 points of the total.
    compliance_sd: float = 0.32
    severity_sd: float = 0.24
    visit_sd: float = 0.35
    #: What an item that is weak in one branch loses there, and how many are.
    weak_item: float = 1.3
    weak_items: int = 2
    #: Contribution above target as a share of revenue: between branches, and from month to month.
    profit_sd: float = 0.035
    profit_noise: float = 0.04
    #: What one standard deviation of service adds to it, three months later.
    service_to_profit: float = 0.006


@dataclass(frozen=True)
class Truth:
    """What is true, by branch (in the bank's order), month, agent and shopper."""

    effects: Effects
    codes: tuple[str, ...]
    #: The full months and the one that has begun.
    months: tuple[str, ...]
    #: branches × months; region, trend and planted stories in it, agents not.
    service: Floats
    #: branches × attributes, in the order of :data:`DRIVERS`; their weighted sum is 0.
    attributes: Floats
    agents: Floats
    #: branches × purposes, shares.
    purposes: Floats
    #: branches: logit of the chance that a visit has a problem.
    problems: Floats
    compliance: Floats
    #: branches × items of the visit form: −weak_item where an item is weak.
    severity: Floats
    #: branches × full months: contribution above target as a share of revenue, before monthly noise.
    profit: Floats
    planted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def shares(self, bank: Bank, month: str) -> Floats:
        """The true CSAT of every branch in a month: the chance (0–1) that a customer answers 4 or 5.

        Averaged over the branch's agents, its kinds of visit, problems and promises.
        """
        at = self.months.index(month)
        teams = bank.teams[month]
        found = np.empty(len(self.codes))
        for branch in range(len(self.codes)):
            agents = self.agents[list(teams[branch])] if teams[branch] else np.zeros(1)
            problems = problem_shares(self.problems[branch])
            value = (
                self.service[branch, at]
                + agents[:, None, None, None]
                + np.array(self.effects.purpose)[None, :, None, None]
                + np.array(self.effects.problem)[None, None, :, None]
                + np.array(self.effects.promise)[None, None, None, :]
            )
            weights = (
                self.purposes[branch][None, :, None, None]
                * problems[None, :, :, None]
                * promise_shares()[None, None, :, :]
                / len(agents)
            )
            found[branch] = float((ndtr(value - self.effects.cuts[2]) * weights).sum())
        return found

    def recovery(self, bank: Bank) -> dict[str, float]:
        """The true chance (0–1) of an answer of 4 or 5 in each group of :data:`PROBLEMS`, over the bank's full months.

        Branches count by their mean number of surveys, as far as they were open; what a table of groups should find.
        """
        effects, weights, found = self.effects, np.zeros(len(PROBLEMS)), np.zeros(len(PROBLEMS))
        promises = np.array(effects.promise)[None, None, :]
        for at, month in enumerate(bank.months):
            for branch in bank.branches:
                if not branch.open_on(first_day(month)):
                    continue
                team = bank.teams[month][branch.index]
                agents = self.agents[list(team)] if team else np.zeros(1)
                # Agents × purposes × promises, of one group at a time.
                served = self.service[branch.index, at] + agents[:, None, None]
                value = served + np.array(effects.purpose)[None, :, None] + promises
                groups = problem_shares(self.problems[branch.index])
                for group in range(len(PROBLEMS)):
                    share = self.purposes[branch.index][:, None] * groups[:, group, None] * promise_shares()[group]
                    satisfied = ndtr(value + effects.problem[group] - effects.cuts[2]).mean(axis=0)
                    weights[group] += branch.volume * share.sum()
                    found[group] += branch.volume * (satisfied * share).sum()
        return {name: float(found[place] / weights[place]) for place, name in enumerate(PROBLEMS)}


def problem_shares(logit: float | Floats) -> Floats:
    """Shares of the four problem groups: (…,) purposes × groups. A visit about a problem has one more often."""
    extra = np.where(np.array(PURPOSES) == "problem", 1.5, 0.0)
    chance = 1 / (1 + np.exp(-(np.asarray(logit)[..., None] + extra)))
    kinds = np.array([0.46, 0.31, 0.23])
    shares: Floats = np.concatenate([1 - chance[..., None], chance[..., None] * kinds], axis=-1)
    return shares


def promise_shares() -> Floats:
    """Shares of no, kept and not yet kept promises for each problem group: groups × promises."""
    return np.array([[0.84, 0.14, 0.02], [0.50, 0.42, 0.08], [0.45, 0.05, 0.50], [0.90, 0.04, 0.06]])


def draw(bank: Bank, effects: Effects | None = None) -> Truth:
    """Draw what is true for a bank, by its seed."""
    sizes = effects or Effects()
    rng = bank.rng("truth")
    count, months = len(bank.branches), (*bank.months, next(reversed(bank.teams)))
    standing = rng.normal(0, 1, count)
    regions = dict(zip(bank.regions, rng.normal(0, sizes.region_sd, len(bank.regions)), strict=True))
    base = sizes.branch_sd * standing + np.array([regions[branch.region] for branch in bank.branches])
    planted = {role: [b.index for b in bank.branches if role in b.roles] for role in sorted(_stories(bank))}
    for role, level in (("excellent", sizes.excellent), ("weak", sizes.weak)):
        base[planted.get(role, [])] = level
    for role in ("improving", "falling", "drop"):
        base[planted.get(role, [])] *= 0.3
    service = np.repeat(base[:, None], len(months), axis=1)
    steps = np.arange(len(months)) - (len(bank.months) - 1) / 2
    service[planted.get("improving", [])] += sizes.slope * steps
    service[planted.get("falling", [])] -= sizes.slope * steps
    service[planted.get("drop", []), len(bank.months) - 1 :] += sizes.drop

    weights = np.array(list(DRIVERS.values()))
    attributes = rng.normal(0, sizes.attribute_sd, (count, len(weights)))
    attributes -= (attributes @ weights)[:, None] * weights / (weights @ weights)
    agents = rng.normal(0, sizes.agent_sd, len(bank.agents))
    rho = sizes.survey_shop_correlation
    compliance = rho * standing + np.sqrt(1 - rho**2) * rng.normal(0, 1, count)
    steady = rng.normal(0, sizes.profit_sd, count)
    lagged = service[:, np.maximum(np.arange(len(bank.months)) - 3, 0)]
    profit = steady[:, None] + sizes.service_to_profit * lagged / sizes.branch_sd
    return Truth(
        effects=sizes,
        codes=tuple(branch.code for branch in bank.branches),
        months=months,
        service=service,
        attributes=attributes,
        agents=agents,
        purposes=rng.dirichlet(np.array([0.26, 0.14, 0.16, 0.12, 0.13, 0.11, 0.08]) * 40, count),
        problems=-1.85 - 0.5 * base + rng.normal(0, 0.15, count),
        compliance=sizes.compliance_sd * compliance,
        severity=rng.normal(0, sizes.severity_sd, len(bank.shoppers)),
        profit=profit,
        planted={role: tuple(bank.branches[i].code for i in found) for role, found in planted.items()},
    )


def _stories(bank: Bank) -> set[str]:
    return {role for branch in bank.branches for role in branch.roles}
