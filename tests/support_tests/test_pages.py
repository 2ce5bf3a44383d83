"""What a browser test notices: each fault is shown to it once, on pages made for that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from wsgiref.types import StartResponse

import pytest
from playwright.sync_api import Browser

from survey_app import clock
from tests.support.clocks import MOMENT, FrozenClock
from tests.support.pages import DESKTOP, PHONE, Watch, assert_accessible, assert_reads_well
from tests.support.server import serving, under_clock

HEAD = (
    "<!doctype html><html lang='{lang}' dir='{dir}'><meta name='viewport' content='width=device-width'><title>x</title>"
)
FORM = "<form><fieldset><legend>{legend}</legend><label><input type='radio' name='r'> 1</label></fieldset></form>"
PAGES = {
    "/good": HEAD.format(lang="he", dir="rtl") + "<main><h1>שלום</h1>" + FORM.format(legend="שאלה") + "</main>",
    "/latin": HEAD.format(lang="he", dir="ltr") + "<main><h1>שלום</h1></main>",
    "/wide": HEAD.format(lang="he", dir="rtl") + "<main><h1>שלום</h1><p style='inline-size: 900px'>רחב</p></main>",
    "/nameless": HEAD.format(lang="he", dir="rtl") + "<main><h1>שלום</h1>" + FORM.format(legend=" ") + "</main>",
    "/pale": HEAD.format(lang="en", dir="ltr") + "<main><h1 style='color:#ddd;background:#fff'>Pale</h1></main>",
    "/throws": "<script>throw new Error('broken')</script>",
    "/abroad": "<img alt='' src='http://elsewhere.example/x.png'>",
    "/strict": "<p style='color: red'>x</p>",
    "/fails": "<p>x</p>",
    "/incomplete": "<link rel='stylesheet' href='/missing.css'><p>x</p>",
}


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Serve the pages; one says what time it is."""
    path = environ["PATH_INFO"]
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
    if path == "/strict":
        headers.append(("Content-Security-Policy", "style-src 'self'"))
    known = path in PAGES or path in {"/now", "/favicon.ico"}
    start_response("500 Broken" if path == "/fails" else "200 OK" if known else "404 Not Found", headers)
    return [(clock.now().isoformat() if path == "/now" else PAGES.get(path, "")).encode()]


@pytest.fixture
def live_server(frozen_clock: FrozenClock) -> Iterator[str]:
    """Our pages in place of the product's."""
    with serving(under_clock(application, frozen_clock)) as address:
        yield address


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/good", ""),
        ("/throws", "script error: broken"),
        ("/abroad", "called another address: http://elsewhere.example/x.png"),
        ("/strict", "Content Security Policy"),
        ("/fails", "500 from "),
        ("/incomplete", "404 from "),
    ],
)
def test_what_a_page_does_is_watched(browser: Browser, live_server: str, path: str, said: str) -> None:
    watch = Watch(live_server)
    context = browser.new_context()
    watch.over(context)
    context.new_page().goto(live_server + path, wait_until="load")
    context.close()
    assert said in "\n".join(watch.faults)
    assert bool(watch.faults) == bool(said)


@pytest.mark.parametrize(
    ("path", "said"),
    [("/latin", "he runs ltr"), ("/wide", "px wide"), ("/nameless", "without a name"), ("/pale", "color-contrast")],
)
def test_a_page_that_reads_badly_is_seen(new_context: Callable[..., Any], path: str, said: str) -> None:
    page = new_context(**PHONE).new_page()
    page.goto(path)
    with pytest.raises(AssertionError, match=said):
        assert_reads_well(page)


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_good_page_passes(new_context: Callable[..., Any], screen: dict[str, Any]) -> None:
    page = new_context(**screen).new_page()
    page.goto("/good")
    assert_reads_well(page)
    assert_accessible(page)  # a second look on the same page
    assert page.viewport_size == screen["viewport"]


def test_the_served_application_sees_the_test_s_clock(
    new_context: Callable[..., Any], frozen_clock: FrozenClock
) -> None:
    page = new_context().new_page()
    page.goto("/now")
    assert datetime.fromisoformat(page.inner_text("body")) == MOMENT
    frozen_clock.move_to(datetime(2027, 1, 1, tzinfo=UTC))
    page.reload()
    assert page.inner_text("body") == "2027-01-01T00:00:00+00:00"
