"""What happened to a visit, and who stands in line for it, as coordination reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey_app.models import Claim, VisitEvent
from survey_app.queries import worklists

#: Events of one visit that a page shows, the newest ones.
MOST = 100


@dataclass(frozen=True)
class Happening:
    """One thing that happened: what, when, to whom and by whom. ``by`` is empty where a rule did it."""

    kind: str
    at: datetime
    shopper: str
    by: str
    note: str


def story(session: Session, visit_id: int) -> Sequence[Happening]:
    """The story of a visit, the newest first."""
    rows = session.scalars(
        select(VisitEvent)
        .where(VisitEvent.assignment_id == visit_id)
        .order_by(VisitEvent.at.desc(), VisitEvent.id.desc())
        .limit(MOST)
    ).all()
    people = worklists.names(
        session, [number for one in rows for number in (one.shopper_id, one.by_id) if number is not None]
    )
    return [
        Happening(
            one.kind,
            one.at,
            people.get(one.shopper_id or 0, ""),
            people.get(one.by_id or 0, ""),
            one.note,
        )
        for one in rows
    ]


def line(session: Session, visit_id: int) -> Sequence[Claim]:
    """Requests for a visit that still stand: the one to decide about first, then whoever waits."""
    return session.scalars(
        select(Claim)
        .where(Claim.assignment_id == visit_id, Claim.state.in_(("asked", "waiting")))
        .order_by(Claim.state, Claim.at, Claim.id)
        .options(joinedload(Claim.shopper, innerjoin=True))
    ).all()
