"""The meeting: it begins once, keeps everybody's minutes, and a month that nobody reviews is told of."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.commands import meeting
from survey_app.commands.meeting import Stale
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Entry, Letter, Meeting, Minutes
from survey_app.queries import meeting as queries
from survey_app.queries import organisation
from tests.commands.meetings import MONTH, Room, acted, read
from tests.commands.signing import sign
from tests.commands.together import together
from tests.support.clocks import FrozenClock

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.mark.usefixtures("database")
def test_a_month_goes_from_open_over_in_review_to_signed(frozen_clock: FrozenClock) -> None:
    room = Room.made()
    closes = clock.closes_on(MONTH)
    frozen_clock.move_to(clock.start_of(closes) - timedelta(minutes=1))
    with pytest.raises(Conflict):
        room.begun()
    assert read(queries.agenda, MONTH).state == "open"
    frozen_clock.move_to(clock.start_of(closes))
    room.begun()
    found = read(queries.agenda, MONTH)
    assert (found.state, found.begun_by.id if found.begun_by else 0, found.can_begin) == (
        "in_review",
        room.boss.id,
        False,
    )
    assert [stop.minutes for stop in found.stops] == [5, 5, 10, 10, 10, 10, 10]
    first = found.begun_at
    frozen_clock.move_to(clock.start_of(closes) + timedelta(hours=1))
    room.begun()
    assert read(queries.agenda, MONTH).begun_at == first, "begun twice, the first time stands"
    sign(room.boss)
    assert read(queries.agenda, MONTH).state == "signed"


@pytest.mark.usefixtures("database")
def test_the_day_of_the_meeting_is_the_policy_s_until_it_is_set() -> None:
    room = Room.made()
    assert read(queries.day_of, MONTH) == clock.working_day("2026-11", 13) == date(2026, 11, 17)
    acted(room.boss, meeting.set_day, MONTH, date(2026, 11, 24))
    assert read(queries.agenda, MONTH).meets_on == date(2026, 11, 24)
    acted(room.boss, meeting.set_day, MONTH, None)
    assert not read(queries.agenda, MONTH).day_was_set
    with pytest.raises(UserError) as refused:
        acted(room.boss, meeting.set_day, MONTH, date(2026, 10, 31))
    assert refused.value.places[0][0] == "meets_on"
    room.begun()
    with pytest.raises(Conflict):
        acted(room.boss, meeting.set_day, MONTH, date(2026, 11, 24))


@pytest.mark.usefixtures("database")
def test_minutes_are_never_overwritten_by_who_had_not_read_them() -> None:
    room = Room.made()
    with pytest.raises(Conflict):
        acted(room.boss, meeting.write, room.boss, MONTH, "apart", "מוקדם מדי", 0)
    room.begun()
    acted(room.boss, meeting.write, room.boss, MONTH, "apart", "דובר על חדרה", 0)
    acted(room.boss, meeting.write, room.boss, MONTH, "apart", " דובר על חדרה ", 0)
    with pytest.raises(Stale) as stale:
        acted(room.boss, meeting.write, room.boss, MONTH, "apart", "דובר על עפולה", 0)
    assert (stale.value.words, stale.value.revision) == ("דובר על חדרה", 1)
    acted(room.boss, meeting.write, room.boss, MONTH, "apart", "דובר על חדרה ועל עפולה", 1)
    assert {code: row.words for code, row in read(queries.minutes, MONTH).items()} == {
        "apart": "דובר על חדרה ועל עפולה"
    }
    with pytest.raises(NotFound):
        acted(room.boss, meeting.write, room.boss, MONTH, "lunch", "x", 0)
    with pytest.raises(UserError):
        acted(room.boss, meeting.write, room.boss, MONTH, "map", "x" * 10_001, 0)


@pytest.mark.usefixtures("any_database")
def test_of_two_who_write_at_once_one_is_told() -> None:
    room = Room.made().begun()
    results = together(
        [
            lambda: acted(room.boss, meeting.write, room.boss, MONTH, "map", "של האחת", 0),
            lambda: acted(room.boss, meeting.write, room.boss, MONTH, "map", "של השני", 0),
        ]
    )
    assert sorted(type(one).__name__ for one in results) == ["Minutes", "Stale"]
    with db.reading() as session:
        row = session.get_one(Minutes, (MONTH, "map"))
        assert (row.words in {"של האחת", "של השני"}, row.revision) == (True, 1)


@pytest.mark.usefixtures("any_database")
def test_a_meeting_begun_by_two_at_once_is_begun_once() -> None:
    room = Room.made()
    results = together([lambda: acted(room.boss, meeting.begin, room.boss, MONTH)] * 2)
    assert not [one for one in results if isinstance(one, Exception)]
    with db.reading() as session:
        assert len(session.scalars(select(Meeting)).all()) == 1


@pytest.mark.usefixtures("any_database")
def test_management_is_told_once_of_a_month_that_nobody_reviewed(frozen_clock: FrozenClock) -> None:
    room = Room.made()
    with db.reading() as session:
        until = queries.review_until(MONTH, organisation.policy(session))
    working = [clock.closes_on(MONTH) + timedelta(days=n) for n in range(1, (until - clock.closes_on(MONTH)).days + 1)]
    assert sum(clock.is_working_day(day) for day in working) == 10
    frozen_clock.move_to(clock.start_of(until) + timedelta(hours=10))
    meeting.alert()
    assert letters() == []
    frozen_clock.move_to(clock.end_of(until) + timedelta(hours=10))
    assert [(one.month, one.alerted) for one in read(queries.unreviewed)] == [(MONTH, False)]
    meeting.alert()
    meeting.alert()
    assert letters() == [("month_unreviewed", room.boss.id, {"month": MONTH, "until": until.isoformat()})]
    assert read(queries.unreviewed)[0].alerted
    room.begun()
    assert read(queries.unreviewed) == []


@pytest.mark.usefixtures("database")
def test_nobody_is_told_of_months_of_long_ago(frozen_clock: FrozenClock) -> None:
    Room.made()
    frozen_clock.move_to(datetime(2027, 3, 1, 12, tzinfo=clock.TIME_ZONE))
    meeting.alert()
    assert letters() == []
    assert [one.month for one in read(queries.unreviewed)] == [MONTH], "the first page still lists it"


@pytest.mark.usefixtures("database")
def test_what_is_said_in_the_room_is_not_in_the_trail() -> None:
    room = Room.made().begun()
    acted(room.boss, meeting.write, room.boss, MONTH, "last", "רינת אמרה שהתור ארוך", 0)
    room.decided(text="רינת תבדוק את התור")
    with db.reading() as session:
        trail = str([(one.details, one.changes) for one in session.scalars(select(Entry))])
    assert "רינת" not in trail
    assert "Minutes" in trail
    assert "Decision" in trail


def letters() -> list[tuple[str, int, dict[str, object]]]:
    """Letters in line."""
    with db.reading() as session:
        return [
            (one.kind, one.user_id, dict(one.values)) for one in session.scalars(select(Letter).order_by(Letter.id))
        ]
