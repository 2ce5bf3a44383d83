"""Months for tests of the monthly report, and the report read strictly."""

from __future__ import annotations

import json
from typing import Any

from reports import months, wording
from reports.monthly import compute, report_json
from reports.opening import accounting, opening
from reports.policy import Policy
from reports.receipts import FIGURES, receipt
from reports.units import MonthInput, ProfitMonth, Unit
from reports.why import why
from tests.reports.banks import MONTH, shops, unit

SPAN = months.span(MONTH, 25)
QUICK = Policy(draws=500)


def strict(found: MonthInput) -> dict[str, Any]:
    """The report, after its JSON was written strictly and every sentence about it could be said."""
    report = compute(found)
    text = report_json(report)
    assert json.loads(text) == report.data, "written and read back it is the same"
    opening(report.data)
    accounting(report.data)
    for row in report.data["branches"]:
        wording.rank(row)
        wording.tier(row["tier"])
        wording.quadrant(row["quadrant"], row["quadrant_probability"])
        wording.why_hidden(row["why"])
        wording.status(row["status"])
        for part in ("surveys", "shops", "profit"):
            wording.why(row[part], report.data["settings"])
            wording.why(row["month"][part], report.data["settings"])
        told = why(report.data, row["code"])
        assert all(told.sentences)
        assert told.place
        for figure in FIGURES:
            found_receipt = receipt(report.data, row["code"], figure)
            assert found_receipt.rules
            assert found_receipt.shown or found_receipt.why or not found_receipt.steps or not row["hidden"]
    assert set(report.tables) >= {"ranking", "regions", "agents"}
    return report.data


def steady(code: str, good: int = 24, n: int = 30, score: float = 80, gap: float = 1.0, **more: Any) -> Unit:
    """A branch with the same month again and again."""
    surveys = dict.fromkeys(SPAN, (good, n))
    facts = {"shop_total": {month: shops(score, score + 2) for month in SPAN}}
    profit = {month: ProfitMonth(100.0, 60.0 - gap, 40.0) for month in SPAN}
    return unit(code, surveys=surveys, facts=facts, profit=profit, **more)


def varied(count: int = 12, **more: Any) -> list[Unit]:
    return [steady(f"{i:03d}", good=18 + i % 10, score=70 + i, gap=float(i), **more) for i in range(1, count + 1)]
