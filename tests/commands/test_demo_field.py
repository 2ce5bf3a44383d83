"""The demo bank in the field: everything that a coordinator, a reviewer and a shopper look at is there, and fits."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from survey_app import clock, contents, db, demo
from survey_app.models import (
    Appeal,
    Assignment,
    BlindReview,
    Certification,
    Claim,
    Evidence,
    Expense,
    FieldRecord,
    LateItem,
    Letter,
    Payment,
    PayMonth,
    Programme,
    RotationPlan,
    Scenario,
    ShopperProfile,
    StaffNotice,
    User,
)
from survey_app.permissions import Role
from survey_app.queries import candidates, desk, pay, programmes, today
from tests.support.demos import Loaded, count, every, load_into

BRANCHES, MONTHS = 8, 3


@pytest.fixture(scope="module")
def loaded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """A demo bank as small as can be; these tests only read it."""
    folder = tmp_path_factory.mktemp("demo")
    contents.bind(contents.LocalContents(folder / "evidence"))
    database, summary = load_into(folder / "demo.db", sqlite_template, branches=BRANCHES, months=MONTHS, seed=7)
    yield database, summary
    contents.bind(None)
    database.close()


@pytest.fixture
def summary(loaded: Loaded, frozen_clock: object) -> Iterator[demo.Summary]:
    """The bank, bound, at the moment it was loaded."""
    with db.bound(loaded[0]):
        yield loaded[1]


def test_the_programme_began_whole(summary: demo.Summary) -> None:
    (programme,) = every(select(Programme))
    assert programme.state == "active"
    assert set(programme.charter) >= {"he", "en", "ar", "ru"}
    assert count(StaffNotice) == BRANCHES
    assert all(one.risks for one in every(select(Scenario)))
    with db.reading() as session:
        told = programmes.told(session, programme.id)
        visits = session.execute(
            select(Assignment.branch_id, func.min(Assignment.window_until)).group_by(Assignment.branch_id)
        )
        assert all(told[branch] <= day for branch, day in visits)
    shoppers = count(User, User.role == Role.SHOPPER)
    assert len({one.shopper_id for one in every(select(Certification).where(Certification.passed))}) == shoppers - 1


def test_every_visit_was_promised_its_fee_and_every_decision_has_its_moment(summary: demo.Summary) -> None:
    visits = every(select(Assignment))
    assert {one.fee for one in visits if one.shopper_id is not None and one.state != "claimed"} == {12_000}
    for one in visits:
        assert (one.decided_at is not None) == (one.state in {"approved", "rejected", "voided"}), one.state


def test_whoever_has_a_visit_of_the_plan_may_make_it(summary: demo.Summary) -> None:
    (plan,) = every(select(RotationPlan))
    assert plan.state == "published"
    with db.reading() as session:
        whole = session.scalars(select(Assignment).where(Assignment.plan_id == plan.id)).all()
        assert {"submitted", "assigned", "returned"} <= {one.state for one in whole}
        given = [one for one in whole if one.state == "assigned" and one.window_until >= clock.today()]
        assert len(given) >= 3
        for visit in given:
            assert visit.shopper_id is not None
            days = candidates.usable_days(visit.branch, visit.window_from, visit.window_until)
            (who,) = candidates.facts(session, visit, only=[visit.shopper_id])
            assert candidates.against(who, visit, candidates.rules_of(visit), days) == ()


def test_the_shopper_with_a_login_is_discreet_and_has_a_visit_to_make_today(summary: demo.Summary) -> None:
    with db.reading() as session:
        own = session.scalars(select(User).where(User.email.startswith("shopper@"))).one()
        assert session.get_one(ShopperProfile, own.id).discreet
        day = clock.today()
        visits = session.scalars(
            select(Assignment).where(
                Assignment.shopper_id == own.id,
                Assignment.state == "assigned",
                Assignment.window_from <= day,
                Assignment.window_until >= day,
            )
        ).all()
        assert any(candidates.usable_days(one.branch, day, day) for one in visits)


def test_the_board_and_what_went_wrong(summary: demo.Summary) -> None:
    states = Counter(one.state for one in every(select(Assignment)))
    assert states["open"] >= 2
    assert (states["claimed"], states["missed"]) == (1, 1)
    assert Counter(one.state for one in every(select(Claim))) == {"asked": 1, "waiting": 1, "declined": 1}


def test_phones_told_how_near_and_never_where(summary: demo.Summary) -> None:
    records = every(select(FieldRecord))
    assert len(records) >= 10
    for one in records:
        assert set(one.position) <= {"state", "within_m", "accuracy_m"}
        assert one.entered_at < one.greeted_at <= one.left_at < one.began_at < one.finished_at
        assert one.received_at <= clock.now()


def test_pictures_say_that_they_are_synthetic_and_hold_nothing_else(summary: demo.Summary) -> None:
    files = every(select(Evidence))
    assert {one.question for one in files} == {"A2", "receipt"}
    for one in files:
        content = contents.store().read(one.content)
        with Image.open(io.BytesIO(content)) as picture:
            assert not picture.getexif()
        assert len(content) < 30_000


def test_money_adds_up_and_only_the_last_full_month_waits(summary: demo.Summary) -> None:
    closed = every(select(PayMonth).order_by(PayMonth.month))
    assert closed[-1].month < summary.month
    with db.reading() as session:
        assert summary.month in pay.open_months(session)
        assert sum(one.total for one in closed) == session.scalar(select(func.sum(Payment.amount)))
        assert pay.statement(session, summary.month).total > 0
        assert pay.due(session, closed[-1].month) == [], "nothing of a closed month is left over"
    states = Counter(one.state for one in every(select(Expense)))
    assert states["claimed"] >= 1
    assert states["granted"] >= 2


def test_appeals_of_both_sides_and_second_readings(summary: demo.Summary) -> None:
    found = {(one.side, one.state) for one in every(select(Appeal))}
    assert found == {("branch", "open"), ("branch", "decided"), ("shopper", "decided")}
    read = every(select(BlindReview))
    assert any(one.done_at is None for one in read)
    assert any(one.answers for one in read)
    assert count(LateItem, LateItem.due_at > clock.now()) == 1


def test_today_looks_like_the_middle_of_a_month(summary: demo.Summary) -> None:
    with db.reading() as session:
        found = today.today(session)
        assert (found.late.total, found.missed.total, found.claims.total, found.unsynced.total) == (1, 1, 1, 1)
        assert found.quotas.total <= 3
        assert not found.quotas.unplanned
        (late,) = found.late.rows
        assert "phone" in late.signs
        assert len({one.window_from for one in every(select(Assignment).where(Assignment.state == "assigned"))}) >= 3


def test_the_queue_shows_every_sort_of_report_and_a_second_phone(summary: demo.Summary) -> None:
    with db.reading() as session:
        reviewer = session.scalars(select(User).where(User.role == Role.QUALITY_REVIEWER).order_by(User.id)).first()
        assert reviewer is not None
        counts = desk.counts(session, reviewer)
        assert 5 <= counts.ready <= 8
        assert (counts.later, counts.returned, counts.copies) == (1, 1, 1)
        marks = Counter(mark.code for one in desk.queue(session) for mark in one.marks)
        assert {"fast", "copied", "reused", "far", "copies"} <= set(marks)
        for one in desk.queue(session):
            assert count(FieldRecord, FieldRecord.response_id == one.response.id) == 1
            assert count(Evidence, Evidence.response_id == one.response.id, Evidence.question == "A2") == 1


def test_the_demo_writes_to_nobody(summary: demo.Summary) -> None:
    assert {one.state for one in every(select(Letter))} == {"sent"}
