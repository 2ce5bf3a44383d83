"""The reviewers' desk: what was found about a report that waits, and every version that a report had."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.db import Base
from survey_app.models.people import PERSONAL


class ReportCheck(Base):
    """What the automatic checks said of a report, so that a long queue can be sorted and filtered without reading it.

    It is made anew when the report, its files or its field record change. Nothing is decided by it.
    """

    __tablename__ = "report_check"
    __table_args__ = (CheckConstraint("risk >= 0", name="risk"),)

    response_id: Mapped[str] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    #: The sum of the marks' weights, see :data:`survey_app.field.flags.SORTS`.
    risk: Mapped[int]
    #: ``[{code, values}]``: the marks, as :class:`survey_app.field.flags.Mark` is kept.
    marks: Mapped[list[Any]] = mapped_column(default=list)
    #: What it was made of: when another comes, the check is made again.
    seen: Mapped[str]
    at: Mapped[datetime]


class ReportVersion(Base):
    """The answers of a report as they stood at some time: as sent, after a correction, as sent again."""

    __tablename__ = "report_version"
    __table_args__ = (
        UniqueConstraint("response_id", "number"),
        CheckConstraint("cause IN ('sent', 'corrected', 'answered', 'copied', 'appealed')", name="cause"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[str] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"))
    number: Mapped[int]
    #: What made it: the shopper sent it, a reviewer corrected it, an item was answered later, a second copy was
    #: taken over, an appeal was decided.
    cause: Mapped[str]
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: Question code -> stored value.
    answers: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    #: Total in hundredths; None where nothing was judged.
    total: Mapped[int | None]
