"""Takes the pictures of the documents anew, from a freshly loaded demo bank: ``make pictures``."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from survey_app import demo
from survey_app.app import create_app
from survey_app.cli.support import Progress
from survey_app.config import Settings
from survey_app.db import Database, bind
from survey_app.migrations import upgrade
from survey_app.permissions import Role
from tests.support.browser import launch
from tests.support.server import serving

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
DESK, PHONE = (1280, 1000), (390, 780)


@dataclass(frozen=True)
class Picture:
    """One picture: its file, who looks at what on which screen. ``{…}`` in a path is filled from the demo's summary."""

    name: str
    path: str
    role: Role | None = None
    size: tuple[int, int] = DESK


PICTURES = (
    Picture("review-he", "/reviews/{month}", Role.MANAGEMENT),
    Picture("map-he", "/reviews/{month}#map", Role.MANAGEMENT),
    Picture("branch-he", "/reviews/{month}/branches/{branch}", Role.MANAGEMENT),
    Picture("survey-he", "/s/{token}", size=PHONE),
    Picture("shops-he", "/shops", Role.SHOPPER, PHONE),
    Picture("quality-he", "/quality", Role.QUALITY_REVIEWER),
)


def log_in(page: Page, address: str, login: demo.Login) -> None:
    """Log in as one of the demo's people."""
    page.goto(f"{address}/login?lang=he")
    page.fill("input[name=email]", login.email)
    page.fill("input[name=password]", login.password)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")


def take(address: str, summary: demo.Summary) -> None:
    """Take every picture from a served demo bank."""
    filled = {"month": summary.month, "branch": summary.branch_code, "token": summary.tokens["he"]}
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for picture in PICTURES:
            width, height = picture.size
            context = browser.new_context(viewport={"width": width, "height": height}, locale="he-IL")
            page = context.new_page()
            if picture.role is not None:
                log_in(page, address, summary.login(picture.role))
            page.goto(address + picture.path.format(**filled))
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / f"{picture.name}.png")
            sys.stderr.write(f"{picture.name}.png\n")
            context.close()
        browser.close()


def main() -> None:
    """Load, serve, take."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(data_dir=Path(folder), database_url=f"sqlite:///{folder}/pictures.db")
        database = Database(settings.database_url)
        bind(database)
        upgrade(database)
        with Progress() as progress:
            summary = demo.load(settings, progress=progress)
        with serving(create_app(settings).wsgi_app) as address:
            take(address, summary)
        database.close()


if __name__ == "__main__":
    main()
