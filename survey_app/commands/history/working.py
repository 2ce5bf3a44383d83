"""What a worker does for a run: try its file, import what is ready, take it all back.

Everything is done in short transactions of at most 500 responses, and how far it came stands in the same transaction:
whoever takes the work up after a killed worker goes on exactly there. Two that work at once cannot both write a batch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from enum import Enum
from itertools import islice
from time import perf_counter
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.questionnaire.exchange.history import mapping as mappings
from survey_app import clock, files
from survey_app.audit import Actor
from survey_app.commands import facts
from survey_app.commands.discarding import delete_after
from survey_app.commands.history import keeping, runs
from survey_app.commands.history.checking import Checked, Checker, Open, Places, opened
from survey_app.commands.history.keeping import lines_from
from survey_app.commands.history.trying import BATCH, Stopped, Stored, stored, tried
from survey_app.commands.recording import Finished, Reckoned, store
from survey_app.db import reading
from survey_app.models import (
    Correction,
    Draft,
    Evidence,
    ImportRun,
    Job,
    QualityReview,
    Questionnaire,
    Response,
    User,
    Version,
)
from survey_app.models.response import COUNTED
from survey_app.queries import history
from survey_app.queries.history import DONE, RUNNING, UNDOING, UNDONE, WAITING
from survey_app.queries.tickets import IMPORTED, new_response_id
from survey_app.transaction import transaction
from translations import current_language, speaking

log = structlog.get_logger()
_T = TypeVar("_T")
WORKER: Final = Actor.system("worker")
#: Batches and progress leave no entry each: the act of the person does, and the end of the work.
QUIET: Final = Actor.respondent()
#: Responses in one transaction at first and at least, and how long one should take, in seconds: well within the 200 ms
#: that a transaction may hold the database.
FIRST, LEAST, AIM = 100, 20, 0.08
#: Seconds after which the rest becomes a job of its own, so that other work gets its turn and no lease runs out.
TURN: Final = 60.0
#: Seconds between two notes of how far a dry run is.
NOTED: Final = 1.0

#: Told how many are done, and of how many.
Progress = Callable[[int, int], None]


def _silent(done: int, total: int) -> None:
    pass


# ---- the dry run -----------------------------------------------------------------------------------------------------


def try_file(run_id: int, progress: Progress = _silent) -> None:
    """Try a run's file, if that is still wanted; the result stands in the run's report."""
    with reading() as session:
        run = session.get(ImportRun, run_id)
        if run is None or run.state != WAITING or history.trial_state(run) != RUNNING:
            return
        key, file_id, rows = history.trial(run)["key"], run.file_id or "", run.rows
        there = opened(session, session.get_one(Questionnaire, run.questionnaire_id))
        source = keeping.source(file_id)
        checker = Checker(there, Places(session), mappings.load(run.mapping), source)
        language = _language(session, run)
    noted = perf_counter()

    def note(done: int) -> None:
        nonlocal noted
        progress(done, rows)
        if perf_counter() - noted >= NOTED:
            _note_trial(run_id, key, done)
            noted = perf_counter()

    try:
        with speaking(language), closing(keeping.rows(file_id)) as lines:
            found = tried(checker, lines, note)
    except Stopped:
        return
    kept = {"prepared": found.prepared} | ({"refused": found.refused} if found.refused else {})
    try:
        with transaction(QUIET, "history.tried", run=run_id) as session:
            run = _wanted(session, run_id, key)
            report = found.outcome.to_json()
            report |= {"state": DONE, "key": key, "version": there.version_id, "signed": found.signed, "files": kept}
            run.report = run.report | {"trial": report}
            run.done = run.rows
    except BaseException as error:
        for one in kept.values():
            files.store().delete(one)
        if not isinstance(error, Stopped):
            raise


def _language(session: Session, run: ImportRun) -> str:
    """The language of whoever brought the file: reasons are for them."""
    user = session.get(User, run.user_id) if run.user_id else None
    return user.language if user else current_language()


def _wanted(session: Session, run_id: int, key: str) -> ImportRun:
    """A run whose dry run is still the one under way, held. Raises Stopped."""
    run = session.scalar(select(ImportRun).where(ImportRun.id == run_id).with_for_update())
    if run is None or run.state != WAITING or history.trial(run).get("key") != key:
        raise Stopped
    return run


def _note_trial(run_id: int, key: str, done: int) -> None:
    with transaction(QUIET, "history.progress") as session:
        _wanted(session, run_id, key).done = done


# ---- steps -----------------------------------------------------------------------------------------------------------


class _End(Enum):
    """How steps ended before their last: the turn was over, or somebody else ended the run."""

    LEFT, ENDED = range(2)


def _in_steps(
    items: Iterable[_T],
    step: Callable[[Sequence[_T], int], None],
    done: int,
    total: int,
    progress: Progress,
    turn: float,
) -> int | _End:
    """Do ``step`` on batches, each as large as the one before allows in ``AIM`` seconds; how many items are behind.

    ``step`` gets a batch and how many items were behind before it; it raises Stopped where the run is no longer wanted.
    """
    ends = perf_counter() + turn
    size = FIRST
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        began = perf_counter()
        try:
            step(batch, done)
        except Stopped:
            return _End.ENDED
        done += len(batch)
        progress(done, total)
        took = perf_counter() - began
        size = max(LEAST, min(BATCH, 2 * size, int(len(batch) * AIM / max(took, 1e-6))))
        if perf_counter() > ends:
            return _End.LEFT
    return done


# ---- the import ------------------------------------------------------------------------------------------------------


def bring_in(run_id: int, progress: Progress = _silent, *, turn: float = TURN) -> bool:
    """Import what a dry run made ready, from where it stands; returns whether all of it is in.

    After ``turn`` seconds the rest is left to a job of its own.
    """
    with reading() as session:
        run = session.get(ImportRun, run_id)
        if run is None or run.state != RUNNING:
            return True
        there = opened(session, session.get_one(Questionnaire, run.questionnaire_id))
        trial = history.trial(run)
        version_id, prepared, total, done = trial["version"], trial["files"]["prepared"], trial["added"], run.done
    with files.store().open(prepared) as stream:
        ready = (Checked.from_json(json.loads(line)) for line in lines_from(stream, done))
        end = _in_steps(
            ready, lambda batch, at: _bring_batch(run_id, there, version_id, batch, at), done, total, progress, turn
        )
    if end is _End.LEFT:
        return _leave(run_id, runs.IMPORT)
    if end is not _End.ENDED:
        _finish_import(run_id, end)
    return True


def _bring_batch(run_id: int, there: Open, version_id: int, batch: Sequence[Checked], done: int) -> None:
    """Store a batch, or what is not here yet of it. Another import of the same responses may get there first."""
    for _attempt in range(3):
        try:
            with transaction(QUIET, "history.batch") as session:
                here = stored(session, [one.external_id for one in batch])
                new = [one for one in batch if one.external_id not in here]
                _advance(session, run_id, RUNNING, done, len(batch), len(new), _otherwise(batch, here))
                version = session.get_one(Version, version_id)
                store(session, [_reckoned(one, there, version, run_id) for one in new])
                return
        except IntegrityError:
            log.info("responses came in by another way meanwhile", run=run_id)
    raise RuntimeError("the batch meets other responses again and again")


def _otherwise(batch: Sequence[Checked], here: Mapping[str, Stored]) -> int:
    """How many of a batch came in by another way since the dry run, with other content."""
    return sum(bool(here[one.external_id].differs(one)) for one in batch if one.external_id in here)


def _advance(session: Session, run_id: int, state: str, done: int, more: int, added: int = 0, refused: int = 0) -> None:
    """Note in this transaction how far a run is. Raises Stopped when somebody else went on or took it back."""
    moved: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.state == state, ImportRun.done == done)
        .values(
            done=done + more,
            added=ImportRun.added + added,
            unchanged=ImportRun.unchanged + (more - added - refused if state == RUNNING else 0),
            refused=ImportRun.refused + refused,
        ),
        execution_options={"synchronize_session": False},
    )
    if moved.rowcount != 1:
        raise Stopped


def _reckoned(one: Checked, there: Open, version: Version, run_id: int) -> Reckoned:
    finished = Finished(
        response_id=new_response_id(),
        campaign_id=there.campaign_id,
        version=version,
        branch_id=one.branch_id,
        region_id=one.region_id,
        agent_id=one.agent_id,
        month=one.month,
        visited_on=one.day,
        # The moment of sending is not in the file: the day stands for it.
        submitted_at=clock.start_of(one.day) if one.day else None,
        state=COUNTED,
        language=one.language,
        channel=one.channel,
        weight=one.weight,
        answers=one.answers,
        context=IMPORTED,
        external_id=one.external_id,
        import_run_id=run_id,
    )
    return Reckoned(finished, one.answers, one.lines, one.voided)


def _leave(run_id: int, kind: str) -> bool:
    """Leave the rest to a job of its own."""
    with transaction(QUIET, "history.turn") as session:
        session.add(Job(kind=kind, payload={"run": run_id}, created_at=clock.now()))
    return False


def _finish_import(run_id: int, done: int) -> None:
    try:
        with transaction(WORKER, "history.imported", run=run_id) as session:
            run = session.scalar(select(ImportRun).where(ImportRun.id == run_id).with_for_update())
            if run is None or run.state != RUNNING or run.done != done:
                raise Stopped
            trial = history.trial(run)
            kept = history.trial_files(run)
            delete_after(session, run.file_id, kept.get("prepared"))
            run.state, run.finished_at, run.file_id = DONE, clock.now(), None
            run.unchanged += trial["same"]
            run.refused += trial["refused"]
            left = {name: one for name, one in kept.items() if name != "prepared"}
            run.report = run.report | {"trial": trial | {"files": left}}
    except Stopped:
        return


# ---- taking it back --------------------------------------------------------------------------------------------------


def take_back(run_id: int, progress: Progress = _silent, *, turn: float = TURN) -> bool:
    """Take back every response of a run with its answers and scores; the facts are subtracted. Returns whether done."""
    with reading() as session:
        run = session.get(ImportRun, run_id)
        if run is None or run.state != UNDOING:
            return True
        done = run.done
        ids = list(
            session.scalars(
                select(Response.id)
                .where(Response.import_run_id == run_id)
                .order_by(Response.month, Response.branch_id, Response.id)
            )
        )

    def remove(batch: Sequence[str], at: int) -> None:
        with transaction(QUIET, "history.undo_batch") as session:
            _advance(session, run_id, UNDOING, at, len(batch))
            _remove(session, batch)

    end = _in_steps(ids, remove, done, done + len(ids), progress, turn)
    if end is _End.LEFT:
        return _leave(run_id, runs.UNDO)
    if end is not _End.ENDED:
        _finish_undo(run_id)
    return True


def _remove(session: Session, ids: Sequence[str]) -> None:
    """Remove responses and everything that hangs on them; those that count leave the facts first."""
    counted = list(session.scalars(select(Response.id).where(Response.id.in_(ids), Response.state == COUNTED)))
    facts.apply(session, counted, -1)
    evidence = list(session.scalars(select(Evidence.id).where(Evidence.response_id.in_(ids))))
    delete_after(session, *evidence)
    for model in (QualityReview, Correction, Evidence, Draft):
        session.execute(delete(model).where(model.response_id.in_(ids)))
    # Answers and scores go with their response.
    session.execute(delete(Response).where(Response.id.in_(ids)))


def _finish_undo(run_id: int) -> None:
    with transaction(WORKER, "history.undone", run=run_id) as session:
        run = session.scalar(select(ImportRun).where(ImportRun.id == run_id).with_for_update())
        if run is None or run.state != UNDOING or history.remaining(session, run_id):
            return
        delete_after(session, run.file_id, *history.trial_files(run).values())
        run.state, run.finished_at, run.file_id = UNDONE, clock.now(), None
        trial = history.trial(run)
        run.report = run.report | ({"trial": trial | {"files": {}}} if trial else {})


#: What a job of each kind does with the run that its payload names.
WORK: Final[Mapping[str, Callable[[int], object]]] = {
    runs.TRIAL: try_file,
    runs.IMPORT: bring_in,
    runs.UNDO: take_back,
}
