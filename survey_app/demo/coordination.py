"""What lies before coordination and the shoppers today: a published plan, the job board, a visit that nobody made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.commands import fieldwork, giving, publishing_plans, rotation
from survey_app.demo import files, programme
from survey_app.demo.bank import Bank
from survey_app.demo.shops import QUESTIONNAIRE
from survey_app.demo.storing import ACTOR, Stored
from survey_app.models import Assignment, Branch, Campaign, Letter, Programme, RotationPlan, Scenario, User
from survey_app.models.fieldwork import PLANNED
from survey_app.models.people import NO_AGENT
from survey_app.permissions import Role
from survey_app.queries import candidates
from survey_app.queries.tickets import new_response_id
from survey_app.transaction import transaction

#: Visits of the plan for the shopper with a login, and how many branches there are for each of the others'.
_OWN: Final = 3
_BRANCHES_PER_VISIT: Final = 6
_ON_BOARD: Final = 4
#: A plan with fewer days left than this is made for the month that follows.
_LEAST_DAYS: Final = 9
_WINDOW: Final = timedelta(days=6)


def store(bank: Bank, stored: Stored, now: datetime) -> None:
    """A visit that was missed, the plan with its visits, and the board."""
    branches = _order(bank, stored)
    taken: set[int] = set()
    with transaction(ACTOR, "demo.missed") as session:
        _missed(session, bank, stored, branches, taken, now)
    with transaction(ACTOR, "demo.plan") as session:
        plan = _planned(session, bank, stored, branches, taken, now)
        revision = plan.revision
    coordinator = stored.users[Role.FIELD_COORDINATOR]
    with transaction(ACTOR, "demo.publish") as session:
        publishing_plans.publish(session, plan.id, revision=revision, by=coordinator.id)
    with transaction(ACTOR, "demo.board") as session:
        _board(session, bank, stored, branches, taken)


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
    month = calendar.of(bank.today)
    if (calendar.last_day(month) - bank.today).days < _LEAST_DAYS:
        month = calendar.shift(month, 1)
    first = max(calendar.first_day(month), bank.today)
    return month, first, calendar.last_day(month)


def _planned(
    session: Session, bank: Bank, stored: Stored, branches: list[Branch], taken: set[int], now: datetime
) -> RotationPlan:
    """A month's plan as the planner and a coordinator's hand would have left it, ready to be published."""
    month, first, last = _days(bank)
    coordinator = stored.users[Role.FIELD_COORDINATOR]
    plan = rotation.create(session, stored.programme, month, by=coordinator)
    wanted = _OWN + len(bank.branches) // _BRANCHES_PER_VISIT
    placed = 0
    for place, branch in enumerate(branches):
        if placed == wanted:
            break
        start = first + timedelta(days=place % 3)
        visit = _visit(session, stored, branch, placed, start, min(start + _WINDOW, last))
        visit.plan = plan
        session.add(visit)
        session.flush()
        own = placed < _OWN
        chosen = next((one for one in _fit(session, visit) if (one == stored.shoppers[0].id) == own), None)
        if chosen is None:
            session.delete(visit)
            session.flush()
            continue
        visit.shopper_id = chosen
        session.flush()
        taken.add(branch.id)
        placed += 1
    plan.state, plan.solved_at = "solved", now
    plan.outcome = {"unplaced": [], "best": False, "hurried": False, "seconds": 0.0, "shoppers": len(stored.shoppers)}
    rotation.touch(plan)
    session.flush()
    return plan


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


def _board(session: Session, bank: Bank, stored: Stored, branches: list[Branch], taken: set[int]) -> None:
    """Open visits: one asked for with a second in line, one that somebody does not want, one that was handed back."""
    texts: dict[str, Any] = files.document("field")
    _month, first, _last = _days(bank)
    free = [branch for branch in branches if branch.id not in taken][:_ON_BOARD]
    for place, branch in enumerate(free):
        visit = _given(session, stored, branch, first + timedelta(days=2), first + timedelta(days=2) + _WINDOW)
        people = [session.get_one(User, number) for number in _fit(session, visit) if number != stored.shoppers[0].id]
        if place == 0:
            for who in people[:2]:
                giving.claim(session, visit.id, who)
        elif place == 1 and people:
            giving.decline(session, visit.id, people[0])
        elif place == 2 and people:
            giving.give(session, visit.id, people[0].id, by=stored.users[Role.FIELD_COORDINATOR])
            giving.hand_back(session, visit.id, people[0], note=texts["handed_back"])


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
