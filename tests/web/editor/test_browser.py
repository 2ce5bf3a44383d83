"""What only a browser shows of the editor: focus that stays, what is announced, dragging, the frame, a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.pages import OpenContext, assert_reads_well
from tests.web.editor.conftest import log_in, now
from tests.web.editor.keyboard import Keyboard

pytestmark = pytest.mark.browser


def order(code: str = "visit") -> list[str]:
    return [question.code for section in now(code).sections for question in section.questions]


def test_a_moved_question_keeps_the_focus_and_is_announced(desktop: Page) -> None:
    page = log_in(desktop, "first")
    page.goto("/questionnaires/visit/edit?at=questions.pv2")
    author = Keyboard(page, "visit")
    author.do("move:down")
    expect(page.locator("#move-down")).to_be_focused()
    expect(page.locator("#announce")).to_contain_text("3")
    author.do("move:down")
    expect(page.locator("#move-down")).to_be_focused()
    assert order()[:4] == ["pv1", "pv5", "pv6", "pv2"]
    author.reach(page.locator("#outline a[aria-current]"))
    author.page.evaluate("() => { document.getElementById('editor').dataset.old = '1'; }")
    author.press("Control+z")
    page.locator("#editor:not([data-old])").wait_for(state="attached")
    assert order()[:4] == ["pv1", "pv5", "pv2", "pv6"]
    assert_reads_well(page)


def test_a_question_is_dragged_to_another_place(desktop: Page) -> None:
    page = log_in(desktop, "first")
    page.goto("/questionnaires/visit/edit")
    handle = page.locator('[data-place="questions.pv5"] > .handle')
    onto = page.locator('[data-place="questions.pv1"]')
    handle.hover()
    page.mouse.down()
    box = onto.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 3, steps=4)
    page.evaluate("() => { document.getElementById('editor').dataset.old = '1'; }")
    page.mouse.up()
    page.locator("#editor:not([data-old])").wait_for(state="attached")
    assert order()[:3] == ["pv5", "pv1", "pv2"]


def test_a_save_that_somebody_overtook_keeps_what_was_typed(desktop: Page, new_context: OpenContext) -> None:
    page, other = log_in(desktop, "first"), log_in(new_context().new_page(), "second")
    for one in (page, other):
        one.goto("/questionnaires/visit/edit?at=questions.pv1")
    other.fill("#text_he", "של השנייה")
    other.click("#save")
    expect(other.locator(".status")).to_contain_text("second")
    page.fill("#text_he", "של הראשונה")
    page.click("#save")
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#errors")).to_contain_text("של השנייה")
    expect(page.locator("#text_he")).to_have_value("של הראשונה")
    page.click("#save")
    expect(page.locator("#errors")).to_have_count(0)
    assert now("visit").by_code["pv1"].text["he"] == "של הראשונה"


def test_a_session_that_ended_leads_to_the_login_and_keeps_the_form(desktop: Page) -> None:
    page = log_in(desktop, "first")
    page.goto("/questionnaires/visit/edit?at=questions.pv1")
    page.fill("#text_he", "נכתב לאט")
    page.context.clear_cookies()
    page.click("#save")
    page.fill("[name=email]", "first@bank.test")
    page.fill("[name=password]", "open sesame 2026")
    page.press("[name=password]", "Enter")
    page.get_by_role("button").filter(has_text="שליחה").click()
    expect(page.locator("#text_he")).to_have_value("נכתב לאט")
    assert now("visit").by_code["pv1"].text["he"] == "נכתב לאט"


def test_the_phone_shows_the_question_that_is_open_with_its_rules(desktop: Page) -> None:
    page = log_in(desktop, "first")
    page.goto("/questionnaires/visit/edit?at=questions.pv8")
    frame = page.frame_locator("#preview iframe")
    expect(frame.locator("#pv8")).to_be_visible()
    page.goto("/questionnaires/visit/preview?language=en")
    page.get_by_label("Not at all satisfied").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".walk")).to_have_attribute("dir", "ltr")


@pytest.mark.parametrize("at", ["", "settings", "questions.pv2", "questions.pv_callback", "scales.sat5", "privacy"])
def test_every_part_reads_well_on_a_phone(at: str, phone: Page) -> None:
    page = log_in(phone, "first")
    page.goto(f"/questionnaires/visit/edit?at={at}")
    page.set_viewport_size({"width": 320, "height": 700})
    page.evaluate("() => { for (const one of document.querySelectorAll('#part details')) one.open = true; }")
    assert_reads_well(page)


def test_opening_a_part_leads_to_its_heading_and_nothing_is_covered(desktop: Page) -> None:
    page = log_in(desktop, "first")
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto("/questionnaires/visit/edit")
    for at in ("questions.pv2", "settings", "questions.pv8"):
        page.locator(f'#outline a[href*="at={at}#"]').click()
        expect(page.locator(f'#editor[data-at="{at}"]')).to_be_attached()
        expect(page.locator("#part-title")).to_be_focused()
        assert_reads_well(page)
    page.locator("#outline .to-part").focus()
    expect(page.locator("#outline .to-part")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#part-title")).to_be_focused()


def test_the_save_button_stays_in_view_once_something_is_typed(desktop: Page) -> None:
    page = log_in(desktop, "first")
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto("/questionnaires/visit/edit?at=questions.pv2")
    expect(page.locator("#save")).not_to_be_in_viewport()
    page.fill("#text_he", "נוסח אחר")
    expect(page.locator("#save")).to_be_in_viewport()


def test_trial_and_preview_read_well(phone: Page) -> None:
    page = log_in(phone, "first")
    for address in ("shop/trial?page=A", "visit/preview"):
        page.goto(f"/questionnaires/{address}")
        assert_reads_well(page)
