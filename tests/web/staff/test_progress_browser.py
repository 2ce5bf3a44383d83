"""Progress in a real browser: readable by everybody, renewed quietly, whole without scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from survey_app import clock
from survey_app.audit import Actor
from survey_app.models import Campaign, Invitation, Message
from survey_app.models.campaign import USED
from survey_app.transaction import transaction
from tests.support.factories import setting
from tests.support.pages import DESKTOP, OpenContext, on_two_screens
from tests.web.staff.test_look import log_in
from tests.web.staff.test_progress import running

pytestmark = pytest.mark.browser
PAGES = ("progress", "selection", "selection?what=invited", "selection?branch=none", "cases", "cases?what=3.10")


def answered(number: int) -> None:
    """So many invitations were sent, opened and finished."""
    with transaction(Actor.system("test"), "test") as session:
        first = session.scalars(
            select(Invitation).where(Invitation.channel != "").order_by(Invitation.id).limit(number)
        )
        for one in first:
            at = clock.now() - timedelta(days=one.id % 5)
            one.state, one.disposition = USED, "1.1"
            one.opened_at = one.started_at = at
            one.finished_at = at + timedelta(minutes=3)
            session.execute(
                update(Message)
                .where(Message.invitation_id == one.id)
                .values(state="sent", sent_at=at - timedelta(hours=1))
            )


@pytest.mark.parametrize("language", ["he", "en"])
def test_pages_of_a_running_campaign_read_well(new_context: OpenContext, language: str) -> None:
    running(30)
    answered(14)
    page = new_context(**DESKTOP).new_page()
    reads_well = on_two_screens(page)
    log_in(page, "analyst")
    for path in PAGES:
        page.goto(f"/campaigns/visits/{path}{'&' if '?' in path else '?'}lang={language}")
        expect(page.locator("h1")).to_have_count(1)
        for details in page.locator("details:not([open]) > summary").all():
            details.click()
        reads_well()
    with setting() as make:
        make.session.scalars(select(Campaign).where(Campaign.code == "visits")).one().privacy = "anonymous"
    for path in PAGES:
        page.goto(f"/campaigns/visits/{path}{'&' if '?' in path else '?'}lang={language}")
        reads_well()


def finished(page: Page) -> Any:
    return page.locator(".tiles > div").nth(1)


def test_the_numbers_renew_themselves_and_leave_the_reader_alone(new_context: OpenContext) -> None:
    running(30)
    answered(10)
    context = new_context(**DESKTOP)
    page = context.new_page()
    log_in(page, "analyst")
    page.clock.install()
    page.goto("/campaigns/visits/progress?lang=en")
    expect(finished(page)).to_contain_text("10")
    page.locator("#days-table summary").click()
    page.locator("#days-table summary").focus()
    answered(14)
    page.clock.run_for(31_000)
    expect(finished(page)).to_contain_text("10")
    page.locator("h1").click()
    page.evaluate("() => document.activeElement.blur()")
    page.clock.run_for(31_000)
    expect(finished(page)).to_contain_text("14")
    expect(page.locator("#days-table")).to_have_attribute("open", "")
    expect(page.locator("#not-live")).to_be_hidden()
    context.clear_cookies()
    page.clock.run_for(31_000)
    expect(page.locator("#not-live")).to_be_visible()
    expect(finished(page)).to_contain_text("14")


def test_without_scripts_the_page_is_whole(without_scripts: Page) -> None:
    running(30)
    answered(12)
    page = without_scripts
    log_in(page, "analyst")
    page.goto("/campaigns/visits/progress?lang=en")
    expect(finished(page)).to_contain_text("12")
    expect(page.locator(".scripted")).to_be_hidden()
    expect(page.get_by_role("table", name="By branch")).to_be_visible()
