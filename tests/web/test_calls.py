"""Telephone interviews in the interviewer's hands: the list, a call, what is read aloud, the questions, the end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app import clock, db
from survey_app.models import Answer, ContactEvent, Draft, Entry, Invitation, OptOut, Response
from tests.commands.calls import called
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.web.people import Person, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")
PHONE = "+972541234567"


@pytest.fixture
def caller(app: Flask) -> Person:
    """An interviewer, logged in, with one customer on the list."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        make.user(email="voice@bank.test", role="interviewer")
        make.user(email="other@bank.test", role="interviewer")
        called(make, phone=PHONE, name="דנה כהן")
    return Person(app).log_in("voice@bank.test")


def invitation() -> Invitation:
    with db.reading() as session:
        return session.scalars(select(Invitation)).one()


def events() -> list[ContactEvent]:
    with db.reading() as session:
        return list(session.scalars(select(ContactEvent).order_by(ContactEvent.id)))


def begun(caller: Person, address: str) -> str:
    """Where the questions begin."""
    answer = caller.get(address)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def taken(caller: Person) -> str:
    return caller.on("/calls/next", page="/calls")


def test_the_list_shows_no_number_and_the_call_does(caller: Person) -> None:
    assert PHONE not in caller.text("/calls")
    page = caller.text(taken(caller))
    assert f'href="tel:{PHONE}" dir="ltr"' in page
    assert "דנה כהן" in page
    assert "לא נבקש סיסמה או מספר חשבון" in page
    assert "השיחה אינה מוקלטת" in page


def test_what_is_read_aloud_changes_its_language_and_the_screen_does_not(caller: Person) -> None:
    page = caller.text(f"{taken(caller)}?speak=ru")
    assert 'class="aloud" lang="ru" dir="ltr"' in page
    assert '<html lang="he" dir="rtl">' in page


def test_a_call_in_nobodys_hand_is_nobodys_to_see(app: Flask, caller: Person) -> None:
    address = f"/calls/{invitation().id}"
    assert PHONE not in caller.text(address, status=409)
    taken(caller)
    other = Person(app).log_in("other@bank.test")
    assert PHONE not in other.text(address, status=409)
    assert "כרגע אין שיחות שהגיע זמנן בשפות האלה" in plain(other.text(other.on("/calls/next", page="/calls")))


def test_what_became_of_the_call_takes_the_number_away(caller: Person) -> None:
    address = taken(caller)
    assert caller.on(f"{address}/close", page=address, outcome="no_answer") == "/calls?done=no_answer"
    assert PHONE not in caller.text(address, status=409)
    assert [(one.code, one.channel) for one in events()] == [("3.13", "phone")]


def test_a_promise_needs_a_time_in_which_customers_are_called(caller: Person) -> None:
    address = taken(caller)
    answer = caller.send(f"{address}/close", page=address, outcome="later", day="21.11.2026", at="10:00")
    assert answer.status_code == 422
    assert 'value="21.11.2026"' in answer.text  # what was written stands there still
    assert "שבת" in plain(answer.text)
    assert caller.send(f"{address}/close", page=address, outcome="later", day="", at="").status_code == 422
    caller.on(f"{address}/close", page=address, outcome="later", day="18.11.2026", at="10.30")
    again = invitation().call_after
    assert again is not None
    assert f"{clock.local(again):%d.%m %H:%M}" == "18.11 10:30"


def test_no_more_surveys_is_an_opt_out(caller: Person) -> None:
    address = taken(caller)
    caller.on(f"{address}/close", page=address, outcome="no_more")
    with db.reading() as session:
        assert PHONE in session.scalars(select(OptOut.address)).all()
        assert session.scalars(select(OptOut.source)).first() == "phone"
    assert invitation().disposition == "2.111"
    assert [one.user_id for one in events()] != [None]


def test_a_whole_interview(caller: Person) -> None:
    address = taken(caller)
    first = begun(caller, f"{address}/questions")
    page = caller.text(first)
    assert "קשה לומר" in page
    assert "לא להקראה" in page
    assert PHONE not in page
    onward = caller.on(first, pv1="4", pv2="cash", go="next")
    while onward.startswith(address):
        onward = caller.on(onward, pv8="9", go="next")
    assert onward.startswith("/calls/answered/")
    assert "להקראה" in caller.words(onward)
    with db.reading() as session:
        response = session.scalars(select(Response)).one()
        assert (response.mode, response.channel, response.state) == ("phone", "phone", "counted")
        answers = dict(session.execute(select(Answer.question, Answer.value)).all())
    assert answers["pv1"] == 4
    assert answers["pv8"] == 9
    stands = invitation()
    assert (stands.state, stands.disposition, stands.calls, stands.caller_id) == ("used", "1.1", 1, None)
    assert [one.code for one in events() if one.user_id is not None] == ["1.1"]
    assert caller.get(address).status_code == 409


def test_what_was_answered_waits_for_the_next_call(caller: Person, frozen_clock: FrozenClock) -> None:
    address = taken(caller)
    first = begun(caller, f"{address}/questions")
    assert caller.on(first, pv1="2", go="stop") == f"{address}/stop"
    caller.on(
        f"{address}/close", page=f"{address}/stop", outcome="later", day="18.11.2026", at="10:00", **{"from": "stop"}
    )
    frozen_clock.move_to(frozen_clock.moment + timedelta(days=1))
    assert taken(caller) == address
    page = caller.text(first)
    assert re.search(r'name="pv1" id="pv1-1" value="2"[^>]* checked', page)


def test_broken_off_for_good(caller: Person) -> None:
    address = taken(caller)
    first = begun(caller, f"{address}/questions")
    caller.on(first, pv1="2", go="stop")
    caller.on(f"{address}/close", page=f"{address}/stop", outcome="broke_off", **{"from": "stop"})
    assert invitation().disposition == "2.12"


def test_an_answer_by_the_link_meanwhile_is_not_asked_again(caller: Person) -> None:
    address = taken(caller)
    first = begun(caller, f"{address}/questions")
    with setting() as make:
        make.session.get_one(Invitation, invitation().id).state = "used"
    answer = caller.client.post(first, data={"csrf_token": token(caller), "pv1": "2", "go": "next"})
    assert answer.status_code == 409
    with db.reading() as session:
        assert session.scalars(select(Draft)).all() == []


def token(caller: Person) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', caller.text("/calls"))
    assert found is not None
    return found[1]


def test_an_interview_that_outlasts_its_hold_goes_on(caller: Person, frozen_clock: FrozenClock) -> None:
    address = taken(caller)
    first = begun(caller, f"{address}/questions")
    sent = {"csrf_token": token(caller), "pv1": "2", "go": "next"}
    frozen_clock.move_to(frozen_clock.moment + timedelta(minutes=40))
    assert caller.client.post(first, data=sent).status_code == 303


def test_a_login_that_ended_keeps_the_answers(app: Flask, caller: Person) -> None:
    first = begun(caller, f"{taken(caller)}/questions")
    stranger = app.test_client()
    answer = stranger.post(first, data={"pv1": "2", "go": "next"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 401
    assert 'name="resume"' in answer.text


def test_two_clicks_send_one_response(caller: Person) -> None:
    address = taken(caller)
    page = begun(caller, f"{address}/questions")
    while True:
        sent = {"csrf_token": token(caller), "pv1": "4", "go": "next"}
        onward = caller.client.post(page, data=sent).headers["Location"]
        if not onward.startswith(address):
            break
        page = onward
    assert caller.client.post(page, data=sent).status_code == 409
    with db.reading() as session:
        assert len(session.scalars(select(Response.id)).all()) == 1


def test_a_wish_to_be_called_back_is_asked_last(caller: Person) -> None:
    address = taken(caller)
    onward = begun(caller, f"{address}/questions")
    while onward.startswith(address):
        onward = caller.on(onward, pv1="2", go="next")
    assert "pv_callback" in caller.text(onward)
    caller.on(onward, pv_callback="true", pv_callback_recipient="management", callback_phone="0502345678")
    with db.reading() as session:
        assert "+972502345678" in session.scalars(select(Answer.words)).all()


def test_the_audit_trail_names_the_call_and_no_contact(caller: Person) -> None:
    address = taken(caller)
    caller.on(f"{address}/close", page=address, outcome="busy")
    with db.reading() as session:
        entries = [one for one in session.scalars(select(Entry)) if one.act.startswith("call.")]
    assert [one.act for one in entries] == ["call.take", "call.close"]
    assert entries[0].details == {"invitation": int(address.rsplit("/", 1)[1])}
    assert all(PHONE not in str(one.details) + str(one.changes) for one in entries)


@pytest.mark.parametrize("role", ["analyst", "administrator", "branch_manager", "shopper"])
def test_nobody_else_may_call(app: Flask, caller: Person, role: str) -> None:
    with setting() as make:
        more = {"branch": make.branch(code="777", region=None)} if role == "branch_manager" else {}
        make.user(email="x@bank.test", role=role, **more)
    person = Person(app).log_in("x@bank.test")
    for path in ("/calls", "/calls/1", "/calls/1/questions", "/calls/1/stop"):
        assert person.get(path).status_code == 403, path
