"""How a restatement's numbers are named and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reports import wording
from survey_app.models import Restatement
from survey_app.web import templating
from translations import lazy_gettext as _l

#: Path in the report -> (name, decimals).
NUMBERS: Final[Mapping[str, tuple[Any, int]]] = {
    "surveys.n": (_l("Number of responses"), 0),
    "surveys.csat": (_l("Satisfaction"), 1),
    "surveys.nps": (_l("Likelihood to recommend (NPS)"), 0),
    "surveys.ease": (_l("Ease (CES)"), 1),
    "shops.n": (_l("Number of visits"), 0),
    "shops.score": (_l("Mystery shop score"), 1),
    "shops.critical_failures": (_l("Critical failures"), 0),
    "service.index": (_l("Service index"), 1),
    "profit.contribution": (_l("Contribution, ILS"), 0),
    "profit.index": (_l("Profit index"), 1),
    "composite": (_l("Composite index"), 1),
    "rank.median": (_l("Place"), 0),
    "tier": (_l("Tier"), 0),
}


def name(path: str) -> str:
    """What a number is called."""
    return str(NUMBERS[path][0]) if path in NUMBERS else path


def written(path: str, value: Any) -> str:
    """A number, a tier or a dash."""
    if value is None or isinstance(value, int | float):
        return templating.number(value, NUMBERS.get(path, ("", 1))[1])
    return wording.tier(str(value), short=True)


@dataclass(frozen=True)
class Moved:
    """One number of one branch that a restatement moved, as written before and after."""

    branch: str
    number: str
    was: str
    now: str


def moved(restatement: Restatement, named: Mapping[str, str]) -> list[Moved]:
    """What a restatement changed of the branches that the reader may name (code -> name).

    A number that reads the same before and after did not move for any reader.
    """
    found = [
        Moved(
            named[change["branch"]],
            name(change["number"]),
            written(change["number"], change["was"]),
            written(change["number"], change["now"]),
        )
        for change in restatement.changes
        if change["branch"] in named
    ]
    return [one for one in found if one.was != one.now]
