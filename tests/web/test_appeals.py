"""Appeals on their pages: filed with files, decided, and seen by everybody who saw the score; field quality."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import models, quality
from survey_app.commands.recording import count_out
from survey_app.models import Appeal, Assignment, Job, ModelResult, QualityReview, Response, User
from survey_app.queries import models as queries
from survey_app.transaction import transaction
from tests.commands.acting import Field, by_visit, sent, shop_answers
from tests.support.factories import setting
from tests.support.pages import DESKTOP, OpenContext, assert_reads_well, log_in
from tests.support.pictures_sent import picture
from tests.web.people import Person, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")
WHY = "השלט <תוקן> באותו בוקר"


@pytest.fixture
def report(database: db.Database) -> str:
    """An approved report's id; its people can log in."""
    with setting() as make:
        made = Field.made(make)
        visit = made.visit(make)
        make.user(email="manager@example.com", role="branch_manager", branch=made.branch)
        make.user(email="next@example.com", role="branch_manager", branch=made.other)
        make.user(email="boss@example.com", role="management")
        make.user(email="coord@example.com", role="field_coordinator")
    response = sent(by_visit(visit), shop_answers("2026-11-16", A1="no", B1="no", A1_comment="חסר", B1_comment="לא"))
    with transaction(Actor.user(made.reviewer), "quality.review") as session:
        quality.review(session, made.reviewer, response.id, "approved")
    return response.id


def people(app: Flask, *names: str) -> list[Person]:
    return [Person(app).log_in(f"{name}@example.com") for name in names]


def file(manager: Person, report: str, **fields: Any) -> str:
    here = f"/appeals/report/{report}"
    return manager.on(here, **({"reason_A1": WHY} | fields))


def photo() -> tuple[io.BytesIO, str]:
    return io.BytesIO(picture()), "sign.jpg"


def test_the_shopper_s_pages_lead_to_appeals_pay_board_and_quiz(app: Flask, report: str) -> None:
    (shopper,) = people(app, "eye")
    with db.reading() as session:
        number = session.scalars(select(Assignment.id)).one()
        reviewer = session.scalars(select(QualityReview.reviewer_id)).one()
    start = "/shops/in/he"
    links = ("/shops/board", "/shops/pay", "/shops/quiz", "/appeals")
    assert [link for link in links if f'href="{link}"' not in shopper.text(start)] == []
    begin = f'href="/appeals/report/{report}"'
    before = shopper.get("/shops/app/pages").get_json()["groups"][-1]["release"]
    assert begin not in shopper.text(start) + shopper.text(f"/shops/{number}")
    with transaction(Actor.system("test"), "quality.correct") as session:
        quality.correct(session, session.get_one(User, reviewer), report, "B1", ["yes"], "התשובה נראית בצילום")
    assert begin in shopper.text(start)
    assert begin in shopper.text(f"/shops/{number}")
    assert shopper.get("/shops/app/pages").get_json()["groups"][-1]["release"] != before, "phones fetch the list anew"


def test_from_the_report_to_the_outcome_that_everybody_sees(app: Flask, report: str) -> None:
    manager, boss, judge, near, coordinator = people(app, "manager", "boss", "judge", "next", "coord")
    assert f'href="/appeals/report/{report}"' in manager.text("/"), "on the first page"
    assert f'href="/appeals/report/{report}"' in manager.text(f"/quality/{report}")
    assert f"/appeals/report/{report}" not in boss.text(f"/quality/{report}")
    form = manager.text(f"/appeals/report/{report}")
    assert 'name="reason_A1"' in form
    assert 'name="reason_visit_date"' not in form
    shown = file(manager, report, files_A1=photo())
    assert shown == "/appeals/1?done=filed"
    assert "&lt;תוקן&gt;" in manager.text("/appeals/1")
    pictures = [one for one in manager.text("/appeals/1").split('"') if one.startswith("/appeals/1/files/")]
    small = next(one for one in pictures if one.endswith("/small"))
    assert manager.get(small).headers["Content-Type"] == "image/jpeg"
    assert boss.get(small).status_code == 200
    assert near.get(small).status_code == near.get("/appeals/1").status_code == 404
    assert coordinator.get("/appeals/1").status_code == 403
    assert file(manager, report) == "/appeals/1", "sent twice, it is the first"
    assert 'action="/appeals/1/decision"' not in judge.text("/appeals/1"), "who reviewed it does not decide"
    refused = boss.send(
        "/appeals/1/decision", page="/appeals/1", outcome_A1="overturned", value_A1="no", answer_A1="כן"
    )
    assert refused.status_code == 422
    assert "<title>" in refused.text
    decision = {"outcome_A1": "overturned", "value_A1": "yes", "answer_A1": "התמונה מראה את השלט"}
    assert boss.on("/appeals/1/decision", page="/appeals/1", **decision) == "/appeals/1?done=decided"
    for reader in (manager, judge, boss, coordinator):
        assert "התמונה מראה את השלט" in reader.words(f"/quality/{report}")
    for reader in (boss, judge, coordinator):
        assert "&lt;תוקן&gt;" not in reader.text(f"/quality/{report}"), "what a side wrote stays with it"
    assert near.get(f"/quality/{report}").status_code == 404
    with db.reading() as session:
        assert session.scalars(select(Appeal.state)).all() == ["decided"]


def test_bad_input_is_told_and_keeps_what_was_typed(app: Flask, report: str) -> None:
    (manager,) = people(app, "manager")
    here = f"/appeals/report/{report}"
    assert manager.send(here).status_code == 422
    without = manager.send(here, files_A1=photo(), reason_B1=WHY)
    assert without.status_code == 422
    assert "&lt;תוקן&gt;" in without.text
    odd = manager.send(here, reason_A1=WHY, files_A1=(io.BytesIO(b"\x00\x01"), "x.svg"))
    assert odd.status_code == 200
    assert "x.svg" in plain(odd.text)
    with db.reading() as session:
        assert session.scalars(select(Appeal.state)).all() == ["open"], "filed without what could not be taken"
    assert manager.on("/appeals/1/files", page="/appeals/1", files_A1=photo()) == "/appeals/1?done=added"
    assert manager.on("/appeals/1/withdrawal", page="/appeals/1") == "/appeals/1?done=withdrawn"
    assert manager.on("/appeals/1/withdrawal", page="/account") == "/appeals/1?done=withdrawn", "pressed twice"
    assert manager.get("/appeals/999").status_code == 404


def test_the_shopper_appeals_against_a_rejection(app: Flask, report: str) -> None:
    with transaction(Actor.system("test"), "test.reject") as session:
        response = session.get_one(Response, report)
        count_out(session, response, "rejected")
    shopper, boss = people(app, "eye", "boss")
    assert f"/appeals/report/{report}" in shopper.text("/appeals")
    assert file(shopper, report, reason_A1="", reason_=WHY) == "/appeals/1?done=filed"
    decision = {"outcome_": "overturned", "answer_": "הדוח מתועד היטב"}
    assert boss.on("/appeals/1/decision", page="/appeals/1", **decision) == "/appeals/1?done=decided"
    assert "הדוח מתועד היטב" in shopper.words("/appeals/1")
    with db.reading() as session:
        assert session.get_one(Response, report).state == "counted"


def test_field_quality_says_what_it_knows(app: Flask, report: str) -> None:
    manager, boss, judge = people(app, "manager", "boss", "judge")
    assert manager.get("/field-quality").status_code == 403
    for page in ("", "/disagreement"):
        assert "Compute now" in boss.text(f"/field-quality{page}?lang=en")
    assert boss.on("/field-quality/2026-11/computation", page="/field-quality", other="x").startswith("/field-quality")
    with db.reading() as session:
        assert session.scalars(select(Job.kind).where(Job.kind == models.MAKE)).all() == [models.MAKE]
    models.make("2026-11")
    for page in ("", "/disagreement", "/appeals"):
        boss.words(f"/field-quality{page}?month=2026-11")
    file(manager, report)
    decision = {"outcome_A1": "overturned", "value_A1": "yes", "answer_A1": "כן"}
    boss.on("/appeals/1/decision", page="/appeals/1", **decision)
    for reader in (boss, judge):
        assert "100%" in reader.words("/field-quality/appeals?month=2026-11")
    assert boss.get("/field-quality?month=2027-01").status_code == 404


def test_signed_numbers_in_a_hebrew_sentence_keep_their_sign_in_front(app: Flask, report: str) -> None:
    (boss,) = people(app, "boss")
    result = {"fitted": True, "correlation": [-0.7, -0.51, 0.1], "branches": [], "compared": 4}
    with setting() as make:
        make.session.add(
            ModelResult(month="2026-11", kind=queries.DISAGREEMENT, inputs_digest="", result=result, at=clock.now())
        )
    page = boss.text("/field-quality/disagreement?month=2026-11&lang=he")
    for number in ("-0.51", "-0.70", "+0.10"):
        assert page.count(number) == page.count(f'<bdi dir="ltr">{number}</bdi>') == 1, number


def test_every_page_reads_well(app: Flask, report: str, new_context: OpenContext) -> None:
    narrow: dict[str, Any] = {"viewport": {"width": 320, "height": 740}, "has_touch": True, "is_mobile": True}
    for options, language in ((narrow, "he"), (DESKTOP, "en")):
        page = new_context(**options).new_page()
        log_in(page, "manager@example.com")
        for path in ("/appeals", f"/appeals/report/{report}"):
            page.goto(f"{path}?lang={language}")
            assert_reads_well(page)
    (manager,) = people(app, "manager")
    file(manager, report, files_A1=photo())
    models.make("2026-11")
    for options, language in ((narrow, "he"), (DESKTOP, "en")):
        page = new_context(**options).new_page()
        log_in(page, "boss@example.com")
        for path in (
            "/appeals",
            "/appeals/1",
            "/field-quality",
            "/field-quality/disagreement",
            "/field-quality/appeals",
        ):
            page.goto(f"{path}?lang={language}")
            assert_reads_well(page)
