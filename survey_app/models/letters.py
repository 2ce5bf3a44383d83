"""Letters: news to people who log in, and to customers about their own case or an incident that hit them.

Invitations to surveys and their reminders are in ``outreach.py``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.people import User

READY = "ready"


class Letter(Base):
    """One message to a user, by e-mail, or to a customer outside, by e-mail or text message.

    The row holds what it is about, never its words: they are put together when it leaves. A user's address is the
    user's own and is not kept here.
    """

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint("state IN ('ready', 'sending', 'sent', 'failed', 'uncertain', 'cancelled')", name="state"),
        CheckConstraint("(state = 'sending') = (leased_until IS NOT NULL)", name="sending_is_leased"),
        CheckConstraint("user_id IS NULL OR address = ''", name="one_reader"),
        CheckConstraint("channel IN ('email', 'sms')", name="channel"),
        Index("ix_letter_state_send_after", "state", "send_after"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: What it is about and for whom, so that nobody is told the same twice; also the Message-ID's first part.
    key: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    channel: Mapped[str] = mapped_column(default="email")
    #: Where it goes when it goes to no user, and in which language; cleared with the customer's contact.
    address: Mapped[str] = mapped_column(default="", info={"personal": True})
    language: Mapped[str] = mapped_column(default="")
    #: The case or incident it is about, so that what is sent about one can be seen there.
    case_id: Mapped[int | None] = mapped_column(ForeignKey("service_case.id"), index=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"), index=True)
    #: A code of :data:`forms.letters.LETTERS`.
    kind: Mapped[str]
    #: Numbers, dates and names of places for the words.
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default=READY)
    send_after: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    user: Mapped[User | None] = relationship()


class ModelResult(Base):
    """What a model made of single responses, for a month: kept with the digest of what it was made from."""

    __tablename__ = "model_result"
    __table_args__ = (CheckConstraint("length(month) = 7", name="month"),)

    month: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    inputs_digest: Mapped[str]
    result: Mapped[dict[str, Any]]
    at: Mapped[datetime]
