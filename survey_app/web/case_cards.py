"""Cards of the first page about cases: one's own for today, and for whoever leads what is late or has nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from survey_app.queries import cases, removal_requests
from survey_app.web.support import current_user, read_session

#: Cases that a card shows.
_FEW: Final = 4


def mine() -> Mapping[str, Any] | None:
    """The reader's own open cases, the most pressing first; None where there are none."""
    session, user = read_session(), current_user()
    found = cases.listed(session, user, cases.MINE, limit=_FEW)
    if not found.total:
        return None
    return {"rows": found.rows, "total": found.total, "today": cases.due_today(session, user)}


def team() -> Mapping[str, Any] | None:
    """What is late and what nobody has, of the cases that the reader leads; None where all is well."""
    counts = cases.listed(read_session(), current_user(), cases.TEAM, limit=0).counts
    late, nobody = counts.get(cases.OVERDUE, 0), counts.get(cases.UNATTENDED, 0)
    if not late and not nobody:
        return None
    return {"open": counts[cases.TEAM], "overdue": late, "unattended": nobody}


def removals() -> Mapping[str, Any] | None:
    """How many scores wait for the reader's word; None where none does."""
    waiting = removal_requests.to_decide(read_session(), current_user())
    return {"waiting": waiting} if waiting else None
