"""Takes the pictures of the documents anew, from a freshly loaded demo bank: ``make pictures``.

``make pictures PICTURES="editor-he trial-he"`` takes only some of them.
"""

from __future__ import annotations

import csv
import io
import sys
import tempfile
from collections.abc import Collection
from datetime import datetime, time, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from survey_app import clock, demo
from survey_app.app import create_app
from survey_app.audit import Actor
from survey_app.cli.support import Progress
from survey_app.commands import invitations, questionnaires
from survey_app.config import Settings
from survey_app.db import Database, bind, reading
from survey_app.migrations import upgrade
from survey_app.models import Branch, CollectionPoint
from survey_app.permissions import Role, Scope
from survey_app.queries import organisation
from survey_app.transaction import transaction
from tests.support.browser import launch
from tests.support.clocks import FrozenClock
from tests.support.documents import ALL_TYPES, document
from tests.support.picture import PHONE, TABLET, Picture, shown
from tests.support.pictures_field import FIELDWORK, numbers
from tests.support.pictures_loop import LOOP, cases
from tests.support.pictures_meeting import MEETING
from tests.support.server import serving, under_clock

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
#: Colours of a picture: screens have few, and so its file is a third as large.
COLOURS = 256


# ---- what is done before a picture is taken --------------------------------------------------------------------------


def _open_part(page: Page) -> None:
    """On a phone the parts of the editor stand under one another: the one that is open, from its head."""
    shown(page, "#part")


def _choose_and_rank(page: Page) -> None:
    """Choose several, one of them in words, and rank two."""
    page.locator("[name=liked][value=people]").check()
    page.locator("[name=liked][value=other]").check()
    page.locator("#liked_other").fill("הקפה במטבחון")
    for place, code in ((1, "advice"), (2, "wait")):
        page.locator(f"select[name=wishes]:has(option[value='{code}:{place}'])").select_option(f"{code}:{place}")
    shown(page, ".question:has([name=liked])")


def _answer_items(page: Page) -> None:
    """Answer two pages of a visit, one item against the bank, and look at the score beside the third."""
    page.locator("main .phone button[value=next]").click()
    page.wait_for_load_state("networkidle")
    for _page in range(2):
        items = page.locator("main .phone input[type=radio]")
        for name in dict.fromkeys(items.evaluate_all("all => all.map(one => one.name)")):
            page.locator(f"main .phone input[name='{name}']").nth(int(name == "A4")).check()
        page.locator("main .phone button[value=next]").click()
        page.wait_for_load_state("networkidle")


def _send_unhappy(page: Page) -> None:
    """Go through a survey as somebody who was let down, to the thanks and what may be added."""
    for code, value in (("pv1", 2), ("pv8", 3)):
        page.locator(f"input[name={code}][value='{value}']").check()
        with page.expect_navigation():
            page.locator("#survey button[value=next]").click()


def _to_the_figures(page: Page) -> None:
    """On the check: what will be sent, and with what power."""
    shown(page, "main h2")


def _take_a_call(page: Page) -> None:
    """Ask for the next call."""
    with page.expect_navigation():
        page.locator("main form[action$='/calls/next'] button.primary").click()


def _bring_history(page: Page) -> None:
    """Bring a file of another system and go on to its preview."""
    page.locator("main input[type=file]").set_input_files(
        {"name": "branch-survey-2025.csv", "mimeType": "text/csv", "buffer": _old_answers()}
    )
    page.locator("main form:has(input[type=file]) button.primary").click()
    for _step in range(2):
        page.wait_for_load_state("networkidle")
        page.locator("main form .buttons .primary").first.click()
    page.wait_for_load_state("networkidle")
    page.locator("main .rows details").evaluate_all("all => all.forEach((one, at) => { one.open = at === 0; })")
    shown(page, "main h1")


def _old_answers() -> bytes:
    """Responses as another system would have written them: other names of columns, a satisfaction of five degrees."""
    with reading() as session:
        branches = [one.code for one in organisation.branches(session, Scope(), limit=6)]
    last = clock.today() - timedelta(days=400)
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["Response ID", "Branch", "Visit date", "pv1", "NPS", "Language"])
    for number in range(240):
        day = last - timedelta(days=number % 60)
        satisfied = 5 - (number * 7 % 11) // 4
        recommends = 10 - (number * 5 % 13) // 3
        branch = branches[number % len(branches)]
        table.writerow([f"K-{1000 + number}", branch, f"{day:%d/%m/%Y}", satisfied, recommends, "he"])
    return text.getvalue().encode()


PICTURES = (
    *MEETING,
    Picture("survey-he", "/s/{token}", size=PHONE),
    Picture("types-he", "/s/{types}", size=PHONE, before=_choose_and_rank),
    *FIELDWORK,
    *LOOP,
    Picture("editor-he", "/questionnaires/post_visit_branch/edit?at=questions.wait_felt", Role.ANALYST),
    Picture(
        "editor-phone-he",
        "/questionnaires/post_visit_branch/edit?at=questions.wait_felt",
        Role.ANALYST,
        PHONE,
        _open_part,
    ),
    Picture("translate-he", "/questionnaires/post_visit_branch/translate?to=ar", Role.ANALYST),
    Picture("trial-he", "/questionnaires/branch_mystery_visit/trial", Role.ANALYST, before=_answer_items),
    Picture("publish-he", "/questionnaires/post_visit_branch/publish", Role.ANALYST),
    Picture("history-he", "/questionnaires/post_visit_branch/history", Role.ANALYST, before=_bring_history),
    Picture("campaigns-he", "/campaigns", Role.ANALYST),
    Picture("campaign-words-he", "/campaigns/after_visit/plan/words", Role.ANALYST),
    Picture("campaign-check-he", "/campaigns/after_visit/plan/check", Role.ANALYST, before=_to_the_figures),
    Picture("progress-he", "/campaigns/after_visit/progress", Role.MANAGEMENT),
    Picture("survey-ar", "/s/{arabic}", size=PHONE),
    Picture("poster-he", "/points/{poster}", Role.ANALYST),
    Picture("kiosk-he", "/kiosk/{tablet}", size=TABLET),
    Picture("call-he", "/calls", Role.INTERVIEWER, before=_take_a_call),
    Picture("integrity-he", "/integrity", Role.ANALYST),
    # The last one: it uses the invitation that the first page is taken of.
    Picture("thanks-he", "/s/{token}", size=PHONE, before=_send_unhappy),
)


def log_in(page: Page, address: str, login: demo.Login) -> None:
    """Log in as one of the demo's people."""
    page.goto(f"{address}/login?lang=he")
    page.fill("input[name=email]", login.email)
    page.fill("input[name=password]", login.password)
    with page.expect_navigation():
        page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")


def invite_to_all_types(summary: demo.Summary) -> str:
    """Publish a questionnaire that has every type of question; gives the token of a link to it."""
    with transaction(Actor.system("pictures"), "invitation.add") as session:
        questionnaires.bring_in(session, document(ALL_TYPES), publish=True)
        campaign = questionnaires.standing_campaign(session, ALL_TYPES)
        branch = organisation.branch_by_code(session, summary.branch_code)
        return invitations.invite(session, campaign, branch, clock.today()).token


def points(summary: demo.Summary) -> dict[str, object]:
    """The number of a poster and the secret address of a tablet of the demo's own branch."""
    with reading() as session:
        found = session.scalars(
            select(CollectionPoint)
            .join(Branch, CollectionPoint.branch_id == Branch.id)
            .where(Branch.code == summary.branch_code)
        )
        by_kind = {one.kind: one for one in found}
    return {"poster": by_kind["poster"].id, "tablet": by_kind["kiosk"].token}


def working_hour() -> datetime:
    """Eleven o'clock of the last working day before today: calls are handed out then, whenever pictures are taken."""
    day = clock.today() - timedelta(days=1)
    while not clock.is_working_day(day):
        day -= timedelta(days=1)
    return datetime.combine(day, time(11), tzinfo=clock.TIME_ZONE)


def smaller(path: Path) -> None:
    """Write a picture anew with few colours."""
    Image.open(path).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def take(address: str, summary: demo.Summary, wanted: Collection[str]) -> None:
    """Take pictures from a served demo bank: those wanted, or every one."""
    filled = {
        "month": summary.month,
        "branch": summary.branch_code,
        "token": summary.tokens["he"],
        "arabic": summary.tokens["ar"],
        "types": invite_to_all_types(summary),
        **points(summary),
        **numbers(summary.login(Role.SHOPPER)),
        **cases(summary.login(Role.AGENT)),
    }
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for picture in (one for one in PICTURES if not wanted or one.name in wanted):
            width, height = picture.size
            context = browser.new_context(viewport={"width": width, "height": height}, locale="he-IL")
            page = context.new_page()
            if picture.role is not None:
                log_in(page, address, summary.login(picture.role))
            answer = page.goto(address + picture.path.format(**filled))
            if answer is None or not answer.ok:
                raise RuntimeError(f"{picture.name}: {page.url} is no page to show")
            page.wait_for_load_state("networkidle")
            if picture.before is not None:
                picture.before(page)
            page.screenshot(path=FOLDER / f"{picture.name}.png")
            smaller(FOLDER / f"{picture.name}.png")
            sys.stderr.write(f"{picture.name}.png\n")
            context.close()
        browser.close()


def main() -> None:
    """Load, serve, take. Arguments name the pictures to take; without any, all are."""
    frozen = FrozenClock()
    frozen.move_to(working_hour())
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(data_dir=Path(folder), database_url=f"sqlite:///{folder}/pictures.db")
        database = Database(settings.database_url)
        bind(database)
        upgrade(database)
        with Progress() as progress:
            summary = demo.load(settings, progress=progress)
        with serving(under_clock(create_app(settings).wsgi_app, frozen)) as address:
            take(address, summary, sys.argv[1:])
        database.close()


if __name__ == "__main__":
    main()
