"""A shopper's visits: whose they are, what is kept, what a report still needs, what is sent and what comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import quality
from survey_app.models import Answer, Assignment, Draft, Response, User
from survey_app.transaction import transaction
from tests.commands.acting import ITEMS, Field
from tests.support.factories import setting
from tests.web.people import Person, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")

SECTIONS = "ABCDEF"
HEADER = {"visit_date": "9.11.2026", "time_in": "9:10", "time_out": "09.52", "customers_waiting": "4"}


@pytest.fixture
def field(database: db.Database) -> Field:
    """A shopper with one visit to make, in a branch without an account or an appointment."""
    with setting() as make:
        made = Field.made(make, has_account=False)
        made.branch.address, made.branch.city = "הרצל 1", "חיפה"
        made.visit(make)
        make.user(email="other@example.com", role="shopper")
    return made


@pytest.fixture
def shopper(app: Flask, field: Field) -> Person:
    """The shopper, logged in."""
    return Person(app).log_in("eye@example.com")


def sheet(code: str, **more: str) -> dict[str, str]:
    """A section with every item in order but what ``more`` says."""
    return {item: "yes" for item in ITEMS if item[0] == code and item != "B3"} | more


def fill(shopper: Person, **more: Mapping[str, str]) -> str:
    """Write the whole report page by page; gives the address the last page leads to."""
    onward = shopper.on("/shops/1/header", go="next", **HEADER)
    for code in SECTIONS:
        assert onward == f"/shops/1/{code}"
        wait = {"B3": "4"} if code == "B" else {}
        onward = shopper.on(onward, go="next", **(sheet(code) | wait | dict(more.get(code, {}))))
    return shopper.on(onward, go="next", N1="נכנסתי, קיבלתי שירות ויצאתי.", N2="8", **dict(more.get("N", {})))


def answers() -> dict[str, Any]:
    with db.reading() as session:
        found = session.execute(select(Answer.question, Answer.value, Answer.words))
        return {question: value if words is None else words for question, value, words in found}


def response() -> Response:
    with db.reading() as session:
        return session.scalars(select(Response)).one()


def state() -> str:
    with db.reading() as session:
        return session.scalars(select(Assignment.state)).one()


def test_the_list_shows_where_and_until_when(shopper: Person) -> None:
    words = shopper.words("/shops")
    assert "סניף 101" in words
    assert "הרצל 1 , חיפה" in words
    assert "עד 30.11.2026" in words
    assert "ממתין לביקור" in words


def test_the_briefing_shows_the_scenario_and_the_parts(shopper: Person) -> None:
    words = shopper.words("/shops/1")
    assert "פגישה עם נציג שירות" in words
    assert "ללא תור" in words
    assert "קבלת פנים והמתנה 0 מתוך 5" in words or "קבלת פנים והמתנה 1 מתוך 5" in words


def test_nobody_sees_another_shoppers_visit(app: Flask, field: Field) -> None:
    stranger = Person(app).log_in("other@example.com")
    assert "אין כרגע ביקורים לביצוע" in stranger.words("/shops")
    for path in ("/shops/1", "/shops/1/A", "/shops/1/summary", "/shops/99"):
        assert stranger.get(path).status_code == 404
    assert stranger.send("/shops/1/A", page="/account", A1="yes").status_code == 404
    assert Person(app).get("/shops").status_code == 302


def test_a_page_is_kept_even_where_something_is_missing(shopper: Person) -> None:
    assert shopper.on("/shops/1/A", go="next", A1="yes", A1_comment="ליד הדלת") == "/shops/1/B"
    with db.reading() as session:
        assert session.scalars(select(Draft)).one().answers == {"A1": "yes", "A1_comment": "ליד הדלת"}
    assert "הדוח בכתיבה" in shopper.words("/shops")
    assert "ליד הדלת</textarea>" in shopper.text("/shops/1/A")


def test_words_are_demanded_where_points_are_lost(shopper: Person) -> None:
    answer = shopper.send("/shops/1/D", go="next", **sheet("D", D2="no"))
    assert answer.status_code == 422
    assert "<title>שגיאה:" in answer.text
    assert '<a href="#D2_comment">נא לכתוב מה נאמר או נראה.</a>' in answer.text
    assert shopper.on("/shops/1/D", go="later", **sheet("D", D2="no")) == "/shops/1/E", "it can be mended later"
    assert shopper.on("/shops/1/D", go="next", **sheet("D", D2="no", D2_comment="רק אחרי ששאלתי")) == "/shops/1/E"


def test_what_cannot_be_read_stays_on_the_page(shopper: Person) -> None:
    answer = shopper.send("/shops/1/B", go="later", B3="שבע", B1="yes")
    assert answer.status_code == 422
    assert 'value="שבע"' in answer.text
    with db.reading() as session:
        assert session.scalars(select(Draft)).one().answers == {"B1": "yes"}


def test_items_that_do_not_apply_are_said_and_not_asked(shopper: Person) -> None:
    shopper.on("/shops/1/B", go="later", B3="7")
    text = shopper.text("/shops/1/B")
    wait = re.search(r'<div data-without="[^"]*"[^>]*>(.*?)<fieldset class="question" id="B4"', text, re.DOTALL)
    assert wait is not None
    assert '<div class="question settled">' in wait[1]
    assert "<div hidden>" in wait[1]
    account = re.search(
        r'<div data-instead="[^"]*">(.*?)<fieldset class="question" id="E3"', shopper.text("/shops/1/E"), re.DOTALL
    )
    assert account is not None
    assert "<div hidden>" in account[1], "the scenario has no account"


def test_critical_items_are_not_marked_for_the_shopper(shopper: Person) -> None:
    for page in SECTIONS:
        assert "קריטי" not in shopper.words(f"/shops/1/{page}")
        assert "נקודות" not in shopper.words(f"/shops/1/{page}").replace("כשיורדות נקודות", "")


def test_the_summary_names_what_is_missing_and_does_not_send(shopper: Person) -> None:
    fill(shopper, C={"C2": ""}, D={"D1": "no", "D1_comment": "טעות בריבית"})
    text = shopper.text("/shops/1/summary")
    assert "חסרה עדיין תשובה אחת." in plain(text)
    assert 'href="/shops/1/C#C2"' in text
    assert "שליחת הדוח" not in text
    assert shopper.send("/shops/1/summary", page="/shops/1/C").status_code == 422
    assert shopper.on("/shops/1/A", onto="missing", **sheet("A")) == "/shops/1/C#C2"
    assert state() == "assigned"


def test_a_report_without_its_day_is_not_sent(shopper: Person) -> None:
    fill(shopper)
    shopper.on("/shops/1/header", go="next", **{**HEADER, "visit_date": ""})
    assert 'href="/shops/1/header#visit_date"' in shopper.text("/shops/1/summary")


def test_sending_waits_for_review_and_counts_nowhere(shopper: Person) -> None:
    assert fill(shopper, F={"F5": ""}) == "/shops/1/summary", "a promised call may still come"
    assert "כל הפריטים נענו" in shopper.words("/shops/1/summary")
    assert shopper.on("/shops/1/summary") == "/shops/1"
    sent = response()
    assert (sent.state, sent.month, sent.visited_on, sent.channel) == ("pending", "2026-11", date(2026, 11, 9), "shop")
    assert {"B4": "na", "E3": "na", "B3": 4}.items() <= answers().items()
    assert state() == "submitted"
    assert "הדוח נשלח וממתין לבקרה" in shopper.words("/shops/1")
    assert shopper.get("/shops/1/A").status_code == 409
    assert "ממתין לבקרה" in shopper.words("/shops?done=1")


def test_a_voided_visit_needs_nothing_more(shopper: Person) -> None:
    shopper.on("/shops/1/unscored", go="next", N3="1")
    assert "התשלום ניתן במלואו" in shopper.words("/shops/1/summary")
    shopper.on("/shops/1/summary")
    assert (response().state, state()) == ("voided", "voided")


def test_a_future_day_is_refused(shopper: Person) -> None:
    fill(shopper)
    shopper.on("/shops/1/header", go="next", **{**HEADER, "visit_date": "25.12.2026"})
    answer = shopper.send("/shops/1/summary")
    assert answer.status_code == 422
    assert "תאריך הביקור הוא בעתיד." in plain(answer.text)
    assert state() == "assigned"


def test_a_report_that_was_sent_back_shows_the_questions_and_comes_in_again(shopper: Person, field: Field) -> None:
    fill(shopper)
    shopper.on("/shops/1/summary")
    first = response().id
    with transaction(Actor.system("test"), "test.return") as session:
        judge = session.get_one(User, field.reviewer.id)
        quality.review(session, judge, first, "returned", "מה בדיוק נאמר על <העמלה>?")
    assert "מה בדיוק נאמר על &lt;העמלה&gt;?" in shopper.text("/shops/1")
    assert "הוחזר להשלמה" in shopper.words("/shops")
    page = shopper.text("/shops/1/D")
    assert "מה בדיוק נאמר על" in page
    assert re.search(r'id="D1-0" value="yes" checked', page), "what was written is still there"
    shopper.on("/shops/1/D", go="next", **sheet("D", D2="no", D2_comment="שאלתי פעמיים"))
    shopper.on("/shops/1/summary")
    again = response()
    assert (again.id, again.state) == (first, "pending")
    assert answers()["D2_comment"] == "שאלתי פעמיים"


def test_the_language_changes_midway(shopper: Person) -> None:
    assert shopper.on("/shops/1/A", to="ru", A1="no", A2="yes") == "/shops/1/A"
    text = shopper.text("/shops/1/A")
    assert '<html lang="ru" dir="ltr">' in text
    assert re.search(r'id="A1-1" value="no" checked', text)


def test_a_page_kept_quietly_answers_with_nothing(shopper: Person) -> None:
    assert shopper.send("/shops/1/A", go="keep", A1="yes").status_code == 204
    assert shopper.client.post("/shops/1/A", data={"A1": "no"}).status_code == 400, (
        "without the page's token nothing is kept"
    )


def test_a_cancelled_visit_is_closed(shopper: Person) -> None:
    with setting() as make:
        make.session.get_one(Assignment, 1).state = "cancelled"
    assert "בוטל" in shopper.words("/shops/1")
    assert shopper.get("/shops/1/A").status_code == 409


def test_opening_hours_keep_their_order(shopper: Person) -> None:
    with setting() as make:
        make.session.get_one(Assignment, 1).branch.hours = "א׳–ה׳ 8:30–14:00 <ב>"
    assert '<bdi>א׳–ה׳ <bdi dir="ltr">8:30–14:00</bdi> &lt;ב&gt;</bdi>' in shopper.text("/shops/1")
