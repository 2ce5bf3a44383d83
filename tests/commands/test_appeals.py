"""Appeals of both sides: who may, until when, who decides, and that answers, scores, facts and restatements follow."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import clock, db, files, jobs
from survey_app.audit import Actor
from survey_app.commands import appeals, evidence, quality, responses, reviews
from survey_app.commands.appeals import FILE, Decision
from survey_app.commands.evidence import Sent
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import (
    Appeal,
    Assignment,
    Correction,
    Entry,
    Evidence,
    Letter,
    PendingRestatement,
    Response,
    Restatement,
    User,
)
from survey_app.permissions import Scope, scope_of
from survey_app.queries import appeals as queries
from survey_app.queries import responses as response_queries
from survey_app.queries import worklists
from survey_app.transaction import transaction
from tests.commands.acting import Field, branch_facts, by_visit, differences, sent, shop_answers
from tests.support.factories import setting
from tests.support.pictures_sent import picture

pytestmark = pytest.mark.usefixtures("frozen_clock")
WHY, WHY_NOT = "השלט תוקן באותו בוקר", "התמונה מראה את השלט"


@dataclass(frozen=True)
class World:
    """A report with two items lost, decided, and everybody who has to do with it."""

    field: Field
    response: Response
    manager: User
    boss: User
    near: User
    second: User


@pytest.fixture
def world(any_database: db.Database) -> World:
    with setting() as make:
        field = Field.made(make)
        visit = field.visit(make)
        manager = make.user(email="manager@example.com", role="branch_manager", branch=field.branch)
        boss = make.user(email="boss@example.com", role="management")
        near = make.user(email="near@example.com", role="quality_reviewer", region=field.branch.region)
        second = make.user(email="second@example.com", role="quality_reviewer")
    response = sent(by_visit(visit), shop_answers("2026-11-16", A1="no", B1="no", A1_comment="חסר", B1_comment="לא"))
    return World(field, response, manager, boss, near, second)


def review(world: World, outcome: str = "approved", note: str = "") -> None:
    with transaction(Actor.user(world.field.reviewer), "quality.review") as session:
        quality.review(session, world.field.reviewer, world.response.id, outcome, note)


def file(user: User, world: World, *codes: str, reason: str = WHY) -> Appeal:
    with transaction(Actor.user(user), "appeals.file") as session:
        return appeals.file(session, user, world.response.id, dict.fromkeys(codes, reason))


def decide(user: User, appeal: Appeal, **given: tuple[str, str]) -> Appeal:
    """Decide: code -> outcome and new answer; ``whole`` stands for the report."""
    decisions = {
        "" if code == "whole" else code: Decision(outcome, WHY_NOT, [typed] if typed else [])
        for code, (outcome, typed) in given.items()
    }
    with transaction(Actor.user(user), "appeals.decide", appeal=appeal.id) as session:
        return appeals.decide(session, user, appeal.id, decisions)


def states(world: World) -> tuple[str, str | None]:
    with db.reading() as session:
        visit = select(Assignment.state).where(Assignment.response_id == world.response.id)
        return session.get_one(Response, world.response.id).state, session.scalar(visit)


def total(world: World) -> int:
    with db.reading() as session:
        return response_queries.response(session, world.response.id).scores["branch_mystery_visit:total:1"]


def facts() -> list[tuple[int, int, int]]:
    with db.reading() as session:
        return list(branch_facts(session, "total").values())


def later(days: int) -> Any:
    return clock.moved_to(clock.now() + timedelta(days=days))


def test_an_appeal_of_the_branch_changes_answers_score_and_facts(world: World) -> None:
    review(world)
    before = total(world)
    appeal = file(world.manager, world, "A1", "B1")
    assert (appeal.side, appeal.before, facts()) == ("branch", before, [(1, before, before**2)])
    decided = decide(world.boss, appeal, A1=("overturned", "yes"), B1=("upheld", ""))
    after = total(world)
    assert after > before
    assert (decided.before, decided.after, decided.state) == (before, after, "decided")
    assert {one.question: (one.outcome, one.before, one.after) for one in decided.items} == {
        "A1": ("overturned", "no", "yes"),
        "B1": ("upheld", "no", "no"),
    }
    assert facts() == [(1, after, after**2)]
    assert differences() == []
    with db.reading() as session:
        (correction,) = session.scalars(select(Correction))
        assert (correction.question, correction.user_id, correction.reason) == ("A1", world.boss.id, WHY_NOT)
        (letter,) = session.scalars(select(Letter).where(Letter.kind == "appeal_decided"))
        assert letter.user_id == world.manager.id
        for entry in session.scalars(select(Entry)):
            assert WHY not in str(entry.changes) + str(entry.details), "words stay out of the audit trail"
        assert [one.id for one in queries.outcomes(session, world.response.id)] == [appeal.id]


def test_the_shopper_appeals_against_a_rejection_and_the_report_counts_after_all(world: World) -> None:
    review(world, "rejected", "לא ברור היכן נערך הביקור")
    assert facts() == []
    appeal = file(world.field.shopper, world, "")
    assert (appeal.side, appeal.items[0].before) == ("shopper", "rejected")
    decide(world.boss, appeal, whole=("overturned", ""))
    assert states(world) == ("counted", "approved")
    assert facts() == [(1, total(world), total(world) ** 2)]
    assert differences() == []
    assert file(world.manager, world, "A1").side == "branch", "the branch has its days from then on"


@pytest.mark.parametrize(("outcome", "ends"), [("upheld", ("rejected", "rejected")), ("partly", ("voided", "voided"))])
def test_a_rejection_stays_or_the_visit_is_paid_without_counting(
    world: World, outcome: str, ends: tuple[str, str]
) -> None:
    review(world, "rejected", "חסר תיעוד")
    decide(world.boss, file(world.field.shopper, world, ""), whole=(outcome, ""))
    assert (states(world), facts(), differences()) == (ends, [], [])
    with pytest.raises(Conflict):
        file(world.field.shopper, world, "")


def test_a_report_of_another_branch_is_struck_and_the_shopper_may_answer(world: World) -> None:
    review(world)
    decide(world.boss, file(world.manager, world, ""), whole=("overturned", ""))
    assert (states(world), facts(), differences()) == (("rejected", "rejected"), [], [])
    again = file(world.field.shopper, world, "")
    decide(world.second, again, whole=("overturned", ""))
    assert states(world) == ("counted", "approved")
    with pytest.raises(Conflict):
        file(world.manager, world, "")


def test_each_side_once_a_correction_for_the_shopper_then_it_ends(world: World) -> None:
    review(world)
    with pytest.raises(Conflict):
        file(world.field.shopper, world, "A1")
    decide(world.boss, file(world.manager, world, "A1"), A1=("overturned", "yes"))
    back = file(world.field.shopper, world, "A1")
    with pytest.raises(Forbidden):
        decide(world.boss, back, A1=("upheld", ""))
    decide(world.second, back, A1=("overturned", "no"))
    assert differences() == []
    for user in (world.manager, world.field.shopper):
        with pytest.raises(Conflict):
            file(user, world, "A1")


def test_nobody_decides_who_had_a_part_in_the_report_or_belongs_to_it(world: World) -> None:
    review(world)
    appeal = file(world.manager, world, "A1")
    for user, refused in ((world.field.reviewer, Forbidden), (world.near, NotFound), (world.manager, Forbidden)):
        with pytest.raises(refused):
            decide(user, appeal, A1=("upheld", ""))
    with db.reading() as session:
        assert queries.to_decide(session, world.near).total == 0
        assert queries.to_decide(session, world.field.reviewer).total == 0, "nor is it offered to who may not decide"
        assert queries.to_decide(session, world.second).total == 1
        with pytest.raises(NotFound):
            queries.case(session, world.field.shopper, appeal.id)
    decide(world.second, appeal, A1=("upheld", ""))
    with pytest.raises(Conflict):
        decide(world.boss, appeal, A1=("upheld", ""))


def test_the_days_end_and_a_correction_begins_them_anew(world: World) -> None:
    review(world)
    with later(14):
        with db.reading() as session:
            window = queries.filing(session, world.manager, world.response.id)[1]
        assert {"A1", "B1", ""} <= set(window.open)
    with later(15):
        with pytest.raises(Conflict):
            file(world.manager, world, "A1")
        with transaction(Actor.user(world.field.reviewer), "quality.correct") as session:
            quality.correct(session, world.field.reviewer, world.response.id, "A2", ["no"], "נבדק")
        with pytest.raises(Conflict):
            file(world.manager, world, "A1")
        file(world.manager, world, "A2")


def test_what_waits_for_review_and_what_is_not_theirs_cannot_be_appealed_against(world: World) -> None:
    for user in (world.manager, world.boss, world.second):
        with pytest.raises(NotFound):
            file(user, world, "A1")
    with pytest.raises(Conflict):
        file(world.field.shopper, world, "")
    review(world)
    with setting() as make:
        stranger = make.user(email="next@example.com", role="branch_manager", branch=world.field.other)
    with pytest.raises(NotFound):
        file(stranger, world, "A1")
    with pytest.raises(UserError):
        file(world.manager, world)
    with pytest.raises(UserError):
        file(world.manager, world, "A1", reason="  ")
    with pytest.raises(UserError):
        file(world.manager, world, "A1", "")
    with pytest.raises(Conflict):
        file(world.manager, world, "no.such.item")


def test_a_decision_without_another_answer_or_without_words_is_refused(world: World) -> None:
    review(world)
    appeal = file(world.manager, world, "A1")
    for bad in (("overturned", "no"), ("overturned", "perhaps"), ("nothing", "")):
        with pytest.raises(UserError):
            decide(world.boss, appeal, A1=bad)
    with pytest.raises(UserError), transaction(Actor.user(world.boss), "appeals.decide") as session:
        appeals.decide(session, world.boss, appeal.id, {"A1": Decision("upheld", " ")})
    with pytest.raises(UserError):
        decide(world.boss, appeal)
    with db.reading() as session:
        assert session.get_one(Appeal, appeal.id).state == "open"


def add(user: User, appeal: Appeal, *names: str) -> list[str]:
    arrived = [evidence.receive(FILE, Sent(name, io.BytesIO(picture(size=(40 + len(name), 40)))), 1) for name in names]
    with evidence.or_gone(arrived), transaction(Actor.user(user), "appeals.attach") as session:
        return appeals.attach(session, user, appeal.id, "A1", arrived)


def test_whoever_saw_a_score_sees_that_an_appeal_struck_it_and_nobody_else_does(world: World) -> None:
    scope = scope_of(world.manager)
    review(world)
    decide(world.boss, file(world.manager, world, ""), whole=("overturned", ""))
    assert states(world) == ("rejected", "rejected")
    with db.reading() as session:
        assert worklists.shop_report(session, world.response.id, scope).response.state == "rejected"
        with pytest.raises(NotFound):
            worklists.shop_report(session, world.response.id, Scope("branch", branch_id=world.field.other.id))
    with transaction(Actor.user(world.boss), "test.change") as session:
        session.query(Appeal).update({"side": "shopper"})
    with db.reading() as session, pytest.raises(NotFound):
        worklists.shop_report(session, world.response.id, scope)


def test_what_may_be_appealed_against_is_listed_in_as_many_statements_however_much_it_is(
    world: World, counting_queries: Callable[[], AbstractContextManager[Any]]
) -> None:
    review(world)

    def listed() -> tuple[int, int]:
        with counting_queries() as asked, db.reading() as session:
            user = session.get_one(User, world.manager.id)
            found = queries.offers(session, user)
            return len(found), len(asked)

    first, few = listed()
    for day in ("2026-11-14", "2026-11-15"):
        with setting() as make:
            made = world.field.visit(make)
        response = sent(by_visit(made), shop_answers(day))
        with transaction(Actor.user(world.field.reviewer), "quality.review") as session:
            quality.review(session, world.field.reviewer, response.id, "approved")
    assert (first, *listed()) == (1, 3, few)


def test_files_belong_to_the_side_and_to_who_decides_and_go_with_a_withdrawal(world: World) -> None:
    review(world)
    appeal = file(world.manager, world, "A1")
    assert add(world.manager, appeal, "a.jpg", "bb.jpg") == []
    assert add(world.manager, appeal, "a.jpg") == [], "the same file is there already"
    assert len(add(world.manager, appeal, "ccc.jpg", "dddd.jpg", "eeeee.jpg", "ffffff.jpg")) == 1, "five at most"
    with db.reading() as session:
        kept = session.scalars(select(Evidence).where(Evidence.appeal_id == appeal.id)).all()
        assert len(kept) == 5
        for user in (world.manager, world.boss, world.second):
            assert queries.file(session, user, appeal.id, kept[0].id).id == kept[0].id
        for user in (world.field.shopper, world.near):
            with pytest.raises(NotFound):
                queries.file(session, user, appeal.id, kept[0].id)
    with pytest.raises(NotFound):
        add(world.field.shopper, appeal, "g.jpg")
    with transaction(Actor.user(world.manager), "appeals.withdraw") as session:
        appeals.withdraw(session, world.manager, appeal.id)
    assert not list(files.store().kept(timedelta(days=-1)))
    with pytest.raises(Conflict):
        add(world.manager, appeal, "h.jpg")
    file(world.manager, world, "A1")


def test_an_erased_response_takes_its_appeals_along(world: World) -> None:
    review(world)
    appeal = file(world.manager, world, "A1")
    add(world.manager, appeal, "a.jpg")
    decide(world.boss, appeal, A1=("overturned", "yes"))
    with transaction(Actor.user(world.boss), "responses.erase") as session:
        responses.erase(session, world.response.id)
    with db.reading() as session:
        assert session.scalars(select(Appeal)).all() == []
    assert facts() == []
    assert not list(files.store().kept(timedelta(days=-1)))


def test_a_signed_month_is_restated_after_a_decision(world: World) -> None:
    review(world)
    appeal = file(world.manager, world, "A1")
    with later(30):
        with transaction(Actor.user(world.boss), "review.sign") as session:
            reviews.sign(session, world.boss, "2026-11")
        decide(world.boss, appeal, A1=("overturned", "yes"))
        with db.reading() as session:
            assert session.get_one(PendingRestatement, "2026-11").others == 1
        jobs.run_ready()
        with db.reading() as session:
            assert session.scalars(select(Restatement.others)).all() == [1]
