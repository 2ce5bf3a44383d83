"""Expenses that shoppers claim, with their receipts, and a shopper's own page of pay. Amounts are in agorot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload

from reports import months as calendar
from survey_app import clock
from survey_app.errors import NotFound
from survey_app.field.expenses import SORTS
from survey_app.models import Assignment, Evidence, Expense, Payment, PayMonth
from survey_app.models.fieldwork import REJECTED, RETURNED, SUBMITTED
from survey_app.models.pay import CLAIMED, GRANTED
from survey_app.queries import pay
from translations import gettext as _

#: How many of a shopper's visits and expenses the page of pay lists.
FEW: Final = 30


@dataclass(frozen=True)
class Claim:
    """One expense as it is looked at: its visit, its receipts, and what the visit's cap still holds for it."""

    expense: Expense
    receipts: Sequence[Evidence]
    #: What the visit's other expenses were granted.
    granted: int

    @property
    def room(self) -> int:
        """What can still be granted, in agorot."""
        return max(self.expense.assignment.expense_cap - self.granted, 0)

    @property
    def proposed(self) -> int:
        """What is granted unless somebody thinks otherwise."""
        return min(self.expense.claimed, self.room)

    @property
    def lacks_receipt(self) -> bool:
        """Whether it is of a sort that needs a receipt, and has none."""
        return not self.receipts and needs_receipt(self.expense.sort)


@dataclass(frozen=True)
class Pending:
    """What a month's closing leaves to the next one."""

    expenses: int
    visits: int


@dataclass(frozen=True)
class Own:
    """A shopper's own page: closed months, what is due so far, what waits, and what was claimed."""

    months: Sequence[tuple[str, int]]
    due: Sequence[pay.Line]
    waiting: Sequence[Assignment]
    unpaid: Sequence[Assignment]
    claims: Sequence[Claim]


def needs_receipt(sort: str) -> bool:
    """Whether a sort of expense needs a receipt; one that is no longer known does."""
    known = SORTS.get(sort)
    return known is None or known.receipt


def spent(session: Session, number: int, without: Iterable[str]) -> int:
    """What a visit's expenses but some come to: what was granted, or is claimed still."""
    amount = case((Expense.state == CLAIMED, Expense.claimed), else_=Expense.granted)
    query = select(func.sum(amount)).where(Expense.assignment_id == number, Expense.id.not_in(list(without)))
    return session.scalar(query) or 0


def decided(session: Session, number: int) -> set[str]:
    """A visit's expenses that were decided."""
    query = select(Expense.id).where(Expense.assignment_id == number, Expense.state != CLAIMED)
    return set(session.scalars(query))


def claims(session: Session, *, waiting: bool, limit: int = 50, offset: int = 0) -> tuple[list[Claim], int]:
    """Expenses that wait for a decision, the oldest first; or those decided, the newest first. And how many."""
    condition = Expense.state == CLAIMED if waiting else Expense.state != CLAIMED
    total = session.scalar(select(func.count()).select_from(Expense).where(condition)) or 0
    order = (Expense.created_at, Expense.id) if waiting else (Expense.decided_at.desc(), Expense.id)
    rows = session.scalars(
        select(Expense).where(condition).order_by(*order).limit(limit).offset(offset).options(*_WITH)
    )
    return with_receipts(session, list(rows)), total


_WITH: Final = (
    joinedload(Expense.assignment).joinedload(Assignment.branch),
    joinedload(Expense.assignment).joinedload(Assignment.shopper),
    joinedload(Expense.assignment).joinedload(Assignment.scenario),
)


def claim(session: Session, expense_id: str) -> Claim:
    """One expense. NotFound for an unknown id."""
    found = session.scalar(select(Expense).where(Expense.id == expense_id).options(*_WITH))
    if found is None:
        raise NotFound(_("There is no such expense."))
    return with_receipts(session, [found])[0]


def of_visit(session: Session, assignment_id: int) -> list[Claim]:
    """A visit's expenses, the oldest first."""
    rows = session.scalars(
        select(Expense)
        .where(Expense.assignment_id == assignment_id)
        .order_by(Expense.created_at, Expense.id)
        .options(*_WITH)
    )
    return with_receipts(session, list(rows))


def with_receipts(session: Session, expenses: Sequence[Expense]) -> list[Claim]:
    """Expenses with their receipts and what else their visits were granted: two statements for any number."""
    receipts = receipts_of(session, [one.id for one in expenses])
    visits = {one.assignment_id for one in expenses}
    granted: dict[int, int] = dict(
        session.execute(
            select(Expense.assignment_id, func.sum(Expense.granted))
            .where(Expense.assignment_id.in_(visits), Expense.state == GRANTED)
            .group_by(Expense.assignment_id)
        ).all()
    )
    return [Claim(one, receipts.get(one.id, ()), granted.get(one.assignment_id, 0) - one.granted) for one in expenses]


def receipts_of(session: Session, expense_ids: Iterable[str]) -> Mapping[str, list[Evidence]]:
    """Receipts by expense, each in the order of its ids."""
    found: dict[str, list[Evidence]] = {}
    rows = session.scalars(select(Evidence).where(Evidence.expense_id.in_(list(expense_ids))).order_by(Evidence.id))
    for one in rows:
        found.setdefault(str(one.expense_id), []).append(one)
    return found


def receipt(session: Session, file_id: str, shopper_id: int | None = None) -> Evidence:
    """A receipt; with a shopper, only one of theirs. NotFound for any other file, so that nobody learns which are."""
    found = session.get(Evidence, file_id)
    expense = session.get(Expense, found.expense_id) if found is not None and found.expense_id else None
    if found is not None and expense is not None and shopper_id in {None, expense.assignment.shopper_id}:
        return found
    raise NotFound(_("The file is no longer here."))


def count_waiting(session: Session) -> int:
    """How many expenses wait for a decision."""
    return session.scalar(select(func.count()).select_from(Expense).where(Expense.state == CLAIMED)) or 0


def pending(session: Session, month: str) -> Pending:
    """What would come into a month's pay and is not decided yet: expenses, and reports of visits made in it."""
    reports = select(func.count()).where(
        Assignment.state.in_((SUBMITTED, RETURNED)), Assignment.window_from <= calendar.last_day(month)
    )
    return Pending(count_waiting(session), session.scalar(reports) or 0)


def own(session: Session, shopper_id: int) -> Own:
    """Everything that a shopper's page of pay says, in a bounded number of statements."""
    months = session.execute(
        select(Payment.month, func.sum(Payment.amount))
        .where(Payment.shopper_id == shopper_id)
        .group_by(Payment.month)
        .order_by(Payment.month.desc())
    ).all()
    visits = list(
        session.scalars(
            select(Assignment)
            .where(Assignment.shopper_id == shopper_id, Assignment.state.in_((SUBMITTED, RETURNED, REJECTED)))
            .order_by(Assignment.window_until.desc(), Assignment.id.desc())
            .limit(FEW)
            .options(joinedload(Assignment.branch))
        )
    )
    expenses = session.scalars(
        select(Expense)
        .join(Assignment, Assignment.id == Expense.assignment_id)
        .where(Assignment.shopper_id == shopper_id)
        .order_by(case((Expense.state == CLAIMED, 0), else_=1), Expense.created_at.desc(), Expense.id)
        .limit(FEW)
        .options(*_WITH)
    )
    newest = session.scalar(select(func.max(PayMonth.month)))
    # A month that was closed early takes nothing in any more: what is decided until its end is paid with the next one.
    reach = max(clock.current_month(), calendar.shift(newest, 1)) if newest else clock.current_month()
    return Own(
        months=[(month, int(total)) for month, total in months],
        due=pay.lines(session, reach, shopper_id, own=False),
        waiting=[one for one in visits if one.state != REJECTED],
        unpaid=[one for one in visits if one.state == REJECTED],
        claims=with_receipts(session, list(expenses)),
    )


def of_shopper(session: Session, month: str, shopper_id: int) -> list[pay.Line]:
    """A shopper's lines of a closed month. NotFound where there are none: nothing was paid, or it is still open."""
    found: list[Any] = pay.lines(session, month, shopper_id) if pay.closed_month(session, month) else []
    if not found:
        raise NotFound(_("There is no such month of pay."))
    return found
