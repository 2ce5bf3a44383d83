"""What a monthly report is computed from: branches and agents with their facts and profit, month by month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from reports.facts import NONE, Fact, window
from reports.policy import Policy

State = Literal["open", "signed"]

MEASURES = ("csat", "nps", "ease", "shop_total", "shop_critical", "shop_provisional")
"""Measures every report reads; sections of the shop are ``shop_section.<code>``.

Of ``shop_provisional``, visits that may still be appealed against, only the number counts.
"""


@dataclass(frozen=True, slots=True)
class ProfitMonth:
    """A branch's profit in one month, in ILS; ``headcount`` in full-time posts, None when not known."""

    revenue: float
    cost: float
    target: float
    headcount: float | None = None

    @property
    def contribution(self) -> float:
        """Revenue less direct cost."""
        return float(self.revenue) - float(self.cost)


@dataclass(frozen=True, slots=True)
class Unit:
    """A branch, an agent or the organisation, with what was measured in it.

    ``facts``: measure → month → Fact, on the lines that the policy names. ``opened``, ``closed``: months, None when
    not known or still open; a branch with ``merged_into`` (a branch code) closed by merging. ``critical_open``: a
    confirmed critical failure is still open; ``overdue``: a case is overdue. ``state_note``: a remark shown as it is.
    Agents carry ``branch_code``.
    """

    key: int
    code: str
    name: str
    region: str = ""
    ranked: bool = True
    facts: Mapping[str, Mapping[str, Fact]] = field(default_factory=dict)
    profit: Mapping[str, ProfitMonth] = field(default_factory=dict)
    critical_open: bool = False
    state_note: str | None = None
    branch_code: str | None = None
    opened: str | None = None
    closed: str | None = None
    merged_into: str | None = None
    overdue: bool = False
    #: What makes its peer group, in the organisation's own words; empty where not known.
    size: str = ""
    area: str = ""
    type: str = ""
    #: Facts of series that ended, each month of one series; ``facts`` hold months of the newest only.
    earlier: Mapping[str, Mapping[str, Fact]] = field(default_factory=dict)

    def fact(self, measure: str, months: Iterable[str]) -> Fact:
        """The fact of a measure over months."""
        return window(self.facts.get(measure, {}), months)

    def month(self, measure: str, month: str) -> Fact:
        """The fact of a measure in one month."""
        return self.facts.get(measure, {}).get(month, NONE)

    def open_in(self, month: str) -> bool:
        """Whether the unit was open, and stayed open, in the month."""
        return (self.opened is None or self.opened <= month) and (self.closed is None or self.closed > month)


@dataclass(frozen=True, slots=True)
class MonthInput:
    """All that a monthly report is computed from; facts and profit over ``policy.needed(month)``."""

    month: str
    policy: Policy
    branches: Sequence[Unit]
    agents: Sequence[Unit]
    organisation: Unit
    state: State = "open"
    #: Measure → months in which a newer series begins, oldest first; the last begins the one in ``facts``.
    breaks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: What models made of single responses: kind → result, branches by code, nobody's name (``docs/report.md``).
    models: Mapping[str, Any] = field(default_factory=dict)
