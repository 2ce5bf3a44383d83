"""A shopper's phone in Chromium under every mishap: nothing that was written on it is lost, nothing arrives twice."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Error, Route
from sqlalchemy import select

from survey_app import db
from survey_app.commands.recording import answers_of
from survey_app.models import Assignment, Evidence, FieldCopy, FieldDevice, FieldRecord, Response
from tests.support.browser import FLAGS, executable
from tests.web.phones import (
    PHONE,
    all_there,
    finish,
    home,
    log_in,
    phone,
    photograph,
    ready,
    rows,
    trouble,
    two_visits,
    until,
    write,
)

pytestmark = [pytest.mark.usefixtures("frozen_clock"), pytest.mark.browser]


@pytest.fixture
def visits(app: Flask) -> list[Assignment]:
    """Two visits of a shopper."""
    return two_visits()


# ---- the connection, the browser -------------------------------------------------------------------------------------


def test_two_visits_without_connection_survive_a_killed_browser(
    browser: Browser, live_server: str, visits: list[Assignment], tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    options: dict[str, Any] = {"executable_path": executable(), "args": list(FLAGS), "base_url": live_server, **PHONE}
    first = browser.browser_type.launch_persistent_context(profile, **options)
    page = first.new_page()
    log_in(page)
    ready(page)
    first.set_offline(True)
    sent = [(one, write(page, one, 3)) for one in visits]
    finish(page, *visits)
    assert trouble(page) == "offline"
    assert page.evaluate("async () => (await fieldStore.queue()).files") == 6
    cookies = first.cookies()
    _kill(profile)
    with contextlib.suppress(Error):
        first.close()
    assert rows(Response) == []
    (profile / "SingletonLock").unlink(missing_ok=True)
    second = browser.browser_type.launch_persistent_context(profile, **options)
    second.add_cookies(cookies)  # type: ignore[arg-type]
    page = ready(second.new_page())
    home(page, *visits)
    all_there(*sent)
    left = "() => fieldStore.step('readonly', ['photos'], ({photos}, ask) => ask(photos.count()))"
    assert page.evaluate(left) == 0, "what the server named has left the phone"
    second.close()


def _kill(profile: Path) -> None:
    """Kill the browser that was started with a profile: no other has its folder among its words."""
    for words in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError, ProcessLookupError):
            if f"--user-data-dir={profile}".encode() in words.read_bytes():
                os.kill(int(words.parent.name), signal.SIGKILL)


@pytest.mark.parametrize("arrived", [False, True], ids=["never-left", "answer-lost"])
@pytest.mark.parametrize("what", ["files", "report"])
def test_airplane_mode_in_the_middle(
    browser: Browser, live_server: str, visits: list[Assignment], what: str, *, arrived: bool
) -> None:
    visit = visits[0]
    with phone(browser, live_server) as page:
        cut: list[str] = []

        def lose(route: Route) -> None:
            if cut:
                route.continue_()
                return
            cut.append(route.request.url)
            if arrived:
                route.fetch()
            page.context.set_offline(True)
            route.abort()

        page.route(re.compile(rf"/shops/sync/\w+/{what}"), lose)
        photos = write(page, visit, 2)
        finish(page, visit)
        until(page, "async () => (await fieldStore.queue()).trouble === 'offline'")
        assert cut
        page.context.set_offline(False)
        home(page, visit)
        all_there((visit, photos))


def test_a_guest_network_that_answers_itself_is_no_server(
    browser: Browser, live_server: str, visits: list[Assignment]
) -> None:
    with phone(browser, live_server) as page:
        page.route("**/shops/sync/**", lambda route: route.fulfill(status=200, body="<h1>Welcome to our hotel</h1>"))
        photos = write(page, visits[0], 1)
        finish(page, visits[0])
        assert trouble(page) == "server"
        page.unroute("**/shops/sync/**")
        home(page, visits[0])
        all_there((visits[0], photos))


def test_five_parallel_retries_of_the_browser_make_one_report(
    browser: Browser, live_server: str, visits: list[Assignment]
) -> None:
    with phone(browser, live_server) as page:
        sent: list[Any] = []

        def lose(route: Route) -> None:
            sent.append(route.request.post_data_json)
            route.abort()

        page.route("**/report", lose)
        photos = write(page, visits[0], 1)
        finish(page, visits[0])
        assert trouble(page) == "offline"
        page.unroute("**/report")
        found = page.evaluate(
            """([id, body]) => Promise.all(Array.from({length: 5}, () => fetch(`/shops/sync/${id}/report`, {
                method: "POST", body: JSON.stringify(body),
                headers: {"Content-Type": "application/json", "X-Requested-With": "XMLHttpRequest"}})
                .then((answer) => answer.json()).then((said) => said.state)))""",
            [visits[0].response_id, sent[0]],
        )
        assert found == ["kept"] * 5
        home(page, visits[0])
        all_there((visits[0], photos))


# ---- one account, several windows and phones -------------------------------------------------------------------------


def test_two_windows_lose_nothing_of_each_other(browser: Browser, live_server: str, visits: list[Assignment]) -> None:
    visit = visits[0]
    with phone(browser, live_server) as page:
        other = ready(page.context.new_page())
        write(page, visit)
        for one, code in ((page, "A2"), (other, "A3")):
            one.evaluate("async (id) => { window.mine = await fieldStore.visit(id); }", visit.response_id)
            one.evaluate("(code) => { mine.answers[code] = ['no']; mine.answers[`${code}_comment`] = ['כך']; }", code)
        for one in (page, other):
            one.evaluate("() => fieldStore.save(mine)")
        photos = [photograph(page, visit, 0), photograph(other, visit, 1)]
        finish(page, visit)
        assert other.evaluate("() => failure(fieldStore.save(mine))") == "finished"
        home(other, visit)
        all_there((visit, photos))
        with db.reading() as session:
            response = session.scalars(select(Response)).one()
            found = answers_of(session, response.id)
        assert (found["A2"], found["A3"], found["A4"]) == ("no", "no", "yes")


def test_two_phones_with_one_account_keep_both_reports(
    browser: Browser, live_server: str, visits: list[Assignment]
) -> None:
    visit = visits[0]
    with phone(browser, live_server) as one, phone(browser, live_server) as two:
        two.context.set_offline(True)
        first = write(one, visit, 1)
        second = write(two, visit, 2, A1="no", A1_comment="לא היה שלט")
        finish(two, visit)
        finish(one, visit)
        home(one, visit)
        two.context.set_offline(False)
        home(two, visit)
        stub = two.evaluate("(id) => fieldStore.visit(id)", visit.response_id)
        assert (stub["outcome"], stub["files"]) == ("copy", 2)
        assert stub["message"]
    assert len(rows(Response)) == len(rows(FieldRecord)) == 1
    (copy,) = rows(FieldCopy)
    assert copy.content["stored"]["A1"] == "no"
    assert {one["sha256"] for one in copy.content["manifest"]} == set(second)
    assert {one.sent_sha256 for one in rows(Evidence)} == {*first, *second}
    assert len(rows(FieldDevice)) == 2


def test_somebody_else_s_login_sends_nothing_and_the_own_one_goes_on(
    browser: Browser, live_server: str, visits: list[Assignment]
) -> None:
    with phone(browser, live_server) as page:
        page.context.set_offline(True)
        photos = write(page, visits[0], 1)
        finish(page, visits[0])
        # Before the connection is back: what is sent by itself then must find nobody logged in.
        page.context.clear_cookies()
        page.context.set_offline(False)
        assert trouble(page) == "login"
        desk = page.context.new_page()
        log_in(desk, "other@example.com")
        assert trouble(page) == "stranger"
        assert rows(Evidence) == []
        page.context.clear_cookies()
        log_in(desk)
        home(page, visits[0])
        all_there((visits[0], photos))
