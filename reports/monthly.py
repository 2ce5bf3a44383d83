"""A month of facts and profit → the monthly report that management reads and signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reports.policy import Policy
from reports.units import MonthInput, ProfitMonth, Unit

__all__ = ["MonthInput", "MonthlyReport", "Policy", "ProfitMonth", "Unit", "compute"]


@dataclass(frozen=True, slots=True)
class MonthlyReport:
    """One month's report: ``data`` is strict JSON, the same to the byte for the same input."""

    data: dict[str, Any]


def compute(given: MonthInput) -> MonthlyReport:
    """The report of a month."""
    raise NotImplementedError
