"""Rotation plans: what a month's plan is made of, read from the database for the solver, and what pages show of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from reports import months
from survey_app import clock
from survey_app.errors import NotFound
from survey_app.field.eligibility import weekday
from survey_app.field.rotation.explaining import Explained
from survey_app.field.rotation.problem import Eligibility, Place, Planned, Problem
from survey_app.field.rotation.settings import Settings
from survey_app.field.rules import Rules
from survey_app.models import Assignment, Branch, Programme, ProgrammeScenario, RotationPlan, Scenario
from survey_app.models.fieldwork import (
    APPROVED,
    ASSIGNED,
    CLAIMED,
    OPEN,
    PLANNED,
    RETURNED,
    SUBMITTED,
    VOIDED,
)
from survey_app.permissions import Scope
from survey_app.queries import organisation, programmes, shoppers
from survey_app.queries.candidates import HARD
from translations import gettext as _

DRAFT, SOLVING, SOLVED, PUBLISHED, DISCARDED = "draft", "solving", "solved", "published", "discarded"
#: Plans that are still being made: one for each programme and month.
LIVE: Final = (DRAFT, SOLVING, SOLVED)
#: Visits that count towards a month's quota, whoever has them; one that was voided or rejected is to be made again.
COUNTING: Final = (OPEN, CLAIMED, ASSIGNED, SUBMITTED, RETURNED, APPROVED)
#: Visits that cost something.
_COSTING: Final = (*COUNTING, VOIDED)
#: Visits that somebody made or will make.
_SOMEBODYS: Final = (ASSIGNED, SUBMITTED, RETURNED, APPROVED)
YEAR: Final = timedelta(days=365)
#: Seconds without a sign from the worker after which a plan may be begun anew.
SILENT: Final = timedelta(seconds=90)


class NoLongerPlanned(NotFound):
    """A visit was taken out of its plan, or is another one since the month was planned anew."""


@dataclass(frozen=True)
class Listed:
    """One plan of the list."""

    plan: RotationPlan
    visits: int
    unplaced: int


def plans(session: Session, *, limit: int, offset: int = 0) -> tuple[list[Listed], int]:
    """Plans that were not thrown away, the newest month first, and how many there are."""
    shown = RotationPlan.state != DISCARDED
    total = session.scalar(select(func.count()).select_from(RotationPlan).where(shown)) or 0
    found = session.scalars(
        select(RotationPlan)
        .where(shown)
        .order_by(RotationPlan.month.desc(), RotationPlan.id.desc())
        .options(joinedload(RotationPlan.programme))
        .limit(limit)
        .offset(offset)
    ).all()
    counts = {  # noqa: C416 rows are no pairs to the type checker
        plan: count
        for plan, count in session.execute(
            select(Assignment.plan_id, func.count())
            .where(Assignment.plan_id.in_([one.id for one in found]))
            .group_by(Assignment.plan_id)
        )
    }
    return [Listed(one, counts.get(one.id, 0), len(one.outcome.get("unplaced", ()))) for one in found], total


def find(session: Session, number: int) -> RotationPlan:
    """A plan with its programme; NotFound for one that is not here or was thrown away."""
    found = session.scalar(
        select(RotationPlan).where(RotationPlan.id == number).options(joinedload(RotationPlan.programme))
    )
    if found is None or found.state == DISCARDED:
        raise NotFound(_("There is no such plan."))
    return found


def live(session: Session, programme_id: int, month: str) -> RotationPlan | None:
    """The plan of a programme and month that is still being made."""
    return session.scalar(
        select(RotationPlan)
        .where(RotationPlan.programme_id == programme_id, RotationPlan.month == month, RotationPlan.state.in_(LIVE))
        .order_by(RotationPlan.id)
        .limit(1)
    )


def settings(plan: RotationPlan) -> Settings:
    """What was decided about a plan."""
    return Settings.load_from(plan.settings)


def is_silent(plan: RotationPlan) -> bool:
    """Whether a plan is being solved and nobody has heard of it for long: its worker may have ended."""
    return plan.state == SOLVING and plan.progress.get("at", "") < (clock.now() - SILENT).isoformat()


def visits(session: Session, plan_id: int) -> list[Assignment]:
    """All visits of a plan, by day and hour."""
    return list(
        session.scalars(
            select(Assignment)
            .where(Assignment.plan_id == plan_id)
            .order_by(Assignment.window_from, Assignment.hour_from, Assignment.id)
            .options(joinedload(Assignment.branch), joinedload(Assignment.scenario), joinedload(Assignment.shopper))
        )
    )


def visit(session: Session, plan_id: int, number: int) -> Assignment:
    """One visit of a plan; :class:`NoLongerPlanned` otherwise."""
    found = session.scalar(
        select(Assignment)
        .where(Assignment.id == number, Assignment.plan_id == plan_id)
        .options(joinedload(Assignment.branch), joinedload(Assignment.scenario), joinedload(Assignment.shopper))
    )
    if found is None:
        raise NoLongerPlanned(_("There is no such visit in this plan."))
    return found


def explained(plan: RotationPlan) -> list[Explained]:
    """Why visits had no place when the plan was last solved."""
    return [Explained.load(one) for one in plan.outcome.get("unplaced", ())]


def lacks(session: Session, programme: Programme) -> list[str]:
    """What has to be there before a programme can be planned: ``scenario``, ``branch``, ``shopper``."""
    there: Mapping[str, Any] = {
        "scenario": _scenarios(session, programme.id),
        "branch": programmes.branches(session, clock.today()),
        "shopper": shoppers.facts(session, programme, clock.today(), clock.today()),
    }
    return [name for name, found in there.items() if not found]


# ---- the problem -----------------------------------------------------------------------------------------------------


def days_of(month: str) -> list[date]:
    """Every day of a month."""
    return list(shoppers.days_of(months.first_day(month), months.last_day(month)))


def days_left(month: str) -> list[date]:
    """Days of a month that can still be planned: from tomorrow on."""
    return [day for day in days_of(month) if day > clock.today()]


def problem(session: Session, plan: RotationPlan, *, branches: Collection[int] | None = None) -> Problem:
    """Everything that a plan depends on, in a bounded number of statements. ``branches``: only these places."""
    programme, month = plan.programme, plan.month
    rules, told = programmes.rules(programme), programmes.told(session, programme.id)
    # What was published is compared with its whole month.
    days = days_of(month) if plan.state == PUBLISHED else days_left(month)
    there = [
        one
        for one in organisation.branches(session, Scope())
        if one.ranked and any(one.open_on(day) for day in (months.first_day(month), months.last_day(month)))
        and (branches is None or one.id in branches)
    ]  # fmt: skip
    own = [one for one in visits(session, plan.id) if one.state == PLANNED or one.state in COUNTING]
    around = _Around(session, plan, rules)
    until = months.last_day(month)
    made = Problem(
        month=month,
        rules=rules,
        settings=settings(plan),
        places=[_place(one, rules, days, around, told) for one in there],
        scenarios=_scenarios(session, programme.id),
        shoppers=shoppers.facts(session, programme, days[0] if days else until, until, without_plan=plan.id),
        history=_history(session, programme.campaign_id),
        done_in=around.windows,
        spent=around.spent,
    )
    known = planned(made, own)
    return Problem(
        **{
            **{name: getattr(made, name) for name in Problem.__dataclass_fields__},
            "fixed": [one for one in known if one.fixed],
            "former": [one for one in known if not one.fixed],
        }
    )


def planned(made: Problem, own: Iterable[Assignment]) -> list[Planned]:
    """Visits of a plan as the solver knows them; those of branches that the problem leaves out are left out."""
    return [
        Planned(
            one.branch_id,
            one.scenario_id,
            window_of(made.rules, one),
            one.window_from,
            one.shopper_id,
            one.pinned,
            one.id,
        )
        for one in own
        if one.branch_id in made.place
    ]


def window_of(rules: Rules, one: Assignment) -> int:
    """The number of a visit's window: the one with its hours, else the one of its weekday that begins nearest."""

    def far(number: int) -> tuple[bool, bool, int]:
        window = rules.windows[number]
        same = (window.start, window.end) == (one.hour_from, one.hour_until)
        return (
            not same,
            weekday(one.window_from) not in window.days,
            abs(_minutes(window.start) - _minutes(one.hour_from)),
        )

    return min(range(len(rules.windows)), key=far)


def _minutes(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:]) if hour else 0


class _Around:
    """Visits of the programme in a plan's month that are not of the plan: they count, cost and take days."""

    def __init__(self, session: Session, plan: RotationPlan, rules: Rules) -> None:
        first, last = months.first_day(plan.month), months.last_day(plan.month)
        rows = session.scalars(
            select(Assignment).where(
                Assignment.programme_id == plan.programme_id,
                Assignment.window_from.between(first, last),
                Assignment.state.in_(_COSTING),
                or_(Assignment.plan_id.is_(None), Assignment.plan_id != plan.id),
            )
        ).all()
        counting = [one for one in rows if one.state in COUNTING]
        self.spent = sum(one.fee + one.expense_cap for one in rows)
        self.done = Counter(one.branch_id for one in counting)
        self.windows = Counter(window_of(rules, one) for one in counting)
        self.taken: defaultdict[int, set[date]] = defaultdict(set)
        for one in counting:
            self.taken[one.branch_id].add(one.window_from)
        since = clock.today() - YEAR
        self.played: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for branch, scenario, count in session.execute(
            select(Assignment.branch_id, Assignment.scenario_id, func.count())
            .where(
                Assignment.campaign_id == plan.programme.campaign_id,
                Assignment.state.in_(COUNTING),
                Assignment.window_from >= since,
            )
            .group_by(Assignment.branch_id, Assignment.scenario_id)
        ):
            self.played[branch][scenario] = count


def _place(branch: Branch, rules: Rules, days: Sequence[date], around: _Around, told: Mapping[int, date]) -> Place:
    notice = told.get(branch.id)
    weekdays = {one for window in rules.windows for one in window.days}
    usable = [
        day
        for day in days
        if weekday(day) in weekdays
        and clock.is_working_day(day)
        and branch.open_on(day)
        and weekday(day) not in branch.closed_days
    ]
    why = "over" if not days else "closed" if not usable else ""
    if usable:
        why = "no_notice" if notice is None else "notice_late" if notice > usable[-1] else ""
    point = None if branch.latitude is None or branch.longitude is None else (branch.latitude, branch.longitude)
    return Place(
        id=branch.id,
        bank=branch.bank,
        region_id=branch.region_id,
        point=point,
        days=() if why or notice is None else tuple(day for day in usable if day >= notice),
        quota=rules.visits(branch.code, branch.type),
        why_no_day=why,
        taken=frozenset(around.taken[branch.id]),
        played=around.played[branch.id],
        done=around.done[branch.id],
    )


def _scenarios(session: Session, programme_id: int) -> dict[int, int]:
    rows = session.execute(
        select(ProgrammeScenario.scenario_id, ProgrammeScenario.share)
        .join(Scenario, Scenario.id == ProgrammeScenario.scenario_id)
        .where(ProgrammeScenario.programme_id == programme_id, Scenario.active)
        .order_by(Scenario.code)
    )
    return {scenario: share for scenario, share in rows}  # noqa: C416 rows are no pairs to the type checker


def _history(session: Session, campaign_id: int) -> frozenset[tuple[int, int]]:
    rows = session.execute(
        select(Assignment.shopper_id, Assignment.branch_id)
        .where(
            Assignment.campaign_id == campaign_id,
            Assignment.shopper_id.is_not(None),
            Assignment.state.in_(_SOMEBODYS),
            Assignment.window_from >= clock.today() - YEAR,
        )
        .distinct()
    )
    return frozenset((shopper, branch) for shopper, branch in rows if shopper is not None)


# ---- what stands against it ------------------------------------------------------------------------------------------


def against(made: Problem, all_of_it: Sequence[Planned], one: Planned) -> tuple[str, ...]:
    """Why a visit of a plan may not be made as planned: codes of the branch's days or of its shopper's reasons."""
    place = made.place.get(one.branch)
    if place is None or one.day not in place.days:
        if place is not None and place.why_no_day:
            return (place.why_no_day,)
        return ("past",) if one.day <= clock.today() else ("no_day",)
    if one.shopper is None:
        return ()
    if one.shopper not in made.shopper:
        return ("left",)
    others = [other for other in all_of_it if other.id != one.id and other.shopper == one.shopper]
    return Eligibility(made, made.standing(others)).reasons(one.shopper, one.branch, one.window, one.day)


def obstacles(made: Problem, all_of_it: Sequence[Planned]) -> dict[int, tuple[str, ...]]:
    """Visit id -> why it cannot be published as it is: its day, its shopper's leaving, or a hard reason."""
    found = {}
    for one in all_of_it:
        stands = tuple(code for code in against(made, all_of_it, one) if code in HARD or code in STOPPING)
        if stands:
            found[one.id] = stands
    return found


#: Reasons beside those of eligibility that stop a visit.
STOPPING: Final = frozenset({"past", "no_day", "left", "no_notice", "notice_late", "closed", "over"})
