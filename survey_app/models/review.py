"""The monthly review: open, then signed; what is corrected afterwards stands beside it as a restatement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.people import User

OPEN, SIGNED = "open", "signed"


class MonthlyReview(Base):
    """A signed month: the numbers as they were seen, kept for good."""

    __tablename__ = "monthly_review"
    __audited__ = True
    __table_args__ = (CheckConstraint("length(month) = 7", name="month"),)

    month: Mapped[str] = mapped_column(primary_key=True)
    signed_at: Mapped[datetime]
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    #: The report's JSON, byte for byte.
    numbers: Mapped[str] = mapped_column(Text, info={"document": True})
    #: SHA-256 of the numbers and of the inputs they were computed from.
    digest: Mapped[str]
    inputs_digest: Mapped[str]
    #: Version of the code that computed them.
    code_version: Mapped[str]

    signed_by: Mapped[User] = relationship()


class Restatement(Base):
    """What later corrections changed in a signed month, in batches large enough to protect respondents."""

    __tablename__ = "restatement"
    __audited__ = True
    __table_args__ = (CheckConstraint("responses >= 0 AND others >= 0", name="counts"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(ForeignKey("monthly_review.month"), index=True)
    at: Mapped[datetime]
    #: How many survey responses, and how many shops and profit rows, came, changed or went since the last batch.
    responses: Mapped[int]
    others: Mapped[int]
    #: ``{branch, number, was, now}`` for every published number that moved.
    changes: Mapped[list[Any]]
    #: The restated report's JSON.
    numbers: Mapped[str] = mapped_column(Text, info={"document": True})


class PendingRestatement(Base):
    """Corrections of a signed month that wait for their batch."""

    __tablename__ = "pending_restatement"
    __table_args__ = (CheckConstraint("responses >= 0 AND others >= 0", name="counts"),)

    month: Mapped[str] = mapped_column(ForeignKey("monthly_review.month"), primary_key=True)
    responses: Mapped[int] = mapped_column(default=0)
    others: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime]
