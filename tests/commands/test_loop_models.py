"""A month's models of cases and promises, and the gate of overdue cases, made of what the commands wrote."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import models, promises
from survey_app.commands.cases import clocks, ending, moving
from survey_app.commands.fitting import cases as fitting
from survey_app.loop.policy import Loop
from survey_app.models import Customer, Departure, ModelResult
from survey_app.queries import facts, loop_facts
from survey_app.queries import models as stored
from survey_app.queries.organisation import policy
from survey_app.transaction import transaction
from tests.commands.cases.world import World, at, case, did
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

MONTH = "2026-10"


@pytest.fixture
def world(any_database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on both engines, on the first Sunday of a working week in October."""
    frozen_clock.move_to(at("2026-10-11"))
    return World.made()


@pytest.fixture
def small(database: db.Database, frozen_clock: FrozenClock) -> World:
    """The same on SQLite alone."""
    frozen_clock.move_to(at("2026-10-11"))
    return World.made()


def model(kind: str) -> dict[str, Any]:
    models.make(MONTH, (kind,))
    with db.reading() as session:
        return session.get_one(ModelResult, (MONTH, kind)).result


def test_a_month_tells_what_became_of_its_cases(world: World, frozen_clock: FrozenClock) -> None:
    saved, silent, again, open_, taken = (
        world.opened(name, phone=f"+97250123450{min(i, 3)}") for i, name in enumerate("abcde")
    )
    with transaction(Actor.system("test"), "case.merge") as session:
        moving.merge(session, taken, open_, world.id("branch"))
    frozen_clock.move_to(at("2026-10-11", "12:00"))
    for number in (saved, silent, again):
        world.finished(number)
    frozen_clock.move_to(at("2026-10-20"))
    did(ending.confirm, saved)
    did(ending.close, saved, "confirmed")
    did(ending.close, silent, "unconfirmed")
    did(ending.reopen, again, "לא נפתר")
    frozen_clock.move_to(at("2026-11-15"))
    found = model(stored.CASES)
    assert (found["opened"], found["closed"], found["standing"]) == (4, 2, 2), "one is part of another"
    assert (found["saved"]["n"], found["saved"]["of"]) == (1, 2)
    assert found["contact"]["median"] == 3.0, "working hours from nine to noon"
    assert found["contact"]["waiting"] == 1, "who waits still counts as long as known"
    assert found["reopened"] == 1
    (row,) = found["branches"]
    assert row["id"] == world.branch.id
    assert row["saved"] == {"n": 1, "of": 2, "value": None, "low": None, "high": None}, "too few for a share"
    assert row["contact"] is None


def test_who_left_is_counted_once_in_the_three_months_after_the_end(small: World, frozen_clock: FrozenClock) -> None:
    with setting() as make:
        customers = [_customer(make, f"C{i}") for i in range(3)]
    # The last of them has two cases, and leaves once.
    cases = [small.opened(f"c{i}", customer_id=one) for i, one in enumerate([*customers, customers[-1]])]
    for number in cases:
        small.finished(number)
        did(ending.close, number, "unconfirmed")
    with transaction(Actor.system("test"), "departure.import") as session:
        # One left when the case ended, or before: nothing of it is an effect.
        for customer, month in zip(customers, ("2026-12", MONTH, "2027-02"), strict=True):
            departure = Departure(key=month, customer_id=customer, branch_id=small.branch.id, month=month, tenure="")
            session.add(departure)
    frozen_clock.move_to(at("2027-02-15"))
    with db.reading() as session:
        early, late = (fitting.gather(session, month) for month in ("2026-12", "2027-01"))
        assert loop_facts.departures_until(session, "2026-11") == MONTH, "told of so far"
    for given in (early, late):
        rows = fitting.read(given["cases"], given["month"], 3, Loop(), "2027-01")
        followed = [one.left for one in rows]
        assert followed == ([None] * 4 if given is early else [True, None, False, None])


def test_a_month_stays_what_it_was_when_a_case_is_opened_again_later(world: World, frozen_clock: FrozenClock) -> None:
    ended, late = world.opened("ended"), world.opened("late", phone="+972501234500")
    silent = world.opened("silent", phone="+972501234501")
    for number in (ended, silent):
        world.finished(number)
    did(ending.confirm, ended)
    did(ending.close, ended, "confirmed")
    did(ending.close, silent, "unconfirmed")
    frozen_clock.move_to(at("2026-10-27"))
    clocks.tick()
    frozen_clock.move_to(at("2026-11-15"))
    before = model(stored.CASES)
    assert (before["saved"]["n"], before["saved"]["of"], before["overdue"], overdue(MONTH)) == (1, 2, 1, True)
    world.finished(late)
    for number in (ended, late):
        did(ending.reopen, number, "לא נפתר")
    did(ending.confirm, silent)
    frozen_clock.move_to(at("2026-12-10"))
    assert models.make(MONTH, (stored.CASES,)) == [], "nothing of what it is made from has changed"
    assert overdue(MONTH) is True
    models.make("2026-12", (stored.CASES,))
    with db.reading() as session:
        after = session.get_one(ModelResult, ("2026-12", stored.CASES)).result
    assert (after["standing"], after["reopened"], after["saved"]["n"], after["saved"]["of"]) == (2, 2, 1, 1)


def _customer(make: Any, ref: str) -> int:
    row = Customer(ref=ref, name="", phone="", email="", language="he", updated_at=clock.now())
    make.session.add(row)
    make.session.flush()
    return int(row.id)


def test_the_same_month_is_made_once(small: World) -> None:
    small.opened("one")
    assert models.make(MONTH, (stored.CASES, stored.PROMISES)) == [stored.CASES, stored.PROMISES]
    assert models.make(MONTH, (stored.CASES, stored.PROMISES)) == []
    small.opened("two")
    assert models.make(MONTH, (stored.CASES, stored.PROMISES)) == [stored.CASES]


@pytest.mark.parametrize(
    ("done_on", "held"),
    [(None, True), ("2026-11-08", False), ("2026-12-01", True)],
    ids=["open still", "done before the month closed", "done after it"],
)
def test_a_case_overdue_when_the_month_closes_holds_its_branch_back(
    small: World, frozen_clock: FrozenClock, done_on: str | None, held: bool
) -> None:
    number = small.opened("late")
    frozen_clock.move_to(at("2026-10-25"))
    clocks.tick()
    assert case(number).overdue_since is not None
    if done_on:
        frozen_clock.move_to(at(done_on))
        small.finished(number)
    frozen_clock.move_to(at("2026-12-10"))
    assert overdue(MONTH) is held
    assert overdue("2026-09") is False, "what became overdue later is no matter of an earlier month"


def overdue(month: str) -> bool:
    with db.reading() as session:
        (unit,) = facts.month_input(session, month, policy(session)).branches
    return unit.overdue


def test_promises_are_a_measure_of_agent_branch_and_organisation(world: World, frozen_clock: FrozenClock) -> None:
    for day, kept in enumerate([True] * 9 + [False] * 3, start=11):
        with transaction(Actor.user(world.users["dana"]), "promise.record") as session:
            made = promises.record(
                session, id=str(uuid4()), words="נחזור", due_on=date(2026, 10, day), made_on=date(2026, 10, 11),
                branch_id=world.branch.id, agent_id=world.dana.id, by_id=world.id("dana"),
            )  # fmt: skip
            if kept:
                promises.settle(session, world.users["dana"], made, "kept", "", 0)
    frozen_clock.move_to(at("2026-11-01"))
    promises.tick()
    found = model(stored.PROMISES)
    assert found["counts"] == {"kept": 9, "broken": 3, "open": 0, "withdrawn": 0}
    assert (found["kept"]["value"], found["kept"]["of"]) == (75.0, 12)
    assert found["agents"] == [{"agent": world.dana.id, "kept": found["kept"]}]
    assert [row["kept"] for row in found["branches"]] == [found["kept"]]
    with db.reading() as session:
        told = stored.for_report(session, MONTH, policy(session))[stored.PROMISES]
    assert "agents" not in told, "a month's report names nobody"
    assert told["branches"][0]["branch"] == "101"
