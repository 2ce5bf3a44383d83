"""Words of a case as they are kept."""

from __future__ import annotations

from typing import Final

from survey_app.errors import UserError
from translations import gettext as _

#: Characters of one entry of the log, of a solution and of a lesson.
LONGEST: Final = 4_000


def written(words: str, place: str, *, needed: bool = False) -> str:
    """Words as they are kept. UserError where they are missing or too long."""
    text = words.strip()
    message = ""
    if needed and not text:
        message = _("Please write something here.")
    elif len(text) > LONGEST:
        message = _("Write at most %(max)s characters.", max=LONGEST)
    if message:
        raise UserError(message, [(place, message)])
    return text
