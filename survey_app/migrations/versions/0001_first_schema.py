"""The first schema: everything from a branch to a signed month.

Revision: 0001
Follows: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "agent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("code", name=op.f("uq_agent_code")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('ready', 'running', 'done', 'failed')", name=op.f("ck_job_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_state", "job", ["state"])

    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_organisation_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "questionnaire",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire")),
        sa.UniqueConstraint("code", name=op.f("uq_questionnaire_code")),
    )
    op.create_table(
        "region",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
        sa.UniqueConstraint("name", name=op.f("uq_region_name")),
    )
    op.create_table(
        "scenario",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("briefing", sa.JSON(), nullable=False),
        sa.Column("has_appointment", sa.Boolean(), nullable=False),
        sa.Column("has_account", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
        sa.UniqueConstraint("code", name=op.f("uq_scenario_code")),
    )
    op.create_table(
        "write_count",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("writes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_write_count")),
    )
    op.create_table(
        "branch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bank", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("ranked", sa.Boolean(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("hours", sa.String(), nullable=False),
        sa.Column("closed_days", sa.JSON(), nullable=False),
        sa.Column("size", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("opened", sa.Date(), nullable=True),
        sa.Column("closed", sa.Date(), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("merged_into_ref", sa.String(), nullable=False),
        sa.CheckConstraint(
            "closed IS NULL OR opened IS NULL OR closed >= opened", name=op.f("ck_branch_closed_after_opened")
        ),
        sa.CheckConstraint("latitude IS NULL OR latitude BETWEEN -90 AND 90", name=op.f("ck_branch_latitude")),
        sa.CheckConstraint("longitude IS NULL OR longitude BETWEEN -180 AND 180", name=op.f("ck_branch_longitude")),
        sa.CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name=op.f("ck_branch_not_into_itself")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["branch.id"], name=op.f("fk_branch_merged_into_id_branch")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_branch_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch")),
        sa.UniqueConstraint("bank", "code", name=op.f("uq_branch_bank_code")),
    )
    op.create_index("ix_branch_code", "branch", ["code"])
    op.create_index("ix_branch_region_id", "branch", ["region_id"])

    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("opens", sa.Date(), nullable=False),
        sa.Column("closes", sa.Date(), nullable=True),
        sa.Column("open_link", sa.Boolean(), nullable=False),
        sa.Column("privacy", sa.String(), nullable=False),
        sa.Column("invitation_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("privacy IN ('confidential', 'anonymous')", name=op.f("ck_campaign_privacy")),
        sa.CheckConstraint("closes IS NULL OR closes >= opens", name=op.f("ck_campaign_closes_after_opens")),
        sa.CheckConstraint("invitation_days > 0", name=op.f("ck_campaign_invitation_days")),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"], ["questionnaire.id"], name=op.f("fk_campaign_questionnaire_id_questionnaire")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("code", name=op.f("uq_campaign_code")),
    )
    op.create_table(
        "line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("headline", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"], ["questionnaire.id"], name=op.f("fk_line_questionnaire_id_questionnaire")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
        sa.UniqueConstraint("code", name=op.f("uq_line_code")),
        sa.UniqueConstraint("questionnaire_id", "what", "series", name=op.f("uq_line_questionnaire_id_what_series")),
    )
    op.create_table(
        "version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'published') = (published_at IS NOT NULL)", name=op.f("ck_version_published_has_moment")
        ),
        sa.CheckConstraint("state IN ('draft', 'published')", name=op.f("ck_version_state")),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"], ["questionnaire.id"], name=op.f("fk_version_questionnaire_id_questionnaire")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sa.UniqueConstraint("questionnaire_id", "number", name=op.f("uq_version_questionnaire_id_number")),
    )
    op.create_table(
        "agent_fact",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("branch_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("squares", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("n >= 0", name=op.f("ck_agent_fact_n")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_fact_agent_id_agent")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_agent_fact_branch_id_branch")),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_agent_fact_line_id_line")),
        sa.PrimaryKeyConstraint("month", "agent_id", "branch_id", "line_id", name=op.f("pk_agent_fact")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "branch_fact",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("branch_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("region_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("squares", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("n >= 0", name=op.f("ck_branch_fact_n")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_branch_fact_branch_id_branch")),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_branch_fact_line_id_line")),
        sa.PrimaryKeyConstraint("month", "branch_id", "region_id", "line_id", name=op.f("pk_branch_fact")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_branch_fact_line_id_month", "branch_fact", ["line_id", "month"])

    op.create_table(
        "draft",
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_draft_branch_id_branch")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_draft_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_draft_version_id_version")),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_draft")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_draft_updated_at", "draft", ["updated_at"])

    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('ready', 'used', 'revoked')", name=op.f("ck_invitation_state")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_invitation_agent_id_agent")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_invitation_branch_id_branch")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_invitation_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("response_id", name=op.f("uq_invitation_response_id")),
        sa.UniqueConstraint("token", name=op.f("uq_invitation_token")),
    )
    op.create_index("ix_invitation_branch_id", "invitation", ["branch_id"])
    op.create_index("ix_invitation_campaign_id", "invitation", ["campaign_id"])

    op.create_table(
        "placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_placement_until_after_since")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_placement_agent_id_agent")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_placement_branch_id_branch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
        sa.UniqueConstraint("agent_id", "since", name=op.f("uq_placement_agent_id_since")),
    )
    op.create_index("ix_placement_branch_id", "placement", ["branch_id"])

    op.create_table(
        "profit",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("branch_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revenue", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("headcount", sa.Numeric(precision=8, scale=2, asdecimal=False), nullable=True),
        sa.CheckConstraint("headcount IS NULL OR headcount >= 0", name=op.f("ck_profit_headcount")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_profit_branch_id_branch")),
        sa.PrimaryKeyConstraint("month", "branch_id", name=op.f("pk_profit")),
    )
    op.create_table(
        "response",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("presentation", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("import_run_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'returned', 'counted', 'excluded', 'rejected', 'voided')",
            name=op.f("ck_response_state"),
        ),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_response_month")),
        sa.CheckConstraint("weight > 0", name=op.f("ck_response_weight")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_response_agent_id_agent")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_response_branch_id_branch")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_response_campaign_id_campaign")),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_response_import_run_id_import_run")
        ),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_response_version_id_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.UniqueConstraint("external_id", name=op.f("uq_response_external_id")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_response_agent_id_month", "response", ["agent_id", "month"])
    op.create_index("ix_response_branch_id_month", "response", ["branch_id", "month"])
    op.create_index("ix_response_import_run_id", "response", ["import_run_id"])
    op.create_index("ix_response_month", "response", ["month"])

    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("session_key", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role <> 'agent' OR agent_id IS NOT NULL", name=op.f("ck_user_account_agent_has_agent")),
        sa.CheckConstraint(
            "role <> 'branch_manager' OR branch_id IS NOT NULL", name=op.f("ck_user_account_branch_manager_has_branch")
        ),
        sa.CheckConstraint(
            "role <> 'region_manager' OR region_id IS NOT NULL", name=op.f("ck_user_account_region_manager_has_region")
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_user_account_email_lower")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_user_account_agent_id_agent")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_user_account_branch_id_branch")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_user_account_region_id_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    op.create_table(
        "answer",
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_answer_response_id_response"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "question", name=op.f("pk_answer")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("shopper_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("window_from", sa.Date(), nullable=False),
        sa.Column("window_until", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('assigned', 'submitted', 'returned', 'approved', 'rejected', 'voided', 'cancelled')",
            name=op.f("ck_assignment_state"),
        ),
        sa.CheckConstraint("window_until >= window_from", name=op.f("ck_assignment_window")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_assignment_agent_id_agent")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_assignment_branch_id_branch")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_assignment_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name=op.f("fk_assignment_scenario_id_scenario")),
        sa.ForeignKeyConstraint(
            ["shopper_id"], ["user_account.id"], name=op.f("fk_assignment_shopper_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint("response_id", name=op.f("uq_assignment_response_id")),
    )
    op.create_index("ix_assignment_branch_id", "assignment", ["branch_id"])
    op.create_index("ix_assignment_shopper_id", "assignment", ["shopper_id"])
    op.create_index("ix_assignment_state", "assignment", ["state"])

    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_correction_response_id_response"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_correction_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index("ix_correction_response_id", "correction", ["response_id"])

    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_entry_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
    )
    op.create_index("ix_entry_at", "entry", ["at"])
    op.create_index("ix_entry_user_id", "entry", ["user_id"])

    op.create_table(
        "monthly_review",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("inputs_digest", sa.String(), nullable=False),
        sa.Column("code_version", sa.String(), nullable=False),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_monthly_review_month")),
        sa.ForeignKeyConstraint(
            ["signed_by_id"], ["user_account.id"], name=op.f("fk_monthly_review_signed_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_monthly_review")),
    )
    op.create_table(
        "quality_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome = 'approved' OR note <> ''", name=op.f("ck_quality_review_note_given")),
        sa.CheckConstraint("outcome IN ('approved', 'returned', 'rejected')", name=op.f("ck_quality_review_outcome")),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_quality_review_response_id_response")),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["user_account.id"], name=op.f("fk_quality_review_reviewer_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_review")),
    )
    op.create_index("ix_quality_review_response_id", "quality_review", ["response_id"])

    op.create_table(
        "score",
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_score_line_id_line")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_score_response_id_response"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "line_id", name=op.f("pk_score")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_score_line_id", "score", ["line_id"])

    op.create_table(
        "pending_restatement",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.Column("others", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("responses >= 0 AND others >= 0", name=op.f("ck_pending_restatement_counts")),
        sa.ForeignKeyConstraint(
            ["month"], ["monthly_review.month"], name=op.f("fk_pending_restatement_month_monthly_review")
        ),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_pending_restatement")),
    )
    op.create_table(
        "restatement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.Column("others", sa.Integer(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.CheckConstraint("responses >= 0 AND others >= 0", name=op.f("ck_restatement_counts")),
        sa.ForeignKeyConstraint(["month"], ["monthly_review.month"], name=op.f("fk_restatement_month_monthly_review")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restatement")),
    )
    op.create_index("ix_restatement_month", "restatement", ["month"])

    # Agent 0 stands for "no agent", so that no key is ever NULL.
    op.execute("INSERT INTO agent (id, code, name, email) VALUES (0, '', '', '')")
    # The count of writes is spread over rows, so that writers do not wait for one another.
    write_count = sa.table("write_count", sa.column("shard"), sa.column("writes"))
    op.bulk_insert(write_count, [{"shard": shard, "writes": 0} for shard in range(16)])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_restatement_month", "restatement")

    op.drop_table("restatement")
    op.drop_table("pending_restatement")
    op.drop_index("ix_score_line_id", "score")

    op.drop_table("score")
    op.drop_index("ix_quality_review_response_id", "quality_review")

    op.drop_table("quality_review")
    op.drop_table("monthly_review")
    op.drop_index("ix_entry_user_id", "entry")
    op.drop_index("ix_entry_at", "entry")

    op.drop_table("entry")
    op.drop_index("ix_correction_response_id", "correction")

    op.drop_table("correction")
    op.drop_index("ix_assignment_state", "assignment")
    op.drop_index("ix_assignment_shopper_id", "assignment")
    op.drop_index("ix_assignment_branch_id", "assignment")

    op.drop_table("assignment")
    op.drop_table("answer")
    op.drop_table("user_account")
    op.drop_index("ix_response_month", "response")
    op.drop_index("ix_response_import_run_id", "response")
    op.drop_index("ix_response_branch_id_month", "response")
    op.drop_index("ix_response_agent_id_month", "response")

    op.drop_table("response")
    op.drop_table("profit")
    op.drop_index("ix_placement_branch_id", "placement")

    op.drop_table("placement")
    op.drop_index("ix_invitation_campaign_id", "invitation")
    op.drop_index("ix_invitation_branch_id", "invitation")

    op.drop_table("invitation")
    op.drop_index("ix_draft_updated_at", "draft")

    op.drop_table("draft")
    op.drop_index("ix_branch_fact_line_id_month", "branch_fact")

    op.drop_table("branch_fact")
    op.drop_table("agent_fact")
    op.drop_table("version")
    op.drop_table("line")
    op.drop_table("campaign")
    op.drop_index("ix_branch_region_id", "branch")
    op.drop_index("ix_branch_code", "branch")

    op.drop_table("branch")
    op.drop_table("write_count")
    op.drop_table("scenario")
    op.drop_table("region")
    op.drop_table("questionnaire")
    op.drop_table("organisation")
    op.drop_index("ix_job_state", "job")

    op.drop_table("job")
    op.drop_table("import_run")
    op.drop_table("agent")
