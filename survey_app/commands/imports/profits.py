"""Profit: what each branch took in, what it cost and what was aimed at, month by month, in ILS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import facts
from survey_app.commands.imports import lookups
from survey_app.commands.imports.columns import Problem, Refused, Row, column
from survey_app.commands.imports.handler import Handler, Options, assign
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Outcome
from survey_app.models import Profit
from translations import gettext as _


@dataclass(frozen=True, kw_only=True)
class ProfitRow(Row):
    """A branch's month. Amounts are agorot."""

    month: str = field(metadata=column("month", "2026-10", "Month", "חודש"))
    branch: str = field(metadata=column("branch", "461", "Branch: its code, or bank and code", "סניף", "קוד סניף"))
    revenue: int = field(metadata=column("amount", "1,250,000.00", "Income in ILS", "הכנסות", "הכנסה"))
    cost: int = field(metadata=column("amount", "830,000", "Cost in ILS", "הוצאות", "עלות", "עלויות"))
    target: int = field(metadata=column("amount", "400,000", "Contribution aimed at, in ILS", "יעד", "יעד רווח"))
    headcount: float | None = field(
        default=None, metadata=column("headcount", "12.5", "Full-time positions", "משרות", "תקן")
    )


class ProfitHandler(Handler[ProfitRow]):
    """Adds and changes profit rows. A signed month that reads one waits for a restatement."""

    code = "profits"
    row = ProfitRow

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__(session, options)
        self.branches = lookups.Branches(session)

    def settle(self, row: ProfitRow) -> ProfitRow:
        self.branches.find(row.branch)
        if row.month > clock.current_month():
            raise Refused(Problem("month", _("This month has not begun.")))
        return row

    def key(self, row: ProfitRow) -> Hashable:
        return row.month, self.branches.find(row.branch).id

    def apply(self, session: Session, rows: Sequence[ProfitRow], run_id: int | None) -> list[Outcome]:
        ids = {row.row: self.branches.find(row.branch).id for row in rows}
        query = select(Profit).where(
            Profit.month.in_({row.month for row in rows}), Profit.branch_id.in_(set(ids.values()))
        )
        known = {(profit.month, profit.branch_id): profit for profit in session.scalars(query)}
        outcomes = []
        touched: Counter[str] = Counter()
        for row in rows:
            outcome = self._apply_one(session, row, ids[row.row], known.get((row.month, ids[row.row])))
            outcomes.append(outcome)
            touched[row.month] += outcome.verdict != UNCHANGED
        session.flush()
        for month, count in sorted(touched.items()):
            if count:
                facts.touched(session, [month], others=count)
        return outcomes

    def _apply_one(self, session: Session, row: ProfitRow, branch_id: int, profit: Profit | None) -> Outcome:
        label = f"{row.month} {row.branch}"
        values: dict[str, Any] = {
            name: getattr(row, name) for name in ("revenue", "cost", "target", "headcount") if name in row.given
        }
        if profit is None:
            session.add(Profit(month=row.month, branch_id=branch_id, **values))
            return Outcome(row.row, ADDED, label)
        moved = assign(profit, values)
        return Outcome(row.row, CHANGED if moved else UNCHANGED, label, moved)
