"""Anonymous responses that wait for their night: boxes, and what they hold for whoever has the keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app import seals
from survey_app.models import SealedResponse
from survey_app.seals import Unreadable

#: Campaign, month, branch: what an anonymous response says of itself.
Group = tuple[int, str, int]


@dataclass(frozen=True)
class Waiting:
    """One box with its content, which is empty where the key is not here."""

    id: str
    campaign_id: int
    version_id: int
    content: Mapping[str, Any]

    @property
    def readable(self) -> bool:
        """Whether it could be opened."""
        return bool(self.content)

    @property
    def group(self) -> Group:
        """Whom it is published with."""
        return self.campaign_id, self.content["month"], self.content["branch_id"]


def waiting(session: Session, ids: Collection[str] | None = None) -> Iterator[Waiting]:
    """The boxes that wait, opened, in the order of their random ids: all of them, or those with some ids."""
    keys = seals.keys()
    statement = select(SealedResponse).order_by(SealedResponse.id)
    if ids is not None:
        statement = statement.where(SealedResponse.id.in_(ids))
    for one in session.scalars(statement.execution_options(yield_per=500)):
        try:
            content = keys.open(one.content)
        except Unreadable:
            content = {}
        yield Waiting(one.id, one.campaign_id, one.version_id, content)


def counts(session: Session) -> Mapping[int, int]:
    """How many boxes of each campaign wait. Who answered is known from the invitations; what they said is not here."""
    rows = session.execute(select(SealedResponse.campaign_id, func.count()).group_by(SealedResponse.campaign_id))
    return {row[0]: row[1] for row in rows}


def keys_needed(session: Session) -> set[int]:
    """The keys that boxes were closed with."""
    return {int(content["key"]) for content in session.scalars(select(SealedResponse.content))}


def files_named(session: Session) -> set[str] | None:
    """The files that boxes name; None where one cannot be opened and may name any."""
    named: set[str] = set()
    for one in waiting(session):
        if not one.readable:
            return None
        named |= {file["id"] for file in one.content["files"]}
    return named
