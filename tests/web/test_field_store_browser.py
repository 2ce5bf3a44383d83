"""A shopper's phone in Chromium under every mishap: nothing that was written on it is lost, nothing arrives twice."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import re
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Error, Page, Route
from sqlalchemy import select

from survey_app import contents, db
from survey_app.commands.recording import answers_of
from survey_app.models import Assignment, Draft, Evidence, FieldCopy, FieldDevice, FieldRecord, Response, User
from survey_app.web import assets
from tests.commands.acting import Field
from tests.support.browser import FLAGS, executable
from tests.support.clocks import MOMENT
from tests.support.factories import PASSWORD, setting
from tests.support.phones import fields
from tests.support.pictures_sent import LATITUDE, LONGITUDE, phone_picture, picture

pytestmark = [pytest.mark.usefixtures("frozen_clock"), pytest.mark.browser]

SCRIPTS = ("field-photo.js", "field-store.js", "field-sync.js", "field-export.js")
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "locale": "he-IL"}
#: Helpers of the tests, on the page beside the app's own scripts.
HELP = """
window.wrote = (id, number, answers, more = {}) => fieldStore.save({
    id, number, version: 1, language: "he", answers,
    marks: {entered: new Date().toISOString(), left: new Date().toISOString()}, ...more});
window.pictured = (id, question, content) => {
    const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
    return fieldStore.addPhoto(id, question, new File([bytes], "photo.jpg", {type: "image/jpeg"}))
        .then((one) => one.sha256);
};
window.states = async () => Object.fromEntries((await fieldStore.visits()).map((one) => [one.id, one.state]));
window.failure = (promise) => promise.then(() => "", (error) => error.name);
"""


@pytest.fixture
def visits(app: Flask) -> list[Assignment]:
    """Two visits of a shopper; another shopper has one."""
    with setting() as make:
        made = Field.made(make, has_account=False)
        found = [made.visit(make), made.visit(make, made.other)]
        make.user(email="other@example.com", role="shopper")
    return found


def log_in(page: Page, email: str = "eye@example.com") -> None:
    """Log in on a phone."""
    page.goto("/login")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("main form button").first.click()


def ready(page: Page, email: str = "eye@example.com") -> Page:
    """A page with the app's scripts on it, and the account's store open."""
    page.goto("/account")
    for name in SCRIPTS:
        page.add_script_tag(url=f"/static/{assets.digest()}/{name}")
    page.evaluate(f"() => {{ {HELP} }}")
    with db.reading() as session:
        user = session.scalars(select(User).where(User.email == email)).one()
    page.evaluate("(user) => fieldStore.open(user)", user.id)
    return page


@contextlib.contextmanager
def phone(browser: Browser, address: str, email: str = "eye@example.com", room: int | None = None) -> Iterator[Page]:
    """A phone of its own, logged in; with so many bytes of room where that is said."""
    context = browser.new_context(base_url=address, **PHONE)
    context.set_default_timeout(15_000)
    page = context.new_page()
    log_in(page, email)
    if room is not None:
        tools = context.new_cdp_session(page)
        tools.send("Storage.overrideQuotaForOrigin", {"origin": address, "quotaSize": room})
    yield ready(page, email)
    context.close()


def write(page: Page, visit: Assignment, photos: int = 0, **more: str) -> list[str]:
    """Write a whole report with pictures; gives their hashes."""
    page.evaluate("([id, number, answers]) => wrote(id, number, answers)",
                  [visit.response_id, visit.id, fields(**more)])  # fmt: skip
    return [photograph(page, visit, place) for place in range(photos)]


def photograph(page: Page, visit: Assignment, place: int = 0) -> str:
    """Take one picture."""
    colour = ("teal", "red", "navy", "gold", "plum", "gray")[(place + visit.id * 3) % 6]
    content = base64.b64encode(picture(size=(400 + place, 300), colour=colour)).decode()
    return str(page.evaluate("([id, content]) => pictured(id, 'A1', content)", [visit.response_id, content]))


def finish(page: Page, *visits: Assignment) -> None:
    """Say that visits are finished."""
    for one in visits:
        page.evaluate("(id) => fieldStore.finish(id)", one.response_id)


def until(page: Page, holds: str, arg: Any = None) -> None:
    """Wait until something holds that takes the page itself some time to find out."""
    page.evaluate(
        f"""async (arg) => {{
            const [holds, ends] = [{holds}, Date.now() + 20_000];
            while (!(await holds(arg))) {{
                if (Date.now() > ends) throw new Error("it never came to hold");
                await new Promise((go) => setTimeout(go, 50));
            }}
        }}""",
        arg,
    )


def home(page: Page, *visits: Assignment) -> None:
    """Wait until the phone has heard that visits are kept."""
    ids = [one.response_id for one in visits]
    page.evaluate("() => fieldStore.sendNow()")
    until(page, "async (ids) => { const all = await states(); return ids.every((id) => all[id] === 'kept'); }", ids)


def trouble(page: Page) -> str:
    """What keeps the phone from sending."""
    return str(page.evaluate("async () => { await fieldStore.sendNow(); return (await fieldStore.queue()).trouble; }"))


def rows(model: Any) -> list[Any]:
    """Everything of a table."""
    with db.reading() as session:
        return list(session.scalars(select(model)))


def all_there(*sent: tuple[Assignment, list[str]]) -> None:
    """Every visit once, complete, each picture once and byte for byte what the phone had; nothing beside them."""
    assert sorted(one.id for one in rows(Response)) == sorted(visit.response_id for visit, _photos in sent)
    assert len(rows(FieldRecord)) == len(sent)
    assert (rows(FieldCopy), rows(Draft)) == ([], [])
    found = sorted((one.response_id, one.sent_sha256) for one in rows(Evidence))
    assert found == sorted((visit.response_id, sha) for visit, photos in sent for sha in photos)
    for one in rows(Evidence):
        assert hashlib.sha256(contents.store().read(one.content)).hexdigest() == one.sent_sha256
    by_record = {one.response_id: [file["sha256"] for file in one.manifest] for one in rows(FieldRecord)}
    assert by_record == {visit.response_id: photos for visit, photos in sent}


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
        sent: list[dict[str, Any]] = []
        page.route("**/report", lambda route: (sent.append(route.request.post_data_json), route.abort()))
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
        page.context.set_offline(False)
        page.context.clear_cookies()
        assert trouble(page) == "login"
        desk = page.context.new_page()
        log_in(desk, "other@example.com")
        assert trouble(page) == "stranger"
        assert rows(Evidence) == []
        page.context.clear_cookies()
        log_in(desk)
        home(page, visits[0])
        all_there((visits[0], photos))


# ---- the phone itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [-1, 1], ids=["behind", "ahead"])
def test_a_clock_that_is_wrong_by_a_day(
    browser: Browser, live_server: str, visits: list[Assignment], days: int
) -> None:
    with phone(browser, live_server) as page:
        wrong = MOMENT + timedelta(days=days)
        page.clock.set_system_time(wrong)
        write(page, visits[0], day=wrong.date().isoformat())
        finish(page, visits[0])
        home(page, visits[0])
        true = page.evaluate("() => fieldStore.now().toISOString()")
        assert true.startswith(MOMENT.date().isoformat())
    (response,) = rows(Response)
    (record,) = rows(FieldRecord)
    assert response.visited_on == MOMENT.date()
    assert abs(record.clock_offset_s + days * 86_400) < 120
    assert abs((record.entered_at - MOMENT).total_seconds()) < 120


def test_full_storage_is_told_and_costs_nothing_that_was_kept(
    browser: Browser, live_server: str, visits: list[Assignment]
) -> None:
    visit = visits[0]
    with phone(browser, live_server, room=200_000) as page:
        page.context.set_offline(True)
        photos = write(page, visit, 1)
        noise = base64.b64encode(_noise()).decode()
        fails = "([id, content]) => failure(pictured(id, 'A1', content))"
        assert page.evaluate(fails, [visit.response_id, noise]) == "QuotaExceededError"
        assert page.evaluate("(id) => fieldStore.photos(id).then((all) => all.length)", visit.response_id) == 1
        assert page.evaluate("(id) => fieldStore.visit(id).then((one) => one.answers.A1)", visit.response_id) == ["yes"]
        finish(page, visit)
        page.context.set_offline(False)
        home(page, visit)
        all_there((visit, photos))


def _noise() -> bytes:
    """A picture that no compression makes small."""
    out = io.BytesIO()
    Image.frombytes("RGB", (1_000, 800), os.urandom(1_000 * 800 * 3)).save(out, "JPEG", quality=95)
    return out.getvalue()


def test_what_is_wrong_comes_back_to_be_mended(browser: Browser, live_server: str, visits: list[Assignment]) -> None:
    visit = visits[0]
    with phone(browser, live_server) as page:
        photos = write(page, visit, 1, A2="")
        finish(page, visit)
        until(page, "async (id) => (await states())[id] === 'draft'", visit.response_id)
        problems = page.evaluate("(id) => fieldStore.visit(id).then((one) => one.problems)", visit.response_id)
        assert [one["question"] for one in problems] == ["A2"]
        page.evaluate(
            """async (id) => { const one = await fieldStore.visit(id);
                one.answers.A2 = ["yes"]; await fieldStore.save(one); }""",
            visit.response_id,
        )
        finish(page, visit)
        home(page, visit)
        all_there((visit, photos))


def test_a_picture_taken_away_goes_everywhere(browser: Browser, live_server: str, visits: list[Assignment]) -> None:
    visit = visits[0]
    with phone(browser, live_server) as page:
        photos = write(page, visit, 2)
        until(page, "async () => { await fieldStore.sendNow(); return (await fieldStore.queue()).files === 0; }")
        assert len(rows(Evidence)) == 2
        page.evaluate("async (id) => fieldStore.removePhoto((await fieldStore.photos(id))[1].id)", visit.response_id)
        finish(page, visit)
        home(page, visit)
        all_there((visit, photos[:1]))


def test_a_picture_leaves_its_place_on_the_phone(browser: Browser, live_server: str, visits: list[Assignment]) -> None:
    visit = visits[0]
    with phone(browser, live_server) as page:
        write(page, visit)
        content = base64.b64encode(phone_picture()).decode()
        found = page.evaluate(
            """async ([id, content, near]) => {
                const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
                const photo = await fieldStore.addPhoto(id, "A1", new File([bytes], "IMG.jpg"), near);
                const {bytes: own} = await fieldStore.step("readonly", ["photos"],
                    ({photos}, ask) => ask(photos.get(photo.id)));
                const kept = new Uint8Array(own);
                return {within: photo.within_m, text: String.fromCharCode(...kept), state: photo.state};
            }""",
            [visit.response_id, content, {"latitude": LATITUDE, "longitude": LONGITUDE + 0.001}],
        )
        assert 80 < found["within"] < 110
        assert "Exif" not in found["text"]
        unreadable = (
            "(id) => failure(fieldStore.addPhoto(id, 'A1', new File(['<svg/>'], 'a.svg', {type: 'text/html'})))"
        )
        assert page.evaluate(unreadable, visit.response_id) == "unreadable"
        finish(page, visit)
        home(page, visit)
    assert rows(FieldRecord)[0].manifest[0]["within_m"] == found["within"]


def test_the_last_resort_is_a_closed_file(
    browser: Browser, live_server: str, visits: list[Assignment], tmp_path: Path
) -> None:
    visit = visits[0]
    with phone(browser, live_server) as page:
        page.context.set_offline(True)
        photos = write(page, visit, 2)
        content = page.evaluate(
            """async () => { const file = await fieldStore.exported("סוד גדול");
                return btoa(String.fromCharCode(...new Uint8Array(await file.arrayBuffer()))); }"""
        )
        raw = base64.b64decode(content)
        assert b"visit_date" not in raw
        assert visit.response_id.encode() not in raw
    into = """([content, words]) => fieldStore.imported(
        new File([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], "export"), words)"""
    with phone(browser, live_server) as page:
        wrong = f"(given) => failure(({into})(given))"
        assert page.evaluate(wrong, [content, "אחר"]) == "passphrase"
        broken = base64.b64encode(raw[:-3] + b"abc").decode()
        assert page.evaluate(wrong, [broken, "סוד גדול"]) == "passphrase"
        assert page.evaluate(wrong, [base64.b64encode(b"{}\nx").decode(), "x"]) == "format"
        assert page.evaluate(into, [content, "סוד גדול"]) == {"visits": 1, "photos": 2}
        assert page.evaluate(into, [content, "סוד גדול"]) == {"visits": 0, "photos": 0}
        finish(page, visit)
        home(page, visit)
        all_there((visit, photos))
    with phone(browser, live_server, "other@example.com") as page:
        assert page.evaluate(wrong, [content, "סוד גדול"]) == "stranger"
