"""Every screen in a real browser: accessible, right in both directions, whole at 320 px, usable by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from survey_app.models import Branch
from tests.support import pages
from tests.support.factories import setting
from tests.support.pages import DESKTOP, SMALLEST, OpenContext, assert_reads_well, on_two_screens
from tests.web.staff.test_desk import one

pytestmark = pytest.mark.browser

SMALL = SMALLEST
REVIEW = "/reviews/2026-10"
SCREENS = {
    "management": [
        "/", "/reviews", REVIEW, f"{REVIEW}?sort=surveys", f"{REVIEW}/branches/101", f"{REVIEW}/branches/105",
        f"{REVIEW}/branches/101/comments?theme=courtesy", f"{REVIEW}/branches/101/receipt/csat",
        f"{REVIEW}/agents/A1", "/organisation", "/organisation/branches/20-101", "/questionnaires",
        "/questionnaires/branch_mystery_visit", "/account", "/reviews/2020-01", "/reviews/2030-01",
        f"{REVIEW}/pack", "/packs/plan", "/packs/plan/management",
    ],
    "analyst": [
        "/questionnaires/new", "/questionnaires/new/library/employee_pulse", "/questionnaires?search=nothing",
        "/questionnaires?archived=1", "/questionnaires/branch_mystery_visit",
        "/questionnaires/post_visit_branch/translate?to=ar", "/questionnaires/post_visit_branch/changes",
        "/questionnaires/post_visit_branch/publish", "/questionnaires/post_visit_branch/download",
        "/questionnaires/post_visit_branch/archive", "/analysis/rank-sets",
        "/analysis?question=post_visit_branch:pv1&by=region&quarter=2026-09",
    ],
    "branch": ["/", REVIEW, f"{REVIEW}/branches/104"],
    "privacy": ["/", "/responses", "/responses/RESPONSE", "/audit"],
}  # fmt: skip


def log_in(page: Page, name: str) -> None:
    """Let one of the bank's people in."""
    pages.log_in(page, f"{name}@bank.test")


@pytest.fixture
def at_desk(new_context: OpenContext) -> Callable[[str], Page]:
    """Somebody of a role at a desktop screen."""

    def open_(name: str) -> Page:
        page = new_context(**DESKTOP).new_page()
        log_in(page, name)
        return page

    return open_


@pytest.mark.parametrize("language", ["he", "en"])
@pytest.mark.parametrize("name", list(SCREENS))
def test_every_screen_reads_well(new_context: OpenContext, language: str, name: str) -> None:
    page = new_context(**DESKTOP).new_page()
    reads_well = on_two_screens(page)
    log_in(page, name)
    response_id = one()
    for path in SCREENS[name]:
        address = path.replace("RESPONSE", response_id)
        page.goto(address + ("&" if "?" in address else "?") + f"lang={language}")
        expect(page.locator("h1")).to_have_count(1)
        reads_well()


@pytest.mark.parametrize("language", ["he", "ar", "en", "ru"])
def test_pages_without_a_login_read_well(new_context: OpenContext, language: str) -> None:
    page = new_context(**SMALL).new_page()
    for path in ("/login", "/accessibility", "/privacy", "/nowhere"):
        page.goto(f"{path}?lang={language}")
        assert_reads_well(page)


def test_open_parts_read_well(at_desk: Callable[[str], Page]) -> None:
    page = at_desk("management")
    for path in (REVIEW, f"{REVIEW}/branches/101"):
        page.goto(path)
        page.evaluate("() => document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        assert_reads_well(page)


def test_the_map_is_drawn_and_leads_to_a_branch(at_desk: Callable[[str], Page]) -> None:
    page = at_desk("management")
    page.goto(REVIEW)
    page.locator("#map").scroll_into_view_if_needed()  # a drawing is made once it is seen
    points = page.locator(".plot .scatterlayer .point")
    expect(points).to_have_count(4)
    names = page.locator(".plot .legendtext")
    assert all(text.startswith("\u2067") for text in names.all_text_contents())
    points.first.scroll_into_view_if_needed()
    place = points.first.bounding_box()
    assert place is not None
    # The drawing's own layer lies over its points, so a hand is needed and not a click on the element.
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2, steps=5)
    expect(page.locator(".plot .hoverlayer .hovertext")).to_have_count(1)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile(r"/branches/10[1-4]$"))


def test_nothing_offers_to_send_the_chart_away(at_desk: Callable[[str], Page]) -> None:
    page = at_desk("management")
    page.goto(REVIEW)
    page.locator(".plot").first.scroll_into_view_if_needed()
    expect(page.locator(".modebar-btn").first).to_be_attached()
    page.locator(".plot").first.hover()
    titles = page.locator(".modebar-btn").evaluate_all("(all) => all.map((one) => one.dataset.title)")
    assert titles
    assert not [title for title in titles if title and ("Cloud" in title or "Share" in title or title.isascii())]


def test_the_month_is_signed_by_keyboard(at_desk: Callable[[str], Page]) -> None:
    page = at_desk("management")
    page.goto(REVIEW)
    button = page.get_by_role("button", name="אישור אוקטובר 2026")
    button.focus()
    page.keyboard.press("Enter")
    summary = page.locator("#errors")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^שגיאה:"))
    summary.get_by_role("link").press("Enter")
    expect(page.locator("#confirm")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("section:has(#sign-off) [role=status]")).to_contain_text("החודש אושר")


def test_the_first_key_leads_to_the_content(at_desk: Callable[[str], Page]) -> None:
    page = at_desk("management")
    page.goto(REVIEW)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="דילוג לתוכן")
    expect(skip).to_be_focused()
    assert (skip.bounding_box() or {"y": -1})["y"] >= 0
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_focus_can_be_seen(at_desk: Callable[[str], Page]) -> None:
    page = at_desk("management")
    page.goto("/account")
    seen = 0
    for _ in range(25):
        page.keyboard.press("Tab")
        width = page.evaluate("() => parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        style = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        if page.evaluate("() => document.activeElement !== document.body"):
            assert style != "none"
            assert width >= 2
            seen += 1
    assert seen > 15


def test_the_review_needs_no_scripts(without_scripts: Page) -> None:
    page = without_scripts
    log_in(page, "management")
    page.goto(REVIEW)
    page.locator("#region").select_option("צפון")
    page.get_by_role("button", name="סינון").click()
    expect(page.locator(".ranking tbody th[scope=row]")).to_have_count(3)
    page.locator(".ranking thead").get_by_role("link", name="סקרים").click()
    expect(page.locator(".ranking tbody th[scope=row]").first).to_contain_text("חיפה ראשי")
    page.locator("summary", has_text="המפה כטבלה").click()
    expect(page.locator("details.data table").first).to_be_visible()


def test_a_click_too_many_signs_once(at_desk: Callable[[str], Page]) -> None:
    page = at_desk("management")
    page.goto(REVIEW)
    page.locator("#confirm").check()
    page.get_by_role("button", name="אישור אוקטובר 2026").dblclick()
    expect(page.locator("#sign-off")).to_be_visible()
    page.goto(REVIEW)
    expect(page.get_by_text("המספרים למעלה הם אלה שאושרו")).to_be_visible()


def test_numbers_keep_their_signs_in_front(at_desk: Callable[[str], Page]) -> None:
    """What a person sees: in a line of Hebrew the sign stands left of its number."""
    page = at_desk("management")
    page.goto(f"{REVIEW}/branches/104")
    places = page.evaluate(
        """() => {
            const found = [...document.querySelectorAll('.tiles bdi[dir=ltr]')]
                .find((one) => /^[-+]\\d/.test(one.textContent.trim()));
            const text = found.firstChild, range = document.createRange();
            const at = (from) => {
                range.setStart(text, from);
                range.setEnd(text, from + 1);
                return range.getBoundingClientRect().left;
            };
            return [at(0), at(1)];
        }"""
    )
    assert places[0] < places[1]


def test_ten_thousand_branches_stay_usable(at_desk: Callable[[str], Page]) -> None:
    with setting() as make:
        make.session.add_all(
            Branch(bank="77", code=str(number), name=f"סניף {number}", city="חיפה") for number in range(10_000, 20_000)
        )
    page = at_desk("administrator")
    page.goto("/organisation")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.locator("#q").fill("סניף 19999")
    page.locator("#q").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
