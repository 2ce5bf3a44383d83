"""The customer's survey, page by page: what is kept, what is sent once, and what is said when there is nothing to do.

The same in a real browser: :mod:`tests.web.test_respond_browser`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app import clock, db
from survey_app.models import Answer, Draft, Entry, Response
from survey_app.queries import tickets
from tests.commands.acting import closing_night
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.web.people import SINCE, SURVEY, VISITED, Person, branch, invitation, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")

CONTENT = {"pv1": "5", "pv2": "cash", "pv5": "5", "pv6": "4", "pv7": "7"}
REST = {"pv10": "no_problem", "pv11": "no", "pv8": "10", "pv9": "הכול היה טוב"}


@pytest.fixture
def customer(app: Flask) -> Person:
    """Somebody invited by /s/abc, with a Hebrew browser."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        invitation(make, "abc")
    return Person(app, **{"Accept-Language": "he-IL"})


def rows(model: Any) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def answers() -> dict[str, Any]:
    with db.reading() as session:
        found = session.execute(select(Answer.question, Answer.value, Answer.words))
        return {question: value if words is None else words for question, value, words in found}


def draft() -> dict[str, Any]:
    with db.reading() as session:
        return session.scalars(select(Draft)).one().answers


def test_the_first_page_says_where_it_stands(customer: Person) -> None:
    answer = customer.get("/s/abc")
    assert answer.status_code == 200
    assert '<html lang="he" dir="rtl">' in answer.text
    assert "ביקרת בסניף <bdi>סניף &lt;Azrieli&gt; 101</bdi> ב־<bdi>15.11.2026</bdi>" in answer.text
    words = plain(answer.text)
    assert "לא נבקש סיסמה או מספר חשבון." in words
    assert "חסוי:" in words
    assert "שאלות 1 עד 5 מתוך 10" in words
    assert rows(Draft) == 0, "opening stores nothing"


def test_no_cookie_and_nothing_that_leads_back(customer: Person) -> None:
    for answer in (
        customer.get("/s/abc"),
        customer.send("/s/abc", **CONTENT),
        customer.get("/s/abc/main-2"),
        customer.send("/s/abc/main-2", **REST),
        customer.get("/s/abc"),
    ):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Cache-Control"] in {"no-store", "private, no-cache"}


def test_a_browser_may_come_back_to_an_open_links_first_page_as_it_was_left(customer: Person) -> None:
    """Over HTTPS a browser restores what was ticked only where it may keep the page; this one holds no answers."""
    answer = customer.get("/b/101")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert " checked" not in answer.text


@pytest.mark.parametrize(
    ("accepted", "language", "direction"),
    [
        ("ar,he;q=0.5", "ar", "rtl"),
        ("ru-RU", "ru", "ltr"),
        ("en-GB", "en", "ltr"),
        ("iw", "he", "rtl"),
        ("fr", "he", "rtl"),
    ],
)
def test_an_open_link_speaks_the_browsers_language(
    app: Flask, customer: Person, accepted: str, language: str, direction: str
) -> None:
    text = Person(app, **{"Accept-Language": accepted}).text("/b/101")
    assert f'<html lang="{language}" dir="{direction}">' in text
    assert "האחרון" in plain(text) or language != "he", "an open link names no date"


def test_an_invitation_speaks_its_own_language(app: Flask) -> None:
    with setting() as make:
        invitation(make, "rus", language="ru")
    text = Person(app, **{"Accept-Language": "he"}).text("/s/rus")
    assert '<html lang="ru" dir="ltr">' in text
    assert "Этот перевод – черновик" in plain(text), "a draft is shown with its mark"


def test_pages_are_kept_and_back_loses_nothing(customer: Person) -> None:
    assert customer.on("/s/abc", **CONTENT) == "/s/abc/main-2"
    assert draft() == {"pv1": 5, "pv2": "cash", "pv5": 5, "pv6": 4, "pv7": 7}
    assert customer.on("/s/abc/main-2", pv8="0", go="back") == "/s/abc/main-1"
    again = customer.text("/s/abc/main-1")
    assert re.search(r'name="pv1" id="pv1-4" value="5" checked', again)
    assert draft()["pv8"] == 0, "what stood on the page that was left is kept"
    assert re.search(r'name="pv8" id="pv8-0" value="0" checked', customer.text("/s/abc/main-2"))


def test_an_answer_can_be_taken_back(customer: Person) -> None:
    customer.on("/s/abc", **CONTENT)
    customer.on("/s/abc/main-2", pv9="מילים", go="back")
    customer.on("/s/abc/main-2", pv9="", go="back")
    assert "pv9" not in draft()


def test_the_language_changes_midway_and_nothing_is_lost(customer: Person) -> None:
    customer.on("/s/abc", **CONTENT)
    assert customer.on("/s/abc/main-2", pv8="9", pv9="חיכיתי", to="ar") == "/s/abc/main-2"
    text = customer.text("/s/abc/main-2")
    assert '<html lang="ar" dir="rtl">' in text
    assert re.search(r'id="pv8-9" value="9" checked', text)
    assert "חיכיתי</textarea>" in text
    assert '<html lang="ar"' in customer.text("/s/abc/main-1"), "the other pages follow"
    customer.on("/s/abc/main-2", **REST, lang="ar")
    with db.reading() as session:
        assert session.scalars(select(Response.language)).one() == "ar"


def test_a_language_changed_before_any_answer_stores_nothing(customer: Person) -> None:
    onward = customer.on("/b/101", to="en")
    assert onward == "/b/101?lang=en"
    assert '<html lang="en"' in customer.text(onward)
    assert rows(Draft) == 0


def test_sending_makes_one_response_with_its_facts(customer: Person) -> None:
    customer.on("/s/abc", **CONTENT)
    thanks = customer.on("/s/abc/main-2", **REST, layout="stack")
    with db.reading() as session:
        response = session.scalars(select(Response)).one()
        assert thanks.startswith(f"/thanks/{response.id}/")
        assert (response.state, response.month, response.channel) == ("counted", "2026-11", "personal")
        assert response.presentation == {"first": "lowest", "direction": "rtl", "layout": "stack"}
        assert rows(Entry) == rows_before_respondent(session), "a respondent leaves no audit entry"
    assert answers() == {
        "pv1": 5, "pv2": "cash", "pv5": 5, "pv6": 4, "pv7": 7, "pv10": "no_problem", "pv11": "no", "pv8": 10,
        "pv9": "הכול היה טוב",
    }  # fmt: skip
    assert rows(Draft) == 0
    assert "התשובות נשלחו" in customer.words(thanks)


def rows_before_respondent(session: Any) -> int:
    """Entries of the test's own setting."""
    return len(session.scalars(select(Entry.id).where(Entry.act == "test.setting")).all())


def test_the_same_page_sent_twice_is_one_response(customer: Person) -> None:
    customer.on("/s/abc", **CONTENT)
    first = customer.on("/s/abc/main-2", **REST)
    again = customer.client.post("/s/abc/main-2", data=REST)
    assert (again.status_code, again.headers["Location"]) == (303, first)
    assert (rows(Response), rows(Draft)) == (1, 0)


def test_two_clicks_at_the_same_moment_lead_to_the_same_thanks(
    app: Flask, customer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both requests have read the ticket before either sends: the second meets what the first has written meanwhile."""
    customer.on("/s/abc", **CONTENT)
    real = tickets.by_token
    first: list[str] = []

    def by_token(session: Session, token: str) -> tickets.Ticket:
        ticket = real(session, token)
        if not first:
            first.append("/s/abc/main-2")
            first.append(Person(app).on(first[0], **REST))
        return ticket

    monkeypatch.setattr(tickets, "by_token", by_token)
    second = customer.client.post("/s/abc/main-2", data=REST)
    assert (second.status_code, second.headers.get("Location")) == (303, first[1])
    assert (rows(Response), rows(Draft)) == (1, 0)


def test_two_devices_on_one_link_merge(app: Flask, customer: Person) -> None:
    desk = Person(app)
    customer.on("/s/abc", **CONTENT)
    desk.on("/s/abc/main-2", pv8="3", go="back")
    customer.on("/s/abc", pv1="1")
    customer.on("/s/abc/main-2", pv8="3", pv9="איטי")
    assert answers() == {"pv1": 1, "pv8": 3, "pv9": "איטי"}


def test_nothing_answered_is_not_sent(customer: Person) -> None:
    assert customer.on("/s/abc") == "/s/abc/main-2"
    answer = customer.send("/s/abc/main-2")
    assert answer.status_code == 422
    assert "<title>שגיאה: איך היה הביקור בסניף?" in answer.text
    assert "נא לענות על שאלה אחת לפחות לפני השליחה." in plain(answer.text)
    assert rows(Response) == 0


def test_other_answers_after_the_sending_are_refused_and_change_nothing(customer: Person) -> None:
    customer.client.post("/s/abc", data=CONTENT)
    customer.client.post("/s/abc/main-2", data=REST)
    late = customer.client.post("/s/abc", data={**CONTENT, "pv1": "1"})
    assert late.status_code == 409
    assert customer.client.post("/s/abc/main-2", data={**REST, "pv8": "eleven"}).status_code == 409
    assert rows(Response) == 1
    with db.reading() as session:
        assert session.scalar(select(Answer.value).where(Answer.question == "pv1")) == int(CONTENT["pv1"])


def test_a_refused_answer_is_told_twice_in_the_same_words(customer: Person) -> None:
    answer = customer.send("/s/abc", pv1="9", pv7="3")
    assert answer.status_code == 422
    assert "<title>שגיאה:" in answer.text
    summary = re.search(r'<a href="#pv1-0">([^<]+) <span class="about">([^<]+)<', answer.text)
    beside = re.search(r'id="pv1-error"><span class="hidden">שגיאה: </span>([^<]+)</p>', answer.text)
    assert summary is not None
    assert beside is not None
    assert summary[1] == beside[1] == "נא לבחור תשובה מהרשימה."
    assert summary[2] == "עד כמה היית מרוצה מהשירות בביקור האחרון שלך בסניף סניף <Azrieli> 101?".replace(
        "<", "&lt;"
    ).replace(">", "&gt;"), "which question it is"
    assert 'id="pv1-0"' in answer.text, "the link leads to the first of the radios"
    assert draft() == {"pv7": 3}, "what was right is kept"


def test_too_long_a_text_is_refused_and_stays_on_the_page(customer: Person) -> None:
    customer.on("/s/abc/main-2", pv9="קצר", go="back")
    long = "א" * 1001
    answer = customer.send("/s/abc/main-2", pv9=long, pv8="4")
    assert answer.status_code == 422
    assert long in answer.text
    assert draft() == {"pv8": 4, "pv9": "קצר"}, "what cannot be kept costs nothing that was"


def test_eleven_radios_with_the_anchors_in_their_names(customer: Person) -> None:
    text = customer.text("/s/abc/main-2")
    group = re.search(r'<fieldset class="question" id="pv8".*?</fieldset>', text, re.DOTALL)
    assert group is not None
    labels = [plain(label) for label in re.findall(r"<label.*?</label>", group[0], re.DOTALL)]
    assert labels == [
        "0 אין נכונות בכלל", *map(str, range(1, 10)), "10 נכונות רבה מאוד", "קשה לומר",
    ]  # fmt: skip
    assert "<legend>" in group[0]
    assert " checked" not in group[0]


@pytest.mark.parametrize(
    ("code", "answer", "asked", "hidden"), [("rf1", "yes", "rf10", "rf7"), ("rf1", "no", "rf7", "rf10")]
)
def test_skip_rules_are_judged_by_the_server(app: Flask, code: str, answer: str, asked: str, hidden: str) -> None:
    with setting() as make:
        invitation(make, "rec", code="recovery_follow_up")
    customer = Person(app)
    seen, here = "", "/s/rec"
    fields = {code: answer}
    while "/thanks" not in here:
        seen += customer.text(here)
        here = customer.on(here, **fields, **{asked: "נאמר", hidden: "לא נשאל"})
    assert f'name="{asked}"' in seen
    assert f'name="{hidden}"' not in seen
    assert answers() == {code: answer, asked: "נאמר"}


def test_an_open_link_moves_to_an_address_of_its_own(customer: Person) -> None:
    page = customer.text("/b/101")
    shown = re.search(r'name="response" value="([0-9a-f]{32})"', page)
    since = re.search(r'name="shown" value="([^"]+)"', page)
    assert shown is not None
    assert since is not None
    own = f"/r/{shown[1]}"
    assert customer.on("/b/101", response=shown[1], **CONTENT) == f"{own}/main-2"
    assert customer.on("/b/101", response=shown[1], **CONTENT) == f"{own}/main-2"
    assert rows(Draft) == 1, "the first page sent twice is begun once"
    assert "checked" in customer.text(f"{own}/main-1")
    assert customer.get(own).headers["Location"] == f"{own}/main-2?kept=1"
    thanks = customer.on(f"{own}/main-2", **REST)
    assert thanks.startswith(f"/thanks/{shown[1]}/")
    again = {"response": shown[1], "shown": since[1], **CONTENT}
    assert customer.send("/b/101", **again).headers["Location"] == thanks
    assert customer.get(own).status_code == 410
    with db.reading() as session:
        assert session.scalars(select(Response.channel)).all() == ["open"]


def test_an_open_link_takes_no_id_of_somebody_else(customer: Person) -> None:
    with setting() as make:
        other = make.invitation(
            campaign=make.campaign(SURVEY, opens=SINCE), branch=branch(make, "102"), visited_on=clock.today()
        ).response_id
    for id_ in (other, "", "x", "../../etc"):
        onward = customer.on("/b/101", response=id_, **CONTENT)
        assert other not in onward
        assert re.fullmatch(r"/r/[0-9a-f]{32}/main-2", onward)


@pytest.mark.parametrize(
    ("path", "status", "heading"),
    [("/s/unknown", 404, "הסקר לא נמצא"), ("/b/999", 404, "הסקר לא נמצא"), ("/r/" + "0" * 32, 404, "הסקר לא נמצא")],
)
def test_an_unknown_address(customer: Person, path: str, status: int, heading: str) -> None:
    assert heading in customer.words(path, status)


def test_a_used_an_expired_and_an_ended_survey_say_so_in_the_language_it_was_asked_in(
    app: Flask, customer: Person, frozen_clock: FrozenClock
) -> None:
    reader = Person(app, **{"Accept-Language": "ru"})
    customer.on("/s/abc", **CONTENT)
    customer.on("/s/abc/main-2", **REST)
    assert "התשובות התקבלו" in reader.words("/s/abc", 410)
    assert "כבר התקבלו תשובות לסקר הזה" in reader.words("/s/abc", 410)
    assert "Ответы получены" in reader.words("/s/abc?lang=ru", 410), "unless another is asked for"
    with setting() as make:
        late = make.invitation(
            campaign=make.campaign(SURVEY, opens=SINCE),
            branch=branch(make, "103"),
            visited_on=clock.today(),
            language="ar",
        ).token
    frozen_clock.move_to(clock.now() + timedelta(days=15))
    assert "انتهى" in reader.words(f"/s/{late}", 410)
    assert reader.client.post(f"/s/{late}", data=CONTENT).status_code == 410
    with setting() as make:
        make.campaign(SURVEY, opens=SINCE).closes = VISITED + timedelta(days=5)
    assert "Опрос завершён" in reader.words("/b/101", 410)
    assert reader.get("/b/999").status_code == 404
    assert rows(Response) == 1


def test_an_anonymous_survey_leads_to_thanks_that_name_nobody(app: Flask) -> None:
    with setting() as make:
        invitation(make, "pulse", code="employee_pulse")
    employee = Person(app)
    assert "אנונימי:" in employee.words("/s/pulse")
    here = "/s/pulse"
    while "/thanks" not in here:
        here = employee.on(here, ep1="4")
    assert here == "/thanks/for/employee_pulse?lang=he"
    assert "התשובות נשלחו" in employee.words(here)
    assert rows(Response) == 0, "it waits for its night"
    closing_night()
    with db.reading() as session:
        response = session.scalars(select(Response)).one()
        assert employee.get(f"/thanks/{response.id}").status_code == 404
    again = employee.client.post("/s/pulse", data={"ep1": "5"})
    assert again.status_code == 409
    assert response.id not in again.text


def test_an_anonymous_response_is_not_read_by_itself(app: Flask) -> None:
    """Not even by those who read every other: a list of one branch would show what its two employees said."""
    with setting() as make:
        invitation(make, "pulse", code="employee_pulse")
        for role in ("analyst", "privacy_officer"):
            make.user(email=f"{role}@example.com", role=role)
    employee = Person(app)
    here = "/s/pulse"
    while "/thanks" not in here:
        here = employee.on(here, ep1="4", ep10="מילים משלי")
    closing_night()
    with db.reading() as session:
        response = session.scalars(select(Response)).one()
    for role in ("analyst", "privacy_officer"):
        words = Person(app).log_in(f"{role}@example.com").words(f"/responses/{response.id}")
        assert "מילים משלי" not in words
        assert "ep1" not in words
        assert "4.00" not in words
        assert "עברית" not in words.partition("הצהרת נגישות")[0].partition("גרסת השאלון")[0]


def test_a_page_that_has_nothing_to_ask_leads_to_the_first(customer: Person) -> None:
    answer = customer.get("/s/abc/no-such-page")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/s/abc")
