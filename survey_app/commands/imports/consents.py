"""Consent to offers: who agreed to contacts that give, since when, and who took it back."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import giving_contacts
from survey_app.commands.imports.columns import Problem, Refused, Row, column
from survey_app.commands.imports.handler import Handler, Options
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Outcome
from survey_app.models import Customer, OfferConsent
from translations import gettext as _


@dataclass(frozen=True, kw_only=True)
class ConsentRow(Row):
    """One customer's consent."""

    customer: str = field(
        metadata=column("text", "C-10432", "The organisation's reference of the customer", "לקוח", "אסמכתת לקוח")
    )
    given_on: date = field(metadata=column("date", "01/03/2026", "Day of the consent", "תאריך הסכמה", "given"))
    withdrawn_on: date | None = field(
        default=None,
        metadata=column("date", "15/10/2026", "Day on which it was taken back; empty while it holds", "תאריך ביטול"),
    )


class ConsentHandler(Handler[ConsentRow]):
    """Keeps consent of customers whom the feed told of. A refusal is never undone by an older consent."""

    code = "consents"
    row = ConsentRow

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__(session, options)
        self.known = set(session.scalars(select(Customer.ref).where(Customer.ref.is_not(None))))

    def settle(self, row: ConsentRow) -> ConsentRow:
        problems = []
        if row.customer not in self.known:
            problems.append(Problem("customer", _("The feed has told of no customer by this reference.")))
        if row.given_on > clock.today():
            problems.append(Problem("given_on", _("Choose a day that is not to come.")))
        if row.withdrawn_on is not None and row.withdrawn_on < row.given_on:
            problems.append(Problem("withdrawn_on", _("The last day is before the first.")))
        if problems:
            raise Refused(*problems)
        return row

    def key(self, row: ConsentRow) -> Hashable:
        return row.customer

    def apply(self, session: Session, rows: Sequence[ConsentRow], run_id: int | None) -> list[Outcome]:
        refs = [row.customer for row in rows]
        ids = dict(session.execute(select(Customer.ref, Customer.id).where(Customer.ref.in_(refs))).all())
        there = set(session.scalars(select(OfferConsent.customer_id).where(OfferConsent.customer_id.in_(ids.values()))))
        outcomes = {}
        for row in sorted(rows, key=lambda one: ids.get(one.customer, 0)):
            outcomes[row.row] = self._apply_one(session, row, ids.get(row.customer), there)
        return [outcomes[row.row] for row in rows]

    def _apply_one(self, session: Session, row: ConsentRow, customer_id: int | None, there: set[int]) -> Outcome:
        if customer_id is None:
            # Cleared since the file was looked at: nothing leads to the customer any more.
            return Outcome(row.row, UNCHANGED, "")
        agreed = giving_contacts.agree(session, customer_id, row.given_on)
        refused = row.withdrawn_on is not None and giving_contacts.withdraw(session, customer_id, row.withdrawn_on)
        if not agreed and not refused:
            return Outcome(row.row, UNCHANGED, "")
        return Outcome(row.row, CHANGED if customer_id in there else ADDED, "")
