"""Why a mystery shopper makes no visit at a bank, in a region or at one branch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from translations import lazy_gettext as _l

REASONS: Final[Mapping[str, Any]] = {
    "own_account": _l("Has an account there"),
    "relative": _l("A relative or a close friend works there"),
    "former_work": _l("Worked there"),
    "works_there": _l("Works there, or supplies it"),
    "dispute": _l("Is in a dispute with it"),
    "known": _l("Is known to the staff"),
    "other": _l("Another reason"),
}
#: How far a conflict reaches.
PLACES: Final[Mapping[str, Any]] = {
    "branch": _l("One branch"),
    "region": _l("A whole region"),
    "bank": _l("A whole bank"),
}
