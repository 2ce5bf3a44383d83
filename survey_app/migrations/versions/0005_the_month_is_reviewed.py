"""The monthly meeting: agenda, decisions, stories, previews, departments, benchmarks, packs, inputs of signed months.

Revision: 0005
Follows: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "benchmark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("publisher", sa.String(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("difference", sa.Text(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark")),
    )
    op.create_table(
        "pack_plan",
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("working_day", sa.Integer(), nullable=False),
        sa.Column("formats", sa.JSON(), nullable=False),
        sa.Column("attached", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("working_day BETWEEN 1 AND 20", name=op.f("ck_pack_plan_working_day")),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_pack_plan")),
    )
    op.create_table(
        "benchmark_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("benchmark_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_benchmark_value_month")),
        sa.CheckConstraint("n IS NULL OR n > 0", name=op.f("ck_benchmark_value_n")),
        sa.ForeignKeyConstraint(
            ["benchmark_id"],
            ["benchmark.id"],
            name=op.f("fk_benchmark_value_benchmark_id_benchmark"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_benchmark_value_by_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark_value")),
        sa.UniqueConstraint("benchmark_id", "month", name=op.f("uq_benchmark_value_benchmark_id_month")),
    )
    op.create_table(
        "branch_statement",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("branch_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_branch_statement_month")),
        sa.CheckConstraint("length(words) <= 500", name=op.f("ck_branch_statement_words")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_branch_statement_branch_id_branch")),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_branch_statement_by_id_user_account")),
        sa.PrimaryKeyConstraint("month", "branch_id", name=op.f("pk_branch_statement")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("stop", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("worked", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name=op.f("ck_decision_settled")),
        sa.CheckConstraint("state IN ('open', 'done', 'dropped')", name=op.f("ck_decision_state")),
        sa.CheckConstraint("worked IN ('', 'yes', 'partly', 'no')", name=op.f("ck_decision_worked")),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_decision_month")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_decision_branch_id_branch")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_decision_created_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_decision_owner_id_user_account")),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["user_account.id"], name=op.f("fk_decision_settled_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index("ix_decision_branch_id", "decision", ["branch_id"])
    op.create_index("ix_decision_month", "decision", ["month"])
    op.create_index("ix_decision_owner_id", "decision", ["owner_id"])
    op.create_index("ix_decision_state_due_on", "decision", ["state", "due_on"])
    op.create_table(
        "department",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("head_id", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["head_id"], ["user_account.id"], name=op.f("fk_department_head_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint("code", name=op.f("uq_department_code")),
    )
    op.create_index("ix_department_head_id", "department", ["head_id"])
    op.create_table(
        "mark_route",
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_mark_route_department_id_department")
        ),
        sa.PrimaryKeyConstraint("reason", name=op.f("pk_mark_route")),
    )
    op.create_index("ix_mark_route_department_id", "mark_route", ["department_id"])
    op.create_table(
        "meeting",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("meets_on", sa.Date(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_by_id", sa.Integer(), nullable=True),
        sa.Column("previewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alerted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_meeting_month")),
        sa.ForeignKeyConstraint(["begun_by_id"], ["user_account.id"], name=op.f("fk_meeting_begun_by_id_user_account")),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_meeting")),
    )
    op.create_table(
        "minutes",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("stop", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_minutes_by_id_user_account")),
        sa.PrimaryKeyConstraint("month", "stop", name=op.f("pk_minutes")),
    )
    op.create_table(
        "pack",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("formats", sa.JSON(), nullable=False),
        sa.Column("reach", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'running', 'ready', 'failed')", name=op.f("ck_pack_state")),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_pack_month")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_pack_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack")),
    )
    op.create_index("ix_pack_user_id_month", "pack", ["user_id", "month"])
    op.create_table(
        "trend_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=True),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("rebases", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_trend_note_month")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_trend_note_branch_id_branch")),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_trend_note_by_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trend_note")),
    )
    op.create_index("ix_trend_note_branch_id", "trend_note", ["branch_id"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_saved_view_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_view_user_id_name")),
    )
    op.create_table(
        "signed_inputs",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.Column("tables", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["month"], ["monthly_review.month"], name=op.f("fk_signed_inputs_month_monthly_review")
        ),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_signed_inputs")),
    )
    op.create_table(
        "comment_mark",
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f("ck_comment_mark_answered")),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_comment_mark_month")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user_account.id"], name=op.f("fk_comment_mark_answered_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_comment_mark_by_id_user_account")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_comment_mark_department_id_department")
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_comment_mark_response_id_response"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "question", name=op.f("pk_comment_mark")),
    )
    op.create_index("ix_comment_mark_department_id", "comment_mark", ["department_id"])
    op.create_index("ix_comment_mark_month", "comment_mark", ["month"])
    op.create_table(
        "story",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chosen_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_story_month")),
        sa.ForeignKeyConstraint(["chosen_by_id"], ["user_account.id"], name=op.f("fk_story_chosen_by_id_user_account")),
        sa.PrimaryKeyConstraint("month", "response_id", "question", name=op.f("pk_story")),
    )
    op.create_index("ix_story_response_id", "story", ["response_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_story_response_id", "story")
    op.drop_table("story")
    op.drop_index("ix_comment_mark_month", "comment_mark")
    op.drop_index("ix_comment_mark_department_id", "comment_mark")
    op.drop_table("comment_mark")
    op.drop_table("signed_inputs")
    op.drop_table("saved_view")
    op.drop_index("ix_trend_note_branch_id", "trend_note")
    op.drop_table("trend_note")
    op.drop_index("ix_pack_user_id_month", "pack")
    op.drop_table("pack")
    op.drop_table("minutes")
    op.drop_table("meeting")
    op.drop_index("ix_mark_route_department_id", "mark_route")
    op.drop_table("mark_route")
    op.drop_index("ix_department_head_id", "department")
    op.drop_table("department")
    op.drop_index("ix_decision_state_due_on", "decision")
    op.drop_index("ix_decision_owner_id", "decision")
    op.drop_index("ix_decision_month", "decision")
    op.drop_index("ix_decision_branch_id", "decision")
    op.drop_table("decision")
    op.drop_table("branch_statement")
    op.drop_table("benchmark_value")
    op.drop_table("pack_plan")
    op.drop_table("benchmark")
