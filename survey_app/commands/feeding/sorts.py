"""SORTS: the files that are taken, with their columns, and what becomes of their rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import exclusions, optouts
from survey_app.commands.feeding.tables import AddressRow, ExclusionRow, InteractionRow
from survey_app.commands.imports.columns import Row
from survey_app.commands.interactions import ADDED, KNOWN, REFUSED, Outcome, receive
from survey_app.models.outreach import EMPLOYEE, OPEN_CASE
from survey_app.outreach import addresses, never, phones
from survey_app.outreach.faults import Fault
from survey_app.queries.exclusions import opted_out
from translations import lazy_gettext as _l
from translations.spelling import broken, tidy

#: Rows of a file: attribute → cell.
Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Sort:
    """One sort of file."""

    #: What its runs are called in the database, the audit trail and on the command line.
    code: str
    name: Any
    row: type[Row]
    #: Stores at most 500 rows of a run; one outcome each.
    store: Callable[[Session, Rows, int], list[Outcome]]
    #: The list of exclusions that the file may stand for as a whole.
    exclusion: str = ""


def _interactions(session: Session, rows: Rows, run_id: int) -> list[Outcome]:
    return receive(session, [_whole(row) for row in rows], source="file", import_run_id=run_id).outcomes


def _whole(row: Mapping[str, str]) -> dict[str, str]:
    """A row whose date and time stand in two columns, as one that has them together."""
    values = dict(row)
    hour = values.pop("hour", "").strip()
    if hour and "at" in values:
        values["at"] = f"{values['at'].strip()} {hour}"
    return values


_READ: Final[Mapping[str, tuple[Callable[[str], str | None], str]]] = {
    "customer": (addresses.reference, "too_long"),
    "phone": (phones.normal, "not_a_phone"),
    "email": (addresses.email, "not_an_email"),
}
_DATE: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./-](\d{1,2})[./-](\d{4})", re.ASCII)


def who(row: Mapping[str, str]) -> tuple[list[str], list[Fault]]:
    """The addresses that a row names, and what is wrong with them."""
    found, faults = [], []
    for name, (read, fault) in _READ.items():
        text = tidy(row.get(name, ""))
        if not text:
            continue
        if broken(text):
            faults.append(Fault(name, "not_text"))
            continue
        if name == "customer" and never.identity_number(text):
            faults.append(Fault(name, "identity_number"))
            continue
        address = read(text)
        if address:
            found.append(address)
        else:
            faults.append(Fault(name, fault, {"most": addresses.MOST_REF} if name == "customer" else {}))
    return found, faults if found or faults else [Fault("", "no_address")]


def until(text: str) -> tuple[date | None, list[Fault]]:
    """The last day that a cell names (None: open), and what is wrong with it."""
    plain = tidy(text)
    if not plain:
        return None, []
    found = _DATE.fullmatch(plain)
    try:
        if found is None:
            raise ValueError(plain)
        year, month, day = (int(part) for part in (found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)))
        value = date(year, month, day)
    except ValueError:
        return None, [Fault("until", "not_a_day", {"example": "31/12/2026"})]
    return value, [Fault("until", "passed_day")] if value < clock.today() else []


def _exclusions(reason: str) -> Callable[[Session, Rows, int], list[Outcome]]:
    def store(session: Session, rows: Rows, run_id: int) -> list[Outcome]:
        read = [(*who(row), *until(row.get("until", ""))) for row in rows]
        wanted = {address: day for found, faults, day, wrong in read if not faults and not wrong for address in found}
        became = exclusions.hold(session, reason, wanted)
        return [
            Outcome("", REFUSED, (*faults, *wrong))
            if faults or wrong
            else Outcome("", KNOWN if all(became[one] == exclusions.KNOWN for one in found) else ADDED)
            for found, faults, _day, wrong in read
        ]

    return store


def _opt_outs(session: Session, rows: Rows, run_id: int) -> list[Outcome]:
    read = [who(row) for row in rows]
    every = sorted({address for found, faults in read if not faults for address in found})
    there = opted_out(session, every)
    if every:
        optouts.opt_out(session, every, "file")
    return [
        Outcome("", REFUSED, tuple(faults)) if faults else Outcome("", KNOWN if there.issuperset(found) else ADDED)
        for found, faults in read
    ]


SORTS: Final[Mapping[str, Sort]] = {
    one.code: one
    for one in (
        Sort("interactions", _l("Interactions"), InteractionRow, _interactions),
        Sort("employees", _l("Employees"), ExclusionRow, _exclusions(EMPLOYEE), EMPLOYEE),
        Sort("open_cases", _l("Open cases"), ExclusionRow, _exclusions(OPEN_CASE), OPEN_CASE),
        Sort("opt_outs", _l("No more surveys"), AddressRow, _opt_outs),
    )
}
