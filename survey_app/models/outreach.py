"""Reaching customers: what they came for, who is asked and who is not, messages, calls and places of open collection.

Contact stands apart from answers: a customer's name, telephone and e-mail are in :class:`Customer` only, and are
cleared when the policy's time is over. Who is not to be asked stands in lists of addresses, which survive the customer.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.campaign import Campaign, Invitation
from survey_app.models.organisation import Branch
from survey_app.models.people import NO_AGENT, PERSONAL, Agent, User
from survey_app.models.questionnaire import Version

#: An interaction that nobody has looked at for sampling, and one that every campaign has.
WAITING, DEALT_WITH = "waiting", "dealt_with"
#: What a campaign did with an interaction.
INVITED, LEFT_OUT = "invited", "left_out"
#: A message waits; a worker holds it; the carrier has it; it arrived; it will never arrive; nobody can know whether it
#: was sent; it was taken back before it was sent.
READY, SENDING, SENT, DELIVERED = "ready", "sending", "sent", "delivered"
FAILED, UNCERTAIN, CANCELLED = "failed", "uncertain", "cancelled"
INVITATION, REMINDER = "invitation", "reminder"
EMAIL, SMS, WHATSAPP, PHONE = CHANNELS = ("email", "sms", "whatsapp", "phone")
POSTER, DESK, KIOSK, LINK = POINT_KINDS = ("poster", "desk", "kiosk", "link")
EMPLOYEE, OPEN_CASE = EXCLUSION_REASONS = ("employee", "open_case")


class Customer(Base):
    """A customer as the organisation's feed names one, with the contact last given. Cleared: everything but the id."""

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The organisation's own reference; empty once cleared.
    ref: Mapped[str | None] = mapped_column(unique=True, info=PERSONAL)
    name: Mapped[str] = mapped_column(default="", info=PERSONAL)
    #: E.164 (+972…), or empty.
    phone: Mapped[str] = mapped_column(default="", index=True, info=PERSONAL)
    #: In lower case, or empty.
    email: Mapped[str] = mapped_column(default="", index=True, info=PERSONAL)
    language: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime]


class Interaction(Base):
    """What one customer came for: where, when, with whom and why, as the transaction feed told it."""

    __tablename__ = "interaction"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'dealt_with')", name="state"),
        Index("ix_interaction_state_at", "state", "at"),
        Index("ix_interaction_branch_id_at", "branch_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The sender's key: told twice, it is stored once.
    key: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), default=NO_AGENT)
    #: How the customer came (branch, phone, digital) and for what, as codes of the sender's own.
    channel: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    #: Only where the privacy officer approved them.
    tenure: Mapped[str] = mapped_column(default="")
    age_band: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=WAITING)
    received_at: Mapped[datetime]
    import_run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"), index=True)

    customer: Mapped[Customer | None] = relationship()
    branch: Mapped[Branch] = relationship()
    agent: Mapped[Agent] = relationship()


class Selection(Base):
    """What a campaign decided about an interaction, and why: kept for everyone, invited or left out."""

    __tablename__ = "selection"
    __table_args__ = (
        CheckConstraint("outcome IN ('invited', 'left_out')", name="outcome"),
        CheckConstraint("probability > 0 AND probability <= 1", name="probability"),
        Index("ix_selection_campaign_id_reason", "campaign_id", "reason"),
    )

    interaction_id: Mapped[int] = mapped_column(
        ForeignKey("interaction.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True, autoincrement=False)
    outcome: Mapped[str]
    #: Why it was left out: a code of :data:`survey_app.outreach.dispositions.LEFT_OUT`; empty where invited.
    reason: Mapped[str] = mapped_column(default="")
    #: The chance it had of being drawn; 1 over it is its design weight. Empty where it never came to a draw.
    probability: Mapped[float | None]
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), index=True)
    decided_at: Mapped[datetime]

    interaction: Mapped[Interaction] = relationship()


class Exclusion(Base):
    """An address (reference, telephone or e-mail) not to be asked for a while: staff, and whoever has an open case."""

    __tablename__ = "exclusion"
    __table_args__ = (
        UniqueConstraint("reason", "address"),
        CheckConstraint("reason IN ('employee', 'open_case')", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str]
    #: ``ref:…`` or a normalised telephone or e-mail.
    address: Mapped[str] = mapped_column(index=True, info=PERSONAL)
    since: Mapped[datetime]
    #: The last day, or open.
    until: Mapped[date | None]


class OptOut(Base):
    """An address that asked for no more surveys. Nothing to do with consent to advertising, which is kept elsewhere."""

    __tablename__ = "opt_out"

    #: ``ref:…`` or a normalised telephone or e-mail.
    address: Mapped[str] = mapped_column(primary_key=True, info=PERSONAL)
    at: Mapped[datetime]
    #: How it came: ``link``, ``mail`` (one click), ``sms``, ``phone``, ``staff``, ``file``, ``api``.
    source: Mapped[str]
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))


class Message(Base):
    """One outgoing message: the row is the truth, a worker that dies holding it changes nothing that the row says."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("invitation_id", "kind", "channel"),
        CheckConstraint(
            "state IN ('ready', 'sending', 'sent', 'delivered', 'failed', 'uncertain', 'cancelled')", name="state"
        ),
        CheckConstraint("kind IN ('invitation', 'reminder')", name="kind"),
        CheckConstraint("channel IN ('email', 'sms', 'whatsapp')", name="channel"),
        CheckConstraint("(state = 'sending') = (leased_until IS NOT NULL)", name="sending_is_leased"),
        Index("ix_message_state_channel_send_after", "state", "channel", "send_after"),
        Index("ix_message_channel_begun_at", "channel", "begun_at"),
        Index("ix_message_campaign_id_state", "campaign_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Given to a gateway as its idempotency key, to a mail server as Message-ID.
    key: Mapped[str] = mapped_column(unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitation.id"), index=True)
    kind: Mapped[str] = mapped_column(default=INVITATION)
    channel: Mapped[str]
    #: Where it goes; cleared with the customer's contact.
    address: Mapped[str] = mapped_column(info=PERSONAL)
    language: Mapped[str]
    state: Mapped[str] = mapped_column(default=READY)
    #: Not before this moment: quiet hours, days of rest, a retry's pause.
    send_after: Mapped[datetime]
    #: Not after it: what could not be sent in time is cancelled, not sent late.
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    #: Who holds it while it is sent, and until when it is believed.
    lease: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    #: When its last sending began, written down before the first byte left: a lease that ended before is no riddle.
    begun_at: Mapped[datetime | None]
    #: What the carrier calls it.
    provider_ref: Mapped[str | None] = mapped_column(index=True)
    #: SMS parts it was sent in; 0 for e-mail.
    parts: Mapped[int] = mapped_column(default=0)
    #: Why it failed or was cancelled, without any address or word of a person.
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]

    campaign: Mapped[Campaign] = relationship()
    invitation: Mapped[Invitation] = relationship()


class ContactEvent(Base):
    """One thing that happened on the way to an answer, with its AAPOR code: a message, a bounce, a call, a refusal.

    Of an anonymous survey nothing is logged after the message left: neither opening nor answering.
    """

    __tablename__ = "contact_event"
    __table_args__ = (Index("ix_contact_event_invitation_id_at", "invitation_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitation.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    channel: Mapped[str]
    #: AAPOR code, see :data:`survey_app.outreach.dispositions.DISPOSITIONS`.
    code: Mapped[str]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: When an interviewer promised to call again.
    call_again_at: Mapped[datetime | None]


class CollectionPoint(Base):
    """A place where anybody may answer: a poster, a desk stand, a tablet or a link, under a short code read aloud."""

    __tablename__ = "collection_point"
    __audited__ = True
    __table_args__ = (CheckConstraint("kind IN ('poster', 'desk', 'kiosk', 'link')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Digits, the last of them a check digit: typed wrong, it says so.
    code: Mapped[str] = mapped_column(unique=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), index=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    kind: Mapped[str]
    #: Whose desk it stands on.
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), default=NO_AGENT)
    #: Which desk, which wall: the organisation's own words.
    label: Mapped[str] = mapped_column(default="")
    #: The secret of a tablet's address; only a kiosk has one.
    token: Mapped[str | None] = mapped_column(unique=True, info=PERSONAL)
    created_at: Mapped[datetime]
    #: Since when it takes no more answers.
    retired_at: Mapped[datetime | None]
    #: When a tablet last reported, and how many answers it still held then.
    seen_at: Mapped[datetime | None]
    held: Mapped[int] = mapped_column(default=0)

    branch: Mapped[Branch] = relationship()
    campaign: Mapped[Campaign] = relationship()


class ApiToken(Base):
    """A key of another system; only its digest is kept."""

    __tablename__ = "api_token"
    __audited__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    #: SHA-256 of the key, in hexadecimal.
    digest: Mapped[str] = mapped_column(unique=True, info=PERSONAL)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    created_by: Mapped[User | None] = relationship()


class ApiCall(Base):
    """What another system was answered to a call that it named, so that the same call again is answered the same.

    Holds no person's name or contact; gone after a day.
    """

    __tablename__ = "api_call"

    #: SHA-256 of the token and the name that the caller gave.
    id: Mapped[str] = mapped_column(primary_key=True)
    #: SHA-256 of what was sent.
    digest: Mapped[str]
    status: Mapped[int]
    answer: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(index=True)


class SealedResponse(Base):
    """An anonymous response between its sending and the night's publication, under an id of no other thing.

    Every night all of them become responses in random order and one transaction: what is stored then tells neither the
    order in which people answered nor, within the day, when.
    """

    __tablename__ = "sealed_response"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: Mapped[str] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    #: What it will be made of: branch, month, language, answers, order shown.
    content: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)

    version: Mapped[Version] = relationship()


class AbuseCount(Base):
    """How often something was done from one address or device in one stretch of time; gone after 24 hours.

    ``digest`` is keyed with the day's salt, which is destroyed with it: it leads back to nobody and to no response.
    """

    __tablename__ = "abuse_count"
    __table_args__ = ({"sqlite_with_rowid": False},)

    digest: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class DailySalt(Base):
    """The secret that a day's abuse counters are keyed with; destroyed when the day is over."""

    __tablename__ = "daily_salt"

    day: Mapped[date] = mapped_column(primary_key=True)
    salt: Mapped[str] = mapped_column(info=PERSONAL)
