"""What is recorded of an act: who, what, when and which attributes changed.

Differences are kept for models marked ``__audited__``; columns marked ``info={"personal": True}`` never appear in an
entry, so that an erasure need not rewrite the audit trail. Neither do whole documents, ``info={"document": True}``,
which stand in their own row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import inspect
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from survey_app.models.people import User

#: Written in place of a personal value or a document: that it changed is recorded, what it was is not.
WITHHELD = "…"
#: Marks of columns whose values stay out of an entry.
_KEPT_OUT = frozenset({"personal", "document"})


@dataclass(frozen=True)
class Actor:
    """Who acts: a user, the system itself (a job, the command line) or a respondent, who leaves no entry."""

    kind: str
    name: str
    user_id: int | None = None

    @classmethod
    def user(cls, user: User) -> Self:
        """A user who is logged in."""
        return cls("user", f"user:{user.id}", user.id)

    @classmethod
    def system(cls, name: str) -> Self:
        """A job or a command, by name."""
        return cls("system", name)

    @classmethod
    def respondent(cls) -> Self:
        """Somebody who answers a survey: nothing about the act is recorded."""
        return cls("respondent", "")

    @property
    def recorded(self) -> bool:
        """Whether this actor's acts are written to the audit trail."""
        return self.kind != "respondent"


def plain(value: Any) -> Any:
    """A value as JSON can keep it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def _difference(instance: Any) -> dict[str, list[Any]]:
    state = inspect(instance)
    changed: dict[str, list[Any]] = {}
    for column in state.mapper.column_attrs:
        history = state.attrs[column.key].history
        if not history.has_changes():
            continue
        before = history.deleted[0] if history.deleted else None
        after = history.added[0] if history.added else None
        if before == after:
            continue
        withheld = not _KEPT_OUT.isdisjoint(column.columns[0].info)
        changed[column.key] = [WITHHELD, WITHHELD] if withheld else [plain(before), plain(after)]
    return changed


class Recorder:
    """Collects the differences of audited models over the flushes of one transaction."""

    def __init__(self, watched: type | None = None) -> None:
        self.changes: list[dict[str, Any]] = []
        self._watched = watched
        #: Whether a row of the watched model was added.
        self.saw_watched = False

    def after_flush(self, session: Session, context: Any) -> None:
        """Listener: after a flush rows have their ids and their histories still stand."""
        if self._watched is not None:
            self.saw_watched |= any(isinstance(instance, self._watched) for instance in session.new)
        for verb, instances in (("added", session.new), ("changed", session.dirty), ("removed", session.deleted)):
            for instance in instances:
                if not getattr(type(instance), "__audited__", False):
                    continue
                difference = _difference(instance) if verb != "removed" else {}
                if verb == "changed" and not difference:
                    continue
                identity = inspect(instance).identity or inspect(instance).mapper.primary_key_from_instance(instance)
                self.changes.append(
                    {
                        "model": type(instance).__name__,
                        "key": [plain(part) for part in identity],
                        "verb": verb,
                        "attributes": difference,
                    }
                )
