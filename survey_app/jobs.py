"""Work outside requests. A Job row is the truth; the queue only wakes a worker, and a sweep finds what it lost.

huey hands a task out at most once and forgets it when a worker is killed, so a job is leased in the database, done in
transactions of its own and marked there. Whatever was left running past its lease is taken up again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any, Final

import structlog
from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from sqlalchemy import or_, select, update

from survey_app import clock, contents, files, transaction
from survey_app.audit import Actor
from survey_app.commands import (
    abuse,
    checking,
    comment_index,
    decisions,
    evidence,
    facts,
    giving_out,
    incident_work,
    kiosk,
    late_answers,
    meeting,
    models,
    outbox,
    packs,
    previews,
    promises,
    publishing_plans,
    recognition,
    recovery_survey,
    reminding_shoppers,
    responses,
    retention,
    reviews,
    rotation_solving,
    sealing,
    selecting,
)
from survey_app.commands.cases import clocks as case_clocks
from survey_app.commands.contents import sweep_unnamed
from survey_app.commands.feeding import folder, housekeeping
from survey_app.commands.feeding import runs as feeding
from survey_app.commands.history import runs, working
from survey_app.config import Settings
from survey_app.models import Job
from survey_app.outgoing import dispatch
from survey_app.outgoing import letters as letters_out
from survey_app.outgoing import packs as packs_out
from survey_app.queries import computing
from survey_app.queries import reviews as review_queries

log = structlog.get_logger()
ACTOR: Final = Actor.system("worker")
#: A job that was not finished in this time is given to another worker.
LEASE: Final = timedelta(minutes=10)
#: Tries before a job is left as failed, for a person to look at.
TRIES: Final = 5
#: The hour of the machine's clock at which the night's acts are done.
NIGHT_HOUR: Final = 1


def _restate(payload: Mapping[str, Any]) -> None:
    month = str(payload["month"])
    models.make_fresh(month)
    # Outside the write lock, so that nobody waits for it.
    prepared = computing.settled(lambda session: review_queries.restated(session, month))
    with transaction.transaction(ACTOR, "review.restate", month=month) as session:
        reviews.restate(session, month, prepared)


def _on_run(act: Callable[[int], object]) -> Callable[[Mapping[str, Any]], None]:
    def work(payload: Mapping[str, Any]) -> None:
        act(int(payload["run"]))

    return work


#: What each kind of job does.
KINDS: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {
    facts.RESTATE: _restate,
    outbox.SEND: dispatch.woken,
    **rotation_solving.WORK,
    **publishing_plans.WORK,
    **models.WORK,
    **packs_out.WORK,
    **{kind: _on_run(act) for kind, act in {**working.WORK, **feeding.WORK}.items()},
}


def _claim(tried: Collection[int]) -> Job | None:
    """Take the next job that is ready, or that a worker left behind, passing over those just tried.

    A job that took its worker down with every try is left as failed.
    """
    now = clock.now()
    left_behind = (Job.state == "running") & (Job.leased_until < now)
    with transaction.transaction(Actor.respondent(), "job.claim") as session:
        session.execute(
            update(Job)
            .where(left_behind, Job.attempts >= TRIES)
            .values(state="failed", leased_until=None, error="its worker ended with every try")
        )
        job = session.scalar(
            select(Job)
            .where(or_(Job.state == "ready", left_behind), Job.id.not_in(tried))
            # Somebody waits for an import; a restatement is best computed once, after it, and files by a schedule last.
            .order_by(Job.kind == packs.SCHEDULED, Job.kind == facts.RESTATE, Job.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if job is not None:
            job.state, job.leased_until, job.attempts = "running", now + LEASE, job.attempts + 1
    return job


def _finish(job: Job, state: str, error: str = "") -> None:
    with transaction.transaction(Actor.respondent(), "job.finish") as session:
        row = session.get_one(Job, job.id)
        row.state, row.leased_until, row.error = state, None, error


def run_ready() -> int:
    """Do every job that is ready, each once; returns how many were tried. One that fails waits for the next sweep."""
    tried: set[int] = set()
    while (job := _claim(tried)) is not None:
        tried.add(job.id)
        try:
            KINDS[job.kind](job.payload)
        except Exception as error:
            log.exception("job failed", job=job.id, kind=job.kind)
            _finish(job, "failed" if job.attempts >= TRIES else "ready", f"{type(error).__name__}: {error}")
        else:
            _finish(job, "done")
    return len(tried)


def _sweep_drafts() -> None:
    with transaction.transaction(Actor.respondent(), "draft.sweep") as session:
        responses.sweep_drafts(session)


def _publish_overdue() -> None:
    """Do at day what nobody was up for at night, since a copy on somebody's desk is not on at night."""
    if sealing.is_overdue():
        sealing.publish()


def _sweep_imports() -> None:
    with transaction.transaction(Actor.respondent(), "history.sweep") as session:
        runs.sweep(session)


def _sweep_evidence() -> None:
    with transaction.transaction(Actor.respondent(), "evidence.sweep") as session:
        evidence.sweep_orphans(session)
    sweep_unnamed(evidence.NOBODY)
    files.store().sweep()
    contents.store().sweep()


#: What is done again and again, each act in transactions of its own: jobs that the queue lost and drafts that nobody
#: finished; files of imports that nobody went on with, and what killed processes left half-way; what waits for night.
EVERY_MINUTE: Final[tuple[Callable[[], object], ...]] = (
    run_ready,
    folder.watch,
    _sweep_drafts,
    selecting.select_all,
    dispatch.every_minute,
    letters_out.every_minute,
    checking.check_waiting,
    incident_work.deliver,
    case_clocks.tick,
)
EVERY_HOUR: Final[tuple[Callable[[], object], ...]] = (
    _sweep_imports,
    housekeeping.sweep,
    _sweep_evidence,
    _publish_overdue,
    abuse.forget,
    reminding_shoppers.hourly,
    late_answers.lapse,
    models.refresh,
    packs_out.hourly,
    recovery_survey.hourly,
    previews.hourly,
    meeting.alert,
    decisions.remind,
    incident_work.propose,
    giving_out.hourly,
    case_clocks.hourly,
    recognition.hourly,
    promises.tick,
)
EVERY_NIGHT: Final[tuple[Callable[[], object], ...]] = (
    sealing.publish,
    retention.clear,
    kiosk.forget,
    comment_index.settle,
)


def _doing(acts: tuple[Callable[[], object], ...]) -> Callable[[], None]:
    """A task that does each act, whatever becomes of the others."""

    def do() -> None:
        for act in acts:
            try:
                act()
            except Exception:
                log.exception("periodic act failed", act=act.__name__)

    return do


sweep, tidy, by_night = _doing(EVERY_MINUTE), _doing(EVERY_HOUR), _doing(EVERY_NIGHT)


def queue(settings: Settings) -> Huey:
    """The installation's queue: a file beside the embedded database, or Redis."""
    if settings.queue_url:
        return RedisHuey("survey-app", url=settings.queue_url)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("survey-app", filename=str(settings.data_dir / "queue.db"))


def connect(settings: Settings) -> Huey:
    """The queue with our tasks, woken whenever a transaction leaves a job behind."""
    dispatch.bind(settings)
    huey = queue(settings)
    wake = huey.task(name="run_ready")(run_ready)
    huey.periodic_task(crontab(minute="*"), name="sweep")(sweep)
    huey.periodic_task(crontab(minute="17"), name="tidy")(tidy)
    huey.periodic_task(crontab(minute="40", hour=str(NIGHT_HOUR)), name="by_night")(by_night)
    transaction.when_jobs_wait(wake)
    return huey


class Worker(Consumer):  # type: ignore[misc]
    """A consumer that leaves the process's signals alone: the embedded one runs beside the web server."""

    def _set_signal_handlers(self) -> None:
        if threading.current_thread() is threading.main_thread() and self.alone:
            super()._set_signal_handlers()

    alone = False


def worker(huey: Huey, *, alone: bool, workers: int = 1) -> Worker:
    """A worker over a queue; ``alone`` when it is the process's only task and may take its signals."""
    made = Worker(huey, workers=workers, initial_delay=0.1, max_delay=2.0)
    made.alone = alone
    return made
