"""Pictures of the monthly review: the month's page, a branch's preview, the meeting, its decisions and its files."""

from __future__ import annotations

import base64
import io
from urllib.parse import urljoin

import pypdfium2
from playwright.sync_api import Page, expect

from survey_app import jobs
from survey_app.permissions import Role
from tests.support.picture import PHONE, Picture, shown

#: A weight of service that is not the official one, in percent.
_OTHER_WEIGHT = "80"
#: Pages of the printed month that are shown, and how large: points × this.
_PAGES, _SCALE = 2, 1.05
_DECISION = "בדיקת זמני ההמתנה בסניף בשעות הבוקר, ותגבור בימי ראשון"


# ---- what is done before a picture is taken --------------------------------------------------------------------------


def _at(selector: str, page: Page) -> None:
    """Wait until the drawings of a part are there, and bring it to the top."""
    part = page.locator(selector).first
    part.scroll_into_view_if_needed()
    plots = part.locator(".plot")
    for place in range(plots.count()):
        expect(plots.nth(place).locator("svg.main-svg").first).to_be_visible()
    shown(page, selector)


def _weigh(page: Page) -> None:
    """Move the slider, and wait until places have moved."""
    page.locator("#w").evaluate(
        "(one, weight) => { one.value = weight; one.dispatchEvent(new Event('input', {bubbles: true})); }",
        _OTHER_WEIGHT,
    )
    expect(page.locator("#other-weights .moved:not(:empty)").first).to_be_visible()
    shown(page, "#other-weights")


def _into_the_room(page: Page) -> None:
    """Begin the review where nobody has, and come back to the screen that was asked for."""
    address = page.url
    begin = page.locator("form[action$='/meeting/begin'] button")
    if begin.count():
        with page.expect_navigation():
            begin.first.click()
        page.goto(address)
        page.wait_for_load_state("networkidle")


def _decide(page: Page) -> None:
    """At a stop of the meeting: the words of a new decision."""
    _into_the_room(page)
    page.locator("#panel textarea").first.fill(_DECISION)


def _print(page: Page) -> None:
    """Have the files made, and show the first pages of the PDF."""
    address = page.url
    with page.expect_navigation():
        page.locator("form[action$='/pack'] button.primary").click()
    jobs.run_ready()
    page.goto(address)
    link = page.locator("ul.files a[href$='/pdf']").first.get_attribute("href") or ""
    with pypdfium2.PdfDocument(page.request.get(urljoin(address, link)).body()) as pdf:
        drawn = [pdf[at].render(scale=_SCALE).to_pil() for at in range(_PAGES)]
    images = []
    for one in drawn:
        written = io.BytesIO()
        one.save(written, "PNG")
        images.append(f'<img alt="" src="data:image/png;base64,{base64.b64encode(written.getvalue()).decode()}">')
    page.goto("about:blank")
    page.set_viewport_size({"width": 1280, "height": drawn[0].height + 32})
    page.set_content(
        '<body dir="rtl" style="margin:16px;display:flex;justify-content:center;gap:16px;background:#d8dde1">'
        + "".join(images)
    )


MEETING = (
    Picture("review-he", "/reviews/{month}", Role.MANAGEMENT),
    Picture("weights-he", "/reviews/{month}", Role.MANAGEMENT, before=_weigh),
    Picture("map-he", "/reviews/{month}", Role.MANAGEMENT, before=lambda page: _at("#map-part", page)),
    Picture(
        "drivers-he", "/reviews/{month}", Role.MANAGEMENT, before=lambda page: _at("section:has(> #drivers)", page)
    ),
    Picture("review-phone-he", "/reviews/{month}", Role.MANAGEMENT, PHONE),
    Picture("branch-he", "/reviews/{month}/branches/{branch}", Role.MANAGEMENT),
    Picture("receipt-he", "/reviews/{month}/branches/{branch}/receipt/csat", Role.MANAGEMENT),
    Picture("preview-he", "/reviews/{month}/preview", Role.BRANCH_MANAGER, before=lambda page: shown(page, "main h1")),
    Picture("marked-he", "/marks?answered=1", Role.DEPARTMENT_HEAD),
    # From here on the review of the month has begun: branches answer no more.
    Picture("last-he", "/reviews/{month}/meeting/last", Role.MANAGEMENT, before=_into_the_room),
    Picture("room-he", "/reviews/{month}/meeting/apart", Role.MANAGEMENT, before=_into_the_room),
    Picture("decision-he", "/reviews/{month}/meeting/changes?at=2&panel=decision", Role.MANAGEMENT, before=_decide),
    Picture("decisions-he", "/decisions?cut=all", Role.MANAGEMENT),
    Picture("pack-he", "/reviews/{month}/pack", Role.MANAGEMENT, before=_print),
    Picture("rank-sets-he", "/analysis/rank-sets", Role.ANALYST),
)
