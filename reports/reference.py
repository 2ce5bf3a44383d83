"""The period that fixes where an index is 100: the year before, or the first full quarter while there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports import months
from reports.policy import Policy
from reports.units import Unit


@dataclass(frozen=True, slots=True)
class Period:
    """``chosen``: previous_months, first_quarter, available (no full quarter yet) or none (no data at all)."""

    months: Sequence[str]
    chosen: str


def reference_period(month: str, organisation: Unit, branches: Sequence[Unit], policy: Policy) -> Period:
    """The reference months of a report (METHOD, Ranking 4).

    The first month of data is that of surveys; without surveys that of shops, then of profit.
    """
    units = [organisation, *branches]
    for found in (_months(units, "csat"), _months(units, "shop_total"), _profit_months(units)):
        before = [m for m in found if m <= month]
        if before:
            return _chosen(month, min(before), policy)
    return Period([], "none")


def _chosen(month: str, first: str, policy: Policy) -> Period:
    previous = months.span(months.shift(month, -1), policy.reference_months)
    if first <= previous[0]:
        return Period(previous, "previous_months")
    quarter = months.quarter(first)
    if quarter[0] != first:
        quarter = months.quarter(months.shift(quarter[-1], 1))
    if quarter[-1] <= month:
        return Period(quarter, "first_quarter")
    return Period(months.between(first, month), "available")


def _months(units: Sequence[Unit], measure: str) -> set[str]:
    return {month for unit in units for month, fact in unit.facts.get(measure, {}).items() if fact.n > 0}


def _profit_months(units: Sequence[Unit]) -> set[str]:
    return {month for unit in units for month in unit.profit}
