"""Stores the mystery visits as the real commands would have left them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import late_items, quality
from survey_app.commands.responses import record
from survey_app.demo import files, programme
from survey_app.demo.bank import Bank
from survey_app.demo.shops import QUESTIONNAIRE, Visit
from survey_app.demo.storing import ACTOR, Stored, batches
from survey_app.demo.waiting import LATE, RETURNED, roles
from survey_app.demo.waiting import shown as told
from survey_app.models import Assignment, QualityReview, Response
from survey_app.models.fieldwork import APPROVED, SUBMITTED, VOIDED
from survey_app.models.response import COUNTED, PENDING
from survey_app.permissions import Role
from survey_app.transaction import transaction

_REJECTED: Final = 2


def store(bank: Bank, visits: Sequence[Visit], stored: Stored, now: datetime) -> None:
    """Every reported visit: assignment, report, review. The newest wait, one was sent back, two were refused."""
    waiting = roles(bank, visits)
    rng = bank.rng("reviews")
    settled = [i for i in range(len(visits)) if i not in waiting and "N3" not in visits[i].filled.answers]
    refused = set(rng.permutation(settled)[: min(_REJECTED, len(settled) // 10)].tolist())
    undecided = {*waiting, *refused}
    own = {i for i, role in waiting.items() if role == RETURNED}
    shown = told(visits, waiting)
    for batch in batches(range(len(visits))):
        with transaction(ACTOR, "demo.visits", visits=len(batch)) as session:
            _report(session, [(shown[i], i in undecided, i in own) for i in batch], stored, now)
    for i in (i for i, role in waiting.items() if role == LATE):
        filled = visits[i].filled
        # Of an older report the call-back was promised for a later day.
        moment = max(filled.submitted_at, now - timedelta(days=3))
        with clock.moved_to(moment), transaction(ACTOR, "demo.later") as session:
            late_items.open(session, session.get_one(Response, filled.response_id))
    notes = files.document("shops")
    for i in sorted(refused):
        moment = min(visits[i].filled.submitted_at + timedelta(days=2), now)
        _judge(stored, visits[i], "rejected", notes["rejected"][i % len(notes["rejected"])], moment)
    for i in own:
        _judge(stored, visits[i], "returned", notes["returned"][0], now)


def _report(session: Session, visits: Sequence[tuple[Visit, bool, bool]], stored: Stored, now: datetime) -> None:
    """Assignments, reports and reviews; each visit with whether it is undecided, and made by the demo's own shopper."""
    cards = record(
        session, [stored.finished(visit.filled, PENDING if undecided else COUNTED) for visit, undecided, _own in visits]
    )
    rules = programme.rules()
    assignments: list[dict[str, Any]] = []
    reviews: list[dict[str, Any]] = []
    for visit, undecided, own in visits:
        filled = visit.filled
        voided = cards[filled.response_id].voided
        hours = 0 if voided else 20 + int(filled.response_id[:2], 16) % 60
        decided = min(filled.submitted_at + timedelta(hours=hours), now)
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
                "programme_id": stored.programme,
                "fee": rules.fee,
                "expense_cap": rules.expense_cap,
                "given_at": clock.start_of(visit.window_from) - timedelta(days=7),
                "decided_at": None if undecided and not voided else decided,
            }
        )
        if not voided and not undecided:
            reviews.append(
                {
                    "response_id": filled.response_id,
                    "reviewer_id": stored.users[Role.QUALITY_REVIEWER].id,
                    "outcome": "approved",
                    "note": "",
                    "at": decided,
                }
            )
    session.execute(insert(Assignment), assignments)
    if reviews:
        session.execute(insert(QualityReview), reviews)


def _judge(stored: Stored, visit: Visit, outcome: str, note: str, moment: datetime) -> None:
    with clock.moved_to(moment), transaction(ACTOR, "demo.review") as session:
        quality.review(session, stored.users[Role.QUALITY_REVIEWER], visit.filled.response_id, outcome, note)
