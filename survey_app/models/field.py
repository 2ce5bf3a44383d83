"""What a shopper's phone brought beside the answers, and what of it could not be taken as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.fieldwork import Assignment
from survey_app.models.people import PERSONAL, User


class FieldRecord(Base):
    """How one report was made: taps, timing, whether it was near the branch, and which files belong to it.

    A report that was sent back and comes again has another row with the next round.
    """

    __tablename__ = "field_record"
    __table_args__ = (UniqueConstraint("response_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[str]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    round: Mapped[int] = mapped_column(default=1)
    #: Random id of the app on one phone.
    device: Mapped[str]
    #: SHA-256 of what was sent, without its clock: the same report sent again has the same.
    digest: Mapped[str]
    #: The four taps, by the server's clock: the phone's is corrected by ``clock_offset_s``.
    entered_at: Mapped[datetime | None]
    greeted_at: Mapped[datetime | None]
    served_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    began_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    #: Seconds to add to the phone's clock to get the server's.
    clock_offset_s: Mapped[int] = mapped_column(default=0)
    #: ``{state: near|far|missing|refused|not_asked, within_m, accuracy_m}``: never where somebody was.
    position: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Question code -> seconds it was in view.
    timings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: ``[{sha256, question, size}]``: every file that belongs to the report.
    manifest: Mapped[list[Any]] = mapped_column(default=list)


class FieldCopy(Base):
    """A report that came for a visit that had another one already: kept for the reviewer, never thrown away."""

    __tablename__ = "field_copy"
    __table_args__ = (Index("ix_field_copy_response_id", "response_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[str]
    device: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    #: Everything that the app sends; nothing else that was sent, which may be where somebody was.
    content: Mapped[dict[str, Any]] = mapped_column(info={"personal": True})
    #: A code of :data:`survey_app.field.copies.REASONS`.
    reason: Mapped[str]
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class FieldDevice(Base):
    """A phone with the app, and what it last said that it still holds."""

    __tablename__ = "field_device"
    __table_args__ = (CheckConstraint("reports >= 0 AND files >= 0", name="counts"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    #: A browser's family and system in two words, for the person to tell the phones apart.
    label: Mapped[str] = mapped_column(default="", info=PERSONAL)
    release: Mapped[str] = mapped_column(default="")
    seen_at: Mapped[datetime]
    #: Reports and files that wait on it, and since when the oldest does.
    reports: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0)
    waiting_since: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class LateItem(Base):
    """An item that can only be answered later, such as a promised call-back: until then its visit is not approved."""

    __tablename__ = "late_item"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("response_id", "question"),
        CheckConstraint("state IN ('waiting', 'answered', 'lapsed')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[str]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    question: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(default="waiting")
    settled_at: Mapped[datetime | None]

    assignment: Mapped[Assignment] = relationship()
