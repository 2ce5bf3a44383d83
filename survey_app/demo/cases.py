"""Stores the planned cases: their owners, customers, logs, recovery surveys, and who left."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from random import Random
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.cases.closing import new_token
from survey_app.demo import files
from survey_app.demo.bank import Bank
from survey_app.demo.case_logs import Rise, log_of
from survey_app.demo.case_plan import PlannedCase, words
from survey_app.demo.reaching import _ids as inserted
from survey_app.demo.storing import ACTOR, Stored, batches
from survey_app.loop import hours, levels
from survey_app.loop.policy import Loop
from survey_app.loop.subjects import SENSITIVE
from survey_app.models import Case, CaseEvent, Customer, Departure, Invitation, User
from survey_app.models.campaign import READY, USED
from survey_app.permissions import Role
from survey_app.queries.tickets import new_response_id
from survey_app.transaction import transaction

QUESTIONNAIRE: Final = "recovery_follow_up"
#: Days after its opening for which a case keeps the customer's contact in the demo.
_CONTACT_DAYS: Final = 90
_RULES: Final = Loop()
#: Every so many open cases a senior manager took one personally.
_ADOPTED: Final = 9


@dataclass
class Owners:
    """Who owns cases: users by agent, branch and region, and those of the whole bank."""

    agents: dict[int, int] = field(default_factory=dict)
    branches: dict[int, int] = field(default_factory=dict)
    regions: dict[int, int] = field(default_factory=dict)
    service: int = 0
    ombudsman: int = 0

    def on(self, level: str, agent_id: int, branch_id: int, region_id: int, *, sensitive: bool) -> int | None:
        """The owner on a rung; None where the rung has nobody."""
        found = {
            levels.AGENT: None if sensitive else self.agents.get(agent_id),
            levels.BRANCH: self.branches.get(branch_id),
            levels.REGION: self.regions.get(region_id),
            levels.SERVICE: self.service,
            levels.OMBUDSMAN: self.ombudsman,
        }
        return found[level] or None


def hire(session: Session, bank: Bank, stored: Stored) -> None:
    """An account for every agent that has none: they own the cases of those whom they served. Nobody can enter it."""
    known = set(session.scalars(select(User.agent_id).where(User.role == Role.AGENT.value)))
    now = clock.now()
    session.execute(
        insert(User),
        [
            {"email": agent.email, "name": agent.name, "role": Role.AGENT.value, "agent_id": agent.id,
             "language": "he", "active": plan.placements[-1][2] is None, "password_hash": "", "session_key": "",
             "created_at": now}
            for plan, agent in zip(bank.agents, stored.agents, strict=True)
            if agent.id not in known
        ],
    )  # fmt: skip


def owners(session: Session) -> Owners:
    """Who owns cases in the bank."""
    found = Owners()
    for user in session.scalars(select(User).where(User.active).order_by(User.id.desc())):
        if user.role == Role.AGENT.value and user.agent_id is not None:
            found.agents[user.agent_id] = user.id
        elif user.role == Role.BRANCH_MANAGER.value and user.branch_id is not None:
            found.branches[user.branch_id] = user.id
        elif user.role == Role.REGION_MANAGER.value and user.region_id is not None:
            found.regions[user.region_id] = user.id
        elif user.role == Role.SERVICE_MANAGER.value:
            found.service = user.id
        elif user.role == Role.OMBUDSMAN.value:
            found.ombudsman = user.id
    return found


def in_order(batch: Sequence[PlannedCase]) -> Iterator[list[PlannedCase]]:
    """What repeats another comes after it, so that it finds the customer and the number of the first."""
    parts = ([one for one in batch if (one.repeats is None) is first] for first in (True, False))
    return (part for part in parts if part)


def store(bank: Bank, planned: Sequence[PlannedCase], stored: Stored, now: datetime) -> None:
    """Every planned case with everything that belongs to it."""
    random = Random(f"{bank.seed} case words")
    with transaction(ACTOR, "demo.case_owners") as session:
        hire(session, bank, stored)
        who = owners(session)
    #: Number of the plan -> id of the case and of its customer.
    made: dict[int, tuple[int, int]] = {}
    for batch in chain.from_iterable(in_order(batch) for batch in batches(planned, 250)):
        with transaction(ACTOR, "demo.cases", cases=len(batch)) as session:
            customers = _customers(session, batch, made, random, now)
            sent = _invitations(session, batch, stored, now)
            rows = [
                _row(one, stored, who, random, customer, sent.get(one.number), made, now)
                for one, customer in zip(batch, customers, strict=True)
            ]
            risen = [row.pop("risen") for row in rows]
            ids = inserted(session, Case, rows)
            for one, case_id, customer in zip(batch, ids, customers, strict=True):
                made[one.number] = case_id, customer["id"]
            events = [
                event
                for one, row, case_id, rises in zip(batch, rows, ids, risen, strict=True)
                for event in log_of(one, row, case_id, random, rises)
            ]
            session.execute(insert(CaseEvent), events)
            left = [_departure(one, made[one.number][1], stored) for one in batch if one.left_in]
            if left:
                session.execute(insert(Departure), left)


def _customers(
    session: Session, batch: Sequence[PlannedCase], made: dict[int, tuple[int, int]], random: Random, now: datetime
) -> list[dict[str, Any]]:
    """A customer for each case, the earlier one's where it repeats one; without contact where that was long ago."""
    names = files.document("cases")["names"]
    rows = []
    for one in batch:
        kept = now - one.opened_at < timedelta(days=_CONTACT_DAYS)
        rows.append({
            "ref": f"DEMO-C{one.number:05d}" if kept else None,
            "name": random.choice(names) if kept else "",
            "phone": f"+9725009{one.number:05d}" if kept else "",
            "email": "", "language": one.language, "updated_at": one.opened_at,
        })  # fmt: skip
    new = [place for place, one in enumerate(batch) if one.repeats not in made]
    ids = dict(zip(new, inserted(session, Customer, [rows[place] for place in new]), strict=True))
    return [{**row, "id": ids.get(place) or made[batch[place].repeats or 0][1]} for place, row in enumerate(rows)]


def _invitations(session: Session, batch: Sequence[PlannedCase], stored: Stored, now: datetime) -> dict[int, int]:
    """The recovery surveys that left: number of the case -> id of its invitation."""
    moments = {one.number: _asked_at(one, now) for one in batch}
    asked = [(one, at) for one in batch if (at := moments[one.number]) is not None]
    rows = []
    for one, at in asked:
        rows.append({
            "campaign_id": stored.campaigns[QUESTIONNAIRE],
            "token": secrets.token_urlsafe(18),
            "response_id": one.answer.response_id if one.answer is not None else new_response_id(),
            "branch_id": stored.branches[one.branch].id,
            "agent_id": stored.agents[one.agent].id if one.agent >= 0 else 0,
            "visited_on": clock.local(one.opened_at).date(),
            "language": one.language, "channel": "sms", "weight": 1.0,
            "state": USED if one.answer is not None else READY,
            "created_at": at, "expires_at": at + timedelta(days=14),
        })  # fmt: skip
    return dict(zip((one.number for one, _at in asked), inserted(session, Invitation, rows), strict=True))


def _asked_at(one: PlannedCase, now: datetime) -> datetime | None:
    """When the recovery survey left: two working days after the work was done; None where it did not."""
    if one.answer is not None:
        return one.answer.submitted_at - timedelta(hours=20)
    if one.done_at is None or one.how in {"no_contact", "withdrawn"} or one.saved:
        return None
    day = hours.working_day_after(clock.local(one.done_at).date(), _RULES.survey_after_days)
    at = clock.start_of(day) + timedelta(hours=10)
    return at if at <= now else None


def _state(one: PlannedCase) -> str:
    if one.closed_at is not None:
        return "closed"
    if one.done_at is not None:
        return "done"
    if one.reopened_at is not None:
        return "new"
    return "agreed" if one.agreed_at else "contacted" if one.contacted_at else "new"


def _row(
    one: PlannedCase,
    stored: Stored,
    who: Owners,
    random: Random,
    customer: dict[str, Any],
    invitation: int | None,
    made: dict[int, tuple[int, int]],
    now: datetime,
) -> dict[str, Any]:
    branch = stored.branches[one.branch]
    agent = stored.agents[one.agent].id if one.agent >= 0 else 0
    state = _state(one)
    open_now = state in {"new", "contacted", "agreed"}
    began = one.reopened_at or one.opened_at
    level, owner, escalates, risen = _rung(one, who, agent, branch.id, branch.region_id or 0, began, now)
    due = hours.after(began, _RULES.solve_hours, _RULES.hours())
    late = due < (one.done_at or one.closed_at or now)
    kept = bool(customer["ref"])
    adopted = open_now and one.number % _ADOPTED == 0
    if adopted:
        owner, level = who.service, "service"
        escalates = hours.after(now, _RULES.level_hours["service"], _RULES.hours())
    next_day = hours.working_day_after(clock.local(now).date(), random.randint(0, 2))
    asked = _asked_at(one, now) if state == "done" and one.answer is None else None
    subject: Any = lambda part: words(one.subject, part, random)  # noqa: E731
    return {
        "key": f"demo:{one.number}",
        "source": one.source,
        "response_id": one.response_id or None,
        "external_id": f"CRM-{one.number:05d}" if one.source == "api" else None,
        "branch_id": branch.id,
        "agent_id": agent,
        "subject": one.subject,
        "words": subject("words"),
        "state": state,
        "level": level,
        "owner_id": owner,
        "risen": risen,
        "wanted": one.wanted,
        "adopted_by_id": owner if adopted else None,
        "adopted_at": now - timedelta(hours=3) if adopted else None,
        "customer_id": customer["id"],
        "name": customer["name"],
        "phone": customer["phone"] if one.how != "withdrawn" else "",
        "email": "",
        "language": one.language,
        "customer_key": f"customer:{customer['id']}" if kept else "",
        "token": new_token(),
        "consent_withdrawn_at": one.closed_at if one.how == "withdrawn" else None,
        "next_step": random.choice(files.document("cases")["steps"]) if open_now and one.contacted_at else "",
        "next_on": next_day if open_now and one.contacted_at else None,
        "root_cause": subject("cause") if one.done_at else "",
        "solution": subject("solution") if one.agreed_at or one.done_at else "",
        "lesson": subject("lesson") if one.done_at else "",
        "outcome": one.outcome,
        "cost": one.cost,
        "compensation": one.compensation,
        "compensation_by_id": owner if one.compensation else None,
        "account": random.choice(files.document("cases")["accounts"]) if random.random() < 0.06 and agent else "",
        "not_me": "",
        "checked": "good" if one.done_at and random.random() < 0.3 else "",
        "opened_at": one.opened_at,
        "escalates_at": escalates if open_now else None,
        "due_at": due,
        "overdue_since": due if late else None,
        "complaint_due_on": clock.local(one.opened_at).date() + timedelta(days=_RULES.complaint_days),
        "contacted_at": one.contacted_at,
        "done_at": one.done_at if not open_now else None,
        "confirmed_at": one.closed_at if one.saved else None,
        "closed_at": one.closed_at,
        "closed_how": one.how if one.closed_at else "",
        "silent_at": asked + timedelta(days=_RULES.silent_days) if asked else None,
        "reopened": int(one.reopened_at is not None),
        "repeat_of_id": made[one.repeats][0] if one.repeats in made else None,
        "invitation_id": invitation,
        "revision": 3,
    }


def _rung(
    one: PlannedCase, who: Owners, agent: int, branch: int, region: int, began: datetime, now: datetime
) -> tuple[str, int | None, datetime | None, list[Rise]]:
    """The rung of a case, its owner, when its time is over, and how it rose by the clock.

    One that nobody worked on rises from its beginning, one that was begun only once it is overdue.
    """
    sensitive = one.subject in SENSITIVE
    level = levels.first(one.wanted, sensitive=sensitive)
    if one.reopened_at is not None:
        level = max(level, levels.BRANCH, key=levels.LADDER.index)
    untouched = one.contacted_at is None or (one.reopened_at is not None and one.done_at is None)
    ends = one.done_at or one.closed_at or now
    at = began if untouched else hours.after(began, _RULES.solve_hours, _RULES.hours())
    risen: list[Rise] = []
    before: int | None = None
    while True:
        owner = who.on(level, agent, branch, region, sensitive=sensitive)
        above = levels.above(level)
        if owner is not None:
            if before is not None:
                risen.append((at, level, owner, before))
            before = owner
            until = hours.after(at, _RULES.level_hours[level], _RULES.hours())
            if until > ends or not above:
                waits = until if until > now else hours.after(now, _RULES.level_hours[level], _RULES.hours())
                return level, owner, waits if above else None, risen
            at = until
        if not above:
            return level, owner, None, risen
        level = above[0]


def _departure(one: PlannedCase, customer: int, stored: Stored) -> dict[str, Any]:
    return {
        "key": None,
        "customer_id": customer,
        "branch_id": stored.branches[one.branch].id,
        "month": one.left_in,
        "tenure": ("0-1", "1-3", "3-10", "10+")[one.number % 4],
    }
