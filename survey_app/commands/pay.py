"""Paying mystery shoppers: expenses claimed and decided, fees changed with a reason, months closed once and for all.

What a visit earns may change at any time; what a closed month paid never does. Whatever is decided again afterwards is
a line of the next month that is closed, see :mod:`survey_app.field.paying`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.commands import letters, receipts, visit_events
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.field.expenses import LONGEST_NOTE, MOST, MOST_CLAIMS, SORTS
from survey_app.models import Assignment, Expense, Payment, PayMonth, User
from survey_app.models.fieldwork import CANCELLED, MISSED, REJECTED
from survey_app.models.pay import CLAIMED, GRANTED, REFUSED
from survey_app.queries import expenses as queries
from survey_app.queries import pay
from survey_app.queries.payroll import payroll_file
from survey_app.transaction import tell
from translations import format_number
from translations import gettext as _

#: An id minted on a phone or here.
_ID: Final = re.compile(r"[0-9A-Za-z-]{8,64}", re.ASCII)
#: First key of the advisory lock that lets one closing at a time run on PostgreSQL.
_CLOSING: Final = 0x70617973
_LARGEST_FEE: Final = 1_000_000
#: How long a letter about expenses waits: those of one visit are decided one after the other, and are one letter.
_GATHERING: Final = timedelta(minutes=15)
#: States of a visit for which nothing is granted. Of a visit that is still under way expenses may be decided early.
NOT_PAID_FOR: Final = frozenset({REJECTED, CANCELLED, MISSED})


def shekels(agorot: int) -> str:
    """An amount in a message."""
    return format_number(agorot / 100, 2)


# ---- expenses --------------------------------------------------------------------------------------------------------


def claim(session: Session, assignment: Assignment, expense_id: str, sort: str, amount: int, note: str) -> Expense:
    """Money that a visit's shopper laid out. The same claim sent again is the same row.

    Until it is decided a claim that comes again with other words or another amount replaces what stood; afterwards what
    was decided stands. Whether it is granted, and how much of it under the visit's cap, is for coordination to say, so
    that a claim is taken whatever became of the visit. Conflict: the id is another visit's.
    """
    _in_bounds(expense_id, sort, amount, note)
    # Two retries of one phone at the same moment wait for each other here.
    session.execute(select(Assignment.id).where(Assignment.id == assignment.id).with_for_update())
    found = session.get(Expense, expense_id, populate_existing=True)
    if found is not None and found.assignment_id != assignment.id:
        raise Conflict(_("This expense belongs to another visit."))
    if found is None:
        if assignment.shopper_id is None:
            raise Conflict(_("Nobody has this visit, so nothing can be claimed for it."))
        count = select(func.count()).where(Expense.assignment_id == assignment.id)
        if (session.scalar(count) or 0) >= MOST_CLAIMS:
            raise UserError(_("A visit may have at most %(most)s expenses.", most=MOST_CLAIMS))
        found = Expense(id=expense_id, assignment_id=assignment.id, created_at=clock.now(), state=CLAIMED)
        session.add(found)
    if found.state == CLAIMED:
        found.sort, found.claimed, found.note = sort, amount, note.strip()
    session.flush()
    return found


def _in_bounds(expense_id: str, sort: str, amount: int, note: str) -> None:
    if not _ID.fullmatch(expense_id):
        raise UserError(_("The expense cannot be read. Enter it again."), [("id", "")])
    if sort not in SORTS:
        raise UserError(_("Choose what the money was spent on."), [("sort", "")])
    if not 0 < amount <= MOST:
        raise UserError(_("Write an amount between %(least)s and %(most)s shekels.", least="0.01", most=shekels(MOST)))
    if len(note) > LONGEST_NOTE:
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST_NOTE), [("note", "")])


def withdraw(session: Session, shopper: User, expense_id: str) -> None:
    """A shopper takes a claim back that nobody decided yet; its receipts go with it."""
    found = _held(session, expense_id)
    if found.assignment.shopper_id != shopper.id:
        raise NotFound(_("There is no such expense."))
    if found.state != CLAIMED:
        raise Conflict(_("This expense was decided already."))
    receipts.destroy(session, found.id)
    session.delete(found)
    session.flush()


def decide(
    session: Session, user: User, expense_id: str, granted: int, reason: str = "", *, seen: str | None = None
) -> Expense:
    """Grant an expense up to what was claimed and the visit's cap allows; 0 refuses it.

    A reason is needed for anything less than was claimed, for a missing receipt, and for deciding again. ``seen`` is
    :func:`standing` of the expense when the person looked at it: Conflict where it is decided otherwise by now.
    """
    found = _held(session, expense_id)
    words = reason.strip()
    if found.assignment.shopper_id == user.id:
        raise Forbidden(_("Nobody decides on expenses of their own."))
    if seen is not None and seen != standing(found):
        if found.state != CLAIMED and found.granted == granted:
            return found  # the same decision, sent twice
        raise Conflict(_("Somebody decided this expense meanwhile. Look at it again."))
    looked_at = queries.with_receipts(session, [found])[0]
    if granted > 0 and found.assignment.state in NOT_PAID_FOR:
        raise Conflict(_("This visit is not paid for, so its expenses are not either. They can be refused."))
    most = min(found.claimed, looked_at.room)
    if not 0 <= granted <= most:
        message = _("Between 0 and %(most)s shekels can be granted here.", most=shekels(most))
        raise UserError(message, [("granted", message)])
    if not words and (granted < found.claimed or looked_at.lacks_receipt or found.state != CLAIMED):
        message = _("Say why, so that the shopper can understand it.")
        raise UserError(message, [("reason", message)])
    if len(words) > LONGEST_NOTE:
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST_NOTE), [("reason", "")])
    is_told = granted < found.claimed or found.state != CLAIMED
    found.state = GRANTED if granted else REFUSED
    found.granted, found.reason = granted, words
    found.decided_at, found.decided_by_id = clock.now(), user.id
    session.flush()
    if is_told:
        _tell_decided(session, found)
    return found


def _tell_decided(session: Session, expense: Expense) -> None:
    """Let the shopper know that less was granted than claimed, or that something was decided again."""
    visit, now = expense.assignment, clock.now()
    if visit.shopper_id is None or letters.is_waiting(session, visit.shopper_id, "expense_decided", visit.id):
        return
    key = f"expense-{expense.id}-{now:%Y%m%dT%H%M%S%f}"
    letters.queue(session, visit.shopper_id, "expense_decided", key, letters.about_visit(visit), now + _GATHERING)


def standing(expense: Expense) -> str:
    """What a page remembers of an expense, to notice that it was decided meanwhile."""
    return f"{expense.state}.{expense.granted}.{expense.claimed}"


def _held(session: Session, expense_id: str) -> Expense:
    """An expense and its visit, held in this order by everybody, so that a cap is never granted twice."""
    number = session.scalar(select(Expense.assignment_id).where(Expense.id == expense_id))
    if number is None:
        raise NotFound(_("There is no such expense."))
    session.get_one(Assignment, number, with_for_update=True, populate_existing=True)
    found = session.get(Expense, expense_id, with_for_update=True, populate_existing=True)
    if found is None:  # taken back while we waited
        raise NotFound(_("There is no such expense."))
    return found


# ---- fees ------------------------------------------------------------------------------------------------------------


def reprice(session: Session, user: User, assignment_id: int, fee: int, expense_cap: int, reason: str) -> Assignment:
    """Change what was promised for a visit, with a reason that the shopper reads. A paid visit is corrected next month.

    The cap cannot go below what was granted already.
    """
    visit = session.get(Assignment, assignment_id, with_for_update=True, populate_existing=True)
    if visit is None:
        raise NotFound(_("There is no such assignment."))
    if visit.shopper_id == user.id:
        raise Forbidden(_("Nobody changes a fee of their own."))
    words = reason.strip()
    if not words or len(words) > LONGEST_NOTE:
        message = (
            _("Say why, so that the shopper can understand it.")
            if not words
            else _("Write at most %(max)s characters.", max=LONGEST_NOTE)
        )
        raise UserError(message, [("reason", message)])
    for name, value in (("fee", fee), ("expense_cap", expense_cap)):
        if not 0 <= value <= _LARGEST_FEE:
            message = _("Write an amount between %(least)s and %(most)s shekels.", least=0, most=shekels(_LARGEST_FEE))
            raise UserError(message, [(name, message)])
    granted = sum(one.expense.granted for one in queries.of_visit(session, visit.id))
    if expense_cap < granted:
        message = _("Expenses of %(granted)s shekels were granted already.", granted=shekels(granted))
        raise UserError(message, [("expense_cap", message)])
    if (fee, expense_cap) == (visit.fee, visit.expense_cap):
        raise UserError(_("The fee and the cap are these already."), [("fee", "")])
    visit.fee, visit.expense_cap = fee, expense_cap
    visit.revision += 1
    visit_events.note(session, visit, pay.REPRICED, by=user, shopper=visit.shopper_id, note=words)
    session.flush()
    return visit


# ---- months ----------------------------------------------------------------------------------------------------------


class Closed(Conflict):
    """The month was closed already: by a second press, or by somebody else."""


class Changed(Conflict):
    """What the month pays is not what the person saw."""


def close(session: Session, user: User, month: str, *, seen: int | None = None) -> PayMonth:
    """Close a month: what is due becomes its lines, and they stand. Months are closed in order, none ahead of time.

    ``seen`` is the sum that the person was shown. :class:`Closed` where it was closed already, :class:`Changed` where
    the sum is another by now, UserError for a month that has not begun or that lies before one that is closed.
    """
    if session.get_bind().dialect.name == "postgresql":
        # SQLite writes singly anyway.
        session.execute(select(func.pg_advisory_xact_lock(_CLOSING, 0)))
    if pay.closed_month(session, month) is not None:
        raise Closed(_("This month of pay is closed already."))
    if month > clock.current_month():
        raise UserError(_("This month has not begun yet."))
    newest = session.scalar(select(func.max(PayMonth.month)))
    if newest is not None and month < newest:
        raise UserError(_("A later month is closed already. What is still due is paid with the next month."))
    lines = pay.due(session, month)
    total = sum(one.part.amount for one in lines)
    if seen is not None and seen != total:
        raise Changed(_("The sum has changed since the page was shown. Look at it and close the month then."))
    made = PayMonth(month=calendar.parse(month), closed_at=clock.now(), closed_by_id=user.id, total=total, digest="")
    session.add(made)
    session.flush()
    if lines:
        # Many rows that nobody ever changes: the entry of the act holds their sum and number, not each of them.
        session.execute(
            insert(Payment),
            [
                {
                    "month": month,
                    "shopper_id": one.shopper_id,
                    "assignment_id": one.assignment_id,
                    "sort": one.part.sort,
                    "number": one.part.number,
                    "amount": one.part.amount,
                    "note": one.note,
                }
                for one in lines
            ],
        )
    keys = {one.shopper_id: f"statement-{month}-{one.shopper_id}" for one in lines}
    letters.queue_all(session, "statement_ready", keys, {"month": month})
    made.digest = sha256(payroll_file(session, month)).hexdigest()
    tell(session, lines=len(lines), total=total)
    session.flush()
    return made
