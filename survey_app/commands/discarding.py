"""What is done to files once a transaction is through: until then they may still be needed, or not be needed yet."""

from __future__ import annotations

from sqlalchemy import event
from sqlalchemy.orm import Session

from survey_app import files


def delete_after(session: Session, *file_ids: str | None) -> None:
    """Destroy files after the commit; after a rollback they stay. None is no file."""
    wanted = [one for one in file_ids if one]

    def destroy(_session: Session) -> None:
        for one in wanted:
            files.store().delete(one)

    if wanted:
        event.listen(session, "after_commit", destroy, once=True)


def delete_unless(session: Session, *file_ids: str) -> None:
    """Destroy files if the transaction fails: they were written for rows that never came to be."""

    def destroy(_session: Session) -> None:
        for one in file_ids:
            files.store().delete(one)

    if file_ids:
        event.listen(session, "after_rollback", destroy, once=True)


def timeless_after(session: Session, file_id: str) -> None:
    """Take away when a file was written, once the commit names it; before that, a sweep must see that it is young."""
    event.listen(session, "after_commit", lambda _session: files.store().forget_time(file_id), once=True)
