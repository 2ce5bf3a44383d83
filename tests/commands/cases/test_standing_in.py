"""Who stands in for whom: said by whom it may be, on days that fit, never in a circle; and the rules of the clocks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.commands import delegations, loop_rules
from survey_app.commands.delegations import end, hand_over
from survey_app.commands.loop_rules import StaleRules
from survey_app.errors import Forbidden, NotFound, UserError
from survey_app.loop.policy import Loop
from survey_app.models import Delegation, Organisation
from survey_app.queries.loop import policy
from tests.commands.cases.world import SINCE, World, at, case, did
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
    """The same on SQLite alone, for what no engine has a part in."""
    frozen_clock.move_to(at("2026-11-17"))
    return World.made()


def stands(world: World, user: str, to: str, since: date = TODAY, until: date | None = None, by: str = "") -> Any:
    """Somebody stands in, as the service management or ``by`` says."""
    return did(hand_over, world.users[by or "service"], world.id(user), world.id(to), since, until)


def count() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Delegation)) or 0


def test_a_circle_is_refused_on_the_days_on_which_it_would_be_one(small: World) -> None:
    stands(small, "dana", "eran", date(2026, 11, 20), date(2026, 11, 30))
    stands(small, "eran", "branch", date(2026, 11, 25), date(2026, 11, 27))
    with pytest.raises(UserError) as refused:
        stands(small, "branch", "dana", date(2026, 11, 26))
    assert refused.value.places[0][0] == "to"
    stands(small, "branch", "dana", date(2026, 11, 28))
    with pytest.raises(UserError):
        stands(small, "eran", "branch", date(2026, 11, 28), date(2026, 11, 29))


def test_two_halves_of_a_circle_at_once_make_one(world: World) -> None:
    came = together([lambda: stands(world, "dana", "eran"), lambda: stands(world, "eran", "dana")])
    assert sum(isinstance(what, UserError) for what in came) == 1
    assert count() == 1


def test_a_circle_that_stands_all_the_same_holds_nobody_up(small: World) -> None:
    with setting() as make:
        for user, to in (("dana", "eran"), ("eran", "dana")):
            row = {"user_id": small.id(user), "to_id": small.id(to), "since": TODAY, "until": None, "by_id": None}
            make.session.add(Delegation(**row, at=clock.now()))
    assert case(small.opened()).owner_id == small.id("branch")
    stands(small, "branch", "dana", by="region")
    assert case(small.opened("two")).owner_id == small.id("region")


def test_the_same_thing_said_twice_is_one_and_another_on_the_same_days_is_refused(small: World) -> None:
    first = stands(small, "dana", "eran")
    assert stands(small, "dana", "eran").id == first.id
    with pytest.raises(UserError):
        stands(small, "dana", "branch", date(2026, 12, 1))
    assert count() == 1


NO_FIT: list[tuple[str, date, date | None, str]] = [
    ("dana", TODAY, None, "to"),
    ("head", TODAY, None, "to"),
    ("gone", TODAY, None, "to"),
    ("eran", date(2026, 11, 16), None, "since"),
    ("eran", date(2029, 1, 1), None, "since"),
    ("eran", date(2026, 11, 20), date(2026, 11, 19), "until"),
    ("eran", TODAY, date(2030, 1, 1), "until"),
]


def test_what_does_not_fit_is_said_at_its_field(small: World) -> None:
    with setting() as make:
        small.user(make, "head", "department_head")
        small.user(make, "gone", "service_manager").active = False
    for to, since, until, place in NO_FIT:
        with pytest.raises(UserError) as refused:
            stands(small, "dana", to, since, until)
        assert (to, refused.value.places[0][0]) == (to, place)


def test_who_says_it_is_the_person_or_whoever_leads_them(small: World) -> None:
    with setting() as make:
        elsewhere = make.branch(code="102", region=None)
        small.user(make, "other_branch", "branch_manager", branch=elsewhere)
        small.user(make, "stranger", "agent", agent=make.agent(code="B1", branch=elsewhere, since=SINCE))
        small.user(make, "analyst", "analyst")
    for by in ("eran", "other_branch", "stranger", "analyst"):
        with pytest.raises(Forbidden):
            stands(small, "dana", "eran", by=by)
    # A branch's manager does not say who stands in for the region, nor for itself's equals elsewhere.
    for user in ("region", "other_branch"):
        with pytest.raises(Forbidden):
            stands(small, user, "eran", by="branch")
    for by in ("dana", "branch", "region", "ombudsman"):
        made = stands(small, "dana", "eran", by=by)
        did(end, small.users[by], made.id)
    stands(small, "branch", "region", by="region")
    with pytest.raises(NotFound):
        did(hand_over, None, 999, small.id("dana"), TODAY)


def test_standing_in_ends_as_of_today_and_only_once(small: World, frozen_clock: FrozenClock) -> None:
    made = stands(small, "dana", "eran")
    frozen_clock.move_to(at("2026-11-20"))
    assert case(small.opened()).owner_id == small.id("eran")
    with setting() as make:
        stranger = small.user(make, "analyst", "analyst")
    with pytest.raises(Forbidden):
        did(end, stranger, made.id)
    did(end, small.users["eran"], made.id)
    did(end, small.users["eran"], made.id)
    assert case(small.opened("two")).owner_id == small.id("dana")
    with db.reading() as session:
        assert session.get_one(Delegation, made.id).until == date(2026, 11, 19)
    with pytest.raises(NotFound):
        did(end, small.users["eran"], 999)


def test_what_was_handed_over_stays_with_who_has_it(small: World, frozen_clock: FrozenClock) -> None:
    stands(small, "dana", "eran", until=date(2026, 11, 18))
    one = small.opened()
    frozen_clock.move_to(at("2026-11-19"))
    assert case(one).owner_id == small.id("eran")
    with db.reading() as session:
        assert delegations.may_hand_over(session, small.users["dana"], small.users["dana"])


# ---- rules -----------------------------------------------------------------------------------------------------------


def seen() -> str:
    with db.reading() as session:
        return loop_rules.digest(policy(session))


def test_rules_are_changed_in_part_and_clocks_that_run_keep_their_time(world: World) -> None:
    one = world.opened()
    hours = {**Loop().level_hours, "agent": 4}
    did(loop_rules.save, {"level_hours": hours, "until_hour": "17:00"}, seen=seen())
    assert case(one).escalates_at == at("2026-11-18", "09:30")
    assert case(world.opened("two", phone="+972500000009")).escalates_at == at("2026-11-17", "13:00")
    with db.reading() as session:
        assert session.get_one(Organisation, 1).loop == {"level_hours": hours, "until_hour": "17:00"}
    # The defaults again are nothing to keep.
    did(loop_rules.save, {"level_hours": dict(Loop().level_hours), "until_hour": "16:00"}, seen=seen())
    with db.reading() as session:
        assert session.get_one(Organisation, 1).loop == {}


def test_rules_that_somebody_else_changed_meanwhile_are_not_written_over(small: World) -> None:
    before = seen()
    did(loop_rules.save, {"solve_hours": 20}, seen=before)
    with pytest.raises(StaleRules):
        did(loop_rules.save, {"solve_hours": 30}, seen=before)
    # The very same twice is no quarrel.
    did(loop_rules.save, {"solve_hours": 20}, seen=before)


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"solve_hours": 0}, "solve_hours"),
    ({"solve_hours": True}, "solve_hours"),
    ({"from_hour": "nine"}, "from_hour"),
    ({"from_hour": None}, "from_hour"),
    ({"from_hour": "18:00"}, "until_hour"),
    ({"level_hours": {"agent": 8}}, "level_hours"),
    ({"compensation": {"agent": -1}}, "compensation"),
    ({"compensation": {"shopper": 100}}, "compensation"),
    ({"colour": "red"}, "colour"),
]


def test_rules_that_do_not_fit_are_named(small: World) -> None:
    for values, place in UNFIT:
        with pytest.raises(UserError) as refused:
            did(loop_rules.save, values, seen=seen())
        assert refused.value.places[0][0] == place
