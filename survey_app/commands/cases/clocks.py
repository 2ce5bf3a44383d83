"""The clocks of all cases, every minute: what rises, is overdue, goes to whoever stands in, or is ended by silence.

Each case is moved in a transaction of its own. Whether its time has come is asked again once it is held, and one that
somebody holds is left to the next minute: so two workers at once, or one that died, do nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands.cases import closing, log, moving
from survey_app.db import reading
from survey_app.loop.policy import Loop
from survey_app.loop.states import BY_CUSTOMER, CONFIRMED, DONE, OPEN, UNCONFIRMED
from survey_app.models import Case, Delegation, User
from survey_app.permissions import PERMISSIONS, Permission
from survey_app.queries.loop import policy
from survey_app.transaction import REPORTS_CHANGED, transaction

ACTOR: Final = Actor.system("clock")
#: Cases that one clock moves in one run; the next minute goes on.
MOST: Final = 500
#: A customer who confirmed before the recovery survey left is waited for so many times the days of silence.
_CONFIRMED_TIMES: Final = 2
_WORKERS: Final = tuple(role.value for role, may in PERMISSIONS.items() if Permission.WORK_CASES in may)

logger = structlog.get_logger()


@dataclass(frozen=True)
class Clock:
    """One clock: of which cases the time has come, in what order, and what is then done to one that is held."""

    act: str
    due: Callable[[datetime, Loop], Any]
    order: Any
    do: Callable[[Session, Case], object]


def _open(condition: Any) -> Any:
    return and_(Case.state.in_(OPEN), condition)


def _late(session: Session, case: Case) -> None:
    """Overdue since its time was over, not since somebody looked: reports are made of it."""
    case.overdue_since = case.due_at
    session.info[REPORTS_CHANGED] = True
    log.note(session, case, "overdue", due=case.due_at.isoformat())


def _away(now: datetime) -> Any:
    """Cases whose owner left, works no cases any more, or has somebody standing in today."""
    day = clock.local(now).date()
    in_force = exists().where(
        Delegation.user_id == Case.owner_id,
        Delegation.since <= day,
        or_(Delegation.until.is_(None), Delegation.until >= day),
    )
    gone = exists().where(User.id == Case.owner_id, or_(~User.active, User.role.not_in(_WORKERS)))
    return and_(Case.owner_id.is_not(None), or_(gone, in_force))


def _confirmed(now: datetime, rules: Loop) -> Any:
    waited = now - timedelta(days=_CONFIRMED_TIMES * rules.silent_days)
    silent = or_(Case.silent_at <= now, and_(Case.silent_at.is_(None), Case.confirmed_at <= waited))
    return and_(Case.state == CONFIRMED, silent)


#: Who is away comes first: a case must not rise over the head of somebody who stands in.
CLOCKS: Final = (
    Clock("case.pass_on", lambda now, rules: _open(_away(now)), Case.id,
          lambda session, case: moving.pass_on(session, case, "delegated")),
    Clock("case.rise", lambda now, rules: _open(Case.escalates_at <= now), Case.escalates_at, moving.rise),
    Clock("case.overdue", lambda now, rules: _open(and_(Case.overdue_since.is_(None), Case.due_at <= now)),
          Case.due_at, _late),
    Clock("case.silence", lambda now, rules: and_(Case.state == DONE, Case.silent_at <= now), Case.silent_at,
          lambda session, case: closing.shut(session, case, UNCONFIRMED)),
    Clock("case.rest", _confirmed, Case.confirmed_at,
          lambda session, case: closing.shut(session, case, BY_CUSTOMER)),
)  # fmt: skip
#: Cases that the ladder had nobody for: looked at every hour, for somebody may have come.
NOBODY: Final = Clock(
    "case.find_owner", lambda now, rules: _open(Case.owner_id.is_(None)), Case.opened_at,
    lambda session, case: moving.pass_on(session, case, "assigned"),
)  # fmt: skip


def tick() -> Counter[str]:
    """The periodic run: act -> cases that it was done to. Run again at the same moment, nothing is left to do."""
    counts: Counter[str] = Counter()
    for one in CLOCKS:
        counts += run(one)
    return counts


def hourly() -> Counter[str]:
    """Look for owners of open cases that have none."""
    return run(NOBODY)


def run(one: Clock) -> Counter[str]:
    """Turn one clock: whatever its time has come for is moved, as far as :data:`MOST`."""
    with reading() as session:
        due = one.due(clock.now(), policy(session))
        ids = session.scalars(select(Case.id).where(due).order_by(one.order, Case.id).limit(MOST)).all()
    counts: Counter[str] = Counter()
    for case_id in ids:
        try:
            counts[one.act] += _move(one, case_id)
        except Exception:
            # One case that cannot be moved must not hold the others back.
            logger.exception("case not moved", case=case_id, act=one.act)
            counts["failed"] += 1
    return +counts


def _move(one: Clock, case_id: int) -> int:
    with transaction(ACTOR, one.act, case=case_id) as session:
        due = one.due(clock.now(), policy(session))
        case = session.scalar(select(Case).where(Case.id == case_id, due).with_for_update(skip_locked=True))
        if case is None:
            return 0
        before = case.revision
        one.do(session, case)
        return int(case.revision != before)
