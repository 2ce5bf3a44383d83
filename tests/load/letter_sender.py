"""A worker that sends letters and is killed at its first one: a process of its own.

:func:`main` is given ``{"database": …, "smtp": …, "point": "before" | "after" | ""}``.
"""

from __future__ import annotations

from typing import Any

from survey_app import clock, db
from survey_app.outgoing import letters
from survey_app.outgoing.mail import Mail
from tests.load.sender import after, before, settings_of
from tests.support.clocks import MOMENT

#: Point -> how a sending is struck.
POINTS = {"before": before, "after": after}


def main(given: dict[str, Any]) -> None:
    """Send what is due, as far as the worker lives."""
    db.bind(db.Database(given["database"]))
    if given["point"]:
        setattr(Mail, "send", POINTS[given["point"]](Mail.send, lambda: True))  # noqa: B010 - mypy knows no patching
    with clock.moved_to(MOMENT):
        letters.run(settings_of(given))
