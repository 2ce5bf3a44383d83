"""A plan changed by hand: visits fixed, moved, exchanged, taken out and added. What a hand did, the solver leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from survey_app.commands import rotation
from survey_app.commands.handing import Unfit
from survey_app.commands.rotation_solving import last_day, row
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.field.eligibility import distance_km
from survey_app.field.rotation.explaining import CAUSES
from survey_app.field.rotation.problem import SAME_HOURS_KM, Planned, Problem
from survey_app.models import Assignment, RotationPlan
from survey_app.models.fieldwork import PLANNED
from survey_app.queries import rotation as queries
from survey_app.queries.candidates import ELSEWHERE
from translations import gettext as _
from translations import lazy_gettext as _l

#: Why a day or a shopper cannot be chosen at all, in words; beside those of eligibility.
WORDS: Final = {
    **CAUSES,
    "past": _l("This day is over."),
    "no_day": _l("The branch cannot be visited on this day: it is closed, or its staff are told later."),
    "left": _l("This user is not an active mystery shopper."),
}


def pin(session: Session, plan_id: int, visit_id: int, *, pinned: bool) -> Assignment:
    """Fix a visit as it is, or let the planner change it again."""
    plan = rotation.editable(session, plan_id)
    visit = _visit(session, plan, visit_id)
    if visit.pinned != pinned:
        visit.pinned = pinned
        visit.revision += 1
        rotation.touch(plan)
    session.flush()
    return visit


def pin_all(session: Session, plan_id: int, *, pinned: bool) -> int:
    """Fix every visit of a plan, or none; gives how many were changed."""
    plan = rotation.editable(session, plan_id)
    chosen = (Assignment.plan_id == plan_id, Assignment.state == PLANNED, Assignment.pinned.is_(not pinned))
    count = session.scalar(select(func.count()).select_from(Assignment).where(*chosen)) or 0
    session.execute(
        update(Assignment).where(*chosen).values(pinned=pinned, revision=Assignment.revision + 1),
        execution_options={"synchronize_session": False},
    )
    rotation.touch(plan)
    session.flush()
    return count


def change(
    session: Session,
    plan_id: int,
    visit_id: int,
    *,
    day: date,
    window: int,
    scenario_id: int,
    shopper_id: int | None,
    revision: int | None = None,
    all_the_same: bool = False,
) -> Assignment:
    """Another day, other hours, scenario or shopper for a visit; it is fixed by that. None: to the job board.

    Unfit where something stands against the shopper, ``soft`` where ``all_the_same`` passes over it.
    """
    plan = rotation.editable(session, plan_id)
    visit = _visit(session, plan, visit_id, revision)
    made = queries.problem(session, plan, branches=[visit.branch_id])
    wanted = Planned(visit.branch_id, scenario_id, window, day, shopper_id, True, visit.id)
    _check(session, plan, made, wanted, all_the_same)
    _take(visit, made, wanted)
    rotation.touch(plan)
    session.flush()
    return visit


def swap(session: Session, plan_id: int, one_id: int, other_id: int, *, all_the_same: bool = False) -> None:
    """Exchange the shoppers of two visits; both are fixed by that."""
    plan = rotation.editable(session, plan_id)
    one, other = (_visit(session, plan, number) for number in sorted((one_id, other_id)))
    if one.shopper_id == other.shopper_id:
        raise UserError(_("Both visits have the same shopper."), [("other", "")])
    made = queries.problem(session, plan, branches=[one.branch_id, other.branch_id])
    known = {planned.id: planned for planned in (*made.fixed, *made.former)}
    first, second = known[one.id], known[other.id]
    pair = [
        Planned(first.branch, first.scenario, first.window, first.day, other.shopper_id, True, one.id),
        Planned(second.branch, second.scenario, second.window, second.day, one.shopper_id, True, other.id),
    ]
    for wanted in pair:
        _check(session, plan, made, wanted, all_the_same, pair)
    for visit, wanted in zip((one, other), pair, strict=True):
        _take(visit, made, wanted)
    rotation.touch(plan)
    session.flush()


def remove(session: Session, plan_id: int, visit_id: int) -> None:
    """Take a visit out; it is not planned again until somebody wants it. One that is out already stays so."""
    plan = rotation.editable(session, plan_id)
    visit = session.get(Assignment, visit_id, with_for_update=True)
    if visit is None or visit.plan_id != plan.id:
        return
    _left_out(plan, visit.branch_id, 1)
    session.delete(visit)
    rotation.touch(plan)
    session.flush()


def restore(session: Session, plan_id: int, branch_id: int) -> None:
    """Let the planner place a visit again that was taken out at a branch."""
    plan = rotation.editable(session, plan_id)
    _left_out(plan, branch_id, -1)
    rotation.touch(plan)
    session.flush()


def add(
    session: Session,
    plan_id: int,
    branch_id: int,
    *,
    day: date,
    window: int,
    scenario_id: int,
    shopper_id: int | None,
    all_the_same: bool = False,
) -> Assignment:
    """Another visit at a branch, fixed, beyond its quota too. Raises as :func:`change` does."""
    plan = rotation.editable(session, plan_id)
    made = queries.problem(session, plan, branches=[branch_id])
    if branch_id not in made.place:
        raise NotFound(_("There is no branch that can be visited here."))
    wanted = Planned(branch_id, scenario_id, window, day, shopper_id, True)
    _check(session, plan, made, wanted, all_the_same)
    visit = Assignment(**row(plan, made, wanted))
    session.add(visit)
    if plan.settings.get("left_out", {}).get(str(branch_id)):
        _left_out(plan, branch_id, -1)
    rotation.touch(plan)
    session.flush()
    return visit


def to_board(session: Session, plan_id: int) -> int:
    """Offer what has no place to everybody: a visit without a shopper for each, on the emptiest day; how many.

    At most 500 at once. They are not fixed: solved again, the planner may find somebody.
    """
    plan = rotation.editable(session, plan_id)
    made = queries.problem(session, plan)
    there = [*made.fixed, *made.former]
    taken = {(one.branch, one.day) for one in there}
    lacking = {
        place.id: made.wanted(place) - sum(one.branch == place.id for one in made.former) for place in made.places
    }
    new: list[Planned] = []
    for one in queries.explained(plan):
        if one.branch not in made.place or lacking[one.branch] <= 0 or len(new) >= rotation.BATCH:
            continue
        slots = [
            (day, window)
            for window in range(len(made.windows))
            for day in made.days_of[one.branch, window]
            if (one.branch, day) not in taken and day not in made.place[one.branch].taken
        ]
        if slots and made.affordable(len(there) + len(new)) != 0:
            day, window = min(slots, key=lambda slot: (sum(slot[0] == other.day for other in [*there, *new]), slot))
            new.append(Planned(one.branch, one.scenario, window, day, None))
            taken.add((one.branch, day))
            lacking[one.branch] -= 1
    session.add_all(Assignment(**row(plan, made, one)) for one in new)
    rotation.touch(plan)
    session.flush()
    return len(new)


# ---- the low steps ---------------------------------------------------------------------------------------------------


def _visit(session: Session, plan: RotationPlan, visit_id: int, revision: int | None = None) -> Assignment:
    visit = session.scalar(
        select(Assignment)
        .where(Assignment.id == visit_id, Assignment.plan_id == plan.id, Assignment.state == PLANNED)
        .options(joinedload(Assignment.branch, innerjoin=True))
        .with_for_update(of=Assignment)
    )
    if visit is None:
        raise Conflict(_("This visit is not in the plan any more. Look at the plan again."))
    if revision is not None and revision != visit.revision:
        raise Conflict(_("Somebody changed this visit meanwhile. Look at it again."))
    return visit


def _check(
    session: Session,
    plan: RotationPlan,
    made: Problem,
    wanted: Planned,
    all_the_same: bool,
    instead: list[Planned] | None = None,
) -> None:
    """Raise where a visit cannot be as it is wanted. ``instead``: how other visits will be by then."""
    if not 0 <= wanted.window < len(made.windows):
        raise UserError(_("Choose one of the list."), [("window", "")])
    if wanted.scenario not in made.scenarios:
        kept = session.scalar(select(Assignment.scenario_id).where(Assignment.id == wanted.id)) if wanted.id else None
        if kept != wanted.scenario:
            raise UserError(_("Choose one of the list."), [("scenario", "")])
    if f"{wanted.day:%Y-%m}" != plan.month:
        raise UserError(_("The day is not in the month of this plan."), [("day", "")])
    replaced = {one.id: one for one in instead or []}
    # The problem holds a few branches only; a shopper's other visits of the plan count as well.
    there = [one for one in queries.visits(session, plan.id) if one.id != wanted.id]
    others = [replaced.get(one.id) or _as_planned(made, one) for one in there]
    if any(one.branch == wanted.branch and one.day == wanted.day for one in others) or (
        wanted.day in made.place[wanted.branch].taken
    ):
        raise UserError(_("The branch has another visit on this day."), [("day", "")])
    stands = queries.against(made, [*others, wanted], wanted)
    stops = [code for code in stands if code in queries.STOPPING]
    if stops:
        place = "shopper" if stops[0] == "left" else "day"
        raise UserError(str(WORDS[stops[0]]), [(place, "")])
    points = {one.branch_id: (one.branch.latitude, one.branch.longitude) for one in there}
    if any(_clash(made, points, other, wanted) for other in others):
        stands = (*stands, ELSEWHERE)
    unfit = Unfit(stands) if stands else None
    if unfit is not None and not (unfit.soft and all_the_same):
        raise unfit


def _as_planned(made: Problem, one: Assignment) -> Planned:
    window = queries.window_of(made.rules, one)
    return Planned(one.branch_id, one.scenario_id, window, one.window_from, one.shopper_id, True, one.id)


def _clash(
    made: Problem, points: Mapping[int, tuple[float | None, float | None]], other: Planned, wanted: Planned
) -> bool:
    """Whether a shopper would be at two branches in the same hours that are too far apart, as the solver sees it."""
    if wanted.shopper is None or other.branch == wanted.branch:
        return False
    if (other.shopper, other.day, other.window) != (wanted.shopper, wanted.day, wanted.window):
        return False
    latitude, longitude = points[other.branch]
    known = (latitude, longitude) if latitude is not None and longitude is not None else None
    apart = distance_km(made.place[wanted.branch].point, known)
    return apart is None or apart > SAME_HOURS_KM


def _take(visit: Assignment, made: Problem, wanted: Planned) -> None:
    window = made.windows[wanted.window]
    visit.window_from, visit.window_until = wanted.day, last_day(made, wanted)
    visit.hour_from, visit.hour_until = window.start, window.end
    visit.scenario_id, visit.shopper_id = wanted.scenario, wanted.shopper
    visit.pinned = True
    visit.revision += 1


def _left_out(plan: RotationPlan, branch_id: int, more: int) -> None:
    known: dict[str, Any] = dict(plan.settings.get("left_out", {}))
    known[str(branch_id)] = max(0, known.get(str(branch_id), 0) + more)
    left = {branch: count for branch, count in known.items() if count}
    plan.settings = {name: value for name, value in plan.settings.items() if name != "left_out"} | (
        {"left_out": left} if left else {}
    )
