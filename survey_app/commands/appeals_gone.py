"""Appeals against responses that are erased or stripped: what people wrote in them goes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey_app.commands.discarding import delete_after
from survey_app.models import Appeal, AppealItem, Evidence


def discard_files(session: Session, appeal_ids: Collection[int]) -> None:
    """Destroy the files of appeals with the commit."""
    ids = session.scalars(select(Evidence.id).where(Evidence.appeal_id.in_(appeal_ids))).all()
    session.execute(delete(Evidence).where(Evidence.id.in_(ids)))
    delete_after(session, *ids)


def _against(session: Session, response_ids: Collection[str]) -> list[int]:
    return list(session.scalars(select(Appeal.id).where(Appeal.response_id.in_(response_ids))))


def forget(session: Session, response_ids: Collection[str]) -> None:
    """Erase the appeals against responses that are erased, with their files."""
    ids = _against(session, response_ids)
    discard_files(session, ids)
    session.execute(delete(AppealItem).where(AppealItem.appeal_id.in_(ids)))
    session.execute(delete(Appeal).where(Appeal.id.in_(ids)))


def strip(session: Session, response_ids: Collection[str]) -> None:
    """Take words and files out of the appeals against responses whose words were kept long enough; outcomes stay."""
    ids = _against(session, response_ids)
    discard_files(session, ids)
    session.execute(update(AppealItem).where(AppealItem.appeal_id.in_(ids)).values(reason="", answer=""))
    session.execute(update(Appeal).where(Appeal.id.in_(ids)).values(words="", answer=""))
