"""The end of what phones brought beside a report: how it was made, and copies that stood beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import Session

from survey_app.commands import evidence
from survey_app.models import Assignment, Draft, Evidence, FieldCopy, FieldRecord, Response


def forget(session: Session, response_ids: Sequence[str]) -> None:
    """Let records and copies of some visits go: they were erased, or kept for long enough."""
    for table in (FieldRecord, FieldCopy):
        session.execute(delete(table).where(table.response_id.in_(response_ids)))


def unreported(before: Any) -> Select[Any]:
    """Visits that ended before a day without a report and left files, copies or a draft all the same."""
    left = (
        # A receipt stays for longer, and is no reason to come again and again.
        select(Evidence.response_id).where(
            Evidence.response_id == Assignment.response_id, Evidence.expense_id.is_(None), Evidence.appeal_id.is_(None)
        ),
        select(FieldCopy.response_id).where(FieldCopy.response_id == Assignment.response_id),
        select(Draft.response_id).where(Draft.response_id == Assignment.response_id),
    )
    reported = select(Response.id).where(Response.id == Assignment.response_id).exists()
    return select(Assignment.response_id).where(
        Assignment.window_until < before, ~reported, or_(*(one.exists() for one in left))
    )


def clear(session: Session, response_ids: Sequence[str]) -> None:
    """Destroy what is left of such visits."""
    evidence.destroy_of(session, response_ids)
    forget(session, response_ids)
    session.execute(delete(Draft).where(Draft.response_id.in_(response_ids)))
