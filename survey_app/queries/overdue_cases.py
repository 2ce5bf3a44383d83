"""Which branches have a case beyond its time: it holds a branch back from the leading tier."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.loop.states import MERGED, OPEN
from survey_app.models import Case
from survey_app.queries import case_past


def branches(session: Session, month: str, working_day: int) -> set[int]:
    """Ids (before mergers) of branches with a case that was overdue when a month closed and not done by then.

    The day on which the month closes, ``working_day`` of the next one, is the moment that counts, whenever the report
    is read or restated: what became overdue later is the next month's, work that was done later mends nothing, and a
    case that was opened again later is judged as it stood.
    """
    end = clock.end_of(clock.closes_on(month, working_day))
    late = select(Case.id, Case.branch_id).where(
        Case.state != MERGED,
        Case.overdue_since <= end,
        Case.state.in_(OPEN) | (Case.done_at > end) | (Case.done_at.is_(None) & (Case.closed_at > end)),
    )
    past = case_past.stood(session, end)
    found = {branch for case_id, branch in session.execute(late.distinct()) if case_id not in past}
    was_late = [case_id for case_id, one in past.items() if one.overdue is not None and one.state in OPEN]
    if was_late:
        still = select(Case.branch_id).where(Case.id.in_(was_late), Case.state != MERGED)
        found |= set(session.scalars(still.distinct()))
    return found
