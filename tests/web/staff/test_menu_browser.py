"""The menu on a phone slides: one sees where one is, also where the entry stands far along."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.pages import SMALLEST, OpenContext
from tests.web.staff.test_look import log_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["he", "en"])
def test_the_entry_one_is_in_is_seen_on_a_phone(new_context: OpenContext, language: str) -> None:
    page = new_context(**SMALLEST).new_page()
    log_in(page, "management")
    page.goto(f"/loyalty?lang={language}")
    menu = page.locator(".menu")
    assert menu.evaluate("menu => menu.scrollWidth > menu.clientWidth"), "the menu is longer than the screen"
    expect(menu.locator("[aria-current]")).to_be_in_viewport(ratio=0.9)
