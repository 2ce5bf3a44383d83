"""Every page and state that a customer can meet, in every language, with scripts and without: access as it is measured.

Without scripts means that ours are empty: the page is then the one the server wrote, and can still be examined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.exceptions import TooManyRequests

from survey_app import clock
from survey_app.web.security import public
from tests.support.factories import setting
from tests.support.pages import DESKTOP, PHONE, assert_accessible, assert_reads_well
from tests.web.people import SINCE, SURVEY, Person, branch, invitation

pytestmark = pytest.mark.usefixtures("frozen_clock")

OpenContext = Callable[..., BrowserContext]
LANGUAGES = ["he", "ar", "en", "ru"]
LEAST_TARGET = 44
#: WCAG 1.4.12: what somebody may set by a style of their own.
SPACING = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
    " p { margin-block-end: 2em !important }"
)
#: What is pressed by itself and is too small for a thumb. A control in a label is as large as the label; a link in a
#: sentence is as high as its line.
_SMALL = """(least) => {
    const found = [];
    for (const one of document.querySelectorAll('a[href], button, input, select, textarea, summary')) {
        if (one.type === 'hidden' || !one.checkVisibility() || one.closest('.hidden, .trap, .skip')) continue;
        const beside = [...one.parentElement.childNodes].some(
            (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
        if (one.tagName === 'A' && (beside || one.closest('li, dd'))) continue;
        const box = (one.closest('label') ?? one).getBoundingClientRect();
        if (Math.min(box.width, box.height) < least - 0.5) {
            found.push(`${one.outerHTML.slice(0, 80)} ${Math.round(box.width)}×${Math.round(box.height)}`);
        }
    }
    return found;
}"""
#: Whether the element that has the focus, or the label around it, shows it.
_SHOWN = """() => {
    const one = document.activeElement;
    if (one === document.body) return 'none';
    const seen = [one, one.closest('label')].filter(Boolean).some((part) => {
        const style = getComputedStyle(part);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    });
    return seen ? 'shown' : one.outerHTML.slice(0, 120);
}"""
#: Texts that are cut off, or stand over the edge of the page.
_CUT = """() => [...document.querySelectorAll('main *, header *, footer *')].filter((one) => {
    if (!one.checkVisibility() || one.closest('.hidden, .trap')) return false;
    const style = getComputedStyle(one);
    const cut = ['hidden', 'clip'].includes(style.overflowX) || ['hidden', 'clip'].includes(style.overflowY);
    const box = one.getBoundingClientRect();
    return one.tagName !== 'PROGRESS' && cut && (one.scrollWidth > one.clientWidth + 1
        || one.scrollHeight > one.clientHeight + 1) || box.right > innerWidth + 1 || box.left < -1;
}).map((one) => one.outerHTML.slice(0, 100))"""


@pytest.fixture(autouse=True)
def _asked(app: Flask) -> None:
    """Customers with links in every state; a page that fails, and one that was asked for too often."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        invitation(make, "abc")
        campaign = make.campaign(SURVEY, opens=SINCE)
        for token, code in (("late", "102"), ("tired", "103"), ("twice", "104")):
            other = make.invitation(campaign=campaign, branch=branch(make, code), visited_on=clock.today())
            other.token = token
            if token == "late":
                other.created_at, other.expires_at = clock.now() - timedelta(days=9), clock.now() - timedelta(days=1)

    def fails() -> str:
        raise RuntimeError("a fault of ours")

    def busy() -> str:
        raise TooManyRequests

    app.add_url_rule("/fails", "fails", public(fails))
    app.add_url_rule("/busy", "busy", public(busy))
    app.testing = False


def forward(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main button.primary").click()


def states(app: Flask, page: Page, language: str) -> Iterator[str]:
    """Bring a page from state to state; gives what each is called."""
    page.goto(f"/s/abc?lang={language}")
    yield "first"
    page.locator("#pv1-0").check()
    forward(page)
    yield "last"
    page.locator("#pv9").evaluate("(area) => { area.removeAttribute('maxlength'); }")
    page.locator("#pv9").fill("x" * 1001)
    forward(page)
    yield "error"
    page.goto(f"/s/abc?lang={language}")
    yield "kept"
    page.goto(f"/s/twice?lang={language}")
    forward(page)
    forward(page)
    yield "nothing answered"
    page.goto(f"/s/twice/main-1?lang={language}")
    shown = re.search(r'name="seen" value="([^"]+)"', Person(app).text("/s/twice/main-1"))
    assert shown is not None
    Person(app).client.post("/s/twice/main-1", data={"seen": shown[1], "pv1": "5", "lang": language})
    page.locator("#pv1-0").check()
    forward(page)
    yield "two devices"
    page.goto(f"/s/abc/main-2?lang={language}")
    forward(page)
    yield "thanks"
    page.locator("#pv_callback").check()
    forward(page)
    yield "thanks with an error"
    page.locator("#pv_callback_recipient-1").check()
    page.locator("#callback_phone").fill("0502345678")
    page.locator("#pv_praise").fill("תודה")
    forward(page)
    yield "thanks, all said"
    for address, name in (
        ("/s/abc", "used"), ("/s/late", "expired"), ("/s/nobody", "unknown"), ("/b/101", "open link"),
        ("/b", "code"), ("/privacy", "privacy"), ("/accessibility", "accessibility"), ("/nowhere", "404"),
        ("/fails", "500"), ("/busy", "429"), ("/s/tired/stop", "stop"),
    ):  # fmt: skip
        page.goto(f"{address}?lang={language}")
        yield name
    forward(page)
    yield "stopped"
    page.goto(f"/s/tired?lang={language}")
    yield "closed by its customer"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_every_state_is_accessible(app: Flask, browser: Any, live_server: str, language: str, *, scripts: bool) -> None:
    """No watch over failed loads here: two of the pages are meant to fail."""
    context: BrowserContext = browser.new_context(
        **(PHONE if scripts else DESKTOP), base_url=live_server, locale="he-IL", reduced_motion="reduce"
    )
    if not scripts:
        context.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page = context.new_page()
    met = []
    for state in states(app, page, language):
        met.append(state)
        try:
            assert_reads_well(page)
            assert page.locator("html").get_attribute("lang") == language
            assert page.locator("footer a[href*='/accessibility']").count() == 1
            assert page.locator("footer a[href*='/privacy']").count() == 1
            if scripts:
                assert page.evaluate(_SMALL, LEAST_TARGET) == []
        except AssertionError as fault:
            raise AssertionError(f"{state}: {fault}") from fault
    assert len(met) == 22
    context.close()


@pytest.mark.parametrize("language", ["he", "ru"])
def test_the_focus_is_always_seen(new_context: OpenContext, language: str) -> None:
    page = new_context(**DESKTOP).new_page()
    for address in ("/s/abc", "/s/abc/main-2", "/s/tired/stop"):
        page.goto(f"{address}?lang={language}")
        for _step in range(30):
            page.keyboard.press("Tab")
            shown = page.evaluate(_SHOWN)
            if shown == "none":
                break
            assert shown == "shown", f"{address}: the focus on {shown} is not seen"


def test_a_survey_by_keyboard_alone(desktop: Page) -> None:
    desktop.goto("/s/abc")
    _tab_to(desktop, "pv1")
    desktop.keyboard.press("Space")
    desktop.keyboard.press("ArrowDown")
    _tab_to(desktop, "go")
    with desktop.expect_navigation():
        desktop.keyboard.press("Enter")
    _tab_to(desktop, "pv9")
    desktop.keyboard.type("החנייה")
    _tab_to(desktop, "go")
    with desktop.expect_navigation():
        desktop.keyboard.press("Space")
    _tab_to(desktop, "pv_callback")
    desktop.keyboard.press("Space")
    _tab_to(desktop, "pv_callback_recipient")
    desktop.keyboard.press("Space")
    _tab_to(desktop, "callback_phone")
    desktop.keyboard.type("0502345678")
    with desktop.expect_navigation():
        desktop.keyboard.press("Enter")
    # Nobody of this bank is there to handle it yet: so nobody is named.
    expect(desktop.locator(".note[role=status]")).to_contain_text("מי שיטפלו בפנייה")


def _tab_to(page: Page, name: str) -> None:
    for _step in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.name") == name:
            return
    raise AssertionError(f"{name} is not reached by Tab")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_readers_own_spacing_cuts_nothing_off(new_context: OpenContext, language: str) -> None:
    page = new_context(**DESKTOP, bypass_csp=True).new_page()
    for address in ("/s/abc", "/s/abc/main-2", "/s/tired/stop", "/s/late", "/privacy"):
        page.goto(f"{address}?lang={language}")
        page.add_style_tag(content=SPACING)
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate("() => innerWidth") == width
            assert page.evaluate(_CUT) == [], f"{address} at {width}"
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= width, f"{address} is {wide} px wide at {width}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_enlarged_four_times(new_context: OpenContext, language: str) -> None:
    """1280×1024 at 400 % are 320×256."""
    page = new_context(viewport={"width": 320, "height": 256}).new_page()
    for address in ("/s/abc", "/s/abc/main-2", "/s/tired/stop"):
        page.goto(f"{address}?lang={language}")
        assert_reads_well(page)
        assert page.evaluate(_CUT) == []
        button = page.locator("main button.primary")
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport(ratio=0.99)


def test_colours_of_the_readers_own(new_context: OpenContext) -> None:
    """Where the system sets the colours, a chosen answer differs by more than a background that is gone."""
    page = new_context(**PHONE, forced_colors="active").new_page()
    page.goto("/s/abc")
    page.locator("#pv1-3").check()
    page.locator("h1").click()
    outline = "(box) => getComputedStyle(box.closest('label')).outlineStyle"
    assert page.locator("#pv1-3").evaluate(outline) == "solid"
    assert page.locator("#pv1-2").evaluate(outline) == "none"
    assert_accessible(page)


def test_without_a_connection_nothing_is_lost(browser: Any, live_server: str, new_context: OpenContext) -> None:
    """No watch over the one that loses its connection."""
    context: BrowserContext = browser.new_context(**PHONE, base_url=live_server, locale="he-IL")
    page = context.new_page()
    page.goto("/s/abc/main-2")
    sign = page.locator("#kept")
    context.set_offline(True)
    page.locator("#pv8-7").check()
    expect(sign).to_have_text(re.compile(r"אין חיבור|No connection"))
    page.evaluate("scrollTo(0, 0)")
    expect(sign).to_be_in_viewport()  # wherever one stands on a long page
    page.locator("main button.primary").click()
    expect(page.locator("#pv8-7")).to_be_checked()
    with page.expect_response(lambda answer: answer.status == 204):
        context.set_offline(False)
    expect(sign).to_have_text(re.compile(r"נשמר|Kept"))
    other = new_context(**PHONE, java_script_enabled=False).new_page()
    other.goto("/s/abc/main-2")
    expect(other.locator("#pv8-7")).to_be_checked()
    forward(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("התשובות נשלחו")
    context.close()


def test_going_back_after_the_sending_shows_no_answers(phone: Page) -> None:
    phone.goto("/s/abc/main-2")
    phone.locator("#pv9").fill("רק בינינו")
    forward(phone)
    phone.go_back()
    expect(phone.get_by_role("heading", level=1)).to_have_text("התשובות התקבלו")
    expect(phone.locator("#pv9")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False])
def test_forward_again_after_the_browsers_back_keeps_what_was_not_sent(
    new_context: OpenContext, *, scripts: bool
) -> None:
    page = new_context(**PHONE, java_script_enabled=scripts).new_page()
    page.goto("/s/abc")
    page.locator("#pv1-3").check()
    forward(page)
    page.locator("#pv8-9").check()
    page.go_back()
    page.go_forward()
    expect(page.locator("#pv8-9")).to_be_checked()
