"""Mystery shopping: scenarios, assignments and the quality reviews of what came back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.campaign import Campaign
from survey_app.models.organisation import Branch
from survey_app.models.people import NO_AGENT, User

ASSIGNED, SUBMITTED, RETURNED = "assigned", "submitted", "returned"
APPROVED, REJECTED, VOIDED, CANCELLED = "approved", "rejected", "voided", "cancelled"
#: States in which the shopper may still write.
WRITABLE = frozenset({ASSIGNED, RETURNED})


class Scenario(Base):
    """What a shopper plays: its title and briefing per language, and the facts that rules ask about."""

    __tablename__ = "scenario"
    __audited__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[dict[str, Any]]
    briefing: Mapped[dict[str, Any]]
    has_appointment: Mapped[bool] = mapped_column(default=False)
    has_account: Mapped[bool] = mapped_column(default=False)

    @property
    def facts(self) -> dict[str, bool]:
        """What a questionnaire's rules may ask of the scenario."""
        return {"has_appointment": self.has_appointment, "has_account": self.has_account}


class Assignment(Base):
    """One visit to make: shopper, branch, scenario and window."""

    __tablename__ = "assignment"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("window_until >= window_from", name="window"),
        CheckConstraint(
            "state IN ('assigned', 'submitted', 'returned', 'approved', 'rejected', 'voided', 'cancelled')",
            name="state",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    response_id: Mapped[str] = mapped_column(unique=True)
    shopper_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), index=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("scenario.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), default=NO_AGENT)
    window_from: Mapped[date]
    window_until: Mapped[date]
    state: Mapped[str] = mapped_column(default=ASSIGNED, index=True)

    campaign: Mapped[Campaign] = relationship()
    shopper: Mapped[User] = relationship()
    branch: Mapped[Branch] = relationship()
    scenario: Mapped[Scenario] = relationship()


class QualityReview(Base):
    """A reviewer's judgement of a shop: approved, returned with questions, or rejected."""

    __tablename__ = "quality_review"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("outcome IN ('approved', 'returned', 'rejected')", name="outcome"),
        CheckConstraint("outcome = 'approved' OR note <> ''", name="note_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[str] = mapped_column(ForeignKey("response.id"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    outcome: Mapped[str]
    note: Mapped[str] = mapped_column(default="", info={"personal": True})
    at: Mapped[datetime]

    reviewer: Mapped[User] = relationship()
