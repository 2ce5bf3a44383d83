"""A shopper's phone for tests: its browser, which may lose its connection, and the ways through the app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from survey_app.models import ShopperProfile
from tests.commands.acting import Field
from tests.support.factories import PASSWORD, Make, setting

APP = "/shops"
PHONE: dict[str, Any] = {
    "viewport": {"width": 320, "height": 640},
    "has_touch": True,
    "is_mobile": True,
    "locale": "he-IL",
    "timezone_id": "Asia/Jerusalem",
    "reduced_motion": "reduce",
}


def stand_up(visits: int = 1, *, discreet: bool = True) -> Field:
    """A shopper with visits to make, and another account of the same phone."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        made = Field.made(make, has_account=False)
        for branch in (made.branch, made.other)[:visits]:
            branch.address, branch.city = "הרצל 1", "חיפה"
            branch.latitude, branch.longitude = 32.8, 35.0
            made.visit(make, branch)
        _second(make)
        if not discreet:
            make.session.add(ShopperProfile(user_id=made.shopper.id, discreet=False))
    return made


def _second(make: Make) -> None:
    make.user(email="other@example.com", role="shopper")


@contextmanager
def phone(browser: Browser, address: str, **more: Any) -> Iterator[BrowserContext]:
    """A phone's browser: not watched for failed calls, since its connection is what is tried."""
    context = browser.new_context(base_url=address, **(PHONE | more))
    context.set_default_timeout(10_000)
    yield context
    context.close()


def log_in(page: Page, email: str = "eye@example.com") -> None:
    """Log in by the page."""
    page.goto("/login")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    with page.expect_navigation(url="**/"):
        page.locator("[name=password]").press("Enter")


def slow_shelves(context: BrowserContext) -> None:
    """From here on the phone takes its time to look for what it keeps."""
    context.add_init_script(
        "const has = caches.has.bind(caches);"
        "caches.has = (name) => new Promise((done) => { setTimeout(() => done(has(name)), 300); });"
    )


def opened(page: Page) -> None:
    """Open the app, until everything is kept for a time without connection."""
    page.goto(APP)
    page.wait_for_function("() => document.body.dataset.kept === 'kept'")


def ready(page: Page) -> None:
    """Wait until a visit's page has read what this phone holds."""
    page.wait_for_function("() => document.body.dataset.ready === 'yes'")


def enter(page: Page, name: str = "סניף 101") -> None:
    """From the list into a visit."""
    page.locator("a.visit", has_text=name).tap()
    ready(page)


def four_taps(page: Page) -> None:
    """From the briefing into the branch, four taps, and out again."""
    page.locator("#to-inside").tap()
    for mark in ("entered", "greeted", "served", "left"):
        page.locator(f"[data-mark={mark}]").tap()
        expect(page.locator(f"[data-mark={mark}]")).to_have_attribute("aria-pressed", "true")
    page.locator("#outside").tap()


def leaf(page: Page, code: str) -> None:
    """Wait for a part of the report."""
    expect(page.locator(f"#leaf-{code} h1")).to_be_visible()


def answer_part(page: Page, code: str) -> None:
    """Answer every item of a part with its first choice."""
    leaf(page, code)
    for group in page.locator(f"#leaf-{code} fieldset.question:visible:has(.row)").all():
        group.locator(".option").first.tap()


def settled(page: Page) -> None:
    """Wait until the phone has written what was entered."""
    page.evaluate("() => fieldVisit.save()")


def fill(page: Page) -> None:
    """Every part of the report after the first, with its first choices."""
    for code in "ABCDEF":
        page.locator("#next").tap()
        answer_part(page, code)
    page.locator("#next").tap()
    leaf(page, "unscored")
