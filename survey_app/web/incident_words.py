"""Words of the screens of incidents: states of incidents and of people, ways of reaching somebody, what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from translations import lazy_gettext as _l

#: State -> (what it is called, the sort of badge).
STATES: Final[Mapping[str, tuple[Any, str]]] = {
    "proposed": (_l("Proposed"), "warn"),
    "open": (_l("Open"), "bad"),
    "closed": (_l("Closed"), "good"),
    "dismissed": (_l("No incident"), ""),
}
#: State of a customer -> (what it is called, the sort of badge).
PEOPLE: Final[Mapping[str, tuple[Any, str]]] = {
    "reached": (_l("Reached"), "good"),
    "sent": (_l("Sent, not known to be reached"), ""),
    "waiting": (_l("Waits for the message"), ""),
    "unreachable": (_l("Could not be reached"), "bad"),
    "no_contact": (_l("No telephone and no e-mail"), "warn"),
}
WAYS: Final[Mapping[str, Any]] = {"phone": _l("By telephone"), "branch": _l("In the branch")}
CHANNELS: Final[Mapping[str, Any]] = {**WAYS, "sms": _l("Text message"), "email": _l("E-mail"), "letter": _l("Letter")}
#: Groups of the comparison.
COMPARED: Final[Mapping[str, Any]] = {
    "reached": _l("Affected and reached"),
    "not_reached": _l("Affected and not reached"),
    "unaffected": _l("Not affected"),
}
SAID: Final[Mapping[str, Any]] = {
    "made": _l("The incident was opened."),
    "changed": _l("Saved."),
    "accepted": _l("The incident is open, and its customers are on the list."),
    "dismissed": _l("Noted: these cases are no incident."),
    "joined": _l("The cases were joined."),
    "gathered": _l("The customers are on the list."),
    "file": _l("The list was taken in."),
    "sent": _l("The messages leave in the hours in which customers may be written to."),
    "marked": _l("Noted."),
    "closed": _l("The incident is closed."),
}
