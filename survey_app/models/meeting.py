"""The monthly meeting: its minutes, its decisions, the stories it hears, and what branches say before it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.organisation import Branch
from survey_app.models.people import User
from survey_app.models.response import Response

PERSONAL: Final = {"personal": True}


class Meeting(Base):
    """The meeting about a month: its row exists from the moment the month is in review, or its day was set."""

    __tablename__ = "meeting"
    __audited__ = True
    __table_args__ = (CheckConstraint("length(month) = 7", name="month"),)

    month: Mapped[str] = mapped_column(primary_key=True)
    #: The day of the meeting; none: the day that the policy gives.
    meets_on: Mapped[date | None]
    #: When management began to review the month, and who did.
    begun_at: Mapped[datetime | None]
    begun_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: When branch managers were given their preview, and when management was told that nobody reviewed the month.
    previewed_at: Mapped[datetime | None]
    alerted_at: Mapped[datetime | None]

    begun_by: Mapped[User | None] = relationship()


class Minutes(Base):
    """What was said at one stop of a month's agenda."""

    __tablename__ = "minutes"
    __audited__ = True

    month: Mapped[str] = mapped_column(primary_key=True)
    #: A code of :data:`survey_app.meeting.agenda.STOPS`.
    stop: Mapped[str] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    #: Counts the writings, so that nobody overwrites what somebody else wrote meanwhile.
    revision: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))

    by: Mapped[User] = relationship()


class Decision(Base):
    """What a meeting decided: who does what until when, what became of it, and whether it worked."""

    __tablename__ = "decision"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done', 'dropped')", name="state"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled"),
        CheckConstraint("worked IN ('', 'yes', 'partly', 'no')", name="worked"),
        CheckConstraint("length(month) = 7", name="month"),
        Index("ix_decision_month", "month"),
        Index("ix_decision_state_due_on", "state", "due_on"),
    )

    #: Minted before the form is shown: the same form sent twice is one decision.
    id: Mapped[str] = mapped_column(primary_key=True)
    #: The month under review, and the stop of the agenda at which it was made; empty outside a meeting.
    month: Mapped[str]
    stop: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(Text, info=PERSONAL)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"), index=True)
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="open")
    #: What became of it, in the owner's words; and what the meeting said of whether it worked.
    outcome: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    worked: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    owner: Mapped[User] = relationship(foreign_keys=[owner_id])
    created_by: Mapped[User] = relationship(foreign_keys=[created_by_id])
    branch: Mapped[Branch | None] = relationship()


class Story(Base):
    """A customer's words chosen for a meeting: a reference, so that who has them deleted has them deleted here too.

    The reference outlives the response, so that a meeting, a signed one too, can say that the words were deleted.
    """

    __tablename__ = "story"
    __audited__ = True
    __table_args__ = (CheckConstraint("length(month) = 7", name="month"), Index("ix_story_response_id", "response_id"))

    month: Mapped[str] = mapped_column(primary_key=True)
    #: The response, or the key that the piece has in its ``source``.
    response_id: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    #: A code of :data:`survey_app.loop.voices.SOURCES`.
    source: Mapped[str] = mapped_column(default="survey")
    place: Mapped[int] = mapped_column(default=0)
    #: Why the meeting should hear it.
    note: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    chosen_at: Mapped[datetime]
    chosen_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))


class BranchStatement(Base):
    """What a branch's manager answers to the month's numbers before the meeting: shown beside the branch's rank."""

    __tablename__ = "branch_statement"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("length(month) = 7", name="month"),
        CheckConstraint("length(words) <= 500", name="words"),
    )

    month: Mapped[str] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(Text, info=PERSONAL)
    revision: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))

    by: Mapped[User] = relationship()


class Department(Base):
    """A department of the organisation that branches depend on: fees, the app, policy."""

    __tablename__ = "department"
    __audited__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[dict[str, Any]]
    #: Who reads what branches send it.
    head_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)

    head: Mapped[User | None] = relationship()


class MarkRoute(Base):
    """Which department gets comments that are marked with a reason; a reason without a row is not offered."""

    __tablename__ = "mark_route"
    __audited__ = True

    #: A code of :data:`survey_app.meeting.marks.REASONS`.
    reason: Mapped[str] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)

    department: Mapped[Department] = relationship()


class CommentMark(Base):
    """A comment that a branch's manager marked as not in the branch's hands: a department gets it, no score moves."""

    __tablename__ = "comment_mark"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered"),
        CheckConstraint("length(month) = 7", name="month"),
    )

    response_id: Mapped[str] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    #: The month of the review in which it was marked.
    month: Mapped[str] = mapped_column(index=True)
    #: A code of :data:`survey_app.meeting.marks.REASONS`: what it is about.
    reason: Mapped[str]
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    note: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    answer: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    response: Mapped[Response] = relationship()
    department: Mapped[Department] = relationship()


class TrendNote(Base):
    """A note on a month of a trend; one that ``rebases`` begins new control limits there: a logged decision."""

    __tablename__ = "trend_note"
    __audited__ = True
    __table_args__ = (CheckConstraint("length(month) = 7", name="month"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The branch; none for the organisation.
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"), index=True)
    month: Mapped[str]
    #: A code of :data:`reports.trends.SERIES`; empty: all of them.
    measure: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(Text, info=PERSONAL)
    rebases: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))

    by: Mapped[User] = relationship()


class SavedView(Base):
    """A question by a break that somebody comes back to, of whichever quarter ended last; each person has their own."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str] = mapped_column(info=PERSONAL)
    #: ``questionnaire:question``, and a break of :data:`survey_app.queries.analysis_questions.BREAKS`.
    question: Mapped[str]
    by: Mapped[str]


class Benchmark(Base):
    """A series that somebody else publishes: shown beside ours with its own wording, never mixed into a number."""

    __tablename__ = "benchmark"
    __audited__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[dict[str, Any]]
    publisher: Mapped[str]
    #: What was asked, word for word as published, and how it differs from ours.
    wording: Mapped[str] = mapped_column(Text)
    difference: Mapped[str] = mapped_column(Text, default="")
    #: Where it is published, and under which terms.
    source: Mapped[str] = mapped_column(default="")
    licence: Mapped[str] = mapped_column(default="")
    #: The measure of ours that it stands beside (csat, nps, ease, shops), and the unit of its values.
    measure: Mapped[str]
    unit: Mapped[str] = mapped_column(default="percent")
    active: Mapped[bool] = mapped_column(default=True)

    values: Mapped[list[BenchmarkValue]] = relationship(order_by="BenchmarkValue.month", cascade="all, delete-orphan")


class BenchmarkValue(Base):
    """One published value: of the period that ends with a month, with its base where that is published."""

    __tablename__ = "benchmark_value"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("benchmark_id", "month"),
        CheckConstraint("length(month) = 7", name="month"),
        CheckConstraint("n IS NULL OR n > 0", name="n"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    benchmark_id: Mapped[int] = mapped_column(ForeignKey("benchmark.id", ondelete="CASCADE"))
    month: Mapped[str]
    value: Mapped[float]
    n: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    #: Who kept it; nobody where it came by the command line.
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class SignedInputs(Base):
    """Everything a signed month was computed from, so that it can be computed again to the same byte."""

    __tablename__ = "signed_inputs"

    month: Mapped[str] = mapped_column(ForeignKey("monthly_review.month"), primary_key=True)
    #: The report's input as canonical JSON, compressed with zlib.
    inputs: Mapped[bytes] = mapped_column(LargeBinary)
    #: SHA-256 of each table's CSV as signed: name of the table -> digest.
    tables: Mapped[dict[str, Any]]


class PackPlan(Base):
    """Which role is sent the pack of a month, on which working day of the month that follows."""

    __tablename__ = "pack_plan"
    __audited__ = True
    __table_args__ = (CheckConstraint("working_day BETWEEN 1 AND 20", name="working_day"),)

    role: Mapped[str] = mapped_column(primary_key=True)
    working_day: Mapped[int]
    #: Codes of :data:`survey_app.meeting.packs.FORMATS`.
    formats: Mapped[list[Any]]
    #: Whether the files travel with the letter, or only a link that asks to log in.
    attached: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)


class Pack(Base):
    """The files of a month made for one reader, cut to what that reader may see; made in the background."""

    __tablename__ = "pack"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'ready', 'failed')", name="state"),
        CheckConstraint("length(month) = 7", name="month"),
        Index("ix_pack_user_id_month", "user_id", "month"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    language: Mapped[str]
    formats: Mapped[list[Any]]
    #: How far its reader saw when it was made: who sees less today is not given it any more.
    reach: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="waiting")
    #: Files made, of all: shown while it is made.
    done: Mapped[int] = mapped_column(default=0)
    #: ``{format: [name, content key, bytes]}`` of what is ready.
    files: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: SHA-256 of the numbers that they show.
    digest: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()
