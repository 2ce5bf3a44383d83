"""What branches answered to a month's numbers before the meeting."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey_app.models import BranchStatement


def statements(session: Session, month: str) -> dict[int, BranchStatement]:
    """Branch id -> what its manager wrote about a month, with who wrote it; branches that wrote nothing are absent."""
    rows = session.scalars(
        select(BranchStatement)
        .where(BranchStatement.month == month, BranchStatement.words != "")
        .order_by(BranchStatement.branch_id)
        .options(joinedload(BranchStatement.by, innerjoin=True))
    )
    return {row.branch_id: row for row in rows}
