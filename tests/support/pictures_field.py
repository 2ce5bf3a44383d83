"""Pictures of mystery visits: from the plan over the shopper's phone to review, appeal and pay."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import select

from survey_app import demo, jobs
from survey_app.db import reading
from survey_app.models import Appeal, Assignment, RotationPlan, User
from survey_app.permissions import Role
from tests.support.picture import PHONE, Picture

#: Minutes between the four taps.
_WAITS = ("02:10", "06:40", "14:30")
_TAPS = ("entered", "greeted", "served", "left")


def numbers(login: demo.Login) -> dict[str, object]:
    """The newest plan, the first visit that the demo's own shopper has to make, and the appeal to be decided."""
    with reading() as session:
        visits = (
            select(Assignment.id)
            .join(User, Assignment.shopper_id == User.id)
            .where(Assignment.state == "assigned", User.email == login.email)
        )
        return {
            "plan": session.scalars(select(RotationPlan.id).order_by(RotationPlan.id.desc())).first(),
            "visit": session.scalars(visits.order_by(Assignment.window_from, Assignment.id)).first(),
            "appeal": session.scalars(select(Appeal.id).where(Appeal.state == "open").order_by(Appeal.id)).first(),
        }


# ---- what is done before a picture is taken --------------------------------------------------------------------------


def _kept(page: Page) -> None:
    """Wait until the app has everything for a time without a connection."""
    page.wait_for_function("() => document.body.dataset.kept === 'kept'")


def _ready(page: Page) -> None:
    """Wait until a visit's page has read what this phone holds."""
    page.wait_for_function("() => document.body.dataset.ready === 'yes'")


def _tap(page: Page, *taps: str) -> None:
    """Tap in the branch, near it, with minutes between the taps."""
    _ready(page)
    page.context.grant_permissions(["geolocation"])
    latitude, longitude = page.evaluate("() => JSON.parse(document.getElementById('facts').textContent).place")
    page.context.set_geolocation({"latitude": latitude, "longitude": longitude, "accuracy": 20})
    page.clock.install()
    page.locator("#to-inside").click()
    for tap, wait in zip(taps, (*_WAITS, "00:00"), strict=False):
        page.locator(f"[data-mark={tap}]").click()
        expect(page.locator(f"[data-mark={tap}]")).to_have_attribute("aria-pressed", "true")
        page.clock.fast_forward(wait)
        page.clock.run_for(1_000)


def _wait_in_branch(page: Page) -> None:
    """In the branch, greeted, and waiting for the service to begin."""
    _tap(page, *_TAPS[:2])


def _answer(page: Page, code: str, against: int | None = None) -> None:
    """Answer a part of the report with first choices, one item with its second."""
    expect(page.locator(f"#leaf-{code} h1")).to_be_visible()
    groups = page.locator(f"#leaf-{code} fieldset.question:visible:has(.row)")
    for place in range(groups.count()):
        options = groups.nth(place).locator(".option")
        (options.nth(1) if place == against else options.first).click()


def _report(page: Page) -> None:
    """Outside: the first part answered, one item against the bank, which asks for words."""
    _tap(page, *_TAPS)
    page.locator("#outside").click()
    page.locator("#next").click()
    _answer(page, "A", against=0)
    page.evaluate("() => scrollTo(0, 0)")


def _unsent(page: Page) -> None:
    """A whole report, sent where there is no connection: it waits on the phone."""
    _kept(page)
    page.locator("a.visit[data-app]:not(:has(.bad))").first.click()
    _tap(page, *_TAPS)
    page.locator("#outside").click()
    for code in "ABCDEF":
        page.locator("#next").click()
        _answer(page, code)
    page.context.set_offline(True)
    page.evaluate("() => { location.hash = '#finish'; }")
    page.locator("#send").click()
    page.locator("#done a[href*='#queue']").click()
    expect(page.locator("#queue-list li")).to_have_count(1)
    page.evaluate("() => scrollTo(0, 0)")


def _compute(page: Page) -> None:
    """Have the shoppers of the month compared now."""
    address = page.url
    with page.expect_navigation():
        page.locator("main form button").first.click()
    jobs.run_ready()
    page.goto(address)
    page.wait_for_load_state("networkidle")


FIELDWORK = (
    Picture("plan-he", "/rotation/{plan}", Role.FIELD_COORDINATOR),
    Picture("today-he", "/fieldwork/today", Role.FIELD_COORDINATOR),
    Picture("replace-he", "/fieldwork/{visit}/replace", Role.FIELD_COORDINATOR),
    Picture("shops-he", "/shops", Role.SHOPPER, PHONE, _kept),
    Picture("taps-he", "/shops/{visit}/in/he", Role.SHOPPER, PHONE, _wait_in_branch),
    Picture("report-he", "/shops/{visit}/in/he", Role.SHOPPER, PHONE, _report),
    Picture("unsent-he", "/shops", Role.SHOPPER, PHONE, _unsent),
    Picture("quality-he", "/quality", Role.QUALITY_REVIEWER),
    Picture("desk-he", "/quality/next", Role.QUALITY_REVIEWER),
    Picture("appeal-he", "/appeals/{appeal}", Role.MANAGEMENT),
    Picture("field-quality-he", "/field-quality", Role.FIELD_COORDINATOR, before=_compute),
    Picture("pay-he", "/pay/{month}", Role.FIELD_COORDINATOR),
)
