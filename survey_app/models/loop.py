"""Beyond the single case: incidents, contacts that give, who left, recognition, training, the voice of the customer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.meeting import Department
from survey_app.models.organisation import Branch
from survey_app.models.outreach import Customer
from survey_app.models.people import NO_AGENT, Agent, User

PERSONAL: Final = {"personal": True}


class Incident(Base):
    """One fault that hits many: what happened, who apologises, what is given, and who is to be told."""

    __tablename__ = "incident"
    __audited__ = True
    __table_args__ = (CheckConstraint("state IN ('proposed', 'open', 'closed', 'dismissed')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Of a proposal: what the cases have in common, so that nothing is proposed twice. Of one by hand: minted.
    key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    #: The organisation's own words; personal, since anybody may write a name into them.
    title: Mapped[str] = mapped_column(info=PERSONAL)
    subject: Mapped[str]
    #: Where: one branch, or none for many.
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"), index=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: Language -> what is sent to everybody affected, without the manager's name; the remedy in the same words.
    words: Mapped[dict[str, Any]] = mapped_column(default=dict, info=PERSONAL)
    remedy: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    #: Who apologises by name.
    apology_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: Since when messages leave: the words stay as they are from then on.
    sent_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    #: What is done so that it does not happen again.
    lesson: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    revision: Mapped[int] = mapped_column(default=0)

    branch: Mapped[Branch | None] = relationship()
    apology_by: Mapped[User | None] = relationship(foreign_keys=[apology_by_id])


class IncidentPerson(Base):
    """Somebody whom an incident hit, and whether the apology reached them."""

    __tablename__ = "incident_person"
    __table_args__ = (
        UniqueConstraint("incident_id", "person"),
        CheckConstraint("state IN ('waiting', 'sent', 'reached', 'unreachable', 'no_contact')", name="state"),
        Index("ix_incident_person_incident_id_state", "incident_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    #: Who it is, once per incident: ``case:7``, ``customer:12``, or the telephone or e-mail of a list.
    person: Mapped[str] = mapped_column(info=PERSONAL)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("service_case.id"), index=True)
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    name: Mapped[str] = mapped_column(default="", info=PERSONAL)
    phone: Mapped[str] = mapped_column(default="", info=PERSONAL)
    email: Mapped[str] = mapped_column(default="", info=PERSONAL)
    language: Mapped[str] = mapped_column(default="he")
    state: Mapped[str] = mapped_column(default="waiting")
    #: How they were reached: ``sms``, ``email``, ``phone``, ``branch``; when, and by whom where a person did it.
    how: Mapped[str] = mapped_column(default="")
    reached_at: Mapped[datetime | None]
    reached_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class OfferConsent(Base):
    """A customer's consent to contacts that offer something; surveys and service messages need none of it."""

    __tablename__ = "offer_consent"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True, autoincrement=False)
    given_on: Mapped[date]
    withdrawn_on: Mapped[date | None]


class GivingContact(Base):
    """A planned contact that gives rather than asks: a tip, a benefit for existing customers, a thank-you."""

    __tablename__ = "giving_contact"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("state IN ('planned', 'approved', 'sent', 'cancelled')", name="state"),
        Index("ix_giving_contact_planned_on", "planned_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    #: A code of :data:`survey_app.loop.giving.KINDS`.
    kind: Mapped[str]
    title: Mapped[str] = mapped_column(info=PERSONAL)
    #: Language -> words.
    words: Mapped[dict[str, Any]] = mapped_column(default=dict, info=PERSONAL)
    planned_on: Mapped[date]
    #: For one branch's customers, or for everybody's; of a tenure band, or of any.
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"), index=True)
    tenure: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="planned")
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    #: Somebody else than who wrote it.
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)

    branch: Mapped[Branch | None] = relationship()


class Gift(Base):
    """A contact that was given to one customer, counted for the customer's branch."""

    __tablename__ = "gift"
    __table_args__ = (
        UniqueConstraint("contact_id", "customer_id"),
        Index("ix_gift_branch_id_given_on", "branch_id", "given_on"),
        Index("ix_gift_customer_id_given_on", "customer_id", "given_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("giving_contact.id"))
    #: Empty once the customer's contact is cleared; the count stays.
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"))
    given_on: Mapped[date]


class Departure(Base):
    """A customer who left, as the organisation's file tells: month, branch and tenure band."""

    __tablename__ = "departure"
    __table_args__ = (
        CheckConstraint("length(month) = 7", name="month"),
        Index("ix_departure_branch_id_month", "branch_id", "month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The file's own key of the customer: told twice, it is stored once. Cleared with the customer's contact.
    key: Mapped[str | None] = mapped_column(unique=True, info=PERSONAL)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"))
    month: Mapped[str]
    tenure: Mapped[str] = mapped_column(default="")
    import_run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"), index=True)

    customer: Mapped[Customer | None] = relationship()
    branch: Mapped[Branch] = relationship()


class Recognition(Base):
    """An excellent employee, or a team, of a month: proposed by the method's rule, confirmed by a manager."""

    __tablename__ = "recognition"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("month", "branch_id", "agent_id"),
        CheckConstraint("state IN ('proposed', 'confirmed', 'refused')", name="state"),
        CheckConstraint("publicity IN ('', 'accepted', 'declined')", name="publicity"),
        CheckConstraint("length(month) = 7", name="month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str]
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), index=True)
    #: Agent 0: the whole team of the branch.
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), default=NO_AGENT, index=True)
    state: Mapped[str] = mapped_column(default="proposed")
    #: Score, interval, base and probability it was proposed on, as shown then.
    grounds: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: A customer's own words, as a reference, so that their deletion reaches the certificate too.
    quote_response_id: Mapped[str | None] = mapped_column(index=True)
    quote_question: Mapped[str] = mapped_column(default="")
    #: What the manager adds.
    words: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    #: The employee's own choice; without it nothing is shown outside the branch.
    publicity: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=0)

    branch: Mapped[Branch] = relationship()
    agent: Mapped[Agent] = relationship()


class Training(Base):
    """A course, a knowledge quiz or a coaching talk of an agent."""

    __tablename__ = "training"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("agent_id", "topic", "done_on"),
        CheckConstraint("score IS NULL OR score BETWEEN 0 AND 10000", name="score"),
        CheckConstraint("kind IN ('course', 'quiz', 'coaching')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), index=True)
    kind: Mapped[str]
    topic: Mapped[str]
    done_on: Mapped[date]
    #: Hundredths of a percent; only of a quiz.
    score: Mapped[int | None]
    #: What was agreed in a talk; of the agent and the manager alone.
    note: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    #: The quiz that was taken here, where it was.
    response_id: Mapped[str | None] = mapped_column(unique=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]
    import_run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"), index=True)

    agent: Mapped[Agent] = relationship()


class VoiceMessage(Base):
    """What a customer wrote or said elsewhere: a letter, an e-mail, a chat, a review on the net, brought by a file."""

    __tablename__ = "voice_message"
    __table_args__ = (
        Index("ix_voice_message_branch_id_written_on", "branch_id", "written_on"),
        Index("ix_voice_message_written_on", "written_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The file's own key: told twice, it is stored once.
    key: Mapped[str] = mapped_column(unique=True)
    #: ``email``, ``letter``, ``chat``, ``social``, ``phone`` or ``other``.
    channel: Mapped[str]
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), default=NO_AGENT)
    written_on: Mapped[date]
    language: Mapped[str] = mapped_column(default="he")
    words: Mapped[str] = mapped_column(Text, info=PERSONAL)
    #: Whether the customer let the organisation use the words in its meetings.
    consent: Mapped[bool] = mapped_column(default=False)
    import_run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"), index=True)

    branch: Mapped[Branch | None] = relationship()


class VoiceTag(Base):
    """A tag that somebody put on one piece of what customers say."""

    __tablename__ = "voice_tag"
    __audited__ = True

    #: A code of :data:`survey_app.loop.voices.SOURCES`, and the piece's own key there.
    source: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]


class DepartmentSurvey(Base):
    """Which department a campaign among employees asks about: its name stands in the questions as ``{unit}``."""

    __tablename__ = "department_survey"
    __audited__ = True

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True, autoincrement=False)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)

    department: Mapped[Department] = relationship()
