"""What is done to files once a transaction is through: until then they may still be needed, or not be needed yet."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from survey_app import files


def once_committed(session: Session, act: Callable[[], None]) -> None:
    """Do something after the commit: not at a savepoint's end, nor if the savepoint is undone that asked for it."""
    within, pending = session.get_nested_transaction(), [act]

    def committed(found: Session) -> None:
        if pending and not found.in_nested_transaction():
            pending.pop()()

    def undone(_session: Session, previous: SessionTransaction) -> None:
        if previous is within or previous.parent is None:
            pending.clear()

    event.listen(session, "after_commit", committed)
    event.listen(session, "after_soft_rollback", undone)


def delete_after(session: Session, *file_ids: str | None) -> None:
    """Destroy files after the commit; after a rollback they stay. None is no file."""
    wanted = [one for one in file_ids if one]

    def destroy() -> None:
        for one in wanted:
            files.store().delete(one)

    if wanted:
        once_committed(session, destroy)


def delete_unless(session: Session, *file_ids: str) -> None:
    """Destroy files if the transaction fails: they were written for rows that never came to be."""

    def destroy(_session: Session) -> None:
        for one in file_ids:
            files.store().delete(one)

    if file_ids:
        event.listen(session, "after_rollback", destroy, once=True)


def timeless_after(session: Session, file_id: str) -> None:
    """Take away when a file was written, once the commit names it; before that, a sweep must see that it is young."""
    once_committed(session, lambda: files.store().forget_time(file_id))
