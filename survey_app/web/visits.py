"""How a mystery visit's states are called, for the shopper, the coordinator and the reviewer alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from survey_app.models import fieldwork, response
from translations import lazy_gettext as _l

#: State of an assignment -> (words, kind of badge).
ASSIGNMENTS: Final[Mapping[str, tuple[Any, str]]] = {
    fieldwork.PLANNED: (_l("Planned"), ""),
    fieldwork.OPEN: (_l("On the job board"), ""),
    fieldwork.CLAIMED: (_l("Asked for"), "warn"),
    fieldwork.ASSIGNED: (_l("To be visited"), ""),
    fieldwork.SUBMITTED: (_l("Awaits review"), "warn"),
    fieldwork.RETURNED: (_l("Sent back"), "bad"),
    fieldwork.APPROVED: (_l("Approved"), "good"),
    fieldwork.REJECTED: (_l("Rejected"), "bad"),
    fieldwork.VOIDED: (_l("Voided"), ""),
    fieldwork.MISSED: (_l("Missed"), "bad"),
    fieldwork.CANCELLED: (_l("Cancelled"), ""),
}
#: State of a report -> (words, kind of badge).
REPORTS: Final[Mapping[str, tuple[Any, str]]] = {
    response.PENDING: (_l("Awaits review"), "warn"),
    response.RETURNED: (_l("Sent back"), "bad"),
    response.COUNTED: (_l("Approved"), "good"),
    response.EXCLUDED: (_l("Excluded"), "bad"),
    response.REJECTED: (_l("Rejected"), "bad"),
    response.VOIDED: (_l("Voided"), ""),
}
