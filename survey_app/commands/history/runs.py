"""A run of historic responses from its file to its end: what may be done with it when, each an act of a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.questionnaire.exchange.history import mapping as mappings
from forms.questionnaire.exchange.history import propose
from forms.questionnaire.exchange.history.mapping import Mapping as Matching
from forms.questionnaire.exchange.history.source import Source
from survey_app import clock
from survey_app.commands.discarding import delete_after
from survey_app.commands.history import keeping
from survey_app.commands.history.checking import opened
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import ImportRun, Job, Questionnaire
from survey_app.queries import history, questionnaires
from survey_app.queries.history import DONE, KIND, RUNNING, UNDOING, UNDONE, WAITING
from translations import gettext as _

TRIAL, IMPORT, UNDO = "history.trial", "history.import", "history.undo"
#: A file that nobody went on with, and the refused rows of one that was imported, are destroyed after so long.
WAITS: Final = timedelta(days=30)
REFUSED_KEPT: Final = timedelta(days=7)


def begin(
    session: Session,
    questionnaire: Questionnaire,
    source: Source,
    *,
    filename: str,
    file_id: str,
    user_id: int | None,
    fresh: bool = False,
) -> ImportRun:
    """A run for a kept file, with the mapping that is most likely. UserError while the questionnaire is not published.

    A file that is waiting already is that run again, whoever brought it, unless a ``fresh`` one is asked for: the same
    file twice is a slip.
    """
    there = opened(session, questionnaire)
    for waiting in [] if fresh else history.waiting(session, questionnaire.id):
        if waiting.report.get("digest") == source.digest:
            delete_after(session, file_id)
            return waiting
    run = ImportRun(
        kind=KIND,
        filename=filename[-200:],
        started_at=clock.now(),
        state=WAITING,
        questionnaire_id=questionnaire.id,
        user_id=user_id,
        file_id=file_id,
        mapping=mappings.dump(propose.propose(there.definition, source)),
        rows=source.rows,
        report={"digest": source.digest, "shape": source.shape},
    )
    session.add(run)
    session.flush()
    return run


def locked(session: Session, run_id: int, *states: str) -> ImportRun:
    """A run, held until the end of the transaction. NotFound; Conflict when it is in another state by now."""
    run = session.scalar(select(ImportRun).where(ImportRun.id == run_id, ImportRun.kind == KIND).with_for_update())
    if run is None:
        raise NotFound(_("There is no such import."))
    if states and run.state not in states:
        raise Conflict(_("This import has gone on meanwhile. Load the page again."))
    return run


def save(session: Session, run_id: int, matching: Matching) -> ImportRun:
    """Keep what was decided about the file. A dry run of what was decided before is void."""
    run = locked(session, run_id, WAITING)
    document = mappings.dump(matching)
    if document != run.mapping:
        run.mapping = document
        _forget_trial(session, run)
    session.flush()
    return run


def _forget_trial(session: Session, run: ImportRun) -> None:
    trial = run.report.get("trial")
    if trial:
        delete_after(session, *trial.get("files", {}).values())
    run.report = {key: value for key, value in run.report.items() if key != "trial"}
    run.done = 0


def start_trial(session: Session, run_id: int, *, queue: bool = True) -> ImportRun:
    """Let a worker try every row, or without ``queue`` the caller. UserError with ``places`` for what is undecided."""
    run = locked(session, run_id, WAITING)
    there = opened(session, session.get_one(Questionnaire, run.questionnaire_id))
    found = mappings.problems(mappings.load(run.mapping), keeping.source(run.file_id or ""), there.definition)
    if found:
        places = [(problem.place, problem.message) for problem in found]
        raise UserError(_("Some columns are not decided yet."), places)
    if history.trial_state(run) == RUNNING and history.has_job(session, run.id):
        return run
    _forget_trial(session, run)
    run.report = run.report | {"trial": {"state": RUNNING, "key": uuid4().hex}}
    if queue:
        _queue(session, TRIAL, run)
    session.flush()
    return run


def start_import(session: Session, run_id: int, key: str, *, queue: bool = True) -> ImportRun:
    """Let a worker import what the dry run made ready, or the caller; ``key`` says which dry run the person saw.

    Conflict when that is no longer the newest one, or the questionnaire was published anew since.
    """
    run = locked(session, run_id, WAITING)
    trial = run.report.get("trial", {})
    if trial.get("state") != DONE or trial.get("key") != key:
        raise Conflict(_("The file was changed or tried again meanwhile. Look at the dry run once more."))
    there = opened(session, session.get_one(Questionnaire, run.questionnaire_id))
    if trial["version"] != there.version_id:
        _forget_trial(session, run)
        raise Conflict(_("A new version of the questionnaire was published meanwhile. Try the file again."))
    if not trial["added"]:
        raise UserError(_("There is nothing to add."))
    run.state = RUNNING
    run.done = 0
    if queue:
        _queue(session, IMPORT, run)
    session.flush()
    return run


def resume(session: Session, run_id: int) -> ImportRun:
    """Go on with an import or an undo that its worker left behind."""
    run = locked(session, run_id, RUNNING, UNDOING)
    if not history.has_job(session, run.id):
        _queue(session, IMPORT if run.state == RUNNING else UNDO, run)
        session.flush()
    return run


def undo(session: Session, run_id: int, *, also_changed: bool) -> ImportRun:
    """Take a whole import back; also one that is still under way. A worker does it.

    UserError while people have worked on responses of it since, unless ``also_changed`` says that their work goes too.
    """
    run = locked(session, run_id, RUNNING, DONE)
    touched = history.dependants(session, run.id)
    if touched.any and not also_changed:
        raise UserError(
            _("People have worked on responses of this import since. Say that their work goes as well."),
            [("also_changed", _("Tick this box to take back those responses too."))],
        )
    run.state = UNDOING
    run.done = 0
    _queue(session, UNDO, run)
    session.flush()
    return run


def discard(session: Session, run_id: int) -> None:
    """Forget a file that was never imported, with everything made of it."""
    run = locked(session, run_id, WAITING)
    _forget(session, run)


def _forget(session: Session, run: ImportRun) -> None:
    delete_after(session, run.file_id, *history.trial_files(run).values())
    session.delete(run)
    session.flush()


def _queue(session: Session, kind: str, run: ImportRun) -> None:
    session.add(Job(kind=kind, payload={"run": run.id}, created_at=clock.now()))


def sweep(session: Session) -> int:
    """Destroy files that nobody went on with, and refused rows when their time is over; returns of how many runs."""
    now = clock.now()
    old = list(
        session.scalars(
            select(ImportRun).where(
                ImportRun.kind == KIND, ImportRun.state == WAITING, ImportRun.started_at < now - WAITS
            )
        )
    )
    for run in old:
        _forget(session, run)
    kept = session.scalars(
        select(ImportRun).where(
            ImportRun.kind == KIND, ImportRun.state.in_((DONE, UNDONE)), ImportRun.finished_at < now - REFUSED_KEPT
        )
    )
    return len(old) + sum(_forget_refused(session, run) for run in kept)


def _forget_refused(session: Session, run: ImportRun) -> bool:
    trial: dict[str, Any] = run.report.get("trial", {})
    if not trial.get("files"):
        return False
    delete_after(session, *trial["files"].values())
    run.report = run.report | {"trial": trial | {"files": {}}}
    return True


def decided_before(runs: Iterable[ImportRun], source: Source) -> ImportRun | None:
    """The newest run whose mapping fits a file of this shape."""
    fitting = (run for run in runs if run.mapping and propose.fits(mappings.load(run.mapping), source))
    return next(fitting, None)


def reuse(session: Session, run_id: int, other_id: int) -> ImportRun:
    """Decide about a file as was decided about another of the same shape. Conflict when that does not fit."""
    run = locked(session, run_id, WAITING)
    other = locked(session, other_id)
    source = keeping.source(run.file_id or "")
    matching = mappings.load(other.mapping)
    if other.questionnaire_id != run.questionnaire_id or not propose.fits(matching, source):
        raise Conflict(_("The other file had other columns."))
    return save(session, run_id, matching)


def questionnaire_of(session: Session, run: ImportRun, code: str) -> Questionnaire:
    """The questionnaire of a run, which the address names as well. NotFound when they do not belong together."""
    found = questionnaires.by_code(session, code)
    if run.questionnaire_id != found.id:
        raise NotFound(_("There is no such import."))
    return found
