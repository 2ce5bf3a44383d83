"""The report as a whole: what the month can say, and everything its numbers depend on beside the facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reports import months as calendar
from reports.policy import Policy
from reports.reference import Period
from reports.rounding import number
from reports.standing import Standing

METHOD_VERSION = 2
"""Raised when the same input would give other numbers."""

TIERS = ("leading", "not_told_apart", "trailing")
"""In the order in which a list shows them."""


def overall(rows: Sequence[dict[str, Any]], standing: Standing) -> dict[str, Any]:
    """What the month as a whole can say: whether anything separates, and where every branch went."""
    ranked = [row for row in rows if not row["hidden"]]
    tiers = {tier: sum(row["tier"] == tier for row in ranked) for tier in TIERS}
    widths = [row["rank"]["high"] - row["rank"]["low"] + 1 for row in ranked if row["rank"]["low"] is not None]
    hidden: dict[str, int] = {}
    for row in rows:
        if row["hidden"]:
            hidden[row["why"]] = hidden.get(row["why"], 0) + 1
    apart = tiers["leading"] + tiers["trailing"] > 0
    code = "told_apart" if apart else "none_told_apart"
    if not rows or (not ranked and set(hidden) <= {"no_data"}):
        code = "no_data"
    elif not ranked:
        code = "none_ranked"
    elif len(ranked) == 1:
        code = "one_branch"
    elif not standing.composite.used:
        code = "no_spread"
    return {
        "code": code,
        "branches": len(rows),
        "ranked": len(ranked),
        **tiers,
        "hidden": dict(sorted(hidden.items())),
        "mean_interval": number(float(np.mean(widths))) if widths else None,
        "under_floor": sum(row["under_floor"] for row in rows),
        "components": {part.name: part.used for part in standing.parts},
    }


SERIES_OF = {"csat": "csat", "nps": "nps", "ease": "ease", "shop_total": "shops"}
"""Measures that may begin a new series, and what their trend is called."""


def series_settings(breaks: Mapping[str, Sequence[str]], trend: Sequence[str]) -> dict[str, Any]:
    """Which trends are broken: the months in which a newer series begins; its numbers count from the last of them."""
    found = {}
    for measure, name in SERIES_OF.items():
        begun = [month for month in breaks.get(measure, ()) if month in trend]
        if begun:
            found[name] = {"begins": begun, "since": begun[-1]}
    return found


def settings(
    month: str, policy: Policy, standing: Standing, period: Period, trend: Sequence[str], compared: int
) -> dict[str, Any]:
    """Everything the numbers depend on beside the facts."""

    def window(length: int) -> dict[str, Any]:
        return {"months": length, "from": calendar.shift(month, 1 - length), "to": month}

    parts = standing.parts
    return {
        "method": METHOD_VERSION,
        "windows": {
            "surveys": window(policy.survey_window),
            "shops": window(policy.shop_window),
            "profit": window(policy.profit_window),
            "agents": window(policy.agent_window),
        },
        "weights": {
            "surveys": policy.survey_weight,
            "shops": policy.shop_weight,
            "service": policy.service_weight,
            "profit": number(1 - policy.service_weight, 6),
        },
        "minimums": {
            "surveys": policy.least_surveys,
            "shops": policy.least_shops,
            "surveys_to_rank": policy.rank_surveys,
            "shops_to_rank": policy.rank_shops,
            "profit_months": policy.rank_profit_months,
            "comments": policy.least_comments,
        },
        "reference": {
            "chosen": period.chosen,
            "from": period.months[0] if period.months else None,
            "to": period.months[-1] if period.months else None,
            **{
                part.name: {
                    "mean": number(part.reference.mean, 4),
                    "tau": number(part.reference.tau, 4),
                    "source": part.reference.source,
                }
                if part.reference is not None
                else None
                for part in parts
            },
            "service_scale": number(standing.service.scale, 4),
            "composite_scale": number(standing.composite.scale, 4),
        },
        "components": {part.name: {"used": part.used, "tau": number(part.tau, 4)} for part in parts},
        "adjustments": {
            "case_mix": standing.case_mix.used,
            "severity": standing.severity.status,
            "profit": policy.profit_against,
        },
        "compared": compared,
        "trend_months": list(trend),
        "seed": policy.seed,
        "draws": policy.draws,
        "policy": policy.as_dict(),
    }
