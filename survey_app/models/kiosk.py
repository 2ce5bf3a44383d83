"""What comes from a branch's tablet: answers that could not be taken, and which anonymous ones were taken already."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.outreach import CollectionPoint
from survey_app.models.people import PERSONAL
from survey_app.models.response import NO_ORDER


class SetAside(Base):
    """Answers that a tablet sent and that could not become a response, kept for staff to decide on.

    Of an anonymous campaign as much and as little as a response keeps: the month, never the day.
    """

    __tablename__ = "set_aside"
    __audited__ = True
    __table_args__ = (CheckConstraint("length(month) = 7", name="month"), NO_ORDER)

    #: The id minted on the tablet: sent again, they are still set aside once.
    id: Mapped[str] = mapped_column(primary_key=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("collection_point.id"), index=True)
    #: What the tablet sent, as it sent it.
    content: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    #: Why it could not be taken: a code of :data:`survey_app.commands.kiosk.REASONS`.
    reason: Mapped[str]
    month: Mapped[str]

    point: Mapped[CollectionPoint] = relationship()


class TabletReceipt(Base):
    """That the answers under a tablet's id were taken: sent again, they are not taken twice.

    Only of anonymous campaigns, whose responses keep nothing of that id. Nothing here leads on to one: the digest is of
    an id that the tablet forgets, and the month is what every response keeps.
    """

    __tablename__ = "tablet_receipt"
    __table_args__ = (CheckConstraint("length(month) = 7", name="month"), NO_ORDER)

    #: SHA-256 of the tablet's id, in hexadecimal.
    digest: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(index=True)
