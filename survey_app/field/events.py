"""What can happen to a visit on its way. The codes are stored with :class:`survey_app.models.fieldwork.VisitEvent`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from translations import lazy_gettext as _l

#: Code -> what happened, in words. A new happening is a line here.
EVENTS: Final[Mapping[str, Any]] = {
    "planned": _l("Planned"),
    "offered": _l("Put on the job board"),
    "claimed": _l("Asked for"),
    "waiting": _l("Joined the waiting list"),
    "withdrawn": _l("No longer asked for"),
    "refused": _l("The request was declined"),
    "given": _l("Given to a shopper"),
    "declined": _l("Not wanted by the shopper"),
    "handed_back": _l("Handed back"),
    "released": _l("Taken back by coordination"),
    "replaced": _l("The shopper was replaced"),
    "moved": _l("Days changed"),
    "repriced": _l("Fee or expense cap changed"),
    "reminded": _l("Reminded"),
    "missed": _l("Nobody went"),
    "cancelled": _l("Cancelled"),
    "submitted": _l("The report came in"),
    "returned": _l("Sent back with questions"),
    "approved": _l("Approved"),
    "rejected": _l("Rejected"),
    "voided": _l("Voided"),
    "copied": _l("Another report came for the same visit"),
    "answered_later": _l("A late item was answered"),
    "lapsed": _l("A late item was not answered in time"),
    "appealed": _l("An appeal was filed"),
    "appeal_decided": _l("An appeal was decided"),
}
