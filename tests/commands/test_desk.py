"""The reviewers' desk below its screens: the queue, decisions with words, late items, second copies, blind readings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import checking, copies, late_answers, late_items, quality
from survey_app.commands.quality import Words
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.field.flag_words import said
from survey_app.field.rules import Rules
from survey_app.models import (
    Answer,
    Assignment,
    Correction,
    FieldCopy,
    FieldRecord,
    LateItem,
    Letter,
    Programme,
    QualityReview,
    ReportCheck,
    ReportVersion,
    Response,
    User,
    VisitEvent,
)
from survey_app.queries import desk, desk_history
from survey_app.transaction import transaction
from tests.commands.acting import SHOP, SINCE, Field, branch_facts, by_visit, differences, sent, shop_answers
from tests.commands.together import together
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
Counting = Callable[[], AbstractContextManager[Any]]
NOTE = "מה בדיוק נאמר?"


@pytest.fixture
def field(any_database: db.Database) -> Field:
    with setting() as make:
        return Field.made(make)


def visit(field: Field, **rules: Any) -> Assignment:
    """A visit to make, under a programme with these rules."""
    with setting() as make:
        made = field.visit(make)
        if rules:
            campaign = make.campaign(SHOP, opens=SINCE)
            programme = make.session.scalar(select(Programme)) or Programme(
                code="p", name={"he": "תכנית"}, campaign_id=campaign.id, created_at=clock.now(), charter={}
            )
            programme.rules = Rules.load(rules).dump()
            make.session.add(programme)
            make.session.flush()
            made.programme_id = programme.id
        return made


def report(made: Assignment, **more: Any) -> Response:
    return sent(by_visit(made), shop_answers("2026-11-16", **more))


def decide(reviewer: User, response: Response, outcome: str, words: Words | None = None) -> QualityReview:
    with transaction(Actor.user(reviewer), "quality.review") as session:
        return quality.review(session, reviewer, response.id, outcome, words=words)


def one(model: Any, *conditions: Any) -> Any:
    with db.reading() as session:
        return session.scalars(select(model).where(*conditions)).one()


def every(model: Any, *conditions: Any) -> list[Any]:
    with db.reading() as session:
        return list(session.scalars(select(model).where(*conditions)))


# ---- nothing counts by itself ----------------------------------------------------------------------------------------


def test_nothing_is_ever_accepted_by_itself_however_clean_and_old(field: Field) -> None:
    response = report(visit(field), N1="נכנסתי, המתנתי וקיבלתי שירות")
    with clock.moved_to(clock.now() + timedelta(days=400)):
        checking.check_waiting()
        late_answers.lapse()
    assert one(Response, Response.id == response.id).state == "pending"
    assert every(QualityReview) == []
    with db.reading() as session:
        assert branch_facts(session, "total") == {}


# ---- words, phrases, days --------------------------------------------------------------------------------------------


def test_what_is_sent_back_says_phrases_in_the_shoppers_language_and_a_day(field: Field) -> None:
    with setting() as make:
        make.session.get_one(User, field.shopper.id).language = "ru"
    made = visit(field, return_days=9)
    response = report(made, B1="no")
    words = Words("Почему?", ["words_missing"], ["B1", "A2"])
    judged = decide(field.reviewer, response, "returned", words)
    assert judged.note == (
        "К отмеченным пунктам нет пояснения словами. Пожалуйста, добавьте, что именно было сказано или замечено.\n"
        "Почему?"
    )
    assert (judged.phrases, judged.questions) == (["words_missing"], ["A2", "B1"])
    assert one(Assignment).answer_by == clock.today() + timedelta(days=9)
    assert one(Letter).kind == "report_returned"
    assert [event.kind for event in every(VisitEvent)][-1] == "returned"


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (Words(" "), "note"),
        (Words("כן", ["well_done"]), "phrases"),
        (Words("כן", ["nonsense"]), "phrases"),
        (Words("כן", questions=["Z9"]), "questions"),
        (Words("כן", answer_by=date(2026, 11, 17)), "answer_by"),
        (Words("כן", answer_by=date(2027, 11, 17)), "answer_by"),
    ],
)
def test_what_does_not_fit_a_decision_is_refused_at_its_place(field: Field, words: Words, place: str) -> None:
    response = report(visit(field))
    with pytest.raises(UserError) as refused:
        decide(field.reviewer, response, "returned", words)
    assert refused.value.places[0][0] == place
    assert every(QualityReview) == []


def test_more_time_is_given_and_what_never_came_back_can_be_rejected(field: Field) -> None:
    response = report(visit(field))
    decide(field.reviewer, response, "returned", Words(NOTE))
    with pytest.raises(Conflict):
        decide(field.reviewer, response, "rejected", Words(NOTE))
    with transaction(Actor.user(field.reviewer), "quality.extend") as session:
        quality.extend(session, field.reviewer, response.id, date(2026, 12, 1))
    with clock.moved_to(datetime(2026, 12, 2, 12, tzinfo=clock.TIME_ZONE)):
        decide(field.reviewer, response, "rejected", Words(NOTE))
    assert one(Assignment).state == "rejected"
    assert one(Assignment).decided_at is not None
    assert [letter.kind for letter in every(Letter)] == ["report_returned", "report_decided"]


def test_every_version_of_a_report_can_be_seen(field: Field) -> None:
    made = visit(field)
    response = report(made, B1="no", N1="כמו שנשלח")
    decide(field.reviewer, response, "returned", Words(NOTE))
    sent(by_visit(made), {"N1": "כמו שנשלח שוב"})
    with transaction(Actor.user(field.reviewer), "quality.correct") as session:
        quality.correct(session, field.reviewer, response.id, "B1", ["yes"], "נבדק")
    with db.reading() as session:
        kept = desk_history.versions(session, response.id)
        assert [(one.number, one.cause, one.user_id) for one in kept] == [
            (1, "sent", field.shopper.id),
            (2, "sent", field.shopper.id),
            (3, "corrected", field.reviewer.id),
        ]
        assert [one.answers["N1"] for one in kept] == ["כמו שנשלח", "כמו שנשלח שוב", "כמו שנשלח שוב"]
        assert [one.answers["B1"] for one in kept] == ["no", "no", "yes"]
        assert kept[0].total is not None
        assert kept[0].total < (kept[2].total or 0)


# ---- the queue -------------------------------------------------------------------------------------------------------


def test_the_queue_goes_by_age_and_risk_and_shows_why(field: Field, frozen_clock: Any) -> None:
    clean, risky = report(visit(field)), report(visit(field), time_in="10:00", time_out="09:00")
    with clock.moved_to(clock.now() - timedelta(days=5)):
        old = report(visit(field), visit_date="2026-11-10")
    assert checking.check_waiting() == 3
    assert checking.check_waiting() == 0, "what has not changed is not checked again"
    with db.reading() as session:
        orders = {
            order: [found.response.id for found in desk.queue(session, order=order)]
            for order in (desk.DUE, desk.AGE, desk.RISK, desk.CLEAN)
        }
        assert orders[desk.DUE] == [old.id, risky.id, clean.id]
        assert orders[desk.RISK][0] == orders[desk.CLEAN][-1] == risky.id
        assert orders[desk.AGE][0] == old.id
        (found,) = desk.queue(session, flag="backwards")
        assert found.response.id == risky.id
        assert [said(mark) for mark in found.marks if mark.code == "backwards"] != []
        walk = [desk.following(session, field.reviewer, order=desk.DUE)]
        while walk[-1] is not None:
            walk.append(desk.following(session, field.reviewer, order=desk.DUE, after=walk[-1]))
        assert walk == [*orders[desk.DUE], None], "one after the other, each once"
    with setting() as make:
        near = make.user(email="north@example.com", role="quality_reviewer", branch=field.other)
    with db.reading() as session:
        assert desk.following(session, near) is None, "nobody is led to a report of the own region"


def test_a_correction_or_a_file_that_comes_later_is_checked_again(field: Field) -> None:
    made = visit(field)
    response = report(made, time_in="10:00", time_out="09:00")
    checking.check_waiting()
    with transaction(Actor.user(field.reviewer), "quality.correct") as session:
        quality.correct(session, field.reviewer, response.id, "time_out", ["11:00"], "נבדק")
    assert "backwards" not in str(one(ReportCheck).marks)
    with setting() as make:
        make.session.add(
            FieldRecord(
                response_id=response.id, assignment_id=made.id, device="d", digest="x", received_at=clock.now(),
                position={"state": "far", "within_m": 900, "accuracy_m": 20}, timings={},
                manifest=[{"sha256": "f" * 64}],
            )
        )  # fmt: skip
    assert checking.check_waiting() == 1
    assert {mark["code"] for mark in one(ReportCheck).marks} >= {"far", "files"}


def test_ten_thousand_waiting_reports_are_listed_in_a_few_statements(field: Field, counting_queries: Counting) -> None:
    first = report(visit(field))
    with transaction(Actor.system("test"), "test.many") as session:
        whole = {column.name: getattr(one(Response, Response.id == first.id), column.name) for column in
                 Response.__table__.columns}  # fmt: skip
        template = one(Assignment)
        rows = [f"{number:032x}" for number in range(10_000)]
        session.execute(insert(Response), [{**whole, "id": row} for row in rows])
        given = {column.name: getattr(template, column.name) for column in Assignment.__table__.columns}
        session.execute(insert(Assignment), [{**{k: v for k, v in given.items() if k != "id"}, "response_id": row}
                                             for row in rows])  # fmt: skip
        session.execute(
            insert(ReportCheck),
            [{"response_id": row, "risk": number % 9, "marks": [], "seen": "", "at": clock.now()}
             for number, row in enumerate(rows)],
        )  # fmt: skip
    with counting_queries() as queries, db.reading() as session:
        assert desk.counts(session, field.reviewer).ready == 10_001
        listed = desk.queue(session, limit=50, offset=5_000)
        assert len(listed) == 50
        onward = desk.following(session, field.reviewer, after=listed[0].response.id)
        assert onward == listed[1].response.id
    assert len(queries) <= 12


# ---- items answered later --------------------------------------------------------------------------------------------


def test_an_item_answered_later_keeps_the_visit_from_approval(field: Field) -> None:
    made = visit(field, late_days=4)
    answers = {code: value for code, value in shop_answers("2026-11-16").items() if code != "F5"}
    response = sent(by_visit(made), answers)
    item = one(LateItem)
    assert (item.question, item.state, item.due_at) == ("F5", "waiting", clock.now() + timedelta(days=4))
    with transaction(Actor.respondent(), "again") as session:
        assert late_items.open(session, session.get_one(Response, response.id)) == [], "opened once"
    with pytest.raises(UserError, match="F5"):
        decide(field.reviewer, response, "approved")
    with db.reading() as session:
        assert desk.total(session) == 0
        assert desk.total(session, show=desk.LATER) == 1
    for typed in ({}, {"F5": [""]}, {"F5": ["maybe"]}, {"B1": ["no"]}):
        with pytest.raises(UserError), transaction(Actor.user(field.shopper), "later") as session:
            late_answers.answer(session, field.shopper.id, made.id, typed)
    with pytest.raises(NotFound), transaction(Actor.user(field.reviewer), "later") as session:
        late_answers.answer(session, field.reviewer.id, made.id, {"F5": ["no"]})
    with transaction(Actor.user(field.shopper), "later") as session:
        late_answers.answer(session, field.shopper.id, made.id, {"F5": ["no"]}, {"F5": "לא התקשרו"})
    assert one(LateItem).state == "answered"
    assert one(Answer, Answer.question == "F5_comment").words == "לא התקשרו"
    decide(field.reviewer, response, "approved")
    with db.reading() as session:
        ((n, total, _squares),) = branch_facts(session, "total").values()
    assert (n, total) == (1, 9800), "two points of ten of a section of ten"
    assert differences() == []


def test_what_was_not_answered_in_time_is_left_to_the_reviewer(field: Field) -> None:
    made = visit(field)
    answers = {code: value for code, value in shop_answers("2026-11-16").items() if code != "F5"}
    response = sent(by_visit(made), answers)
    assert late_answers.lapse() == 0
    with clock.moved_to(clock.now() + timedelta(days=8)):
        assert late_answers.lapse() == 1
        assert one(LateItem).state == "lapsed"
        decide(field.reviewer, response, "approved")
    assert one(Response).state == "counted"


def test_a_report_that_comes_again_with_the_answer_waits_for_nothing(field: Field) -> None:
    made = visit(field)
    answers = {code: value for code, value in shop_answers("2026-11-16").items() if code != "F5"}
    response = sent(by_visit(made), answers)
    decide(field.reviewer, response, "returned", Words(NOTE))
    sent(by_visit(made), {"F5": "yes"})
    assert one(LateItem).state == "answered"
    decide(field.reviewer, response, "approved")


# ---- second copies ---------------------------------------------------------------------------------------------------


def copy_of(response: Response, stored: Mapping[str, Any]) -> int:
    with setting() as make:
        found = FieldCopy(
            response_id=response.id, device="other", digest="d", content={"stored": dict(stored)}, reason="second",
            received_at=clock.now(),
        )  # fmt: skip
        make.session.add(found)
        make.session.flush()
        return found.id


def settle(reviewer: User, copy_id: int, taken: list[str], reason: str = "") -> FieldCopy:
    with transaction(Actor.user(reviewer), "quality.settle") as session:
        return copies.settle(session, reviewer, copy_id, taken, reason)


def test_two_reports_of_a_visit_are_compared_before_it_is_approved(field: Field) -> None:
    response = report(visit(field), B1="no", B2_comment="הפנו אותי")
    theirs = shop_answers("2026-11-16", B1="yes", B1_comment="ברכו אותי", B2_comment="הפנו אותי")
    copy_id = copy_of(response, theirs)
    with pytest.raises(UserError):
        decide(field.reviewer, response, "approved")
    with pytest.raises(UserError) as refused:
        settle(field.reviewer, copy_id, ["B1"])
    assert refused.value.places[0][0] == "reason"
    with pytest.raises(UserError):
        settle(field.reviewer, copy_id, ["A1"], "אין הבדל")
    with pytest.raises(Forbidden):
        settle(field.shopper, copy_id, [])
    settle(field.reviewer, copy_id, ["B1"], "בטלפון השני נכתב אחר כך")
    assert one(FieldCopy).settled_by_id == field.reviewer.id
    assert one(FieldCopy).content["stored"]["B1_comment"] == "ברכו אותי", "the copy stays"
    assert (one(Correction).before, one(Correction).after) == ("no", "yes")
    assert one(Answer, Answer.question == "B1_comment").words == "ברכו אותי"
    assert [kept.cause for kept in every(ReportVersion)] == ["sent", "copied"]
    with pytest.raises(Conflict):
        settle(field.reviewer, copy_id, [])
    decide(field.reviewer, response, "approved")
    assert differences() == []


def test_a_copy_settled_by_two_at_once_is_settled_once(field: Field) -> None:
    response = report(visit(field), B1="no")
    copy_id = copy_of(response, shop_answers("2026-11-16", B1="yes"))
    done = together([partial(settle, field.reviewer, copy_id, ["B1"], "נבדק") for _reader in range(3)])
    assert sorted(type(found).__name__ for found in done) == ["Conflict", "Conflict", "FieldCopy"]
    assert len(every(Correction)) == 1
