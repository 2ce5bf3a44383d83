"""The room in Chromium: arrows and a clicker turn the screens, a stop's time runs on, every screen reads well."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from survey_app.commands import meeting, stories
from survey_app.models import User
from tests.commands.meetings import MONTH, Room, acted
from tests.support.factories import setting
from tests.support.pages import DESKTOP, PHONE, OpenContext, assert_reads_well, log_in

pytestmark = pytest.mark.usefixtures("frozen_clock")
HERE = f"/reviews/{MONTH}/meeting"
NARROW: dict[str, Any] = {**PHONE, "viewport": {"width": 320, "height": 640}}


def made(language: str) -> Room:
    room = Room.made(name="בנק", synthetic=True, policy={}).begun()
    for _one in range(4):
        room.decided(month="2026-09")
    acted(room.boss, stories.bring, room.boss, MONTH, room.said[0], "pv9", "חוזר כל חודש")
    acted(room.boss, meeting.write, room.boss, MONTH, "last", "עברנו על הכול", 0)
    with setting() as make:
        make.session.get_one(User, room.boss.id).language = language
    return room


def test_keys_turn_the_screens_in_the_page_s_direction(app: Flask, database: object, desktop: Page) -> None:
    made("he")
    page = log_in(desktop, "boss@example.com")
    page.goto(f"{HERE}/last")
    for key, leads in (("ArrowLeft", "last?at=2"), ("PageDown", "story?at=1"), ("ArrowRight", "last?at=0")):
        with page.expect_navigation():
            page.keyboard.press(key)
        assert page.url.endswith(f"/{leads}")
    begun = page.locator(".timer .time").inner_text()
    assert begun[:2] in {"5:", "4:"}, "the stop's time goes on over its screens"
    page.goto(f"{HERE}/last?panel=minutes")
    expect(page.locator("textarea")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("PageDown")
    assert "panel=minutes" in page.url, "who writes turns no screens"


@pytest.mark.parametrize(("language", "size"), [("he", NARROW), ("en", DESKTOP)], ids=["he-320", "en-1280"])
def test_every_screen_reads_well(
    app: Flask, database: object, new_context: OpenContext, language: str, size: dict[str, Any]
) -> None:
    room = made(language)
    page = log_in(new_context(**size).new_page(), "boss@example.com")
    one = room.decided()
    rooms = ["last", "story", "apart", "map", "changes", "cases", "decisions", "decisions?at=2"]
    panels = ["last?panel=decision", "last?panel=minutes"]
    others = [HERE, f"/reviews/{MONTH}/stories", "/decisions", "/decisions/new", f"/decisions/{one.id}"]
    for path in [*(f"{HERE}/{name}" for name in (*rooms, *panels)), *others]:
        page.goto(path)
        assert_reads_well(page)
