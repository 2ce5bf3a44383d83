"""Items of a report that an appeal has settled: nobody corrects them any more, but another appeal's decision may."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.models import Appeal, AppealItem
from survey_app.models.appeal import DECIDED


def items(session: Session, response_id: str) -> frozenset[str]:
    """Codes of the items on which an appeal was decided, however it was."""
    rows = session.scalars(
        select(AppealItem.question)
        .join(Appeal, Appeal.id == AppealItem.appeal_id)
        .where(Appeal.response_id == response_id, Appeal.state == DECIDED, AppealItem.question != "")
    )
    return frozenset(rows)
