"""Why a message was held, cancelled, refused or left unclear: codes that are stored, and their words.

A stored reason is a code, or a code and the carrier's own number (``refused 550``): never an address, never a word of
the carrier's, which may repeat the address.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from translations import lazy_gettext as _l

#: The first pause before another try; each further one is twice as long, up to the longest.
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=6)
#: Pauses differ by up to so much of themselves, so that what failed together does not come back together.
JITTER: Final = 0.25

#: Code -> words. First what became of the case before the message left, then what carriers answered.
REASONS: Final[Mapping[str, Any]] = {
    "expired": _l("Could not be sent in time"),
    "answered": _l("The survey was answered before"),
    "revoked": _l("The invitation was withdrawn"),
    "opted_out": _l("Asked for no more surveys"),
    "refused_before": _l("Refused before, or was not a customer there"),
    "employee": _l("Is an employee"),
    "open_case": _l("Has an open case"),
    "no_contact": _l("The contact was cleared"),
    "ended": _l("The campaign has ended"),
    "paused": _l("The campaign is paused"),
    "quiet": _l("Waits for the hours of sending"),
    "too_long": _l("The text takes more parts than are allowed"),
    "not_set_up": _l("The channel is not set up"),
    "refused": _l("The carrier refused the message"),
    "no_recipient": _l("The address does not exist or takes no messages"),
    "unavailable": _l("The carrier could not be reached"),
    "busy": _l("The carrier asked for a pause"),
    "not_let_in": _l("The carrier does not accept our login or sender"),
    "not_understood": _l("The carrier's answer was not understood"),
    "undelivered": _l("The carrier reported that it was not delivered"),
    "connection_lost": _l("The connection broke while the carrier was answering"),
    "worker_lost": _l("The worker ended while it was sending"),
    "decided_sent": _l("A person decided that it was sent"),
}


def pause(attempts: int, share: float) -> timedelta:
    """How long to wait after so many tries. ``share`` (0–1) is drawn by the caller and sets the jitter."""
    doubled: int = 1 << min(max(attempts, 1) - 1, 20)
    plain = min(FIRST_PAUSE * doubled, LONGEST_PAUSE)
    return max(FIRST_PAUSE, plain * (1 - JITTER + 2 * JITTER * share))


def said(stored: str) -> str:
    """A stored reason in the reader's language, with the carrier's number where there is one."""
    code, _space, number = stored.partition(" ")
    words = str(REASONS.get(code, REASONS["not_understood"]))
    return f"{words} ({number})" if number else words
