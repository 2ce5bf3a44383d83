"""What a picture of the documents is: who looks at what, on which screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from survey_app.permissions import Role

DESK, PHONE, TABLET = (1280, 1000), (390, 780), (1024, 768)


@dataclass(frozen=True)
class Picture:
    """One picture: its file, who looks at what on which screen. ``{…}`` in a path is filled from the demo's summary."""

    name: str
    path: str
    role: Role | None = None
    size: tuple[int, int] = DESK
    #: What is done on the page before the picture is taken.
    before: Callable[[Page], None] | None = None


def shown(page: Page, selector: str) -> None:
    """Bring a part of the page to the top of the window."""
    page.locator(selector).first.evaluate("one => one.scrollIntoView({block: 'start'})")
