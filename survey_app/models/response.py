"""Responses: drafts while somebody answers, then answers and scores as rows.

Tables that hold responses are keyed by a random id and, on SQLite, have no rowid: nothing in them tells in which order
people answered.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.campaign import Campaign
from survey_app.models.organisation import Branch
from survey_app.models.people import NO_AGENT, PERSONAL, Agent
from survey_app.models.questionnaire import Version

#: Waiting for a quality review; sent back to the shopper; in the facts; kept out of them by an analyst; refused by the
#: reviewer; honestly voided by the shopper.
PENDING, RETURNED, COUNTED = "pending", "returned", "counted"
EXCLUDED, REJECTED, VOIDED = "excluded", "rejected", "voided"
NO_ORDER = {"sqlite_with_rowid": False}


class Draft(Base):
    """Answers that were saved and not yet submitted. Destroyed at submit."""

    __tablename__ = "draft"
    __table_args__ = (NO_ORDER,)

    response_id: Mapped[str] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"))
    language: Mapped[str]
    #: Question code -> stored value, exactly as the form gave it.
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict, info=PERSONAL)
    #: The privacy notice that was shown first.
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    #: Counts the saves: a save that saw an older count meets a newer one and merges.
    revision: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)
    #: Code of the page that was kept last: where people leave.
    page: Mapped[str] = mapped_column(default="")
    #: Question code -> the showing of a page that wrote its answer last, so that two devices notice each other.
    marks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: The place of open collection that it was begun at.
    point_id: Mapped[int | None] = mapped_column(ForeignKey("collection_point.id"))

    campaign: Mapped[Campaign] = relationship()
    version: Mapped[Version] = relationship()
    branch: Mapped[Branch] = relationship()


class Response(Base):
    """One finished questionnaire. Counted or not, its ``state`` says; the facts hold exactly the counted ones."""

    __tablename__ = "response"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'returned', 'counted', 'excluded', 'rejected', 'voided')", name="state"),
        CheckConstraint("weight > 0", name="weight"),
        CheckConstraint("length(month) = 7", name="month"),
        Index("ix_response_branch_id_month", "branch_id", "month"),
        Index("ix_response_agent_id_month", "agent_id", "month"),
        Index("ix_response_month", "month"),
        Index("ix_response_version_id", "version_id"),
        Index("ix_response_campaign_id", "campaign_id"),
        # The reviewers' queue is short beside the years of responses that it would have to be picked from.
        Index(
            "ix_response_pending",
            "submitted_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        NO_ORDER,
    )

    #: Minted before the first answer: the same submission twice is the same row.
    id: Mapped[str] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    kind: Mapped[str]
    state: Mapped[str]
    #: Branch and region as of the visit; region 0 where the branch had none.
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"))
    region_id: Mapped[int] = mapped_column(default=0)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), default=NO_AGENT)
    #: Month of the visit in the organisation's time zone.
    month: Mapped[str]
    #: The day of the visit and the moment of sending: both empty for an anonymous response.
    visited_on: Mapped[date | None]
    submitted_at: Mapped[datetime | None]
    language: Mapped[str]
    channel: Mapped[str] = mapped_column(default="link")
    #: How it was filled in: ``web`` by the respondent, ``phone`` by an interviewer, ``kiosk`` on a branch's tablet.
    mode: Mapped[str] = mapped_column(default="web")
    #: The place of open collection; never of an anonymous response.
    point_id: Mapped[int | None] = mapped_column(ForeignKey("collection_point.id"), index=True)
    #: Coarse marks for the data-quality page: codes of :data:`survey_app.outreach.flags.FLAGS`.
    flags: Mapped[list[Any]] = mapped_column(default=list)
    #: The version of the privacy notice it was given under; none for responses of old and those that came by file.
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    #: Survey weight; 1 where none was given. Facts are unweighted.
    weight: Mapped[float] = mapped_column(default=1.0)
    #: How the scales were shown: direction and layout, since both move answers.
    presentation: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: What an analyst wrote when keeping the response out of the facts.
    reason: Mapped[str] = mapped_column(default="", info=PERSONAL)
    #: The id under which a file brought the response, unique within its questionnaire.
    external_id: Mapped[str | None] = mapped_column(unique=True)
    import_run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"), index=True)

    campaign: Mapped[Campaign] = relationship()
    version: Mapped[Version] = relationship()
    branch: Mapped[Branch] = relationship()
    agent: Mapped[Agent] = relationship()


class Answer(Base):
    """One answer on the path taken: a code, a number or a list in ``value``, a person's own words in ``words``."""

    __tablename__ = "answer"
    __table_args__ = (NO_ORDER,)

    response_id: Mapped[str] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any | None]
    words: Mapped[str | None] = mapped_column(Text, info=PERSONAL)


class Evidence(Base):
    """A photo or file that belongs to an answer, an appeal or an expense. The bytes lie in the file store.

    The response may still be a draft. Nothing here tells when it came, and a photo holds no place and no camera.
    """

    __tablename__ = "evidence"
    __table_args__ = (CheckConstraint("size > 0", name="size"), NO_ORDER)

    id: Mapped[str] = mapped_column(primary_key=True)
    response_id: Mapped[str] = mapped_column(index=True)
    question: Mapped[str]
    filename: Mapped[str] = mapped_column(info=PERSONAL)
    media_type: Mapped[str]
    #: In bytes, as stored.
    size: Mapped[int]
    sha256: Mapped[str]
    #: Key of the bytes in the store where it is not the row's own id: the digest of what a visit's file holds.
    content: Mapped[str] = mapped_column(default="", index=True)
    #: SHA-256 of the bytes as a phone sent them; by it the phone knows that they are here.
    sent_sha256: Mapped[str] = mapped_column(default="")
    #: Perceptual hash of a picture, 16 hexadecimal digits: the same scene has nearly the same.
    likeness: Mapped[str] = mapped_column(default="")
    #: What it belongs to where that is no answer: an appeal's or an expense's id.
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeal.id"), index=True)
    expense_id: Mapped[str | None] = mapped_column(ForeignKey("expense.id"), index=True)
    #: Whose phone brought a visit's file: who had the visit before somebody else took it over may still send.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class Score(Base):
    """One response's score on one line, in integer hundredths."""

    __tablename__ = "score"
    __table_args__ = (Index("ix_score_line_id", "line_id"), NO_ORDER)

    response_id: Mapped[str] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"), primary_key=True)
    value: Mapped[int]


class Correction(Base):
    """An answer changed after submission by a reviewer, with the reason; what stood before is kept."""

    __tablename__ = "correction"
    __audited__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[str] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), index=True)
    question: Mapped[str]
    before: Mapped[Any | None] = mapped_column(info=PERSONAL)
    after: Mapped[Any | None] = mapped_column(info=PERSONAL)
    reason: Mapped[str] = mapped_column(info=PERSONAL)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]
