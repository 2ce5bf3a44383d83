"""Parts of the month's page beside its numbers: branches' statements, other weights, what the sign-off bears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from survey_app.models import BranchStatement
from survey_app.queries import organisation, previews
from survey_app.queries import weights as queries
from survey_app.queries.reviews import Review

#: Branches that the list at another weight shows.
MOST: Final = 60


@dataclass(frozen=True)
class AtWeight:
    """The branches' order at one weight of service, beside the official one."""

    #: Percent that service weighs, as chosen and as set by the policy.
    percent: int
    official: int
    #: Branches in the order at this weight: name, code, the place then and the official one.
    rows: list[dict[str, Any]]
    #: How many more ranked branches the reader may see than the rows shown.
    more: int

    @property
    def chosen(self) -> bool:
        """Whether it is another weight than the official one."""
        return self.percent != self.official


def statements(session: Session, month: str, names: Mapping[str, str]) -> dict[str, BranchStatement]:
    """Branch code -> what its manager wrote about the month, of branches that the reader sees by name."""
    found = previews.statements(session, month)
    if not found:
        return {}
    codes = organisation.codes(session)
    return {codes[key]: one for key, one in found.items() if codes.get(key) in names}


def percent_of(text: str, official: int) -> int:
    """A weight out of an address; the official one where there is none, or none that can be shown."""
    return int(text) if text.isdecimal() and len(text) <= 3 and int(text) <= 100 else official


def weights(session: Session, review: Review, data: Mapping[str, Any], asked: str) -> AtWeight | None:
    """The order at the weight asked for; None where the month has no order, or none that can be computed again."""
    named = {row["code"]: row for row in data["branches"] if row["name"] is not None and not row["hidden"]}
    ranked = [row for row in named.values() if row["rank"]["low"] is not None]
    components = data["overall"]["components"]
    if len(ranked) < 2 or not components["profit"] or not (components["surveys"] or components["shops"]):
        return None
    official = round(100 * data["settings"]["policy"]["service_weight"])
    percent = percent_of(asked, official)
    places = {row["code"]: {**row["rank"], "tier": row["tier"]} for row in ranked}
    if percent != official:
        found = queries.sweep(session, review.month)
        if found is None:
            return None
        places = min(found, key=lambda one: abs(100 * one["service_weight"] - percent))["branches"]
    rows = [
        {"code": row["code"], "name": row["name"], "rank": places[row["code"]], "official": row["rank"]}
        for row in ranked
        if row["code"] in places
    ]
    rows.sort(key=lambda row: (row["rank"]["median"] or 0, row["rank"]["high"], row["code"]))
    return AtWeight(percent, official, rows[:MOST], max(len(rows) - MOST, 0))


def inputs_digests(review: Review) -> dict[str, str]:
    """What identifies a signed month: the digests of its numbers and of what they were computed from."""
    if review.signed is None:
        return {}
    return {"numbers": review.signed.digest, "inputs": review.signed.inputs_digest}
