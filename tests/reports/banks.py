"""Banks for tests: small ones written by hand, and simulated ones whose true values are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reports import months
from reports.facts import FULL, Fact
from reports.policy import Policy
from reports.units import MonthInput, ProfitMonth, Unit

MONTH = "2026-10"
Facts = dict[str, dict[str, Fact]]


def csat(successes: int, n: int) -> Fact:
    """A top-box fact."""
    return Fact(n, successes * FULL, successes * FULL * FULL)


def nps(promoters: int, passives: int, detractors: int) -> Fact:
    """An NPS fact."""
    n = promoters + passives + detractors
    return Fact(n, (promoters - detractors) * FULL, (promoters + detractors) * FULL * FULL)


def shops(*scores: float) -> Fact:
    """A fact of shop totals, 0–100."""
    return Fact.of(round(score * 100) for score in scores)


def unit(code: str, region: str = "north", **more: Any) -> Unit:
    """A branch; ``facts`` are given as measure → month → fact, ``surveys`` as month → (successes, n)."""
    facts: Facts = dict(more.pop("facts", {}))
    for month, (successes, n) in more.pop("surveys", {}).items():
        facts.setdefault("csat", {})[month] = csat(successes, n)
        facts.setdefault("nps", {})[month] = nps(successes, 0, n - successes)
        facts.setdefault("ease", {})[month] = Fact(n, n * 7000, n * 7000 * 7000)
    return Unit(int(code), code, f"סניף {code}", region, facts=facts, **more)


def whole(branches: Sequence[Unit]) -> Unit:
    """The organisation: the sum of the branches."""
    facts: Facts = {}
    for branch in branches:
        for measure, series in branch.facts.items():
            own = facts.setdefault(measure, {})
            for month, fact in series.items():
                own[month] = own.get(month, Fact()) + fact
    return Unit(0, "bank", "בנק לדוגמה", facts=facts)


def given(branches: Sequence[Unit], agents: Sequence[Unit] = (), policy: Policy | None = None) -> MonthInput:
    """A month's input of these branches."""
    return MonthInput(MONTH, policy or Policy(), list(branches), list(agents), whole(branches))


@dataclass(frozen=True)
class Truth:
    """What a simulated bank's branches really are, per branch: survey share, shop score, profit percent."""

    surveys: Any
    shops: Any
    profit: Any


@dataclass(frozen=True)
class Simulation:
    """How a bank is simulated: sizes, noise and true spreads (points of 0–100, percent of revenue)."""

    branches: int = 40
    length: int = 25
    per_month: int = 20
    shops_per_month: int = 1
    share: float = 0.82
    survey_sd: float = 4.0
    shop_sd: float = 6.0
    visit_sd: float = 11.0
    profit_sd: float = 3.0
    month_sd: float = 5.0

    def draw(self, seed: int, policy: Policy | None = None) -> tuple[MonthInput, Truth]:
        """A bank and its truth; the true values do not move over the months."""
        random = np.random.default_rng(seed)
        span = months.span(MONTH, self.length)
        truth = Truth(
            np.clip(self.share + self.survey_sd / 100 * random.standard_normal(self.branches), 0.3, 0.99),
            80 + self.shop_sd * random.standard_normal(self.branches),
            1 + self.profit_sd * random.standard_normal(self.branches),
        )
        season = 4 * np.sin(np.arange(self.length) / 12 * 2 * np.pi)
        branches = [self._branch(i, truth, span, season, random) for i in range(self.branches)]
        return given(branches, policy=policy), truth

    def _branch(self, i: int, truth: Truth, span: Sequence[str], season: Any, random: np.random.Generator) -> Unit:
        facts: dict[str, dict[str, Fact]] = {name: {} for name in ("csat", "nps", "ease", "shop_total")}
        profit: dict[str, ProfitMonth] = {}
        share = float(truth.surveys[i])
        size = 10 ** random.normal(6, 0.2)
        for at, month in enumerate(span):
            n = int(random.poisson(self.per_month))
            facts["csat"][month] = csat(int(random.binomial(n, share)), n)
            up, middle, down = random.multinomial(n, [share * 0.7, 1 - share * 0.7 - 0.12, 0.12]).tolist()
            facts["nps"][month] = nps(up, middle, down)
            facts["ease"][month] = Fact.of((random.integers(0, 7, n) * FULL // 6).tolist())
            scores = truth.shops[i] + self.visit_sd * random.standard_normal(self.shops_per_month)
            facts["shop_total"][month] = shops(*scores.tolist())
            gap = truth.profit[i] + season[at] + self.month_sd * random.standard_normal()
            revenue = size * (1 + 0.05 * random.standard_normal())
            profit[month] = ProfitMonth(revenue, revenue * (0.7 - gap / 100), revenue * 0.3)
        return unit(f"{i + 1:03d}", f"region {i % 5}", facts=facts, profit=profit)


def branch(data: Mapping[str, Any], code: str) -> dict[str, Any]:
    """A branch's row of a report."""
    return next(row for row in data["branches"] if row["code"] == code)
