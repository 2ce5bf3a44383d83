"""An interview in Chromium by keyboard alone, and every screen of calling and of data quality as people meet it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select, update

from survey_app import clock, db
from survey_app.models import Answer, Draft, Response
from tests.commands.calls import called
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.support.pages import DESKTOP, log_in, on_two_screens
from tests.web.people import SURVEY

pytestmark = pytest.mark.usefixtures("frozen_clock")

OpenContext = Callable[..., BrowserContext]


@pytest.fixture(autouse=True)
def _bank(app: Flask, frozen_clock: FrozenClock) -> None:
    """Two calls are due; a branch has answers, some of them marked."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        make.user(email="voice@bank.test", role="interviewer")
        make.user(email="analyst@bank.test", role="analyst")
        called(make, phone="+972541234567", name="Дина <Коэн>", language="ru")
        called(make, phone="+97226543210")


def enter(page: Page, name: str) -> Page:
    return log_in(page, f"{name}@bank.test")


def by_key(page: Page, key: str) -> None:
    """Press a key that leads to another page, and wait for the whole of it."""
    with page.expect_navigation():
        page.keyboard.press(key)


def chosen(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "() => [...document.querySelectorAll('#survey input:checked')].map((one) => one.id)"
    )
    return found


def test_a_whole_interview_by_keyboard_alone(desktop: Page) -> None:
    page = enter(desktop, "voice")
    page.goto("/calls")
    page.get_by_role("button", name="השיחה הבאה").focus()
    by_key(page, "Enter")
    page.get_by_role("link", name="תחילת הריאיון").focus()
    by_key(page, "Enter")
    # The first question has the focus. A number marks its answer and leads to the next one.
    page.keyboard.press("4")
    page.keyboard.press("6")
    page.keyboard.press("-")
    assert chosen(page) == ["pv1-3", "pv2-5", "pv5-5"]
    expect(page.locator("#pv6-0")).to_be_focused()
    by_key(page, "Enter")
    assert "/main-2" in page.url
    while page.locator("#pv8-0").count() == 0:
        by_key(page, "Enter")
    page.locator("#pv8-0").focus()
    page.keyboard.press("1")
    page.keyboard.press("0")
    expect(page.locator("#pv8-10")).to_be_checked()
    expect(page.locator("#pv12")).to_be_focused()
    page.keyboard.type("תודה")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#survey .dock .primary")).to_be_focused()
    by_key(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("הריאיון נשלח")
    with db.reading() as session:
        found = session.execute(select(Answer.question, Answer.value, Answer.words))
        stored: dict[str, Any] = {code: value if words is None else words for code, value, words in found}
        assert session.scalars(select(Response.mode)).all() == ["phone"]
    assert stored == {"pv1": 4, "pv2": "problem", "pv5": "dk", "pv8": 10, "pv12": "תודה"}


def test_a_number_typed_into_a_line_is_no_answer(desktop: Page) -> None:
    page = enter(desktop, "voice")
    page.goto("/calls")
    with page.expect_navigation():
        page.get_by_role("button", name="השיחה הבאה").click()
    with page.expect_navigation():
        page.get_by_role("link", name="תחילת הריאיון").click()
    page.goto(page.url.partition("?")[0].replace("main-1", "main-2"))
    page.locator("textarea").first.focus()
    page.keyboard.type("10 דקות")
    assert chosen(page) == []
    expect(page.locator("textarea").first).to_have_value("10 דקות")


def test_what_was_answered_is_kept_before_the_page_is_sent(desktop: Page) -> None:
    page = enter(desktop, "voice")
    page.goto("/calls")
    with page.expect_navigation():
        page.get_by_role("button", name="השיחה הבאה").click()
    with page.expect_navigation():
        page.get_by_role("link", name="תחילת הריאיון").click()
    with page.expect_response(lambda answer: answer.status == 204):
        page.locator("#pv1-2").check()
    with db.reading() as session:
        assert session.scalars(select(Draft.answers)).all() == [{"pv1": 3}]


@pytest.mark.parametrize("language", ["he", "en"])
def test_every_screen_of_calling_reads_well(new_context: OpenContext, language: str) -> None:
    page = enter(new_context(**DESKTOP).new_page(), "voice")
    reads_well = on_two_screens(page)
    page.goto(f"/?lang={language}")
    reads_well()
    page.goto(f"/calls?lang={language}")
    reads_well()
    with page.expect_navigation():
        page.locator("form.next-call button.primary").click()
    number = page.url.partition("?")[0]
    for path in ("", "?speak=ru", "?speak=ar", "/stop", "/questions/main-1?speak=ru", "/questions/main-2"):
        page.goto(f"{number}{path}{'&' if '?' in path else '?'}lang={language}")
        reads_well()
    page.goto(f"{number}?lang={language}")
    page.locator("#at").fill("99")
    with page.expect_navigation():
        page.locator("button[value=later]").click()
    expect(page.locator("#errors")).to_be_focused()
    reads_well()
    page.goto(f"{number}/questions/main-2")
    while page.locator("#survey button[value=stop]").count():
        with page.expect_navigation():
            page.locator("#survey .dock .primary").click()
        if page.locator("#errors").count():
            page.goto(f"{number}/questions/main-1")
            page.locator("#pv1-2").check()
    reads_well()


def test_every_screen_of_data_quality_reads_well(new_context: OpenContext) -> None:
    page = enter(new_context(**DESKTOP).new_page(), "analyst")
    reads_well = on_two_screens(page)
    page.goto("/integrity")
    reads_well()
    with setting() as make:
        version, branch = make.questionnaire(SURVEY), make.branch(code="202", region=None, name="בית <שמש> 2")
        agent = make.agent(code="A1", branch=branch, since=date(2026, 1, 1))
        for way, content in (("open", 60), ("personal", 25)):
            ids = make.responses(
                version=version,
                branch=branch,
                visited_on=date(2026, 11, 9),
                state="counted",
                answers=[{"pv1": 5 if place < content else 2} for place in range(60)],
                context={},
                agent=agent,
            )
            marks = {"channel": way, "flags": ["same_device", "burst"], "submitted_at": clock.now() - timedelta(days=2)}
            make.session.execute(update(Response).where(Response.id.in_(ids)).values(**marks))
    for path in ("/", "/integrity", "/integrity/responses?flag=any", "/integrity/groups"):
        page.goto(path)
        reads_well()
    page.goto("/integrity/responses")
    page.locator("button[value=exclude]").click()
    expect(page.locator("#errors")).to_be_focused()
    reads_well()
