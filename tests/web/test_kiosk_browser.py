"""A tablet in Chromium: without connection, killed, left alone, used by the next one; every state accessible."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Error, Page, expect

from survey_app import db
from survey_app.models import CollectionPoint
from tests.support.browser import FLAGS, executable
from tests.support.factories import setting
from tests.support.pages import assert_reads_well
from tests.web.tablets import (
    HOME,
    TABLET,
    answer_all,
    begin,
    held,
    opened,
    publish,
    responses,
    sent_all,
    stand_up,
    tablet,
)

pytestmark = [pytest.mark.usefixtures("frozen_clock"), pytest.mark.browser]

SECOND = 1000
#: Everything to be touched that is smaller than a finger in a hurry.
SMALL = """() => [...document.querySelectorAll('button, .option, a, summary, input[type=text]')]
    .filter((one) => one.checkVisibility() && !one.closest('.skip, dialog:not([open])'))
    .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
    .filter(([, box]) => box.width < 64 || box.height < 64).map(([text]) => text)"""
CHOSEN = "() => document.querySelectorAll('input:checked').length"


@pytest.fixture
def stood(app: Flask) -> None:
    """A branch with a tablet."""
    stand_up()


@pytest.mark.usefixtures("stood")
@pytest.mark.parametrize("language", ["he", "ar", "en", "ru"])
@pytest.mark.parametrize("size", [(1024, 768), (768, 1024)], ids=["wide", "tall"])
def test_every_state_is_accessible_and_within_a_finger_s_reach(
    browser: Browser, live_server: str, language: str, size: tuple[int, int]
) -> None:
    with tablet(browser, live_server, viewport={"width": size[0], "height": size[1]}) as context:
        page = opened(context)
        assert_reads_well(page)
        assert page.evaluate(SMALL) == []
        begin(page, language)
        assert_reads_well(page)
        assert page.evaluate(SMALL) == []
        page.locator("[data-opens=accessibility]").click()
        assert_reads_well(page)
        page.locator("#accessibility [data-closes]").click()
        page.locator("#next").click()
        assert page.evaluate(SMALL) == []
        answer_all(page)
        expect(page.locator("#thanks h1")).to_be_focused()
        assert_reads_well(page)
        assert page.evaluate(SMALL) == []
        sent_all(page)
        assert context.cookies() == []
    (found,) = responses()
    assert (found.language, found.mode) == (language, "kiosk")


@pytest.mark.usefixtures("stood")
def test_a_connection_that_is_lost_in_the_middle_costs_nothing(browser: Browser, live_server: str) -> None:
    with tablet(browser, live_server) as context:
        page = opened(context)
        begin(page)
        page.locator("#next").click()
        context.set_offline(True)
        answer_all(page)
        assert held(page) == 1
        assert responses() == []
        expect(page.locator("#waiting")).to_contain_text("1")
        assert page.evaluate(CHOSEN) == 0
        with page.expect_navigation(url=f"**{HOME}"):
            page.locator("#again").click()
        begin(page, "ar")  # the next one is served as well
        answer_all(page)
        assert held(page) == 2
        context.set_offline(False)
        page.evaluate("() => dispatchEvent(new Event('online'))")
        sent_all(page)
        expect(page.locator("#waiting")).to_be_empty()
    assert sorted(one.language for one in responses()) == ["ar", "he"]


@pytest.mark.usefixtures("stood")
def test_it_opens_again_without_connection(browser: Browser, live_server: str) -> None:
    with tablet(browser, live_server) as context:
        page = opened(context)
        context.set_offline(True)
        page.reload()
        for language in ("he", "ar", "en", "ru"):
            page.goto(HOME)
            begin(page, language)
            assert page.locator("html").get_attribute("lang") == language
            height = page.locator("#next").evaluate("(button) => button.getBoundingClientRect().height")
            assert height >= 64  # styles and scripts are there
        page.reload()
        answer_all(page)
        assert held(page) == 1


@pytest.mark.usefixtures("stood")
def test_a_browser_that_is_killed_keeps_what_it_holds(browser: Browser, live_server: str, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    options: dict[str, Any] = {"executable_path": executable(), "args": list(FLAGS), "base_url": live_server, **TABLET}
    first = browser.browser_type.launch_persistent_context(profile, **options)
    page = opened(first)
    begin(page)
    first.set_offline(True)
    answer_all(page)
    assert held(page) == 1
    for process in _of(profile):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    with contextlib.suppress(Error):
        first.close()
    assert responses() == []
    (profile / "SingletonLock").unlink(missing_ok=True)
    second = browser.browser_type.launch_persistent_context(profile, **options)
    sent_all(opened(second))
    second.close()
    assert len(responses()) == 1


def _of(profile: Path) -> list[int]:
    """The processes of the browser that was started with a profile: no other has its folder among its words."""
    found = []
    for words in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"--user-data-dir={profile}".encode() in words.read_bytes():
                found.append(int(words.parent.name))
    return found


def alone(page: Page, seconds: int) -> None:
    """Let time pass without a touch."""
    page.clock.run_for(seconds * SECOND)


@pytest.mark.usefixtures("stood")
def test_left_alone_it_warns_counts_down_and_begins_anew(browser: Browser, live_server: str) -> None:
    with tablet(browser, live_server) as context:
        context.clock.install()
        page = opened(context)
        begin(page)
        page.locator("#pv1-4").check()
        alone(page, 39)
        expect(page.locator("#still")).to_be_hidden()
        alone(page, 2)
        expect(page.locator("#still")).to_be_visible()
        assert_reads_well(page)
        alone(page, 5)
        assert 0 < int(page.locator("#countdown").inner_text()) <= 14  # the check before took time of its own
        page.locator("#stay").click()  # the countdown is stopped and nothing is lost
        expect(page.locator("#still")).to_be_hidden()
        expect(page.locator("#pv1-4")).to_be_checked()
        alone(page, 39)
        expect(page.locator("#still")).to_be_hidden()
        with page.expect_navigation(url=f"**{HOME}"):
            alone(page, 22)
        begin(page)
        assert page.evaluate(CHOSEN) == 0


@pytest.mark.usefixtures("stood")
def test_whoever_asks_for_more_time_has_ten_minutes(browser: Browser, live_server: str) -> None:
    with tablet(browser, live_server) as context:
        context.clock.install()
        page = opened(context)
        begin(page)
        page.locator("#more-time").click()
        alone(page, 575)
        expect(page.locator("#still")).to_be_hidden()
        with page.expect_navigation(url=f"**{HOME}"):
            alone(page, 26)
        begin(page)
        alone(page, 41)  # the next one has the usual time again
        expect(page.locator("#still")).to_be_visible()


@pytest.mark.usefixtures("stood")
def test_after_the_thanks_it_begins_anew_and_shows_nothing_of_before(browser: Browser, live_server: str) -> None:
    with tablet(browser, live_server) as context:
        context.clock.install()
        page = opened(context)
        begin(page)
        page.touchscreen.tap(5, 5)
        page.locator("#next").click()
        page.locator(".leaf:not(.away) input").first.check()
        page.go_back()  # the tablet's own way back leads a leaf back
        expect(page.locator("#pv1-0")).to_be_visible()
        page.locator("#pv1-4").check()
        answer_all(page)
        sent_all(page)
        with page.expect_navigation(url=f"**{HOME}"):
            alone(page, 13)
        page.wait_for_function("() => document.body.dataset.kept === 'kept'")
        kept = page.evaluate(
            "async () => [localStorage.length, sessionStorage.length, await waiting.count(), document.cookie]"
        )
        assert kept == [0, 0, 0, ""]
        for _time in range(3):
            page.go_back()
            assert page.evaluate(CHOSEN) == 0
    assert len(responses()) == 1


@pytest.mark.usefixtures("stood")
def test_five_retries_at_once_make_one_response(browser: Browser, live_server: str) -> None:
    with tablet(browser, live_server) as context:
        page = opened(context)
        begin(page)
        said = page.evaluate(
            """() => Promise.all([1, 2, 3, 4, 5].map(() => waiting.posted("responses", {
                id: "a".repeat(32), version: 1, seed: "b".repeat(32), language: "he", age: 0,
                layout: "row", point: "", answers: {pv1: ["4"]},
            })))"""
        )
        assert said == [{"id": "a" * 32, "state": "received"}] * 5
    assert len(responses()) == 1


@pytest.mark.usefixtures("stood")
def test_what_the_server_did_not_name_is_kept_and_sent_again(browser: Browser, live_server: str) -> None:
    with tablet(browser, live_server, service_workers="block") as context:
        lost = {"answers": 0}

        def lose(route: Any) -> None:
            """The server takes it, and its answer never arrives."""
            route.fetch()
            lost["answers"] += 1
            route.abort()

        context.route("**/responses", lose)
        page = context.new_page()
        page.goto(HOME)
        begin(page)
        answer_all(page)
        expect(page.locator("#waiting")).to_contain_text("1")
        assert held(page) == 1
        assert lost["answers"] == 1
        context.unroute("**/responses")
        page.evaluate("() => waiting.flush(true)")
        sent_all(page)
    assert len(responses()) == 1


@pytest.mark.usefixtures("stood")
def test_a_changed_survey_is_taken_over_while_nobody_is_there(browser: Browser, live_server: str) -> None:
    with tablet(browser, live_server) as context:
        context.clock.install()
        page = opened(context)
        before = page.locator("body").get_attribute("data-release")
        begin(page)
        with setting() as make:
            assert publish(make, notice="לא נבקש סיסמה.") == 2
        page.locator("#next").click()
        answer_all(page)  # whoever had begun finishes under the version that was shown
        sent_all(page)
        with page.expect_navigation(url=f"**{HOME}"):
            page.locator("#again").click()
        # The old first page may stand for a moment: it goes by itself once the worker has the new ones.
        page.wait_for_function(
            "(old) => document.body.dataset.release !== old && document.body.dataset.kept === 'kept'", arg=before
        )
        begin(page)
        expect(page.locator("body")).to_have_attribute("data-version", "2")
        answer_all(page)
        sent_all(page)
    with db.reading() as session:
        assert sorted(session.merge(one).version.number for one in responses()) == [1, 2]


@pytest.mark.usefixtures("stood")
def test_a_tablet_that_is_retired_says_so_by_itself(browser: Browser, live_server: str) -> None:
    with tablet(browser, live_server) as context:
        context.clock.install()
        page = opened(context)
        with setting() as make:
            point = make.session.query(CollectionPoint).one()
            point.retired_at = point.created_at
        with page.expect_navigation(url=f"**{HOME}"):
            alone(page, 61)
        expect(page.locator("h1")).to_have_text("לא בשימוש כרגע")
        assert_reads_well(page)


def test_a_gap_is_told_in_words_and_leads_to_its_question(app: Flask, browser: Browser, live_server: str) -> None:
    stand_up({"required": True})
    with tablet(browser, live_server) as context:
        page = opened(context)
        begin(page)
        page.locator("#next").click()
        summary = page.locator(".leaf:not(.away) .summary")
        expect(summary).to_be_focused()
        assert_reads_well(page)
        assert page.evaluate(SMALL) == []
        message = page.locator("#pv1-error").inner_text()
        expect(summary.locator("a")).to_have_text(message)
        summary.locator("a").click()
        expect(page.locator("#pv1-0")).to_be_focused()
        page.locator("#pv1-0").check()
        page.locator("#next").click()
        expect(page.locator("#pv1-error")).to_have_count(0)
        answer_all(page)
        sent_all(page)
    assert len(responses()) == 1


@pytest.mark.usefixtures("stood")
def test_stopping_deletes_and_leads_to_the_beginning(browser: Browser, live_server: str) -> None:
    with tablet(browser, live_server) as context:
        page = opened(context)
        begin(page)
        page.locator("#pv1-4").check()
        with page.expect_navigation(url=f"**{HOME}"):
            page.locator("#leave").click()
        assert held(page) == 0
    assert responses() == []
