"""A tablet for tests: its point, a browser that may lose its connection, and what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select

from forms.questionnaire import library
from forms.questionnaire.definition import dump
from survey_app import db
from survey_app.commands import points, questionnaires
from survey_app.models import Response
from tests.support.factories import setting

SURVEY = "post_visit_branch"
SINCE = date(2026, 1, 1)
TOKEN = "a-tablet-s-own-secret"
HOME = f"/kiosk/{TOKEN}"
TABLET: dict[str, Any] = {"viewport": {"width": 1024, "height": 768}, "has_touch": True}


def stand_up(changes: Mapping[str, Any] | None = None) -> None:
    """A branch with a tablet; ``changes`` are keys of the survey's first question."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        publish(make, changes)
        campaign = make.campaign(SURVEY, opens=SINCE)
        campaign.open_link = True
        branch = make.branch(code="101", region=None, name="סניף <Azrieli> 101")
        point = points.create(make.session, branch=branch, campaign=campaign, kind="kiosk")
        point.token = TOKEN


def publish(make: Any, changes: Mapping[str, Any] | None = None, notice: str | None = None) -> int:
    """Publish the survey, changed; gives the version's number."""
    document = dump(library.load(SURVEY))
    document["sections"][0]["questions"][0] |= dict(changes or {})
    if notice is not None:
        document["notice"]["he"] = notice
    version, _new = questionnaires.bring_in(make.session, document, publish=True)
    return int(version.number)


def responses() -> list[Response]:
    """Everything that arrived."""
    with db.reading() as session:
        return list(session.scalars(select(Response)))


@contextmanager
def tablet(browser: Browser, address: str, **more: Any) -> Iterator[BrowserContext]:
    """A tablet's browser: not watched for failed calls, since its connection is what is tried."""
    options = {"base_url": address, "locale": "he-IL", "reduced_motion": "reduce", **TABLET, **more}
    context = browser.new_context(**options)
    context.set_default_timeout(10_000)
    yield context
    context.close()


def opened(context: BrowserContext) -> Page:
    """The first screen, once everything is kept for a time without connection."""
    page = context.new_page()
    page.goto(HOME)
    page.wait_for_function("() => document.body.dataset.kept === 'kept'")
    return page


def begin(page: Page, language: str = "he") -> None:
    """Choose a language."""
    with page.expect_navigation(url=f"**{HOME}/in/{language}"):
        page.locator(f".tongue[lang={language}]").click()


def answer_all(page: Page) -> None:
    """Tick the first choice of every question, leaf by leaf, until the thanks."""
    while page.locator("#thanks").is_hidden():
        for group in page.locator(".leaf:not(.away) fieldset:visible").all():
            group.locator("input").first.check()
        place = page.locator("#progress").inner_text()
        page.locator("#next").click()
        page.wait_for_function(
            "(before) => !document.getElementById('thanks').hidden"
            " || document.getElementById('progress').textContent !== before",
            arg=place,
        )


def held(page: Page) -> int:
    """How many answers the tablet's own store holds."""
    return int(page.evaluate("() => waiting.count()"))


def sent_all(page: Page) -> None:
    """Wait until the tablet holds nothing any more."""
    page.wait_for_function("() => document.body.dataset.held === '0'")
