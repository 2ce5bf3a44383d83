"""SQLite's index of comments is written anew in one piece, so that it keeps nothing of words that are gone.

A comment's deletion takes it out of every search at once, but the index only notes it; and its pieces, one of each
writing, would tell which comments came together. Merged into one piece it holds what stands, and no more. PostgreSQL
vacuums its index with the table.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from survey_app import db
from survey_app.audit import Actor
from survey_app.transaction import transaction

#: Pages merged in one transaction: some milliseconds.
PAGES: Final = 500
_MERGE: Final = text("INSERT INTO comment_words (comment_words, rank) VALUES ('merge', :pages)")
_CHANGES: Final = text("SELECT total_changes()")


def settle() -> int:
    """Merge the index, a bounded piece of work in each transaction; how many were needed. Done again: one."""
    if not db.current().is_sqlite:
        return 0
    # A negative number begins to merge everything, a positive one goes on with what was begun.
    steps, pages = 0, -PAGES
    while True:
        with transaction(Actor.respondent(), "comments.settle") as session:
            before = session.scalar(_CHANGES)
            session.execute(_MERGE, {"pages": pages})
            moved = (session.scalar(_CHANGES) or 0) - (before or 0)
        steps, pages = steps + 1, PAGES
        # FTS5 counts the command itself; less than two changes say that nothing was left to merge.
        if moved < 2:
            return steps
