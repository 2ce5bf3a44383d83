"""Promises: one form is one promise, its clock breaks it, and nobody says of an own one that it was kept in time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import promises
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import Case, Entry, Letter, Promise, User
from survey_app.queries import promises as queries
from survey_app.transaction import transaction
from tests.commands.cases.world import World, at
from tests.commands.together import together
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

TODAY = date(2026, 11, 17)


@pytest.fixture
def world(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on both engines, on a Tuesday morning at nine."""
    frozen_clock.move_to(at("2026-11-17"))
    return World.made()


@pytest.fixture
def small(database: db.Database, frozen_clock: FrozenClock) -> World:
    """The same on SQLite alone."""
    frozen_clock.move_to(at("2026-11-17"))
    return World.made()


def recorded(world: World, by: str = "dana", **more: Any) -> str:
    wanted = {
        "id": str(uuid4()), "words": "נחזור עד יום חמישי", "due_on": TODAY + timedelta(days=2), "made_on": TODAY,
        "branch_id": world.branch.id, "agent_id": world.dana.id, "by_id": world.users[by].id, **more,
    }  # fmt: skip
    with transaction(Actor.user(world.users[by]), "promise.record") as session:
        return promises.record(session, **wanted).id


def promise(promise_id: str) -> Promise:
    with db.reading() as session:
        return session.get_one(Promise, promise_id)


def settled(world: World, by: str, promise_id: str, state: str, note: str = "", revision: int | None = None) -> None:
    user, row = world.users[by], promise(promise_id)
    with transaction(Actor.user(user), "promise.settle") as session:
        promises.settle(session, user, row, state, note, row.revision if revision is None else revision)


def letters(kind: str) -> list[int | None]:
    with db.reading() as session:
        return list(session.scalars(select(Letter.user_id).where(Letter.kind == kind).order_by(Letter.id)))


def seen(user: User) -> set[str]:
    with db.reading() as session:
        return {one.id for one in queries.listed(session, user, queries.ALL).rows}


def test_the_same_form_at_once_is_one_promise(world: World) -> None:
    number = str(uuid4())
    results = together([lambda: recorded(world, by="branch", id=number)] * 3)
    assert results == [number] * 3
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Promise)) == 1
    assert promise(number).owner_id == world.users["dana"].id, "who served answers for it"
    assert letters("promise_given") == [world.users["dana"].id]


def test_the_clock_breaks_a_promise_on_the_day_after_once(world: World, frozen_clock: FrozenClock) -> None:
    number = recorded(world)
    frozen_clock.move_to(at("2026-11-18"))
    promises.tick()
    assert letters("promise_due") == [world.users["dana"].id], "the day before its day"
    frozen_clock.move_to(at("2026-11-19", "23:59"))
    promises.tick()
    assert promise(number).state == "open"
    frozen_clock.move_to(at("2026-11-20", "00:30"))
    promises.tick()
    promises.tick()
    broken = promise(number)
    assert (broken.state, broken.settled_at) == ("broken", clock.start_of(date(2026, 11, 20)))
    assert letters("promise_broken") == [world.users["dana"].id]
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Entry).where(Entry.act == "promise.break")) == 1


def test_a_broken_promise_is_made_good_and_stays_broken(small: World, frozen_clock: FrozenClock) -> None:
    number = recorded(small)
    frozen_clock.move_to(at("2026-11-22"))
    promises.tick()
    with pytest.raises(Forbidden):
        settled(small, "dana", number, "kept", "שכחתי לרשום")
    with pytest.raises(UserError):
        settled(small, "dana", number, "broken")
    settled(small, "dana", number, "broken", "הלקוח קיבל שיחה והתנצלות")
    settled(small, "dana", number, "broken", "הלקוח קיבל שיחה והתנצלות")
    assert (promise(number).state, promise(number).settled_by_id) == ("broken", small.users["dana"].id)


def test_a_lead_may_say_that_it_was_kept_in_time_but_not_of_an_own_one(small: World, frozen_clock: FrozenClock) -> None:
    hers, own = recorded(small), recorded(small, by="branch", owner_id=small.users["branch"].id)
    frozen_clock.move_to(at("2026-11-22"))
    promises.tick()
    settled(small, "branch", hers, "kept", "הלקוח אישר בשיחה")
    assert promise(hers).state == "kept"
    with pytest.raises(Forbidden):
        settled(small, "branch", own, "kept", "קוים בזמן")


def test_before_its_day_a_promise_is_kept_or_taken_back_and_that_is_all(small: World) -> None:
    kept, back = recorded(small), recorded(small)
    with pytest.raises(UserError):
        settled(small, "dana", back, "withdrawn")
    with pytest.raises(UserError):
        settled(small, "dana", back, "broken", "לא נספיק")
    settled(small, "dana", kept, "kept")
    settled(small, "dana", kept, "kept")
    settled(small, "dana", back, "withdrawn", "הלקוח ביקש")
    with pytest.raises(Conflict):
        settled(small, "dana", kept, "withdrawn", "טעות")
    stale = recorded(small)
    with pytest.raises(Conflict):
        settled(small, "dana", stale, "kept", revision=7)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"words": "  "}, "words"),
        ({"words": "x" * 501}, "words"),
        ({"due_on": TODAY - timedelta(days=1)}, "due_on"),
        ({"due_on": TODAY + timedelta(days=367)}, "due_on"),
        ({"made_on": TODAY + timedelta(days=1)}, "made_on"),
        ({"branch_id": 999}, "branch"),
        ({"owner_id": 999}, "owner"),
        ({"id": "1; drop"}, None),
    ],
)
def test_what_is_no_promise_says_where_and_why(small: World, more: dict[str, Any], field: str | None) -> None:
    with pytest.raises(UserError) as refused:
        recorded(small, **more)
    assert [place for place, _message in refused.value.places] == ([field] if field else [])


def test_who_sees_a_promise_and_who_settles_it(small: World) -> None:
    hers = recorded(small)
    assert all(seen(small.users[name]) == {hers} for name in ("dana", "branch", "region", "service", "ombudsman"))
    assert seen(small.users["eran"]) == set()
    with db.reading() as session, pytest.raises(NotFound):
        queries.promise(session, small.users["eran"], hers)
    with setting() as make:
        elsewhere = make.user(
            email="far@example.com", role="branch_manager", branch=make.branch(code="102", region=None)
        )
    assert seen(elsewhere) == set()
    with db.reading() as session:
        assert queries.settles(session, small.users["branch"], promise(hers))
        assert not queries.settles(session, small.users["eran"], promise(hers))


def test_a_promise_on_a_case_that_names_somebody_is_invisible_to_them(small: World) -> None:
    number = small.opened("hand:1", subject="misconduct")
    with db.reading() as session:
        assert session.get_one(Case, number).agent_id == small.dana.id
    made = recorded(small, by="branch", case_id=number, owner_id=small.users["branch"].id)
    assert seen(small.users["branch"]) == {made}
    assert seen(small.users["dana"]) == set()


def test_words_of_a_promise_never_reach_the_trail(small: World) -> None:
    number = recorded(small, words="סוד שלא נכתב ביומן")
    settled(small, "dana", number, "kept", "עוד סוד")
    with db.reading() as session:
        written = [str(one.details) + str(one.changes) for one in session.scalars(select(Entry))]
    assert written
    assert not any("סוד" in one for one in written)
