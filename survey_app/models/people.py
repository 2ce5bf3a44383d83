"""Agents, who serve customers, and users, who log in. One person may be both."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.organisation import Branch, Region

#: The agent of a response that names none. It is a row, so that no key is ever NULL.
NO_AGENT: Final = 0
PERSONAL: Final = {"personal": True}


class Agent(Base):
    """A service employee."""

    __tablename__ = "agent"
    __audited__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(info=PERSONAL)
    email: Mapped[str] = mapped_column(default="", info=PERSONAL)

    placements: Mapped[list[Placement]] = relationship(back_populates="agent", order_by="Placement.since")


class Placement(Base):
    """An agent's time at a branch: ``since`` inclusive, ``until`` the last day, or open."""

    __tablename__ = "placement"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("agent_id", "since"),
        CheckConstraint("until IS NULL OR until >= since", name="until_after_since"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"))
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), index=True)
    role: Mapped[str] = mapped_column(default="")
    since: Mapped[date]
    until: Mapped[date | None]

    agent: Mapped[Agent] = relationship(back_populates="placements")
    branch: Mapped[Branch] = relationship()

    def holds_on(self, day: date) -> bool:
        """Whether the agent is placed there on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


class User(Base):
    """Somebody who logs in, with one role and the branch, region or agent that the role is about."""

    __tablename__ = "user_account"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("role <> 'branch_manager' OR branch_id IS NOT NULL", name="branch_manager_has_branch"),
        CheckConstraint("role <> 'region_manager' OR region_id IS NOT NULL", name="region_manager_has_region"),
        CheckConstraint("role <> 'agent' OR agent_id IS NOT NULL", name="agent_has_agent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True, info=PERSONAL)
    name: Mapped[str] = mapped_column(default="", info=PERSONAL)
    role: Mapped[str]
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    language: Mapped[str] = mapped_column(default="he")
    active: Mapped[bool] = mapped_column(default=True)
    #: Argon2; empty where no password was set yet, which lets nobody in.
    password_hash: Mapped[str] = mapped_column(default="", info=PERSONAL)
    #: Part of the login cookie: a new password ends every session of the old one.
    session_key: Mapped[str] = mapped_column(default="", info=PERSONAL)
    created_at: Mapped[datetime]

    branch: Mapped[Branch | None] = relationship()
    region: Mapped[Region | None] = relationship()
    agent: Mapped[Agent | None] = relationship()
