"""Stores the mystery visits as the real commands would have left them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from forms.questionnaire.definition import COMMENT
from survey_app import clock
from survey_app.commands import late_items, quality
from survey_app.commands.responses import record
from survey_app.demo import files, programme
from survey_app.demo.bank import Bank
from survey_app.demo.shops import NO, QUESTIONNAIRE, YES, Visit
from survey_app.demo.storing import ACTOR, Stored, batches
from survey_app.models import Assignment, QualityReview, Response
from survey_app.models.fieldwork import APPROVED, SUBMITTED, VOIDED
from survey_app.models.response import COUNTED, PENDING
from survey_app.permissions import Role
from survey_app.transaction import transaction

#: Reports of the last days still wait for a reviewer; so many at most, since the month's others count.
_WAITING_DAYS: Final = 6
_MOST_WAITING: Final = 14
_REJECTED: Final = 2
#: The call-back that was promised: so many of the newest reports still wait for it.
LATER: Final = "F5"
_PROMISED: Final = 2


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
    # Those in which a call-back was judged, then the others, the newest of each.
    judged = {i: visits[i].filled.answers.get(LATER) in {YES, NO} for i in waiting - own}
    promised = sorted(judged, key=lambda i: (judged[i], i))[-_PROMISED:]
    shown = {i: _without(visits[i], LATER) if i in promised else visits[i] for i in range(len(visits))}
    for batch in batches(range(len(visits))):
        with transaction(ACTOR, "demo.visits", visits=len(batch)) as session:
            _report(session, [(shown[i], i in undecided, i in own) for i in batch], stored, now)
    for i in promised:
        filled = visits[i].filled
        # Of an older report the call-back was promised for a later day.
        moment = max(filled.submitted_at, now - timedelta(days=3))
        with clock.moved_to(moment), transaction(ACTOR, "demo.later") as session:
            late_items.open(session, session.get_one(Response, filled.response_id))
    notes = files.document("shops")
    for i in sorted(refused):
        moment = min(visits[i].filled.submitted_at + timedelta(days=2), now)
        _judge(stored, visits[i], "rejected", notes["rejected"][i % len(notes["rejected"])], moment)
    if returned is not None:
        _judge(stored, visits[returned], "returned", notes["returned"][0], now)


def _without(visit: Visit, code: str) -> Visit:
    """A report without one of its answers: it is still awaited."""
    answers = {name: value for name, value in visit.filled.answers.items() if name not in {code, code + COMMENT}}
    return replace(visit, filled=replace(visit.filled, answers=answers))


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
