"""In Chromium: from a low answer with the wish to be called to the list of whoever served; and the customer's page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from survey_app import db
from survey_app.models import Case, Promise
from tests.commands.cases.world import World, case
from tests.support.factories import setting
from tests.support.pages import DESKTOP, PHONE, assert_accessible, log_in

pytestmark = pytest.mark.usefixtures("frozen_clock")

OpenContext = Callable[..., BrowserContext]
NARROW: dict[str, Any] = {**PHONE, "viewport": {"width": 320, "height": 640}}


@pytest.fixture
def world(app: Flask) -> World:
    """Dana served somebody, who is asked by /s/abc."""
    world = World.made()
    with setting() as make:
        make.questionnaire("post_visit_branch")
        campaign = make.campaign("post_visit_branch", opens=date(2026, 1, 1))
        invited = make.invitation(
            campaign=campaign, branch=world.branch, visited_on=date(2026, 11, 15), agent=world.dana
        )
        invited.token = "abc"
    return world


def forward(page: Page, button: str = "main button.primary") -> None:
    with page.expect_navigation():
        page.locator(button).click()


def test_from_the_survey_to_the_agents_list_and_back(new_context: OpenContext, world: World) -> None:
    page = new_context(**NARROW, java_script_enabled=False).new_page()
    page.goto("/s/abc")
    page.get_by_label("לא כל כך מרוצה", exact=True).check()
    forward(page)
    forward(page)
    page.get_by_label("שנחזור אליך בטלפון").check()
    page.get_by_label("מי שטיפלו בי").check()
    if page.locator("#callback_phone").count():
        page.locator("#callback_phone").fill("050-2345678")
    forward(page)

    agent = new_context(**DESKTOP).new_page()
    log_in(agent, "dana@example.com")
    agent.goto("/cases")
    with db.reading() as session:
        one = session.scalars(select(Case)).one()
    expect(agent.locator(".case-list")).to_contain_text(str(one.id))

    # Done by Dana: the customer reads it on a small phone, says so by the button, and by nothing else.
    world.finished(one.id)
    page.goto(f"/c/{one.token}?lang=he")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert case(one.id).state == "done"
    forward(page)
    assert case(one.id).state == "confirmed"


def test_the_page_of_a_case_reads_well(new_context: OpenContext, world: World) -> None:
    number = world.opened()
    with setting() as make:
        make.session.add(
            Promise(
                id="p", case_id=number, words="נחזור עם תשובה", branch_id=world.branch.id, made_on=date(2026, 11, 17),
                due_on=date(2026, 11, 20), created_at=case(number).opened_at, state="open",
            )
        )  # fmt: skip
    page = new_context(**NARROW).new_page()
    page.goto(f"/c/{case(number).token}?lang=he")
    expect(page.get_by_text("נחזור עם תשובה")).to_be_visible()
    assert_accessible(page)
    world.finished(number)
    wide = new_context(**DESKTOP).new_page()
    wide.goto(f"/c/{case(number).token}?lang=en")
    assert_accessible(wide)
