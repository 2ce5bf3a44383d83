"""What the analyst's page is made of: a month's input or report → rank sets, frontier, link of service and profit.

Plain dictionaries of JSON values come out, branches by their code. Policy minimums live here; the formulas do not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reports import profitability
from reports.facts import Fact
from reports.link import LAGS, Link, both_ways
from reports.ranksets import rank_sets
from reports.rounding import number
from reports.units import MonthInput, Unit

SURVEYS, SHOPS, PROFIT, COMPOSITE = "surveys", "shops", "profit", "composite"
#: What rank sets are made of, in the order in which they are shown.
MEASURES: Final = (COMPOSITE, SURVEYS, SHOPS, PROFIT)
#: The link needs so many branches with so many months each (METHOD, The analyst's page).
LINK_BRANCHES, LINK_MONTHS = 20, 18
#: A branch whose service is at least the floor with less than this probability (0–100) is nobody's example.
GOOD_ENOUGH: Final = 50.0
#: A peer with a smaller share is not named.
_SAID: Final = 0.005
#: Points of satisfaction in which the link is told.
STEP: Final = 10
#: Of the rank sets: they hold all true places at once with this probability.
LEVEL: Final = 0.95

Row = Mapping[str, Any]
Estimates = dict[str, tuple[float, float]]
"""Branch code → estimate and standard error."""


# ---- rank sets -------------------------------------------------------------------------------------------------------


def estimates(given: MonthInput, data: Row) -> dict[str, Estimates]:
    """Measure → branch → what was measured and its standard error, before any shrinking; ranked branches only.

    Surveys: top-box share with the organisation's variance of one answer; visits: mean with the variance of one visit,
    pooled within branches; profit: the index and its between-month variance. The composite is their weighted sum on the
    report's own scale, of branches that have every component that counts.
    """
    rows = {row["code"]: row for row in data["branches"] if not row["hidden"]}
    units = {unit.code: unit for unit in given.branches if unit.code in rows}
    found = {
        SURVEYS: _surveys(rows, data),
        SHOPS: _shops(units, rows, given),
        PROFIT: _profit(units, rows, given),
    }
    return {COMPOSITE: _composite(found, data["settings"]), **found}


def _surveys(rows: Mapping[str, Row], data: Row) -> Estimates:
    whole = data["organisation"]["surveys"]["csat"]
    if whole is None or not 0 < whole < 100:
        return {}
    one = whole * (100 - whole)
    return {
        code: (row["surveys"]["csat"], math.sqrt(one / row["surveys"]["n"]))
        for code, row in rows.items()
        if row["surveys"]["csat"] is not None
    }


def _shops(units: Mapping[str, Unit], rows: Mapping[str, Row], given: MonthInput) -> Estimates:
    months = given.policy.needed(given.month)[-given.policy.shop_window :]
    facts = {code: unit.fact("shop_total", months) for code, unit in units.items()}
    facts = {code: fact for code, fact in facts.items() if fact.n and rows[code]["shops"]["score"] is not None}
    freedom = sum(fact.n - 1 for fact in facts.values())
    around = sum(_deviations(fact) for fact in facts.values())
    if not freedom or around <= 0:
        return {}
    # The report's own number, without the shoppers' severity where that is taken out.
    score = {code: rows[code]["shops"].get("adjusted") for code in facts}
    return {
        code: (fact.mean if (own := score[code]) is None else own, math.sqrt(around / freedom / fact.n))
        for code, fact in facts.items()
    }


def _deviations(fact: Fact) -> float:
    return max(0.0, fact.deviations)


def _profit(units: Mapping[str, Unit], rows: Mapping[str, Row], given: MonthInput) -> Estimates:
    months = given.policy.needed(given.month)[-given.policy.profit_window :]
    codes = [code for code in units if rows[code]["profit"]["index"] is not None]
    if len(codes) < 2:
        return {}
    nothing = [math.nan] * 3
    table = np.array(
        [
            [
                [one.revenue, one.cost, one.target] if (one := units[code].profit.get(month)) is not None else nothing
                for month in months
            ]
            for code in codes
        ]
    )
    parts = [table[:, :, part] for part in range(3)]
    index = profitability.profit_index(*(np.nan_to_num(part) for part in parts))
    variance = profitability.index_variance(*parts)
    return {code: (float(y), math.sqrt(float(v))) for code, y, v in zip(codes, index, variance, strict=True) if v > 0}


def _composite(found: Mapping[str, Estimates], settings: Row) -> Estimates:
    """w·S + (1 − w)·P on the scale of the report; linear in the components, so its error follows from theirs."""
    weights, reference = settings["weights"], settings["reference"]
    service, whole = reference.get("service_scale") or 1.0, reference.get("composite_scale") or 1.0
    factors = {
        SURVEYS: weights["service"] * weights["surveys"] / service / whole,
        SHOPS: weights["service"] * weights["shops"] / service / whole,
        PROFIT: (1 - weights["service"]) / whole,
    }
    used = {
        name: (factor, reference[name])
        for name, factor in factors.items()
        if settings["components"][name]["used"] and factor and reference.get(name) and reference[name]["tau"]
    }
    if not used:
        return {}
    codes = set.intersection(*(set(found[name]) for name in used))
    result = {}
    for code in sorted(codes):
        z = [(f * (found[name][code][0] - ref["mean"]) / ref["tau"]) for name, (f, ref) in used.items()]
        error = [f * found[name][code][1] / ref["tau"] for name, (f, ref) in used.items()]
        result[code] = (100 + 10 * sum(z), 10 * math.sqrt(sum(one * one for one in error)))
    return result


def ranked(given: Estimates, level: float = LEVEL, draws: int = 2000, seed: int = 0) -> dict[str, Any]:
    """The sets of one measure: of every branch the places that it may truly hold, all branches at once.

    ``pairs`` of branches, how many of them are told ``apart``, and how many branches are told from at least one other.
    """
    codes = sorted(given, key=lambda code: (-given[code][0], code))
    result: dict[str, Any] = {
        "of": len(codes),
        "pairs": math.comb(len(codes), 2),
        "apart": 0,
        "separated": 0,
        "rows": [],
    }
    if len(codes) < 2:
        return result
    y, error = np.array([given[code] for code in codes]).T
    low, high = rank_sets(y, error, level, draws=draws, seed=seed)
    result["rows"] = [
        {
            "branch": code,
            "estimate": number(y[at]),
            "error": number(error[at]),
            "low": int(low[at]),
            "high": int(high[at]),
        }
        for at, code in enumerate(codes)
    ]
    # The best place of a branch is one after those that are surely above it: each such pair is counted once.
    result["apart"] = int((low - 1).sum())
    result["separated"] = int(((low > 1) | (high < len(codes))).sum())
    return result


# ---- efficiency ------------------------------------------------------------------------------------------------------

INPUTS: Final = ("cost", "headcount")
OUTPUTS: Final = ("revenue",)


def needed(inputs: int, outputs: int) -> int:
    """Units that a frontier of so many inputs and outputs needs: max(m·s, 3(m + s))."""
    return max(inputs * outputs, 3 * (inputs + outputs))


def frontier(units: Sequence[Unit], months: Sequence[str], floors: Mapping[str, float | None]) -> dict[str, Any]:
    """How much revenue branches make of their cost and people over a quarter, beside the best of comparable ones.

    Branches with profit in every month. ``floors``: branch → the probability (0–100) that its service is at least the
    floor; who is under :data:`GOOD_ENOUGH`, or of whom it is not known, is nobody's example. Output-oriented, variable
    returns. Not ``fitted``: ``why`` says whether there is no profit, negative amounts (``negative``: where) or too few.
    """
    complete = [unit for unit in units if all(month in unit.profit for month in months)]
    posts = all(unit.profit[month].headcount for unit in complete for month in months)
    inputs = INPUTS if posts else INPUTS[:1]
    rows = [(unit.code, *_sums(unit, months)) for unit in complete]
    negative = sorted(code for code, cost, _posts, revenue in rows if cost < 0 or revenue < 0)
    empty = sorted(code for code, cost, _posts, revenue in rows if code not in negative and not (cost > 0 < revenue))
    rows = [row for row in rows if row[0] not in empty]
    inside = [floors.get(row[0]) is not None and (floors[row[0]] or 0.0) >= GOOD_ENOUGH for row in rows]
    least = needed(len(inputs), len(OUTPUTS))
    result: dict[str, Any] = {
        "months": list(months),
        "inputs": list(inputs),
        "outputs": list(OUTPUTS),
        "needed": least,
        "n": len(rows),
        "reference": sum(inside),
        "negative": negative,
        "left_out": sorted({unit.code for unit in units} - {row[0] for row in rows} - set(negative)),
        "fitted": False,
        "why": None,
        "rows": [],
    }
    refusals = {"no_profit": not rows, "negative": bool(negative), "too_few": sum(inside) < least}
    result["why"] = next((why for why, holds in refusals.items() if holds), None)
    if result["why"] is not None:
        return result
    x: NDArray[np.float64] = np.array([row[1 : 1 + len(inputs)] for row in rows])
    y: NDArray[np.float64] = np.array([row[3:] for row in rows])
    found = profitability.efficiency(x, y, reference=inside)
    result["fitted"] = True
    result["rows"] = sorted(
        (
            {
                "branch": row[0],
                "score": number(100 * found.score[at]),
                "reference": inside[at],
                "floor": floors.get(row[0]),
                "used": [number(value) for value in x[at]],
                "made": [number(value) for value in y[at]],
                "target": number(found.targets[at][-1]),
                "peers": [
                    {"branch": rows[peer][0], "share": number(100 * share)}
                    for peer, share in sorted(found.peers[at].items(), key=lambda one: -one[1])
                    if peer != at and share >= _SAID
                ],
            }
            for at, row in enumerate(rows)
        ),
        key=lambda row: (-(row["score"] or 0.0), row["branch"]),
    )
    return result


def _sums(unit: Unit, months: Sequence[str]) -> tuple[float, float, float]:
    """Cost, mean full-time posts and revenue of the months."""
    parts = [unit.profit[month] for month in months]
    posts = sum(part.headcount or 0.0 for part in parts) / len(parts)
    return float(sum(part.cost for part in parts)), posts, float(sum(part.revenue for part in parts))


# ---- link ------------------------------------------------------------------------------------------------------------


def linked(data: Row) -> dict[str, Any]:
    """Whether a branch's profit follows its satisfaction, and the other way round, over the months of the trend.

    Satisfaction (points) and profit (percent of revenue, against target) of single months as the report shows them.
    Slopes are told for :data:`STEP` points of satisfaction, and for one percent of profit the other way. From
    :data:`LINK_BRANCHES` branches that have both in :data:`LINK_MONTHS` months; else it says how many there are.
    """
    rows = [row for row in data["branches"] if row["trend"] is not None and row["code"] is not None]
    service = _panel([row["trend"]["csat"] for row in rows])
    profit = _panel([row["trend"]["profit"] for row in rows])
    both = (~np.isnan(service) & ~np.isnan(profit)).sum(axis=1) if rows else np.zeros(0)
    kept = both >= LINK_MONTHS
    result: dict[str, Any] = {
        "months": len(data["settings"]["trend_months"]),
        "branches": int(kept.sum()),
        "longest": int(both.max(initial=0)),
        "needed": {"branches": LINK_BRANCHES, "months": LINK_MONTHS},
        "step": STEP,
        "fitted": False,
        "forward": [],
        "reverse": [],
    }
    if kept.sum() < LINK_BRANCHES:
        return result
    try:
        forward, reverse = both_ways(service[kept], profit[kept])
    except ValueError:  # nothing varies within branches and months
        return result
    result["fitted"] = True
    result["forward"] = [_link(one, STEP) for one in forward]
    result["reverse"] = [_link(one, 1) for one in reverse]
    return result


def _panel(rows: Sequence[Sequence[float | None]]) -> NDArray[np.float64]:
    return np.array([[math.nan if value is None else value for value in row] for row in rows], dtype=np.float64)


def _link(found: Link, step: float) -> dict[str, Any]:
    return {
        "lag": found.lag,
        "slope": number(step * found.slope),
        "low": number(step * found.low),
        "high": number(step * found.high),
        "p": number(found.p_value, 4),
        "branches": found.branches,
        "n": found.n,
    }


__all__ = ["COMPOSITE", "LAGS", "MEASURES", "PROFIT", "SHOPS", "SURVEYS", "estimates", "frontier", "linked", "ranked"]
