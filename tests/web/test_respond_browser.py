"""The survey in Chromium: a phone, every language, with and without scripts, by keyboard; light, and in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from survey_app import db
from survey_app.models import Answer, Draft, Response
from tests.support.factories import setting
from tests.support.pages import DESKTOP, PHONE, assert_reads_well, on_two_screens
from tests.web.people import invitation

pytestmark = pytest.mark.usefixtures("frozen_clock")

OpenContext = Callable[..., BrowserContext]
NARROW: dict[str, Any] = {**PHONE, "viewport": {"width": 320, "height": 640}}
#: What the first view may cost over the wire, in bytes and requests.
BYTES, REQUESTS = 25_000, 4


@pytest.fixture(autouse=True)
def _invited(app: Flask) -> None:
    """Somebody is invited by /s/abc; branch 101 has its open link."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        invitation(make, "abc")


def stored() -> dict[str, Any]:
    with db.reading() as session:
        found = session.execute(select(Answer.question, Answer.value, Answer.words))
        return {question: value if words is None else words for question, value, words in found}


def forward(page: Page) -> None:
    """Press the page's main button, and wait for the whole of what comes."""
    with page.expect_navigation():
        page.locator("main button.primary").click()


def test_a_whole_survey_on_a_small_phone_without_scripts(new_context: OpenContext) -> None:
    page = new_context(**NARROW, java_script_enabled=False).new_page()
    page.goto("/s/abc")
    page.get_by_label("לא כל כך מרוצה", exact=True).check()
    page.get_by_label("בירור, תקלה או תלונה").check()
    forward(page)
    page.get_by_label("2", exact=True).check()
    page.get_by_label("מה כדאי לשפר?").fill("יותר דלפקים")
    forward(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("התשובות נשלחו")
    page.get_by_label("שנחזור אליך בטלפון").check()
    page.get_by_label("הנהלת הסניף").check()
    page.get_by_label("מספר טלפון לשיחה חוזרת").fill("050-2345678")
    forward(page)
    expect(page.get_by_text("גם התוספת התקבלה")).to_be_visible()
    assert stored() == {
        "pv1": 2, "pv2": "problem", "pv8": 2, "pv9": "יותר דלפקים",
        "pv_callback": True, "pv_callback_recipient": "management", "callback_phone": "+972502345678",
    }  # fmt: skip
    page.goto("/s/abc")
    expect(page.get_by_role("heading", level=1)).to_have_text("התשובות התקבלו")


@pytest.mark.parametrize("language", ["he", "ar", "en", "ru"])
def test_every_page_reads_well(new_context: OpenContext, language: str) -> None:
    page = new_context(**DESKTOP).new_page()
    reads_well = on_two_screens(page)
    page.goto(f"/b/101?lang={language}")
    reads_well()
    page.locator("#pv1-0").check()
    forward(page)
    reads_well()
    page.locator("#pv9").evaluate("(area) => { area.removeAttribute('maxlength'); }")
    page.locator("#pv9").fill("x" * 1001)
    forward(page)
    expect(page.locator("#errors")).to_be_focused()
    reads_well()
    page.locator("#pv9").fill("")
    forward(page)
    reads_well()
    page.locator("#pv_callback").check()
    forward(page)
    expect(page.locator("#errors")).to_be_focused()
    reads_well()
    page.goto(f"/s/nobody?lang={language}")
    reads_well()


def test_the_first_view_is_light(new_context: OpenContext) -> None:
    context = new_context(**PHONE)
    page = context.new_page()
    seen: list[tuple[str, int]] = []
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    addresses: dict[str, str] = {}
    session.on(
        "Network.requestWillBeSent", lambda event: addresses.update({event["requestId"]: event["request"]["url"]})
    )
    session.on(
        "Network.loadingFinished",
        lambda event: seen.append((addresses.get(event["requestId"], ""), int(event["encodedDataLength"]))),
    )
    page.goto("/s/abc", wait_until="networkidle")
    over_the_wire = [(url, size) for url, size in seen if not url.startswith("data:")]
    assert len(over_the_wire) <= REQUESTS, over_the_wire
    assert sum(size for _url, size in over_the_wire) <= BYTES, over_the_wire
    assert context.cookies() == []


@pytest.mark.parametrize(("language", "backwards"), [("he", True), ("ar", True), ("en", False), ("ru", False)])
def test_nought_comes_first_in_reading_order(new_context: OpenContext, language: str, *, backwards: bool) -> None:
    page = new_context(**DESKTOP).new_page()
    page.goto(f"/s/abc/main-2?lang={language}")
    boxes = [page.locator(f"#pv8-{number}").bounding_box() for number in range(11)]
    assert all(boxes)
    columns = [box["x"] for box in boxes if box]
    assert columns == sorted(columns, reverse=backwards)
    assert len(set(columns)) == 11, "on a desktop they stand in one row"


def test_numbers_stand_under_one_another_on_a_phone(new_context: OpenContext) -> None:
    page = new_context(**NARROW).new_page()
    page.goto("/s/abc/main-2")
    boxes = [page.locator("label", has=page.locator(f"#pv8-{number}")).bounding_box() for number in range(11)]
    tops = [box["y"] for box in boxes if box]
    assert tops == sorted(tops)
    assert len(set(tops)) == 11
    assert all(box["height"] >= 44 and box["width"] >= 200 for box in boxes if box)


def test_arrow_keys_move_inside_a_group_and_enter_goes_on(desktop: Page) -> None:
    desktop.goto("/s/abc/main-2")
    desktop.keyboard.press("Tab")
    expect(desktop.get_by_role("link", name="דילוג לתוכן")).to_be_focused()
    desktop.locator("#pv8-0").focus()
    desktop.keyboard.press("Space")
    desktop.keyboard.press("ArrowDown")
    expect(desktop.locator("#pv8-1")).to_be_checked()
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_role("heading", level=1)).to_have_text("התשובות נשלחו")
    assert stored() == {"pv8": 1}


def test_every_control_is_reached_by_tab_alone(desktop: Page) -> None:
    desktop.goto("/s/abc")
    reached = []
    for _step in range(25):
        desktop.keyboard.press("Tab")
        reached.append(desktop.evaluate("() => document.activeElement.name || document.activeElement.className"))
    assert (
        reached.index("pv1") < reached.index("pv2") < reached.index("pv5") < reached.index("pv7") < reached.index("go")
    )
    assert "go" not in reached[: reached.index("pv1")], "the button that answers to Enter is not met by Tab"


def test_a_page_is_kept_quietly_and_a_phone_that_dies_resumes(phone: Page, new_context: OpenContext) -> None:
    phone.goto("/s/abc/main-2")
    phone.get_by_label("מה כדאי לשפר?").fill("החנייה")
    with phone.expect_response(lambda answer: answer.status == 204):
        phone.locator("#pv8-7").check()
    assert stored() == {}, "kept is not sent"
    other = new_context(**PHONE, java_script_enabled=False).new_page()
    other.goto("/s/abc/main-2")
    expect(other.get_by_label("מה כדאי לשפר?")).to_have_value("החנייה")
    expect(other.locator("#pv8-7")).to_be_checked()


def test_the_first_page_of_an_open_link_is_not_kept_before_it_is_sent(phone: Page) -> None:
    phone.goto("/b/101")
    phone.locator("#pv1-0").check()
    phone.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    phone.reload()
    with db.reading() as session:
        assert not session.scalars(select(Draft)).all()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_browsers_own_back_loses_nothing(new_context: OpenContext, *, scripts: bool) -> None:
    page = new_context(**PHONE, java_script_enabled=scripts).new_page()
    page.goto("/s/abc")
    page.locator("#pv1-3").check()
    forward(page)
    page.locator("#pv8-9").check()
    page.locator("main button.quiet").click()
    expect(page.locator("#pv1-3")).to_be_checked()
    page.go_back()
    expect(page.locator("#pv8-9")).to_be_checked()
    page.go_back()
    expect(page.locator("#pv1-3")).to_be_checked()


def test_going_back_to_an_open_link_goes_on_with_the_same_answers(phone: Page) -> None:
    phone.goto("/b/101")
    phone.locator("#pv1-0").check()
    forward(phone)
    own = phone.url
    assert re.search(r"/r/[0-9a-f]{32}/main-2$", own)
    phone.locator("#pv8-3").check()
    phone.get_by_role("button", name="English").click()
    phone.goto("/b/101")
    phone.go_back()
    phone.go_back()
    phone.go_back()
    expect(phone.locator("#pv1-0")).to_be_checked()
    forward(phone)
    assert phone.url == own
    expect(phone.locator("#pv8-3")).to_be_checked()


def test_a_double_click_sends_once(phone: Page) -> None:
    phone.goto("/s/abc/main-2")
    phone.locator("#pv8-9").check()
    phone.locator("main button.primary").dblclick()
    expect(phone.get_by_role("heading", level=1)).to_have_text("התשובות נשלחו")
    with db.reading() as session:
        assert len(session.scalars(select(Response)).all()) == 1


def test_an_answer_calls_for_its_question_at_once(phone: Page) -> None:
    """Where scripts run the follow-up opens under its consent; without them it stands there from the start."""
    phone.goto("/s/abc")
    phone.locator("#pv1-0").check()
    forward(phone)
    forward(phone)
    expect(phone.locator("#callback_phone")).to_be_hidden()
    phone.locator("#pv_callback").check()
    expect(phone.get_by_label("הנהלת הסניף")).to_be_visible()
    phone.locator("#pv_callback").uncheck()
    expect(phone.get_by_label("הנהלת הסניף")).to_be_hidden()


def test_four_hundred_percent_zoom(new_context: OpenContext) -> None:
    """1280 px at 400 % are 320 CSS px of width and 225 of height."""
    page = new_context(viewport={"width": 320, "height": 225}).new_page()
    page.goto("/s/abc/main-2")
    assert_reads_well(page)
    page.locator("main button.primary").scroll_into_view_if_needed()
    expect(page.locator("main button.primary")).to_be_in_viewport()
