"""Writing rows that may be there already, in one statement that no other writer can come between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

_INSERTS: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def _insert(session: Session, model: Any) -> Any:
    return _INSERTS[session.get_bind().dialect.name](model)


def add_to(
    session: Session, model: Any, rows: Sequence[dict[str, Any]], key: Sequence[str], sums: Sequence[str]
) -> None:
    """Insert rows, adding the ``sums`` columns to what stands under the same key."""
    if not rows:
        return
    statement = _insert(session, model)
    changes = {name: getattr(model, name) + statement.excluded[name] for name in sums}
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changes), list(rows))


def insert_or_none(session: Session, model: Any, row: dict[str, Any], key: Sequence[str]) -> Any:
    """Insert one row and give it as an object of the session; None where one stands under the same key."""
    statement = _insert(session, model).on_conflict_do_nothing(index_elements=list(key)).values(row)
    return session.scalars(statement.returning(model)).one_or_none()


def insert_missing(session: Session, model: Any, rows: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
    """Insert rows; what stands under the same key stays as it is."""
    if rows:
        session.execute(_insert(session, model).on_conflict_do_nothing(index_elements=list(key)), list(rows))


def added(session: Session, row: Any) -> bool:
    """Add an object whose making is to be in the trail; False where one stands under the same key, made meanwhile."""
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return False
    return True
