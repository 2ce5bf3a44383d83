"""The reviewers' desk as pages: the queue, words to the shopper, late answers, second copies, second readings."""

from __future__ import annotations

from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app import clock, db
from survey_app.commands import checking
from survey_app.commands.syncing import filing
from survey_app.models import Assignment, BlindReview, Evidence, FieldCopy, LateItem, QualityReview, Response, User
from tests.commands.acting import Field, by_visit, sent, shop_answers
from tests.support import phones
from tests.support.factories import setting
from tests.support.pictures_sent import picture
from tests.web.people import Person, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def field(database: db.Database) -> Field:
    with setting() as make:
        made = Field.made(make)
        make.user(email="second@example.com", role="quality_reviewer")
        make.user(email="analyst@example.com", role="analyst")
    return made


@pytest.fixture
def reviewer(app: Flask, field: Field) -> Person:
    return Person(app).log_in("judge@example.com")


def report(field: Field, day: str = "2026-11-09", **more: object) -> str:
    with setting() as make:
        visit = field.visit(make)
    answers = {code: value for code, value in (shop_answers(day) | more).items() if value is not None}
    return sent(by_visit(visit), answers).id


def test_the_reader_is_led_from_report_to_report_and_back_to_the_queue(reviewer: Person, field: Field) -> None:
    clean, marked = report(field), report(field, time_in="10:00", time_out="09:00")
    checking.check_waiting()
    assert plain(reviewer.text("/quality")).count("2026") >= 2
    first = reviewer.get("/quality/next?order=clean")
    assert first.headers["Location"] == f"/quality/{clean}?order=clean"
    skipped = reviewer.get(f"/quality/next?order=clean&after={clean}")
    assert skipped.headers["Location"] == f"/quality/{marked}?order=clean"
    page = f"/quality/{clean}?order=clean"
    onward = reviewer.on(f"/quality/{clean}/decision", page=page, outcome="approved", order="clean")
    assert onward == f"/quality/{marked}?order=clean&decided=approved"
    assert "הדוח אושר ונספר מעכשיו." in reviewer.words(onward)
    last = reviewer.on(
        f"/quality/{marked}/decision", page=onward, outcome="rejected", order="clean", phrases="scenario"
    )
    assert last == "/quality?decided=rejected&order=clean"
    with db.reading() as session:
        judged = session.scalars(select(QualityReview).order_by(QualityReview.id.desc())).first()
        assert judged is not None
        assert judged.note == "הביקור לא נערך לפי התרחיש שבתדריך."
    assert reviewer.get("/quality/next").headers["Location"] == "/quality?order=due"


def test_a_wrong_day_keeps_everything_that_was_typed(reviewer: Person, field: Field) -> None:
    here = f"/quality/{report(field)}"
    answer = reviewer.send(
        f"{here}/decision", page=here, outcome="returned", note="מה נאמר?", questions="B1", answer_by="1.1.2020"
    )
    assert answer.status_code == 422
    assert '<a href="#answer_by-returned">' in answer.text
    assert "מה נאמר?" in answer.text
    assert 'value="B1" checked' in answer.text
    reviewer.on(f"{here}/decision", page=here, outcome="returned", note="מה נאמר?", answer_by="24.11.2026")
    waiting = reviewer.text("/quality/sent-back")
    assert "24.11.2026" in waiting
    assert reviewer.on(f"{here}/extend", page="/quality/sent-back", day="30.11.2026") == "/quality/sent-back?extended=1"
    assert "30.11.2026" in reviewer.text("/quality/sent-back")
    refused = reviewer.send(f"{here}/extend", page="/quality/sent-back", day="1.1.2020")
    assert refused.status_code == 422
    assert "<title>שגיאה:" in refused.text


def test_a_late_answer_is_asked_of_the_shopper_and_shown_to_the_reviewer(
    app: Flask, reviewer: Person, field: Field
) -> None:
    here = f"/quality/{report(field, F5=None)}"
    assert 'value="approved"' not in reviewer.text(here)
    assert here in reviewer.text("/quality?show=later")
    shopper = Person(app).log_in("eye@example.com")
    with db.reading() as session:
        number = session.scalars(select(Assignment.id)).one()
    later = f"/shops/{number}/later"
    assert "חזרו אליי במועד שהובטח." in shopper.words(later)
    assert shopper.send(later, F5_comment="בלי תשובה").status_code == 422
    assert shopper.on(later, F5="no", F5_comment="לא התקשרו") == f"{later}?kept=1"
    assert 'name="F5"' not in shopper.text(f"{later}?kept=1")
    assert reviewer.get(later).status_code == 403
    text = reviewer.text(here)
    assert "לא התקשרו" in text
    assert 'value="approved"' in text
    assert "לא התקשרו" in reviewer.text(f"{here}/versions")
    with db.reading() as session:
        assert session.scalars(select(LateItem)).one().state == "answered"


def test_pictures_that_only_a_second_copy_names_are_shown_to_reviewers_only(
    app: Flask, reviewer: Person, field: Field
) -> None:
    response_id = report(field)
    places, kept = ("B1", "N1", "expense:" + "a" * 32), {}
    for place in places:
        sent_one = filing.Sent(
            response_id, place, sha256(picture()).hexdigest(), picture(), field.shopper.id, "photo.jpg"
        )
        filing.keep(sent_one)
        kept[place] = sent_one.sha256
    manifest = [{"sha256": kept[place], "question": place} for place in ("B1", places[2])]
    with setting() as make:
        copy = FieldCopy(
            response_id=response_id, device="d", digest="d", content={"stored": {}, "manifest": manifest},
            reason="second", received_at=clock.now(),
        )  # fmt: skip
        make.session.add(copy)
        make.session.flush()
        here = f"/quality/copies/{copy.id}"
        ids = {one.question: one.id for one in make.session.scalars(select(Evidence))}
    text = reviewer.text(here)
    assert f'href="/files/{ids["B1"]}"' in text
    assert ids["N1"] not in text, "neither report names it"
    assert ids[places[2]] not in text, "a receipt is coordination's"
    shown, receipt = (f"/files/{ids[place]}/small" for place in (places[0], places[2]))
    assert reviewer.get(shown).status_code == 200
    assert reviewer.get(receipt).status_code == 404
    for who in ("eye@example.com", "analyst@example.com"):
        assert Person(app).log_in(who).get(shown).status_code in (403, 404)


def test_analysts_reach_the_agreement_of_readings_from_field_quality(app: Flask, field: Field) -> None:
    analyst = Person(app).log_in("analyst@example.com")
    assert 'href="/quality/agreement"' in analyst.text("/field-quality")
    assert analyst.get("/quality/agreement").status_code == 200


def test_two_reports_of_a_visit_stand_side_by_side(reviewer: Person, field: Field) -> None:
    response_id = report(field, B1="no")
    with setting() as make:
        stored = shop_answers("2026-11-09", N1="נכתב בטלפון <אחר>")
        copy = FieldCopy(
            response_id=response_id, device="d", digest="d", content={"stored": stored}, reason="second",
            received_at=clock.now(),
        )  # fmt: skip
        make.session.add(copy)
        make.session.flush()
        here = f"/quality/copies/{copy.id}"
    assert here in reviewer.text("/quality/copies")
    text = reviewer.text(here)
    assert "נכתב בטלפון &lt;אחר&gt;" in text
    assert text.count('name="taken"') == 2
    assert reviewer.send(here, taken="B1").status_code == 422
    assert reviewer.on(here, taken="B1", reason="הטלפון השני מדויק") == "/quality/copies?decided=settled"
    assert "100.0" in reviewer.words(f"/quality/{response_id}")
    assert reviewer.get("/quality/copies/999").status_code == 404


def test_a_report_that_came_too_late_is_taken_as_the_visit_s_own(reviewer: Person, field: Field) -> None:
    with setting() as make:
        made = field.visit(make)
        made.state = "missed"
        copy = FieldCopy(
            response_id=made.response_id, device="d" * 32, digest="late", reason="missed", received_at=clock.now(),
            content={**phones.report(), "user": made.shopper_id},
        )  # fmt: skip
        make.session.add(copy)
        make.session.flush()
        here, onward = f"/quality/copies/{copy.id}", f"/quality/{made.response_id}?decided=adopted"
    assert 'name="adopt"' in reviewer.text(here)
    assert reviewer.on(here, adopt="1") == onward
    assert "outcome" in reviewer.text(onward)
    assert 'name="adopt"' not in reviewer.text(here)
    assert reviewer.send(here, adopt="1").status_code == 409


def test_a_second_reader_sees_neither_answers_nor_decision(app: Flask, reviewer: Person, field: Field) -> None:
    response_id = report(field, D2="no", D2_comment="נאמר רק אחרי ששאלתי", N1="תיאור הביקור")
    reviewer.on(f"/quality/{response_id}/decision", page=f"/quality/{response_id}", outcome="approved")
    with setting() as make:
        if make.session.get(BlindReview, response_id) is None:
            make.session.add(BlindReview(response_id=response_id, drawn_at=clock.now(), answers={}, outcome=""))
    here = f"/quality/blind/{response_id}"
    assert reviewer.get(here).status_code == 404, "the first reader is none"
    second = Person(app).log_in("second@example.com")
    for address in (f"/quality/{response_id}", f"/quality/{response_id}/versions"):
        assert second.get(address).headers["Location"] == here, "the answers stay unseen until then"
    assert second.send(f"/quality/{response_id}/decision", page=here, outcome="praised").headers["Location"] == here
    text = second.text(here)
    assert "נאמר רק אחרי ששאלתי" in text
    assert "תיאור הביקור" in text
    assert " checked" not in text.split("<form")[1]
    assert "94.0" not in plain(text)
    assert second.send(here, D2="yes").status_code == 422
    assert second.on(here, D2="yes", A1="yes", outcome="returned") == "/quality/blind?decided=read"
    assert second.get(f"/quality/{response_id}").status_code == 200
    analyst = Person(app).log_in("analyst@example.com")
    words = analyst.text("/quality/agreement")
    assert "D2" in words
    assert analyst.get("/quality").status_code == 403
    assert analyst.get("/quality/marks").status_code == 200
    with db.reading() as session:
        assert session.scalars(select(Response)).one().state == "counted"
        assert session.scalars(select(User.email).where(User.id == session.scalars(
            select(BlindReview)).one().reviewer_id)).one() == "second@example.com"  # fmt: skip
