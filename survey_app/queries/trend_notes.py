"""Notes on the months of a branch's trend, with those on everybody's."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from survey_app.models import TrendNote


def on(session: Session, branch_ids: Collection[int], months: Collection[str]) -> list[TrendNote]:
    """Notes on some branches' months and on the organisation's, the newest month first."""
    return list(
        session.scalars(
            select(TrendNote)
            .where(or_(TrendNote.branch_id.in_(branch_ids), TrendNote.branch_id.is_(None)))
            .where(TrendNote.month.in_(months))
            .order_by(TrendNote.month.desc(), TrendNote.id)
            .options(joinedload(TrendNote.by, innerjoin=True))
        )
    )
