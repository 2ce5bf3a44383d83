"""The shopper's app in Chromium: whole visits without a connection, killed and opened again, seen by nobody else."""

from __future__ import annotations

import contextlib
import io
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Error, Page, expect
from sqlalchemy import select

from survey_app import db
from survey_app.models import Evidence, FieldRecord, Response
from tests.support.browser import FLAGS, executable
from tests.support.pages import assert_reads_well
from tests.support.pictures_sent import phone_picture
from tests.web import shopping
from tests.web.shopping import APP, PHONE

pytestmark = [pytest.mark.usefixtures("frozen_clock"), pytest.mark.browser]

#: What is pressed by itself and smaller than a thumb.
SMALL = """() => [...document.querySelectorAll('button, .option, a, summary, .tap, .switch, .add-photo')]
    .filter((one) => one.checkVisibility() && !one.closest('.skip, dialog:not([open]), p, dd'))
    .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
    .filter(([, box]) => box.width < 44 || box.height < 44).map(([text]) => text)"""
#: What of the taps and the ways out lies below the screen.
BELOW = """() => [...document.querySelectorAll('#inside button, #inside a, #place')]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().bottom > innerHeight)
    .map((one) => one.textContent)"""
KEPT = "() => caches.keys()"


def responses() -> list[Response]:
    """Everything that arrived."""
    with db.reading() as session:
        return list(session.scalars(select(Response)))


def photo(tmp_path: Path, name: str = "front.jpg") -> Path:
    """A photograph as a phone takes it."""
    path = tmp_path / name
    path.write_bytes(phone_picture())
    return path


def test_a_whole_visit_without_a_connection(app: Flask, browser: Browser, live_server: str, tmp_path: Path) -> None:
    shopping.stand_up()
    with shopping.phone(browser, live_server) as context:
        page = context.new_page()
        shopping.log_in(page)
        shopping.opened(page)
        context.set_offline(True)
        page.goto(APP)  # the second visit, and from here on nothing is fetched
        shopping.enter(page)
        shopping.four_taps(page)
        shopping.leaf(page, "header")
        assert page.locator("#time_in").input_value() != ""  # the taps know the day and the hours
        shopping.fill(page)
        page.goto(f"{page.url.split('#')[0]}#report/D")
        page.locator("#leaf-D fieldset#D2 .option").nth(1).tap()
        expect(page.locator("#D2_comment")).to_be_visible()  # a low answer asks for words
        page.goto(f"{page.url.split('#')[0]}#report/A")
        page.locator("[data-shots=A2] [data-photo]").first.set_input_files(photo(tmp_path))
        expect(page.locator("[data-shots=A2] img")).to_have_count(1)
        page.locator("#jump").tap()  # leads over to the words that are missing
        expect(page.locator("#D2_comment")).to_be_focused()
        page.goto(f"{page.url.split('#')[0]}#finish")
        expect(page.locator("#gaps li")).to_have_count(1)
        expect(page.locator("#send")).to_be_hidden()
        page.locator("#gaps button").tap()
        page.keyboard.type("רק אחרי ששאלתי")
        page.goto(f"{page.url.split('#')[0]}#finish")
        page.locator("#send").tap()
        expect(page.locator("#done h1")).to_be_visible()
        assert responses() == []
        page.goto(APP)
        expect(page.locator("#count")).to_have_text("1")
        context.set_offline(False)
        page.evaluate("() => dispatchEvent(new Event('online'))")
        page.wait_for_function("() => document.body.dataset.waiting === '0'")
    (found,) = responses()
    with db.reading() as session:
        record = session.scalars(select(FieldRecord)).one()
        kept = session.scalars(select(Evidence)).one()
    assert found.id == record.response_id
    assert record.entered_at is not None
    assert record.left_at is not None
    assert kept.question == "A2"


def test_a_browser_that_is_killed_goes_on_where_it_was(
    app: Flask, browser: Browser, live_server: str, tmp_path: Path
) -> None:
    shopping.stand_up()
    profile = tmp_path / "profile"
    options: dict[str, Any] = {"executable_path": executable(), "args": list(FLAGS), "base_url": live_server, **PHONE}
    first = browser.browser_type.launch_persistent_context(profile, **options)
    page = first.new_page()
    shopping.log_in(page)
    shopping.opened(page)
    first.set_offline(True)
    page.goto(APP)
    shopping.enter(page)
    page.locator("#to-inside").tap()
    page.locator("[data-mark=entered]").tap()
    page.goto(f"{page.url.split('#')[0]}#report/A")
    page.locator("#A1-0").check()
    page.locator("[data-shots=A2] [data-photo]").first.set_input_files(photo(tmp_path))
    expect(page.locator("[data-shots=A2] img")).to_have_count(1)
    shopping.settled(page)
    for process in _of(profile):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    with contextlib.suppress(Error):
        first.close()
    (profile / "SingletonLock").unlink(missing_ok=True)
    second = browser.browser_type.launch_persistent_context(profile, **options)
    second.set_offline(True)
    page = second.new_page()
    page.goto(APP)
    expect(page.locator("a.visit .badge").first).to_have_text("הדוח בכתיבה")
    shopping.enter(page)
    page.goto(f"{page.url.split('#')[0]}#report/A")
    expect(page.locator("#A1-0")).to_be_checked()
    expect(page.locator("[data-shots=A2] img")).to_have_count(1)
    page.goto(f"{page.url.split('#')[0]}#inside")
    expect(page.locator("[data-mark=entered]")).to_have_attribute("aria-pressed", "true")
    second.close()


def _of(profile: Path) -> list[int]:
    """The processes of the browser that was started with a profile."""
    found = []
    for words in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"--user-data-dir={profile}".encode() in words.read_bytes():
                found.append(int(words.parent.name))
    return found


def test_nobody_sees_the_documents_of_who_was_here_before(app: Flask, browser: Browser, live_server: str) -> None:
    shopping.stand_up()
    with shopping.phone(browser, live_server) as context:
        page = context.new_page()
        shopping.log_in(page)
        shopping.opened(page)
        shopping.enter(page)
        page.goto(f"{page.url.split('#')[0]}#report/A")
        page.locator("#A1-0").check()
        shopping.settled(page)
        document = page.url.split("#")[0]
        # The session ends without a word, and somebody else logs in, faster than the phone looks for what it keeps.
        context.clear_cookies()
        shopping.slow_shelves(context)
        shopping.log_in(page, "other@example.com")
        context.set_offline(True)
        page.goto(APP)  # before the server has said who it is, nobody's visits are shown
        expect(page.locator("h1")).to_have_count(1)
        expect(page.locator(".visit")).to_have_count(0)
        assert "101" not in page.locator("body").inner_text()
        context.set_offline(False)
        shopping.opened(page)
        expect(page.locator(".visit")).to_have_count(0)
        assert page.goto(document).status == 404  # type: ignore[union-attr]
        page.goto("/account")
        with page.expect_navigation(url="**/login?left=1"):
            page.locator("form[action$=logout] button").first.click()
        page.wait_for_function("() => caches.keys().then((all) => all.every((one) => one === 'field-assets'))")
        # What the first one had written is still there for them.
        shopping.log_in(page)
        shopping.opened(page)
        shopping.enter(page)
        page.goto(f"{page.url.split('#')[0]}#report/A")
        expect(page.locator("#A1-0")).to_be_checked()


def test_work_that_was_not_sent_goes_to_another_phone_in_a_file(
    app: Flask, browser: Browser, live_server: str, tmp_path: Path
) -> None:
    shopping.stand_up()
    with shopping.phone(browser, live_server) as context:
        page = context.new_page()
        shopping.log_in(page)
        shopping.opened(page)
        context.set_offline(True)
        shopping.enter(page)
        page.goto(f"{page.url.split('#')[0]}#report/A")
        page.locator("#A1-1").check()
        page.locator("#A1_comment").fill("דלת נעולה")
        shopping.settled(page)
        page.goto(f"{APP}#queue")
        page.locator("[data-opens=export]").tap()
        page.locator("#export-phrase").fill("short")
        page.locator("#export-form [type=submit]").tap()
        expect(page.locator("#export-error")).to_be_visible()
        for field in ("phrase", "again"):
            page.locator(f"#export-{field}").fill("שלום לכל החתולים")
        with page.expect_download() as saved:
            page.locator("#export-form [type=submit]").tap()
        file = tmp_path / "work.bin"
        saved.value.save_as(file)
        assert "דלת".encode() not in file.read_bytes()
    with shopping.phone(browser, live_server) as context:
        page = context.new_page()
        shopping.log_in(page)
        shopping.opened(page)
        page.goto(f"{APP}#queue")
        page.locator("[data-opens=import]").tap()
        page.locator("#import-file").set_input_files(file)
        page.locator("#import-phrase").fill("something else")
        page.locator("#import-form [type=submit]").tap()
        expect(page.locator("#import-error")).to_be_visible()
        page.locator("#import-phrase").fill("שלום לכל החתולים")
        page.locator("#import-form [type=submit]").tap()
        expect(page.locator("#import-done")).to_contain_text("1")
        page.goto(APP)
        shopping.enter(page)
        page.goto(f"{page.url.split('#')[0]}#report/A")
        expect(page.locator("#A1_comment")).to_have_value("דלת נעולה")


@pytest.mark.parametrize(
    ("language", "width", "full"),
    [("he", 320, True), ("en", 1280, True), ("ar", 360, False), ("ru", 320, False)],
    ids=["he-320", "en-1280", "ar", "ru"],
)
def test_every_screen_reads_well(
    app: Flask, browser: Browser, live_server: str, language: str, width: int, full: bool
) -> None:
    shopping.stand_up()
    with shopping.phone(browser, live_server, viewport={"width": width, "height": 700}) as context:
        page = context.new_page()
        shopping.log_in(page)
        shopping.opened(page)
        context.set_offline(True)  # all four languages are there
        page.goto(f"{APP}/in/{language}")
        reads_well(page, width)
        for part in ("queue", "more") if full else ():
            page.locator(f".tabbar [href='#{part}']").tap()
            reads_well(page, width)
        if full:
            page.locator("#sun").check()
            reads_well(page, width)
            page.locator(".tabbar [href='#queue']").tap()
            for dialog in ("export", "import"):
                page.locator(f"[data-opens={dialog}]").tap()
                reads_well(page, width)
                page.locator(f"#{dialog} [data-closes]").tap()
        page.goto(f"{APP}/1/in/{language}")
        shopping.ready(page)
        if full:
            reads_well(page, width)
        page.locator("#to-inside").tap()
        page.locator("[data-mark=entered]").tap()
        reads_well(page, width)
        page.goto(f"{APP}/1/in/{language}#report/A")
        page.locator("#A2-1").check()
        page.locator("#next").tap()
        page.locator("#back").tap()
        expect(page.locator("#A1-error")).to_be_visible()  # what was passed by is pointed out
        reads_well(page, width)
        page.goto(f"{APP}/1/in/{language}#finish")
        expect(page.locator("#gaps li").first).to_be_visible()
        reads_well(page, width)
        assert page.locator("html").get_attribute("lang") == language


def reads_well(page: Page, width: int) -> None:
    """Accessible, and on a phone within a thumb's reach."""
    assert_reads_well(page)
    if width < 700:
        assert page.evaluate(SMALL) == []


def test_the_branch_sees_four_taps_and_nothing_else(app: Flask, browser: Browser, live_server: str) -> None:
    shopping.stand_up()
    with shopping.phone(browser, live_server) as context:
        page = context.new_page()
        shopping.log_in(page)
        shopping.opened(page)
        expect(page.locator("#visits h1")).to_have_text("סידורים")
        shopping.enter(page)
        assert page.title() == "סידורים"
        page.locator("#to-inside").tap()
        expect(page.locator("#brief")).to_be_hidden()
        words = page.locator("main").inner_text()
        said = " ".join(page.locator("#place").evaluate("(line) => Object.values(line.dataset)"))
        for told in ("101", "סניף", "ביקור", "בנק", "דוח", "בקר"):
            assert told not in words + said + str(page.locator("#outside").text_content())
        assert page.locator("#inside button:visible").count() == 4
        page.locator("[data-mark=entered]").tap()
        page.locator("[data-mark=served]").tap()  # nobody greeted: that tap stays empty
        page.locator("#undo").tap()
        expect(page.locator("[data-mark=served]")).to_have_attribute("aria-pressed", "false")
        page.locator("[data-mark=left]").tap()
        expect(page.locator("#outside")).to_be_visible()
        for sun in (False, True):
            page.evaluate("(on) => fieldApp.sun(on)", sun)
            page.locator("#place").evaluate(
                "(line) => { line.textContent = line.dataset.far.replace('{m}', '23950'); }"
            )
            assert page.evaluate(BELOW) == [], "everything in sight on the smallest phone, without scrolling"
        page.locator("#outside").tap()
        assert contrast(page) >= 3  # what is done against what is not, in the sun
        # Voided honestly: nothing else is asked.
        page.goto(f"{page.url.split('#')[0]}#finish")
        page.locator("#void").check()
        expect(page.locator("#gaps li")).to_have_count(0)
        page.locator("#send").tap()
        expect(page.locator("#done-said")).to_have_text("הוא נשמר בשרת. תודה!", timeout=20_000)
    assert [one.state for one in responses()] == ["voided"]


def contrast(page: Page) -> float:
    """How far the done part of the report's bar stands out from the rest of it."""
    bar = page.locator("#answered")
    expect(bar).to_be_visible()
    bar.evaluate("(one) => { one.max = 1; one.value = 0.5; }")
    with Image.open(io.BytesIO(bar.screenshot())) as picture:
        seen = picture.convert("RGB")
    sides = [seen.getpixel((seen.width * part // 8, seen.height // 2)) for part in (2, 6)]
    dark, light = sorted(_luminance(side) for side in sides if isinstance(side, tuple))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: tuple[int, ...]) -> float:
    """WCAG 2's relative luminance."""
    parts = [one / 255 / 12.92 if one <= 10 else ((one / 255 + 0.055) / 1.055) ** 2.4 for one in colour]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def test_one_visit_that_cannot_be_fetched_costs_no_other_one_and_is_tried_again(
    app: Flask, browser: Browser, live_server: str
) -> None:
    shopping.stand_up(visits=2)
    with shopping.phone(browser, live_server) as context:
        page = context.new_page()
        shopping.log_in(page)
        context.route("**/1/in/ru", lambda route: route.fulfill(status=500, body="tired"))
        page.goto(APP)
        page.wait_for_function("() => document.body.dataset.kept === 'partly'")
        line = page.locator("a.visit", has_text="סניף 101").locator("[data-ready]")
        other = page.locator("a.visit", has_not_text="סניף 101").locator("[data-ready]")
        expect(line).to_have_text(str(line.get_attribute("data-unready")))
        expect(other).to_have_text(str(other.get_attribute("data-ready")))
        context.unroute("**/1/in/ru")
        page.evaluate("() => dispatchEvent(new Event('online'))")
        page.wait_for_function("() => document.body.dataset.kept === 'kept'")
        expect(line).to_have_text(str(line.get_attribute("data-ready")))
        context.set_offline(True)
        page.goto(APP)
        expect(line).to_have_text(str(line.get_attribute("data-ready")))  # said without a connection too
        shopping.enter(page)


def test_expenses_say_in_plain_words_what_is_wrong(app: Flask, browser: Browser, live_server: str) -> None:
    shopping.stand_up()
    with shopping.phone(browser, live_server) as context:
        page = context.new_page()
        shopping.log_in(page)
        shopping.opened(page)
        shopping.enter(page)
        page.goto(f"{page.url.split('#')[0]}#finish")
        page.locator("#void").check()
        page.locator("#add-expense summary").tap()
        page.locator("#expense-amount").fill("12,5x")
        page.locator("#expense-add").tap()
        expect(page.locator("#expense-error")).to_contain_text("5,000")
        assert "<" not in page.locator("#expense-error").inner_text()
        page.locator("#expense-amount").fill("12.50")  # no expenses were agreed: any is above the cap
        page.locator("#expense-add").tap()
        expect(page.locator("#note-error")).to_be_visible()
        expect(page.locator("#expenses li")).to_have_count(0)
        page.locator("#expense-note").fill("המעלית לחניון")
        page.locator("#expense-add").tap()
        expect(page.locator("#expenses li")).to_have_count(1)
        expect(page.locator("#note-error")).to_be_hidden()
        expect(page.locator("#send")).to_be_enabled()


def test_it_can_be_installed(app: Flask, browser: Browser, live_server: str) -> None:
    shopping.stand_up(discreet=False)
    with shopping.phone(browser, live_server) as context:
        page = context.new_page()
        shopping.log_in(page)
        shopping.opened(page)
        told = context.new_cdp_session(page)
        faults = [one["errorId"] for one in told.send("Page.getInstallabilityErrors")["installabilityErrors"]]
        assert set(faults) <= {"in-incognito"}
        manifest = told.send("Page.getAppManifest")
        assert not manifest["errors"]
        assert page.title() == "הביקורים שלי"
