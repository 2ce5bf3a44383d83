"""What the analyst's page reads: which quarters can be asked for, and what the models made of a month, with names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.models import Branch, Response, SavedView, User
from survey_app.queries import organisation

#: Quarters that are offered, newest first.
QUARTERS: Final = 12


def quarters(session: Session) -> list[list[str]]:
    """The last calendar quarters that have ended and have responses, newest first, each as its three months."""
    first = session.scalar(select(func.min(Response.month)))
    last = clock.last_full_month()
    at = calendar.quarter(last)
    if at[-1] > last:
        at = calendar.quarter(calendar.shift(at[0], -1))
    found: list[list[str]] = []
    while first is not None and at[-1] >= first and len(found) < QUARTERS:
        found.append(at)
        at = calendar.quarter(calendar.shift(at[0], -1))
    return found


def names(session: Session) -> Mapping[str, str]:
    """Branch code as reports write it -> name."""
    codes = organisation.codes(session)
    return {codes[branch_id]: name for branch_id, name in session.execute(select(Branch.id, Branch.name))}


def named(found: Mapping[str, Any], codes: Mapping[str, str]) -> list[dict[str, Any]]:
    """A model's rows of branches that are still there, each with its branch's name."""
    return [{**row, "name": codes.get(row["branch"], row["branch"])} for row in found["rows"]]


def views(session: Session, user: User) -> list[SavedView]:
    """Somebody's saved views by name."""
    return list(session.scalars(select(SavedView).where(SavedView.user_id == user.id).order_by(SavedView.name)))
