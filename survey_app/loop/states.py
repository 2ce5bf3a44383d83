"""The states of a case and the acts that lead from one to the next: a table, which the database repeats as checks.

new → contacted → agreed → done → confirmed (by the customer) → closed; after silent days done → closed, unconfirmed.
A case that was done may be reopened; any open one may be merged into another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from translations import lazy_gettext as _l

NEW, CONTACTED, AGREED, DONE = "new", "contacted", "agreed", "done"
CONFIRMED, CLOSED, MERGED = "confirmed", "closed", "merged"
#: Somebody still has to do something; the work is done, and the customer or silence decides; nothing moves any more.
OPEN: Final = frozenset({NEW, CONTACTED, AGREED})
WAITING: Final = frozenset({DONE, CONFIRMED})
OVER: Final = frozenset({CLOSED, MERGED})

#: State -> (what it is called, the sort of badge), in the order of a case's life.
STATES: Final[Mapping[str, tuple[Any, str]]] = {
    NEW: (_l("New"), "warn"),
    CONTACTED: (_l("Customer contacted"), ""),
    AGREED: (_l("Solution agreed"), ""),
    DONE: (_l("Done, waiting for the customer"), ""),
    CONFIRMED: (_l("Confirmed by the customer"), "good"),
    CLOSED: (_l("Case closed"), "good"),
    MERGED: (_l("Merged into another case"), ""),
}

BY_CUSTOMER, UNCONFIRMED, NO_CONTACT = "confirmed", "unconfirmed", "no_contact"
WITHDRAWN, ERASED = "withdrawn", "erased"
#: How a case was closed. All but the first are counted apart.
CLOSINGS: Final[Mapping[str, Any]] = {
    BY_CUSTOMER: _l("Closed, confirmed by the customer"),
    UNCONFIRMED: _l("Closed, unconfirmed"),
    NO_CONTACT: _l("Closed: no way to reach the customer"),
    WITHDRAWN: _l("Closed: the customer asked not to be contacted"),
    ERASED: _l("Closed: the customer's details were deleted"),
}

JUSTIFIED, PARTLY, NOT_JUSTIFIED, ABUSIVE = "justified", "partly", "not_justified", "abusive"
#: What the work found.
OUTCOMES: Final[Mapping[str, Any]] = {
    JUSTIFIED: _l("Justified"),
    PARTLY: _l("Partly justified"),
    NOT_JUSTIFIED: _l("Not justified – courteously explained"),
    ABUSIVE: _l("Abusive toward staff"),
}


@dataclass(frozen=True)
class Act:
    """One act: from which states it leads where. ``to`` empty: the state stays."""

    code: str
    after: frozenset[str]
    to: str = ""


#: The acts that move a case or need it in some state; whatever is not here may be done to every case that is not over.
ACTS: Final[Mapping[str, Act]] = {
    act.code: act
    for act in (
        Act("contact", OPEN),
        Act("reach", frozenset({NEW}), CONTACTED),
        Act("agree", frozenset({CONTACTED}), AGREED),
        Act("finish", frozenset({CONTACTED, AGREED}), DONE),
        Act("confirm", frozenset({DONE}), CONFIRMED),
        Act("close", frozenset({*OPEN, *WAITING}), CLOSED),
        Act("reopen", frozenset({DONE, CONFIRMED, CLOSED}), NEW),
        Act("merge", OPEN, MERGED),
        Act("assign", OPEN),
        Act("adopt", OPEN),
        Act("check", frozenset({DONE, CONFIRMED, CLOSED})),
    )
}


def allows(act: str, state: str) -> bool:
    """Whether an act may be done to a case in a state. KeyError for an act that there is not."""
    return state in ACTS[act].after
