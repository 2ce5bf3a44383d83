"""Mystery shopping: scenarios, rotation plans, assignments, and the quality reviews of what came back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.campaign import Campaign
from survey_app.models.organisation import Branch
from survey_app.models.people import NO_AGENT, PERSONAL, User
from survey_app.models.programme import Programme

#: In a plan that is not published; on the job board; asked for and waiting for coordination.
PLANNED, OPEN, CLAIMED = "planned", "open", "claimed"
ASSIGNED, SUBMITTED, RETURNED = "assigned", "submitted", "returned"
APPROVED, REJECTED, VOIDED, CANCELLED = "approved", "rejected", "voided", "cancelled"
#: Its window ended and nobody went.
MISSED = "missed"
#: States of a visit that nobody has.
WITHOUT_SHOPPER = frozenset({PLANNED, OPEN, MISSED, CANCELLED})
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
    #: New visits may play it.
    active: Mapped[bool] = mapped_column(default=True)
    #: Question of :data:`survey_app.field.risks.QUESTIONS` -> whether it is so; empty: not checked yet.
    risks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: What was decided about the risks that it has.
    risk_note: Mapped[str] = mapped_column(Text, default="")
    risks_checked_at: Mapped[datetime | None]
    risks_checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    @property
    def facts(self) -> dict[str, bool]:
        """What a questionnaire's rules may ask of the scenario."""
        return {"has_appointment": self.has_appointment, "has_account": self.has_account}


class RotationPlan(Base):
    """A month's schedule of one programme: solved, adjusted by hand, solved again, then published as a whole."""

    __tablename__ = "rotation_plan"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'solving', 'solved', 'published', 'discarded')", name="state"),
        CheckConstraint("length(month) = 7", name="month"),
        Index("ix_rotation_plan_programme_id_month", "programme_id", "month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    month: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    #: How important each soft goal is, and how long the solver may take; see :mod:`survey_app.field.rotation`.
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: ``{phase, share, seconds, best}`` while it is solved.
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: What came of it: visits that could not be placed with their reasons, load, distance, cost, connectedness.
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict, info={"document": True})
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    solved_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]

    programme: Mapped[Programme] = relationship()


class Assignment(Base):
    """One visit to make: branch, scenario, window and, once somebody has it, its shopper."""

    __tablename__ = "assignment"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("window_until >= window_from", name="window"),
        CheckConstraint(
            "state IN ('planned', 'open', 'claimed', 'assigned', 'submitted', 'returned', 'approved', 'rejected',"
            " 'voided', 'cancelled', 'missed')",
            name="state",
        ),
        CheckConstraint(
            "shopper_id IS NOT NULL OR state IN ('planned', 'open', 'missed', 'cancelled')", name="shopper"
        ),
        CheckConstraint("fee >= 0 AND expense_cap >= 0", name="money"),
        Index("ix_assignment_programme_id_window_from", "programme_id", "window_from"),
        Index("ix_assignment_plan_id", "plan_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    response_id: Mapped[str] = mapped_column(unique=True)
    shopper_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), index=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("scenario.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), default=NO_AGENT)
    #: Days on which it may be made, both included.
    window_from: Mapped[date]
    window_until: Mapped[date]
    #: Hours within which it is to be made, ``HH:MM``; empty: whenever the branch is open.
    hour_from: Mapped[str] = mapped_column(default="")
    hour_until: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=ASSIGNED, index=True)
    #: None for visits of before there were programmes.
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("rotation_plan.id"))
    #: Fixed by hand: the planner works around it.
    pinned: Mapped[bool] = mapped_column(default=False)
    #: In agorot, as promised when it was given.
    fee: Mapped[int] = mapped_column(default=0)
    expense_cap: Mapped[int] = mapped_column(default=0)
    #: Until when the shopper may hand it back without a word of coordination.
    handback_until: Mapped[datetime | None]
    given_at: Mapped[datetime | None]
    #: When the shopper's phone said that the branch was entered and left; the report tells it more exactly.
    entered_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    #: Until when a report that was sent back is to come again.
    answer_by: Mapped[date | None]
    #: When it was approved, rejected or voided: from then on it is paid for, or appealed against.
    decided_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)

    campaign: Mapped[Campaign] = relationship()
    shopper: Mapped[User | None] = relationship()
    branch: Mapped[Branch] = relationship()
    scenario: Mapped[Scenario] = relationship()
    programme: Mapped[Programme | None] = relationship()
    plan: Mapped[RotationPlan | None] = relationship()


class Claim(Base):
    """A shopper's wish for a visit of the job board; those who come later wait in line."""

    __tablename__ = "claim"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("assignment_id", "shopper_id"),
        CheckConstraint("state IN ('asked', 'waiting', 'given', 'declined', 'refused', 'withdrawn')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    shopper_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    #: ``asked``: coordination decides; ``waiting``: in line behind another; ``declined``: the shopper wants it not.
    state: Mapped[str]
    at: Mapped[datetime]

    assignment: Mapped[Assignment] = relationship()
    shopper: Mapped[User] = relationship()


class VisitEvent(Base):
    """One thing that happened to a visit on its way: given, handed back, reminded of, replaced, missed."""

    __tablename__ = "visit_event"
    __table_args__ = (Index("ix_visit_event_assignment_id_at", "assignment_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    #: A code of :data:`survey_app.field.events.EVENTS`.
    kind: Mapped[str]
    at: Mapped[datetime]
    #: Whom it is about, and who did it; None: a rule.
    shopper_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)


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
    #: Ready phrases of :data:`forms.phrases.PHRASES` that were sent along, said in the shopper's language.
    phrases: Mapped[list[Any]] = mapped_column(default=list)
    #: Question codes that a report was sent back for.
    questions: Mapped[list[Any]] = mapped_column(default=list)

    reviewer: Mapped[User] = relationship()


class BlindReview(Base):
    """A second reviewer's own reading of a report, made without seeing the first one's: for agreement, not for pay."""

    __tablename__ = "blind_review"
    __audited__ = True
    __table_args__ = (CheckConstraint("(done_at IS NULL) = (reviewer_id IS NULL)", name="done_by_somebody"),)

    response_id: Mapped[str] = mapped_column(ForeignKey("response.id"), primary_key=True)
    #: Drawn when the report was decided; whoever takes it up first is its reviewer.
    drawn_at: Mapped[datetime]
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    done_at: Mapped[datetime | None]
    #: Item code -> answer as the second reviewer reads the report's words, times and files.
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict, info=PERSONAL)
    #: What the second reviewer would have done: a code of the desk's outcomes.
    outcome: Mapped[str] = mapped_column(default="")
