"""Clocks in working hours: Sunday to Thursday between the day's hours, no holiday, no eve of one, no closed day.

Every day's hours are turned into moments by themselves, so the nights on which the clock is changed cost or give nobody
an hour.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from survey_app import clock

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: The weekdays on which work is done at all.
WORKING_DAYS: Final = frozenset({"sun", "mon", "tue", "wed", "thu"})
#: The longest run of days without work is two weeks of holidays; a calendar without any working day is a fault.
_FAR: Final = 400


@dataclass(frozen=True)
class WorkingHours:
    """When somebody works: from and until on the wall clock, and the weekdays (``sun`` … ``sat``) without work."""

    start: time = time(8, 30)
    end: time = time(16, 0)
    closed: Collection[str] = ()

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError("working hours end after they begin")

    def of(self, day: date) -> tuple[datetime, datetime] | None:
        """From when until when a day is worked, in UTC; None where it is not."""
        if not clock.is_working_day(day) or _WEEKDAYS[day.weekday()] in self.closed:
            return None
        return _moment(day, self.start), _moment(day, self.end)


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=clock.TIME_ZONE).astimezone(UTC)


def _windows(moment: datetime, hours: WorkingHours) -> Iterator[tuple[datetime, datetime]]:
    day = clock.local(moment).date()
    for step in range(_FAR):
        found = hours.of(day + timedelta(days=step))
        if found is not None and found[1] > moment:
            yield max(found[0], moment), found[1]
    raise ValueError("the calendar has no working day")


def after(moment: datetime, count: float, hours: WorkingHours) -> datetime:
    """The moment (aware) at which ``count`` working hours have passed since another. ValueError for a negative one."""
    if count < 0:
        raise ValueError("working hours are counted forward")
    left = timedelta(hours=count)
    for start, end in _windows(moment, hours):
        if left <= end - start:
            return start + left
        left -= end - start
    raise AssertionError  # pragma: no cover - the windows raise first


def between(start: datetime, end: datetime, hours: WorkingHours) -> float:
    """Working hours from one moment to another; 0 where the second comes first."""
    if end <= start:
        return 0.0
    passed = timedelta()
    day, last = clock.local(start).date(), clock.local(end).date()
    while day <= last:
        found = hours.of(day)
        if found is not None:
            passed += max(timedelta(), min(found[1], end) - max(found[0], start))
        day += timedelta(days=1)
    return passed / timedelta(hours=1)


def working_day_after(day: date, count: int) -> date:
    """The ``count``-th working day (from 1) after a day."""
    while count:
        day += timedelta(days=1)
        count -= clock.is_working_day(day)
    return day
