"""Customers are reached: interactions, selection, messages, calls, open collection.

Columns are added one by one in plain SQL, for the reasons that 0002 gives. What stands already keeps its meaning: a
campaign that was published is active and invites nobody by itself.

Revision: 0003
Follows: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: Table -> the columns it gains, as both engines read them.
COLUMNS = {
    "campaign": (
        "name VARCHAR DEFAULT '' NOT NULL",
        (
            "state VARCHAR DEFAULT 'active' NOT NULL CONSTRAINT ck_campaign_state"
            " CHECK (state IN ('planned', 'active', 'paused', 'ended'))"
        ),
        "rules JSON DEFAULT '{{}}' NOT NULL",
        "texts JSON DEFAULT '{{}}' NOT NULL",
        "plan JSON DEFAULT '{{}}' NOT NULL",
        "salt VARCHAR DEFAULT '' NOT NULL",
        "revision INTEGER DEFAULT 0 NOT NULL",
    ),
    "invitation": (
        "customer_id INTEGER CONSTRAINT fk_invitation_customer_id_customer REFERENCES customer (id)",
        "interaction_id INTEGER CONSTRAINT fk_invitation_interaction_id_interaction REFERENCES interaction (id)",
        "channel VARCHAR DEFAULT '' NOT NULL",
        "weight {number} DEFAULT 1 NOT NULL CONSTRAINT ck_invitation_weight CHECK (weight >= 1)",
        "disposition VARCHAR DEFAULT '' NOT NULL",
        "opened_at {moment}",
        "started_at {moment}",
        "finished_at {moment}",
        "calls INTEGER DEFAULT 0 NOT NULL",
        "call_after {moment}",
        "caller_id INTEGER CONSTRAINT fk_invitation_caller_id_user_account REFERENCES user_account (id)",
        "held_until {moment}",
    ),
    "organisation": ("outreach JSON DEFAULT '{{}}' NOT NULL",),
    "draft": (
        "page VARCHAR DEFAULT '' NOT NULL",
        "marks JSON DEFAULT '{{}}' NOT NULL",
        "point_id INTEGER CONSTRAINT fk_draft_point_id_collection_point REFERENCES collection_point (id)",
    ),
    "response": (
        "mode VARCHAR DEFAULT 'web' NOT NULL",
        "point_id INTEGER CONSTRAINT fk_response_point_id_collection_point REFERENCES collection_point (id)",
        "flags JSON DEFAULT '[]' NOT NULL",
    ),
}
#: How each engine calls a moment and a number with a fraction.
TYPES = {
    "sqlite": {"moment": "DATETIME", "number": "DOUBLE"},
    "postgresql": {"moment": "TIMESTAMP WITH TIME ZONE", "number": "DOUBLE PRECISION"},
}


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "abuse_count",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_abuse_count")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_abuse_count_expires_at", "abuse_count", ["expires_at"])
    op.create_table(
        "daily_salt",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_daily_salt")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("ref", name=op.f("uq_customer_ref")),
    )
    op.create_index("ix_customer_email", "customer", ["email"])
    op.create_index("ix_customer_phone", "customer", ["phone"])
    op.create_table(
        "exclusion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("reason IN ('employee', 'open_case')", name=op.f("ck_exclusion_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion")),
        sa.UniqueConstraint("reason", "address", name=op.f("uq_exclusion_reason_address")),
    )
    op.create_index("ix_exclusion_address", "exclusion", ["address"])
    op.create_table(
        "collection_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('poster', 'desk', 'kiosk', 'link')", name=op.f("ck_collection_point_kind")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_collection_point_agent_id_agent")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_collection_point_branch_id_branch")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_collection_point_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_point")),
        sa.UniqueConstraint("code", name=op.f("uq_collection_point_code")),
        sa.UniqueConstraint("token", name=op.f("uq_collection_point_token")),
    )
    op.create_index("ix_collection_point_branch_id", "collection_point", ["branch_id"])
    op.create_index("ix_collection_point_campaign_id", "collection_point", ["campaign_id"])
    op.create_table(
        "opt_out",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_opt_out_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_opt_out")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_api_token_created_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_token_digest")),
        sa.UniqueConstraint("name", name=op.f("uq_api_token_name")),
    )
    op.create_table(
        "sealed_response",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_sealed_response_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_sealed_response_version_id_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_response")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "interaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenure", sa.String(), nullable=False),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'dealt_with')", name=op.f("ck_interaction_state")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_interaction_agent_id_agent")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_interaction_branch_id_branch")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_interaction_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_interaction_import_run_id_import_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction")),
        sa.UniqueConstraint("key", name=op.f("uq_interaction_key")),
    )
    op.create_index("ix_interaction_branch_id_at", "interaction", ["branch_id", "at"])
    op.create_index("ix_interaction_customer_id", "interaction", ["customer_id"])
    op.create_index("ix_interaction_import_run_id", "interaction", ["import_run_id"])
    op.create_index("ix_interaction_state_at", "interaction", ["state", "at"])
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("send_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_ref", sa.String(), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'sending') = (leased_until IS NOT NULL)", name=op.f("ck_message_sending_is_leased")
        ),
        sa.CheckConstraint("channel IN ('email', 'sms', 'whatsapp')", name=op.f("ck_message_channel")),
        sa.CheckConstraint("kind IN ('invitation', 'reminder')", name=op.f("ck_message_kind")),
        sa.CheckConstraint(
            "state IN ('ready', 'sending', 'sent', 'delivered', 'failed', 'uncertain', 'cancelled')",
            name=op.f("ck_message_state"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_message_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_message_invitation_id_invitation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("invitation_id", "kind", "channel", name=op.f("uq_message_invitation_id_kind_channel")),
        sa.UniqueConstraint("key", name=op.f("uq_message_key")),
    )
    op.create_index("ix_message_channel_begun_at", "message", ["channel", "begun_at"])
    op.create_index("ix_message_campaign_id_state", "message", ["campaign_id", "state"])
    op.create_index("ix_message_invitation_id", "message", ["invitation_id"])
    op.create_index("ix_message_provider_ref", "message", ["provider_ref"])
    op.create_index("ix_message_state_channel_send_after", "message", ["state", "channel", "send_after"])
    op.create_table(
        "selection",
        sa.Column("interaction_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('invited', 'left_out')", name=op.f("ck_selection_outcome")),
        sa.CheckConstraint("probability > 0 AND probability <= 1", name=op.f("ck_selection_probability")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_selection_campaign_id_campaign")),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interaction.id"],
            name=op.f("fk_selection_interaction_id_interaction"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_selection_invitation_id_invitation")
        ),
        sa.PrimaryKeyConstraint("interaction_id", "campaign_id", name=op.f("pk_selection")),
    )
    op.create_index("ix_selection_campaign_id_reason", "selection", ["campaign_id", "reason"])
    op.create_index("ix_selection_invitation_id", "selection", ["invitation_id"])
    op.create_table(
        "contact_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("call_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitation.id"],
            name=op.f("fk_contact_event_invitation_id_invitation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_contact_event_message_id_message")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_contact_event_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_event")),
    )
    op.create_index("ix_contact_event_invitation_id_at", "contact_event", ["invitation_id", "at"])
    op.create_table(
        "set_aside",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_set_aside_month")),
        sa.ForeignKeyConstraint(
            ["point_id"], ["collection_point.id"], name=op.f("fk_set_aside_point_id_collection_point")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_aside")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_set_aside_point_id", "set_aside", ["point_id"])
    op.create_table(
        "api_call",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_call")),
    )
    op.create_index("ix_api_call_at", "api_call", ["at"])
    op.create_table(
        "tablet_receipt",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_tablet_receipt_month")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_tablet_receipt")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tablet_receipt_month", "tablet_receipt", ["month"])
    types = TYPES[op.get_bind().dialect.name]
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN " + column.format(**types))
    op.create_index("ix_invitation_channel_state_call_after", "invitation", ["channel", "state", "call_after"])
    op.create_index("ix_invitation_customer_id_created_at", "invitation", ["customer_id", "created_at"])
    op.create_index("ix_invitation_interaction_id", "invitation", ["interaction_id"])
    op.create_index("ix_response_point_id", "response", ["point_id"])
    op.create_index("ix_response_campaign_id", "response", ["campaign_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_invitation_channel_state_call_after", "invitation")
    op.drop_index("ix_invitation_customer_id_created_at", "invitation")
    op.drop_index("ix_invitation_interaction_id", "invitation")
    op.drop_index("ix_response_point_id", "response")
    op.drop_index("ix_response_campaign_id", "response")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column.split()[0]}")
    op.drop_table("api_call")
    op.drop_table("tablet_receipt")
    op.drop_table("set_aside")
    op.drop_table("contact_event")
    op.drop_table("selection")
    op.drop_table("message")
    op.drop_table("interaction")
    op.drop_table("sealed_response")
    op.drop_table("api_token")
    op.drop_table("opt_out")
    op.drop_table("collection_point")
    op.drop_table("exclusion")
    op.drop_table("customer")
    op.drop_table("daily_salt")
    op.drop_table("abuse_count")
