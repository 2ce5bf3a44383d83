"""A shopper's phone in Chromium: logged in, the app's scripts on a plain page, what it writes and what arrives."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Page
from sqlalchemy import select

from survey_app import contents, db
from survey_app.models import Assignment, Draft, Evidence, FieldCopy, FieldRecord, Response, User
from survey_app.web import assets
from tests.commands.acting import Field
from tests.support.factories import PASSWORD, setting
from tests.support.phones import fields
from tests.support.pictures_sent import picture

SCRIPTS = ("field-photo.js", "field-store.js", "field-sync.js", "field-export.js")
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "locale": "he-IL"}
#: Helpers of the tests, on the page beside the app's own scripts.
HELP = """
window.wrote = (id, number, answers, more = {}) => fieldStore.save({
    id, number, version: 1, language: "he", answers,
    marks: {entered: new Date().toISOString(), left: new Date().toISOString()}, ...more});
window.pictured = async (id, question, content, turned = null) => {
    let bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
    if (turned !== null) {
        const sheet = document.createElement("canvas");
        const picture = await createImageBitmap(new Blob([bytes]));
        [sheet.width, sheet.height] = [picture.width, picture.height - turned];
        sheet.getContext("2d").drawImage(picture, 0, -turned);
        bytes = await new Promise((resolve) => { sheet.toBlob(resolve, "image/jpeg", 0.95); });
    }
    return fieldStore.addPhoto(id, question, new File([bytes], "photo.jpg", {type: "image/jpeg"}))
        .then((one) => one.sha256);
};
window.states = async () => Object.fromEntries((await fieldStore.visits()).map((one) => [one.id, one.state]));
window.failure = (promise) => promise.then(() => "", (error) => error.name);
"""


def two_visits() -> list[Assignment]:
    """Two visits of a shopper, and another shopper."""
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
