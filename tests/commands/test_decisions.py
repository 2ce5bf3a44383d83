"""Decisions: one form is one decision, its owner says what became of it, the meeting whether it worked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.commands import decisions, meeting
from survey_app.commands.decisions import new_id
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import Decision, MonthlyReview, User
from survey_app.queries import decisions as queries
from tests.commands.meetings import DUE, MONTH, Room, acted, read
from tests.commands.test_meeting import letters
from tests.commands.together import together
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.mark.usefixtures("any_database")
def test_the_same_form_at_once_is_one_decision_and_one_letter() -> None:
    room = Room.made()
    wanted = room.wanted()
    results = together([lambda: acted(room.boss, decisions.decide, room.boss, wanted)] * 3)
    assert not [one for one in results if isinstance(one, Exception)], results
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 1
    assert letters() == [("decision_given", room.manager.id, {"month": MONTH, "until": DUE.isoformat()})]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"text": " \n "}, "text"),
        ({"text": "x" * 1001}, "text"),
        ({"owner_id": 999}, "owner"),
        ({"due_on": date(2026, 11, 16)}, "due_on"),
        ({"due_on": date(2062, 12, 17)}, "due_on"),
        ({"branch_id": 999}, "branch"),
        ({"id": "1; drop"}, None),
    ],
)
def test_what_cannot_be_decided_says_where_and_why(more: dict[str, Any], field: str | None) -> None:
    room = Room.made()
    with pytest.raises(UserError) as refused:
        room.decided(**more)
    assert [place for place, _message in refused.value.places] == ([field] if field else [])


@pytest.mark.usefixtures("database")
def test_only_who_can_open_a_decision_is_given_one() -> None:
    room = Room.made()
    with setting() as make:
        shopper = make.user(email="eye@example.com", role="shopper")
        gone = make.user(email="gone@example.com", role="management")
        gone.active = False
    for who in (shopper, gone):
        with pytest.raises(UserError):
            room.decided(owner_id=who.id)
    assert {one.id for one in read(queries.owners)} == {room.boss.id, room.manager.id, room.other.id, room.region.id}


@pytest.mark.usefixtures("database")
def test_at_a_stop_nothing_is_decided_before_the_review_began() -> None:
    room = Room.made()
    with pytest.raises(Conflict):
        room.decided(stop="apart")
    room.begun().decided(stop="apart")
    with pytest.raises(NotFound):
        room.decided(stop="lunch")


@pytest.mark.usefixtures("database")
def test_the_owner_settles_the_meeting_judges_and_each_does_it_once() -> None:
    room = Room.made()
    one = room.decided()
    for _twice in range(2):
        acted(room.manager, decisions.settle, room.manager, one.id, "done", "התגבור החל ב־22.11", 0)
    with pytest.raises(Conflict):
        acted(room.boss, decisions.settle, room.boss, one.id, "dropped", "לא נחוץ", 0)
    with pytest.raises(Forbidden):
        acted(room.manager, decisions.judge, room.manager, one.id, "yes", 1)
    for _twice in range(2):
        judged = acted(room.boss, decisions.judge, room.boss, one.id, "partly", 1)
    assert (judged.state, judged.worked, judged.revision) == ("done", "partly", 2)
    reopened = acted(room.boss, decisions.reopen, room.boss, one.id, 2)
    assert (reopened.state, reopened.worked, reopened.settled_at) == ("open", "", None)


@pytest.mark.usefixtures("database")
def test_a_verdict_on_what_was_open_settles_it_and_none_is_on_what_was_dropped() -> None:
    room = Room.made()
    judged = acted(room.boss, decisions.judge, room.boss, room.decided().id, "yes", 0)
    assert (judged.state, judged.settled_by_id) == ("done", room.boss.id)
    dropped = acted(room.boss, decisions.settle, room.boss, room.decided().id, "dropped", "התייתר", 0)
    with pytest.raises(Conflict):
        acted(room.boss, decisions.judge, room.boss, dropped.id, "yes", 1)


@pytest.mark.usefixtures("any_database")
def test_of_two_verdicts_at_once_one_stands_and_one_is_told() -> None:
    room = Room.made()
    one = room.decided()
    acts: list[Callable[[], Decision]] = [
        lambda: acted(room.boss, decisions.judge, room.boss, one.id, "yes", 0),
        lambda: acted(room.boss, decisions.judge, room.boss, one.id, "no", 0),
    ]
    assert sorted(type(found).__name__ for found in together(acts)) == ["Conflict", "Decision"]


@pytest.mark.usefixtures("database")
def test_another_owner_is_told_and_a_settled_decision_is_not_moved() -> None:
    room = Room.made()
    one = room.decided()
    moved = acted(room.boss, decisions.move, room.boss, one.id, room.other.id, date(2026, 12, 1), 0)
    assert (moved.owner_id, moved.due_on, moved.revision) == (room.other.id, date(2026, 12, 1), 1)
    assert [user for kind, user, _values in letters() if kind == "decision_given"] == [room.manager.id, room.other.id]
    acted(room.other, decisions.settle, room.other, one.id, "done", "בוצע", 1)
    with pytest.raises(Conflict):
        acted(room.boss, decisions.move, room.boss, one.id, room.manager.id, DUE, 2)
    with pytest.raises(Forbidden):
        acted(room.manager, decisions.move, room.manager, one.id, room.manager.id, DUE, 2)


@pytest.mark.usefixtures("database")
def test_readers_see_what_is_theirs_or_about_branches_they_may_name() -> None:
    room = Room.made()
    room.decided()
    room.decided(branch_id=room.branches[2].id, owner_id=room.boss.id)
    room.decided(branch_id=None, owner_id=room.other.id)

    def seen(user: User, cut: str = "all") -> int:
        return read(queries.listed, user, cut).total

    assert [seen(who) for who in (room.boss, room.manager, room.other, room.region)] == [3, 1, 1, 1]
    assert [seen(who, "mine") for who in (room.boss, room.manager, room.other, room.region)] == [1, 1, 1, 0]
    foreign = room.decided(branch_id=room.branches[1].id, owner_id=room.boss.id)
    with pytest.raises(NotFound):
        read(queries.decision, room.manager, foreign.id)
    with pytest.raises(NotFound):
        acted(room.manager, decisions.settle, room.manager, foreign.id, "done", "x", 0)
    assert len(read(queries.of_branches, room.boss, [room.branches[0].id, room.branches[1].id])) == 2


@pytest.mark.usefixtures("database")
def test_a_meeting_goes_over_the_last_one_s_decisions_and_older_open_ones_late_first(
    frozen_clock: FrozenClock,
) -> None:
    room = Room.made()
    frozen_clock.move_to(datetime(2026, 9, 15, 12, tzinfo=clock.TIME_ZONE))
    old_open = room.decided(month="2026-08", due_on=date(2026, 10, 1))
    old_done = room.decided(month="2026-08", due_on=date(2026, 10, 1))
    acted(room.boss, decisions.judge, room.boss, old_done.id, "yes", 0)
    last_done = room.decided(month="2026-09", due_on=date(2026, 10, 1))
    acted(room.boss, decisions.judge, room.boss, last_done.id, "no", 0)
    last_open = room.decided(month="2026-09", due_on=date(2026, 12, 1))
    frozen_clock.move_to(datetime(2026, 11, 17, 12, tzinfo=clock.TIME_ZONE))
    this = room.decided()
    assert [one.id for one in read(queries.before, room.boss, MONTH)] == [old_open.id, last_open.id, last_done.id]
    assert [one.id for one in read(queries.of_month, room.boss, MONTH)] == [this.id]
    assert read(queries.before, room.boss, "2026-08") == []
    listed = read(queries.listed, room.boss, "open")
    assert (listed.total, listed.late, listed.rows[0].id) == (3, 1, old_open.id)


@pytest.mark.usefixtures("any_database")
def test_what_this_meeting_says_of_an_older_decision_stays_on_its_screen(frozen_clock: FrozenClock) -> None:
    room = Room.made()
    frozen_clock.move_to(datetime(2026, 8, 15, 12, tzinfo=clock.TIME_ZONE))
    told_then, late = (room.decided(month="2026-07", due_on=date(2026, 9, 1)) for _n in range(2))
    frozen_clock.move_to(datetime(2026, 10, 15, 12, tzinfo=clock.TIME_ZONE))
    acted(room.boss, meeting.begin, room.boss, "2026-09")
    acted(room.boss, decisions.judge, room.boss, told_then.id, "no", 0)
    frozen_clock.move_to(datetime(2026, 10, 16, 12, tzinfo=clock.TIME_ZONE))
    with setting() as make:
        signed = {"numbers": "{}", "digest": "0", "inputs_digest": "0", "code_version": "1"}
        make.session.add(MonthlyReview(month="2026-09", signed_at=clock.now(), signed_by_id=room.boss.id, **signed))
    last = room.decided(month="2026-09", due_on=DUE)
    assert [one.id for one in read(queries.before, room.boss, MONTH)] == [late.id, last.id]
    frozen_clock.move_to(datetime(2026, 11, 17, 12, tzinfo=clock.TIME_ZONE))
    acted(room.boss, decisions.judge, room.boss, late.id, "partly", 0)
    assert [one.id for one in read(queries.before, room.boss, MONTH)] == [last.id, late.id]


@pytest.mark.usefixtures("database")
def test_settled_decisions_are_listed_newest_first() -> None:
    room = Room.made()
    days = (date(2026, 12, 1), date(2027, 1, 1), date(2026, 11, 20))
    made = [room.decided(due_on=day) for day in days]
    assert [one.due_on for one in read(queries.listed, room.boss, "all").rows] == sorted(days)
    for one in made:
        acted(room.boss, decisions.judge, room.boss, one.id, "yes", 0)
    assert [one.due_on for one in read(queries.listed, room.boss, "all").rows] == sorted(days, reverse=True)


@pytest.mark.usefixtures("any_database")
def test_owners_are_reminded_before_the_day_and_after_it_once_each(frozen_clock: FrozenClock) -> None:
    room = Room.made()
    one = room.decided(due_on=date(2026, 12, 10))
    room.decided(id=new_id(), due_on=date(2026, 12, 20))
    for day in (6, 7, 8, 10, 11, 12):
        frozen_clock.move_to(datetime(2026, 12, day, 12, tzinfo=clock.TIME_ZONE))
        decisions.remind()
        decisions.remind()
    assert [kind for kind, _user, _values in letters()].count("decision_due") == 2
    acted(room.boss, decisions.judge, room.boss, one.id, "yes", 0)
    frozen_clock.move_to(datetime(2026, 12, 21, 12, tzinfo=clock.TIME_ZONE))
    decisions.remind()
    assert [kind for kind, _user, _values in letters()].count("decision_due") == 3
