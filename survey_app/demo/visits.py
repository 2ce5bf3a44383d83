"""Stores the mystery visits as the real commands would have left them, and the work that waits today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import fieldwork, quality
from survey_app.commands.responses import record
from survey_app.demo import files
from survey_app.demo.bank import Bank
from survey_app.demo.shops import QUESTIONNAIRE, Visit
from survey_app.demo.storing import ACTOR, Stored, batches
from survey_app.models import Assignment, Campaign, QualityReview, Scenario
from survey_app.models.fieldwork import APPROVED, SUBMITTED, VOIDED
from survey_app.models.response import COUNTED, PENDING
from survey_app.permissions import Role
from survey_app.transaction import transaction

#: Reports of the last days still wait for a reviewer; so many at most, since the month's others count.
_WAITING_DAYS: Final = 6
_MOST_WAITING: Final = 14
_REJECTED: Final = 2
#: Visits still to make: for the shopper with a login, and how many branches there are for each of the others'.
_OWN_ASSIGNMENTS: Final = 3
_BRANCHES_PER_ASSIGNMENT: Final = 6


def store(bank: Bank, visits: Sequence[Visit], stored: Stored, now: datetime) -> None:
    """Every reported visit: assignment, report, review. The newest wait, one was sent back, two were refused."""
    first_waiting = bank.today.replace(day=1) - timedelta(days=_WAITING_DAYS)
    late = [i for i, visit in enumerate(visits) if visit.filled.visited_on >= first_waiting]
    waiting = set(late[-_MOST_WAITING:])
    rng = bank.rng("reviews")
    settled = [i for i in range(len(visits)) if i not in waiting and "N3" not in visits[i].filled.answers]
    refused = set(rng.permutation(settled)[: min(_REJECTED, len(settled) // 10)].tolist())
    undecided = waiting | refused
    returned = next(
        (i for i in sorted(waiting, key=lambda i: (visits[i].shopper != 0, i)) if "N3" not in visits[i].filled.answers),
        None,
    )
    own = {returned} if returned is not None else set()
    for batch in batches(range(len(visits))):
        with transaction(ACTOR, "demo.visits", visits=len(batch)) as session:
            _report(session, [(visits[i], i in undecided, i in own) for i in batch], stored, now)
    notes = files.document("shops")
    for i in sorted(refused):
        moment = min(visits[i].filled.submitted_at + timedelta(days=2), now)
        _judge(stored, visits[i], "rejected", notes["rejected"][i % len(notes["rejected"])], moment)
    if returned is not None:
        _judge(stored, visits[returned], "returned", notes["returned"][0], now)


def _report(session: Session, visits: Sequence[tuple[Visit, bool, bool]], stored: Stored, now: datetime) -> None:
    """Assignments, reports and reviews; each visit with whether it is undecided, and made by the demo's own shopper."""
    cards = record(
        session, [stored.finished(visit.filled, PENDING if undecided else COUNTED) for visit, undecided, _own in visits]
    )
    assignments: list[dict[str, Any]] = []
    reviews: list[dict[str, Any]] = []
    for visit, undecided, own in visits:
        filled = visit.filled
        voided = cards[filled.response_id].voided
        assignments.append(
            {
                "campaign_id": stored.campaigns[QUESTIONNAIRE],
                "response_id": filled.response_id,
                "shopper_id": stored.shoppers[0 if own else visit.shopper].id,
                "branch_id": stored.branches[filled.branch].id,
                "scenario_id": stored.scenarios[visit.scenario],
                "agent_id": stored.agents[filled.agent].id if filled.agent >= 0 else 0,
                "window_from": visit.window_from,
                "window_until": visit.window_until,
                "state": VOIDED if voided else SUBMITTED if undecided else APPROVED,
            }
        )
        if not voided and not undecided:
            hours = 20 + int(filled.response_id[:2], 16) % 60
            reviews.append(
                {
                    "response_id": filled.response_id,
                    "reviewer_id": stored.users[Role.QUALITY_REVIEWER].id,
                    "outcome": "approved",
                    "note": "",
                    "at": min(filled.submitted_at + timedelta(hours=hours), now),
                }
            )
    session.execute(insert(Assignment), assignments)
    if reviews:
        session.execute(insert(QualityReview), reviews)


def _judge(stored: Stored, visit: Visit, outcome: str, note: str, moment: datetime) -> None:
    with clock.moved_to(moment), transaction(ACTOR, "demo.review") as session:
        quality.review(session, stored.users[Role.QUALITY_REVIEWER], visit.filled.response_id, outcome, note)


def assign(session: Session, bank: Bank, stored: Stored) -> None:
    """Visits still to make, from a few days ago until a fortnight ahead."""
    rng = bank.rng("assignments")
    campaign = session.get_one(Campaign, stored.campaigns[QUESTIONNAIRE])
    scenarios = {scenario.id: scenario for scenario in session.scalars(select(Scenario))}
    ready = [branch.index for branch in bank.branches if branch.closed is None]
    order = rng.permutation(ready).tolist()
    count = min(len(order), _OWN_ASSIGNMENTS + len(bank.branches) // _BRANCHES_PER_ASSIGNMENT)
    for i, place in enumerate(order[:count]):
        since = bank.today - timedelta(days=int(rng.integers(0, 6)))
        shopper = 0 if i < _OWN_ASSIGNMENTS else 1 + i % (len(stored.shoppers) - 1)
        fieldwork.assign(
            session,
            campaign=campaign,
            shopper=stored.shoppers[shopper],
            branch=stored.branches[place],
            scenario=scenarios[stored.scenarios[i % len(stored.scenarios)]],
            window_from=since,
            window_until=bank.today + timedelta(days=int(rng.integers(5, 15))),
        )
