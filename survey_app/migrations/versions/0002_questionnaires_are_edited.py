"""Questionnaires are edited, notices have versions, answers have files, old answers come in by mapping.

Columns are added one by one in plain SQL: both engines take a named constraint in the same words, and on SQLite no
table is made anew, so no row is touched and a table without rowids stays one.

Revision: 0002
Follows: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: Table -> the columns it gains, as both engines read them.
COLUMNS = {
    "questionnaire": ("archived_at {moment}",),
    "version": ("revision INTEGER DEFAULT 0 NOT NULL",),
    "draft": ("notice_id INTEGER CONSTRAINT fk_draft_notice_id_notice REFERENCES notice (id)",),
    "response": ("notice_id INTEGER CONSTRAINT fk_response_notice_id_notice REFERENCES notice (id)",),
    "import_run": (
        (
            "state VARCHAR DEFAULT 'done' NOT NULL CONSTRAINT ck_import_run_state"
            " CHECK (state IN ('waiting', 'running', 'done', 'failed', 'undoing', 'undone'))"
        ),
        (
            "questionnaire_id INTEGER CONSTRAINT fk_import_run_questionnaire_id_questionnaire"
            " REFERENCES questionnaire (id)"
        ),
        "user_id INTEGER CONSTRAINT fk_import_run_user_id_user_account REFERENCES user_account (id)",
        "file_id VARCHAR",
        "mapping JSON DEFAULT '{{}}' NOT NULL",
        "rows INTEGER DEFAULT 0 NOT NULL",
        "done INTEGER DEFAULT 0 NOT NULL",
        "report JSON DEFAULT '{{}}' NOT NULL",
    ),
}
#: How each engine calls a moment.
MOMENT = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP WITH TIME ZONE"}


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_evidence_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_evidence_response_id", "evidence", ["response_id"])
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"], ["questionnaire.id"], name=op.f("fk_notice_questionnaire_id_questionnaire")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("questionnaire_id", "digest", name=op.f("uq_notice_questionnaire_id_digest")),
        sa.UniqueConstraint("questionnaire_id", "number", name=op.f("uq_notice_questionnaire_id_number")),
    )
    op.create_table(
        "draft_change",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_draft_change_user_id_user_account")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["version.id"], name=op.f("fk_draft_change_version_id_version"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", "revision", name=op.f("pk_draft_change")),
    )
    moment = MOMENT[op.get_bind().dialect.name]
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN " + column.format(moment=moment))
    op.create_index("ix_response_version_id", "response", ["version_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_response_version_id", "response")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column.split()[0]}")
    op.drop_table("draft_change")
    op.drop_table("notice")
    op.drop_table("evidence")
