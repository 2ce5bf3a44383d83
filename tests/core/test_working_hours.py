"""Clocks in working hours, over Sabbaths, holidays and the nights on which the clock is changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app import clock
from survey_app.loop.hours import WorkingHours, after, between, working_day_after

HOURS = WorkingHours(time(8, 30), time(16, 0))


def at(day: str, hour: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=clock.TIME_ZONE)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (at("2026-11-17", "09:00"), 2, at("2026-11-17", "11:00")),
        # Into the next day, over the weekend, from a Friday, from before and after work.
        (at("2026-11-17", "15:00"), 2, at("2026-11-18", "09:30")),
        (at("2026-11-19", "15:00"), 2, at("2026-11-22", "09:30")),
        (at("2026-11-20", "12:00"), 1, at("2026-11-22", "09:30")),
        (at("2026-11-17", "06:00"), 1, at("2026-11-17", "09:30")),
        (at("2026-11-17", "22:00"), 0, at("2026-11-18", "08:30")),
        # Pesach 2026: the eve on Wednesday 1 April, the first day, and the last one with its eve (7 and 8 April).
        (at("2026-03-31", "15:00"), 2, at("2026-04-05", "09:30")),
        (at("2026-04-06", "15:30"), 1, at("2026-04-09", "09:00")),
        # The nights of Friday 27 March (an hour is missing) and Sunday 25 October 2026 (an hour comes twice).
        (at("2026-03-26", "15:00"), 2, at("2026-03-29", "09:30")),
        (at("2026-10-22", "15:00"), 2, at("2026-10-25", "09:30")),
    ],
)
def test_hours_are_counted_on_working_days_only(start: datetime, count: float, end: datetime) -> None:
    assert after(start, count, HOURS) == end
    assert between(start, end, HOURS) == pytest.approx(count)


def test_closed_days_of_a_branch_are_passed_over() -> None:
    closed = WorkingHours(time(8, 30), time(16, 0), frozenset({"mon", "wed"}))
    assert after(at("2026-11-17", "15:00"), 2, closed) == at("2026-11-19", "09:30")


def test_a_calendar_without_work_and_hours_that_end_before_they_begin_are_faults() -> None:
    with pytest.raises(ValueError, match="no working day"):
        after(at("2026-11-17", "09:00"), 1, WorkingHours(closed=frozenset({"sun", "mon", "tue", "wed", "thu"})))
    with pytest.raises(ValueError, match="end after"):
        WorkingHours(time(16, 0), time(8, 30))
    with pytest.raises(ValueError, match="forward"):
        after(at("2026-11-17", "09:00"), -1, HOURS)


def test_working_days_are_counted_over_a_holiday() -> None:
    assert working_day_after(date(2026, 3, 30), 1) == date(2026, 3, 31)
    assert working_day_after(date(2026, 3, 31), 1) == date(2026, 4, 5)


moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001
counts = st.integers(0, 200 * 60).map(lambda minutes: minutes / 60)


@given(moments, counts)
def test_as_many_hours_lie_between_as_were_added(start: datetime, count: float) -> None:
    end = after(start, count, HOURS)
    assert end >= start
    assert between(start, end, HOURS) == pytest.approx(count, abs=1e-6)
    assert between(end, start, HOURS) == 0 or end == start


@given(moments, counts, counts)
def test_a_clock_in_two_steps_is_the_clock_in_one(start: datetime, first: float, second: float) -> None:
    there = after(after(start, first, HOURS), second, HOURS)
    assert abs(there - after(start, first + second, HOURS)) <= timedelta(seconds=1) or (
        # What ends with a day's work and what begins with the next one are the same moment to a clock.
        between(min(there, after(start, first + second, HOURS)), max(there, after(start, first + second, HOURS)), HOURS)
        < 1e-3
    )


@given(moments, counts)
def test_a_clock_ends_at_work(start: datetime, count: float) -> None:
    end = clock.local(after(start, count + 0.01, HOURS))
    assert clock.is_working_day(end.date())
    assert time(8, 30) <= end.time() <= time(16, 0)
