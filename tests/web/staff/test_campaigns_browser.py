"""Planning a campaign in a real browser: every step and state readable by everybody, the way through by keyboard."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from survey_app import db
from survey_app.commands import campaigns
from survey_app.config import Gateway, Settings
from survey_app.models import Campaign
from survey_app.queries import campaign_plans
from survey_app.queries.readiness import Installation
from tests.support.factories import setting
from tests.support.pages import DESKTOP, OpenContext, on_two_screens
from tests.web.staff.test_look import log_in

pytestmark = pytest.mark.browser
STANDING = "/campaigns/post_visit_branch"
STEPS = ("what", "whom", "how", "many", "words", "words?channel=email", "follow-up", "check")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An installation that can send e-mail and text messages."""
    return replace(
        settings,
        smtp_url="smtp://127.0.0.1:9",
        mail_from="survey@bank.test",
        short_url="https://s.bank.test",
        gateways={"sms": Gateway("http://127.0.0.1:9/sms", "{}", callback_secret="x")},
    )


def states() -> None:
    """Campaigns in every state, one of them with a changed plan that waits and words that stop it."""
    ready = Installation(frozenset({"sms", "email", "phone"}), "https://s.bank.test")
    with setting() as make:
        session = make.session
        for state in ("planned", "active", "paused", "ended"):
            code = f"is-{state}"
            campaigns.plan(session, name=f"Campaign {state}", questionnaire="post_visit_branch", code=code)
            if state != "planned":
                campaigns.open_(session, code, revision=1, installation=ready)
            if state == "paused":
                campaigns.pause(session, code)
            if state == "ended":
                campaigns.end(session, code)
        campaigns.save(
            session, "is-active", 2, rules={"target": 60, "branches": ("20-101",), "follow_up": {"le": ["pv1", 2]}},
            texts={"sms": {"invitation": {"he": {"text": "{org} הגרלה {link} {stop}"}}}},
        )  # fmt: skip


@pytest.mark.parametrize("language", ["he", "en"])
def test_every_step_and_state_reads_well(new_context: OpenContext, language: str) -> None:
    states()
    page = new_context(**DESKTOP).new_page()
    reads_well = on_two_screens(page)
    log_in(page, "analyst")
    paths = [
        "/campaigns", "/campaigns?state=ended&search=x", "/campaigns/new", "/campaigns/rules", STANDING,
        *(f"/campaigns/is-{state}" for state in ("planned", "active", "paused", "ended")),
        "/campaigns/is-active/pause", "/campaigns/is-ended/end", "/campaigns/is-planned/discard",
        *(f"/campaigns/is-active/plan/{step}" for step in STEPS), f"{STANDING}/plan/check",
    ]  # fmt: skip
    for path in paths:
        page.goto(path + ("&" if "?" in path else "?") + f"lang={language}")
        expect(page.locator("h1")).to_have_count(1)
        for details in page.locator("details:not([open]) > summary").all():
            details.click()
        reads_well()


def test_refused_and_stale_steps_read_well(new_context: OpenContext) -> None:
    states()
    page = new_context(**DESKTOP).new_page()
    reads_well = on_two_screens(page)
    log_in(page, "analyst")
    page.goto("/campaigns/is-active/plan/many")
    page.fill("#target", "many")
    press(page, "Enter")
    expect(page.locator("#errors")).to_be_focused()
    reads_well()
    page.goto("/campaigns/is-active/plan/many")
    with setting() as make:
        campaigns.save(make.session, "is-active", 3, rules={"detect": 20})
    page.fill("#target", "77")
    press(page, "Enter")
    expect(page.locator("#stale")).to_be_visible()
    reads_well()
    expect(page.locator("#target")).to_have_value("77")


def press(page: Page, key: str, on: str = "#target") -> None:
    with page.expect_navigation():
        page.locator(on).press(key)


def tab_to(page: Page, selector: str) -> None:
    """Go on with Tab until something has the focus."""
    for _step in range(150):
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by keyboard on {page.url}")


def by_keyboard(page: Page) -> None:
    """Save and go on."""
    tab_to(page, ".buttons .button.primary")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_campaign_is_planned_and_opened_by_keyboard(new_context: OpenContext) -> None:
    page = new_context(**DESKTOP).new_page()
    log_in(page, "analyst")
    page.goto("/campaigns/new?lang=en")
    tab_to(page, "#name")
    page.keyboard.type("Autumn visits 2026")
    tab_to(page, "#questionnaire")
    page.keyboard.type(page.locator("#questionnaire option[value=post_visit_branch]").inner_text()[:12])
    by_keyboard(page)
    expect(page).to_have_url(re.compile("/autumn-visits-2026/plan/whom"))
    tab_to(page, "#find-branch")
    page.keyboard.type("101")
    page.keyboard.press("Enter")
    tab_to(page, "input[value='20-101']")
    page.keyboard.press("Space")
    by_keyboard(page)
    tab_to(page, "#down-sms")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "down-sms"
    by_keyboard(page)
    by_keyboard(page)
    expect(page).to_have_url(re.compile("/plan/words"))
    page.goto("/campaigns/autumn-visits-2026/plan/words?channel=sms")
    tab_to(page, "#t-invitation-en-text")
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type(" €")
    counted = page.locator("#t-invitation-en-text-room").inner_text()
    expect(page.locator(".message:has(#t-invitation-en-text) .bubble")).to_contain_text("€")
    tab_to(page, "button[value=look]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("#t-invitation-en-text-room").inner_text() == counted, "both count alike"
    by_keyboard(page)
    by_keyboard(page)
    expect(page).to_have_url(re.compile("/plan/check"))
    tab_to(page, "form[action$='/plan/open'] .button.primary")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_be_visible()
    with db.reading() as session:
        found = session.scalars(select(Campaign).where(Campaign.code == "autumn-visits-2026")).one()
        rules = campaign_plans.in_force(found)
        assert rules is not None
        assert (found.state, rules.branches, rules.channels) == ("active", ("20-101",), ("email", "sms", "phone"))
        assert found.texts["sms"]["invitation"]["en"]["text"].endswith("€")
