"""A photograph from a small phone's page to the reader's screen, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select

from survey_app import db
from survey_app.commands import questionnaires
from survey_app.models import Answer
from tests.support.factories import setting
from tests.support.pages import DESKTOP, PHONE, assert_reads_well, log_in
from tests.support.pictures_sent import HEIC, phone_picture
from tests.web.test_uploads import SURVEY, invited

pytestmark = pytest.mark.usefixtures("frozen_clock")

NARROW: dict[str, Any] = {**PHONE, "viewport": {"width": 320, "height": 640}}


@pytest.mark.parametrize("scripts", [True, False])
def test_a_photograph_goes_from_a_phone_to_the_analyst(
    app: Flask, new_context: Callable[..., BrowserContext], scripts: bool
) -> None:
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        questionnaires.bring_in(make.session, SURVEY, publish=True)
        invited(make, "abc", "101")
        make.user(email="analyst@bank.test", role="analyst")
    page = new_context(**NARROW, java_script_enabled=scripts).new_page()
    page.goto("/s/abc")
    page.locator("[name=q1]").nth(3).check(force=True)
    chooser = page.locator("[name=front_add]")
    chooser.set_input_files({"name": "IMG.heic", "mimeType": "image/heic", "buffer": HEIC})
    page.locator("main button.primary").click()
    expect(page.locator("#errors")).to_contain_text("IMG.heic")
    if scripts:
        assert_reads_well(page)
        expect(page.locator("#errors")).to_be_focused()
    chooser.set_input_files({"name": "חזית.jpg", "mimeType": "image/jpeg", "buffer": phone_picture()})
    page.locator("main button.primary").click()
    page.wait_for_url("**/second")
    page.go_back()
    page.reload()
    expect(page.get_by_text("חזית.jpg").first).to_be_visible()
    expect(page.locator("[name=front_remove]")).to_be_visible()
    if scripts:
        assert_reads_well(page)
    page.goto("/s/abc/second")
    page.locator("main button.primary").click()
    page.wait_for_url("**/thanks/**")
    with db.reading() as session:
        response_id = session.scalars(select(Answer.response_id).where(Answer.question == "front")).one()
    if not scripts:
        return
    desk = new_context(**DESKTOP).new_page()
    log_in(desk, "analyst@bank.test")
    desk.goto(f"/responses/{response_id}")
    shown = desk.locator(".pictures img")
    shown.scroll_into_view_if_needed()
    expect(shown).to_be_visible()
    assert_reads_well(desk)
    assert shown.evaluate("(image) => image.decode().then(() => image.naturalHeight > image.naturalWidth)")
