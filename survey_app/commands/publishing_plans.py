"""A plan is published as a whole: its visits are given to their shoppers, and the others go to the job board.

At most 250 visits in one transaction; the plan counts as published from the first of them on, and a job goes on with
the rest. Whoever presses the button twice, or takes the job up after a killed worker, finds the rest only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import letters, rotation
from survey_app.commands.handing import FIRST_WORD
from survey_app.errors import Conflict, UserError
from survey_app.models import Assignment, Job, RotationPlan, VisitEvent
from survey_app.models.fieldwork import ASSIGNED, OPEN, PLANNED
from survey_app.models.programme import ACTIVE
from survey_app.queries import programmes
from survey_app.queries import rotation as queries
from survey_app.queries.rotation import LIVE, PUBLISHED, SOLVING
from survey_app.transaction import transaction
from translations import gettext as _
from translations import ngettext

PUBLISH: Final = "rotation.publish"
WORKER: Final = Actor.system("worker")
#: Visits of one transaction: each writes its row and an event.
BATCH: Final = 250


def check(session: Session, plan: RotationPlan) -> dict[int, tuple[str, ...]]:
    """Visit id -> why it cannot be published as it is. Read before the plan is held, see :func:`publish`."""
    made = queries.problem(session, plan)
    return queries.obstacles(made, [*made.fixed, *made.former])


def publish(session: Session, plan_id: int, *, revision: int, by: int | None) -> int:
    """Publish a plan of which :func:`check` found nothing at this revision; how many visits are left for the job.

    One that is published already stays as it is. Conflict where it changed since it was looked at.
    """
    plan = rotation.held(session, plan_id)
    if plan.state == PUBLISHED:
        return 0
    if plan.state == SOLVING or plan.state not in LIVE:
        raise Conflict(_("The plan is being made right now. Wait until it is done, or stop it."))
    if plan.revision != revision:
        raise Conflict(_("Somebody changed this plan meanwhile. Look at it again."))
    if plan.programme.state != ACTIVE:
        raise UserError(_("Only an active programme can be planned."))
    if not _left(session, plan_id):
        raise UserError(_("The plan holds no visit yet."))
    plan.state, plan.published_at, plan.progress = PUBLISHED, clock.now(), {}
    rotation.touch(plan)
    session.flush()
    left = _give(session, plan, by)
    if left:
        session.add(Job(kind=PUBLISH, payload={"plan": plan_id, "by": by}, created_at=clock.now()))
        session.flush()
    return left


def refuse(session: Session, plan: RotationPlan) -> None:
    """Raise where visits cannot be published as they are."""
    found = check(session, plan)
    if found:
        raise UserError(
            ngettext(
                "%(num)s visit cannot be published as it is. Change it or take it out first.",
                "%(num)s visits cannot be published as they are. Change them or take them out first.",
                len(found),
            )
        )


def work(payload: Mapping[str, Any]) -> None:
    """Go on with a plan until every visit of it was given."""
    left = 1
    while left:
        with transaction(WORKER, "rotation.publish", plan=payload["plan"]) as session:
            plan = rotation.held(session, int(payload["plan"]))
            left = _give(session, plan, payload.get("by")) if plan.state == PUBLISHED else 0


WORK: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {PUBLISH: work}


def _left(session: Session, plan_id: int) -> int:
    counted = select(func.count()).select_from(Assignment)
    return session.scalar(counted.where(Assignment.plan_id == plan_id, Assignment.state == PLANNED)) or 0


def _give(session: Session, plan: RotationPlan, by: int | None) -> int:
    """Give a batch of visits, and tell the shoppers once all are given; how many are left."""
    rules, now = programmes.rules(plan.programme), clock.now()
    rows = session.execute(
        select(Assignment.id, Assignment.shopper_id, Assignment.window_from, Assignment.window_until)
        .where(Assignment.plan_id == plan.id, Assignment.state == PLANNED)
        .order_by(Assignment.id)
        .limit(BATCH)
        .with_for_update()
    ).all()
    changes: list[dict[str, Any]] = []
    for number, shopper, first, last in rows:
        usual = clock.start_of(first) - timedelta(hours=rules.handback_hours)
        given = shopper is not None
        changes.append(
            {
                "id": number,
                "state": ASSIGNED if given else OPEN,
                "given_at": now if given else None,
                "handback_until": max(usual, min(now + FIRST_WORD, clock.end_of(last))) if given else None,
                "fee": rules.fee,
                "expense_cap": rules.expense_cap,
            }
        )
    if rows:
        session.execute(update(Assignment), changes)
        session.execute(
            insert(VisitEvent),
            [
                {
                    "assignment_id": number,
                    "kind": "given" if shopper is not None else "offered",
                    "at": now,
                    "shopper_id": shopper,
                    "by_id": by,
                    "note": "",
                }
                for number, shopper, _first, _last in rows
            ],
        )
    left = _left(session, plan.id)
    if not left:
        _tell(session, plan)
    return left


def _tell(session: Session, plan: RotationPlan) -> None:
    """One letter for each shopper, however many visits it is about."""
    found = session.execute(
        select(
            Assignment.shopper_id,
            func.count(),
            func.min(Assignment.window_from),
            func.max(Assignment.window_until),
        )
        .where(Assignment.plan_id == plan.id, Assignment.state == ASSIGNED, Assignment.shopper_id.is_not(None))
        .group_by(Assignment.shopper_id)
        .order_by(Assignment.shopper_id)
    )
    for shopper, count, first, last in found:
        if shopper is not None:
            values = {"count": count, "from": first.isoformat(), "until": last.isoformat()}
            letters.queue(session, shopper, "visits_given", f"plan-{plan.id}-{shopper}", values)
