"""Why a comment is not in a branch's hands. Marking one sends it to a department and changes no score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from translations import lazy_gettext as _l

REASONS: Final[Mapping[str, Any]] = {
    "fees": _l("Fees and prices"),
    "app": _l("The app and the website"),
    "phone": _l("The telephone centre"),
    "policy": _l("The bank's policy"),
    "building": _l("The building and its equipment"),
    "other": _l("Something else"),
}
