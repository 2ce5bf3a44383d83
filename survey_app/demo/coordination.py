"""What lies before coordination and the shoppers in the middle of a month: its plan, the board, what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.commands import fieldwork, giving, publishing_plans, rotation
from survey_app.db import reading
from survey_app.demo import files, programme
from survey_app.demo.bank import Bank
from survey_app.demo.shops import QUESTIONNAIRE
from survey_app.demo.storing import ACTOR, Stored
from survey_app.models import (
    Assignment,
    Branch,
    Campaign,
    FieldDevice,
    Letter,
    Programme,
    RotationPlan,
    Scenario,
    User,
)
from survey_app.models.fieldwork import APPROVED, ASSIGNED, PLANNED, RETURNED, SUBMITTED
from survey_app.models.people import NO_AGENT
from survey_app.permissions import Role
from survey_app.queries import candidates
from survey_app.queries.tickets import new_response_id
from survey_app.transaction import transaction

#: Visits of the plan for the shopper with a login, and how many branches there are for each of the others'.
_OWN: Final = 3
_BRANCHES_PER_VISIT: Final = 6
_ON_BOARD: Final = 4
#: With fewer working days left than this, the plan is that of the month that follows.
_LEAST_DAYS: Final = 3
_WINDOW: Final = timedelta(days=6)
#: The plan was published so long before its month began; a visit that nobody has ends no sooner than so many days.
_BEFORE: Final = timedelta(days=6)
_RELAXED: Final = timedelta(days=5)
#: For so long one phone has held a report and its pictures.
_HELD: Final = timedelta(hours=27)


def store(bank: Bank, stored: Stored, now: datetime) -> None:
    """A visit that was missed, the plan with its visits, the board, and a phone that was not heard of for a day."""
    with reading() as session:
        reached = _reached(session, bank)
    branches = sorted(_order(bank, stored), key=lambda one: one.id in reached)
    taken: set[int] = set()
    coordinator = stored.users[Role.FIELD_COORDINATOR]
    with transaction(ACTOR, "demo.missed") as session:
        _missed(session, bank, stored, branches, taken, now)
    with transaction(ACTOR, "demo.today") as session:
        _today(session, bank, stored, branches, taken)
    month, _first, _last = _days(bank)
    begun = min(clock.start_of(calendar.first_day(month)) - _BEFORE + timedelta(hours=10), now)
    with clock.moved_to(begun):
        with transaction(ACTOR, "demo.plan") as session:
            plan = _planned(session, bank, stored, branches, taken, begun)
            revision = plan.revision
            filled = session.scalar(select(Assignment.id).where(Assignment.plan_id == plan.id).limit(1)) is not None
        if filled:  # a bank of one branch may have nobody to plan with
            with transaction(ACTOR, "demo.publish") as session:
                publishing_plans.publish(session, plan.id, revision=revision, by=coordinator.id)
    with transaction(ACTOR, "demo.made") as session:
        _made(session, plan.id, stored, month)
        _silent_phone(session, plan.id, now)
    with transaction(ACTOR, "demo.board") as session:
        _board(session, bank, stored, [*(one for one in branches if one.id in reached), *branches], taken)


def _reached(session: Session, bank: Bank) -> set[int]:
    """Branches that were visited in the month of today."""
    month = calendar.of(bank.today)
    days = calendar.first_day(month), calendar.last_day(month)
    return set(session.scalars(select(Assignment.branch_id).where(Assignment.window_from.between(*days))))


def _made(session: Session, plan_id: int, stored: Stored, month: str) -> None:
    """What was reported in the month was planned in it."""
    days = calendar.first_day(month), calendar.last_day(month)
    session.execute(
        update(Assignment)
        .where(
            Assignment.programme_id == stored.programme,
            Assignment.window_from.between(*days),
            Assignment.state.in_((APPROVED, SUBMITTED, RETURNED)),
        )
        .values(plan_id=plan_id)
    )


def _silent_phone(session: Session, plan_id: int, now: datetime) -> None:
    """Whoever has the late visit may have made it: the phone holds a report and two pictures."""
    late = session.scalar(
        select(Assignment.shopper_id)
        .where(Assignment.plan_id == plan_id, Assignment.state == ASSIGNED, Assignment.window_until < now.date())
        .limit(1)
    )
    whose = FieldDevice.user_id == late if late is not None else FieldDevice.user_id.is_not(None)
    phone = session.scalar(select(FieldDevice).where(whose).order_by(FieldDevice.id).limit(1))
    if phone is not None:
        phone.reports, phone.files, phone.waiting_since, phone.seen_at = 1, 2, now - _HELD, now - _HELD


def quiet(now: datetime) -> None:
    """Letters that all of it would have sent count as sent: a demo writes to nobody."""
    with transaction(ACTOR, "demo.letters") as session:
        session.execute(update(Letter).values(state="sent", sent_at=now, leased_until=None))


def _order(bank: Bank, stored: Stored) -> list[Branch]:
    """Branches that are open, in an order of their own."""
    rng = bank.rng("assignments")
    ready = [place.index for place in bank.branches if place.closed is None]
    return [stored.branches[index] for index in rng.permutation(ready).tolist()]


def _days(bank: Bank) -> tuple[str, date, date]:
    """The month of the plan, and the first and last of its days that are used."""
    month, tomorrow = calendar.of(bank.today), bank.today + timedelta(days=1)
    left = (tomorrow + timedelta(days=n) for n in range((calendar.last_day(month) - bank.today).days))
    if sum(clock.is_working_day(day) for day in left) < _LEAST_DAYS:
        month = calendar.shift(month, 1)
    return month, max(calendar.first_day(month), tomorrow), calendar.last_day(month)


def _planned(
    session: Session, bank: Bank, stored: Stored, branches: list[Branch], taken: set[int], now: datetime
) -> RotationPlan:
    """A month's plan as the planner and a coordinator's hand would have left it, ready to be published."""
    month, first, last = _days(bank)
    coordinator = stored.users[Role.FIELD_COORDINATOR]
    plan = rotation.create(session, stored.programme, month, by=coordinator)
    reached = _reached(session, bank)
    lacking = [one for one in branches if one.id not in reached and one.id not in taken]
    wanted = max(_OWN + len(bank.branches) // _BRANCHES_PER_VISIT, len(lacking))
    if month == calendar.of(bank.today):
        until = bank.today - timedelta(days=1)
        for branch in reversed(branches):
            late = branch.id not in taken and _place(
                session, stored, plan, branch, 0, (until - _WINDOW, until), own=False
            )
            if late:
                taken.add(branch.id)
                break
    own = placed = 0
    for branch in branches:
        if branch.id in taken or (placed >= wanted and own == _OWN):
            continue
        # Evenly over the days that are left.
        start = first + ((last - first) * (placed % wanted)) // max(1, wanted)
        until = min(start + _WINDOW, last)
        chosen = _place(session, stored, plan, branch, placed, (start, until), own=own < _OWN)
        if chosen == stored.shoppers[0].id:
            own += 1
        elif chosen is None and branch in lacking:
            # Nobody can: it goes to the board with the plan, and has time.
            _open(session, stored, plan, branch, placed, (first, last))
        elif chosen is None:
            continue
        taken.add(branch.id)
        placed += 1
    plan.state, plan.solved_at = "solved", now
    plan.outcome = {"unplaced": [], "best": False, "hurried": False, "seconds": 0.0, "shoppers": len(stored.shoppers)}
    rotation.touch(plan)
    session.flush()
    return plan


def _place(
    session: Session,
    stored: Stored,
    plan: RotationPlan,
    branch: Branch,
    place: int,
    window: tuple[date, date],
    *,
    own: bool,
) -> int | None:
    """A visit of the plan for the shopper with a login, or for the least loaded other one; None where nobody can."""
    visit = _open(session, stored, plan, branch, place, window)
    fit = list(_fit(session, visit))
    mine = stored.shoppers[0].id
    chosen = mine if own and mine in fit else next((one for one in fit if one != mine), None)
    if chosen is None:
        session.delete(visit)
    visit.shopper_id = chosen
    session.flush()
    return chosen


def _open(
    session: Session, stored: Stored, plan: RotationPlan, branch: Branch, place: int, window: tuple[date, date]
) -> Assignment:
    """A visit of the plan that nobody has."""
    visit = _visit(session, stored, branch, place, *window)
    visit.plan = plan
    session.add(visit)
    session.flush()
    return visit


def _visit(
    session: Session, stored: Stored, branch: Branch, place: int, window_from: date, window_until: date
) -> Assignment:
    """A planned visit without a shopper."""
    rules = programme.rules()
    hours = rules.windows[place % len(rules.windows)]
    return Assignment(
        campaign_id=stored.campaigns[QUESTIONNAIRE],
        programme=session.get_one(Programme, stored.programme),
        response_id=new_response_id(),
        branch_id=branch.id,
        branch=session.get_one(Branch, branch.id),
        scenario_id=stored.scenarios[place % len(stored.scenarios)],
        agent_id=NO_AGENT,
        window_from=window_from,
        window_until=window_until,
        hour_from=hours.start,
        hour_until=hours.end,
        state=PLANNED,
        fee=rules.fee,
        expense_cap=rules.expense_cap,
    )


def _fit(session: Session, visit: Assignment) -> Iterator[int]:
    """Shoppers whom nothing stands against, the least loaded first."""
    days = candidates.usable_days(visit.branch, visit.window_from, visit.window_until)
    found = candidates.candidates(session, visit, days) if days else []
    fit = [one for one in found if not one.reasons]
    return (one.shopper.id for one in sorted(fit, key=lambda one: (one.load, one.km or 0.0, one.shopper.id)))


def _given(session: Session, stored: Stored, branch: Branch, since: date, until: date) -> Assignment:
    """A visit put on the board through the coordinator's command."""
    return fieldwork.assign(
        session,
        campaign=session.get_one(Campaign, stored.campaigns[QUESTIONNAIRE]),
        shopper=None,
        branch=session.get_one(Branch, branch.id),
        scenario=session.get_one(Scenario, stored.scenarios[branch.id % len(stored.scenarios)]),
        window_from=since,
        window_until=until,
        by=stored.users[Role.FIELD_COORDINATOR],
    )


def _today(session: Session, bank: Bank, stored: Stored, branches: list[Branch], taken: set[int]) -> None:
    """A visit that the shopper with a login can make today, if any of the branches is open."""
    own, until = stored.shoppers[0].id, bank.today + _WINDOW
    for branch in branches:
        if branch.id in taken or not candidates.usable_days(branch, bank.today, bank.today):
            continue
        tried = _visit(session, stored, branch, 0, bank.today, until)
        session.add(tried)
        session.flush()
        fits = own in _fit(session, tried)
        session.delete(tried)
        session.flush()
        if fits:
            visit = _given(session, stored, branch, bank.today, until)
            giving.give(session, visit.id, own, by=stored.users[Role.FIELD_COORDINATOR])
            taken.add(branch.id)
            return


def _board(session: Session, bank: Bank, stored: Stored, branches: list[Branch], taken: set[int]) -> None:
    """Open visits: one asked for with a second in line, one that somebody does not want, one that was handed back."""
    texts: dict[str, Any] = files.document("field")
    _month, first, last = _days(bank)
    free = sorted(dict.fromkeys(branches), key=lambda one: one.id in taken)
    done = 0
    for branch in free:
        since = min(first + timedelta(days=1 + done), last)
        until = max(since + _WINDOW, bank.today + _RELAXED)
        tried = _visit(session, stored, branch, done, since, until)
        session.add(tried)
        session.flush()
        people = [session.get_one(User, number) for number in _fit(session, tried) if number != stored.shoppers[0].id]
        session.delete(tried)
        session.flush()
        if not people and done < _ON_BOARD - 1:
            continue
        visit = _given(session, stored, branch, since, until)
        if done == 0:
            for who in people[:2]:
                giving.claim(session, visit.id, who)
        elif done == 1:
            giving.decline(session, visit.id, people[0])
        elif done == 2:
            giving.give(session, visit.id, people[0].id, by=stored.users[Role.FIELD_COORDINATOR])
            giving.hand_back(session, visit.id, people[0], note=texts["handed_back"])
        done += 1
        if done == _ON_BOARD:
            break


def _missed(
    session: Session, bank: Bank, stored: Stored, branches: list[Branch], taken: set[int], now: datetime
) -> None:
    """A visit of last week that nobody made."""
    until = bank.today - timedelta(days=2)
    branch = branches[-1]
    with clock.moved_to(now - timedelta(days=12)):
        visit = _given(session, stored, branch, until - _WINDOW, until)
        who = next((one for one in _fit(session, visit) if one != stored.shoppers[0].id), None)
        if who is None:
            giving.cancel(session, visit.id)
            return
        giving.give(session, visit.id, who, by=stored.users[Role.FIELD_COORDINATOR])
    giving.mark_missed(
        session, visit.id, by=stored.users[Role.FIELD_COORDINATOR], note=files.document("field")["missed"]
    )
    taken.add(branch.id)
