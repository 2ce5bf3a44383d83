"""The one clock: months, days and working days as Israel counts them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import months
from survey_app import clock
from tests.conventions.tree import ROOT


def test_the_clock_is_moved_for_a_while_and_comes_back() -> None:
    moment = datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=5)))
    before = clock.now()
    with clock.moved_to(moment):
        assert clock.now() == moment
        assert clock.now().tzinfo == UTC
        with clock.moved_to(moment + timedelta(days=1)):
            assert clock.today() == date(2026, 3, 2)
        assert clock.today() == date(2026, 3, 1)
    assert clock.now() >= before


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"), clock.moved_to(datetime(2026, 3, 1)):  # noqa: DTZ001
        pass


@pytest.mark.parametrize(
    ("moment", "today", "last_full"),
    [
        (datetime(2026, 12, 31, 21, 59, tzinfo=UTC), date(2026, 12, 31), "2026-11"),
        (datetime(2026, 12, 31, 22, 0, tzinfo=UTC), date(2027, 1, 1), "2026-12"),
        (datetime(2027, 5, 31, 20, 59, tzinfo=UTC), date(2027, 5, 31), "2027-04"),
        (datetime(2027, 5, 31, 21, 0, tzinfo=UTC), date(2027, 6, 1), "2027-05"),
    ],
)
def test_today_is_israel_s(moment: datetime, today: date, last_full: str) -> None:
    with clock.moved_to(moment):
        assert (clock.today(), clock.current_month(), clock.last_full_month()) == (today, months.of(today), last_full)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2027, 3, 25), 24), (date(2027, 3, 26), 23), (date(2027, 10, 31), 25), (date(2027, 11, 1), 24)],
)
def test_a_day_is_as_long_as_its_wall_clock(day: date, hours: int) -> None:
    assert clock.end_of(day) - clock.start_of(day) == timedelta(hours=hours)
    assert clock.local(clock.start_of(day)).date() == day
    assert clock.local(clock.end_of(day) - timedelta(seconds=1)).date() == day


#: Holidays and their eves of 5787 and 5788, and days beside them, as calendars print them.
DAYS = {
    date(2026, 9, 11): "the eve of Rosh Hashana is a Friday",
    date(2026, 9, 13): "Rosh Hashana, second day",
    date(2026, 9, 20): "eve of Yom Kippur",
    date(2026, 9, 21): "Yom Kippur",
    date(2026, 9, 25): "eve of Sukkot, a Friday",
    date(2026, 10, 2): "eve of Shemini Atzeret, a Friday",
    date(2027, 4, 21): "eve of Passover",
    date(2027, 4, 22): "Passover",
    date(2027, 4, 27): "eve of the seventh day of Passover",
    date(2027, 4, 28): "the seventh day of Passover",
    date(2027, 5, 11): "Memorial Day, the eve of Independence Day",
    date(2027, 5, 12): "Independence Day",
    date(2027, 6, 10): "eve of Shavuot",
    date(2027, 6, 11): "Shavuot, a Friday",
    date(2026, 11, 6): "a Friday",
    date(2026, 11, 7): "a Saturday",
}
WORKING = {
    date(2026, 9, 10): "a Thursday before Rosh Hashana",
    date(2026, 9, 14): "the fast of Gedaliah",
    date(2026, 9, 22): "after Yom Kippur",
    date(2026, 9, 28): "a half-holiday of Sukkot",
    date(2026, 12, 6): "Hanukkah",
    date(2027, 3, 23): "Purim",
    date(2027, 4, 25): "a half-holiday of Passover",
    date(2027, 5, 13): "after Independence Day",
    date(2026, 11, 8): "a Sunday",
    date(2026, 12, 24): "a Thursday",
}


@pytest.mark.parametrize("day", DAYS, ids=DAYS.get)
def test_days_off(day: date) -> None:
    assert not clock.is_working_day(day)


@pytest.mark.parametrize("day", WORKING, ids=WORKING.get)
def test_days_of_work(day: date) -> None:
    assert clock.is_working_day(day)


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (5784, date(2024, 5, 14)),
        (5785, date(2025, 5, 1)),
        (5786, date(2026, 4, 22)),
        (5787, date(2027, 5, 12)),
        (5788, date(2028, 5, 2)),
        (5781, date(2021, 4, 15)),
        (5778, date(2018, 4, 19)),
    ],
)
def test_independence_day_as_it_was_and_will_be_kept(year: int, day: date) -> None:
    assert clock.independence_day(year) == day


@pytest.mark.parametrize(
    ("month", "closes"),
    [
        ("2026-08", date(2026, 9, 10)),
        ("2027-09", date(2027, 10, 17)),  # New Year and the Day of Atonement fall among the first days of October
        ("2026-10", date(2026, 11, 10)),
        ("2027-03", date(2027, 4, 12)),
        ("2027-04", date(2027, 5, 13)),
        ("2026-12", date(2027, 1, 12)),
    ],
)
def test_a_month_closes_on_its_eighth_working_day(month: str, closes: date) -> None:
    assert clock.closes_on(month) == closes


@given(month=st.dates(date(2020, 1, 1), date(2060, 12, 31)).map(months.of), number=st.integers(1, 40))
def test_the_nth_working_day_is_the_nth(month: str, number: int) -> None:
    day = clock.working_day(month, number)
    first = months.first_day(month)
    before = [first + timedelta(days=passed) for passed in range((day - first).days)]
    assert clock.is_working_day(day)
    assert sum(map(clock.is_working_day, before)) == number - 1


@pytest.mark.parametrize(("month", "days"), [("2027-02", 28), ("2028-02", 29), ("2026-11", 30), ("2026-12", 31)])
def test_months_have_their_days(month: str, days: int) -> None:
    assert clock.days_in(month) == days


def test_nobody_else_asks_the_system_for_the_time() -> None:
    asking = ("datetime.now(", "date.today(", "time.time(", "utcnow(", "func.now(", "CURRENT_TIMESTAMP")
    found = {
        f"{path.relative_to(ROOT)}: {call}"
        for path in Path(ROOT / "survey_app").rglob("*.py")
        for call in asking
        if call in path.read_text(encoding="utf-8") and path.name != "clock.py"
    }
    assert found == set()
