"""Years of customers' cases on top of a bank that is there, put in by the database as the product would leave them.

Open cases are of the last weeks and have owners and clocks, of which none has run out; the rest are over. Every case
has its events, and every fifth promise stands on a case.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, select, text

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import accounts
from survey_app.models import Agent, Branch, Case, CaseEvent, Placement, Promise, User
from survey_app.transaction import transaction
from tests.load.million import PASSWORD

CASES, OPEN, PROMISES, OF_ONE = 100_000, 5_000, 20_000, 10_000
MONTHS: Final = 36
BATCH: Final = 5_000
SERVICE, MANAGER, AGENT = "service@bench.example", "manager@bench.example", "agent@bench.example"
_SUBJECTS: Final = ("service", "waiting", "mistake", "fees", "information")
_CAUSES: Final = ("process", "knowledge", "system", "capacity")
_WORDS: Final = (
    "חיכיתי בתור שעה ואיש לא הסביר למה",
    "הכרטיס החדש לא הגיע לסניף, ונשלחתי הביתה",
    "חויבתי פעמיים באותה עמלה ואף אחד לא חזר אליי",
    "הבטיחו לי שיחה עד סוף השבוע והיא לא באה",
    "קיבלתי תשובות סותרות משתי עמדות על אותה הלוואה",
)
#: State, how it was closed, and of how many in a hundred that are over.
_OVER: Final = (
    ("closed", "confirmed", 60),
    ("closed", "unconfirmed", 30),
    ("closed", "no_contact", 6),
    ("done", "", 4),
)


@dataclass(frozen=True)
class Place:
    """A branch, the employees who are placed there, and who owns its cases."""

    branch_id: int
    agents: Sequence[int]
    owners: Mapping[int, int]
    manager: int


def people() -> int:
    """Let somebody of each role in whose pages are measured; gives the branch that has more cases than any other."""
    with transaction(Actor.system("bench"), "bench.people") as session:
        branch = session.scalars(
            select(Branch).where(Branch.ranked, Branch.closed.is_(None)).order_by(Branch.id)
        ).first()
        if branch is None:
            raise RuntimeError("the bank has no branch")
        agent = session.scalars(
            select(Agent).join(Placement).where(Placement.branch_id == branch.id, Placement.until.is_(None)).limit(1)
        ).one()
        accounts.add_user(session, SERVICE, "service_manager", password=PASSWORD)
        accounts.add_user(session, MANAGER, "branch_manager", branch=branch, password=PASSWORD)
        accounts.add_user(session, AGENT, "agent", agent=agent, password=PASSWORD)
        return branch.id


def seed(busiest: int) -> None:
    """Fill the bound database with cases, their events and promises."""
    drawn = random.Random(7)
    now = clock.now()
    with db.current().writer.begin() as connection:
        places = _places(connection, busiest)
        others = [one for one in places if one.branch_id != busiest]
        first = next(one for one in places if one.branch_id == busiest)
        rows = [
            _case(number, first if number < OF_ONE else drawn.choice(others), now, drawn) for number in range(CASES)
        ]
        for batch in _batches(rows):
            connection.execute(insert(Case), batch)
        stored = connection.execute(
            select(Case.id, Case.opened_at, Case.owner_id, Case.branch_id, Case.agent_id)
            .where(Case.key.like("bench:%"))
            .order_by(Case.key)
        ).all()
        for batch in _batches([one for row in stored for one in _events(row, drawn)]):
            connection.execute(insert(CaseEvent), batch)
        for batch in _batches([_promise(number, stored[number * 5], now, drawn) for number in range(PROMISES)]):
            connection.execute(insert(Promise), batch)
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))


def _batches(rows: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _places(connection: Connection, busiest: int) -> list[Place]:
    users = connection.execute(select(User.id, User.role, User.branch_id, User.agent_id).where(User.active)).all()
    managers = {one.branch_id: one.id for one in users if one.role == "branch_manager"}
    owners = {one.agent_id: one.id for one in users if one.role == "agent" and one.agent_id}
    placed: dict[int, list[int]] = {}
    for agent_id, branch_id in connection.execute(
        select(Placement.agent_id, Placement.branch_id)
        .where(Placement.until.is_(None))
        .order_by(Placement.branch_id, Placement.agent_id)
    ):
        placed.setdefault(branch_id, []).append(agent_id)
    return [
        Place(branch_id, agents, owners, managers[branch_id])
        for branch_id, agents in placed.items()
        if branch_id in managers or branch_id == busiest
    ]


def _case(number: int, place: Place, now: datetime, drawn: random.Random) -> dict[str, Any]:
    agent = drawn.choice(place.agents)
    is_open = number % (CASES // OPEN) == 0
    owner = place.owners.get(agent)
    phone = f"+97250{number % 80_000:07}"
    row: dict[str, Any] = {
        "key": f"bench:{number:06}", "source": "manual", "branch_id": place.branch_id, "agent_id": agent,
        "subject": drawn.choice(_SUBJECTS), "words": f"{drawn.choice(_WORDS)} ({number})", "name": f"לקוח {number}",
        "phone": phone, "customer_key": phone, "token": secrets.token_urlsafe(16),
        "level": "agent" if owner else "branch", "owner_id": owner or place.manager, "revision": 3,
    }  # fmt: skip
    return row | (_waits(number, now, drawn) if is_open else _over(now, drawn))


def _waits(number: int, now: datetime, drawn: random.Random) -> dict[str, Any]:
    """An open case: every fifth is overdue, every tenth was reopened; the rung's time of none is over."""
    opened = now - timedelta(hours=drawn.uniform(1, 40 * 24))
    late = number % (5 * CASES // OPEN) == 0
    due = now - timedelta(hours=drawn.uniform(1, 99)) if late else now + timedelta(days=drawn.uniform(1, 9))
    return {
        "state": drawn.choice(("new", "contacted", "agreed")), "closed_how": "", "opened_at": opened, "due_at": due,
        "escalates_at": now + timedelta(hours=drawn.uniform(24, 240)), "overdue_since": due if late else None,
        "complaint_due_on": (opened + timedelta(days=45)).date(), "contacted_at": None, "done_at": None,
        "closed_at": None, "silent_at": None, "reopened": int(drawn.random() < 0.1), "root_cause": "", "outcome": "",
        "lesson": "",
    }  # fmt: skip


def _over(now: datetime, drawn: random.Random) -> dict[str, Any]:
    """A case that is over, or waits for its customer's word."""
    state, how, _of = drawn.choices(_OVER, [one[2] for one in _OVER])[0]
    days = drawn.uniform(15, 20) if state == "done" else drawn.uniform(20, MONTHS * 30.4)
    opened = now - timedelta(days=days)
    done = opened + timedelta(days=drawn.uniform(0.5, 12))
    return {
        "state": state, "closed_how": how, "opened_at": opened, "due_at": opened + timedelta(days=9),
        "escalates_at": None, "overdue_since": None, "complaint_due_on": (opened + timedelta(days=45)).date(),
        "contacted_at": opened + timedelta(hours=drawn.uniform(1, 12)), "done_at": done,
        "closed_at": done + timedelta(days=5) if state == "closed" else None,
        "silent_at": None if state == "closed" else now + timedelta(days=3), "reopened": int(drawn.random() < 0.05),
        "root_cause": drawn.choice(_CAUSES), "outcome": "justified", "lesson": "לבדוק עם הלקוח לפני הסגירה",
    }  # fmt: skip


def _events(row: Any, drawn: random.Random) -> Iterator[dict[str, Any]]:
    for place, kind in enumerate(("opened", "contacted", "note")):
        yield {
            "case_id": row.id, "at": row.opened_at + timedelta(hours=place * drawn.uniform(1, 9)), "kind": kind,
            "by_id": row.owner_id if place else None, "channel": "phone" if place == 1 else "",
            "reached": True if place == 1 else None, "words": "דיברנו" if place else "", "details": {},
        }  # fmt: skip


def _promise(number: int, row: Any, now: datetime, drawn: random.Random) -> dict[str, Any]:
    state = ("open", "kept", "kept", "kept", "broken")[number % 5] if number % 4 else "kept"
    made = now - timedelta(days=drawn.uniform(0, 5) if state == "open" else drawn.uniform(10, MONTHS * 30.4))
    due = made + timedelta(days=7)
    return {
        "id": f"bench-{number:06}", "case_id": row.id if number % 5 == 0 else None, "words": "לחזור עם תשובה",
        "branch_id": row.branch_id, "agent_id": row.agent_id, "owner_id": row.owner_id, "made_on": made.date(),
        "due_on": due.date(), "state": state, "settled_at": None if state == "open" else due, "note": "",
        "settled_by_id": None if state in ("open", "broken") else row.owner_id, "created_at": made,
        "created_by_id": row.owner_id, "revision": 0,
    }  # fmt: skip
