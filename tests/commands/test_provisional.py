"""Visits inside the days of an appeal: counted, marked in the month, waited for where the policy says so."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import appeals, quality, reviews
from survey_app.commands.appeals import Decision
from survey_app.errors import Conflict
from survey_app.models import Organisation, Response, User
from survey_app.queries import provisional
from survey_app.queries import reviews as queries
from survey_app.transaction import transaction
from tests.commands.acting import Field, by_visit, sent, shop_answers
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
MONTH = "2026-11"


@pytest.fixture
def reports(any_database: db.Database) -> tuple[Field, list[Response], User, User]:
    """Three approved visits of one branch this month, its manager, and management."""
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        field = Field.made(make)
        visits = [field.visit(make) for _ in range(3)]
        manager = make.user(email="manager@example.com", role="branch_manager", branch=field.branch)
        boss = make.user(email="boss@example.com", role="management")
    found = [sent(by_visit(visit), shop_answers("2026-11-16", A1="no", A1_comment="חסר")) for visit in visits]
    for one in found:
        with transaction(Actor.user(field.reviewer), "quality.review") as session:
            quality.review(session, field.reviewer, one.id, "approved")
    return field, found, manager, boss


def marked() -> tuple[Any, ...]:
    """(visits, provisional) of organisation, its month and the branch."""
    with db.reading() as session:
        data = queries.review(session, MONTH).data
    (branch,) = [one for one in data["branches"] if one["code"] == "101"]
    blocks = (data["organisation"]["shops"], data["organisation"]["month"]["shops"], branch["shops"])
    return tuple((one["n"], one["provisional"]) for one in blocks)


def later(days: int) -> Any:
    return clock.moved_to(clock.now() + timedelta(days=days))


def sign(boss: User) -> str:
    with transaction(Actor.user(boss), "review.sign", month=MONTH) as session:
        return reviews.sign(session, boss, MONTH).numbers


def test_visits_are_marked_while_they_may_be_appealed_against(
    reports: tuple[Field, list[Response], User, User],
) -> None:
    _field, found, manager, boss = reports
    assert marked() == ((3, 3),) * 3
    with later(14):
        assert marked() == ((3, 3),) * 3
        with transaction(Actor.user(manager), "appeals.file") as session:
            appeal = appeals.file(session, manager, found[0].id, {"A1": "היה שלט"})
    with later(15):
        assert marked() == ((3, 1),) * 3, "one waits for its decision"
        with db.reading() as session:
            assert provisional.appealable(session, MONTH) == provisional.Appealable(1, 1, None)
        with transaction(Actor.user(boss), "appeals.decide") as session:
            decision = {"A1": Decision("overturned", "היה שלט", ["yes"])}
            appeals.decide(session, boss, appeal.id, decision)
        assert marked() == ((3, 1),) * 3, "what was changed may be appealed against in turn"
    with later(45):
        assert marked() == ((3, 0),) * 3


def test_a_month_is_signed_with_its_marks_and_stays_as_it_is(reports: tuple[Field, list[Response], User, User]) -> None:
    boss = reports[3]
    with later(25), db.reading() as session:
        first, second = (queries.computed(session, MONTH)[0].json for _ in range(2))
        assert first == second
    with clock.moved_to(clock.start_of(date(2026, 12, 10)) + timedelta(hours=9)):
        with transaction(Actor.user(reports[0].reviewer), "quality.correct") as session:
            quality.correct(session, reports[0].reviewer, reports[1][0].id, "A2", ["no"], "נבדק")
        numbers = sign(boss)
        assert json.loads(numbers)["organisation"]["shops"]["provisional"] == 1
    with later(120), db.reading() as session:
        assert queries.report_text(json.loads(numbers)) == numbers
        assert queries.review(session, MONTH).data["organisation"]["shops"]["provisional"] == 1


def test_where_the_policy_says_so_the_sign_off_waits(reports: tuple[Field, list[Response], User, User]) -> None:
    boss = reports[3]
    with setting() as make:
        make.session.get_one(Organisation, 1).policy = {"appeals_at_closing": "wait"}
    with clock.moved_to(clock.start_of(date(2026, 12, 10)) + timedelta(hours=9)):
        with transaction(Actor.user(reports[0].reviewer), "quality.correct") as session:
            quality.correct(session, reports[0].reviewer, reports[1][0].id, "A2", ["no"], "נבדק")
        with db.reading() as session:
            review = queries.review(session, MONTH)
            assert (review.waits, review.can_be_signed, review.appealable.until) == (True, False, date(2026, 12, 24))
        with pytest.raises(Conflict, match=r"24\.12\.2026"):
            sign(boss)
    with clock.moved_to(clock.start_of(date(2026, 12, 25)) + timedelta(hours=9)):
        assert sign(boss)
