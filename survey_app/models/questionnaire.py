"""Questionnaires and their versions: a definition is a document, kept whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Connection, ForeignKey, UniqueConstraint, event, inspect, select
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from survey_app.db import Base

DRAFT, PUBLISHED = "draft", "published"


class Questionnaire(Base):
    """One questionnaire over all its versions; the code stays for good."""

    __tablename__ = "questionnaire"
    __audited__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    title: Mapped[dict[str, Any]]
    #: Since when nobody is to use it any more; its responses stay.
    archived_at: Mapped[datetime | None]

    versions: Mapped[list[Version]] = relationship(back_populates="questionnaire", order_by="Version.number")


class Version(Base):
    """One state of a definition. A published one never changes; an edit is a new version."""

    __tablename__ = "version"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("questionnaire_id", "number"),
        CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="published_has_moment"),
        CheckConstraint("state IN ('draft', 'published')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(default=DRAFT)
    definition: Mapped[dict[str, Any]] = mapped_column(info={"document": True})
    #: SHA-256 of the canonical definition: the same document imported twice is the same version.
    digest: Mapped[str]
    #: Counts the edits of a draft: an edit that saw an older count meets a newer one and is refused.
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    questionnaire: Mapped[Questionnaire] = relationship(back_populates="versions")


class DraftChange(Base):
    """A draft as one edit left it: an edit can be undone, two people's edits compared. Gone at publishing."""

    __tablename__ = "draft_change"

    version_id: Mapped[int] = mapped_column(ForeignKey("version.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: What was done, and to which part, by their codes.
    act: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    definition: Mapped[dict[str, Any]] = mapped_column(info={"document": True})


class Notice(Base):
    """What respondents of a questionnaire are told about privacy, in one of its versions; it never changes."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("questionnaire_id", "number"), UniqueConstraint("questionnaire_id", "digest"))

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    number: Mapped[int]
    #: SHA-256 of the content: the same words are the same version.
    digest: Mapped[str]
    #: Part of the notice -> language -> words, as they were shown.
    content: Mapped[dict[str, Any]] = mapped_column(info={"document": True})
    since: Mapped[datetime]


def _was_published(connection: Connection, version: Version) -> bool:
    """Whether the database holds the version as published, whatever was done to the object since."""
    stored = select(Version.published_at).where(Version.id == version.id)
    return connection.scalar(stored) is not None


@event.listens_for(Version, "before_update")
def _frozen(mapper: Mapper[Version], connection: Connection, version: Version) -> None:
    """Publishing freezes: refuse any later change, un-publishing included."""
    state = inspect(version)
    changed = any(state.attrs[column.key].history.has_changes() for column in mapper.column_attrs)
    if changed and _was_published(connection, version):
        raise ValueError("a published version never changes")


@event.listens_for(Version, "before_delete")
def _kept(mapper: Mapper[Version], connection: Connection, version: Version) -> None:
    """Answers were given under it: a published version stays."""
    if _was_published(connection, version):
        raise ValueError("a published version stays")
