"""What the worker does for a plan: read, solve outside any transaction, say how far it is, and write the visits."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import rotation
from survey_app.db import reading
from survey_app.errors import NotFound
from survey_app.field.rotation.explaining import explain
from survey_app.field.rotation.problem import Eligibility, Planned, Problem
from survey_app.field.rotation.solving import Progress, Solved, Stopped, solve
from survey_app.models import Assignment, RotationPlan
from survey_app.models.fieldwork import PLANNED
from survey_app.models.people import NO_AGENT
from survey_app.queries import rotation as queries
from survey_app.queries.rotation import SOLVED, SOLVING
from survey_app.queries.tickets import new_response_id
from survey_app.transaction import transaction

log = structlog.get_logger()
WORKER: Final = Actor.system("worker")
#: How far it is leaves no entry in the audit trail; that somebody asked for it does, and what came of it.
_QUIET: Final = Actor.respondent()
#: Seconds between two notes of how far it is.
_NOTED: Final = 1.0
#: Visits that one transaction writes: well within the 200 ms that it may hold the database.
_WRITTEN: Final = 250

#: How two visits of one branch are compared, from the same in everything to the same in nothing else.
_ALIKE: Final[Sequence[Callable[[Planned], Any]]] = (
    lambda one: (one.day, one.window, one.scenario, one.shopper),
    lambda one: (one.day, one.window),
    lambda one: one.day,
    lambda one: one.shopper,
    lambda one: None,
)
#: Columns of a visit that a solution decides; the others stay with the row.
_PLANNED: Final = (
    "shopper_id", "scenario_id", "window_from", "window_until", "hour_from", "hour_until", "fee", "expense_cap",
)  # fmt: skip


def _silent(phase: str, share: float, seconds: float, placed: int) -> bool:
    return True


def work(payload: Mapping[str, Any]) -> None:
    """The job of one run; one that is no longer wanted is left."""
    run(int(payload["plan"]), str(payload["run"]))


WORK: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {rotation.SOLVE: work}


def run(plan_id: int, name: str, told: Progress = _silent, actor: Actor = WORKER) -> Solved | None:
    """Solve a plan for a run that was begun; None where it was stopped meanwhile. ``told`` hears how far it is."""
    with reading() as session:
        plan = session.get(RotationPlan, plan_id)
        if plan is None or not _is_wanted(plan, name):
            return None
    noted = 0.0

    def note(phase: str, share: float, seconds: float, placed: int) -> bool:
        nonlocal noted
        go_on = told(phase, share, seconds, placed)
        if time.perf_counter() - noted < _NOTED:
            return go_on
        noted = time.perf_counter()
        return go_on and _note(plan_id, name, (phase, share, seconds, placed))

    try:
        with reading() as session:
            problem = queries.problem(session, queries.find(session, plan_id))
        solved = solve(problem, note)
        _store(plan_id, name, problem, solved, actor)
    except Stopped:
        return None
    except Exception:
        log.exception("the plan could not be made", plan=plan_id)
        _fail(plan_id, name)
        raise
    return solved


def _is_wanted(plan: RotationPlan, name: str) -> bool:
    return plan.state == SOLVING and plan.progress.get("run") == name


def _note(plan_id: int, name: str, far: tuple[str, float, float, int]) -> bool:
    with transaction(_QUIET, "rotation.progress") as session:
        plan = _held(session, plan_id, name)
        if plan is not None:
            plan.progress = rotation.progress(name, *far)
    return plan is not None


def _held(session: Session, plan_id: int, name: str) -> RotationPlan | None:
    """The plan of a run, held; None when nobody wants the run any more."""
    try:
        plan = rotation.held(session, plan_id)
    except NotFound:
        return None
    return plan if _is_wanted(plan, name) else None


def _fail(plan_id: int, name: str) -> None:
    with transaction(_QUIET, "rotation.failed", plan=plan_id) as session:
        plan = _held(session, plan_id, name)
        if plan is not None:
            rotation.settle(plan, {"failed": True})


# ---- writing ---------------------------------------------------------------------------------------------------------


def _store(plan_id: int, name: str, problem: Problem, solved: Solved, actor: Actor) -> None:
    """Write a solution in place of the visits that were not fixed. A small plan changes at once, a large one in steps.

    A visit that stays at its branch stays the same row, so that its address still leads to it. Raises Stopped when the
    run is not wanted any more. A worker that dies on the way leaves a plan that is still being solved: whoever takes
    the job up begins from the visits that are fixed and those that were written.
    """
    whole = [*problem.fixed, *solved.planned]
    outcome = {
        "unplaced": [one.dump() for one in explain(problem, whole, solved.unplaced)],
        "best": solved.best,
        "hurried": solved.hurried,
        "seconds": round(solved.seconds, 1),
        "shoppers": len(problem.shoppers),
    }
    visits = staying(problem.former, solved.planned)
    keep = frozenset(number for _one, number in visits if number)
    batches = [visits[at : at + _WRITTEN] for at in range(0, len(visits), _WRITTEN)] or [[]]
    # Of a plan that fits into one transaction nobody ever sees half.
    small = len(problem.former) + len(solved.planned) <= rotation.BATCH
    while not small:
        with transaction(_QUIET, "rotation.clear") as session:
            _wanted(session, plan_id, name)
            if not rotation.clear(session, plan_id, pinned=False, keep=keep):
                break
    for batch in batches[:-1]:
        with transaction(_QUIET, "rotation.batch") as session:
            _write(session, _wanted(session, plan_id, name), problem, batch)
    with transaction(actor, "rotation.solved", plan=plan_id) as session:
        plan = _wanted(session, plan_id, name)
        if small:
            rotation.clear(session, plan_id, pinned=False, keep=keep)
        _write(session, plan, problem, batches[-1])
        plan.state, plan.outcome, plan.progress, plan.solved_at = SOLVED, outcome, {}, clock.now()
        rotation.touch(plan)


def _wanted(session: Session, plan_id: int, name: str) -> RotationPlan:
    plan = _held(session, plan_id, name)
    if plan is None:
        raise Stopped
    return plan


def staying(former: Sequence[Planned], planned: Sequence[Planned]) -> list[tuple[Planned, int]]:
    """Planned visits, each with the id of the former one of its branch that it goes on with, the most alike; or 0."""
    left: defaultdict[int, list[Planned]] = defaultdict(list)
    for one in former:
        left[one.branch].append(one)
    found: dict[int, int] = {}
    for alike in _ALIKE:
        for at, one in enumerate(planned):
            there = left[one.branch]
            same = next((other for other in there if alike(other) == alike(one)), None) if at not in found else None
            if same is not None:
                there.remove(same)
                found[at] = same.id
    return [(one, found.get(at, 0)) for at, one in enumerate(planned)]


def _write(session: Session, plan: RotationPlan, problem: Problem, visits: Sequence[tuple[Planned, int]]) -> None:
    """Write visits: new ones as rows of their own, those that stay over their former selves."""
    columns = [getattr(Assignment, name) for name in _PLANNED]
    stored = {
        one.id: one
        for one in session.execute(
            select(Assignment.id, Assignment.revision, *columns).where(
                Assignment.plan_id == plan.id,
                Assignment.state == PLANNED,
                Assignment.pinned.is_(False),
                Assignment.id.in_([number for _one, number in visits]),
            )
        )
    }
    new, changed = [], []
    for one, number in visits:
        values, there = row(plan, problem, one), stored.get(number)
        if there is None:
            new.append(values)
        elif any(getattr(there, name) != values[name] for name in _PLANNED):
            # Whoever looks at it as it was is told so when they send their page.
            moved = {name: values[name] for name in _PLANNED}
            changed.append({"id": number, "revision": there.revision + 1, **moved})
    if new:
        session.execute(insert(Assignment), new)
    if changed:
        session.execute(update(Assignment), changed)


def row(plan: RotationPlan, problem: Problem, one: Planned) -> dict[str, Any]:
    """A planned visit as its table keeps it."""
    window = problem.windows[one.window]
    return {
        "campaign_id": plan.programme.campaign_id,
        "programme_id": plan.programme_id,
        "plan_id": plan.id,
        "response_id": new_response_id(),
        "shopper_id": one.shopper,
        "branch_id": one.branch,
        "scenario_id": one.scenario,
        "agent_id": NO_AGENT,
        "window_from": one.day,
        "window_until": last_day(problem, one),
        "hour_from": window.start,
        "hour_until": window.end,
        "state": PLANNED,
        "pinned": one.fixed,
        "fee": problem.rules.fee,
        "expense_cap": problem.rules.expense_cap,
        "revision": 0,
    }


def last_day(problem: Problem, one: Planned) -> date:
    """The last day of a visit's window: as late as the slack, the month, the branch and its shopper's facts allow.

    Only hard reasons and absences end it earlier: who has enough visits on a later day can choose another one.
    """
    place = problem.place[one.branch]
    last = one.day
    who = Eligibility(problem, problem.shopper)
    for number in range(1, problem.rules.slack_days + 1):
        day = one.day + timedelta(days=number)
        if f"{day:%Y-%m}" != problem.month or day > max(place.days, default=one.day):
            break
        if one.shopper in problem.shopper and one.shopper is not None:
            ends = ("conflict", "not_certified", "locked_out", "absent")
            if any(who.stands(check, one.shopper, one.branch, one.window, day) for check in ends):
                break
        last = day
    return last
