"""One visit from plan to pay, through the screens: planned and published, made on a phone, approved, paid, and seen."""

from __future__ import annotations

import re
from datetime import date, datetime, time

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from survey_app import clock, db, jobs
from survey_app.commands import programmes, scenarios, staff_notices
from survey_app.commands.staff_notices import Told
from survey_app.field import risks
from survey_app.field.rules import Rules
from survey_app.models import Assignment, Branch, Payment, PayMonth, ShopperProfile
from tests.commands.acting import SHOP, SINCE, Field
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.support.pages import DESKTOP, TIMEOUT
from tests.web import shopping
from tests.web.shopping import log_in

pytestmark = pytest.mark.browser
FEE, SPENT = 12_000, 1_650


@pytest.fixture
def field(app: Flask, frozen_clock: FrozenClock) -> Field:
    """A bank whose programme runs, with one branch whose staff were told of it, and everybody who has a part."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        made = Field.made(make, has_account=False)
        coordinator = make.user(email="coord@example.com", role="field_coordinator")
        make.session.add(ShopperProfile(user_id=made.shopper.id, payroll_ref="7001"))
        session = make.session
        campaign = make.campaign(SHOP, opens=SINCE)
        programmes.create(session, code="visits", name={"he": "ביקורים בסניפים"}, campaign_id=campaign.id)
        programmes.set_rules(session, "visits", Rules(visits_a_month=1, fee=FEE, expense_cap=4_000))
        answers = dict.fromkeys(risks.QUESTIONS, False)
        scenarios.check_risks(session, made.scenario.code, answers, note="", by=coordinator.id)
        programmes.set_scenarios(session, "visits", {made.scenario.id: 1})
        programme = programmes.begin(session, "visits")
        told = Told(told_on=date(2026, 10, 1), way="meeting")
        staff_notices.record(session, programme, [made.branch.id], told, by=coordinator.id)
        made.other.ranked = False  # an office that nobody visits
        session.get_one(Branch, made.branch.id).address = "הרצל 1"
    return made


def press(page: Page, button: str) -> None:
    """Press what leads on, and wait for the whole of what comes."""
    with page.expect_navigation():
        page.locator(button).first.click()


def visit() -> Assignment:
    """The only visit there is."""
    with db.reading() as session:
        return session.scalars(select(Assignment)).one()


def plan(page: Page) -> None:
    """Coordination begins the month's plan, has it made, and publishes it."""
    log_in(page, "coord@example.com")
    page.goto("/fieldwork")
    press(page, "nav.rooms a[href='/rotation']")
    press(page, "main a.primary")
    page.locator("#programme").select_option(index=page.locator("#programme option").count() - 1)
    page.locator("#month").select_option("2026-11")
    press(page, "main form button.primary")
    press(page, "main form[action$='/solve'] button")
    assert jobs.run_ready() >= 1
    page.goto(re.sub(r"[?#].*", "", page.url))
    press(page, "main .page-head a.primary")
    press(page, "main form button.primary")
    assert visit().state == "assigned"


def make_visit(page: Page) -> None:
    """The shopper finds it on the phone, taps, reports, claims the bus and sends."""
    log_in(page)
    shopping.opened(page)
    shopping.enter(page)
    shopping.four_taps(page)
    shopping.leaf(page, "header")
    shopping.fill(page)
    page.goto(f"{page.url.split('#')[0]}#finish")
    page.locator("#add-expense summary").tap()
    page.locator("#expense-sort").select_option("transit")
    page.locator("#expense-amount").fill("16.50")
    page.locator("#expense-add").tap()
    expect(page.locator("#expenses li")).to_have_count(1)
    page.locator("#send").tap()
    expect(page.locator("#done h1")).to_be_visible()
    said = page.locator("#done-said")
    expect(said).to_have_text(str(said.get_attribute("data-kept")))
    assert visit().state == "submitted"


def approve(page: Page) -> None:
    """The reviewer reads the report and approves it."""
    log_in(page, "judge@example.com")
    page.goto("/quality")
    press(page, "main .page-head a.primary")
    expect(page.locator("main h1")).to_contain_text("101")
    press(page, "#approve")
    assert visit().state == "approved"


def pay(page: Page) -> None:
    """Coordination grants the expense and closes the month."""
    page.goto("/pay")
    press(page, "main .note.warn a")
    press(page, "main tbody th a")
    press(page, "main form button.primary")
    page.goto("/pay")
    press(page, "main .card h3 a")
    expect(page.locator("main tbody")).to_contain_text("136.50")
    press(page, "main .page-head a.primary")
    press(page, "main form button.primary")
    expect(page.locator("main [role=status]")).to_be_visible()


def test_one_visit_from_plan_to_pay(
    browser: Browser, live_server: str, field: Field, frozen_clock: FrozenClock
) -> None:
    desk = browser.new_context(base_url=live_server, locale="he-IL", **DESKTOP)
    desk.set_default_timeout(TIMEOUT)
    plan(desk.new_page())
    # The day of the visit comes.
    day = datetime.combine(visit().window_from, time(10), tzinfo=clock.TIME_ZONE)
    frozen_clock.move_to(max(day, frozen_clock.moment))
    with shopping.phone(browser, live_server) as phone:
        page = phone.new_page()
        make_visit(page)
        judge = browser.new_context(base_url=live_server, locale="he-IL", **DESKTOP)
        approve(judge.new_page())
        pay(desk.new_page())
        page.goto("/shops#more")
        press(page, "#more a[href='/shops/pay']")
        expect(page.locator("main")).to_contain_text("136.50")
        press(page, "main .toc a")
        expect(page.locator("main tfoot")).to_contain_text("136.50")
    for context in (desk, judge):
        context.close()
    with db.reading() as session:
        assert session.scalars(select(PayMonth.total)).all() == [FEE + SPENT]
        lines = session.execute(select(Payment.sort, Payment.amount).order_by(Payment.id)).all()
    assert lines == [("fee", FEE), ("expenses", SPENT)]
