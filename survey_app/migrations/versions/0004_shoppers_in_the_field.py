"""Mystery visits in the field: programmes, shoppers, rotation, phones, appeals, pay.

Columns are added one by one in plain SQL, for the reasons that 0002 gives. Only the table of assignments is made anew
on SQLite, since a visit may now be without a shopper and has more states; no other table points to it yet.

Revision: 0004
Follows: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATES = (
    "state IN ('planned', 'open', 'claimed', 'assigned', 'submitted', 'returned', 'approved', 'rejected',"
    " 'voided', 'cancelled', 'missed')"
)
STATES_BEFORE = "state IN ('assigned', 'submitted', 'returned', 'approved', 'rejected', 'voided', 'cancelled')"
CHECKS = {
    "state": STATES,
    "has_shopper": "shopper_id IS NOT NULL OR state IN ('planned', 'open', 'missed', 'cancelled')",
    "money": "fee >= 0 AND expense_cap >= 0",
}
#: Table -> the columns it gains, as both engines read them.
COLUMNS = {
    "assignment": (
        "hour_from VARCHAR DEFAULT '' NOT NULL",
        "hour_until VARCHAR DEFAULT '' NOT NULL",
        "programme_id INTEGER CONSTRAINT fk_assignment_programme_id_programme REFERENCES programme (id)",
        "plan_id INTEGER CONSTRAINT fk_assignment_plan_id_rotation_plan REFERENCES rotation_plan (id)",
        "pinned BOOLEAN DEFAULT {false} NOT NULL",
        "fee INTEGER DEFAULT 0 NOT NULL",
        "expense_cap INTEGER DEFAULT 0 NOT NULL",
        "handback_until {moment}",
        "given_at {moment}",
        "entered_at {moment}",
        "left_at {moment}",
        "answer_by DATE",
        "decided_at {moment}",
        "revision INTEGER DEFAULT 0 NOT NULL",
    ),
    "evidence": (
        "content VARCHAR DEFAULT '' NOT NULL",
        "sent_sha256 VARCHAR DEFAULT '' NOT NULL",
        "likeness VARCHAR DEFAULT '' NOT NULL",
        "appeal_id INTEGER CONSTRAINT fk_evidence_appeal_id_appeal REFERENCES appeal (id)",
        "expense_id VARCHAR CONSTRAINT fk_evidence_expense_id_expense REFERENCES expense (id)",
        "user_id INTEGER CONSTRAINT fk_evidence_user_id_user_account REFERENCES user_account (id)",
    ),
    "quality_review": ("phrases JSON DEFAULT '[]' NOT NULL", "questions JSON DEFAULT '[]' NOT NULL"),
    "scenario": (
        "active BOOLEAN DEFAULT {true} NOT NULL",
        "risks JSON DEFAULT '{{}}' NOT NULL",
        "risk_note TEXT DEFAULT '' NOT NULL",
        "risks_checked_at {moment}",
        (
            "risks_checked_by_id INTEGER CONSTRAINT fk_scenario_risks_checked_by_id_user_account"
            " REFERENCES user_account (id)"
        ),
    ),
}
#: How each engine calls a moment, and what is true and false.
TYPES = {
    "sqlite": {"moment": "DATETIME", "false": "0", "true": "1"},
    "postgresql": {"moment": "TIMESTAMP WITH TIME ZONE", "false": "false", "true": "true"},
}
INDEXES = {
    "ix_assignment_programme_id_window_from": ("assignment", ["programme_id", "window_from"]),
    "ix_assignment_plan_id": ("assignment", ["plan_id"]),
    "ix_evidence_content": ("evidence", ["content"]),
    "ix_evidence_appeal_id": ("evidence", ["appeal_id"]),
    "ix_evidence_expense_id": ("evidence", ["expense_id"]),
}


def _add_columns(table: str) -> None:
    types = TYPES[op.get_bind().dialect.name]
    for column in COLUMNS[table]:
        op.execute(f"ALTER TABLE {table} ADD COLUMN " + column.format(**types))


def _loosen_assignment() -> None:
    """A visit may be without a shopper, and has more states."""
    if op.get_bind().dialect.name == "sqlite":
        # The checks of before are found in the table and would stay beside the new ones.
        with op.batch_alter_table("assignment", recreate="always") as batch:
            batch.drop_constraint(op.f("ck_assignment_state"), type_="check")
            for name, rule in CHECKS.items():
                batch.create_check_constraint(op.f(f"ck_assignment_{name}"), rule)
            batch.alter_column("shopper_id", existing_type=sa.Integer(), nullable=True)
        return
    op.alter_column("assignment", "shopper_id", existing_type=sa.Integer(), nullable=True)
    op.drop_constraint(op.f("ck_assignment_state"), "assignment", type_="check")
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_assignment_{name}"), "assignment", rule)


def _tighten_assignment() -> None:
    op.execute("DELETE FROM assignment WHERE shopper_id IS NULL OR state IN ('planned', 'open', 'claimed', 'missed')")
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("assignment", recreate="always") as batch:
            for name in CHECKS:
                batch.drop_constraint(op.f(f"ck_assignment_{name}"), type_="check")
            batch.create_check_constraint(op.f("ck_assignment_state"), STATES_BEFORE)
            batch.alter_column("shopper_id", existing_type=sa.Integer(), nullable=False)
            for column in COLUMNS["assignment"]:
                batch.drop_column(column.split()[0])
        return
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_assignment_{name}"), "assignment", type_="check")
    op.create_check_constraint(op.f("ck_assignment_state"), "assignment", STATES_BEFORE)
    op.alter_column("assignment", "shopper_id", existing_type=sa.Integer(), nullable=False)
    for column in COLUMNS["assignment"]:
        op.execute(f"ALTER TABLE assignment DROP COLUMN {column.split()[0]}")


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("charter", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'active', 'closed')", name=op.f("ck_programme_state")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_programme_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["quiz_id"], ["questionnaire.id"], name=op.f("fk_programme_quiz_id_questionnaire")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("code", name=op.f("uq_programme_code")),
    )
    op.create_table(
        "rotation_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'solving', 'solved', 'published', 'discarded')", name=op.f("ck_rotation_plan_state")
        ),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_rotation_plan_month")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_rotation_plan_created_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_rotation_plan_programme_id_programme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rotation_plan")),
    )
    op.create_index("ix_rotation_plan_programme_id_month", "rotation_plan", ["programme_id", "month"])

    _add_columns("assignment")
    _loosen_assignment()
    op.create_table(
        "model_result",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("inputs_digest", sa.String(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_model_result_month")),
        sa.PrimaryKeyConstraint("month", "kind", name=op.f("pk_model_result")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shopper_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.CheckConstraint("until >= since", name=op.f("ck_absence_until_after_since")),
        sa.ForeignKeyConstraint(["shopper_id"], ["user_account.id"], name=op.f("fk_absence_shopper_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_shopper_id", "absence", ["shopper_id"])
    op.create_table(
        "certification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("shopper_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good_until", sa.Date(), nullable=True),
        sa.Column("set_aside", sa.Boolean(), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 10000", name=op.f("ck_certification_score")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_certification_programme_id_programme")
        ),
        sa.ForeignKeyConstraint(
            ["shopper_id"], ["user_account.id"], name=op.f("fk_certification_shopper_id_user_account")
        ),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_certification_version_id_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification")),
    )
    op.create_index("ix_certification_programme_id_shopper_id", "certification", ["programme_id", "shopper_id"])
    op.create_table(
        "conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shopper_id", sa.Integer(), nullable=False),
        sa.Column("bank", sa.String(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("branch_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(CASE WHEN bank <> '' THEN 1 ELSE 0 END) + (CASE WHEN region_id IS NOT NULL THEN 1 ELSE 0 END)"
            " + (CASE WHEN branch_id IS NOT NULL THEN 1 ELSE 0 END) = 1",
            name=op.f("ck_conflict_one_place"),
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_conflict_branch_id_branch")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_conflict_region_id_region")),
        sa.ForeignKeyConstraint(["shopper_id"], ["user_account.id"], name=op.f("fk_conflict_shopper_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
    )
    op.create_index("ix_conflict_shopper_id", "conflict", ["shopper_id"])
    op.create_table(
        "field_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["user_account.id"], name=op.f("fk_field_copy_settled_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_copy")),
        sa.UniqueConstraint("digest", name=op.f("uq_field_copy_digest")),
    )
    op.create_index("ix_field_copy_response_id", "field_copy", ["response_id"])
    op.create_table(
        "field_device",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reports >= 0 AND files >= 0", name=op.f("ck_field_device_counts")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_field_device_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_device")),
    )
    op.create_index("ix_field_device_user_id", "field_device", ["user_id"])
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("send_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'sending') = (leased_until IS NOT NULL)", name=op.f("ck_letter_sending_is_leased")
        ),
        sa.CheckConstraint(
            "state IN ('ready', 'sending', 'sent', 'failed', 'uncertain', 'cancelled')", name=op.f("ck_letter_state")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_letter_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("key", name=op.f("uq_letter_key")),
    )
    op.create_index("ix_letter_state_send_after", "letter", ["state", "send_after"])
    op.create_index("ix_letter_user_id", "letter", ["user_id"])
    op.create_table(
        "pay_month",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by_id", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_pay_month_month")),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["user_account.id"], name=op.f("fk_pay_month_closed_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_pay_month")),
    )
    op.create_table(
        "shopper_profile",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("payroll_ref", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("home_area", sa.String(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("availability", sa.JSON(), nullable=False),
        sa.Column("reach_km", sa.Integer(), nullable=False),
        sa.Column("most_a_day", sa.Integer(), nullable=False),
        sa.Column("most_a_month", sa.Integer(), nullable=False),
        sa.Column("rating", sa.Double(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("discreet", sa.Boolean(), nullable=False),
        sa.CheckConstraint("latitude IS NULL OR latitude BETWEEN -90 AND 90", name=op.f("ck_shopper_profile_latitude")),
        sa.CheckConstraint(
            "longitude IS NULL OR longitude BETWEEN -180 AND 180", name=op.f("ck_shopper_profile_longitude")
        ),
        sa.CheckConstraint("most_a_day >= 1 AND most_a_month >= 1", name=op.f("ck_shopper_profile_limits")),
        sa.CheckConstraint("rating IS NULL OR rating BETWEEN 1 AND 5", name=op.f("ck_shopper_profile_rating")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_shopper_profile_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_shopper_profile")),
    )
    op.create_table(
        "staff_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("names_recorded", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_staff_notice_branch_id_branch")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_staff_notice_programme_id_programme")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_staff_notice_recorded_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notice")),
        sa.UniqueConstraint("programme_id", "branch_id", name=op.f("uq_staff_notice_programme_id_branch_id")),
    )
    op.create_index("ix_staff_notice_branch_id", "staff_notice", ["branch_id"])
    op.create_table(
        "programme_scenario",
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.CheckConstraint("share > 0", name=op.f("ck_programme_scenario_share")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_programme_scenario_programme_id_programme")
        ),
        sa.ForeignKeyConstraint(
            ["scenario_id"], ["scenario.id"], name=op.f("fk_programme_scenario_scenario_id_scenario")
        ),
        sa.PrimaryKeyConstraint("programme_id", "scenario_id", name=op.f("pk_programme_scenario")),
    )
    op.create_table(
        "appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("after", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'decided') = (decided_at IS NOT NULL)", name=op.f("ck_appeal_decided")),
        sa.CheckConstraint("side IN ('branch', 'shopper')", name=op.f("ck_appeal_side")),
        sa.CheckConstraint("state IN ('open', 'decided', 'withdrawn')", name=op.f("ck_appeal_state")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_appeal_decided_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["filed_by_id"], ["user_account.id"], name=op.f("fk_appeal_filed_by_id_user_account")),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_appeal_response_id_response")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
    )
    op.create_index("ix_appeal_response_id", "appeal", ["response_id"])
    op.create_index("ix_appeal_state_filed_at", "appeal", ["state", "filed_at"])
    op.create_table(
        "blind_review",
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.CheckConstraint("(done_at IS NULL) = (reviewer_id IS NULL)", name=op.f("ck_blind_review_done_by_somebody")),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_blind_review_response_id_response")),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["user_account.id"], name=op.f("fk_blind_review_reviewer_id_user_account")
        ),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_blind_review")),
    )
    op.create_table(
        "report_check",
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("risk", sa.Integer(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("seen", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("risk >= 0", name=op.f("ck_report_check_risk")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_report_check_response_id_response"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_report_check")),
    )
    op.create_table(
        "report_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "cause IN ('sent', 'corrected', 'answered', 'copied', 'appealed')", name=op.f("ck_report_version_cause")
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_report_version_response_id_response"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_report_version_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_version")),
        sa.UniqueConstraint("response_id", "number", name=op.f("uq_report_version_response_id_number")),
    )
    pending = sa.text("state = 'pending'")
    op.create_index("ix_response_pending", "response", ["submitted_at"], sqlite_where=pending, postgresql_where=pending)
    op.create_table(
        "claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("shopper_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'waiting', 'given', 'declined', 'refused', 'withdrawn')", name=op.f("ck_claim_state")
        ),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_claim_assignment_id_assignment")),
        sa.ForeignKeyConstraint(["shopper_id"], ["user_account.id"], name=op.f("fk_claim_shopper_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("assignment_id", "shopper_id", name=op.f("uq_claim_assignment_id_shopper_id")),
    )
    op.create_index("ix_claim_shopper_id", "claim", ["shopper_id"])
    op.create_table(
        "expense",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("sort", sa.String(), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("state <> 'refused' OR reason <> ''", name=op.f("ck_expense_refusal_has_reason")),
        sa.CheckConstraint("state IN ('claimed', 'granted', 'refused')", name=op.f("ck_expense_state")),
        sa.CheckConstraint("claimed > 0", name=op.f("ck_expense_claimed")),
        sa.CheckConstraint("granted >= 0 AND granted <= claimed", name=op.f("ck_expense_granted")),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_expense_assignment_id_assignment")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_expense_decided_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense")),
    )
    op.create_index("ix_expense_assignment_id", "expense", ["assignment_id"])
    op.create_index("ix_expense_state", "expense", ["state"])
    op.create_table(
        "field_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("greeted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_offset_s", sa.Integer(), nullable=False),
        sa.Column("position", sa.JSON(), nullable=False),
        sa.Column("timings", sa.JSON(), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_field_record_assignment_id_assignment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_record")),
        sa.UniqueConstraint("response_id", "round", name=op.f("uq_field_record_response_id_round")),
    )
    op.create_index("ix_field_record_assignment_id", "field_record", ["assignment_id"])
    op.create_table(
        "late_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'answered', 'lapsed')", name=op.f("ck_late_item_state")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_late_item_assignment_id_assignment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_item")),
        sa.UniqueConstraint("response_id", "question", name=op.f("uq_late_item_response_id_question")),
    )
    op.create_index("ix_late_item_assignment_id", "late_item", ["assignment_id"])
    op.create_index("ix_late_item_due_at", "late_item", ["due_at"])
    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("shopper_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("sort", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("sort IN ('fee', 'expenses', 'correction')", name=op.f("ck_payment_sort")),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_payment_assignment_id_assignment")),
        sa.ForeignKeyConstraint(["month"], ["pay_month.month"], name=op.f("fk_payment_month_pay_month")),
        sa.ForeignKeyConstraint(["shopper_id"], ["user_account.id"], name=op.f("fk_payment_shopper_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("assignment_id", "sort", "number", name=op.f("uq_payment_assignment_id_sort_number")),
    )
    op.create_index("ix_payment_month_shopper_id", "payment", ["month", "shopper_id"])
    op.create_table(
        "visit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shopper_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_visit_event_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_visit_event_by_id_user_account")),
        sa.ForeignKeyConstraint(
            ["shopper_id"], ["user_account.id"], name=op.f("fk_visit_event_shopper_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_event")),
    )
    op.create_index("ix_visit_event_assignment_id_at", "visit_event", ["assignment_id", "at"])
    op.create_index("ix_visit_event_shopper_id", "visit_event", ["shopper_id"])
    op.create_table(
        "appeal_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint("outcome IN ('', 'upheld', 'overturned', 'partly')", name=op.f("ck_appeal_item_outcome")),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_item_appeal_id_appeal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_item")),
        sa.UniqueConstraint("appeal_id", "question", name=op.f("uq_appeal_item_appeal_id_question")),
    )
    for table in ("evidence", "quality_review", "scenario"):
        _add_columns(table)
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Take it back."""
    for name, (table, _columns) in INDEXES.items():
        op.drop_index(name, table)
    for table in ("evidence", "quality_review", "scenario"):
        for column in COLUMNS[table]:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column.split()[0]}")
    op.drop_index("ix_response_pending", "response")
    op.drop_table("report_version")
    op.drop_table("report_check")
    op.drop_table("appeal_item")
    op.drop_table("visit_event")
    op.drop_table("payment")
    op.drop_table("late_item")
    op.drop_table("field_record")
    op.drop_table("expense")
    op.drop_table("claim")
    op.drop_table("blind_review")
    op.drop_table("appeal")
    op.drop_table("programme_scenario")
    op.drop_table("staff_notice")
    op.drop_table("shopper_profile")
    op.drop_table("pay_month")
    op.drop_table("letter")
    op.drop_table("field_device")
    op.drop_table("field_copy")
    op.drop_table("conflict")
    op.drop_table("certification")
    op.drop_table("absence")
    op.drop_table("model_result")
    _tighten_assignment()
    op.drop_table("rotation_plan")
    op.drop_table("programme")
