"""Models over single responses, each kept for its month with the digest of what it was made from.

They are made in a job or by the hour, never for a page: read outside of any transaction, written in a short one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import analysis_models
from survey_app.commands.fitting import casemix, cases, disagreement, drivers, mix, promises, recovery, severity
from survey_app.commands.fitting.gathering import Fit, Gather, Inputs
from survey_app.db import reading
from survey_app.models import Job, ModelResult, MonthlyReview
from survey_app.queries.models import (
    CASEMIX,
    CASES,
    DISAGREEMENT,
    DRIVERS,
    IN_REPORTS,
    MIX,
    PROMISES,
    RECOVERY,
    SEVERITY,
)
from survey_app.transaction import transaction

#: The kind of job that makes a month's models.
MAKE: Final = "models.make"
ACTOR: Final = Actor.system("models")
#: Raised when the same inputs would give another result.
VERSION: Final = 7
#: Full months before the last one whose models are kept fresh while nobody signed them.
UNSIGNED: Final = 2

#: What each kind is made of, and how.
MODELS: Final[Mapping[str, tuple[Gather, Fit]]] = {
    SEVERITY: (severity.gather, severity.fit),
    CASEMIX: (casemix.gather, casemix.fit),
    DISAGREEMENT: (disagreement.gather, disagreement.fit),
    DRIVERS: (drivers.gather, drivers.fit),
    RECOVERY: (recovery.gather, recovery.fit),
    MIX: (mix.gather, mix.fit),
    CASES: (cases.gather, cases.fit),
    PROMISES: (promises.gather, promises.fit),
    **analysis_models.MODELS,
}
#: Kinds that are made of responses and counts alone, not of the report.
_OF_RESPONSES: Final = (SEVERITY, CASEMIX, DRIVERS, RECOVERY, MIX, CASES, PROMISES)


def queue(session: Session, month: str) -> None:
    """Have a month's models made soon; a job that waits already is enough."""
    waiting = session.scalars(select(Job).where(Job.kind == MAKE, Job.state == "ready")).all()
    if month not in {job.payload["month"] for job in waiting}:
        session.add(Job(kind=MAKE, payload={"month": month}, created_at=clock.now()))


def work(payload: Mapping[str, Any]) -> None:
    """Make the models of the job's month."""
    make(str(payload["month"]))


def refresh() -> None:
    """Make the models of this month, of the last full one, and of those before it that nobody signed yet.

    Only where what they are made of has changed.
    """
    last = clock.last_full_month()
    earlier = [calendar.shift(last, -back) for back in range(1, UNSIGNED + 1)]
    with reading() as session:
        signed = set(session.scalars(select(MonthlyReview.month).where(MonthlyReview.month.in_(earlier))))
    for month in (last, clock.current_month(), *(one for one in earlier if one not in signed)):
        make(month)


def make(month: str, kinds: Collection[str] = tuple(MODELS)) -> list[str]:
    """Make a month's models of some kinds anew where their inputs changed; gives those that were.

    Models of single responses come first, all of one reading; the others may stand on the report, which takes these in.
    """
    made = []
    for stage in (_OF_RESPONSES, [kind for kind in MODELS if kind not in _OF_RESPONSES]):
        changed = _changed(month, [kind for kind in stage if kind in kinds])
        for kind, (inputs, digest) in changed.items():
            _keep(month, kind, digest, MODELS[kind][1](inputs))
            made.append(kind)
    return made


def make_fresh(month: str) -> None:
    """Make what a month's report takes in, before the month is signed or restated."""
    make(month, IN_REPORTS)


def _changed(month: str, kinds: Collection[str]) -> dict[str, tuple[Inputs, str]]:
    """Kind -> its inputs and their digest, where they are not those that its result was made from."""
    with reading() as session:
        known = dict(
            session.execute(select(ModelResult.kind, ModelResult.inputs_digest).where(ModelResult.month == month)).all()
        )
        gathered = {kind: MODELS[kind][0](session, month) for kind in kinds}
    digests = {kind: _digest(inputs) for kind, inputs in gathered.items()}
    return {kind: (gathered[kind], digest) for kind, digest in digests.items() if known.get(kind) != digest}


def _keep(month: str, kind: str, digest: str, result: dict[str, Any]) -> None:
    with transaction(ACTOR, "models.make", month=month, kind=kind) as session:
        row = session.get(ModelResult, (month, kind), with_for_update=True)
        if row is None:
            session.add(ModelResult(month=month, kind=kind, inputs_digest=digest, result=result, at=clock.now()))
        else:
            row.inputs_digest, row.result, row.at = digest, result, clock.now()


def _digest(inputs: Inputs) -> str:
    return sha256(json.dumps([VERSION, inputs], sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(part: Any) -> Any:
    """Columns of numbers by the digest of their bytes, records by their fields."""
    if isinstance(part, np.ndarray):
        whole = np.ascontiguousarray(part)
        return [str(whole.dtype), list(whole.shape), sha256(whole.tobytes()).hexdigest()]
    if is_dataclass(part):
        return {field.name: getattr(part, field.name) for field in fields(part)}
    raise TypeError(f"no plain form of {type(part).__name__}")


#: What each kind of job does.
WORK: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {MAKE: work}
