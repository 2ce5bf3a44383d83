"""What models made of a month, as pages read it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey_app.models import ModelResult


def result(session: Session, month: str, kind: str) -> ModelResult | None:
    """What a kind of model made of a month; None where it was not made yet."""
    return session.get(ModelResult, (month, kind))
