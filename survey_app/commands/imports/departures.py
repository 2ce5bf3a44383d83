"""Customers who left: month, branch and tenure band, told by the organisation."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import departures
from survey_app.commands.departures import Left
from survey_app.commands.imports import lookups
from survey_app.commands.imports.columns import Problem, Refused, Row, column
from survey_app.commands.imports.handler import Handler, Options
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Outcome
from survey_app.queries.outreach import policy
from translations import gettext as _

_VERDICTS = {"added": ADDED, "changed": CHANGED, "unchanged": UNCHANGED}
_MOST_KEY, _MOST_TENURE = 100, 40


@dataclass(frozen=True, kw_only=True)
class DepartureRow(Row):
    """One customer who left."""

    key: str = field(metadata=column("text", "D-20931", "The file's own key of the row", "מזהה", "מזהה עזיבה", "id"))
    month: str = field(metadata=column("month", "2026-10", "Month in which the customer left", "חודש"))
    branch: str = field(metadata=column("branch", "461", "Branch: its code, or bank and code", "סניף", "קוד סניף"))
    tenure: str = field(
        default="",
        metadata=column(
            "text", "5-10", "Years as a customer, in bands; only where the privacy officer approved it", "ותק"
        ),
    )
    customer: str = field(
        default="",
        metadata=column("text", "C-10432", "The organisation's reference of the customer", "לקוח", "אסמכתת לקוח"),
    )


class DepartureHandler(Handler[DepartureRow]):
    """Keeps each departure once; the same key with other facts is a correction."""

    code = "departures"
    row = DepartureRow

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__(session, options)
        self.branches = lookups.Branches(session)
        self.with_tenure = "tenure" in policy(session).approved_fields
        self.left_out = 0

    def settle(self, row: DepartureRow) -> DepartureRow:
        self.branches.find(row.branch)
        problems = []
        if row.month > clock.current_month():
            problems.append(Problem("month", _("This month has not begun.")))
        sizes = {
            "key": (row.key, _MOST_KEY),
            "customer": (row.customer, _MOST_KEY),
            "tenure": (row.tenure, _MOST_TENURE),
        }
        problems += [
            Problem(name, _("Write at most %(max)s characters.", max=most))
            for name, (text, most) in sizes.items()
            if len(text) > most
        ]
        if problems:
            raise Refused(*problems)
        return row

    def key(self, row: DepartureRow) -> Hashable:
        return row.key

    def apply(self, session: Session, rows: Sequence[DepartureRow], run_id: int | None) -> list[Outcome]:
        outcomes = {}
        # Rows are held in one order, whatever the order of the file.
        for row in sorted(rows, key=lambda one: one.key):
            self.left_out += bool(row.tenure and not self.with_tenure)
            left = Left(
                key=row.key,
                month=row.month,
                branch_id=self.branches.find(row.branch).id,
                tenure=row.tenure if self.with_tenure else "",
                ref=row.customer,
            )
            outcomes[row.row] = Outcome(row.row, _VERDICTS[departures.put(session, left, run_id)], row.key)
        return [outcomes[row.row] for row in rows]

    def notices(self) -> list[str]:
        if not self.left_out:
            return []
        return [
            _("Tenure was left out of %(count)s rows: the privacy officer has not approved it.", count=self.left_out)
        ]
