"""Appeals against responses that are erased or stripped: what people wrote in them goes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey_app.models import Appeal, AppealItem


def forget(session: Session, response_ids: Collection[str]) -> None:
    """The appeals against responses that are erased. Their files go with the responses'."""
    ids = select(Appeal.id).where(Appeal.response_id.in_(response_ids))
    session.execute(delete(AppealItem).where(AppealItem.appeal_id.in_(ids)))
    session.execute(delete(Appeal).where(Appeal.response_id.in_(response_ids)))


def strip(session: Session, response_ids: Collection[str]) -> None:
    """Take the words out of the appeals against responses whose words were kept long enough; outcomes stay."""
    ids = select(Appeal.id).where(Appeal.response_id.in_(response_ids))
    session.execute(update(AppealItem).where(AppealItem.appeal_id.in_(ids)).values(reason="", answer=""))
    session.execute(update(Appeal).where(Appeal.response_id.in_(response_ids)).values(words="", answer=""))
