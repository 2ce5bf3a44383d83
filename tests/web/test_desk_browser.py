"""A clean visit is approved from the keyboard, with scripts and without; the desk's screens read well."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.commands import checking
from survey_app.models import BlindReview, FieldCopy, Response
from tests.commands.acting import Field, by_visit, sent, shop_answers
from tests.support.factories import setting
from tests.support.pages import DESKTOP, PHONE, assert_reads_well, log_in

pytestmark = pytest.mark.usefixtures("frozen_clock")
OpenContext = Callable[..., BrowserContext]


@pytest.fixture
def ids(app: Flask) -> list[str]:
    """Three reports that wait, the last one with marks and a second copy."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        field = Field.made(make)
        visits = [field.visit(make) for _visit in range(3)]
    found = [sent(by_visit(visit), shop_answers("2026-11-16", N1="נכנסתי ויצאתי")).id for visit in visits[:2]]
    last = shop_answers("2026-11-16", B1="no", B1_comment="לא ברכו", time_in="10:00", time_out="09:00")
    found.append(sent(by_visit(visits[2]), last).id)
    with setting() as make:
        content = {"stored": shop_answers("2026-11-16")}
        make.session.add(
            FieldCopy(
                response_id=found[2], device="d", digest="d", content=content, reason="second", received_at=clock.now()
            )
        )
    checking.check_waiting()
    return found


def counted() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Response).where(Response.state == "counted")) or 0


def test_a_clean_visit_is_approved_by_four_keys(new_context: OpenContext, ids: list[str]) -> None:
    page = new_context(**DESKTOP).new_page()
    log_in(page, "judge@example.com")
    page.goto("/quality/next?order=clean")
    page.keyboard.press("KeyA")
    expect(page.locator("#approve")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert counted() == 1
    assert "decided=approved" in page.url, "and the next one is there"
    with page.expect_navigation():
        page.keyboard.press("KeyN")
    assert ids[2] in page.url
    page.keyboard.press("KeyJ")
    assert page.evaluate("document.activeElement.id").startswith("item-")
    page.keyboard.press("KeyS")
    expect(page.locator("#return form input[type=checkbox]").first).to_be_focused()
    page.locator("#note-returned").fill("a s r j k")
    expect(page.locator("#note-returned")).to_have_value("a s r j k")
    page.locator("#keys summary").click()
    page.locator("#keys-switch").click()
    page.locator("h1").click()
    page.keyboard.press("KeyR")
    assert page.locator("#reject").get_attribute("open") is None, "turned off, they do nothing"


def test_without_scripts_a_visit_is_approved_as_well(new_context: OpenContext, ids: list[str]) -> None:
    page = new_context(**PHONE, java_script_enabled=False).new_page()
    log_in(page, "judge@example.com")
    page.goto("/quality?order=clean")
    page.locator("main .page-head a.primary").click()
    page.locator("#approve").click()
    page.wait_for_url("**decided=approved**")
    assert counted() == 1


def test_the_screens_of_the_desk_read_well(new_context: OpenContext, ids: list[str]) -> None:
    with setting() as make:
        make.session.add(BlindReview(response_id=ids[0], drawn_at=clock.now(), answers={}, outcome=""))
    narrow = [
        "/quality",
        f"/quality/{ids[2]}?order=due",
        "/quality/copies/1",
        f"/quality/blind/{ids[0]}",
        "/quality/marks",
    ]
    broad = ["/quality", f"/quality/{ids[0]}?order=due", f"/quality/{ids[2]}/versions", "/quality/agreement"]
    small = PHONE | {"viewport": {"width": 320, "height": 640}}
    for size, language, screens in ((small, "he", narrow), (DESKTOP, "en", broad)):
        page = new_context(**size).new_page()
        log_in(page, "judge@example.com")
        for path in screens:
            page.goto(path + ("&" if "?" in path else "?") + f"lang={language}")
            assert_reads_well(page)
