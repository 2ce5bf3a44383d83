"""The one clock and the one calendar: all code asks here for now, for a month and for a working day.

Tests and the demo move the clock with :func:`moved_to`; nothing else in the platform reads the system's time.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pyluach import dates as hebrew_dates

from reports import months

#: The organisation's time zone. One organisation per installation; all of Israel shares one zone.
TIME_ZONE = ZoneInfo("Asia/Jerusalem")
#: Sunday to Thursday, as :meth:`datetime.date.weekday` counts (Monday is 0).
WORKING_WEEKDAYS = frozenset({6, 0, 1, 2, 3})

#: By how many days Independence Day is moved from a weekday (Monday is 0).
_MOVED = {0: 1, 4: -1, 5: -2}

_moved: ContextVar[datetime | None] = ContextVar("moved_clock", default=None)


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _moved.get() or datetime.now(UTC)


@contextmanager
def moved_to(moment: datetime) -> Iterator[None]:
    """Hold the clock at a moment (aware) for this context."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    token = _moved.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _moved.reset(token)


def local(moment: datetime) -> datetime:
    """A moment as the organisation's wall clock shows it."""
    return moment.astimezone(TIME_ZONE)


def today() -> date:
    """The date on the organisation's wall calendar."""
    return local(now()).date()


def start_of(day: date) -> datetime:
    """The first moment of a day on the organisation's calendar, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=TIME_ZONE).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The first moment after a day on the organisation's calendar, in UTC."""
    return start_of(day + timedelta(days=1))


def current_month() -> str:
    """The month of today, ``YYYY-MM``."""
    return months.of(today())


def last_full_month() -> str:
    """The month before today's."""
    return months.shift(current_month(), -1)


@lru_cache(maxsize=4096)
def is_holiday_or_eve(day: date) -> bool:
    """Whether a day is an Israeli holiday on which work stops, or the eve of one."""
    return _is_rest_day(day) or _is_rest_day(day + timedelta(days=1))


def _is_rest_day(day: date) -> bool:
    hebrew = hebrew_dates.HebrewDate.from_pydate(day)
    return day == independence_day(hebrew.year) or hebrew.festival(israel=True, include_working_days=False) is not None


def independence_day(hebrew_year: int) -> date:
    """Independence Day: 5 Iyar, moved so that neither it nor the day before touches a Sabbath.

    Source: the Independence Day Law, 1949, as amended in 1951 (from Friday and Saturday back to Thursday) and in 2004
    (from Monday on to Tuesday).
    """
    fifth: date = hebrew_dates.HebrewDate(hebrew_year, 2, 5).to_pydate()
    return fifth + timedelta(days=_MOVED.get(fifth.weekday(), 0))


def is_working_day(day: date) -> bool:
    """Sunday to Thursday, no holiday and no eve of one."""
    return day.weekday() in WORKING_WEEKDAYS and not is_holiday_or_eve(day)


def working_day(month: str, number: int) -> date:
    """The n-th working day of a month (``number`` from 1); beyond its end, of the days that follow."""
    day = months.first_day(month)
    left = number
    while True:
        if is_working_day(day):
            left -= 1
            if left == 0:
                return day
        day += timedelta(days=1)


def closes_on(month: str, working_day_number: int = 8) -> date:
    """The day a month closes: working day 8 [policy] of the month that follows."""
    return working_day(months.shift(month, 1), working_day_number)


def days_in(month: str) -> int:
    """How many days a month has."""
    first = months.first_day(month)
    return calendar.monthrange(first.year, first.month)[1]
