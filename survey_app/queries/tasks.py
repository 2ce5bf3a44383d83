"""What a list of today's work is made of: a task, how pressing it is, and what one source has of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from survey_app import clock
from translations import format_date, isolate_ltr
from translations import lazy_gettext as _l

#: How pressing a task is; the list is in this order.
LATE, TODAY, SOON, SOME_TIME = range(4)
URGENCY: Final[Mapping[int, tuple[Any, str]]] = {
    LATE: (_l("Late"), "bad"),
    TODAY: (_l("Today"), "warn"),
    SOON: (_l("Within the week"), ""),
    SOME_TIME: (_l("When there is time"), ""),
}
#: Tasks of one source that are listed; the rest is a number and a link.
MOST: Final = 40
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class Task:
    """One thing to do: what, why, by when, and the page on which it is done."""

    source: str
    urgency: int
    title: str
    detail: str
    path: str
    act: str
    due: date | None = None


@dataclass(frozen=True)
class Found:
    """What one source has: its most pressing tasks, how many there are, and where all of them are."""

    tasks: list[Task]
    total: int
    path: str = ""


def by(day: date | None) -> int:
    """How pressing a day is."""
    if day is None:
        return SOME_TIME
    today = clock.today()
    return LATE if day < today else TODAY if day == today else SOON if day <= today + _WEEK else SOME_TIME


def day(value: date) -> str:
    """A day as the reader's language writes it, in one piece beside words of another direction."""
    return isolate_ltr(format_date(value))
