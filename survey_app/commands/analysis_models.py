"""The models of the analyst's page: rank sets, the frontier of a quarter, the link of service and profit.

All three stand on the month's report and its facts, so what a report hides is in none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from reports import analysis
from reports import months as calendar
from reports.units import ProfitMonth, Unit
from survey_app import clock
from survey_app.queries import computing
from survey_app.queries.facts import month_input

RANK_SETS, EFFICIENCY, LINK = "rank_sets", "efficiency", "link"

Inputs = dict[str, Any]


def last_quarter(month: str) -> list[str]:
    """The last calendar quarter that has ended by the end of a month, and in the calendar."""
    last = min(month, clock.last_full_month())
    months = calendar.quarter(last)
    return months if months[-1] <= last else calendar.quarter(calendar.shift(months[0], -1))


def _rank_sets_inputs(session: Session, month: str) -> Inputs:
    given = month_input(session, month)
    data = computing.computed(session, month)[0].data
    return {
        "estimates": {name: sorted((code, *one) for code, one in found.items()) for name, found in
                      analysis.estimates(given, data).items()},
        "seed": given.policy.seed,
    }  # fmt: skip


def _rank_sets(given: Inputs) -> dict[str, Any]:
    return {
        "level": analysis.LEVEL,
        "measures": {
            name: analysis.ranked({code: (y, error) for code, y, error in rows}, seed=given["seed"])
            for name, rows in given["estimates"].items()
        },
    }


def _efficiency_inputs(session: Session, month: str) -> Inputs:
    months = last_quarter(month)
    data = computing.computed(session, months[-1])[0].data
    given = month_input(session, months[-1])
    listed = {row["code"] for row in data["branches"]}
    return {
        "months": months,
        "floors": {row["code"]: row["p_service_floor"] for row in data["branches"]},
        "profit": {
            unit.code: {
                at: [one.revenue, one.cost, one.target, one.headcount]
                for at in months
                if (one := unit.profit.get(at)) is not None
            }
            for unit in given.branches
            if unit.ranked and unit.code in listed
        },
    }


def _efficiency(given: Inputs) -> dict[str, Any]:
    units = [
        Unit(0, code, "", profit={month: ProfitMonth(*parts) for month, parts in profit.items()})
        for code, profit in sorted(given["profit"].items())
    ]
    return analysis.frontier(units, given["months"], given["floors"])


def _link_inputs(session: Session, month: str) -> Inputs:
    data = computing.computed(session, month)[0].data
    return {
        "settings": {"trend_months": data["settings"]["trend_months"]},
        "branches": [
            {"code": row["code"], "trend": {name: row["trend"][name] for name in ("csat", "profit")}}
            for row in data["branches"]
        ],
    }


#: What each kind is made of, and how; part of :data:`survey_app.commands.models.MODELS`.
MODELS: Final[Mapping[str, tuple[Callable[[Session, str], Inputs], Callable[[Inputs], dict[str, Any]]]]] = {
    RANK_SETS: (_rank_sets_inputs, _rank_sets),
    EFFICIENCY: (_efficiency_inputs, _efficiency),
    LINK: (_link_inputs, analysis.linked),
}
