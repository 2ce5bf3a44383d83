"""Cases as they stood at an earlier moment, where what happened since has overwritten it.

Opening a case again clears when its work was done and how it was closed, and a customer's late word changes how it was
closed. A month tells what it was; the log of the case still knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from survey_app.loop.states import CLOSED, DONE, NEW
from survey_app.models import Case, CaseEvent

#: What overwrites, and what of the log tells how it stood before.
_OVERWRITES: Final = ("reopened", "confirmed")
_TOLD: Final = ("done", "closed", "reopened", "overdue")


class Stood(NamedTuple):
    """A case at a moment: when its work was done, when and how it was closed, how often it had been reopened."""

    done: datetime | None = None
    closed: datetime | None = None
    how: str = ""
    reopened: int = 0
    overdue: datetime | None = None

    @property
    def state(self) -> str:
        """Open still, done, or closed."""
        return CLOSED if self.closed else DONE if self.done else NEW


def stood(session: Session, end: datetime) -> dict[int, Stood]:
    """Case id -> how it stood at a moment, of those cases alone whose own columns tell it no more."""
    later = (
        select(CaseEvent.case_id)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(
            Case.opened_at < end,
            or_(Case.reopened > 0, Case.confirmed_at >= end),
            CaseEvent.at >= end,
            CaseEvent.kind.in_(_OVERWRITES),
        )
    )
    rows = session.execute(
        select(CaseEvent.case_id, CaseEvent.kind, CaseEvent.at, CaseEvent.details)
        .where(CaseEvent.case_id.in_(later), CaseEvent.at < end, CaseEvent.kind.in_(("opened", *_TOLD)))
        .order_by(CaseEvent.case_id, CaseEvent.at, CaseEvent.id)
    ).all()
    return {case_id: folded(tuple(row[1:]) for row in own) for case_id, own in groupby(rows, lambda row: row[0])}


def folded(log: Iterable[tuple[Any, ...]]) -> Stood:
    """How a case stands after its log: (kind, moment, details) in the order in which things happened."""
    now = Stood()
    for kind, at, details in log:
        if kind == "done":
            now = now._replace(done=at)
        elif kind == "closed":
            now = now._replace(closed=at, how=details.get("how", ""))
        elif kind == "overdue":
            due = details.get("due")
            now = now._replace(overdue=datetime.fromisoformat(due) if due else at)
        elif kind == "reopened":
            now = Stood(reopened=now.reopened + 1)
    return now
