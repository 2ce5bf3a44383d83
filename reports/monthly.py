"""A month of facts and profit → the monthly report that management reads and signs.

``compute`` is pure and deterministic: the same input gives the same bytes. The keys of ``data`` are described in
``docs/report.md``; percentages, shares and probabilities are 0–100, indices have mean 100 and sd 10 in the reference
period, None stands for what is not known or may not be shown, with the reason beside it (``why``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reports import months as calendar
from reports.agents import agent_blocks
from reports.apart import apart_blocks, pull_blocks
from reports.blocks import profit_blocks, profit_trend
from reports.change import compare, signals
from reports.levels import Levels, prepare
from reports.movement import movements
from reports.places import peer_blocks, rank_blocks
from reports.policy import Policy
from reports.rounding import strict_json
from reports.standing import Standing, component_blocks, pareto, quadrant_blocks
from reports.summary import TIERS, overall, series_settings, settings
from reports.table import Table
from reports.tables import tables
from reports.units import MonthInput, ProfitMonth, Unit

__all__ = ["MonthInput", "MonthlyReport", "Policy", "ProfitMonth", "Unit", "compute", "report_json"]

MODELS = ("drivers", "recovery", "cases", "promises", "mix", "disagreement", "severity", "casemix")
"""What models make of single responses, in the order of the report."""


@dataclass(frozen=True)
class MonthlyReport:
    """One month's report: ``data`` is strict JSON, the same to the byte for the same input."""

    data: dict[str, Any]

    @cached_property
    def json(self) -> str:
        """The report's one JSON text."""
        return strict_json(self.data)

    @property
    def tables(self) -> dict[str, Table]:
        """The report's tables by name (ranking, regions, agents), in the active language."""
        return tables(self.data)


def report_json(report: MonthlyReport) -> str:
    """The report as strict JSON text, byte-equal for the same input."""
    return report.json


def compute(given: MonthInput) -> MonthlyReport:
    """The report of ``given.month``; never fails for want of data, and says what is missing.

    Facts and profit outside ``policy.needed(month)`` are not read. ValueError for a month that is none, or for two
    branches or agents of one code.
    """
    ground = prepare(given)
    month, policy, months = ground.month, ground.policy, ground.months
    branches, own, whole, standing = ground.branches, ground.own, ground.whole, ground.standing
    names = sorted({unit.region for unit in branches})
    regions = ground.own.by([unit.region for unit in branches], names, policy)
    trend = months[-policy.trend_months :]
    rows = _branch_blocks(branches, own, standing, month, policy, trend)
    rows.sort(key=_list_order)
    tests = compare(own.surveys, own.shops, policy.change_months, policy.interval_level)
    found, compared = signals(tests, [unit.open_in(month) for unit in branches], policy.change_q)
    changes = {unit.code: found[i] for i, unit in enumerate(branches)}
    for row in rows:
        row["change"] = changes[row["code"]]
    moved = movements(ground, rows)
    for row in rows:
        row["movement"] = moved.get(row["code"])
    top = _plain_blocks(whole, own, policy, trend)[0]
    return MonthlyReport(
        {
            "month": month,
            "settings": {
                **settings(month, policy, standing, ground.period, trend, compared),
                "series": series_settings(given.breaks, trend),
            },
            "state": given.state,
            "organisation": {"code": given.organisation.code, "name": given.organisation.name, **top},
            "overall": overall(rows, standing),
            "regions": [
                {"name": name, **block}
                for name, block in zip(names, _plain_blocks(regions, own, policy, trend), strict=True)
            ],
            "branches": rows,
            "agents": agent_blocks(
                ground.agents,
                branches,
                own.surveys.cells,
                own.ended,
                whole.surveys.cells["csat"],
                trend,
                policy,
                given.breaks,
            ),
            "models": {kind: given.models.get(kind) for kind in MODELS},
        }
    )


def _plain_blocks(level: Levels, own: Levels, policy: Policy, trend: Sequence[str]) -> list[dict[str, Any]]:
    """Surveys, shops, profit, the single month and the trend of units at one level, without any ranking."""
    pooled = own.shops.total.window(own.shops.months)
    last = level.accounts.months[-1:]
    parts = zip(
        level.surveys.blocks(policy.interval_level),
        level.shops.blocks(policy.interval_level, pooled),
        profit_blocks(level.accounts.window(level.accounts.months[-policy.profit_window :])),
        level.surveys.month_blocks(policy.interval_level),
        level.shops.month_blocks(policy.interval_level, pooled),
        profit_blocks(level.accounts.window(last)),
        level.surveys.trend(trend),
        level.surveys.bases(trend),
        level.shops.trend(trend),
        profit_trend(level.accounts, trend),
        strict=True,
    )
    return [
        {
            "surveys": surveys,
            "shops": shops,
            "profit": profit,
            "month": {"surveys": now, "shops": now_shops, "profit": now_profit},
            "trend": {**series, "shops": shop_series, "profit": profit_series, "csat_n": bases},
        }
        for surveys, shops, profit, now, now_shops, now_profit, series, bases, shop_series, profit_series in parts
    ]


def _branch_blocks(
    units: Sequence[Unit], own: Levels, standing: Standing, month: str, policy: Policy, trend: Sequence[str]
) -> list[dict[str, Any]]:
    plain = _plain_blocks(own, own, policy, trend)
    peers, apart, pulls = (
        peer_blocks(standing, policy, units),
        apart_blocks(standing, policy),
        pull_blocks(standing, policy),
    )
    added = component_blocks(standing, policy, own.surveys.window("csat"))
    ranks = rank_blocks(standing, policy, units)
    quadrants, fronts = quadrant_blocks(standing, policy), pareto(standing)
    rows = []
    for i, unit in enumerate(units):
        block, extra, placed = plain[i], added[i], bool(standing.placed[i])
        profit = {**block["profit"], **extra["profit"]}
        shops = {**block["shops"], **extra["shops"]}
        if shops["hidden"]:
            shops["adjusted"] = None
        if not placed or not standing.profit.ranks[i]:
            profit.update(index=None, low=None, high=None)
        if profit["why"] is None and profit["months"] < policy.rank_profit_months:
            profit["why"] = "few_months"
        why = None if placed else _why_hidden(unit, block["surveys"], block["shops"], month, policy)
        floor = extra["p_service_floor"] if placed else None
        rows.append(
            {
                "code": unit.code,
                "name": unit.name,
                "region": unit.region,
                "status": _status(unit, month, policy),
                "note": unit.state_note,
                "surveys": {**block["surveys"], **extra["surveys"]},
                "shops": shops,
                "service": extra["service"] if placed else dict.fromkeys(extra["service"]),
                "profit": profit,
                "composite": extra["composite"]["index"] if placed else None,
                "composite_low": extra["composite"]["low"] if placed else None,
                "composite_high": extra["composite"]["high"] if placed else None,
                **ranks[i],
                **quadrants[i],
                "pareto": fronts[i],
                "peer": peers[i],
                "apart": apart[i],
                "pulls": pulls[i],
                "p_service_floor": floor,
                "under_floor": floor is not None and 100 - floor >= 100 * policy.floor_probability,
                "critical_open": unit.critical_open,
                "overdue": unit.overdue,
                "hidden": not placed,
                "why": why,
                "month": block["month"],
                "change": [],
                "movement": None,
                "trend": block["trend"],
            }
        )
    return rows


def _status(unit: Unit, month: str, policy: Policy) -> dict[str, Any] | None:
    """What happened to the branch inside the survey window, or to one that is closed."""
    if unit.closed is not None and unit.closed <= month:
        return {
            "code": "merged" if unit.merged_into else "closed",
            "month": unit.closed,
            "into": unit.merged_into,
        }
    if unit.opened is not None and unit.opened >= calendar.shift(month, 1 - policy.survey_window):
        return {"code": "opened", "month": unit.opened, "into": None}
    return None


def _why_hidden(unit: Unit, surveys: dict[str, Any], shops: dict[str, Any], month: str, policy: Policy) -> str:
    """The first reason why a branch has no place in the ranking."""
    status = _status(unit, month, policy)
    if status is not None and status["code"] != "opened":
        return str(status["code"])
    if not unit.ranked:
        return "not_ranked"
    if surveys["why"] in ("complementary", "consecutive"):
        return str(surveys["why"])
    if status is not None:
        return "opened"
    return "no_data" if surveys["n"] == 0 and shops["n"] == 0 else "few_responses"


def _list_order(row: dict[str, Any]) -> tuple[Any, ...]:
    tier = TIERS.index(row["tier"]) if row["tier"] in TIERS else len(TIERS)
    composite = row["composite"] if row["composite"] is not None else 0.0
    return row["hidden"], tier, row["rank"]["median"] or 0, -composite, row["code"]
