"""Service recovery: a customer's case from the moment it opens until the customer says that it is solved.

A case holds references to answers, never the answers. Its contact is that of somebody who asked to be called; it is
cleared with the policy's time, or at once where its owner asks, and the numbers of the case stay.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.campaign import Invitation
from survey_app.models.meeting import Department
from survey_app.models.organisation import Branch
from survey_app.models.people import NO_AGENT, Agent, User

PERSONAL: Final = {"personal": True}
#: States in which somebody still has to do something.
OPEN_STATES: Final = ("new", "contacted", "agreed")
_OPEN = text("state IN ('new', 'contacted', 'agreed')")
_WAITING = text("state IN ('done', 'confirmed')")


class Case(Base):
    """One customer's problem: who solves it, by when, what was agreed, and whether the customer says it is solved."""

    __tablename__ = "service_case"
    __audited__ = True
    __table_args__ = (
        CheckConstraint(
            "state IN ('new', 'contacted', 'agreed', 'done', 'confirmed', 'closed', 'merged')", name="state"
        ),
        CheckConstraint("source IN ('survey', 'manual', 'api', 'voice', 'visit')", name="source"),
        CheckConstraint("level IN ('agent', 'branch', 'region', 'service', 'ombudsman')", name="level"),
        CheckConstraint("outcome IN ('', 'justified', 'partly', 'not_justified', 'abusive')", name="outcome"),
        CheckConstraint(
            "closed_how IN ('', 'confirmed', 'unconfirmed', 'no_contact', 'withdrawn', 'erased')", name="closed_how"
        ),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged"),
        CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="not_into_itself"),
        CheckConstraint("state NOT IN ('done', 'confirmed') OR done_at IS NOT NULL", name="done"),
        CheckConstraint("cost >= 0 AND compensation >= 0", name="money"),
        Index("ix_service_case_branch_id_opened_at", "branch_id", "opened_at"),
        Index("ix_service_case_owner_id_state", "owner_id", "state"),
        # Whoever may see a case does so by its owner, its branch, its employee or having taken it over: each is found
        # by an index, and so are the few that are open, and the newest of all and of those that are over.
        Index("ix_service_case_agent_id", "agent_id"),
        Index("ix_service_case_adopted_by_id", "adopted_by_id"),
        Index("ix_service_case_state", "state"),
        Index("ix_service_case_opened_at", "opened_at"),
        Index("ix_service_case_closed_at", "closed_at"),
        Index("ix_service_case_customer_key_opened_at", "customer_key", "opened_at"),
        # The clocks look at open cases every minute; they are few beside the years of closed ones.
        Index("ix_service_case_clock", "escalates_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_service_case_waiting", "silent_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    #: Its number, told to the customer and to staff.
    id: Mapped[int] = mapped_column(primary_key=True)
    #: Minted before the form is shown, or made of what it came from: the same case sent twice is one case.
    key: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str]
    #: The answer it came from; outlives the response, whose deletion empties it.
    response_id: Mapped[str | None] = mapped_column(index=True)
    #: How another system calls it.
    external_id: Mapped[str | None] = mapped_column(unique=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), default=NO_AGENT)
    #: What it is about: a code of :data:`survey_app.loop.subjects.SUBJECTS`.
    subject: Mapped[str]
    #: The department that the fault belongs to, where it is none of the branch's.
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    #: What the customer or whoever opened it wrote, beside the answers of a survey.
    words: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    state: Mapped[str] = mapped_column(default="new")
    #: The rung of the escalation ladder: a code of :data:`survey_app.loop.levels.LEVELS`; it only ever rises.
    level: Mapped[str]
    #: Who has to solve it; nobody where the ladder found nobody, which is shown to whoever leads service.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: Whom the customer wants to handle it: ``served``, ``management``, ``outside`` or empty.
    wanted: Mapped[str] = mapped_column(default="")
    #: The senior manager who took it personally («בטיפולי»), and since when.
    adopted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    adopted_at: Mapped[datetime | None]
    # ---- the customer
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    name: Mapped[str] = mapped_column(default="", info=PERSONAL)
    #: E.164 and lower case, or empty.
    phone: Mapped[str] = mapped_column(default="", info=PERSONAL)
    email: Mapped[str] = mapped_column(default="", info=PERSONAL)
    language: Mapped[str] = mapped_column(default="he")
    #: ``customer:12``, else telephone or e-mail: tells that two cases are one customer's. Cleared with the contact.
    customer_key: Mapped[str] = mapped_column(default="", info=PERSONAL)
    #: The secret of the customer's own page of the case.
    token: Mapped[str] = mapped_column(unique=True, info=PERSONAL)
    #: When the customer took back the consent to be contacted.
    consent_withdrawn_at: Mapped[datetime | None]
    # ---- the work
    next_step: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    next_on: Mapped[date | None]
    #: A code of :data:`survey_app.loop.causes.CAUSES`.
    root_cause: Mapped[str] = mapped_column(default="")
    solution: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    #: What the owner learned; without it a case is not done.
    lesson: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    outcome: Mapped[str] = mapped_column(default="")
    #: Agorot: what the fault cost the customer, and what was given for it.
    cost: Mapped[int] = mapped_column(default=0)
    compensation: Mapped[int] = mapped_column(default=0)
    compensation_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: The agent's own account («הגרסה שלי»), and "it was not me" («לא אני»): '', 'claimed', 'confirmed', 'refused'.
    account: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    not_me: Mapped[str] = mapped_column(default="")
    #: The manager's check of how it was solved: '', 'good', 'again'.
    checked: Mapped[str] = mapped_column(default="")
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    checked_at: Mapped[datetime | None]
    checked_note: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    # ---- clocks
    opened_at: Mapped[datetime]
    #: When the present rung's time is over and the case rises; empty on the last rung and when the work is done.
    escalates_at: Mapped[datetime | None]
    #: By when it has to be solved; does not move when the case rises.
    due_at: Mapped[datetime]
    #: Since when it is overdue: written by the clock, so that reports need not compare with the time they are read at.
    overdue_since: Mapped[datetime | None]
    #: The last day of the law's or the regulator's time for a complaint.
    complaint_due_on: Mapped[date]
    #: First contact with the customer, of the first owner or of a later one; work done; confirmed by the customer.
    contacted_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_how: Mapped[str] = mapped_column(default="")
    #: When silence closes it: seven days after the recovery survey left.
    silent_at: Mapped[datetime | None]
    reopened: Mapped[int] = mapped_column(default=0)
    repeat_of_id: Mapped[int | None] = mapped_column(ForeignKey("service_case.id"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("service_case.id"), index=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"), index=True)
    #: The recovery survey: once per case.
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), unique=True)
    #: Counts the acts: a form that showed an older count is refused, and nothing that was typed is lost.
    revision: Mapped[int] = mapped_column(default=0)

    branch: Mapped[Branch] = relationship()
    agent: Mapped[Agent] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    adopted_by: Mapped[User | None] = relationship(foreign_keys=[adopted_by_id])
    department: Mapped[Department | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in OPEN_STATES


class CaseEvent(Base):
    """One thing that happened to a case: an act, a contact that was tried, a clock that ran out."""

    __tablename__ = "case_event"
    __table_args__ = (
        Index("ix_case_event_case_id_at", "case_id", "at"),
        # What somebody said of the own cases is looked for among all that happened to every case.
        Index("ix_case_event_by_id_kind", "by_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    #: Nobody where a clock or the customer did it.
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: A code of :data:`survey_app.loop.events.EVENTS`.
    kind: Mapped[str]
    #: Of a contact: ``phone``, ``email``, ``sms``, ``branch`` or ``letter``, and whether the customer was reached.
    channel: Mapped[str] = mapped_column(default="")
    reached: Mapped[bool | None]
    words: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    #: Numbers and references: from which owner or level to which, how much.
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)

    by: Mapped[User | None] = relationship()


class Promise(Base):
    """Somebody was told "we will get back to you by…": a clock, and whether it was kept."""

    __tablename__ = "promise"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("state IN ('open', 'kept', 'broken', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled"),
        Index("ix_promise_state_due_on", "state", "due_on"),
        Index("ix_promise_branch_id_due_on", "branch_id", "due_on"),
    )

    #: Minted before the form is shown: the same form sent twice is one promise.
    id: Mapped[str] = mapped_column(primary_key=True)
    #: What it was made on: a case, an interaction, an answer («הובטח לך המשך טיפול?»), a visit in the field.
    case_id: Mapped[int | None] = mapped_column(ForeignKey("service_case.id"), index=True)
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interaction.id"), index=True)
    response_id: Mapped[str | None] = mapped_column(index=True)
    words: Mapped[str] = mapped_column(Text, info=PERSONAL)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), default=NO_AGENT)
    #: The department that has to keep it, where it is not the branch.
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    #: Who answers for it.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="open")
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: Said when it was kept late or taken back.
    note: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    revision: Mapped[int] = mapped_column(default=0)

    branch: Mapped[Branch] = relationship()
    agent: Mapped[Agent] = relationship()
    case: Mapped[Case | None] = relationship()
    department: Mapped[Department | None] = relationship()


class Delegation(Base):
    """Whose cases and promises somebody else has for a while: leave, illness, an empty post."""

    __tablename__ = "delegation"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("until IS NULL OR until >= since", name="until_after_since"),
        CheckConstraint("to_id <> user_id", name="to_another"),
        Index("ix_delegation_user_id_since", "user_id", "since"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    since: Mapped[date]
    #: The last day, or open.
    until: Mapped[date | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    to: Mapped[User] = relationship(foreign_keys=[to_id])


class ScoreRemoval(Base):
    """A score that is taken out because the customer abused staff: asked by one person, decided by another."""

    __tablename__ = "score_removal"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'approved', 'refused')", name="state"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="two_people"),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.id"), primary_key=True, autoincrement=False)
    response_id: Mapped[str]
    reason: Mapped[str] = mapped_column(Text, info=PERSONAL)
    state: Mapped[str] = mapped_column(default="asked")
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)

    case: Mapped[Case] = relationship()


class LowSignal(Base):
    """How many answers of a branch's month were low, of a problem or of a broken promise, without consent to a call.

    A count, with no way back to an answer.
    """

    __tablename__ = "low_signal"
    __table_args__ = (CheckConstraint("length(month) = 7", name="month"), CheckConstraint("n >= 0", name="n"))

    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), primary_key=True, autoincrement=False)
    month: Mapped[str] = mapped_column(primary_key=True)
    #: A code of :data:`survey_app.loop.triggers.TRIGGERS`.
    trigger: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
