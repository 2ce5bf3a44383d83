"""Facts: counts and integer sums per month, on which every table and ranking stands, and profit beside them.

A fact is ``n``, the sum and the sum of squares of per-response scores in hundredths. Integers add exactly, so a rebuild
equals what stands to the last bit. No key is ever NULL: region 0 and agent 0 stand for none.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.db import Base


class Line(Base):
    """What a fact is about: questionnaire × measure, section or question × series."""

    __tablename__ = "line"
    __table_args__ = (UniqueConstraint("questionnaire_id", "what", "series"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: ``questionnaire:what:series``.
    code: Mapped[str] = mapped_column(unique=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    what: Mapped[str]
    series: Mapped[str] = mapped_column(default="1")
    #: Headline lines are kept per agent as well.
    headline: Mapped[bool] = mapped_column(default=False)


class BranchFact(Base):
    """Month × branch (with its region as of the visit) × line."""

    __tablename__ = "branch_fact"
    __table_args__ = (
        CheckConstraint("n >= 0", name="n"),
        Index("ix_branch_fact_line_id_month", "line_id", "month"),
        {"sqlite_with_rowid": False},
    )

    month: Mapped[str] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), primary_key=True, autoincrement=False)
    region_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"), primary_key=True, autoincrement=False)
    n: Mapped[int]
    total: Mapped[int] = mapped_column(BigInteger)
    squares: Mapped[int] = mapped_column(BigInteger)


class AgentFact(Base):
    """Month × agent (at the branch of the visit) × headline line."""

    __tablename__ = "agent_fact"
    __table_args__ = (CheckConstraint("n >= 0", name="n"), {"sqlite_with_rowid": False})

    month: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True, autoincrement=False)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), primary_key=True, autoincrement=False)
    line_id: Mapped[int] = mapped_column(ForeignKey("line.id"), primary_key=True, autoincrement=False)
    n: Mapped[int]
    total: Mapped[int] = mapped_column(BigInteger)
    squares: Mapped[int] = mapped_column(BigInteger)


class Profit(Base):
    """A branch's month in ILS: what came in, what it cost, what was aimed at, and how many people work there."""

    __tablename__ = "profit"
    __audited__ = True
    __table_args__ = (CheckConstraint("headcount IS NULL OR headcount >= 0", name="headcount"),)

    month: Mapped[str] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), primary_key=True, autoincrement=False)
    #: Agorot (hundredths of a shekel), so that sums are exact.
    revenue: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[int] = mapped_column(BigInteger)
    target: Mapped[int] = mapped_column(BigInteger)
    headcount: Mapped[float | None] = mapped_column(Numeric(8, 2, asdecimal=False))
