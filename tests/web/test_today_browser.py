"""The coordinator's day and the job board in Chromium: three clicks to another shopper, every screen as it is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from survey_app.commands import giving, letters
from survey_app.models import FieldDevice, Letter, User
from tests.commands.boarding import Board, acted, visit_of
from tests.support.clocks import MOMENT
from tests.support.factories import setting
from tests.support.pages import DESKTOP, PHONE, assert_reads_well, log_in

pytestmark = pytest.mark.usefixtures("frozen_clock")

OpenContext = Callable[..., BrowserContext]
NARROW: dict[str, Any] = {**PHONE, "viewport": {"width": 320, "height": 640}}
TODAY = "/fieldwork/today"


def pressing(board: Board) -> int:
    """One of everything that is pressing; gives the late visit."""
    late = board.visit(
        "assigned", shopper_id=board.shoppers[0].id, window_from=date(2026, 11, 8), window_until=date(2026, 11, 12)
    )
    board.visit("missed", window_from=date(2026, 11, 8), window_until=date(2026, 11, 12))
    for who in board.shoppers[1:3]:
        acted(giving.claim, board.visit(hour_from="08:30", hour_until="10:30"), who)
    mine = board.visit()
    acted(giving.give, mine, board.shoppers[3].id, by=board.coordinator, all_the_same=True)
    with setting() as make:
        make.session.add(
            FieldDevice(
                id="p", user_id=board.shoppers[4].id, seen_at=MOMENT, files=6, waiting_since=MOMENT - timedelta(days=1)
            )
        )
    letter = acted(letters.queue, board.shoppers[4].id, "sync_wanted", "k", {})
    assert letter is not None
    acted(lambda session: setattr(session.get_one(Letter, letter.id), "state", "uncertain"))
    return late


def test_a_shopper_is_replaced_in_three_clicks(app: Flask, desktop: Page) -> None:
    board = Board.made(shoppers=8, organisation=True)
    late = pressing(board)
    page = log_in(desktop, "plans@example.com")
    page.goto(TODAY)
    with page.expect_navigation():
        page.locator(f'a[href^="/fieldwork/{late}/replace"]').click()
    names = page.locator("form > fieldset.names input[type=radio]")
    expect(names).to_have_count(3)
    names.nth(1).click()
    chosen = int(names.nth(1).get_attribute("value") or 0)
    with page.expect_navigation():
        page.locator("main .button.primary").click()
    expect(page.get_by_role("status")).to_contain_text("The visit was given")
    assert visit_of(late).shopper_id == chosen != board.shoppers[0].id
    assert page.locator(f'a[href^="/fieldwork/{late}/replace"]').count() == 0


@pytest.mark.parametrize(("language", "size"), [("he", NARROW), ("en", DESKTOP)], ids=["he-320", "en-1280"])
def test_every_screen_reads_well(app: Flask, new_context: OpenContext, language: str, size: dict[str, Any]) -> None:
    board = Board.made(shoppers=8, organisation=True)
    late = pressing(board)
    with setting() as make:
        for who in (board.coordinator, board.shoppers[1]):
            make.session.get_one(User, who.id).language = language
    board.visit()
    context = new_context(**size)
    page = log_in(context.new_page(), "plans@example.com")
    for path in (TODAY, f"/fieldwork/{late}", f"/fieldwork/{late}/replace", "/fieldwork"):
        page.goto(path)
        assert_reads_well(page)
    with setting() as make:
        other = make.branch(code="102", region=board.branch.region, city="עכו", latitude=32.92, longitude=35.07)
        board.tell(make, other, date(2026, 1, 1))
    given = board.visit(branch=other)
    acted(giving.give, given, board.shoppers[1].id, by=board.coordinator, all_the_same=True)
    context.clear_cookies()
    log_in(page, board.shoppers[1].email)
    for path in ("/shops/board?within=0", f"/shops/{given}/hand-back"):
        page.goto(path)
        assert_reads_well(page)
