"""The audit trail as a privacy officer reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.models import Entry, User


@dataclass(frozen=True)
class Line:
    """One act, with the name of who did it; the system's own acts carry the system's name."""

    entry: Entry
    who: str
    role: str | None

    @property
    def changes(self) -> list[dict[str, Any]]:
        """What changed: ``model``, ``key``, ``verb`` and ``attributes`` (name -> [before, after])."""
        return list(self.entry.changes)


def entries(session: Session, *, act: str = "", before: int | None = None, limit: int = 50) -> tuple[list[Line], bool]:
    """The newest entries first, from below the id ``before``; and whether older ones follow.

    ``act`` keeps acts that begin with it: ``fieldwork`` or ``fieldwork.approve``.
    """
    statement = select(Entry, User.name, User.email, User.role).outerjoin(User, User.id == Entry.user_id)
    if act:
        statement = statement.where(Entry.act.startswith(act, autoescape=True))
    if before is not None:
        statement = statement.where(Entry.id < before)
    rows = session.execute(statement.order_by(Entry.id.desc()).limit(limit + 1)).all()
    lines = [Line(entry, name or email or entry.actor, role) for entry, name, email, role in rows[:limit]]
    return lines, len(rows) > limit


def acts(session: Session) -> list[str]:
    """Every sort of act on record, by name."""
    return list(session.scalars(select(Entry.act).distinct().order_by(Entry.act)))
