"""Published series kept by hand: what they are, and their values one by one or from a file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.errors import NotFound, UserError
from survey_app.meeting.benchmarks import MEASURES, UNITS
from survey_app.models import Benchmark, BenchmarkValue
from survey_app.queries import benchmarks as queries
from translations import DEFAULT, format_number, isolate_ltr
from translations import gettext as _

#: The first month that a value may be of.
FIRST: Final = "1990-01"
LONGEST: Final[Mapping[str, int]] = {
    "publisher": 200, "wording": 1_000, "difference": 1_000, "source": 500, "licence": 200,
}  # fmt: skip
LONGEST_NOTE: Final = 300
MOST_ANSWERS: Final = 1_000_000_000


@dataclass(frozen=True)
class About:
    """What a series is: language -> name, who publishes it, what was asked and how that differs from ours."""

    name: Mapping[str, str]
    publisher: str
    wording: str
    difference: str
    measure: str
    unit: str
    source: str = ""
    licence: str = ""
    active: bool = True

    def problems(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it); empty when it can be kept."""
        needed = {
            f"name_{DEFAULT}": self.name.get(DEFAULT, ""),
            "publisher": self.publisher,
            "wording": self.wording,
            # A series whose wording is not held against ours invites to compare what cannot be compared.
            "difference": self.difference,
        }
        found = [(name, _("Fill in this field.")) for name, text in needed.items() if not text.strip()]
        found += [
            (name, _("Write at most %(max)s characters.", max=most))
            for name, most in LONGEST.items()
            if len(getattr(self, name)) > most
        ]
        chosen = {"measure": self.measure in MEASURES, "unit": self.unit in UNITS}
        return found + [(name, _("Choose one of the list.")) for name, known in chosen.items() if not known]


@dataclass(frozen=True)
class Published:
    """One published value: of the period that ends with a month."""

    month: str
    value: float
    n: int | None = None
    note: str = field(default="", repr=False)

    def problems(self, unit: str) -> list[tuple[str, str]]:
        """(field, what is wrong with it) for a series of a unit; empty when it can be kept."""
        found = []
        if not _is_month(self.month):
            found.append(("month", _("Write the month as year and month, for example 2026-10; not one to come.")))
        ends = UNITS[unit]
        if not math.isfinite(self.value) or not ends.low <= self.value <= ends.high:
            low, high = (isolate_ltr(format_number(end)) for end in (ends.low, ends.high))
            found.append(("value", _("Write a number between %(min)s and %(max)s.", min=low, max=high)))
        if self.n is not None and not 1 <= self.n <= MOST_ANSWERS:
            found.append(("n", _("Write a number of at least %(min)s.", min=1)))
        if len(self.note) > LONGEST_NOTE:
            found.append(("note", _("Write at most %(max)s characters.", max=LONGEST_NOTE)))
        return found


def _is_month(text: str) -> bool:
    try:
        return FIRST <= calendar.parse(text) <= clock.current_month()
    except ValueError:
        return False


def add(session: Session, about: About) -> Benchmark:
    """A new series. UserError with the fields that cannot be kept."""
    _refuse(about.problems())
    made = Benchmark(**_columns(about))
    session.add(made)
    session.flush()
    return made


def change(session: Session, number: int, about: About) -> Benchmark:
    """Describe a series anew. UserError as well where its values do not fit another unit."""
    found = _held(session, number)
    problems = about.problems()
    if not problems and about.unit != found.unit:
        ends = UNITS[about.unit]
        if not all(ends.low <= one.value <= ends.high for one in found.values):
            problems = [("unit", _("Values of this series are outside this unit."))]
    _refuse(problems)
    for name, value in _columns(about).items():
        setattr(found, name, value)
    session.flush()
    return found


def put(session: Session, number: int, published: Published, by: int | None) -> str:
    """Keep a value under its month: ``added``, ``changed`` or ``unchanged``. UserError with the fields refused."""
    found = _held(session, number)
    _refuse(published.problems(found.unit))
    given = {"value": float(published.value), "n": published.n, "note": published.note.strip()}
    stands = next((one for one in found.values if one.month == published.month), None)
    if stands is None:
        found.values.append(BenchmarkValue(month=published.month, at=clock.now(), by_id=by, **given))
        session.flush()
        return "added"
    if all(getattr(stands, name) == value for name, value in given.items()):
        return "unchanged"
    for name, value in given.items():
        setattr(stands, name, value)
    stands.at, stands.by_id = clock.now(), by
    session.flush()
    return "changed"


def remove(session: Session, number: int, month: str) -> bool:
    """Take a value out; whether there was one."""
    found = _held(session, number)
    stands = next((one for one in found.values if one.month == month), None)
    if stands is None:
        return False
    found.values.remove(stands)
    session.flush()
    return True


def _held(session: Session, number: int) -> Benchmark:
    """A series, held so that two files of values come one after the other."""
    if session.scalar(select(Benchmark.id).where(Benchmark.id == number).with_for_update()) is None:
        raise NotFound(_("There is no such series."))
    return queries.find(session, number)


def _columns(about: About) -> dict[str, object]:
    texts = {name: getattr(about, name).strip() for name in LONGEST}
    return {
        "name": dict(about.name), "measure": about.measure, "unit": about.unit, "active": about.active, **texts,
    }  # fmt: skip


def _refuse(problems: list[tuple[str, str]]) -> None:
    if problems:
        raise UserError(problems[0][1], problems)
