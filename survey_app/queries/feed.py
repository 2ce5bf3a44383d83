"""Runs of files that were fed in, as pages and commands read them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from survey_app.errors import NotFound
from survey_app.models import ImportRun, Job
from translations import gettext as _

#: The kind of job that takes a file in.
JOB: Final = "feed.import"
RUNNING, DONE, FAILED = "running", "done", "failed"


def runs(session: Session, kinds: Collection[str], *, limit: int, offset: int) -> tuple[list[ImportRun], int]:
    """Runs of some sorts of files, the newest first, and how many there are in all."""
    mine = ImportRun.kind.in_(sorted(kinds))
    total = session.scalar(select(func.count()).select_from(ImportRun).where(mine)) or 0
    found = session.scalars(
        select(ImportRun)
        .where(mine)
        .options(defer(ImportRun.mapping), defer(ImportRun.report))
        .order_by(ImportRun.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return list(found), total


def run(session: Session, kinds: Collection[str], run_id: int) -> ImportRun:
    """One run. NotFound for another sort's as well."""
    found = session.get(ImportRun, run_id)
    if found is None or found.kind not in kinds:
        raise NotFound(_("There is no such import."))
    return found


def at_work(session: Session, run_id: int) -> bool:
    """Whether a worker has this run, or will."""
    jobs = session.scalars(select(Job.payload).where(Job.kind == JOB, Job.state.in_(("ready", "running"))))
    return any(payload.get("run") == run_id for payload in jobs)


def by_claim(session: Session, claims: Collection[str]) -> dict[str, ImportRun]:
    """The runs of files that were claimed in the watched folder, by the name of the claim."""
    wanted = sorted(claims)
    found = session.scalars(select(ImportRun).where(ImportRun.report["claim"].as_string().in_(wanted)))
    return {str(one.report["claim"]): one for one in found}


def reasons(found: ImportRun, part: str) -> list[dict[str, Any]]:
    """Why rows were refused (``refused``) or what of them was left out (``remarks``), the most frequent first."""
    kept: dict[str, dict[str, Any]] = found.report.get(part, {})
    return sorted(kept.values(), key=lambda one: (-one["times"], one["row"]))
