"""Pages in Chromium as a person would meet them: a phone and a desktop, in Hebrew, with nothing reached but our server.

A page fails its test when it calls another address, throws in a script, breaks the content security policy or gets a
server error. :func:`assert_reads_well` is what every screen must hold to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

from tests.support.browser import launch
from tests.support.factories import PASSWORD

AXE = Path(__file__).parent.parent / "browser" / "axe.min.js"
#: The level the platform is built to, and the size of targets that 2.2 adds.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
#: A desktop enlarged four times shows as much as this phone.
SMALLEST: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
#: What a page asks for by itself: it must be there.
LOADED = {"stylesheet", "script", "font", "image"}
TIMEOUT = 10_000  # milliseconds; generous for a machine with two busy cores


class Watch:
    """What a page did that no page of ours may do."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.faults: list[str] = []

    def over(self, context: BrowserContext) -> None:
        """Stand between a browser and everything else."""
        context.on("request", self._follow)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))
        context.on("console", self._hear)
        context.on("response", self._look)
        context.on("requestfailed", self._miss)

    def _follow(self, request: Request) -> None:
        # Chromium finds no other host (``tests.support.browser``); that one was asked for is a fault all the same. No
        # request is taken in hand here: a browser whose requests are keeps nothing, and a page would load all anew.
        url = request.url
        if not url.startswith(("data:", "blob:")) and _origin(url) != self.origin:
            self.faults.append(f"called another address: {url}")

    def _hear(self, message: ConsoleMessage) -> None:
        # A refused form is answered with 422, which the console reports as a failed load: that is no fault.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _look(self, response: Response) -> None:
        least = 400 if response.request.resource_type in LOADED else 500
        if response.status >= least:
            self.faults.append(f"{response.status} from {response.url}")

    def _miss(self, request: Request) -> None:
        # A page that is left gives up what it was still loading.
        if _origin(request.url) == self.origin and request.failure != "net::ERR_ABORTED":
            self.faults.append(f"{request.failure}: {request.url}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium per worker."""
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


OpenContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(browser: Browser, live_server: str) -> Iterator[OpenContext]:
    """Open browser contexts (each a person with cookies of their own); keyword arguments are Playwright's."""
    watch = Watch(live_server)
    with ExitStack() as opened:
        yield lambda **options: opened.enter_context(_context(browser, watch, options))
    assert not watch.faults, "\n".join(watch.faults)


@contextmanager
def _context(browser: Browser, watch: Watch, options: dict[str, Any]) -> Iterator[BrowserContext]:
    context = browser.new_context(
        **{"base_url": watch.origin, "locale": "he-IL", "timezone_id": "Asia/Jerusalem", "reduced_motion": "reduce"}
        | options
    )
    context.set_default_timeout(TIMEOUT)
    watch.over(context)
    yield context
    context.close()


@pytest.fixture
def phone(new_context: OpenContext) -> Page:
    """A page on a small phone."""
    return new_context(**PHONE).new_page()


@pytest.fixture
def desktop(new_context: OpenContext) -> Page:
    """A page on a desktop screen."""
    return new_context(**DESKTOP).new_page()


@pytest.fixture
def without_scripts(new_context: OpenContext) -> Page:
    """A page on a small phone whose browser runs no scripts."""
    return new_context(**PHONE, java_script_enabled=False).new_page()


_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def log_in(page: Page, email: str, password: str = PASSWORD) -> Page:
    """Let a page's person in as the form does, without drawing it: how it looks has tests of its own."""
    token = _TOKEN.search(page.request.get("/login").text())
    assert token is not None, "there is no form to log in with"
    form = {"csrf_token": token[1], "email": email, "password": password}
    answer = page.request.post("/login", form=form, max_redirects=0)
    assert answer.status == 303, f"{email} is not let in: {answer.status}"
    return page


#: Makes axe-core ready to be built when a page is examined; what lies in a function is read only once it is called.
_READY = "Object.defineProperty(window, 'buildAxe', {configurable: true, value: () => {%s\n}}); void 0;"
#: The rules that a page breaks, once its fonts are there; null as long as nothing can examine it.
_EXAMINE = """async (tags) => {
    await document.fonts.ready;
    if (!('axe' in window)) {
        if (!('buildAxe' in window)) return null;
        window.buildAxe();
    }
    const options = {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']};
    return (await axe.run(document, options)).violations;
}"""


@cache
def _axe_script() -> str:
    return _READY % AXE.read_text(encoding="utf-8")


def axe(page: Page) -> list[dict[str, Any]]:
    """The rules that a page breaks, as axe-core reports them, once its styles and fonts are there.

    The first page that is examined makes its whole context ready: half a megabyte is sent to the browser once, and not
    again for every document that follows.
    """
    page.wait_for_load_state("load")
    found: list[dict[str, Any]] | None = page.evaluate(_EXAMINE, list(TAGS))
    if found is None:
        page.context.add_init_script(_axe_script())
        page.evaluate(_axe_script())
        found = page.evaluate(_EXAMINE, list(TAGS))
    assert found is not None
    return found


def assert_accessible(page: Page) -> None:
    """Fail with every broken rule, what it asks for and where."""
    lines = []
    for rule in axe(page):
        lines.append(f"{rule['id']} ({rule['impact']}): {rule['help']}")
        for node in rule["nodes"][:5]:
            lines.append(f"    {json.dumps(node['target'], ensure_ascii=False)}  {node['html'][:160]}")
            lines.extend(f"      - {check['message']}" for check in node["any"] + node["all"] + node["none"])
    assert not lines, f"{page.url} breaks rules of access:\n" + "\n".join(lines)


#: A page's language and direction, its width and its screen's, and its groups of radio buttons that no fieldset with a
#: legend, or labelled group, names.
_READING = """() => {
    const named = (group) => {
        const label = group.getAttribute('aria-labelledby');
        const text = group.querySelector(':scope > legend')?.textContent
            || (label && document.getElementById(label.split(' ')[0])?.textContent);
        return Boolean(text && text.trim());
    };
    const nameless = new Set();
    for (const radio of document.querySelectorAll('input[type=radio]')) {
        const group = radio.closest('fieldset, [role=radiogroup]');
        if (!group || !named(group)) nameless.add(radio.name);
    }
    const root = document.documentElement;
    return [root.lang, root.dir, root.scrollWidth, root.clientWidth, [...nameless]];
}"""


def assert_reads_well(page: Page) -> None:
    """What every screen holds to: accessible, in the right direction, nothing hidden sideways, every group named."""
    assert_accessible(page)
    language, direction, wide, seen, nameless = page.evaluate(_READING)
    assert direction == ("rtl" if language in {"he", "ar"} else "ltr"), f"{page.url}: {language} runs {direction}"
    assert wide <= seen, f"{page.url} is {wide} px wide on a screen of {seen}"
    assert nameless == [], f"{page.url} has groups of choices without a name"


#: Once all is drawn anew: how wide the screen is, and whether a finger is what points at it.
_DRAWN = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(
    [screen.width, document.documentElement.clientWidth, matchMedia('(pointer: coarse)').matches]))))"""


def on_two_screens(page: Page) -> Callable[[], None]:
    """Show a desktop's page on the smallest phone; gives the check of :func:`assert_reads_well` for both screens.

    Each document comes to the phone, where it is examined, is laid out for the desktop, examined again and laid out for
    the phone. The server writes the same for both, and a document that is there need not be fetched again.
    """
    session = page.context.new_cdp_session(page)

    def show_on(screen: dict[str, Any]) -> None:
        size, hand = screen["viewport"], screen.get("is_mobile", False)
        whole = {"screenWidth": size["width"], "screenHeight": size["height"], "deviceScaleFactor": 1, "mobile": hand}
        session.send("Emulation.setDeviceMetricsOverride", size | whole)
        session.send("Emulation.setTouchEmulationEnabled", {"enabled": hand})

    def examine(screen: dict[str, Any]) -> None:
        width, hand = screen["viewport"]["width"], screen.get("is_mobile", False)
        assert page.evaluate(_DRAWN) == [width, width, hand], f"{page.url} is not shown at {width} px"
        try:
            assert_reads_well(page)
        except AssertionError as fault:
            raise AssertionError(f"at {width} px: {fault}") from fault

    def check() -> None:
        examine(SMALLEST)
        show_on(DESKTOP)
        examine(DESKTOP)
        show_on(SMALLEST)

    show_on(SMALLEST)
    return check
