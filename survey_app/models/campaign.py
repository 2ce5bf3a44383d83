"""Campaigns, which ask customers or send shoppers with one questionnaire, and the invitations of customers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Connection, ForeignKey, event, inspect, select
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.organisation import Branch
from survey_app.models.people import NO_AGENT
from survey_app.models.questionnaire import Questionnaire

READY, USED, REVOKED = "ready", "used", "revoked"
CONFIDENTIAL, ANONYMOUS = PRIVACY = ("confidential", "anonymous")


class Campaign(Base):
    """One questionnaire, one kind, its period and its rules."""

    __tablename__ = "campaign"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("privacy IN ('confidential', 'anonymous')", name="privacy"),
        CheckConstraint("closes IS NULL OR closes >= opens", name="closes_after_opens"),
        CheckConstraint("invitation_days > 0", name="invitation_days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    opens: Mapped[date]
    #: The last day on which answers are taken, or open-ended.
    closes: Mapped[date | None]
    #: Whether anybody with a branch's open link may answer.
    open_link: Mapped[bool] = mapped_column(default=False)
    privacy: Mapped[str] = mapped_column(default=CONFIDENTIAL)
    #: How many days after it was made an invitation stays good.
    invitation_days: Mapped[int] = mapped_column(default=14)

    questionnaire: Mapped[Questionnaire] = relationship()

    def runs_on(self, day: date) -> bool:
        """Whether answers are taken on a day."""
        return self.opens <= day and (self.closes is None or day <= self.closes)


@event.listens_for(Campaign, "before_update")
def _promised(mapper: Mapper[Campaign], connection: Connection, campaign: Campaign) -> None:
    """Whoever began to answer was told how: from then on the mode stays."""
    if not inspect(campaign).attrs.privacy.history.has_changes():
        return
    for name in ("draft", "response"):
        table = Base.metadata.tables[name]
        if (
            connection.scalar(select(table.c.campaign_id).where(table.c.campaign_id == campaign.id).limit(1))
            is not None
        ):
            raise ValueError("the privacy mode of a campaign with answers never changes")


class Invitation(Base):
    """One customer's way to one survey: the token in the address is the authority.

    ``response_id`` is minted with the invitation, so that one invitation can only ever become one response. Under the
    anonymous mode the response gets an id of its own and the ticket becomes a bare "used".
    """

    __tablename__ = "invitation"
    __table_args__ = (CheckConstraint("state IN ('ready', 'used', 'revoked')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    token: Mapped[str] = mapped_column(unique=True)
    response_id: Mapped[str] = mapped_column(unique=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), default=NO_AGENT)
    visited_on: Mapped[date]
    language: Mapped[str] = mapped_column(default="he")
    state: Mapped[str] = mapped_column(default=READY)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    campaign: Mapped[Campaign] = relationship()
    branch: Mapped[Branch] = relationship()
