"""Low answers whose customers did not ask to be called: a count by branch and month, and nothing else is known."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.models import LowSignal

#: Fewer than this are told as "fewer", so that no single answer shows.
LEAST: Final = 3


def of_month(session: Session, branch_ids: Collection[int], month: str) -> int:
    """How many low answers branches had in a month without a wish to be called."""
    found = session.scalar(
        select(func.sum(LowSignal.n)).where(LowSignal.branch_id.in_(sorted(branch_ids)), LowSignal.month == month)
    )
    return int(found or 0)
