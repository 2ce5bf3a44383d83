"""Draws revenue, cost and target of every branch and month from what is true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from reports import months as calendar
from survey_app.demo.bank import Bank
from survey_app.demo.truth import Truth

#: Revenue that one agent brings in a month, in ILS, and the share of it that should be left after direct cost.
_REVENUE: Final = 92_000
_TARGET_SHARE: Final = 0.31
_GROWTH: Final = 0.003
_AREA: Final = {"מטרופולין": 1.12, "עיר": 1.0, "פריפריה": 0.86}


@dataclass(frozen=True)
class ProfitRow:
    """One branch's month; amounts in whole ILS, headcount in full-time posts."""

    branch: int
    month: str
    revenue: int
    cost: int
    target: int
    headcount: float


def draw(bank: Bank, truth: Truth) -> list[ProfitRow]:
    """A row for every branch and full month in which it served customers on the first day."""
    rng = bank.rng("profit")
    found: list[ProfitRow] = []
    level = rng.normal(1, 0.12, len(bank.branches)).clip(0.7, 1.4)
    for at, month in enumerate(bank.months):
        first = calendar.first_day(month)
        common = float(rng.normal(0, 0.006))
        season = 1 + 0.03 * np.cos(2 * np.pi * first.month / 12)
        noise = rng.normal(0, truth.effects.profit_noise, len(bank.branches))
        wobble = rng.normal(1, 0.03, len(bank.branches))
        for branch in bank.branches:
            if not branch.open_on(first):
                continue
            agents = max(len(bank.teams[month][branch.index]), 1)
            expected = _REVENUE * agents * _AREA[branch.area] * float(level[branch.index]) * (1 + _GROWTH) ** at
            revenue = expected * season * float(wobble[branch.index])
            target = expected * _TARGET_SHARE
            above = truth.profit[branch.index, at] + common + float(noise[branch.index])
            found.append(
                ProfitRow(
                    branch=branch.index,
                    month=month,
                    revenue=round(revenue),
                    cost=round(revenue - target - above * revenue),
                    target=round(target),
                    headcount=agents + 1.0 + 0.5 * (branch.index % 2),
                )
            )
    return found
