"""Previews, marked comments, departments and published series as pages: who may, what is refused, nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from survey_app import db
from survey_app.commands import benchmarks, departments, meeting
from survey_app.commands.benchmarks import Published
from survey_app.commands.departments import About
from survey_app.models import BranchStatement, User
from survey_app.queries import benchmarks as benchmark_queries
from tests.support.factories import setting
from tests.support.pages import DESKTOP, OpenContext, assert_reads_well
from tests.web.staff.conftest import Person
from tests.web.staff.test_look import SMALL, log_in

PREVIEW = "/reviews/2026-10/preview"
_MARK = re.compile(rf'href="({PREVIEW}/comments/[^"]+)"')
_REVISION = re.compile(r'name="revision" value="(\d+)"')
SERIES: dict[str, Any] = {
    "name": {"he": "השוואה <b>שנתית</b>", "en": "Yearly comparison"}, "publisher": "רשות", "wording": "האם היית ממליץ?",
    "difference": "סולם אחר", "measure": "nps", "unit": "percent",
}  # fmt: skip


@pytest.fixture
def rooms(app: Flask) -> None:
    """A department with a head, a reason that leads to it, and a published series."""
    with setting() as make:
        head = make.user(email="head@bank.test", role="department_head")
        departments.add(make.session, "pricing", About({"he": "תמחור", "en": "Pricing"}, head.id))
        departments.route(make.session, {"fees": "pricing"})
        series = benchmarks.add(make.session, benchmarks.About(**SERIES))
        benchmarks.put(make.session, series.id, Published("2026-06", 56, 4046), None)


def begin() -> None:
    with setting() as make:
        meeting.begin(make.session, make.session.get_one(User, 1), "2026-10")


def statement() -> str:
    with db.reading() as session:
        found = session.query(BranchStatement).one_or_none()
        return found.words if found is not None else ""


def test_a_manager_reads_answers_and_marks(as_: Any, rooms: None) -> None:
    branch = as_("branch")
    shown = branch.text(PREVIEW)
    assert "באר שבע" in shown
    assert "עכו" not in shown, "another branch's name"
    sent = branch.post(PREVIEW, f"{PREVIEW}/statement", words="השיפוץ <b>הסתיים</b>", revision="0")
    assert sent.headers["Location"].endswith(f"{PREVIEW}?done=written#answer")
    assert "השיפוץ &lt;b&gt;הסתיים" in branch.text(PREVIEW)
    path = _MARK.findall(shown)[0]
    assert branch.post(path, path, reason="", note="חשוב").status_code == 422
    assert branch.post(path, path, reason="fees", note="חשוב").status_code == 303
    head = as_("head")
    inbox = head.text("/marks")
    assert "חשוב" in inbox
    where = re.findall(r'href="(/marks/[^"]+)"', inbox)[0]
    refused = head.post(where, where, words="  ")
    assert refused.status_code == 422
    assert head.post(where, where, words="התעריפון ישתנה").status_code == 303
    assert "התעריפון ישתנה" in branch.text(PREVIEW)
    assert 'id="marks"' in as_("management").text("/reviews/2026-10"), "counted by reason"
    assert 'id="marks"' not in branch.text("/reviews/2026-10")


def test_words_that_cannot_be_kept_stay_on_the_page(as_: Any, rooms: None) -> None:
    branch = as_("branch")
    long = branch.post(PREVIEW, f"{PREVIEW}/statement", words="א" * 501, revision="0")
    assert long.status_code == 422
    assert "א" * 501 in long.text
    branch.post(PREVIEW, f"{PREVIEW}/statement", words="ראשון", revision="0")
    stale = branch.post(PREVIEW, f"{PREVIEW}/statement", words="מלשונית ישנה", revision="0")
    assert stale.status_code == 409
    assert "ראשון" in stale.text
    assert "מלשונית ישנה" in stale.text
    # Sent again from that page, it replaces what the sender has now seen.
    revision = _REVISION.findall(stale.text)[0]
    assert branch.post(PREVIEW, f"{PREVIEW}/statement", words="מלשונית ישנה", revision=revision).status_code == 303
    begin()
    late = branch.post("/account", f"{PREVIEW}/statement", words="מאוחר מדי", revision="2")
    assert late.status_code == 409
    assert "מאוחר מדי" in late.text
    assert statement() == "מלשונית ישנה"
    assert not _MARK.findall(branch.text(PREVIEW))


def test_a_mark_that_is_taken_back_too_late_stays(as_: Any, rooms: None) -> None:
    branch = as_("branch")
    path = _MARK.findall(branch.text(PREVIEW))[0]
    branch.post(path, path, reason="fees", note="")
    begin()
    late = branch.post(PREVIEW, f"{path}/remove")
    assert late.status_code == 409
    assert "תמחור" in late.text, "the mark stands"
    assert branch.post(PREVIEW, f"{PREVIEW}/comments/nothing/pv9/remove").status_code == 404


def test_who_may_not(as_: Any, rooms: None) -> None:
    for name in ("management", "region", "agent", "analyst", "shopper", "head"):
        assert as_(name).get(PREVIEW).status_code == 403, name
    branch = as_("branch")
    for path in ("/marks", "/departments", "/benchmarks", "/benchmarks/1"):
        assert branch.get(path).status_code == 403, path
    assert branch.get(f"{PREVIEW}/comments/nothing/pv9").status_code == 404
    assert branch.get("/reviews/2031-01/preview").status_code == 404
    assert branch.get("/reviews/abc/preview/comments/nothing/pv9").status_code == 404
    assert as_("head").get("/marks/nothing/pv9").status_code == 404
    assert as_("administrator").get("/departments").status_code == 200


def test_departments_by_screen(as_: Any, app: Flask) -> None:
    person = as_("administrator")
    assert "/departments/new" in person.text("/departments")
    bad = person.post("/departments/new", "/departments/new", code="Ä", name_he="נכסים")
    assert bad.status_code == 422
    assert "נכסים" in bad.text
    new = {"code": "premises", "name_he": "נכסים"}
    assert person.post("/departments/new", "/departments/new", **new).status_code == 303
    assert person.post("/departments/new", "/departments/new", **new).status_code == 422, "a double click adds none"
    routed = person.post("/departments", "/departments/routes", **{"reason-building": "premises"})
    assert routed.status_code == 303
    out = person.post("/departments/premises", "/departments/premises", name_he="נכסים", head="")
    assert out.status_code == 422, "comments still go there"
    kept = person.post("/departments/premises", "/departments/premises", name_he="נכסים וציוד", head="", active="y")
    assert kept.status_code == 303
    assert "נכסים וציוד" in person.text("/departments")


def test_a_published_series_by_hand_and_by_file(as_: Any, app: Flask) -> None:
    person: Person = as_("analyst")
    assert "/benchmarks/new" in person.text("/benchmarks")
    fields = {name: value for name, value in SERIES.items() if name != "name"} | {"name_he": "השוואה", "active": "y"}
    lacking = person.post("/benchmarks/new", "/benchmarks/new", **{**fields, "difference": ""})
    assert lacking.status_code == 422
    assert "האם היית ממליץ?" in lacking.text
    made = person.post("/benchmarks/new", "/benchmarks/new", **fields).headers["Location"]
    page = made.partition("?")[0]
    for month, value, status in (("06/2026", "56", 303), ("2026-06", "560", 422), ("יוני", "56", 422), ("", "", 422)):
        assert person.post(page, f"{page}/values", month=month, value=value).status_code == status, (month, value)
    shown = as_("management").text("/reviews/2026-10")
    assert "האם היית ממליץ?" in shown
    assert "56%" in shown
    file = (BytesIO(b"month,value\n2025-06,54\n2024-06,abc\n"), "values.csv")
    refused = person.post(page, f"{page}/file", file=file)
    assert refused.status_code == 422
    assert "abc" in refused.text
    with db.reading() as session:
        values = [one.month for one in benchmark_queries.find(session, 1).values]
    assert values == ["2025-06", "2026-06"]
    assert person.post(page, f"{page}/file").status_code == 422
    assert person.post(page, f"{page}/values/2025-06/remove").status_code == 303


@pytest.mark.browser
@pytest.mark.parametrize(("size", "language"), [(SMALL, "he"), (DESKTOP, "en")], ids=["he-320", "en-1280"])
def test_every_screen_of_it_reads_well(
    new_context: OpenContext, as_: Callable[[str], Person], rooms: None, size: dict[str, Any], language: str
) -> None:
    branch = as_("branch")
    path = _MARK.findall(branch.text(PREVIEW))[0]
    branch.post(path, path, reason="fees", note="חשוב")
    inbox = re.findall(r'href="(/marks/[^"]+)"', as_("head").text("/marks"))[0]
    for name, paths in {
        "branch": [PREVIEW, path, "/"],
        "management": ["/marks", inbox, "/departments", "/departments/pricing", "/reviews/2026-10"],
        "analyst": ["/benchmarks", "/benchmarks/1", "/benchmarks/new"],
    }.items():
        page = new_context(**size).new_page()
        log_in(page, name)
        for address in paths:
            page.goto(f"{address}?lang={language}")
            expect(page.locator("h1")).to_have_count(1)
            assert_reads_well(page)
            if address == PREVIEW:
                page.fill("#words", "א" * 501)
                expect(page.locator("[data-count=words]")).to_have_class(re.compile("bad"))
                page.fill("#words", "א" * 490 + "😀" * 10)
                expect(page.locator("[data-count=words]")).not_to_have_class(re.compile("bad"))
