"""A month of pay as files: one row for each shopper for payroll, one for each line for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy.orm import Session

from reports.documents import csv
from reports.table import Column, Table
from survey_app.field import paying
from survey_app.queries import pay
from translations import format_month
from translations import gettext as _

AGOROT: Final = 100


def payroll(session: Session, month: str) -> Table:
    """One row for each shopper, amounts in shekels."""
    found = pay.statement(session, month)
    return Table(
        "payroll",
        _("Pay of %(month)s", month=format_month(month)),
        (
            Column("month", _("Month"), "month"),
            Column("payroll_number", _("Payroll number")),
            Column("name", _("Name")),
            Column("visits", _("Visits"), "integer"),
            Column("fees", _("Fees"), "money", 2),
            Column("expenses", _("Expenses"), "money", 2),
            Column("corrections", _("Corrections"), "money", 2),
            Column("total", _("Sum"), "money", 2),
        ),
        tuple(
            (
                month,
                one.payroll_ref,
                one.shopper.name or one.shopper.email,
                one.visits,
                one.fees / AGOROT,
                one.expenses / AGOROT,
                one.corrections / AGOROT,
                one.total / AGOROT,
            )
            for one in found.sums
        ),
    )


def details(session: Session, month: str) -> Table:
    """One row for each line, in the order of shoppers and visits."""
    found = pay.statement(session, month)
    who = {one.shopper.id: (one.payroll_ref, one.shopper.name or one.shopper.email) for one in found.sums}
    return Table(
        "pay_lines",
        _("Pay of %(month)s", month=format_month(month)),
        (
            Column("month", _("Month"), "month"),
            Column("payroll_number", _("Payroll number")),
            Column("name", _("Name")),
            Column("visit", _("Visit"), "integer"),
            Column("day", _("Date of the visit")),
            Column("branch_code", _("Branch code")),
            Column("branch", _("Branch")),
            Column("sort", _("What for")),
            Column("amount", _("Amount"), "money", 2),
            Column("note", _("Note")),
        ),
        tuple(
            (
                month,
                *who[line.shopper_id],
                line.assignment_id,
                line.day.isoformat(),
                line.branch_code,
                line.branch,
                str(paying.SORTS[line.sort]),
                line.amount / AGOROT,
                str(paying.NOTES.get(line.note, line.note)),
            )
            for line in pay.lines(session, month)
        ),
    )


def payroll_file(session: Session, month: str) -> bytes:
    """The file for payroll: its first row holds codes, so that it is the same file in every language."""
    return csv.write(payroll(session, month), header="code")


def details_file(session: Session, month: str) -> bytes:
    """The file of all lines; codes in its first row as well. What for is said in the reader's language."""
    return csv.write(details(session, month), header="code")


#: Name of a file -> what writes it.
FILES: Final[Mapping[str, Callable[[Session, str], bytes]]] = {"payroll": payroll_file, "lines": details_file}
