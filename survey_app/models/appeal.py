"""Appeals against a report of a mystery visit, by the branch or by the shopper, item by item."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.people import PERSONAL, User
from survey_app.models.response import Response

BRANCH, SHOPPER = "branch", "shopper"
OPEN, DECIDED, WITHDRAWN = "open", "decided", "withdrawn"
UPHELD, OVERTURNED, PARTLY = "upheld", "overturned", "partly"


class Appeal(Base):
    """One appeal: who asks for what to be looked at again, and who decided it."""

    __tablename__ = "appeal"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("side IN ('branch', 'shopper')", name="side"),
        CheckConstraint("state IN ('open', 'decided', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'decided') = (decided_at IS NOT NULL)", name="decided"),
        Index("ix_appeal_response_id", "response_id"),
        Index("ix_appeal_state_filed_at", "state", "filed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[str] = mapped_column(ForeignKey("response.id"))
    side: Mapped[str]
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    filed_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=OPEN)
    #: What it is about as a whole, where it is not about items only (a rejection).
    words: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    #: What the decision says to both sides.
    answer: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    #: Total score before and after, in hundredths; None where there was none.
    before: Mapped[int | None]
    after: Mapped[int | None]

    response: Mapped[Response] = relationship()
    filed_by: Mapped[User] = relationship(foreign_keys=[filed_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    items: Mapped[list[AppealItem]] = relationship(back_populates="appeal", order_by="AppealItem.id")


class AppealItem(Base):
    """One item of an appeal: why its answer is doubted, and what became of it."""

    __tablename__ = "appeal_item"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("appeal_id", "question"),
        CheckConstraint("outcome IN ('', 'upheld', 'overturned', 'partly')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeal.id"))
    #: Code of the item; empty: the report as a whole.
    question: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(Text, info=PERSONAL)
    #: The answer that stood when it was filed, and the one after the decision.
    before: Mapped[Any | None] = mapped_column(info=PERSONAL)
    after: Mapped[Any | None] = mapped_column(info=PERSONAL)
    outcome: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)

    appeal: Mapped[Appeal] = relationship(back_populates="items")
