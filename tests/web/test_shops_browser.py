"""A visit from assignment to the month's numbers: on a small phone without scripts, then at the reviewer's keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from survey_app import db
from survey_app.models import Draft, Response
from tests.commands.acting import Field, branch_facts, by_visit, differences, sent, shop_answers
from tests.support.factories import setting
from tests.support.pages import DESKTOP, PHONE, assert_reads_well, log_in, on_two_screens

pytestmark = pytest.mark.usefixtures("frozen_clock")

OpenContext = Callable[..., BrowserContext]
NARROW: dict[str, Any] = {**PHONE, "viewport": {"width": 320, "height": 640}}
LANGUAGES = ["he", "ar", "en", "ru"]


@pytest.fixture
def field(app: Flask) -> Field:
    """A shopper, a reviewer from outside, a coordinator, and one visit to make."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        made = Field.made(make, has_account=False)
        made.visit(make)
        make.user(email="coord@example.com", role="field_coordinator")
    return made


def forward(page: Page) -> None:
    """Press the page's main button, and wait for the whole of what comes."""
    with page.expect_navigation():
        page.locator("main button.primary").click()


def say_yes(page: Page) -> None:
    """Answer every item of the page that is asked."""
    for item in page.locator("fieldset.question:visible").all():
        item.get_by_label("כן", exact=True).check()


def test_from_the_assignment_to_the_months_numbers(new_context: OpenContext, field: Field) -> None:
    phone = new_context(**NARROW, java_script_enabled=False).new_page()
    log_in(phone, "eye@example.com")
    phone.goto("/shops")
    phone.get_by_role("link", name="סניף 101").click()
    expect(phone.get_by_text("פגישה עם נציג שירות")).to_be_visible()
    phone.get_by_role("link", name="התחלת הדוח").click()
    phone.get_by_label("תאריך הביקור").fill("9.11.2026")
    phone.get_by_label("שעת כניסה").fill("9:10")
    forward(phone)
    for section in "ABCDEF":
        assert phone.url.endswith(f"/shops/1/{section}")
        say_yes(phone)
        if section == "B":
            phone.locator("#B3").fill("4")
        if section == "D":
            phone.locator("#D1").get_by_label("לא", exact=True).check()
            forward(phone)
            expect(phone.locator("#errors")).to_contain_text("נא לכתוב מה נאמר או נראה.")
            phone.locator("#D1_comment").fill("הריבית שנאמרה שגויה")
        forward(phone)
    phone.get_by_label("תיאור הביקור לפי סדר הדברים").fill("נכנסתי, קיבלתי שירות ויצאתי.")
    forward(phone)
    phone.get_by_role("button", name="שליחת הדוח").click()
    expect(phone.get_by_text("הדוח נשלח וממתין לבקרה")).to_be_visible()
    with db.reading() as session:
        assert branch_facts(session, "total") == {}

    desk = new_context(**DESKTOP).new_page()
    log_in(desk, "judge@example.com")
    desk.goto("/quality")
    desk.get_by_role("link", name="סניף 101").press("Enter")
    desk.get_by_role("link", name="להחלטה").press("Enter")
    for _step in range(3):
        desk.keyboard.press("Tab")
        if desk.evaluate("() => document.activeElement.id") == "approve":
            break
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("הדוח אושר ונספר מעכשיו.")).to_be_visible()
    with db.reading() as session:
        # D has 18 of 25 points: 72 %, and 93 of 100 in all.
        assert branch_facts(session, "total") == {("2026-11", field.branch.id): (1, 9300, 9300**2)}
    assert not differences()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shoppers_pages_read_well_on_the_smallest_phone(
    new_context: OpenContext, field: Field, language: str
) -> None:
    phone = new_context(**NARROW).new_page()
    log_in(phone, "eye@example.com")
    phone.goto("/account")
    phone.locator(f"footer button[value={language}]").click()
    for path in ("/shops", "/shops/1", "/shops/1/header", "/shops/1/B", "/shops/1/unscored", "/shops/1/summary"):
        phone.goto(path)
        assert phone.evaluate("() => document.documentElement.lang") == language
        assert_reads_well(phone)
    phone.goto("/shops/1/D")
    phone.locator("#D1-1").check()
    forward(phone)
    expect(phone.locator("#errors")).to_be_focused()
    assert_reads_well(phone)
    phone.locator(".contents summary").click()
    assert_reads_well(phone)


def test_the_desk_and_the_fieldwork_read_well(new_context: OpenContext, field: Field) -> None:
    with setting() as make:
        visit = field.visit(make, field.other)
    report = sent(by_visit(visit), shop_answers("2026-11-09", D2="no", D2_comment="לא נאמר"))
    desk = new_context(**DESKTOP).new_page()
    desk_reads_well = on_two_screens(desk)
    log_in(desk, "judge@example.com")
    for path in ("/quality", f"/quality/{report.id}", f"/quality/{report.id}?correct=D2"):
        desk.goto(path)
        desk_reads_well()
    desk.locator("tr.correcting button").click()
    expect(desk.locator("#errors")).to_be_focused()
    desk_reads_well()
    coordinator = new_context(**DESKTOP).new_page()
    coordinator_reads_well = on_two_screens(coordinator)
    log_in(coordinator, "coord@example.com")
    for path in (
        "/fieldwork", "/fieldwork/new", "/fieldwork/1/cancel", "/fieldwork/scenarios", "/fieldwork/scenarios/new",
        "/fieldwork?state=rejected",
    ):  # fmt: skip
        coordinator.goto(path)
        coordinator_reads_well()
    coordinator.goto("/fieldwork/new")
    forward(coordinator)
    expect(coordinator.locator("#errors")).to_be_focused()
    coordinator_reads_well()


def test_an_item_leaves_and_returns_as_the_wait_is_typed(phone: Page, field: Field) -> None:
    log_in(phone, "eye@example.com")
    phone.goto("/shops/1/B")
    expect(phone.locator("#B4-0")).to_be_visible()
    phone.locator("#B3").fill("7")
    expect(phone.locator("#B4-0")).to_be_hidden()
    expect(phone.get_by_text("לא רלוונטי כאן").first).to_be_visible()
    phone.locator("#B3").fill("17")
    expect(phone.locator("#B4-0")).to_be_visible()


def test_a_page_is_kept_quietly(phone: Page, field: Field) -> None:
    log_in(phone, "eye@example.com")
    phone.goto("/shops/1/A")
    with phone.expect_response(lambda answer: answer.status == 204):
        phone.locator("#A1-0").check()
    with db.reading() as session:
        assert session.scalars(select(Draft)).one().answers == {"A1": "yes"}
        assert not session.scalars(select(Response)).all()
