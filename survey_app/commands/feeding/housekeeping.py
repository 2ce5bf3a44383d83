"""What feeding leaves to be destroyed when its time is over: refused rows, old entries of lists, remembered calls."""

from __future__ import annotations

from survey_app.audit import Actor
from survey_app.commands import exclusions, tokens
from survey_app.commands.feeding import folder, runs
from survey_app.transaction import transaction

_QUIET = Actor.respondent()


def sweep() -> None:
    """Destroy all of it, each part in a transaction of its own."""
    for part in (runs.sweep, exclusions.sweep, tokens.sweep):
        with transaction(_QUIET, "feed.sweep") as session:
            part(session)
    folder.tidy()
