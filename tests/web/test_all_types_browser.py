"""Every question type in Chromium: what the script mirrors of the server's rules, and how each page reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlalchemy import select

from survey_app import db
from survey_app.commands import questionnaires
from survey_app.models import Answer, Draft
from tests.support.documents import ALL_TYPES, document
from tests.support.factories import setting
from tests.support.pages import DESKTOP, PHONE, assert_reads_well
from tests.web.people import SINCE, VISITED, branch

pytestmark = pytest.mark.usefixtures("frozen_clock")

OpenContext = Callable[..., BrowserContext]
NARROW: dict[str, Any] = {**PHONE, "viewport": {"width": 320, "height": 640}}
PAGES = ("choosing", "judging", "counting", "checking", "details", "last")


@pytest.fixture(autouse=True)
def _invited(app: Flask) -> None:
    """Somebody is invited by /s/all."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        questionnaires.bring_in(make.session, document(ALL_TYPES), publish=True)
        invited = make.invitation(
            campaign=make.campaign(ALL_TYPES, opens=SINCE), branch=branch(make), visited_on=VISITED
        )
        invited.token = "all"


def draft() -> dict[str, Any]:
    with db.reading() as session:
        return session.scalars(select(Draft)).one().answers


def forward(page: Page) -> None:
    """Press the page's main button, and wait for the whole of what comes."""
    with page.expect_navigation():
        page.locator("main button.primary").click()


def question(page: Page, code: str) -> Locator:
    """The question whose control has this name."""
    return page.locator(f".question:has([name='{code}'])")


# ---- what the script mirrors


def test_choices_and_words_appear_with_the_answer_that_calls_for_them(phone: Page) -> None:
    phone.goto("/s/all")
    loan, rates = phone.locator("#counter option[value=loans]"), phone.locator("label:has([value=rates])")
    expect(rates).to_be_hidden()
    assert loan.is_disabled()
    phone.locator("[name=reason][value=loan]").check()
    expect(rates).to_be_visible()
    assert loan.is_enabled()
    phone.locator("[value=rates]").check()
    phone.locator("#counter").select_option("loans")
    phone.locator("[name=reason][value=cash]").check()
    expect(rates).to_be_hidden()
    assert not phone.locator("[value=rates]").is_checked(), "what is not offered cannot stay chosen"
    expect(phone.locator("#counter")).to_have_value("")

    line = phone.locator("#reason_other")
    expect(line).to_be_hidden()
    phone.locator("[name=reason][value=other]").check()
    expect(line).to_be_visible()
    line.fill("זהב")
    phone.locator("#counter").select_option("other")
    phone.locator("#counter_other").fill("דלפק 7")
    forward(phone)
    expect(phone.get_by_text("ביקור בנושא זהב")).to_be_visible()
    assert draft() == {"reason": "other", "reason_other": "זהב", "counter": "other", "counter_other": "דלפק 7"}


def test_a_choice_that_rules_out_the_others_and_they_take_each_others_tick(phone: Page) -> None:
    phone.goto("/s/all")
    speed, place, none = (phone.locator(f"[name=liked][value={value}]") for value in ("speed", "place", "none"))
    speed.check()
    place.check()
    none.check()
    assert [one.is_checked() for one in (speed, place, none)] == [False, False, True]
    speed.check()
    assert [one.is_checked() for one in (speed, place, none)] == [True, False, False]


@pytest.mark.parametrize(
    ("code", "typed", "follows", "shown"),
    [
        ("waiting", "0", "before", False),
        ("waiting", "4", "before", True),
        ("waiting", "some", "before", False),
        ("fee", "9.49", "dear", False),
        ("fee", "9,5", "dear", True),
        ("fee", "10", "dear", True),
        ("fee", "9..9", "dear", False),
    ],
)
def test_numbers_are_judged_as_the_server_reads_them(
    phone: Page, code: str, typed: str, follows: str, *, shown: bool
) -> None:
    phone.goto("/s/all/counting")
    expect(question(phone, follows)).to_be_hidden()
    phone.locator(f"#{code}").fill(typed)
    expect(question(phone, follows)).to_be_visible(visible=shown)


def test_an_item_that_another_answer_takes_out_is_said_and_not_asked(phone: Page) -> None:
    phone.goto("/s/all/checking")
    named = phone.locator("[name=named]").first
    expect(named).to_be_visible()
    phone.locator("[name=greeted][value=no]").check()
    expect(named).to_be_hidden()
    expect(phone.locator(".settled")).to_be_visible()
    phone.locator("[name=greeted][value=yes]").check()
    expect(named).to_be_visible()


def test_consent_opens_what_it_is_for_and_refusal_closes_it(phone: Page) -> None:
    phone.goto("/s/all/details")
    fields = [phone.locator(f"#{code}") for code in ("ticket", "mail", "telephone")]
    for one in fields:
        expect(one).to_be_hidden()
    phone.locator("[name=agree][value=yes]").check()
    for one in fields:
        expect(one).to_be_visible()
    fields[1].fill("dana@example.com")
    phone.locator("[name=agree][value=no]").check()
    for one in fields:
        expect(one).to_be_hidden()
    forward(phone)
    with db.reading() as session:
        found = dict(session.execute(select(Answer.question, Answer.words)).all())
    assert "mail" not in found, "what is hidden is not kept"


@pytest.mark.parametrize(
    ("rule", "act", "shown"),
    [
        ({"eq": ["wishes", ["advice", "wait"]]}, {"wait": "wait:2", "advice": "advice:1"}, True),
        ({"contains": ["wishes", "wait"]}, {"wait": "wait:1"}, True),
        ({"answered": "wishes"}, {"wait": "wait:2"}, False),
        ({"answered": "wishes"}, {"wait": "wait:1", "advice": "advice:1"}, False),
    ],
)
def test_a_ranking_is_an_answer_once_its_places_go_from_one_on(
    phone: Page, rule: dict[str, Any], act: dict[str, str], *, shown: bool
) -> None:
    phone.goto("/s/all")
    for choice, place in act.items():
        phone.locator(f"select:has(option[value='{choice}:1'])").select_option(place)
    assert phone.evaluate("(rule) => holds(rule, answerOf)", rule) is shown


@pytest.mark.parametrize(
    ("code", "typed", "read"),
    [
        ("day", "9.3.2026", "2026-03-09"),
        ("day", "2026-3-9", "2026-03-09"),
        ("day", "31.2.2026", None),
        ("hour", "9.05", "09:05"),
        ("hour", "25:00", None),
        ("promised", "9.3.2026 14:30", "2026-03-09T14:30"),
        ("promised", "9.3.2026, 14:30", "2026-03-09T14:30"),
        ("promised", "14:30", None),
        ("call_length", "4:30", 270),
        ("call_length", "1:04:30", 3870),
        ("wait_minutes", "12", 12),
        ("fee", "\u200e12.50 ", 12.5),
    ],
)
def test_what_is_typed_is_read_as_the_server_reads_it(phone: Page, code: str, typed: str, read: Any) -> None:
    phone.goto("/s/all/counting")
    phone.locator(f"#{code}").fill(typed)
    assert phone.evaluate("(code) => answerOf(code)", code) == read
    if read is not None:
        forward(phone)
        expect(phone.locator(f"#{code}")).to_have_count(0)
        assert draft()[code] == read


def test_a_page_with_files_is_kept_quietly_without_them(phone: Page) -> None:
    phone.goto("/s/all/details")
    with phone.expect_response(lambda answer: answer.status == 204):
        phone.locator("[name=agree][value=yes]").check()
    assert draft() == {"agree": "yes"}


# ---- how it reads


@pytest.mark.parametrize(
    ("language", "size", "scripts"),
    [("he", NARROW, True), ("he", NARROW, False), ("en", DESKTOP, True), ("ar", NARROW, True), ("ru", NARROW, False)],
    ids=["he-320", "he-320-bare", "en-1280", "ar-320", "ru-320-bare"],
)
def test_every_type_reads_well(new_context: OpenContext, language: str, size: dict[str, Any], *, scripts: bool) -> None:
    page = new_context(**size, java_script_enabled=scripts).new_page()
    page.goto(f"/s/all?lang={language}")
    page.locator("[name=sat]").first.check()
    forward(page)
    for code in PAGES:
        page.goto(f"/s/all/{code}?lang={language}")
        for folded in page.locator("details").all():
            folded.locator("summary").click()
        _check(page, scripts=scripts)


def _check(page: Page, *, scripts: bool) -> None:
    """Without scripts axe cannot look, so what it would not see differently is measured: the width and the targets."""
    if scripts:
        assert_reads_well(page)
        return
    for control in page.locator(".option, .other input, select, summary, main input:not([type=hidden]):visible").all():
        box = control.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320


def test_errors_of_every_type_are_said_and_reached(phone: Page) -> None:
    phone.goto("/s/all")
    phone.locator("[name=liked][value=speed]").check()
    phone.locator("[name=liked][value=none]").evaluate("(box) => { box.checked = true; }")
    for choice in ("wait", "advice"):
        phone.locator(f"select:has(option[value='{choice}:1'])").select_option(f"{choice}:1")
    forward(phone)
    expect(phone.locator("#errors")).to_be_focused()
    assert_reads_well(phone)
    for link in phone.locator("#errors a").all():
        target = link.get_attribute("href") or ""
        expect(phone.locator(target)).to_have_count(1)


def test_a_ranking_is_done_by_keyboard_alone(desktop: Page) -> None:
    desktop.goto("/s/all")
    selects = desktop.locator("[name=wishes]")
    selects.first.focus()
    for place in "123":
        desktop.keyboard.type(place)
        desktop.keyboard.press("Tab")
    forward(desktop)
    assert len(draft()["wishes"]) == 3
