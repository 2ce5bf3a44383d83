"""Letters to people who log in: reminders, news of their visits. Customers' messages are in ``outreach.py``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.people import User

READY = "ready"


class Letter(Base):
    """One e-mail to a user. The row holds what it is about, never its words: they are put together when it leaves."""

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint("state IN ('ready', 'sending', 'sent', 'failed', 'uncertain', 'cancelled')", name="state"),
        CheckConstraint("(state = 'sending') = (leased_until IS NOT NULL)", name="sending_is_leased"),
        Index("ix_letter_state_send_after", "state", "send_after"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: What it is about and for whom, so that nobody is told the same twice; also the Message-ID's first part.
    key: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
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

    user: Mapped[User] = relationship()


class ModelResult(Base):
    """What a model made of single responses, for a month: kept with the digest of what it was made from."""

    __tablename__ = "model_result"
    __table_args__ = (CheckConstraint("length(month) = 7", name="month"),)

    month: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    inputs_digest: Mapped[str]
    result: Mapped[dict[str, Any]]
    at: Mapped[datetime]
