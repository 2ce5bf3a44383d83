"""Imports of historic responses as pages and commands read them: their state, their progress, what depends on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from survey_app.errors import NotFound
from survey_app.models import BranchFact, Correction, ImportRun, Job, Line, QualityReview, Response
from survey_app.models.response import COUNTED, VOIDED
from translations import gettext as _

#: The kind of an import run that brought historic responses.
KIND: Final = "history"
#: A file whose columns are being matched; being imported; imported; being taken back; taken back.
WAITING, RUNNING, DONE, UNDOING, UNDONE = "waiting", "running", "done", "undoing", "undone"
#: Kinds of jobs begin with this.
_JOBS: Final = "history."


def runs(session: Session, questionnaire_id: int, *, limit: int, offset: int) -> tuple[list[ImportRun], int]:
    """A questionnaire's imports, the newest first, and how many there are in all."""
    mine = (ImportRun.kind == KIND, ImportRun.questionnaire_id == questionnaire_id)
    total = session.scalar(select(func.count()).select_from(ImportRun).where(*mine)) or 0
    found = session.scalars(
        select(ImportRun)
        .where(*mine)
        .options(defer(ImportRun.mapping), defer(ImportRun.report))
        .order_by(ImportRun.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return list(found), total


def run(session: Session, questionnaire_id: int, run_id: int) -> ImportRun:
    """One import of a questionnaire. NotFound."""
    found = session.get(ImportRun, run_id)
    if found is None or found.kind != KIND or found.questionnaire_id != questionnaire_id:
        raise NotFound(_("There is no such import."))
    return found


def waiting(session: Session, questionnaire_id: int) -> list[ImportRun]:
    """Imports whose file waits to be decided on."""
    mine = (ImportRun.kind == KIND, ImportRun.questionnaire_id == questionnaire_id, ImportRun.state == WAITING)
    return list(session.scalars(select(ImportRun).where(*mine).order_by(ImportRun.id)))


def earlier(session: Session, questionnaire_id: int) -> list[ImportRun]:
    """Imports that came to something, the newest first, whose mappings may serve again."""
    mine = (
        ImportRun.kind == KIND,
        ImportRun.questionnaire_id == questionnaire_id,
        ImportRun.state.in_((RUNNING, DONE, UNDOING, UNDONE)),
    )
    return list(session.scalars(select(ImportRun).where(*mine).order_by(ImportRun.id.desc()).limit(20)))


def trial(found: ImportRun) -> dict[str, Any]:
    """The dry run of a file, as far as it went; empty before the first."""
    kept: dict[str, Any] = found.report.get("trial", {})
    return kept


def trial_state(found: ImportRun) -> str:
    """``running`` or ``done``; empty before the first dry run."""
    return str(trial(found).get("state", ""))


def trial_files(found: ImportRun) -> dict[str, str]:
    """What the dry run left in the file store: ``prepared`` and ``refused``."""
    kept: dict[str, str] = trial(found).get("files", {})
    return kept


def has_job(session: Session, run_id: int) -> bool:
    """Whether a worker has this import, or will."""
    jobs = session.scalars(select(Job.payload).where(Job.state.in_(("ready", "running")), Job.kind.startswith(_JOBS)))
    return any(payload.get("run") == run_id for payload in jobs)


@dataclass(frozen=True)
class Dependants:
    """What people did with responses of an import since: corrected, reviewed or kept out of the count, how many."""

    corrected: int
    reviewed: int
    excluded: int

    @property
    def any(self) -> bool:
        """Whether anything was done."""
        return bool(self.corrected or self.reviewed or self.excluded)


def dependants(session: Session, run_id: int) -> Dependants:
    """What depends on an import."""
    mine = select(Response.id).where(Response.import_run_id == run_id)

    def count(model: type[Correction] | type[QualityReview]) -> int:
        return session.scalar(select(func.count(model.response_id.distinct())).where(model.response_id.in_(mine))) or 0

    others = select(func.count()).where(Response.import_run_id == run_id, Response.state.not_in((COUNTED, VOIDED)))
    return Dependants(count(Correction), count(QualityReview), session.scalar(others) or 0)


def remaining(session: Session, run_id: int) -> int:
    """How many responses an import has brought that are still here."""
    return session.scalar(select(func.count()).where(Response.import_run_id == run_id)) or 0


@dataclass(frozen=True)
class Measure:
    """One line's sums: how many responses, and their scores in hundredths."""

    n: int
    total: int


def measures(session: Session, questionnaire_id: int) -> Mapping[str, Measure]:
    """What the questionnaire has by now, over all branches and months: line code → sums."""
    rows = session.execute(
        select(Line.code, func.sum(BranchFact.n), func.sum(BranchFact.total))
        .join(BranchFact, BranchFact.line_id == Line.id)
        .where(Line.questionnaire_id == questionnaire_id)
        .group_by(Line.code)
        .order_by(Line.code)
    )
    return {code: Measure(int(n), int(total)) for code, n, total in rows}
