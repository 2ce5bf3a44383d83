"""The story of a visit: who had it, gave it back, was reminded, and when."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.field.events import EVENTS
from survey_app.models import Assignment, User
from survey_app.models.fieldwork import VisitEvent


def note(
    session: Session,
    assignment: Assignment | int,
    kind: str,
    *,
    by: User | int | None = None,
    shopper: User | int | None = None,
    note: str = "",
) -> VisitEvent:
    """Keep that something happened to a visit. ``by``: who did it, None for a rule; ``shopper``: whom it is about.

    ValueError for a kind that is not in :data:`survey_app.field.events.EVENTS`.
    """
    if kind not in EVENTS:
        raise ValueError(f"no such event: {kind}")
    event = VisitEvent(
        assignment_id=assignment if isinstance(assignment, int) else assignment.id,
        kind=kind,
        at=clock.now(),
        by_id=_id(by),
        shopper_id=_id(shopper),
        note=note.strip(),
    )
    session.add(event)
    return event


def _id(who: User | int | None) -> int | None:
    return who.id if isinstance(who, User) else who
