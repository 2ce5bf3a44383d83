"""Forms that staff fill in who listen to calls, visit branches or call the own organisation as a customer would."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.campaign import Campaign
from survey_app.models.organisation import Branch
from survey_app.models.people import NO_AGENT, Agent, User


class Listening(Base):
    """One form: who fills it in, about which branch and day. Its answers are a draft until it is sent."""

    __tablename__ = "listening"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("way IN ('call', 'visit', 'test_call')", name="way"),
        Index("ix_listening_by_id_sent_at", "by_id", "sent_at"),
    )

    #: Minted before the form is shown: begun twice, it is one.
    response_id: Mapped[str] = mapped_column(primary_key=True)
    #: A code of :data:`survey_app.loop.voices.WAYS`.
    way: Mapped[str]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), default=NO_AGENT)
    #: The day of the call or of the visit.
    heard_on: Mapped[date]
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    started_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    campaign: Mapped[Campaign] = relationship()
    branch: Mapped[Branch] = relationship()
    agent: Mapped[Agent] = relationship()
    by: Mapped[User] = relationship()
