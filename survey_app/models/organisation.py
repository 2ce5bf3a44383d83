"""The organisation, its regions and its branches."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base


class Organisation(Base):
    """The one organisation of an installation: its name, its policy and what the public pages say of it."""

    __tablename__ = "organisation"
    __audited__ = True
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Language -> name.
    name: Mapped[dict[str, Any]]
    #: The demo bank: every page says so.
    synthetic: Mapped[bool] = mapped_column(default=False)
    #: Policy constants that differ from the defaults of :class:`reports.policy.Policy`.
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Rules of reaching customers that differ from the defaults of :class:`survey_app.outreach.policy.Outreach`.
    outreach: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Rules of closing the loop that differ from the defaults of :class:`survey_app.loop.policy.Loop`.
    loop: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: What public pages need: accessibility coordinator, privacy officer, controller, service telephone.
    details: Mapped[dict[str, Any]] = mapped_column(default=dict, info={"personal": True})


class Region(Base):
    """A group of branches under one region manager."""

    __tablename__ = "region"
    __audited__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Branch(Base):
    """A branch, or another unit of the register; ``ranked`` is off for a unit that serves no customers."""

    __tablename__ = "branch"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("bank", "code"),
        CheckConstraint("closed IS NULL OR opened IS NULL OR closed >= opened", name="closed_after_opened"),
        CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="not_into_itself"),
        CheckConstraint("latitude IS NULL OR latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude IS NULL OR longitude BETWEEN -180 AND 180", name="longitude"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bank: Mapped[str]
    code: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    type: Mapped[str] = mapped_column(default="")
    ranked: Mapped[bool] = mapped_column(default=True)
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"), index=True)
    city: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    #: Opening hours in the organisation's own words.
    hours: Mapped[str] = mapped_column(default="")
    #: Weekdays on which the branch is closed: ``sun`` … ``sat``.
    closed_days: Mapped[list[Any]] = mapped_column(default=list)
    #: Peer-group attributes in the organisation's own words (large; periphery).
    size: Mapped[str] = mapped_column(default="")
    area: Mapped[str] = mapped_column(default="")
    opened: Mapped[date | None]
    closed: Mapped[date | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    #: The receiving branch as the source names it (``bank-code``), kept while that branch is not here.
    merged_into_ref: Mapped[str] = mapped_column(default="")

    region: Mapped[Region | None] = relationship()
    merged_into: Mapped[Branch | None] = relationship(remote_side=[id])

    @property
    def ref(self) -> str:
        """The key that is unique among all banks: ``bank-code``."""
        return f"{self.bank}-{self.code}"

    def open_on(self, day: date) -> bool:
        """Whether the branch served customers on a day."""
        return (self.opened is None or self.opened <= day) and (self.closed is None or day < self.closed)
