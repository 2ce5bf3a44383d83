"""What a decision settles at the desk: an appeal's item, a report that changed meanwhile, a reading that is blind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import appeals, blind, checking, quality
from survey_app.commands.appeals import Decision
from survey_app.errors import Conflict
from survey_app.field.flags import Mark
from survey_app.models import Appeal, Assignment, BlindReview, Letter, Response, User
from survey_app.queries import appeals as appeal_queries
from survey_app.queries import desk, desk_history, seen
from survey_app.transaction import transaction
from tests.commands.acting import Field, by_visit, sent, shop_answers
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")


@dataclass(frozen=True)
class World:
    """A report that waits, and everybody who has to do with it."""

    field: Field
    visit: Assignment
    response: Response
    manager: User
    boss: User
    second: User


@pytest.fixture
def world(any_database: db.Database) -> World:
    with setting() as make:
        field = Field.made(make)
        visit = field.visit(make)
        manager = make.user(email="manager@example.com", role="branch_manager", branch=field.branch)
        boss = make.user(email="boss@example.com", role="management")
        second = make.user(email="second@example.com", role="quality_reviewer")
    response = sent(by_visit(visit), shop_answers("2026-11-16", B1="no", B1_comment="לא"))
    return World(field, visit, response, manager, boss, second)


def review(world: World, outcome: str = "approved", **more: Any) -> None:
    with transaction(Actor.user(world.field.reviewer), "quality.review") as session:
        quality.review(session, world.field.reviewer, world.response.id, outcome, **more)


def correct(world: World, code: str, value: str, user: User | None = None, **more: Any) -> None:
    by = user or world.field.reviewer
    with transaction(Actor.user(by), "quality.correct") as session:
        quality.correct(session, by, world.response.id, code, [value], "לפי התמונה", **more)


def file(user: User, world: World, *codes: str) -> Appeal:
    with transaction(Actor.user(user), "appeals.file") as session:
        return appeals.file(session, user, world.response.id, dict.fromkeys(codes, "לא כך היה"))


def decide(user: User, appeal: Appeal, code: str, outcome: str, *typed: str) -> Appeal:
    with transaction(Actor.user(user), "appeals.decide") as session:
        return appeals.decide(session, user, appeal.id, {code: Decision(outcome, "נבדק שוב", typed)})


@pytest.mark.parametrize(("outcome", "typed"), [("overturned", ["yes"]), ("upheld", [])])
def test_what_an_appeal_settled_is_not_corrected_again(world: World, outcome: str, typed: list[str]) -> None:
    correct(world, "A2", "no")
    review(world)
    decide(world.second, file(world.manager, world, "A2"), "A2", outcome, *typed)
    for user in (world.field.reviewer, world.second):
        with pytest.raises(Conflict):
            correct(world, "A2", "no" if outcome == "overturned" else "yes", user)
    correct(world, "B1", "yes")
    if outcome == "upheld":
        decide(world.boss, file(world.field.shopper, world, "A2"), "A2", "overturned", "yes")


def stamp(world: World) -> str:
    with db.reading() as session:
        return seen.stamp(session, session.get_one(Response, world.response.id))


def test_a_form_of_a_report_that_changed_is_refused_with_what_changed(world: World) -> None:
    shown = stamp(world)
    correct(world, "A2", "no", shown=shown)
    for act in (lambda: review(world, shown=shown), lambda: correct(world, "B1", "yes", shown=shown)):
        with pytest.raises(Conflict, match=r"A2 .*\bלא\b"):
            act()
    review(world, shown=stamp(world))
    for old in (shown, "", "x.y.z", "9.9"):
        with pytest.raises(Conflict):
            correct(world, "B1", "yes", shown=old)
    correct(world, "B1", "yes", shown=stamp(world))


def test_an_appeal_is_decided_on_the_report_as_it_stands(world: World) -> None:
    review(world)
    appeal = file(world.manager, world, "B1")
    shown = stamp(world)
    correct(world, "A2", "no")
    with pytest.raises(Conflict), transaction(Actor.user(world.second), "appeals.decide") as session:
        appeals.decide(session, world.second, appeal.id, {"B1": Decision("upheld", "כן")}, shown=shown)


def drawn(world: World) -> None:
    with setting() as make:
        make.session.add(BlindReview(response_id=world.response.id, drawn_at=clock.now(), answers={}, outcome=""))


def test_the_shoppers_history_tells_nothing_of_a_report_that_is_to_be_read_blind(world: World) -> None:
    review(world)
    drawn(world)
    for user, count in ((world.second, 0), (world.field.reviewer, 1)):
        with db.reading() as session:
            found = desk_history.history(session, world.field.shopper.id, "other", desk.blind_open(session, user))
            assert (len(found.latest), found.mean is not None) == (count, bool(count))
    with transaction(Actor.user(world.second), "quality.blind") as session:
        blind.finish(session, world.second, world.response.id, {"B1": "no"}, "approved")
    with db.reading() as session:
        unseen = desk.blind_open(session, world.second)
        assert len(desk_history.history(session, world.field.shopper.id, "other", unseen).latest) == 1


def letters_to(user: User) -> list[str]:
    with db.reading() as session:
        rows = session.scalars(select(Letter).where(Letter.user_id == user.id).order_by(Letter.id))
        return [one.kind for one in rows if one.kind.startswith("appeal")]


def test_the_other_side_hears_of_what_changed_and_a_reversed_correction_is_settled(world: World) -> None:
    correct(world, "A2", "no")
    correct(world, "A1", "no")
    review(world)
    with db.reading() as session:
        assert set(appeal_queries.filing(session, world.field.shopper, world.response.id)[1].open) == {"A1", "A2"}
    decide(world.second, file(world.manager, world, "A2"), "A2", "overturned", "yes")
    assert (letters_to(world.manager), letters_to(world.field.shopper)) == (["appeal_decided"], ["appeal_outcome"])
    with db.reading() as session:
        assert set(appeal_queries.filing(session, world.field.shopper, world.response.id)[1].open) == {"A1"}
    decide(world.boss, file(world.field.shopper, world, "A1"), "A1", "overturned", "yes")
    assert letters_to(world.manager) == ["appeal_decided", "appeal_outcome"]
    with setting() as make:
        third = make.user(email="third@example.com", role="management")
    decide(third, file(world.manager, world, "B1"), "B1", "upheld")
    assert letters_to(world.field.shopper) == ["appeal_outcome", "appeal_decided"], "nothing changed, nothing is told"


def test_a_report_that_comes_again_unchanged_is_marked(world: World) -> None:
    def codes() -> dict[str, object]:
        return {one.code: one.values for one in checking_of(world)}

    review(world, "returned", words=quality.Words("מה נאמר?", questions=["A2", "B1"]))
    again(world, B1="no", B1_comment="לא")
    assert codes()["untouched"] == {"questions": []}
    review(world, "returned", words=quality.Words("מה נאמר?", questions=["A2", "B1"]))
    again(world, B1="no", B1_comment="לא נאמר דבר")
    assert codes()["untouched"] == {"questions": ["A2"]}
    review(world, "returned", words=quality.Words("מה נאמר?", questions=["B1"]))
    again(world, B1="yes")
    assert "untouched" not in codes()


def checking_of(world: World) -> list[Mark]:
    with db.reading() as session:
        return checking.found_in(session, [world.response.id])[world.response.id]


def again(world: World, **answers: Any) -> None:
    """The report comes again, a minute later."""
    with clock.moved_to(clock.now() + timedelta(minutes=1)):
        sent(by_visit(world.visit), shop_answers("2026-11-16", **answers))
