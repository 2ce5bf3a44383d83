"""The seven stops of the meeting about a month, in the order in which it runs: presenter mode is the agenda."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from translations import lazy_gettext as _l

#: Code of a stop -> what it is called. How many minutes each has is policy (``stop_minutes``).
STOPS: Final[Mapping[str, Any]] = {
    "last": _l("What was decided last time, and whether it worked"),
    "story": _l("One customer's story"),
    "apart": _l("Branches that can be told apart"),
    "map": _l("Service and profitability"),
    "changes": _l("What has changed"),
    "cases": _l("Open cases and recognition"),
    "decisions": _l("New decisions and sign-off"),
}
#: Where else something is decided, by whoever leads a branch as well: no meeting has to be in session for it.
OUTSIDE: Final[Mapping[str, Any]] = {"employees": _l("What employees say")}
