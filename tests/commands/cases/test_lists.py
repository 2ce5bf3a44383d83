"""The lists of cases on both engines: whose, how many, and what nobody has."""

from __future__ import annotations

import pytest

from survey_app import db
from survey_app.commands import delegations
from survey_app.models import User
from survey_app.queries import cases, standing_in
from tests.commands.cases.world import SINCE, World, at, case, did, just_after, within
from tests.support.clocks import FrozenClock
from tests.support.factories import setting


@pytest.fixture
def world(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on both engines, on a Tuesday morning at nine."""
    frozen_clock.move_to(at("2026-11-17"))
    return World.made()


def numbers(world: World, name: str, cut: str) -> list[int]:
    with db.reading() as session:
        found = cases.listed(session, session.get_one(User, world.id(name)), cut)
        assert found.total == len(found.rows) == found.counts.get(cut, found.total)
        return [one.id for one in found.rows]


def test_each_reader_lists_what_is_theirs(world: World, frozen_clock: FrozenClock) -> None:
    first, second = world.opened("a"), world.opened("b", agent_id=world.eran.id, phone="")
    secret = world.opened("c", subject="pressure", phone="+972501234569")
    assert numbers(world, "dana", cases.MINE) == [first]
    assert numbers(world, "dana", cases.ALL) == [first], "the sensitive one that names her is not there"
    assert numbers(world, "branch", cases.MINE) == [secret]
    assert set(numbers(world, "region", cases.TEAM)) == {first, second, secret}
    assert numbers(world, "service", cases.UNATTENDED) == []
    did(delegations.hand_over, world.users["dana"], world.id("dana"), world.id("eran"), at("2026-11-17").date())
    assert set(numbers(world, "eran", cases.MINE)) == {first, second}
    world.done(second, "eran")
    assert numbers(world, "eran", cases.CLOSED_CUT) == [second], "nobody can be asked: it is closed"
    just_after(frozen_clock, case(first).due_at)
    assert set(numbers(world, "ombudsman", cases.OVERDUE)) == {first, secret}
    with setting() as make:
        make.session.get_one(User, world.id("branch")).active = False
    assert numbers(world, "service", cases.UNATTENDED) == [secret]


def test_a_merged_branch_s_cases_are_its_heir_s(world: World) -> None:
    with setting() as make:
        old = make.branch(code="111", region=None, merged_into_id=world.branch.id, closed=SINCE)
        strange = make.branch(code="112", region=None)
    heir = world.opened("a", branch_id=old.id, agent_id=0)
    world.opened("b", branch_id=strange.id, agent_id=0)
    assert numbers(world, "branch", cases.TEAM) == [heir]
    with db.reading() as session:
        seen = cases.of(session, heir, session.get_one(User, world.id("branch")))
        assert (seen.leads, seen.handles, seen.reads_contact) == (True, True, True)


def test_who_may_stand_in_and_be_given_a_case(world: World) -> None:
    number = world.opened()
    with db.reading() as session:
        names = [user.email.split("@")[0] for user in cases.owners_for(session, within(session, number))]
        assert names == ["dana", "eran", "branch", "region", "service", "ombudsman"]
        dana, branch = (session.get_one(User, world.id(name)) for name in ("dana", "branch"))
        assert [user.id for user in standing_in.led(session, dana)] == [dana.id]
        assert {user.id for user in standing_in.led(session, branch)} == {world.id("dana"), world.id("eran"), branch.id}
        near = {user.email.split("@")[0] for user in standing_in.colleagues(session, dana)}
        assert near == {"dana", "eran", "branch", "region", "service"}
