"""Coming to a survey and back to it: who opened it, where one goes on, two devices, asking for no more."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from survey_app import clock, db
from survey_app.models import (
    CollectionPoint,
    ContactEvent,
    Customer,
    Draft,
    Invitation,
    OptOut,
    Organisation,
    Response,
)
from survey_app.outreach import codes
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.web.people import SINCE, SURVEY, Person, invitation, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "he-IL"}
_SEEN = re.compile(r'name="seen" value="([^"]+)"')
FIRST = {"pv1": "5", "pv2": "cash", "pv5": "5", "pv6": "4", "pv7": "7"}
LAST = {"pv8": "10", "pv9": "טוב"}


@pytest.fixture
def customer(app: Flask) -> Person:
    """Somebody invited by /s/abc, with a browser that asks for pages as browsers do."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=False, policy={})
        invitation(make, "abc")
    return Person(app, **BROWSER)


def case() -> Invitation:
    with db.reading() as session:
        return session.scalars(select(Invitation)).one()


def events() -> list[tuple[str, str]]:
    with db.reading() as session:
        found = session.scalars(select(ContactEvent).order_by(ContactEvent.id))
        return [(one.code, one.channel) for one in found]


def known(phone: str = "+972501234567") -> None:
    """The invitation went to a customer with a telephone."""
    with setting() as make:
        person = Customer(ref="c-1", phone=phone, email="dana@example.com", updated_at=clock.now())
        make.session.add(person)
        make.session.flush()
        make.session.execute(update(Invitation).values(customer_id=person.id, channel="sms", disposition="3.19"))


def seen(text: str) -> str:
    found = _SEEN.search(text)
    assert found is not None
    return found[1]


# ---- opened, begun, finished -----------------------------------------------------------------------------------------


def test_a_case_is_opened_begun_and_finished_once_each(customer: Person, frozen_clock: FrozenClock) -> None:
    known()
    customer.get("/s/abc")
    opened = case()
    assert (opened.disposition, opened.opened_at, opened.started_at) == ("2.20", clock.now(), None)
    frozen_clock.move_to(clock.now() + timedelta(minutes=5))
    customer.get("/s/abc")
    customer.on("/s/abc", **FIRST)
    assert (case().disposition, case().opened_at) == ("1.2", opened.opened_at)
    customer.on("/s/abc/main-2", **LAST)
    done = case()
    assert (done.disposition, done.started_at, done.finished_at) == ("1.1", clock.now(), clock.now())
    assert events() == [("2.20", "sms"), ("1.2", "sms"), ("1.1", "sms")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "*/*"},
        {},
        {"Accept": "text/html", "Sec-Purpose": "prefetch;prerender"},
        {"Accept": "text/html", "Purpose": "prefetch"},
        {"Accept": "text/html", "X-Purpose": "preview"},
        {"Accept": "text/html", "User-Agent": "facebookexternalhit/1.1 Facebot Twitterbot/1.0"},
        {"Accept": "text/html", "User-Agent": "WhatsApp/2.23.20.0"},
        {"Accept": "text/html", "User-Agent": "TelegramBot (like TwitterBot)"},
        {"Accept": "text/html", "User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
        {"Accept": "text/html", "User-Agent": "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5"},
        {"Accept": "text/html", "User-Agent": "Mozilla/5.0 (compatible; bingbot/2.0)"},
        {"Accept": "text/html", "User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {"Accept": "text/html", "User-Agent": "BarracudaCentral/1.0"},
        {"Accept": "text/html", "User-Agent": "Mozilla/5.0 Proofpoint"},
    ],
    ids=[
        *("anything", "nothing", "ahead", "ahead-old", "preview"),
        *("facebook", "whatsapp", "telegram", "slack", "skype", "bing", "google", "barracuda", "proofpoint"),
    ],
)
def test_a_program_that_follows_links_opens_nothing(app: Flask, customer: Person, headers: dict[str, str]) -> None:
    assert app.test_client().get("/s/abc", headers=headers).status_code == 200
    assert (case().opened_at, case().disposition, events()) == (None, "", [])


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Linux; Android 10; CUBOT_X30) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 [FBAN/FBIOS;FBAV/440.0]",
        "Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36 Telegram-Android/10.5",
    ],
    ids=["cubot", "facebook-app", "telegram-app"],
)
def test_a_browser_that_sounds_like_a_robot_is_a_person(customer: Person, agent: str) -> None:
    customer.client.get("/s/abc", headers={**BROWSER, "User-Agent": agent})
    assert case().disposition == "2.20"


def test_a_page_sent_empty_begins_nothing(customer: Person) -> None:
    known()
    customer.get("/s/abc")
    customer.on("/s/abc", go="next")
    assert (case().started_at, case().disposition) == (None, "2.20"), "nothing was answered"
    customer.on("/s/abc/main-2", pv8="9", go="back")
    assert (case().started_at, case().disposition) == (clock.now(), "1.2")
    assert events() == [("2.20", "sms"), ("1.2", "sms")]


def test_head_shows_that_it_is_there_and_does_nothing(customer: Person) -> None:
    for path in ("/s/abc", "/s/abc/main-2", "/s/abc/stop", "/b/101"):
        answer = customer.client.head(path, headers=BROWSER)
        assert (answer.status_code, answer.data) == (200, b"")
    assert (case().opened_at, case().state, events()) == (None, "ready", [])
    with db.reading() as session:
        assert not session.scalars(select(Draft)).all()


def test_of_an_anonymous_survey_nothing_is_noted(app: Flask) -> None:
    with setting() as make:
        invitation(make, "pulse", code="employee_pulse")
    employee, here = Person(app, **BROWSER), "/s/pulse"
    while "/thanks" not in here:
        employee.get(here)
        here = employee.on(here, ep1="4")
    done = case()
    assert (done.state, done.disposition) == ("used", "")
    assert done.opened_at is done.started_at is done.finished_at is None
    assert events() == []


# ---- a place of collection -------------------------------------------------------------------------------------------


def place(agent: bool = True) -> CollectionPoint:
    with setting() as make:
        campaign = make.campaign(SURVEY, opens=SINCE)
        campaign.open_link = False
        branch = make.session.get_one(Invitation, 1).branch
        who = make.agent(code="7", branch=branch, since=SINCE) if agent else None
        point = CollectionPoint(
            code="48151" + codes.check_digit("48151"),
            branch=branch,
            campaign=campaign,
            kind="desk",
            agent_id=who.id if who else 0,
            created_at=clock.now(),
        )
        make.session.add(point)
        make.session.flush()
        return point


def test_a_desks_code_leads_to_its_own_survey(customer: Person) -> None:
    point = place()
    own = customer.on(f"/b/{point.code}", **FIRST)
    customer.on(own, **LAST)
    with db.reading() as session:
        response = session.scalars(select(Response)).one()
        assert (response.point_id, response.agent_id, response.mode) == (point.id, point.agent_id, "web")
    with setting() as make:
        make.session.get_one(CollectionPoint, point.id).retired_at = clock.now()
    assert customer.get(f"/b/{point.code}").status_code == 410


def test_what_was_begun_before_a_code_was_retired_is_finished(customer: Person) -> None:
    point = place(agent=False)
    own = customer.on(f"/b/{point.code}", **FIRST)
    with setting() as make:
        make.session.get_one(CollectionPoint, point.id).retired_at = clock.now()
    assert "/thanks/" in customer.on(own, **LAST)


# ---- coming back -----------------------------------------------------------------------------------------------------


def test_the_link_leads_to_the_first_page_with_something_open(customer: Person) -> None:
    customer.on("/s/abc", **FIRST)
    answer = customer.get("/s/abc")
    assert answer.headers["Location"] == "/s/abc/main-2?kept=1"
    text = customer.text("/s/abc/main-2?kept=1")
    assert 'href="/s/abc/main-1?lang=he"' in text, "the way back"
    customer.on("/s/abc/main-1", **{**FIRST, "pv6": ""})
    assert customer.get("/s/abc").status_code == 200, "the first page itself is shown where it is"
    assert customer.get("/s/abc?lang=ru").status_code == 200


def test_whoever_comes_back_in_another_language_keeps_it(customer: Person) -> None:
    customer.on("/s/abc", **FIRST)
    assert customer.get("/s/abc?lang=ru").headers["Location"] == "/s/abc/main-2?kept=1&lang=ru"


def test_nothing_answered_is_no_coming_back(customer: Person) -> None:
    customer.get("/s/abc")
    text = customer.text("/s/abc")
    assert 'class="note"' not in text


# ---- two devices -----------------------------------------------------------------------------------------------------


def answers() -> dict[str, Any]:
    with db.reading() as session:
        return dict(session.scalars(select(Draft)).one().answers)


def test_both_answers_are_named_and_neither_is_lost(app: Flask, customer: Person) -> None:
    other = Person(app, **BROWSER)
    here, there = seen(customer.text("/s/abc/main-1")), seen(other.text("/s/abc/main-1"))
    other.client.post("/s/abc", data={"seen": there, "pv1": "4", "pv2": "cash"})
    answer = customer.client.post("/s/abc", data={"seen": here, "pv1": "2", "pv5": "5"})
    words = plain(answer.text)
    assert answer.status_code == 409
    assert "מרוצה" in words
    assert "לא כל כך מרוצה" in words
    assert '<a href="#pv1-0">' in answer.text
    assert re.search(r'id="pv1-1" value="2" checked', answer.text), "what was chosen here stands on the page"
    assert answers() == {"pv1": 4, "pv2": "cash", "pv5": 5}, "what was answered there alone stays, and here alone"
    again = customer.client.post("/s/abc", data={"seen": seen(answer.text), "pv1": "2", "pv2": "cash", "pv5": "5"})
    assert again.status_code == 303
    assert answers() == {"pv1": 2, "pv2": "cash", "pv5": 5}


def test_words_of_the_other_device_are_shown_whole(app: Flask, customer: Person) -> None:
    long = "תור ארוך " * 40
    here = seen(customer.text("/s/abc/main-2"))
    Person(app).client.post(
        "/s/abc/main-2", data={"seen": here.replace(here[:8], "0a0a0a0a"), "pv9": long, "go": "keep"}
    )
    answer = customer.client.post("/s/abc/main-2", data={"seen": here, "pv9": "חניה"})
    assert answer.status_code == 409
    assert long.strip() in answer.text
    assert "חניה</textarea>" in answer.text
    assert answers() == {"pv9": long.strip()}


def test_a_page_is_in_dispute_with_nobody_but_another(customer: Person) -> None:
    """Kept quietly and sent, or come back from the browser's memory and sent again: its own answers are its own."""
    here = seen(customer.text("/s/abc/main-1"))
    keep = {"seen": here, "go": "keep"}
    assert customer.client.post("/s/abc", data={**keep, "pv1": "1"}).status_code == 204
    assert customer.client.post("/s/abc", data={**keep, "pv1": "3"}).status_code == 204
    assert customer.client.post("/s/abc", data={"seen": here, "pv1": "4"}).status_code == 303
    assert customer.client.post("/s/abc", data={"seen": here, "pv1": "5"}).status_code == 303
    assert answers() == {"pv1": 5}


def test_a_quiet_save_never_decides(app: Flask, customer: Person) -> None:
    here, there = seen(customer.text("/s/abc/main-1")), seen(Person(app).text("/s/abc/main-1"))
    Person(app).client.post("/s/abc", data={"seen": there, "pv1": "4", "go": "keep"})
    assert customer.client.post("/s/abc", data={"seen": here, "pv1": "2", "go": "keep"}).status_code == 409
    assert answers() == {"pv1": 4}


@pytest.mark.parametrize("text", ["", "x", "~~~", "0a0a0a0a~1", "'; drop~" + "~" * 20])
def test_what_cannot_be_read_is_taken_for_a_page_of_old(customer: Person, text: str) -> None:
    assert customer.client.post("/s/abc", data={"seen": text, "pv1": "4"}).status_code == 303
    assert answers() == {"pv1": 4}


def test_the_language_changes_though_another_device_answered(app: Flask, customer: Person) -> None:
    here, there = seen(customer.text("/s/abc/main-1")), seen(Person(app).text("/s/abc/main-1"))
    Person(app).client.post("/s/abc", data={"seen": there, "pv1": "4"})
    answer = customer.client.post("/s/abc", data={"seen": here, "pv1": "2", "to": "en"})
    assert answer.status_code == 409
    assert "Not very satisfied" in answer.text


# ---- no more surveys -------------------------------------------------------------------------------------------------


def test_one_tap_stops_and_one_takes_it_back(customer: Person) -> None:
    known()
    assert 'href="/s/abc/stop?lang=he"' in customer.text("/s/abc")
    customer.get("/s/abc/stop")
    assert case().state == "ready", "looking changes nothing"
    assert customer.on("/s/abc/stop", go="stop") == "/s/abc/stop?lang=he"
    assert (case().state, case().disposition) == ("revoked", "2.111")
    with db.reading() as session:
        assert sorted(session.scalars(select(OptOut.address))) == ["+972501234567", "dana@example.com", "ref:c-1"]
        assert set(session.scalars(select(OptOut.source))) == {"link"}
    assert 'value="allow"' in customer.text("/s/abc/stop?lang=he")
    assert "Done: no more surveys will be sent" in customer.words("/s/abc/stop?lang=en")
    closed = customer.get("/s/abc")
    assert closed.status_code == 410
    customer.on("/s/abc/stop", go="allow")
    with db.reading() as session:
        assert not session.scalars(select(OptOut)).all()
    assert customer.get("/s/abc").status_code == 200, "the survey can be answered again"


def test_a_mail_program_stops_by_itself(customer: Person) -> None:
    """RFC 8058: a POST with one pair, without a page, a cookie or a redirect."""
    known()
    answer = customer.client.post("/s/abc/stop", data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert customer.client.post("/s/abc/stop", data={"List-Unsubscribe": "One-Click"}).status_code == 204
    with db.reading() as session:
        assert set(session.scalars(select(OptOut.source))) == {"mail"}


def test_a_link_without_contact_is_closed(customer: Person) -> None:
    assert "No more surveys" not in customer.text("/s/abc/stop?lang=en"), "only this one can be closed from here"
    customer.on("/s/abc/stop", go="stop")
    assert case().state == "revoked"
    said = customer.words("/s/abc/stop?lang=en")
    assert "Done: this survey is closed" in said
    assert "no more surveys" not in said.lower()
    assert "will not ask you" not in said
    customer.on("/s/abc/stop", go="allow")
    assert case().state == "ready"


def test_after_answering_and_after_its_time_the_wish_still_counts(customer: Person, frozen_clock: FrozenClock) -> None:
    known()
    customer.on("/s/abc", **FIRST)
    customer.on("/s/abc/main-2", **LAST)
    frozen_clock.move_to(clock.now() + timedelta(days=40))
    customer.on("/s/abc/stop", go="stop")
    with db.reading() as session:
        assert len(session.scalars(select(OptOut)).all()) == 3
    assert (case().state, case().disposition) == ("used", "1.1"), "what was answered stays answered"


def test_the_page_speaks_the_invitations_language(app: Flask) -> None:
    with setting() as make:
        invitation(make, "rus", language="ru")
    reader = Person(app, **BROWSER)
    assert '<html lang="ru" dir="ltr">' in reader.text("/s/rus/stop")
    assert '<html lang="en"' in reader.text("/s/rus/stop?lang=en")
    assert reader.get("/s/nobody/stop").status_code == 404
    assert reader.client.post("/s/nobody/stop").status_code == 404


# ---- what the first page says ----------------------------------------------------------------------------------------


def test_the_first_page_says_how_to_make_sure(customer: Person) -> None:
    with setting() as make:
        make.session.get_one(Organisation, 1).details = {"telephone": "03-555-0100"}
    text = customer.text("/s/abc")
    assert "03\u2011555\u20110100" in text
    assert "בנק לבדיקה" in plain(text)
    with setting() as make:
        make.session.get_one(Organisation, 1).outreach = {"verify": {"he": "אפשר לבדוק באתר שלנו, בדף הסקרים."}}
    assert "אפשר לבדוק באתר שלנו, בדף הסקרים." in customer.text("/s/abc")


def test_no_public_page_sets_a_cookie(app: Flask, customer: Person) -> None:
    """Every address that anybody may open without a session, whatever stands in its variable parts."""
    views, walked = app.view_functions, 0
    for rule in app.url_map.iter_rules():
        access = getattr(views[rule.endpoint], "access", None)
        if access is None or not access.public or access.session or rule.endpoint == "static.file":
            continue
        values = {
            name: 1 if "int" in type(converter).__name__.lower() else "abc"
            for name, converter in rule._converters.items()
        }
        with app.test_request_context():
            address = app.url_map.bind("localhost").build(rule.endpoint, values)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = app.test_client().open(address, method=method, headers=BROWSER)
            assert "Set-Cookie" not in answer.headers, (method, address)
            walked += 1
    assert walked > 20
