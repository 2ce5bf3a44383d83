"""What mystery shoppers are paid: what is due, the lines of closed months, and what of both belongs to whom.

Amounts are in agorot. A visit that was approved or honestly voided earns its fee and its granted expenses; one that was
rejected earns nothing, one that was sent back nothing yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from reports import months as calendar
from survey_app import clock
from survey_app.errors import NotFound
from survey_app.field import paying
from survey_app.field.paying import CORRECTION, EXPENSES, FEE, Earned, Paid, Part
from survey_app.models import Assignment, Branch, Expense, Payment, PayMonth, Response, ShopperProfile, User, VisitEvent
from survey_app.models.fieldwork import APPROVED, VOIDED
from survey_app.models.pay import GRANTED
from translations import gettext as _

#: States of a visit that is paid for.
PAID_FOR: Final = (APPROVED, VOIDED)
#: The code of the event that a changed fee leaves, with its reason.
REPRICED: Final = "repriced"
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Due:
    """One line as it would be stored if the month were closed now."""

    shopper_id: int
    assignment_id: int
    part: Part
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as people read it."""

    shopper_id: int
    assignment_id: int
    sort: str
    amount: int
    note: str
    branch: str
    branch_code: str
    #: The day of the visit; the last day of its window where no report tells it.
    day: date
    state: str


@dataclass
class Sum:
    """One shopper's month."""

    shopper: User
    payroll_ref: str
    visits: int = 0
    fees: int = 0
    expenses: int = 0
    corrections: int = 0

    @property
    def total(self) -> int:
        """Everything together."""
        return self.fees + self.expenses + self.corrections


@dataclass(frozen=True)
class Statement:
    """A month of pay over all shoppers, by name: as it was closed, or as it stands."""

    month: str
    closed: PayMonth | None
    sums: Sequence[Sum] = field(default_factory=tuple)

    @property
    def total(self) -> int:
        """What the month pays in all."""
        return sum(one.total for one in self.sums)

    @property
    def nameless(self) -> int:
        """How many shoppers payroll could not tell, since they have no number there."""
        return sum(not one.payroll_ref for one in self.sums)


# ---- what is due -----------------------------------------------------------------------------------------------------


def _paid() -> Any:
    """What closed months paid, by visit."""

    def of(sort: str, value: Any) -> Any:
        return func.coalesce(func.sum(case((Payment.sort == sort, value), else_=0)), 0)

    return (
        select(
            Payment.assignment_id,
            func.sum(Payment.amount).label("total"),
            of(EXPENSES, Payment.amount).label("expenses"),
            of(FEE, 1).label("fee_lines"),
            of(EXPENSES, 1).label("expense_lines"),
            of(CORRECTION, 1).label("corrections"),
            func.max(Payment.shopper_id).label("shopper_id"),
        )
        .group_by(Payment.assignment_id)
        .subquery("paid")
    )


def _granted() -> Any:
    """Granted expenses, by visit."""
    return (
        select(Expense.assignment_id, func.sum(Expense.granted).label("amount"))
        .where(Expense.state == GRANTED)
        .group_by(Expense.assignment_id)
        .subquery("granted")
    )


def due(session: Session, month: str, shopper_id: int | None = None, *, own: bool = False) -> list[Due]:
    """The lines of a month if it were closed now: visits decided by its end, and corrections of what was paid before.

    ``own``: only what the open months before it leave, so that months beside each other never hold the same line twice.
    One statement, whatever the number of visits: only those whose pay differs from what they earned come back.
    """
    paid, granted = _paid(), _granted()
    earns = Assignment.state.in_(PAID_FOR)
    fee = case((earns, Assignment.fee), else_=0)
    spent = case((earns, func.coalesce(granted.c.amount, 0)), else_=0)
    last = calendar.last_day(month)
    decided = or_(
        Assignment.decided_at < clock.end_of(last),
        and_(Assignment.decided_at.is_(None), Assignment.window_until <= last),
    )
    statement = (
        select(Assignment.id, Assignment.shopper_id, fee.label("fee"), spent.label("spent"), paid)
        .outerjoin(paid, paid.c.assignment_id == Assignment.id)
        .outerjoin(granted, granted.c.assignment_id == Assignment.id)
        .where(fee + spent != func.coalesce(paid.c.total, 0), or_(decided, paid.c.total.is_not(None)))
        .order_by(Assignment.shopper_id, Assignment.window_from, Assignment.id)
    )
    if own and earlier_months(session, month):
        before = calendar.last_day(calendar.shift(month, -1))
        # A correction belongs to the first month that can still pay it.
        statement = statement.where(
            paid.c.total.is_(None),
            or_(
                Assignment.decided_at >= clock.end_of(before),
                and_(Assignment.decided_at.is_(None), Assignment.window_until > before),
            ),
        )
    if shopper_id is not None:
        statement = statement.where(Assignment.shopper_id == shopper_id)
    found: list[Due] = []
    for row in session.execute(statement):
        known = (
            Paid()
            if row.total is None
            else Paid(row.total, row.expenses, row.fee_lines, row.expense_lines, row.corrections)
        )
        # Whoever was paid is corrected, should the visit have gone to somebody else since.
        who = row.shopper_id if row[1] is None else row[1]
        for part in paying.parts(Earned(row.fee, row.spent), known):
            unpaid = row.fee + row.spent == 0
            note = (paying.NO_LONGER if unpaid else paying.DECIDED_AGAIN) if part.sort == CORRECTION else ""
            found.append(Due(who, row.id, part, note))
    return _reasoned(session, found)


def _reasoned(session: Session, found: list[Due]) -> list[Due]:
    """Corrections with the reason that was written when the fee was changed, where one was."""
    doubtful = [one.assignment_id for one in found if one.note == paying.DECIDED_AGAIN]
    reasons: dict[int, str] = {}
    for start in range(0, len(doubtful), _BATCH):
        events = session.execute(
            select(VisitEvent.assignment_id, VisitEvent.note)
            .where(VisitEvent.assignment_id.in_(doubtful[start : start + _BATCH]), VisitEvent.kind == REPRICED)
            .order_by(VisitEvent.id)
        )
        reasons.update((number, note) for number, note in events)
    return [
        Due(one.shopper_id, one.assignment_id, one.part, reasons[one.assignment_id])
        if one.note == paying.DECIDED_AGAIN and reasons.get(one.assignment_id)
        else one
        for one in found
    ]


# ---- months and statements -------------------------------------------------------------------------------------------


def closed_months(session: Session) -> list[PayMonth]:
    """Months that were closed, the newest first."""
    return list(
        session.scalars(select(PayMonth).order_by(PayMonth.month.desc()).options(joinedload(PayMonth.closed_by)))
    )


def closed_month(session: Session, month: str) -> PayMonth | None:
    """A month that was closed; None for one that is open."""
    return session.scalar(select(PayMonth).where(PayMonth.month == month).options(joinedload(PayMonth.closed_by)))


def open_months(session: Session) -> list[str]:
    """Months that can still be closed, the newest first: those after the newest closed one, today's included.

    Before the first closing these are today's month and the one before it.
    """
    newest = session.scalar(select(func.max(PayMonth.month)))
    today = clock.current_month()
    first = calendar.shift(newest, 1) if newest else calendar.shift(today, -1)
    return list(reversed(calendar.between(first, today)))


def earlier_months(session: Session, month: str) -> list[str]:
    """Open months before an open one, the newest first: closing it pays theirs too."""
    return [one for one in open_months(session) if one < month]


def month_of(session: Session, text: str) -> str:
    """A month that has a statement, closed or open. NotFound for any other text."""
    try:
        month = calendar.parse(text)
    except ValueError as error:
        raise NotFound(_("There is no such month of pay.")) from error
    if month not in open_months(session) and closed_month(session, month) is None:
        raise NotFound(_("There is no such month of pay."))
    return month


def statement(session: Session, month: str, *, own: bool = True) -> Statement:
    """A month over all shoppers, by name. An open one holds what is its own, without ``own`` all that closing pays."""
    closed = closed_month(session, month)
    rows: Iterable[Any]
    if closed is not None:
        rows = session.execute(
            select(Payment.shopper_id, Payment.assignment_id, Payment.sort, Payment.amount).where(
                Payment.month == month
            )
        ).all()
    else:
        rows = [
            (one.shopper_id, one.assignment_id, one.part.sort, one.part.amount) for one in due(session, month, own=own)
        ]
    return Statement(month, closed, summed(session, rows))


def summed(session: Session, rows: Iterable[Any]) -> list[Sum]:
    """(shopper, visit, sort, amount) -> each shopper's month, by name."""
    listed = list(rows)
    sums = _sums(session, {row[0] for row in listed})
    seen: set[tuple[int, int]] = set()
    for shopper_id, assignment_id, sort, amount in listed:
        one = sums[shopper_id]
        if sort == FEE:
            one.fees += amount
        elif sort == EXPENSES:
            one.expenses += amount
        else:
            one.corrections += amount
        if sort == FEE and (shopper_id, assignment_id) not in seen:
            seen.add((shopper_id, assignment_id))
            one.visits += 1
    return sorted(sums.values(), key=lambda one: (one.shopper.name, one.shopper.id))


def _sums(session: Session, ids: set[int]) -> dict[int, Sum]:
    found: dict[int, Sum] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), _BATCH):
        rows = session.execute(
            select(User, ShopperProfile.payroll_ref)
            .outerjoin(ShopperProfile, ShopperProfile.user_id == User.id)
            .where(User.id.in_(wanted[start : start + _BATCH]))
        )
        found.update({user.id: Sum(user, ref or "") for user, ref in rows})
    return found


def lines(session: Session, month: str, shopper_id: int | None = None, *, own: bool = True) -> list[Line]:
    """A month's lines as people read them, of all or of one shopper, in the order of visits. ``own`` as before."""
    if closed_month(session, month) is not None:
        statement = select(Payment).where(Payment.month == month).order_by(Payment.id)
        if shopper_id is not None:
            statement = statement.where(Payment.shopper_id == shopper_id)
        rows = [
            (one.shopper_id, one.assignment_id, one.sort, one.amount, one.note) for one in session.scalars(statement)
        ]
    else:
        rows = [
            (one.shopper_id, one.assignment_id, one.part.sort, one.part.amount, one.note)
            for one in due(session, month, shopper_id, own=own)
        ]
    visits = _visits(session, {row[1] for row in rows})
    return [Line(who, number, sort, amount, note, *visits[number]) for who, number, sort, amount, note in rows]


def _visits(session: Session, ids: set[int]) -> dict[int, tuple[str, str, date, str]]:
    """Branch, its code, day and state of visits."""
    described = (
        select(Assignment.id, Branch.name, Branch.code, Response.visited_on, Assignment.window_until, Assignment.state)
        .join(Branch, Branch.id == Assignment.branch_id)
        .outerjoin(Response, Response.id == Assignment.response_id)
    )
    found: dict[int, tuple[str, str, date, str]] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), _BATCH):
        rows = session.execute(described.where(Assignment.id.in_(wanted[start : start + _BATCH])))
        found.update({number: (name, code, day or until, state) for number, name, code, day, until, state in rows})
    return found
