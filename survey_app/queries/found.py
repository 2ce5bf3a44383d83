"""Comments that hold certain words, by the engines' own indexes (migration 0006).

On PostgreSQL the index lies over the words themselves. On SQLite ``comment_words`` is an FTS5 table without text, and
``comment_key`` says which comment each of its keys, drawn by chance, stands for; triggers keep both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, literal, literal_column, select, text
from sqlalchemy.orm import Session

from reports import lexicon
from survey_app.models import Answer

#: For each word of a query the beginnings of which one must be there.
Sought = Sequence[Sequence[str]]

_GONE: Final = lexicon.DASHES + lexicon.POINTS + lexicon.MARKS


def holding(session: Session, query: str) -> ColumnElement[bool] | None:
    """The condition that an answer's words hold all that was searched; None where nothing can be searched.

    Letters, digits and nothing else of the query reach the engine.
    """
    sought = lexicon.sought(query)
    return _ENGINES[session.get_bind().dialect.name](sought) if sought else None


def _sqlite(sought: Sought) -> ColumnElement[bool]:
    match = " AND ".join("(" + " OR ".join(f'"{one}"*' for one in forms) + ")" for forms in sought)
    # The plus keeps the keys out of the choice of an index: a branch's few comments are looked up among the matches,
    # and not the bank's many matches among the branch's comments.
    keyed = text(
        "comment_key.response_id = answer.response_id AND comment_key.question = answer.question "
        "AND +comment_key.key IN (SELECT rowid FROM comment_words WHERE comment_words MATCH :comment_words)"
    ).bindparams(comment_words=match)
    return exists(select(literal(1)).select_from(text("comment_key")).where(keyed).correlate(Answer))


def _postgresql(sought: Sought) -> ColumnElement[bool]:
    query = " & ".join("(" + " | ".join(f"{one}:*" for one in forms) + ")" for forms in sought)
    # Written out, so that the expression is the index's own.
    gone, spaces = (literal(one, literal_execute=True) for one in (_GONE, " " * len(lexicon.DASHES)))
    plain = func.translate(Answer.words, gone, spaces)
    simple: Any = literal_column("'simple'::regconfig")
    return func.to_tsvector(simple, plain).bool_op("@@")(func.to_tsquery(simple, query)) & Answer.words.is_not(None)


_ENGINES: Final[Mapping[str, Callable[[Sought], ColumnElement[bool]]]] = {"sqlite": _sqlite, "postgresql": _postgresql}
