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
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    questionnaire: Mapped[Questionnaire] = relationship(back_populates="versions")


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
