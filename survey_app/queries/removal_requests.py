"""Scores that wait for a second person: what a reader may decide about."""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from survey_app.models import Case, ScoreRemoval, User
from survey_app.queries import cases


def to_decide(session: Session, user: User) -> int:
    """How many requests wait that somebody else made, on cases in which the reader had no part."""
    return (
        session.scalar(
            select(func.count())
            .select_from(ScoreRemoval)
            .join(Case, Case.id == ScoreRemoval.case_id)
            .where(
                ScoreRemoval.state == "asked",
                ScoreRemoval.asked_by_id != user.id,
                or_(Case.owner_id.is_(None), Case.owner_id != user.id),
                cases.visible(user),
            )
        )
        or 0
    )
