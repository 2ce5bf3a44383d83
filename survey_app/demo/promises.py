"""Stores promises of the demo bank: on cases and by hand, kept, broken and open, with shares that a report can find."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select

from reports import months as calendar
from survey_app import clock
from survey_app.demo import files
from survey_app.demo.bank import Bank, PlannedBranch
from survey_app.demo.cases import Owners, owners
from survey_app.demo.storing import ACTOR, Stored, batches
from survey_app.loop.hours import working_day_after
from survey_app.models import Case, Department, Promise
from survey_app.transaction import transaction

#: Promises that fall due in a branch in a month, on average.
_A_MONTH: Final = 1.6
#: The planted chance that a promise is kept, by the branch's story; of a department; of every other branch.
KEPT: Final = {"excellent": 0.95, "weak": 0.58}
KEPT_ELSEWHERE: Final = 0.84
KEPT_BY_DEPARTMENTS: Final = 0.66
#: Shares of promises that a department has to keep, that are taken back, and of broken ones that are made good.
_DEPARTMENT, _TAKEN_BACK, _MADE_GOOD = 0.14, 0.03, 0.75
#: Of the promises on open cases every so many was broken and nobody made good for it.
_BROKEN_EVERY: Final = 4


def chance(branch: PlannedBranch, *, of_department: bool) -> float:
    """The planted chance that a promise is kept."""
    if of_department:
        return KEPT_BY_DEPARTMENTS
    return next((KEPT[role] for role in KEPT if role in branch.roles), KEPT_ELSEWHERE)


def store(bank: Bank, stored: Stored, now: datetime) -> None:
    """The promises of every month and those that are open today; some of them stand on open cases."""
    random = Random(f"{bank.seed} promises")
    with transaction(ACTOR, "demo.promise_owners") as session:
        who = owners(session)
        departments = session.execute(
            select(Department.id, Department.head_id).where(Department.active).order_by(Department.id)
        ).all()
        open_cases = session.execute(
            select(Case.id, Case.branch_id, Case.agent_id, Case.owner_id)
            .where(Case.state.in_(("contacted", "agreed")))
            .order_by(Case.id)
        ).all()
    rows = [*_planned(bank, stored, random, who, [tuple(one) for one in departments], now)]
    today = clock.local(now).date()
    for place, (case_id, branch, agent, owner) in enumerate(open_cases):
        row = _row(random, branch, agent, owner, today, random.choice((0, 1, 2, 3)), now) | {"case_id": case_id}
        if place % _BROKEN_EVERY == 0:
            due = today - timedelta(days=2)
            row |= {"due_on": due, "made_on": due - timedelta(days=3), "state": "broken",
                    "settled_at": clock.end_of(due), "revision": 1}  # fmt: skip
        rows.append(row)
    for batch in batches(rows):
        with transaction(ACTOR, "demo.promises", promises=len(batch)) as session:
            session.execute(insert(Promise), batch)


def _planned(
    bank: Bank, stored: Stored, random: Random, who: Owners, departments: list[Any], now: datetime
) -> Iterator[dict[str, Any]]:
    today = clock.local(now).date()
    for month in (*bank.months, calendar.of(today)):
        first, last = calendar.first_day(month), calendar.last_day(month)
        for branch in bank.branches:
            team = bank.teams[month][branch.index]
            if not branch.open_on(first) or not team:
                continue
            for _each in range(_count(random)):
                due = working_day_after(first + timedelta(days=random.randrange((last - first).days)), 1)
                if due > today + timedelta(days=14):
                    continue
                place = stored.branches[branch.index]
                agent = stored.agents[random.choice(team)].id
                owner = who.agents.get(agent) or who.branches.get(place.id)
                row = _row(random, place.id, agent, owner, due, 0, now)
                if departments and random.random() < _DEPARTMENT:
                    row["department_id"], head = random.choice(departments)
                    row["owner_id"] = head or owner
                yield _settled(random, row, chance(branch, of_department=row["department_id"] is not None), today)


def _count(random: Random) -> int:
    return int(_A_MONTH) + (random.random() < _A_MONTH % 1)


def _row(
    random: Random, branch: int, agent: int, owner: int | None, due: date, ahead: int, now: datetime
) -> dict[str, Any]:
    due = working_day_after(due, ahead) if ahead else due
    made = min(due, clock.local(now).date()) - timedelta(days=random.randint(1, 6))
    return {
        "id": str(UUID(int=random.getrandbits(128), version=4)),
        "words": random.choice(files.document("cases")["promises"]),
        "branch_id": branch,
        "agent_id": agent,
        "department_id": None,
        "owner_id": owner,
        "case_id": None,
        "interaction_id": None,
        "response_id": None,
        "made_on": made,
        "due_on": due,
        "state": "open",
        "settled_at": None,
        "settled_by_id": None,
        "note": "",
        "created_at": clock.start_of(made) + timedelta(hours=11),
        "created_by_id": owner,
        "revision": 0,
    }


def _settled(random: Random, row: dict[str, Any], kept: float, today: date) -> dict[str, Any]:
    """What became of a promise whose day has passed; one that is due today or later is open."""
    due = row["due_on"]
    if due >= today:
        return row
    texts = files.document("cases")
    if random.random() < _TAKEN_BACK:
        became = {"state": "withdrawn", "note": texts["promise_dropped"], "settled_by_id": row["owner_id"]}
    elif random.random() < kept:
        became = {"state": "kept", "settled_by_id": row["owner_id"]}
    else:
        became = {"state": "broken"}
        if random.random() < _MADE_GOOD:
            became |= {"note": random.choice(texts["promise_notes"]), "settled_by_id": row["owner_id"]}
    late = row["settled_by_id"] is None and became["state"] == "broken"
    at = clock.end_of(due) if late else clock.start_of(due) + timedelta(hours=13)
    return {**row, **became, "settled_at": at, "revision": 1}
