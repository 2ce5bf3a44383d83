"""Branch managers are given what will be said of their branch some working days before the meeting."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import letters
from survey_app.commands.upserts import insert_missing
from survey_app.db import reading
from survey_app.models import Meeting, Response
from survey_app.models.response import COUNTED
from survey_app.queries import previews
from survey_app.transaction import tell, transaction

ACTOR: Final = Actor.system("meeting")
#: Letters that one transaction queues.
BATCH: Final = 500


def hourly() -> None:
    """Tell branch managers of the preview of the last full month once its day has come; each of them once.

    A worker that dies half-way leaves the month untold, and the next hour queues what is missing.
    """
    month = clock.last_full_month()
    with reading() as session:
        window = previews.window(session, month)
        due = window.open and window.told_at is None and _has_data(session, month)
    if not due:
        return
    above = 0
    while True:
        # Letters are no act of staff's; the meeting's row below is the entry.
        with transaction(Actor.respondent(), "preview.tell", month=month) as session:
            found = previews.managers(session, month, above, BATCH)
            values = {"month": month, "until": window.meets_on.isoformat()}
            letters.queue_all(session, "review_preview", {one: f"preview-{month}-{one}" for one in found}, values)
        if not found:
            break
        above = found[-1]
    with transaction(ACTOR, "preview.open", month=month) as session:
        mark_told(session, month)


def mark_told(session: Session, month: str) -> None:
    """Remember that branch managers were told of a month; once is enough."""
    # Whoever sets the meeting's day makes the same row.
    insert_missing(session, Meeting, [{"month": month}], ("month",))
    meeting = session.scalars(select(Meeting).where(Meeting.month == month).with_for_update()).one()
    if meeting.previewed_at is None:
        meeting.previewed_at = clock.now()
        tell(session, at=meeting.previewed_at.isoformat())
    session.flush()


def _has_data(session: Session, month: str) -> bool:
    counted = select(Response.id).where(Response.month == month, Response.state == COUNTED).limit(1)
    return session.scalar(counted) is not None
