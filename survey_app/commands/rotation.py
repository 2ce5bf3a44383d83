"""Rotation plans: begun, set, solved in the background, thrown away. What a person changes by hand is in ``rotating``.

A plan's own row is held first by everybody who writes to it or to its visits, so nothing changes under the worker that
solves it, nor under one that publishes it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from reports import months
from survey_app import clock
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.field.rotation.settings import Settings
from survey_app.models import Assignment, Job, Programme, RotationPlan, User
from survey_app.models.fieldwork import PLANNED
from survey_app.models.programme import ACTIVE
from survey_app.queries import rotation as queries
from survey_app.queries.rotation import DISCARDED, DRAFT, LIVE, SOLVED, SOLVING
from translations import gettext as _

SOLVE: Final = "rotation.solve"
#: How many months ahead can be planned.
AHEAD: Final = 12
#: Rows that one transaction writes at most.
BATCH: Final = 500


def create(
    session: Session, programme_id: int, month: str, settings: Settings | None = None, *, by: User | None
) -> RotationPlan:
    """A plan for a programme's month. Asked for twice there is one: the plan that is still being made is given."""
    try:
        wanted = months.parse(month)
    except ValueError:
        raise UserError(_("Choose a month of the list."), [("month", "")]) from None
    programme = session.get(Programme, programme_id, with_for_update=True)
    if programme is None:
        raise NotFound(_("There is no such programme."))
    if programme.state != ACTIVE:
        raise UserError(_("Only an active programme can be planned."), [("programme", "")])
    if not clock.current_month() <= wanted <= months.shift(clock.current_month(), AHEAD):
        raise UserError(
            _("Only this month and the %(count)s that follow can be planned.", count=AHEAD), [("month", "")]
        )
    found = queries.live(session, programme_id, wanted)
    if found is not None:
        return found
    plan = RotationPlan(
        programme=programme,
        month=wanted,
        settings=(settings or Settings()).dump(),
        progress={},
        outcome={},
        created_at=clock.now(),
        created_by_id=by.id if by else None,
    )
    session.add(plan)
    session.flush()
    return plan


def held(session: Session, plan_id: int) -> RotationPlan:
    """A plan, held until the transaction ends; NotFound where there is none any more."""
    plan = session.scalar(
        select(RotationPlan)
        .where(RotationPlan.id == plan_id, RotationPlan.state != DISCARDED)
        .options(joinedload(RotationPlan.programme, innerjoin=True))
        .with_for_update(of=RotationPlan)
        .execution_options(populate_existing=True)
    )
    if plan is None:
        raise NotFound(_("There is no such plan."))
    return plan


def editable(session: Session, plan_id: int) -> RotationPlan:
    """A plan that can be changed by hand, held. Conflict while it is solved, and once it was published."""
    plan = held(session, plan_id)
    if plan.state == SOLVING:
        raise Conflict(_("The plan is being made right now. Wait until it is done, or stop it."))
    if plan.state not in LIVE:
        raise Conflict(_("This plan was published. Its visits are changed under Visits."))
    return plan


def touch(plan: RotationPlan) -> None:
    """Count a change of a plan or its visits."""
    plan.revision += 1


def change(session: Session, plan_id: int, settings: Settings, *, revision: int | None = None) -> RotationPlan:
    """Other settings; they count from the next solution on. What was taken out by hand stays so."""
    plan = editable(session, plan_id)
    if revision is not None and revision != plan.revision:
        raise Conflict(_("Somebody changed this plan meanwhile. Look at it again."))
    left_out = plan.settings.get("left_out")
    kept = {name: value for name, value in settings.dump().items() if name != "left_out"}
    new = kept | ({"left_out": left_out} if left_out else {})
    if new != plan.settings:
        plan.settings = new
        touch(plan)
    session.flush()
    return plan


def start(session: Session, plan_id: int) -> RotationPlan:
    """Have a plan solved by the worker. Asked for twice it is solved once, unless nothing was heard of it for long."""
    plan = held(session, plan_id)
    if plan.state == SOLVING and not queries.is_silent(plan):
        return plan
    if plan.state not in LIVE:
        raise Conflict(_("This plan was published. Its visits are changed under Visits."))
    run = begin(plan)
    session.add(Job(kind=SOLVE, payload={"plan": plan.id, "run": run}, created_at=clock.now()))
    session.flush()
    return plan


def begin(plan: RotationPlan) -> str:
    """Mark a plan as being solved; gives the name of this run."""
    run = secrets.token_hex(8)
    plan.state = SOLVING
    plan.progress = progress(run, "reading", 0.0, 0.0, 0)
    touch(plan)
    return run


def progress(run: str, phase: str, share: float, seconds: float, placed: int) -> dict[str, Any]:
    """How far a run is, as it stands with its plan."""
    return {
        "run": run,
        "phase": phase,
        "share": round(share, 3),
        "seconds": round(seconds, 1),
        "best": placed,
        "at": clock.now().isoformat(),
    }


def stop(session: Session, plan_id: int) -> RotationPlan:
    """Want no new solution any more; what was planned before stands."""
    plan = held(session, plan_id)
    if plan.state == SOLVING:
        settle(plan, {})
    session.flush()
    return plan


def settle(plan: RotationPlan, left: dict[str, Any]) -> None:
    """End a run without a new plan."""
    plan.state = SOLVED if plan.solved_at is not None else DRAFT
    plan.progress = left
    touch(plan)


def discard(session: Session, plan_id: int) -> int:
    """Throw a plan away with its visits, at most 500 of them; gives how many are left for :func:`clear`."""
    plan = session.scalar(select(RotationPlan).where(RotationPlan.id == plan_id).with_for_update())
    if plan is None:
        raise NotFound(_("There is no such plan."))
    if plan.state not in (*LIVE, DISCARDED):
        raise Conflict(_("This plan was published. Its visits are cancelled under Visits."))
    plan.state, plan.progress = DISCARDED, {}
    session.flush()
    return clear(session, plan_id, pinned=True)


def clear(
    session: Session, plan_id: int, *, pinned: bool, most: int = BATCH, keep: Collection[int] = frozenset()
) -> int:
    """Take visits of a plan out but those to ``keep``, fixed ones only with ``pinned``; gives how many are left."""
    chosen = [Assignment.plan_id == plan_id, Assignment.state == PLANNED]
    if not pinned:
        chosen.append(Assignment.pinned.is_(False))
    known = session.scalars(select(Assignment.id).where(*chosen).order_by(Assignment.id))
    ids = [one for one in known if one not in keep]
    if ids[:most]:
        session.execute(
            delete(Assignment).where(Assignment.id.in_(ids[:most])),
            execution_options={"synchronize_session": False},
        )
    return len(ids[most:])
