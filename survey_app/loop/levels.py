"""The escalation ladder: who owns a case on each rung. A case only ever rises, so it can never go round in a circle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from translations import lazy_gettext as _l

AGENT, BRANCH, REGION, SERVICE, OMBUDSMAN = "agent", "branch", "region", "service", "ombudsman"


@dataclass(frozen=True)
class Level:
    """One rung: the role that owns cases on it, and which column of a user must agree with the case's place."""

    code: str
    name: Any
    role: str
    #: ``agent_id``, ``branch_id`` or ``region_id``; empty: anybody of the role, whoever has fewest open cases.
    place: str


LEVELS: Final[Mapping[str, Level]] = {
    one.code: one
    for one in (
        Level(AGENT, _l("Who served the customer"), "agent", "agent_id"),
        Level(BRANCH, _l("Branch management"), "branch_manager", "branch_id"),
        Level(REGION, _l("Region management"), "region_manager", "region_id"),
        Level(SERVICE, _l("Service management"), "service_manager", ""),
        Level(OMBUDSMAN, _l("Ombudsman"), "ombudsman", ""),
    )
}
LADDER: Final = tuple(LEVELS)
#: Where a case begins as the customer wished; sensitive subjects never begin below the branch.
WANTED: Final[Mapping[str, str]] = {"": AGENT, "served": AGENT, "management": BRANCH, "outside": REGION}


def above(level: str) -> tuple[str, ...]:
    """The rungs above one, from the nearest up."""
    return LADDER[LADDER.index(level) + 1 :]


def first(wanted: str, *, sensitive: bool) -> str:
    """The rung on which a case begins. An unknown wish counts as none."""
    start = WANTED.get(wanted, AGENT)
    return max(start, BRANCH, key=LADDER.index) if sensitive else start


def reopens_on(times: int) -> str:
    """The lowest rung of a case that was reopened so many times: the branch, from the second time on the region."""
    return (AGENT, BRANCH, REGION)[min(times, 2)]
