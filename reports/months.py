"""Calendar months as text, ``YYYY-MM``: they sort, compare and travel through JSON as they are."""

from __future__ import annotations

import datetime as dt
import re

_MONTH = re.compile(r"(\d{4})-(\d{2})")


def parse(text: str) -> str:
    """The month that ``text`` names, stripped of surrounding space; ValueError if it is not ``YYYY-MM``."""
    match = _MONTH.fullmatch(text.strip())
    if match is None or not 1 <= int(match[2]) <= 12 or int(match[1]) == 0:
        raise ValueError(f"not a month (YYYY-MM): {text!r}")
    return match[0]


def number(month: str) -> int:
    """Months since year 0, so that neighbours differ by one."""
    year, part = parse(month).split("-")
    return int(year) * 12 + int(part) - 1


def shift(month: str, n: int) -> str:
    """The month ``n`` months later (earlier when negative)."""
    year, part = divmod(number(month) + n, 12)
    return f"{year:04d}-{part + 1:02d}"


def span(last: str, n: int) -> list[str]:
    """The ``n`` months that end with ``last``, oldest first."""
    if n < 1:
        raise ValueError("a span has at least one month")
    return [shift(last, i - n + 1) for i in range(n)]


def between(first: str, last: str) -> list[str]:
    """Every month from ``first`` to ``last``, both included; empty when they are in the wrong order."""
    return [shift(first, i) for i in range(number(last) - number(first) + 1)]


def of(date: dt.date) -> str:
    """The month a local date falls in."""
    return f"{date.year:04d}-{date.month:02d}"


def first_day(month: str) -> dt.date:
    """The first day of the month."""
    year, part = parse(month).split("-")
    return dt.date(int(year), int(part), 1)


def last_day(month: str) -> dt.date:
    """The last day of the month."""
    return first_day(shift(month, 1)) - dt.timedelta(days=1)


def quarter(month: str) -> list[str]:
    """The three months of the calendar quarter that ``month`` belongs to."""
    start = number(month) // 3 * 3
    return [shift(month, start + i - number(month)) for i in range(3)]
