"""Campaigns, which ask customers or send shoppers with one questionnaire, and the invitations of customers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, event, inspect, select
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.organisation import Branch
from survey_app.models.people import NO_AGENT
from survey_app.models.questionnaire import Questionnaire

READY, USED, REVOKED = "ready", "used", "revoked"
#: A campaign is being planned and takes nothing; it invites and takes answers; it only takes answers; it is over.
PLANNED, ACTIVE, PAUSED, ENDED = "planned", "active", "paused", "ended"
TAKES_ANSWERS = frozenset({ACTIVE, PAUSED})
CONFIDENTIAL, ANONYMOUS = PRIVACY = ("confidential", "anonymous")


class Campaign(Base):
    """One questionnaire, one kind, its period and its rules."""

    __tablename__ = "campaign"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("privacy IN ('confidential', 'anonymous')", name="privacy"),
        CheckConstraint("closes IS NULL OR closes >= opens", name="closes_after_opens"),
        CheckConstraint("invitation_days > 0", name="invitation_days"),
        CheckConstraint("state IN ('planned', 'active', 'paused', 'ended')", name="state"),
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
    #: What staff call it; empty for the campaign that publishing made, which is called as its questionnaire.
    name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=ACTIVE)
    #: Whom it invites and how: a document of :class:`survey_app.outreach.rules.Rules`. Empty: it invites nobody.
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Words of its messages: channel -> kind -> language -> part -> text. What is missing is the organisation's own.
    texts: Mapped[dict[str, Any]] = mapped_column(default=dict, info={"document": True})
    #: What is planned and not in force yet: ``rules`` and ``texts`` as above; empty: nothing beside what is in force.
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Secret of its draws: with an interaction's key it decides, once and for good, where in the draw that one stands.
    salt: Mapped[str] = mapped_column(default="", info={"personal": True})
    #: Counts the saves of the plan: a save that saw an older count is refused.
    revision: Mapped[int] = mapped_column(default=0)

    questionnaire: Mapped[Questionnaire] = relationship()

    def runs_on(self, day: date) -> bool:
        """Whether answers are taken on a day."""
        return self.state in TAKES_ANSWERS and self.opens <= day and (self.closes is None or day <= self.closes)


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
    __table_args__ = (
        CheckConstraint("state IN ('ready', 'used', 'revoked')", name="state"),
        CheckConstraint("weight >= 1", name="weight"),
        Index("ix_invitation_customer_id_created_at", "customer_id", "created_at"),
        Index("ix_invitation_channel_state_call_after", "channel", "state", "call_after"),
    )

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
    #: Whom it went to and after which interaction; empty where it was made by hand, and once the contact is cleared.
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interaction.id"), index=True)
    #: How the customer was first to be reached: a channel of :data:`survey_app.models.outreach.CHANNELS`, or empty.
    channel: Mapped[str] = mapped_column(default="")
    #: Design weight: 1 over the chance of being drawn.
    weight: Mapped[float] = mapped_column(default=1.0)
    #: The case's present AAPOR code, see :data:`survey_app.outreach.dispositions.DISPOSITIONS`; empty: nothing yet.
    disposition: Mapped[str] = mapped_column(default="")
    #: First time its page was shown, its first page was kept, and it was sent. Never set under the anonymous mode.
    opened_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    #: Telephone: how often it was tried, when it is next due, and which interviewer holds it until when.
    calls: Mapped[int] = mapped_column(default=0)
    call_after: Mapped[datetime | None]
    caller_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    held_until: Mapped[datetime | None]

    campaign: Mapped[Campaign] = relationship()
    branch: Mapped[Branch] = relationship()
