"""How states and choices of the fieldwork are called on its pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from survey_app.models.programme import ACTIVE, CLOSED, DRAFT
from survey_app.queries import certificates
from translations import lazy_gettext as _l

DAYS: Final[Mapping[str, Any]] = {
    "sun": _l("Sunday"), "mon": _l("Monday"), "tue": _l("Tuesday"), "wed": _l("Wednesday"), "thu": _l("Thursday"),
    "fri": _l("Friday"), "sat": _l("Saturday"),
}  # fmt: skip
#: State of a programme -> (words, kind of badge).
STATES: Final[Mapping[str, tuple[Any, str]]] = {
    DRAFT: (_l("Draft"), "warn"),
    ACTIVE: (_l("Runs"), "good"),
    CLOSED: (_l("Closed"), ""),
}
PHOTO_NAMES: Final[Mapping[str, Any]] = {
    "none": _l("No photos"),
    "outside": _l("From outside the branch only"),
    "anywhere": _l("Also inside, never of people or papers"),
}
APPROVAL_NAMES: Final[Mapping[str, Any]] = {
    "coordinator": _l("Field coordination decides"),
    "auto": _l("The rule: whoever asks first and may make it"),
}
#: Where somebody stands with a quiz -> (words, kind of badge).
STANDINGS: Final[Mapping[str, tuple[Any, str]]] = {
    certificates.CERTIFIED: (_l("Certified"), "good"),
    certificates.ENDING: (_l("Runs out soon"), "warn"),
    certificates.ENDED: (_l("Ran out"), "bad"),
    certificates.FAILED: (_l("Tried, not passed"), "warn"),
    certificates.BARRED: (_l("No tries left"), "bad"),
    certificates.NEVER: (_l("Not tried yet"), ""),
}
