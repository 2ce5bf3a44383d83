"""What is paid for a visit: the difference between what it earned so far and what earlier months paid.

A month's lines are made of these differences, so that the lines of all closed months together are always exactly what
the visits earned when the newest of them was closed, whatever was decided again in between. Amounts are in agorot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from translations import lazy_gettext as _l

FEE, EXPENSES, CORRECTION = "fee", "expenses", "correction"
SORTS: Final[Mapping[str, Any]] = {
    FEE: _l("Fee"),
    EXPENSES: _l("Expenses"),
    CORRECTION: _l("Correction"),
}
#: Codes that stand in a correction's note where nobody wrote a reason.
NO_LONGER, DECIDED_AGAIN = "=no_longer_paid", "=decided_again"
NOTES: Final[Mapping[str, Any]] = {
    NO_LONGER: _l("The visit was approved when it was paid and is not any more."),
    DECIDED_AGAIN: _l("It was decided again after it had been paid."),
}


@dataclass(frozen=True, slots=True)
class Earned:
    """What a visit earned by now: both nothing for one that is not paid for."""

    fee: int
    expenses: int

    @property
    def total(self) -> int:
        """Fee and granted expenses together."""
        return self.fee + self.expenses


@dataclass(frozen=True, slots=True)
class Paid:
    """What the lines of closed months say of a visit: sums, and how many lines of each sort there are."""

    total: int = 0
    expenses: int = 0
    fee_lines: int = 0
    expense_lines: int = 0
    corrections: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One line to come: its sort, its number within visit and sort, and the amount, never 0."""

    sort: str
    number: int
    amount: int


def parts(earned: Earned, paid: Paid) -> list[Part]:
    """The lines that bring what was paid to what was earned; empty when it is that already.

    The first fee is a fee line and granted expenses are expense lines; every other difference, up or down, is one
    correction.
    """
    found: list[Part] = []
    left = earned.total - paid.total
    if paid.fee_lines == 0 and earned.fee > 0 and left > 0:
        found.append(Part(FEE, 0, earned.fee))
        left -= earned.fee
    more = min(left, earned.expenses - paid.expenses)
    if more > 0:
        found.append(Part(EXPENSES, paid.expense_lines, more))
        left -= more
    if left:
        found.append(Part(CORRECTION, paid.corrections, left))
    return found
