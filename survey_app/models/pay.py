"""What mystery shoppers are paid: expenses that they claim, and the lines of a month, which stand once it is closed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.fieldwork import Assignment
from survey_app.models.people import PERSONAL, User

CLAIMED, GRANTED, REFUSED = "claimed", "granted", "refused"


class Expense(Base):
    """Money that a shopper laid out for a visit. Amounts are in agorot."""

    __tablename__ = "expense"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("state IN ('claimed', 'granted', 'refused')", name="state"),
        CheckConstraint("claimed > 0", name="claimed"),
        CheckConstraint("granted >= 0 AND granted <= claimed", name="granted"),
        CheckConstraint("state <> 'refused' OR reason <> ''", name="refusal_has_reason"),
        Index("ix_expense_state", "state"),
    )

    #: Minted on the phone: the same expense sent again is the same row.
    id: Mapped[str] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    #: A code of :data:`survey_app.field.expenses.SORTS`.
    sort: Mapped[str]
    claimed: Mapped[int]
    granted: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    state: Mapped[str] = mapped_column(default=CLAIMED)
    #: Why less was granted than claimed, or nothing.
    reason: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    assignment: Mapped[Assignment] = relationship()


class PayMonth(Base):
    """A month of pay that was closed: from then on its lines stand."""

    __tablename__ = "pay_month"
    __audited__ = True
    __table_args__ = (CheckConstraint("length(month) = 7", name="month"),)

    month: Mapped[str] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]
    closed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    #: Sum of its lines in agorot, and SHA-256 of its file for payroll.
    total: Mapped[int]
    digest: Mapped[str]

    closed_by: Mapped[User] = relationship()


class Payment(Base):
    """One line of a closed month: a visit's fee, its expenses, or a correction of what an earlier month paid."""

    __tablename__ = "payment"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("sort IN ('fee', 'expenses', 'correction')", name="sort"),
        # A fee and the expenses of a visit are paid once.
        UniqueConstraint("assignment_id", "sort", "number"),
        Index("ix_payment_month_shopper_id", "month", "shopper_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(ForeignKey("pay_month.month"))
    shopper_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    sort: Mapped[str]
    #: Counts corrections of one visit, and expenses granted after its first ones were paid; 0 for a fee.
    number: Mapped[int] = mapped_column(default=0)
    #: In agorot; a correction may be negative.
    amount: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)

    shopper: Mapped[User] = relationship()
    assignment: Mapped[Assignment] = relationship()
