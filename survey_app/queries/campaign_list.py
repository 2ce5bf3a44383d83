"""The list of campaigns: what state each is in, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, joinedload

from survey_app.kinds import KINDS
from survey_app.models import Campaign, CollectionPoint, Invitation, Questionnaire, Response
from survey_app.models.campaign import ACTIVE, ENDED, PAUSED, PLANNED

#: States in the order of the list: what runs, what is being planned, what rests, what is over.
ORDER: Final = {ACTIVE: 0, PLANNED: 1, PAUSED: 2, ENDED: 3}
#: Kinds that the public answers: only these have campaigns that reach customers.
PUBLIC: Final = tuple(code for code, kind in KINDS.items() if kind.public)


@dataclass(frozen=True)
class Listed:
    """A campaign with its counts."""

    campaign: Campaign
    #: Whom it invited, whatever became of them; finished questionnaires by any way in; posters, desks and tablets.
    invited: int
    finished: int
    points: int

    @property
    def invites(self) -> bool:
        """Whether it invites by rules of its own."""
        return bool(self.campaign.rules)


def listing(
    session: Session, *, state: str = "", search: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[Listed], int]:
    """Campaigns of the public kinds, what runs first and of those what began last; a page, and how many there are."""
    statement = _wanted(select(Campaign), state, search)
    total = session.scalar(_wanted(select(func.count(Campaign.id)), state, search)) or 0
    rows = session.scalars(
        statement.order_by(case(ORDER, value=Campaign.state), Campaign.opens.desc(), Campaign.code)
        .options(joinedload(Campaign.questionnaire))
        .limit(limit)
        .offset(offset)
    ).all()
    return counted(session, rows), total


def _wanted(statement: Select[Any], state: str, search: str) -> Select[Any]:
    found = statement.join(Questionnaire, Questionnaire.id == Campaign.questionnaire_id).where(
        Questionnaire.kind.in_(PUBLIC)
    )
    if state:
        found = found.where(Campaign.state == state)
    if search:
        pattern = "%" + search.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        found = found.where(Campaign.name.ilike(pattern, escape="\\") | Campaign.code.ilike(pattern, escape="\\"))
    return found


def counted(session: Session, rows: Sequence[Campaign]) -> list[Listed]:
    """Campaigns with their counts, in a fixed number of queries."""
    ids = [one.id for one in rows]
    found: list[dict[int, int]] = []
    for table in (Invitation, Response, CollectionPoint):
        statement = select(table.campaign_id, func.count()).where(table.campaign_id.in_(ids))
        if table is CollectionPoint:
            statement = statement.where(CollectionPoint.retired_at.is_(None))
        found.append(dict(session.execute(statement.group_by(table.campaign_id)).all()))
    return [Listed(one, *(counts.get(one.id, 0) for counts in found)) for one in rows]
