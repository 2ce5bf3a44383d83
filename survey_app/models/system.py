"""The platform's own books: audit entries, import runs and jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.db import Base


class Entry(Base):
    """One act in the audit trail: numbers and references, never a person's words or contact."""

    __tablename__ = "entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    act: Mapped[str]
    details: Mapped[dict[str, Any]]
    changes: Mapped[list[Any]]


class WriteCount(Base):
    """How often anything that reports are made of was written: the sum over all shards only ever grows.

    A report kept in memory is good while the sum stands. Shards, so that several nodes do not wait for one row.
    """

    __tablename__ = "write_count"

    shard: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    writes: Mapped[int] = mapped_column(BigInteger)


class ImportRun(Base):
    """One import of a file: what it is to bring, how far it is, what it added, changed and refused."""

    __tablename__ = "import_run"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'undoing', 'undone')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    filename: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    #: A file that waits for its columns to be matched, or is being imported, or was taken back.
    state: Mapped[str] = mapped_column(default="done")
    questionnaire_id: Mapped[int | None] = mapped_column(ForeignKey("questionnaire.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: The file in the file store, until it is imported.
    file_id: Mapped[str | None]
    #: Which column of the file is what, and which of its values mean which answer.
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict, info={"document": True})
    #: Rows of the file, and how many of them are dealt with.
    rows: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    #: What went wrong, or what was refused, for the person who started it.
    report: Mapped[dict[str, Any]] = mapped_column(default=dict, info={"document": True})


class Job(Base):
    """Work to do outside a request. The row is the truth: the queue only wakes a worker, a sweep finds what it lost."""

    __tablename__ = "job"
    __table_args__ = (CheckConstraint("state IN ('ready', 'running', 'done', 'failed')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="ready", index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    #: Until when a running job belongs to its worker; afterwards the sweep takes it again.
    leased_until: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")
