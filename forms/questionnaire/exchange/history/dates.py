"""Dates as files write them: which of the ways a column uses, and the day or month that a cell means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final

from translations import gettext as _
from translations import isolate_ltr
from translations import lazy_gettext as _l

#: A day, or only the month ``YYYY-MM`` where the file says no more.
Day = date | str

_CLOCK: Final = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AaPp][Mm])?\s*(Z|[+-]\d{2}:?\d{2})?)?"
_ISO: Final = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_CLOCK}", re.ASCII)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_PARTS: Final = re.compile(rf"(\d{{1,2}})[-/. ](\d{{1,2}})[-/. ](\d{{4}}|\d{{2}}){_CLOCK}", re.ASCII)
_SERIAL: Final = re.compile(r"(\d{4,6})(?:\.\d+)?", re.ASCII)
_MONTH: Final = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})", re.ASCII)
#: Day 0 of spreadsheets, which count a day in 1900 that never was.
_EPOCH: Final = date(1899, 12, 30)
#: Years that a visit can be in.
FIRST_YEAR, LAST_YEAR = 1990, 2100


def _made(year: int, month: int, day: int) -> date:
    return date(year + 2000 if year < 100 else year, month, day)


def _iso(text: str, zone: tzinfo) -> Day:
    found = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    if found.re is _ISO and found[4]:
        # A moment with its zone may be another day here.
        moment = datetime.fromisoformat(text.replace("Z", "+00:00").replace("/", "-").replace(" ", "T", 1))
        return moment.astimezone(zone).date()
    return _made(int(found[1]), int(found[2]), int(found[3]))


def _day_first(text: str, zone: tzinfo) -> Day:
    found = _PARTS.fullmatch(text)
    if found is None:
        return _iso(text, zone)
    return _made(int(found[3]), int(found[2]), int(found[1]))


def _month_first(text: str, zone: tzinfo) -> Day:
    found = _PARTS.fullmatch(text)
    if found is None:
        return _iso(text, zone)
    return _made(int(found[3]), int(found[1]), int(found[2]))


def _serial(text: str, zone: tzinfo) -> Day:
    found = _SERIAL.fullmatch(text)
    return _EPOCH + timedelta(days=int(found[1])) if found else _iso(text, zone)


def _month(text: str, zone: tzinfo) -> Day:
    found = _MONTH.fullmatch(text)
    if found is None:
        day = _day_first(text, zone)
        return f"{day:%Y-%m}" if isinstance(day, date) else day
    year, number = (int(part) for part in (found.group(1, 2) if found[1] else found.group(4, 3)))
    return f"{date(year, number, 1):%Y-%m}"


_READERS: Final[Mapping[str, Callable[[str, tzinfo], Day]]] = {
    "iso": _iso,
    "day_first": _day_first,
    "month_first": _month_first,
    "serial": _serial,
    "month": _month,
}
#: Ways of writing a date, and what they are called.
FORMATS: Final[Mapping[str, Any]] = {
    "iso": _l("Year, month, day: 2026-12-31"),
    "day_first": _l("Day before month: 31/12/2026"),
    "month_first": _l("Month before day: 12/31/2026"),
    "serial": _l("A spreadsheet's day number: 46387"),
    "month": _l("Only a month: 2026-12"),
}


def parse(text: str, form: str, zone: tzinfo = UTC) -> Day:
    """The day a cell means in one of :data:`FORMATS`; a moment with its zone is taken to ``zone``. Raises ValueError.

    Every format but ``month`` reads dates that begin with the year as well, since no other order is meant by them.
    """
    tidied = text.strip()
    try:
        found = _READERS[form](tidied, zone)
    except (ValueError, OverflowError) as error:
        raise ValueError(_("This is no date as the column writes them.")) from error
    year = found.year if isinstance(found, date) else int(found[:4])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        years = isolate_ltr(f"{FIRST_YEAR}–{LAST_YEAR}")
        raise ValueError(_("The year is not within %(years)s.", years=years))
    return found


#: The share of cells that a format must read to be taken for the column's.
ENOUGH: Final = 0.9


def _reads(cell: str, form: str) -> bool:
    try:
        parse(cell, form)
    except ValueError:
        return False
    return True


def guess(cells: Iterable[str]) -> str:
    """The format in which most cells are dates, days before months where both are possible; empty for none.

    A few cells may be no date in it (31/2, a word): their rows are refused later, each with its reason.
    """
    looked_at = list(cells)
    read = {form: sum(_reads(cell, form) for cell in looked_at) for form in FORMATS}
    best = max(FORMATS, key=lambda form: read[form])
    return best if looked_at and read[best] >= ENOUGH * len(looked_at) else ""
