"""Getting in, staying in, and losing nothing when a login ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from survey_app.models import User
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.factories import PASSWORD, setting
from tests.web.staff.conftest import TOKEN, Person

LogIn = Callable[[str], Person]


def test_a_login_leads_on(visitor: Person) -> None:
    sent_away = visitor.get("/reviews/2026-10?sort=name")
    assert sent_away.status_code == 302
    target = sent_away.headers["Location"]
    assert target == "/login?next=/reviews/2026-10?sort%3Dname"
    answer = visitor.post(
        target, target, email="management@bank.test", password=PASSWORD, next="/reviews/2026-10?sort=name"
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/reviews/2026-10?sort=name")


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "evil", "/a\r\nb: c"]
)
def test_a_login_leads_to_our_own_pages_only(visitor: Person, target: str) -> None:
    answer = visitor.log_in("management", next=target)
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(("name", "password"), [("management", "wrong password"), ("nobody", PASSWORD)])
def test_a_wrong_login_says_the_same_either_way(visitor: Person, name: str, password: str) -> None:
    answer = visitor.log_in(name, password)
    assert answer.status_code == 422
    assert "הדוא״ל או הסיסמה אינם נכונים" in answer.text
    assert "<title>שגיאה:" in answer.text
    assert visitor.get("/").status_code == 302


def test_an_empty_login_names_both_fields(visitor: Person) -> None:
    answer = visitor.post("/login", "/login", email="", password="")
    assert answer.status_code == 422
    assert 'href="#email"' in answer.text
    assert 'href="#password"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_too_many_wrong_logins(visitor: Person) -> None:
    statuses = [visitor.log_in("management", "wrong password").status_code for _ in range(17)]
    assert statuses[0] == 422
    assert statuses[-1] == 429


def test_a_new_password_ends_every_other_login(as_: LogIn, app: Flask) -> None:
    here, elsewhere = as_("management"), as_("management")
    answer = here.post(
        "/account", "/account/password", current=PASSWORD, new="nine lives of cats", again="nine lives of cats"
    )
    assert answer.status_code == 303
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    assert Person(app.test_client()).log_in("management", "nine lives of cats").status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "again", "words"),
    [
        ("wrong password", "nine lives of cats", "nine lives of cats", "זאת אינה הסיסמה הנוכחית"),
        (PASSWORD, "nine lives of cats", "nine lives of dogs", "שונות זו מזו"),
        (PASSWORD, "short", "short", "10"),
    ],
)
def test_a_refused_password(as_: LogIn, current: str, new: str, again: str, words: str) -> None:
    answer = as_("management").post("/account", "/account/password", current=current, new=new, again=again)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_user_who_was_shut_out(as_: LogIn) -> None:
    person = as_("management")
    with setting() as make:
        user = make.session.query(User).filter_by(email="management@bank.test").one()
        user.active = False
    assert person.get("/").status_code == 302
    assert person.log_in("management").status_code == 422


def test_logging_out(as_: LogIn) -> None:
    person = as_("management")
    assert person.post("/account", "/logout").status_code == 303
    assert person.get("/").status_code == 302


def test_the_language_is_kept(as_: LogIn) -> None:
    person = as_("management")
    answer = person.post("/account", "/account/language", language="en", next="/reviews")
    assert answer.headers["Location"] == "/reviews"
    assert '<html lang="en" dir="ltr">' in person.text("/reviews")


def test_an_address_that_leads_nowhere_says_so_in_the_users_language(as_: LogIn) -> None:
    person = as_("management")
    person.post("/account", "/account/language", language="ru", next="/")
    hebrew = {"Accept-Language": "he"}
    lost = person.client.get("/no-such-page", headers=hebrew)
    assert (lost.status_code, '<html lang="ru"' in lost.text) == (404, True)
    assert '<html lang="en"' in person.client.get("/no-such-page?lang=en", headers=hebrew).text
    _without_login(person)
    stranger = person.client.get("/no-such-page", headers=hebrew)
    assert '<html lang="he"' in stranger.text
    assert "Set-Cookie" not in stranger.headers


def test_a_form_needs_its_token(as_: LogIn) -> None:
    answer = as_("management").client.post("/account/language", data={"language": "en"})
    assert answer.status_code == 400
    assert "נא לטעון אותו מחדש" in answer.text


# ---- an ended login --------------------------------------------------------------------------------------------------


def _without_login(person: Person) -> None:
    person.client.delete_cookie("session")


def test_a_form_sent_after_the_login_ended_is_kept(as_: LogIn) -> None:
    person = as_("management")
    page = "/reviews/2026-10"
    token = TOKEN.search(person.text(page))
    assert token
    _without_login(person)
    refused = person.client.post(
        f"{page}/sign",
        data={"csrf_token": token[1], "confirm": "y"},
        headers={"Origin": "http://localhost", "Referer": f"http://localhost{page}"},
    )
    assert refused.status_code == 401
    kept = re.search(r'name="resume" value="([^"]+)"', refused.text)
    fresh = TOKEN.search(refused.text)
    assert kept
    assert fresh
    # Both pages say the same: nothing was sent, nothing is lost.
    assert "ולכן דבר לא נשלח. מה שמולא לא אבד" in refused.text
    offered = person.client.post(
        "/login",
        data={"csrf_token": fresh[1], "email": "management@bank.test", "password": PASSWORD, "resume": kept[1]},
    )
    assert offered.status_code == 200
    assert "ולכן דבר לא נשלח. מה שמולא לא אבד" in offered.text
    assert f'action="{page}/sign"' in offered.text
    assert 'name="confirm" value="y"' in offered.text
    token = TOKEN.search(offered.text)
    assert token
    signed = person.client.post(f"{page}/sign", data={"csrf_token": token[1], "confirm": "y"})
    assert signed.status_code == 303
    assert "המספרים שלו נשארים כפי שהם" in person.text(f"{page}?done=signed")


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, {}]
)
def test_a_foreign_page_s_form_is_not_kept(visitor: Person, headers: dict[str, str]) -> None:
    refused = visitor.client.post("/reviews/2026-10/sign", data={"confirm": "y"}, headers=headers)
    assert refused.status_code == 401
    assert 'name="resume"' not in refused.text


def test_passwords_are_never_kept(visitor: Person) -> None:
    refused = visitor.client.post(
        "/account/password", data={"current": "secret one", "new": "x"}, headers={"Origin": "http://localhost"}
    )
    assert "secret one" not in refused.text
    kept = re.search(r'name="resume" value="([^"]+)"', refused.text)
    assert kept
    with visitor.client.application.test_request_context():
        from survey_app.web import resume

        found = resume.read(kept[1])
    assert found is not None
    assert found.fields == []


def test_a_forged_form_is_not_offered(visitor: Person) -> None:
    answer = visitor.log_in("management", resume="forged.token.here")
    assert answer.status_code == 303


def test_a_login_ends_by_itself(as_: LogIn, frozen_clock: FrozenClock, app: Flask) -> None:
    assert app.permanent_session_lifetime <= timedelta(hours=12)
    assert frozen_clock.moment == MOMENT
    assert "Expires=" in as_("management").client.get("/").headers["Set-Cookie"]


def test_json_says_401(visitor: Person) -> None:
    answer = visitor.get("/api/v1/reviews/2026-10")
    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["error"]["status"] == 401
