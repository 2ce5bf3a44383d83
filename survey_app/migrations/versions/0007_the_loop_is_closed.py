"""Closing the loop: cases, promises, incidents, giving, recognition, training, voices, and letters to customers.

Revision: 0007
Follows: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "offer_consent",
        sa.Column("customer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_offer_consent_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_offer_consent")),
    )
    op.create_table(
        "low_signal",
        sa.Column("branch_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_low_signal_month")),
        sa.CheckConstraint("n >= 0", name=op.f("ck_low_signal_n")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_low_signal_branch_id_branch")),
        sa.PrimaryKeyConstraint("branch_id", "month", "trigger", name=op.f("pk_low_signal")),
    )
    op.create_table(
        "delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("to_id <> user_id", name=op.f("ck_delegation_to_another")),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_delegation_until_after_since")),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_delegation_by_id_user_account")),
        sa.ForeignKeyConstraint(["to_id"], ["user_account.id"], name=op.f("fk_delegation_to_id_user_account")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_delegation_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index("ix_delegation_user_id_since", "delegation", ["user_id", "since"])
    op.create_table(
        "giving_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=True),
        sa.Column("tenure", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'approved', 'sent', 'cancelled')", name=op.f("ck_giving_contact_state")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["user_account.id"], name=op.f("fk_giving_contact_approved_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_giving_contact_branch_id_branch")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_giving_contact_created_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_giving_contact")),
        sa.UniqueConstraint("key", name=op.f("uq_giving_contact_key")),
    )
    op.create_index("ix_giving_contact_branch_id", "giving_contact", ["branch_id"])
    op.create_index("ix_giving_contact_planned_on", "giving_contact", ["planned_on"])
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("apology_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('proposed', 'open', 'closed', 'dismissed')", name=op.f("ck_incident_state")),
        sa.ForeignKeyConstraint(
            ["apology_by_id"], ["user_account.id"], name=op.f("fk_incident_apology_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_incident_branch_id_branch")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_incident_created_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("key", name=op.f("uq_incident_key")),
    )
    op.create_index("ix_incident_branch_id", "incident", ["branch_id"])
    op.create_table(
        "recognition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.Column("quote_response_id", sa.String(), nullable=True),
        sa.Column("quote_question", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publicity", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("publicity IN ('', 'accepted', 'declined')", name=op.f("ck_recognition_publicity")),
        sa.CheckConstraint("state IN ('proposed', 'confirmed', 'refused')", name=op.f("ck_recognition_state")),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_recognition_month")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_recognition_agent_id_agent")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_recognition_branch_id_branch")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_recognition_decided_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognition")),
        sa.UniqueConstraint("month", "branch_id", "agent_id", name=op.f("uq_recognition_month_branch_id_agent_id")),
    )
    op.create_index("ix_recognition_agent_id", "recognition", ["agent_id"])
    op.create_index("ix_recognition_branch_id", "recognition", ["branch_id"])
    op.create_index("ix_recognition_quote_response_id", "recognition", ["quote_response_id"])
    op.create_table(
        "voice_tag",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_voice_tag_by_id_user_account")),
        sa.PrimaryKeyConstraint("source", "ref", "tag", name=op.f("pk_voice_tag")),
    )
    op.create_table(
        "departure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("tenure", sa.String(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_departure_month")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_departure_branch_id_branch")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_departure_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_departure_import_run_id_import_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure")),
        sa.UniqueConstraint("key", name=op.f("uq_departure_key")),
    )
    op.create_index("ix_departure_branch_id_month", "departure", ["branch_id", "month"])
    op.create_index("ix_departure_customer_id", "departure", ["customer_id"])
    op.create_index("ix_departure_import_run_id", "departure", ["import_run_id"])
    op.create_table(
        "gift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_gift_branch_id_branch")),
        sa.ForeignKeyConstraint(["contact_id"], ["giving_contact.id"], name=op.f("fk_gift_contact_id_giving_contact")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_gift_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift")),
        sa.UniqueConstraint("contact_id", "customer_id", name=op.f("uq_gift_contact_id_customer_id")),
    )
    op.create_index("ix_gift_branch_id_given_on", "gift", ["branch_id", "given_on"])
    op.create_index("ix_gift_customer_id_given_on", "gift", ["customer_id", "given_on"])
    op.create_table(
        "training",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('course', 'quiz', 'coaching')", name=op.f("ck_training_kind")),
        sa.CheckConstraint("score IS NULL OR score BETWEEN 0 AND 10000", name=op.f("ck_training_score")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_training_agent_id_agent")),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_training_by_id_user_account")),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_training_import_run_id_import_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
        sa.UniqueConstraint("agent_id", "topic", "done_on", name=op.f("uq_training_agent_id_topic_done_on")),
        sa.UniqueConstraint("response_id", name=op.f("uq_training_response_id")),
    )
    op.create_index("ix_training_agent_id", "training", ["agent_id"])
    op.create_index("ix_training_import_run_id", "training", ["import_run_id"])
    op.create_table(
        "voice_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_voice_message_agent_id_agent")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_voice_message_branch_id_branch")),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_voice_message_import_run_id_import_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_message")),
        sa.UniqueConstraint("key", name=op.f("uq_voice_message_key")),
    )
    op.create_index("ix_voice_message_branch_id_written_on", "voice_message", ["branch_id", "written_on"])
    op.create_index("ix_voice_message_import_run_id", "voice_message", ["import_run_id"])
    op.create_index("ix_voice_message_written_on", "voice_message", ["written_on"])
    op.create_table(
        "listening",
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("heard_on", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("way IN ('call', 'visit', 'test_call')", name=op.f("ck_listening_way")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_listening_agent_id_agent")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_listening_branch_id_branch")),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_listening_by_id_user_account")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_listening_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_listening")),
    )
    op.create_index("ix_listening_branch_id", "listening", ["branch_id"])
    op.create_index("ix_listening_by_id_sent_at", "listening", ["by_id", "sent_at"])
    op.create_table(
        "service_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("response_id", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("wanted", sa.String(), nullable=False),
        sa.Column("adopted_by_id", sa.Integer(), nullable=True),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("customer_key", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("consent_withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("root_cause", sa.String(), nullable=False),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=False),
        sa.Column("compensation", sa.Integer(), nullable=False),
        sa.Column("compensation_by_id", sa.Integer(), nullable=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("not_me", sa.String(), nullable=False),
        sa.Column("checked", sa.String(), nullable=False),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_note", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalates_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("overdue_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("complaint_due_on", sa.Date(), nullable=False),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_how", sa.String(), nullable=False),
        sa.Column("silent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("repeat_of_id", sa.Integer(), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_service_case_closed")),
        sa.CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name=op.f("ck_service_case_merged")),
        sa.CheckConstraint(
            "closed_how IN ('', 'confirmed', 'unconfirmed', 'no_contact', 'withdrawn', 'erased')",
            name=op.f("ck_service_case_closed_how"),
        ),
        sa.CheckConstraint(
            "level IN ('agent', 'branch', 'region', 'service', 'ombudsman')", name=op.f("ck_service_case_level")
        ),
        sa.CheckConstraint(
            "outcome IN ('', 'justified', 'partly', 'not_justified', 'abusive')", name=op.f("ck_service_case_outcome")
        ),
        sa.CheckConstraint(
            "source IN ('survey', 'manual', 'api', 'voice', 'visit')", name=op.f("ck_service_case_source")
        ),
        sa.CheckConstraint(
            "state IN ('new', 'contacted', 'agreed', 'done', 'confirmed', 'closed', 'merged')",
            name=op.f("ck_service_case_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('done', 'confirmed') OR done_at IS NOT NULL", name=op.f("ck_service_case_done")
        ),
        sa.CheckConstraint("cost >= 0 AND compensation >= 0", name=op.f("ck_service_case_money")),
        sa.CheckConstraint(
            "merged_into_id IS NULL OR merged_into_id <> id", name=op.f("ck_service_case_not_into_itself")
        ),
        sa.ForeignKeyConstraint(
            ["adopted_by_id"], ["user_account.id"], name=op.f("fk_service_case_adopted_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_service_case_agent_id_agent")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_service_case_branch_id_branch")),
        sa.ForeignKeyConstraint(
            ["checked_by_id"], ["user_account.id"], name=op.f("fk_service_case_checked_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["compensation_by_id"], ["user_account.id"], name=op.f("fk_service_case_compensation_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_service_case_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_service_case_department_id_department")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_service_case_incident_id_incident")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_service_case_invitation_id_invitation")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["service_case.id"], name=op.f("fk_service_case_merged_into_id_service_case")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_service_case_owner_id_user_account")),
        sa.ForeignKeyConstraint(
            ["repeat_of_id"], ["service_case.id"], name=op.f("fk_service_case_repeat_of_id_service_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_case")),
        sa.UniqueConstraint("external_id", name=op.f("uq_service_case_external_id")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_service_case_invitation_id")),
        sa.UniqueConstraint("key", name=op.f("uq_service_case_key")),
        sa.UniqueConstraint("token", name=op.f("uq_service_case_token")),
    )
    op.create_index("ix_service_case_adopted_by_id", "service_case", ["adopted_by_id"])
    op.create_index("ix_service_case_agent_id", "service_case", ["agent_id"])
    op.create_index("ix_service_case_branch_id_opened_at", "service_case", ["branch_id", "opened_at"])
    op.create_index("ix_service_case_closed_at", "service_case", ["closed_at"])
    op.create_index(
        "ix_service_case_clock",
        "service_case",
        ["escalates_at"],
        sqlite_where=sa.text("state IN ('new', 'contacted', 'agreed')"),
        postgresql_where=sa.text("state IN ('new', 'contacted', 'agreed')"),
    )
    op.create_index(
        "ix_service_case_waiting",
        "service_case",
        ["silent_at"],
        sqlite_where=sa.text("state IN ('done', 'confirmed')"),
        postgresql_where=sa.text("state IN ('done', 'confirmed')"),
    )
    op.create_index("ix_service_case_customer_id", "service_case", ["customer_id"])
    op.create_index("ix_service_case_customer_key_opened_at", "service_case", ["customer_key", "opened_at"])
    op.create_index("ix_service_case_department_id", "service_case", ["department_id"])
    op.create_index("ix_service_case_incident_id", "service_case", ["incident_id"])
    op.create_index("ix_service_case_merged_into_id", "service_case", ["merged_into_id"])
    op.create_index("ix_service_case_opened_at", "service_case", ["opened_at"])
    op.create_index("ix_service_case_owner_id_state", "service_case", ["owner_id", "state"])
    op.create_index("ix_service_case_response_id", "service_case", ["response_id"])
    op.create_index("ix_service_case_state", "service_case", ["state"])
    op.create_table(
        "case_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_case_event_by_id_user_account")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["service_case.id"], name=op.f("fk_case_event_case_id_service_case"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
    )
    op.create_index("ix_case_event_by_id_kind", "case_event", ["by_id", "kind"])
    op.create_index("ix_case_event_case_id_at", "case_event", ["case_id", "at"])
    op.create_table(
        "incident_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("branch_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reached_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'reached', 'unreachable', 'no_contact')",
            name=op.f("ck_incident_person_state"),
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_incident_person_branch_id_branch")),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.id"], name=op.f("fk_incident_person_case_id_service_case")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_incident_person_customer_id_customer")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_incident_person_incident_id_incident")),
        sa.ForeignKeyConstraint(
            ["reached_by_id"], ["user_account.id"], name=op.f("fk_incident_person_reached_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_person")),
        sa.UniqueConstraint("incident_id", "person", name=op.f("uq_incident_person_incident_id_person")),
    )
    op.create_index("ix_incident_person_case_id", "incident_person", ["case_id"])
    op.create_index("ix_incident_person_customer_id", "incident_person", ["customer_id"])
    op.create_index("ix_incident_person_incident_id_state", "incident_person", ["incident_id", "state"])
    op.create_table(
        "promise",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("interaction_id", sa.Integer(), nullable=True),
        sa.Column("response_id", sa.String(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name=op.f("ck_promise_settled")),
        sa.CheckConstraint("state IN ('open', 'kept', 'broken', 'withdrawn')", name=op.f("ck_promise_state")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_promise_agent_id_agent")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_promise_branch_id_branch")),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.id"], name=op.f("fk_promise_case_id_service_case")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_promise_created_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_promise_department_id_department")),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interaction.id"], name=op.f("fk_promise_interaction_id_interaction")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_promise_owner_id_user_account")),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["user_account.id"], name=op.f("fk_promise_settled_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    op.create_index("ix_promise_branch_id_due_on", "promise", ["branch_id", "due_on"])
    op.create_index("ix_promise_case_id", "promise", ["case_id"])
    op.create_index("ix_promise_department_id", "promise", ["department_id"])
    op.create_index("ix_promise_interaction_id", "promise", ["interaction_id"])
    op.create_index("ix_promise_owner_id", "promise", ["owner_id"])
    op.create_index("ix_promise_response_id", "promise", ["response_id"])
    op.create_index("ix_promise_state_due_on", "promise", ["state", "due_on"])
    op.create_table(
        "score_removal",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name=op.f("ck_score_removal_decided")),
        sa.CheckConstraint("state IN ('asked', 'approved', 'refused')", name=op.f("ck_score_removal_state")),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id", name=op.f("ck_score_removal_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user_account.id"], name=op.f("fk_score_removal_asked_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.id"], name=op.f("fk_score_removal_case_id_service_case")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_score_removal_decided_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_score_removal")),
    )
    op.create_table(
        "department_survey",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_department_survey_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_department_survey_department_id_department")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_department_survey")),
    )
    op.create_index("ix_department_survey_department_id", "department_survey", ["department_id"])
    with op.batch_alter_table("letter") as batch:
        batch.add_column(sa.Column("channel", sa.String(), nullable=False, server_default="email"))
        batch.add_column(sa.Column("address", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("language", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("case_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("incident_id", sa.Integer(), nullable=True))
        batch.alter_column("user_id", existing_type=sa.Integer(), nullable=True)
        batch.create_check_constraint(op.f("ck_letter_one_reader"), "user_id IS NULL OR address = ''")
        batch.create_check_constraint(op.f("ck_letter_channel"), "channel IN ('email', 'sms')")
        batch.create_foreign_key(op.f("fk_letter_case_id_service_case"), "service_case", ["case_id"], ["id"])
        batch.create_foreign_key(op.f("fk_letter_incident_id_incident"), "incident", ["incident_id"], ["id"])
    op.create_index("ix_letter_case_id", "letter", ["case_id"])
    op.create_index("ix_letter_incident_id", "letter", ["incident_id"])
    op.add_column("organisation", sa.Column("loop", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("story", sa.Column("source", sa.String(), nullable=False, server_default="survey"))


def downgrade() -> None:
    """Take it back."""
    op.drop_table("department_survey")
    op.execute("DELETE FROM story WHERE source <> 'survey'")
    with op.batch_alter_table("story") as batch:
        batch.drop_column("source")
    with op.batch_alter_table("organisation") as batch:
        batch.drop_column("loop")
    # A letter to somebody who does not log in has no place in the older schema.
    op.execute("DELETE FROM letter WHERE user_id IS NULL")
    op.drop_index("ix_letter_incident_id", "letter")
    op.drop_index("ix_letter_case_id", "letter")
    with op.batch_alter_table("letter") as batch:
        batch.drop_constraint(op.f("fk_letter_incident_id_incident"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_letter_case_id_service_case"), type_="foreignkey")
        batch.drop_constraint(op.f("ck_letter_one_reader"), type_="check")
        batch.drop_constraint(op.f("ck_letter_channel"), type_="check")
        batch.alter_column("user_id", existing_type=sa.Integer(), nullable=False)
        for column in ("incident_id", "case_id", "language", "address", "channel"):
            batch.drop_column(column)
    op.drop_table("score_removal")
    op.drop_table("promise")
    op.drop_table("incident_person")
    op.drop_table("case_event")
    op.drop_table("service_case")
    op.drop_table("listening")
    op.drop_table("voice_message")
    op.drop_table("training")
    op.drop_table("gift")
    op.drop_table("departure")
    op.drop_table("voice_tag")
    op.drop_table("recognition")
    op.drop_table("incident")
    op.drop_table("giving_contact")
    op.drop_table("delegation")
    op.drop_table("low_signal")
    op.drop_table("offer_consent")
