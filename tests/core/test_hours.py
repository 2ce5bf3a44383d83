"""When messages may leave: whatever the policy and the moment, the next one is right."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app import clock
from survey_app.outreach.hours import allowed, days_without, next_moment, reason, window
from survey_app.outreach.policy import Outreach

ZONE = clock.TIME_ZONE
USUAL = Outreach()

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(), timedelta(days=4 * 365)).map(lambda passed: SINCE + passed)
hours = st.tuples(st.integers(0, 23 * 60), st.integers(1, 23 * 60 + 59)).filter(lambda pair: pair[0] < pair[1])


def clock_time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


policies = st.builds(
    lambda pair, friday: Outreach(
        from_hour=clock_time(pair[0]),
        until_hour=clock_time(pair[1]),
        friday_until="" if friday is None else clock_time(friday),
    ),
    hours,
    st.none() | st.integers(0, 23 * 60 + 59),
)


@given(moments, policies)
def test_the_next_moment_is_not_before_and_is_allowed(moment: datetime, policy: Outreach) -> None:
    found = next_moment(moment, policy)
    assert found >= moment
    assert allowed(found, policy)
    local = clock.local(found)
    assert local.weekday() != 5
    assert not clock.is_holiday_or_eve(local.date())
    start, end = policy.hours
    assert start <= local.time() < end


@given(moments, policies)
def test_it_is_its_own_next(moment: datetime, policy: Outreach) -> None:
    found = next_moment(moment, policy)
    assert next_moment(found, policy) == found


@given(moments, st.timedeltas(timedelta(), timedelta(days=20)), policies)
def test_a_later_moment_is_never_sent_earlier(moment: datetime, later: timedelta, policy: Outreach) -> None:
    assert next_moment(moment, policy) <= next_moment(moment + later, policy)


@given(moments, policies)
def test_nothing_in_between_was_allowed(moment: datetime, policy: Outreach) -> None:
    found = next_moment(moment, policy)
    if found > moment:
        assert not allowed(found - timedelta(microseconds=1), policy)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ((2026, 11, 17, 12, 0), (2026, 11, 17, 12, 0)),
        ((2026, 11, 17, 8, 59), (2026, 11, 17, 9, 0)),
        ((2026, 11, 17, 19, 59), (2026, 11, 17, 19, 59)),
        ((2026, 11, 17, 20, 0), (2026, 11, 18, 9, 0)),
        # Thursday evening: Friday and the Sabbath are out, the night after it as well.
        ((2026, 11, 19, 20, 30), (2026, 11, 22, 9, 0)),
        ((2026, 11, 21, 22, 0), (2026, 11, 22, 9, 0)),
        # Passover 2027: its eve on Wednesday 21 April, its first day on Thursday, then Friday and the Sabbath.
        ((2027, 4, 20, 21, 0), (2027, 4, 25, 9, 0)),
        # New Year 2026: its eve on Friday 11 September, Saturday and Sunday.
        ((2026, 9, 10, 21, 0), (2026, 9, 14, 9, 0)),
        # Independence Day 2027 on Wednesday 12 May, its eve on Tuesday.
        ((2027, 5, 10, 21, 0), (2027, 5, 13, 9, 0)),
        # Summer time begins on Friday 26 March 2027 and ends on Sunday 31 October 2027: nine is nine on both sides.
        ((2027, 3, 25, 23, 0), (2027, 3, 28, 9, 0)),
        ((2027, 10, 31, 0, 30), (2027, 10, 31, 9, 0)),
    ],
)
def test_the_calendar(moment: tuple[int, ...], expected: tuple[int, ...]) -> None:
    found = next_moment(datetime(*moment, tzinfo=ZONE), USUAL)  # type: ignore[arg-type,misc]
    assert clock.local(found) == datetime(*expected, tzinfo=ZONE)  # type: ignore[arg-type,misc]


def test_fridays_may_be_sent_on_until_an_hour() -> None:
    policy = Outreach(friday_until="13:00")
    friday = date(2026, 11, 20)
    found = window(friday, policy)
    assert found is not None
    assert [clock.local(one).hour for one in found] == [9, 13]
    assert reason(friday, policy) == ""
    assert reason(friday) == "eve"
    assert window(friday, Outreach(friday_until="08:00")) is None, "before the day begins"
    late = window(friday, Outreach(friday_until="23:00"))
    assert late is not None
    assert clock.local(late[1]).hour == 20, "never later than on other days"


def test_days_without_and_why() -> None:
    found = days_without(date(2026, 9, 10), date(2026, 9, 22))
    assert [(one.day.day, one.reason) for one in found] == [
        (11, "holiday"), (12, "holiday"), (13, "holiday"),
        (18, "eve"), (19, "sabbath"), (20, "holiday"), (21, "holiday"),
    ]  # fmt: skip
    assert all(str(one.words) for one in found)
    assert days_without(date(2026, 11, 16), date(2026, 11, 19)) == []
