"""Cases in a browser: every screen reads well on the smallest phone and on a desktop; ready words are copied."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from survey_app import db
from survey_app.models import User
from tests.commands.cases.world import World, at
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.support.pages import DESKTOP, SMALLEST, OpenContext, assert_reads_well, log_in

LONG = "הבטיחו שיחזרו אליי תוך יומיים. " * 14


@pytest.fixture
def world(database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on a Tuesday morning at nine."""
    frozen_clock.move_to(at("2026-11-17"))
    made = World.made()
    with setting() as make:
        make.session.get_one(User, made.id("branch")).language = "en"
    return made


def test_every_screen_reads_well_and_ready_words_are_copied(world: World, new_context: OpenContext) -> None:
    open_one = world.opened(words=LONG, language="ru")
    done = world.opened("done", phone="+972501234568")
    world.finished(done)
    phone = new_context(**SMALLEST, permissions=["clipboard-read", "clipboard-write"]).new_page()
    log_in(phone, "dana@example.com")
    pages = ("/cases", f"/cases/{open_one}", f"/cases/{open_one}/contact", f"/cases/{open_one}/write", "/cases/new",
             "/cases/delegations")  # fmt: skip
    for path in pages:
        phone.goto(path)
        assert_reads_well(phone)
    phone.goto(f"/cases/{open_one}")
    with phone.expect_navigation():
        phone.click(".first-act a")
    phone.click("details.ready > summary")
    phone.locator("[data-copy]:visible").first.click()
    expect(phone.locator("#copied")).not_to_be_empty()
    assert "Здравствуйте" in phone.evaluate("navigator.clipboard.readText()")
    with phone.expect_navigation():
        phone.click("form[action$='/contact'] button.primary")
    assert_reads_well(phone)
    assert phone.evaluate("document.activeElement.id") == "errors", "whoever sends it half filled is led to the errors"
    desktop = new_context(**DESKTOP, locale="en-US").new_page()
    log_in(desktop, "branch@example.com")
    for path in (f"/cases/{done}", f"/cases/{done}/check", f"/cases/{open_one}/compensate", "/cases?cut=team"):
        desktop.goto(path)
        assert_reads_well(desktop)
    desktop.set_viewport_size(SMALLEST["viewport"])
    desktop.goto(f"/cases/{open_one}")
    assert_reads_well(desktop)  # whoever leads has the longest acts
