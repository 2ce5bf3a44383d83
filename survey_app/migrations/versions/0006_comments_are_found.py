"""Comments are found by their words: the engines' own indexes, which follow every change and deletion by themselves.

On PostgreSQL an index over the words where they stand. On SQLite an FTS5 table that holds beginnings of words and no
text, kept by triggers under keys drawn by chance: an order of keys would tell in which order people answered. Whoever
makes the table ``answer`` anew makes the triggers anew.

Revision: 0006
Follows: 0005
"""

from __future__ import annotations

from functools import reduce

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

POINTS = "".join(map(chr, [*range(0x0591, 0x05BE), 0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5, 0x05C7]))
MARKS = "׳״'\"’”"
DASHES = "־–—"
#: The points that keyboards write; SQLite reads no expression that is nested a hundred times.
TYPED = "".join(map(chr, [*range(0x05B0, 0x05BD), 0x05C1, 0x05C2]))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sqlite_plain(column: str) -> str:
    """Words without points and marks. FTS5 itself parts words at dashes and writes them small."""
    return reduce(lambda text, one: f"replace({text}, {_quoted(one)}, '')", TYPED + MARKS, column)


def _postgres_plain(column: str) -> str:
    return f"translate({column}, {_quoted(DASHES + POINTS + MARKS)}, {_quoted(' ' * len(DASHES))})"


_ADD = """
INSERT INTO comment_key (key, response_id, question)
    VALUES (random() & 4611686018427387903, new.response_id, new.question);
INSERT INTO comment_words (rowid, words) SELECT key, PLAIN FROM comment_key
    WHERE response_id = new.response_id AND question = new.question;
""".replace("PLAIN", _sqlite_plain("new.words"))
_TAKE = """
INSERT INTO comment_words (comment_words, rowid, words) SELECT 'delete', key, PLAIN FROM comment_key
    WHERE response_id = old.response_id AND question = old.question;
DELETE FROM comment_key WHERE response_id = old.response_id AND question = old.question;
""".replace("PLAIN", _sqlite_plain("old.words"))
#: Name of a trigger -> when it acts, and what it does.
_TRIGGERS = {
    "comment_added": ("AFTER INSERT ON answer WHEN new.words IS NOT NULL", _ADD),
    "comment_gone": ("AFTER DELETE ON answer WHEN old.words IS NOT NULL", _TAKE),
    "comment_cleared": ("AFTER UPDATE OF words ON answer WHEN old.words IS NOT NULL AND new.words IS NULL", _TAKE),
    "comment_written": ("AFTER UPDATE OF words ON answer WHEN old.words IS NULL AND new.words IS NOT NULL", _ADD),
    "comment_changed": ("AFTER UPDATE OF words ON answer WHEN old.words <> new.words", f"{_TAKE} {_ADD}"),
}


def _sqlite() -> None:
    op.execute(
        "CREATE TABLE comment_key (key INTEGER NOT NULL UNIQUE, response_id VARCHAR NOT NULL, "
        "question VARCHAR NOT NULL, PRIMARY KEY (response_id, question)) WITHOUT ROWID"
    )
    op.execute(
        "CREATE VIRTUAL TABLE comment_words USING fts5 (words, content='', detail=none, "
        "tokenize='unicode61 remove_diacritics 0')"
    )
    op.execute(
        "INSERT INTO comment_key (key, response_id, question) "
        "SELECT random() & 4611686018427387903, response_id, question FROM answer WHERE words IS NOT NULL"
    )
    filled = "INSERT INTO comment_words (rowid, words) SELECT key, PLAIN FROM comment_key "
    filled += "JOIN answer USING (response_id, question)"
    op.execute(filled.replace("PLAIN", _sqlite_plain("answer.words")))
    for name, (when, act) in _TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN {act} END")


def upgrade() -> None:
    """Bring the schema forward."""
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
        return
    index = "CREATE INDEX ix_answer_words ON answer USING gin (to_tsvector('simple'::regconfig, PLAIN)) "
    index += "WITH (fastupdate = off) WHERE words IS NOT NULL"
    op.execute(index.replace("PLAIN", _postgres_plain("words")))


def downgrade() -> None:
    """Take it back."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP INDEX ix_answer_words")
        return
    for name in _TRIGGERS:
        op.execute(f"DROP TRIGGER {name}")
    op.execute("DROP TABLE comment_words")
    op.execute("DROP TABLE comment_key")
