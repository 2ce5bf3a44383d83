"""Clocks move cases: they rise when ignored, are overdue, go to whoever stands in, and end in silence; each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock, db, jobs
from survey_app.commands import delegations
from survey_app.commands.cases import clocks, ending, moving, working
from survey_app.models import Case, Letter
from survey_app.queries import case_clocks
from tests.commands.cases.world import World, at, case, did, events, just_after
from tests.commands.together import together
from tests.support.clocks import FrozenClock
from tests.support.factories import setting


@pytest.fixture
def world(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on both engines, on a Tuesday morning at nine."""
    frozen_clock.move_to(at("2026-11-17"))
    return World.made()


def letters_to(world: World, name: str) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(Letter.kind).where(Letter.user_id == world.id(name)).order_by(Letter.id)))


def test_an_ignored_case_climbs_the_ladder_and_stops_at_its_top(world: World, frozen_clock: FrozenClock) -> None:
    one = world.opened()
    owners = [case(one).owner_id]
    assert case(one).escalates_at == at("2026-11-18", "09:30")
    assert clocks.tick() == {}
    for _rung in range(4):
        just_after(frozen_clock, case(one).escalates_at)
        assert clocks.tick()["case.rise"] == 1
        assert clocks.tick() == {}
        owners.append(case(one).owner_id)
    assert owners == [world.id(name) for name in ("dana", "branch", "region", "service", "ombudsman")]
    assert (case(one).level, case(one).escalates_at) == ("ombudsman", None)
    assert letters_to(world, "dana") == ["case_owner"]
    assert letters_to(world, "ombudsman") == ["case_risen"]
    frozen_clock.move_to(at("2027-06-01"))
    assert clocks.tick()["case.rise"] == 0


def test_a_worker_that_was_off_for_weeks_moves_a_case_one_rung_only(world: World, frozen_clock: FrozenClock) -> None:
    one = world.opened()
    frozen_clock.move_to(at("2026-12-20"))
    clocks.tick()
    clocks.tick()
    assert (case(one).level, case(one).escalates_at) == ("branch", at("2026-12-21", "09:30"))


def test_a_rung_without_anybody_is_passed_over_and_a_case_without_anybody_waits_in_sight(
    any_database: db.Database, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(at("2026-11-17"))
    world = World.made(without=("region_manager", "service_manager", "ombudsman"))
    one, nobody = world.opened(), world.opened("two", wanted="outside")
    assert (case(nobody).owner_id, case(nobody).escalates_at) == (None, None)
    just_after(frozen_clock, case(one).escalates_at)
    clocks.tick()
    just_after(frozen_clock, case(one).escalates_at)
    clocks.tick()
    # Nobody above the branch: it stays there, said once, and nothing rises in a circle.
    assert (case(one).level, case(one).owner_id, case(one).escalates_at) == ("branch", world.id("branch"), None)
    assert events(one).count("escalated") == 2
    with setting() as make:
        region = world.user(make, "late", "region_manager", region=make.session.get_one(Case, nobody).branch.region)
    assert clocks.hourly() == {"case.find_owner": 1}
    assert (case(nobody).owner_id, case(nobody).level) == (region.id, "region")
    assert case(nobody).escalates_at is not None
    assert clocks.hourly() == {}


def test_overdue_counts_from_when_it_was_due_not_from_when_somebody_looked(
    world: World, frozen_clock: FrozenClock
) -> None:
    one = world.opened()
    due = case(one).due_at
    assert due == at("2026-11-24", "09:30")
    frozen_clock.move_to(due + timedelta(days=3))
    counts = clocks.tick()
    assert (counts["case.overdue"], case(one).overdue_since) == (1, due)
    assert clocks.tick()["case.overdue"] == 0
    with db.reading() as session:
        shown = case_clocks.of(session, session.get_one(Case, one))
    assert shown.late
    assert shown.due_in < 0
    assert shown.complaint_on == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("opened", "rises"),
    [
        # The last hour before the eve of Pesach; the last days before both changes of the clock.
        (at("2026-03-31", "15:30"), at("2026-04-05", "16:00")),
        (at("2026-03-26", "15:00"), at("2026-03-29", "15:30")),
        (at("2026-10-22", "15:00"), at("2026-10-25", "15:30")),
    ],
)
def test_clocks_over_pesach_and_both_changes_of_the_clock(
    database: db.Database, frozen_clock: FrozenClock, opened: datetime, rises: datetime
) -> None:
    frozen_clock.move_to(opened)
    World.made().opened()
    frozen_clock.move_to(rises - timedelta(seconds=1))
    assert clocks.tick() == {}
    frozen_clock.move_to(rises)
    assert clocks.tick() == {"case.rise": 1}


def test_a_branch_s_closed_days_hold_the_clock_on_its_own_rungs_only(
    database: db.Database, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(at("2026-11-17"))
    world = World.made(closed_days=("wed",))
    assert case(world.opened()).escalates_at == at("2026-11-19", "09:30")
    assert case(world.opened("two", wanted="outside")).escalates_at == at("2026-11-18", "09:30")


def test_a_branch_that_is_never_open_has_clocks_all_the_same(database: db.Database, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(at("2026-11-17"))
    world = World.made(closed_days=("sun", "mon", "tue", "wed", "thu"))
    assert case(world.opened()).escalates_at == at("2026-11-18", "09:30")


# ---- putting off -----------------------------------------------------------------------------------------------------


def test_progress_gives_a_rung_more_time_and_a_try_does_not(world: World, frozen_clock: FrozenClock) -> None:
    one = world.opened()
    first = case(one).escalates_at
    frozen_clock.move_to(at("2026-11-17", "14:00"))
    did(working.contact, one, world.id("dana"), channel="phone", reached=False, words="")
    did(working.set_step, one, world.id("dana"), next_step="לנסות שוב", next_on=date(2026, 11, 19))
    assert case(one).escalates_at == first
    world.reached(one)
    # Until the end of work on the day of the next step.
    assert case(one).escalates_at == at("2026-11-19", "16:00")
    did(working.set_step, one, world.id("dana"), next_step="לדבר עם המטה", next_on=date(2026, 11, 20))
    # A Friday: the next day of work.
    assert case(one).escalates_at == at("2026-11-22", "16:00")


def test_putting_off_cannot_hold_a_case_for_ever(world: World, frozen_clock: FrozenClock) -> None:
    one = world.opened()
    world.reached(one)
    limit = at("2026-11-25", "10:00")
    for day in range(17, 26):
        frozen_clock.move_to(at(f"2026-11-{day}", "09:15"))
        next_on = date(2026, 12, 31)
        did(working.set_step, one, world.id("dana"), next_step="בהמשך", next_on=next_on)
        assert case(one).escalates_at == limit
    just_after(frozen_clock, limit)
    assert clocks.tick()["case.rise"] == 1
    # On the next rung nothing is gained by it any more.
    rises = case(one).escalates_at
    did(working.set_step, one, world.id("branch"), next_step="בהמשך", next_on=date(2026, 12, 31))
    assert case(one).escalates_at == rises


def test_handing_a_case_to_and_fro_on_a_rung_wins_no_time(world: World, frozen_clock: FrozenClock) -> None:
    one = world.opened()
    rises = case(one).escalates_at
    for hour, to in (("10:00", "eran"), ("12:00", "dana"), ("15:00", "eran")):
        frozen_clock.move_to(at("2026-11-17", hour))
        did(moving.assign, one, world.id(to), world.id("branch"))
    just_after(frozen_clock, rises)
    assert clocks.tick()["case.rise"] == 1


def test_the_rung_never_falls_when_a_case_is_given_back_down(world: World, frozen_clock: FrozenClock) -> None:
    one = world.opened()
    just_after(frozen_clock, case(one).escalates_at)
    clocks.tick()
    did(moving.assign, one, world.id("dana"), world.id("branch"))
    assert (case(one).owner_id, case(one).level) == (world.id("dana"), "branch")
    just_after(frozen_clock, case(one).escalates_at)
    clocks.tick()
    assert (case(one).owner_id, case(one).level) == (world.id("region"), "region")


# ---- owners who are not there ----------------------------------------------------------------------------------------


def test_cases_of_somebody_on_leave_go_to_whoever_stands_in(world: World, frozen_clock: FrozenClock) -> None:
    one = world.opened()
    hand_over = delegations.hand_over
    did(hand_over, world.users["dana"], world.id("dana"), world.id("eran"), date(2026, 11, 18), date(2026, 11, 25))
    assert clocks.tick() == {}
    frozen_clock.move_to(at("2026-11-18", "08:31"))
    assert clocks.tick() == {"case.pass_on": 1}
    assert clocks.tick() == {}
    assert (case(one).owner_id, case(one).level) == (world.id("eran"), "agent")
    assert events(one)[-1] == "delegated"
    assert letters_to(world, "eran") == ["stand_in", "case_owner"]
    assert case(world.opened("two")).owner_id == world.id("eran")
    frozen_clock.move_to(at("2026-11-26"))
    assert case(world.opened("three")).owner_id == world.id("dana")


def test_cases_of_somebody_who_left_go_up(world: World) -> None:
    one = world.opened()
    with setting() as make:
        make.session.merge(world.users["dana"]).active = False
    assert clocks.tick() == {"case.pass_on": 1}
    assert (case(one).owner_id, case(one).level) == (world.id("branch"), "branch")


def test_when_everybody_is_gone_a_case_is_nobody_s_and_found_again(world: World) -> None:
    one = world.opened()
    with setting() as make:
        for user in world.users.values():
            make.session.merge(user).active = False
    assert clocks.tick() == {"case.pass_on": 1}
    assert case(one).owner_id is None
    assert clocks.tick() == {}
    with setting() as make:
        make.session.merge(world.users["eran"]).active = True
        make.session.merge(world.users["branch"]).active = True
    clocks.hourly()
    assert (case(one).owner_id, case(one).level) == (world.id("branch"), "branch")


def test_a_sensitive_case_never_reaches_whom_it_names_by_standing_in(world: World) -> None:
    did(delegations.hand_over, world.users["branch"], world.id("branch"), world.id("dana"), date(2026, 11, 17))
    one, other = world.opened(subject="misconduct"), world.opened("two", subject="misconduct", agent_id=world.eran.id)
    assert case(one).owner_id == world.id("region")
    assert case(other).owner_id == world.id("dana")


# ---- silence ---------------------------------------------------------------------------------------------------------


def test_silence_closes_a_case_unconfirmed_and_a_late_word_counts(world: World, frozen_clock: FrozenClock) -> None:
    one, two = world.opened(), world.opened("two", phone="+972500000001")
    world.finished(one)
    world.finished(two)
    with setting() as make:
        for number in (one, two):
            make.session.get_one(Case, number).silent_at = at("2026-11-26")
    did(ending.confirm, two)
    frozen_clock.move_to(at("2026-11-26", "08:59"))
    assert clocks.tick() == {}
    just_after(frozen_clock, at("2026-11-26"))
    assert clocks.tick() == {"case.silence": 1, "case.rest": 1}
    assert (case(one).state, case(one).closed_how) == ("closed", "unconfirmed")
    assert (case(two).state, case(two).closed_how) == ("closed", "confirmed")
    did(ending.confirm, one)
    assert (case(one).state, case(one).closed_how) == ("closed", "confirmed")
    assert case(one).confirmed_at == clock.now()


def test_a_confirmed_case_closes_even_where_no_survey_leaves(world: World, frozen_clock: FrozenClock) -> None:
    one = world.opened()
    world.confirmed(one)
    frozen_clock.move_to(at("2026-11-30"))
    assert clocks.tick() == {}
    frozen_clock.move_to(at("2026-12-01", "09:01"))
    assert clocks.tick() == {"case.rest": 1}


def test_one_case_that_cannot_be_moved_holds_no_other_back(world: World, frozen_clock: FrozenClock) -> None:
    first, second = world.opened(), world.opened("two", phone="+972500000001")

    def fail_once(session: Session, one: Case) -> None:
        if one.id == first:
            raise ValueError("broken")
        moving.rise(session, one)

    just_after(frozen_clock, case(second).escalates_at)
    rise = next(one for one in clocks.CLOCKS if one.act == "case.rise")
    assert clocks.run(replace(rise, do=fail_once)) == {"case.rise": 1, "failed": 1}
    assert (case(first).level, case(second).level) == ("agent", "branch")


def test_two_workers_at_once_move_a_case_once(world: World, frozen_clock: FrozenClock) -> None:
    one = world.opened()
    just_after(frozen_clock, case(one).escalates_at)
    counts = together([clocks.tick, clocks.tick, clocks.tick])
    assert sum(count["case.rise"] for count in counts if not isinstance(count, Exception)) == 1
    assert not [count for count in counts if isinstance(count, Exception)]
    assert (case(one).level, events(one).count("escalated")) == ("branch", 1)


def test_the_worker_turns_the_clocks() -> None:
    assert clocks.tick in jobs.EVERY_MINUTE
    assert clocks.hourly in jobs.EVERY_HOUR
