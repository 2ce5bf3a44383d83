"""Plans between solver and database: made once, changed by hand, made anew around it, published once."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import delete, func, select

from survey_app import clock, db, jobs
from survey_app.audit import Actor
from survey_app.commands import publishing_plans, rotating, rotation, rotation_solving
from survey_app.commands.handing import Unfit
from survey_app.errors import Conflict, UserError
from survey_app.field.rotation.settings import Settings
from survey_app.field.rules import Rules
from survey_app.models import (
    Absence,
    Assignment,
    Branch,
    Entry,
    Job,
    Letter,
    ShopperProfile,
    StaffNotice,
    User,
    VisitEvent,
)
from survey_app.models import Conflict as OfInterest
from survey_app.queries import rotation as queries
from survey_app.queries import worklists
from survey_app.transaction import transaction
from tests.commands.boarding import TOWN, acted
from tests.commands.planning import MONTH, Month, plan_of, publish, solve, visits_of
from tests.commands.together import together
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
Shape = list[tuple[int, int | None, date, str, int]]


def shape(number: int) -> Shape:
    return [
        (one.branch_id, one.shopper_id, one.window_from, one.hour_from, one.scenario_id) for one in visits_of(number)
    ]


@pytest.mark.usefixtures("any_database")
def test_from_a_month_to_visits_of_shoppers() -> None:
    month = Month.made()
    number = month.solved()
    visits = visits_of(number)
    assert Counter(one.branch_id for one in visits) == {branch.id: 2 for branch in month.branches}
    assert {one.state for one in visits} == {"planned"}
    assert {one.window_from.strftime("%Y-%m") for one in visits} == {MONTH}
    assert all(clock.is_working_day(one.window_from) for one in visits)
    assert plan_of(number).outcome["unplaced"] == []
    before = shape(number)

    assert publish(number) == 0
    assert publish(number) == 0, "a double click publishes once"
    visits = visits_of(number)
    assert shape(number) == before
    assert {one.state for one in visits} == {"assigned"}
    assert all(one.given_at and one.handback_until and one.fee == 12_000 for one in visits)
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(VisitEvent)) == len(visits)
        assert session.scalar(select(func.count()).select_from(Letter)) == len({one.shopper_id for one in visits})
        problem = queries.problem(session, queries.find(session, number))
        assert sum(len(days.visited) for days in problem.shoppers) == 0, "a plan's own visits are not in its way"
    with pytest.raises(Conflict):
        acted(rotation.start, number)
    with pytest.raises(Conflict):
        acted(rotation.discard, number)


@pytest.mark.usefixtures("any_database")
def test_two_who_begin_and_publish_at_once_do_it_once() -> None:
    month = Month.made(branches=2)
    plans = together([month.plan, month.plan, month.plan])
    assert len(set(plans)) == 1
    number = int(plans[0])  # type: ignore[arg-type]
    together([partial(acted, rotation.start, number) for _ in range(3)])
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == rotation.SOLVE)) == 1
    jobs.run_ready()
    revision = plan_of(number).revision
    found = together([partial(acted, publishing_plans.publish, number, revision=revision, by=None) for _ in range(3)])
    assert found == [0, 0, 0]
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(VisitEvent)) == len(visits_of(number)) == 4


@pytest.mark.usefixtures("any_database")
def test_a_large_plan_is_written_and_published_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation_solving, "_WRITTEN", 3)
    monkeypatch.setattr(rotation, "BATCH", 4)
    monkeypatch.setattr(publishing_plans, "BATCH", 3)
    number = Month.made().solved()
    assert len(visits_of(number)) == 8
    solve(number)
    assert len(visits_of(number)) == 8, "made anew, nothing is doubled"
    assert publish(number) == 5
    assert Counter(one.state for one in visits_of(number)) == {"assigned": 3, "planned": 5}
    jobs.run_ready()
    assert Counter(one.state for one in visits_of(number)) == {"assigned": 8}
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(VisitEvent)) == 8


def test_what_a_hand_did_stands_when_the_month_is_planned_anew(database: db.Database) -> None:
    month = Month.made()
    number = month.solved()
    first = visits_of(number)[0]
    other = next(one for one in visits_of(number) if one.branch_id != first.branch_id)
    day = next(
        day
        for day in queries.days_of(MONTH)
        if clock.is_working_day(day) and day not in {one.window_from for one in visits_of(number)}
    )
    change = partial(acted, rotating.change, number, first.id, window=2, scenario_id=first.scenario_id)
    moved = change(day=day, shopper_id=first.shopper_id, revision=first.revision)
    assert (moved.window_from, moved.hour_from, moved.pinned) == (day, "16:00", True)
    with pytest.raises(Conflict):
        change(day=day, shopper_id=None, revision=first.revision)
    acted(rotating.remove, number, other.id)
    acted(rotating.remove, number, other.id)
    solve(number)
    again = {one.id: one for one in visits_of(number)}
    assert (again[first.id].window_from, again[first.id].shopper_id) == (day, first.shopper_id)
    counts = Counter(one.branch_id for one in again.values())
    assert counts[other.branch_id] == 1, "what was taken out once is left out once"
    acted(rotating.restore, number, other.branch_id)
    solve(number)
    assert Counter(one.branch_id for one in visits_of(number)) == {branch.id: 2 for branch in month.branches}
    assert acted(rotating.pin_all, number, pinned=True) == 7
    fixed = shape(number)
    solve(number)
    assert sorted(shape(number)) == sorted(fixed)


@pytest.mark.usefixtures("any_database")
def test_planned_anew_a_visit_that_stays_at_its_branch_keeps_its_number() -> None:
    month = Month.made()
    number = month.solved()
    before = {one.id: one for one in visits_of(number)}
    gone = next(iter(before.values()))
    acted(rotating.remove, number, gone.id)
    acted(rotating.restore, number, gone.branch_id)
    other = next(one for one in before.values() if one.branch_id != gone.branch_id and one.shopper_id is not None)
    with setting() as make:
        make.session.get_one(User, other.shopper_id).active = False
    solve(number)
    again = {one.id: one for one in visits_of(number)}
    assert len(again) == len(before)
    assert set(before) - {gone.id} <= set(again)
    assert {one: before[one].branch_id for one in before if one != gone.id} == {
        one: again[one].branch_id for one in before if one != gone.id
    }
    assert again[other.id].shopper_id != other.shopper_id
    assert again[other.id].revision == other.revision + 1, "a page of before does not overwrite it unseen"
    same = [one for one in before.values() if one.id in again and _content(one) == _content(again[one.id])]
    assert all(again[one.id].revision == one.revision for one in same)


def _content(one: Assignment) -> tuple[object, ...]:
    return (one.shopper_id, one.scenario_id, one.window_from, one.window_until, one.hour_from, one.hour_until)


def test_by_hand_hard_rules_hold_and_soft_ones_are_asked(database: db.Database) -> None:
    month = Month.made(shoppers=3)
    number = month.solved()
    first = visits_of(number)[0]
    mine, away, own = month.board.shoppers
    with setting() as make:
        make.session.add(Absence(shopper_id=away.id, since=first.window_from, until=first.window_until))
        make.session.add(OfInterest(shopper_id=own.id, branch_id=first.branch_id, reason="account"))
        make.session.execute(delete(Assignment).where(Assignment.plan_id == number, Assignment.id != first.id))
    change = partial(
        acted, rotating.change, number, first.id, day=first.window_from, window=0, scenario_id=first.scenario_id
    )
    with pytest.raises(Unfit) as soft:
        change(shopper_id=away.id)
    assert soft.value.soft
    assert change(shopper_id=away.id, all_the_same=True).shopper_id == away.id
    with pytest.raises(Unfit) as hard:
        change(shopper_id=own.id, all_the_same=True)
    assert not hard.value.soft
    saturday = date(2026, 12, 5)
    for wrong in (saturday, date(2027, 1, 4)):
        with pytest.raises(UserError):
            acted(
                rotating.change,
                number,
                first.id,
                day=wrong,
                window=0,
                scenario_id=first.scenario_id,
                shopper_id=mine.id,
            )
    offered = change(shopper_id=None)
    assert offered.shopper_id is None
    publish(number)
    assert [one.state for one in visits_of(number)] == ["open"]


def test_shoppers_are_exchanged_between_two_visits(database: db.Database) -> None:
    month = Month.made(branches=2, shoppers=2, visits_a_month=1)
    number = month.solved()
    one, other = visits_of(number)
    with setting() as make:
        # Whoever had both has one now, so that there is something to exchange.
        make.session.get_one(Assignment, one.id).shopper_id = month.board.shoppers[0].id
        make.session.get_one(Assignment, other.id).shopper_id = month.board.shoppers[1].id
    acted(rotating.swap, number, one.id, other.id)
    assert [visit.shopper_id for visit in visits_of(number)] == [who.id for who in reversed(month.board.shoppers)]
    assert all(visit.pinned for visit in visits_of(number))


def test_a_hand_puts_nobody_in_two_places_at_once_without_being_asked(database: db.Database) -> None:
    month = Month.made(branches=3, shoppers=2, visits_a_month=1)
    number = month.solved()
    here, near, far = sorted(visits_of(number), key=lambda one: one.branch_id)
    mine, other = (who.id for who in month.board.shoppers)
    hours = {"hour_from": here.hour_from, "hour_until": here.hour_until}

    def put(one: Assignment, shopper: int) -> None:
        days = {"window_from": here.window_from, "window_until": here.window_until}
        with setting() as make:
            for name, value in {"shopper_id": shopper, **days, **hours}.items():
                setattr(make.session.get_one(Assignment, one.id), name, value)

    with setting() as make:
        make.session.get_one(Branch, far.branch_id).latitude = TOWN[0] + 0.2  # 22 km
    for one, shopper in ((here, mine), (near, other), (far, other)):
        put(one, shopper)
    change = partial(acted, rotating.change, number, far.id, day=here.window_from, scenario_id=far.scenario_id)
    window = next(place for place, one in enumerate(Rules().windows) if one.start == here.hour_from)
    with pytest.raises(Unfit) as asked:
        change(window=window, shopper_id=mine)
    assert ("elsewhere" in asked.value.reasons, asked.value.soft) == (True, True)
    assert change(window=window, shopper_id=mine, all_the_same=True).shopper_id == mine
    put(near, mine)
    put(far, other)
    with pytest.raises(Unfit) as asked:
        acted(rotating.swap, number, here.id, far.id)
    assert "elsewhere" in asked.value.reasons
    put(near, other)
    acted(rotating.remove, number, near.id)
    acted(rotating.swap, number, here.id, far.id)  # the two exchange hours with each other
    put(far, other)
    put(here, mine)
    assert change(window=(window + 1) % len(Rules().windows), shopper_id=mine).shopper_id == mine


def test_a_branch_that_was_not_told_waits_and_its_visits_can_go_to_the_board_later(database: db.Database) -> None:
    month = Month.made(branches=2, shoppers=1)
    untold = month.branches[1]
    with setting() as make:
        make.session.execute(delete(StaffNotice).where(StaffNotice.branch_id == untold.id))
    number = month.solved()
    found = queries.explained(plan_of(number))
    assert Counter((one.branch, one.cause) for one in found) == {
        (untold.id, "no_notice"): 2,
        (month.branches[0].id, "nobody"): 1,
    }
    assert acted(rotating.to_board, number) == 1, "only where a day is left"
    assert Counter(one.shopper_id is None for one in visits_of(number)) == {True: 1, False: 1}
    with pytest.raises(UserError):
        acted(
            rotating.add, number, untold.id, day=date(2026, 12, 8), window=0,
            scenario_id=month.board.scenario.id, shopper_id=None,
        )  # fmt: skip


def test_what_changed_since_stops_publishing_until_it_is_mended(database: db.Database) -> None:
    month = Month.made()
    number = month.solved()
    visit = visits_of(number)[0]
    revision = plan_of(number).revision
    with setting() as make:
        make.session.get_one(User, visit.shopper_id).active = False
        make.session.execute(delete(StaffNotice).where(StaffNotice.branch_id == month.branches[3].id))
    with pytest.raises(UserError):
        publish(number)
    with db.reading() as session:
        stands = publishing_plans.check(session, queries.find(session, number))
    assert set().union(*stands.values()) == {"left", "no_notice"}
    acted(rotating.pin, number, visit.id, pinned=True)
    with pytest.raises(Conflict):
        acted(publishing_plans.publish, number, revision=revision, by=None)
    assert {one.state for one in visits_of(number)} == {"planned"}


def test_a_run_that_is_stopped_writes_nothing_and_a_silent_one_is_begun_anew(
    database: db.Database, frozen_clock: FrozenClock
) -> None:
    number = Month.made().plan()
    acted(rotation.start, number)
    run = plan_of(number).progress["run"]
    assert rotation_solving.run(number, run, lambda *far: False) is None
    acted(rotation.stop, number)
    assert rotation_solving.run(number, run) is None, "a run that nobody wants"
    assert visits_of(number) == []
    assert plan_of(number).state == "draft"
    acted(rotation.start, number)
    first = plan_of(number).progress["run"]
    with pytest.raises(Conflict):
        acted(rotating.pin_all, number, pinned=True)
    frozen_clock.move_to(frozen_clock.moment + timedelta(minutes=5))
    acted(rotation.start, number)
    assert plan_of(number).progress["run"] != first
    jobs.run_ready()
    assert plan_of(number).state == "solved"
    assert len(visits_of(number)) == 8


def test_a_fault_of_the_solver_leaves_the_plan_as_it_was(
    database: db.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = Month.made(branches=1).plan()

    def broken(*given: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(rotation_solving, "solve", broken)
    acted(rotation.start, number)
    jobs.run_ready()
    plan = plan_of(number)
    assert (plan.state, plan.progress) == ("draft", {"failed": True})


def test_what_is_there_already_counts_and_nobody_sees_a_plan_before_it_is_published(database: db.Database) -> None:
    month = Month.made()
    who = month.board.shoppers[0]
    month.board.visit(
        "assigned", shopper_id=who.id, window_from=date(2026, 12, 1), window_until=date(2026, 12, 3), fee=9_000
    )
    number = month.solved()
    assert Counter(one.branch_id for one in visits_of(number))[month.branches[0].id] == 1
    assert not [
        one for one in visits_of(number) if one.branch_id == month.branches[0].id and one.shopper_id == who.id
    ], "the lockout counts the visit that is there"
    with db.reading() as session:
        assert queries.problem(session, queries.find(session, number)).spent == 9_000
        for shopper in month.board.shoppers:
            assert not [one for one in worklists.shops(session, shopper.id, done=True) if one.state == "planned"]


def test_reading_a_month_takes_as_many_statements_for_many_as_for_few(
    database: db.Database, counting_queries: object
) -> None:
    month = Month.made(branches=2, shoppers=2)
    number = month.solved()

    def count() -> int:
        with db.reading() as session, counting_queries() as found:  # type: ignore[operator]
            queries.problem(session, queries.find(session, number))
        return len(found)

    few = count()
    with setting() as make:
        for more in range(6):
            branch = make.branch(code=str(300 + more), region=None)
            month.board.tell(make, branch, date(2026, 1, 1))
            user = make.user(email=f"more{more}@example.com", role="shopper")
            make.session.add(ShopperProfile(user_id=user.id))
    assert count() == few


def test_only_months_to_come_of_active_programmes(database: db.Database) -> None:
    month = Month.made(branches=1)
    for wrong in ("2026-10", "2028-01", "soon"):
        with pytest.raises(UserError):
            acted(rotation.create, month.board.programme.id, wrong, by=None)
    number = month.plan(load=3)
    assert acted(rotation.change, number, Settings(distance=0)).settings == {"distance": 0}
    assert acted(rotation.discard, number) == 0
    other = month.plan()
    assert other != number, "a plan that was thrown away is none"
    with transaction(Actor.system("test"), "test") as session:
        session.get_one(type(month.board.programme), month.board.programme.id).state = "closed"
    with pytest.raises(UserError):
        month.plan()
    with db.reading() as session:
        said = str([(one.details, one.changes) for one in session.scalars(select(Entry))])
    assert "סוקרת" not in said
