"""The phone itself in Chromium: a wrong clock, no room left, pictures, what is to be mended, and the last resort."""

from __future__ import annotations

import base64
import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser

from survey_app.models import Assignment, Evidence, FieldRecord, Response
from tests.support.clocks import MOMENT
from tests.support.pictures_sent import LATITUDE, LONGITUDE, phone_picture
from tests.web.phones import (
    all_there,
    finish,
    home,
    phone,
    rows,
    two_visits,
    until,
    write,
)

pytestmark = [pytest.mark.usefixtures("frozen_clock"), pytest.mark.browser]


@pytest.fixture
def visits(app: Flask) -> list[Assignment]:
    """Two visits of a shopper."""
    return two_visits()


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
    with phone(browser, live_server, room=8_000_000) as page:
        page.context.set_offline(True)
        photos = write(page, visit, 1)
        noise = base64.b64encode(_noise()).decode()
        # One after the other, each a little different, until there is no room for another one.
        found = page.evaluate(
            """async ([id, content]) => {
                const shas = [];
                for (let place = 0; place < 20; place += 1) {
                    const taken = await pictured(id, "A1", content, place).catch((error) => error);
                    if (taken instanceof Error || taken instanceof DOMException) return [shas, taken.name];
                    shas.push(taken);
                }
                return [shas, "never"];
            }""",
            [visit.response_id, noise],
        )
        assert found[1] == "QuotaExceededError"
        photos += found[0]
        assert page.evaluate("(id) => fieldStore.photos(id).then((all) => all.length)", visit.response_id) == len(
            photos
        )
        assert page.evaluate("(id) => fieldStore.visit(id).then((one) => one.answers.A1)", visit.response_id) == ["yes"]
        page.context.set_offline(False)
        until(page, "async () => { await fieldStore.sendNow(); return (await fieldStore.queue()).files === 0; }")
        finish(page, visit)  # the sending has made no room yet: that it is finished is small
        home(page, visit)
        assert page.evaluate("() => fieldStore.step('readonly', ['bytes'], ({bytes}, ask) => ask(bytes.count()))") == 0
    all_there((visit, photos))


def _noise() -> bytes:
    """A picture that no compression makes small."""
    out = io.BytesIO()
    Image.frombytes("RGB", (1_600, 1_200), os.urandom(1_600 * 1_200 * 3)).save(out, "JPEG", quality=95)
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
                const {bytes: own} = await fieldStore.step("readonly", ["bytes"],
                    ({bytes: all}, ask) => ask(all.get(photo.id)).then((bytes) => ({bytes})));
                const kept = new Uint8Array(own);
                return {within: photo.within_m, text: String.fromCharCode(...kept), state: photo.state};
            }""",
            [visit.response_id, content, {"latitude": LATITUDE, "longitude": LONGITUDE + 0.001}],
        )
        assert found["within"] == 100  # 94 m, rounded up to 50 before it is kept
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
    with phone(browser, live_server) as first, phone(browser, live_server) as page:
        write(first, visit)
        first.evaluate("() => fieldStore.sendNow()")  # the server has a draft of this phone that says otherwise
        until(first, "async () => (await fieldStore.queue()).drafts === 0")
        first.context.set_offline(True)
        photos = write(first, visit, 2, A2="no", A2_comment="לא היה מקום")
        finish(first, visit)
        content = first.evaluate(
            """async () => { const file = await fieldStore.exported("סוד גדול");
                return btoa(String.fromCharCode(...new Uint8Array(await file.arrayBuffer()))); }"""
        )
        raw = base64.b64decode(content)
        assert b"visit_date" not in raw
        assert visit.response_id.encode() not in raw
        into = """([content, words]) => fieldStore.imported(
            new File([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], "export"), words)"""
        wrong = f"(given) => failure(({into})(given))"
        assert page.evaluate(wrong, [content, "אחר"]) == "passphrase"
        broken = base64.b64encode(raw[:-3] + b"abc").decode()
        assert page.evaluate(wrong, [broken, "סוד גדול"]) == "passphrase"
        assert page.evaluate(wrong, [base64.b64encode(b"{}\nx").decode(), "x"]) == "format"
        assert page.evaluate(into, [content, "סוד גדול"]) == {"visits": 1, "photos": 2}
        assert page.evaluate(into, [content, "סוד גדול"]) == {"visits": 0, "photos": 0}
        home(page, visit)
        first.context.set_offline(False)
        home(first, visit)  # the same report once more, from the phone it was written on
        all_there((visit, photos))
    with phone(browser, live_server, "other@example.com") as page:
        assert page.evaluate(wrong, [content, "סוד גדול"]) == "stranger"
