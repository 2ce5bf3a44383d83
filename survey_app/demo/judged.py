"""What became of reports after their decision: appeals of both sides, and second readings by a second reviewer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import appeals, checking
from survey_app.commands.appeals import Decision
from survey_app.db import reading
from survey_app.demo import files
from survey_app.demo.bank import Bank, PlannedBranch
from survey_app.demo.shops import CRITICAL, ITEMS, NO, NOT_APPLICABLE, YES, Visit
from survey_app.demo.storing import ACTOR, Stored, batches
from survey_app.models import Assignment, BlindReview, Response, User
from survey_app.models.fieldwork import APPROVED, REJECTED
from survey_app.permissions import Role
from survey_app.queries.appeals import WHOLE
from survey_app.transaction import transaction

#: Second readings: their share, since when, how often the second reader sees an item otherwise, how many still wait.
_SHARE, _DAYS, _OTHERWISE, _WAITING = 0.3, 100, 0.05, 2
_AFTER: Final = timedelta(days=1)


def store(bank: Bank, visits: Sequence[Visit], stored: Stored, show: PlannedBranch, now: datetime) -> None:
    """Appeals, second readings, and the marks of the reports that wait."""
    _of_branches(bank, visits, stored, show, now)
    _of_shoppers(stored, now)
    _second_readings(bank, visits, stored)
    checking.check_waiting()


def _approved(bank: Bank, visits: Sequence[Visit]) -> list[tuple[Visit, datetime]]:
    """Approved reports of months that nobody has signed yet, the newest first, and when they were approved."""
    first = calendar.first_day(bank.months[-1])
    recent = {one.filled.response_id: one for one in visits if one.filled.visited_on >= first}
    with reading() as session:
        rows = session.execute(
            select(Assignment.response_id, Assignment.decided_at)
            .where(Assignment.response_id.in_(recent), Assignment.state == APPROVED)
            .order_by(Assignment.decided_at.desc(), Assignment.response_id)
        ).all()
    return [(recent[number], moment) for number, moment in rows if moment is not None]


def _of_branches(bank: Bank, visits: Sequence[Visit], stored: Stored, show: PlannedBranch, now: datetime) -> None:
    """One that was decided for the branch, and one that waits; of the branch with a login where it had a visit."""
    texts = files.document("field")["appeals"]
    open_to = [(one, moment) for one, moment in _approved(bank, visits) if _failed(one)]
    open_to.sort(key=lambda pair: pair[0].filled.branch != show.index)
    with reading() as session:
        managers = {
            one.branch_id: one
            for one in session.scalars(select(User).where(User.role == Role.BRANCH_MANAGER).order_by(User.id.desc()))
        }
    filed = 0
    for visit, approved in open_to:
        manager = managers.get(stored.branches[visit.filled.branch].id)
        if manager is None or filed == 2:
            continue
        moment = min(approved + _AFTER, now)
        item, response_id = _failed(visit)[0], visit.filled.response_id
        words = texts["branch_open"] if filed == 0 else texts["branch"]
        with clock.moved_to(moment), transaction(Actor.user(manager), "appeal.file", response=response_id) as session:
            appeal = appeals.file(session, manager, response_id, {item: words})
        if filed == 1:
            _decide(
                stored,
                appeal.id,
                item,
                Decision("overturned", texts["branch_answer"], [NOT_APPLICABLE]),
                min(moment + 2 * _AFTER, now),
            )
        filed += 1


def _failed(visit: Visit) -> list[str]:
    """Items that were lost and that a rule may leave out."""
    return [code for code in ITEMS if visit.filled.answers.get(code) == NO and code not in CRITICAL]


def _of_shoppers(stored: Stored, now: datetime) -> None:
    """The shopper of a refused report appeals; it stays refused."""
    texts = files.document("field")["appeals"]
    with reading() as session:
        found = session.execute(
            select(Assignment.response_id, Assignment.shopper_id, Assignment.decided_at)
            .where(Assignment.state == REJECTED, Assignment.decided_at.is_not(None))
            .order_by(Assignment.decided_at.desc(), Assignment.response_id)
            .limit(1)
        ).first()
        shopper = session.get(User, found.shopper_id) if found is not None else None
    if found is None or shopper is None:
        return
    moment = min(found.decided_at + _AFTER, now)
    act = transaction(Actor.user(shopper), "appeal.file", response=found.response_id)
    with clock.moved_to(moment), act as session:
        appeal = appeals.file(session, shopper, found.response_id, {WHOLE: texts["shopper"]})
    _decide(stored, appeal.id, WHOLE, Decision("upheld", texts["shopper_answer"]), min(moment + _AFTER, now))


def _decide(stored: Stored, appeal_id: int, item: str, decision: Decision, moment: datetime) -> None:
    judge = stored.users[Role.MANAGEMENT]
    with clock.moved_to(moment), transaction(Actor.user(judge), "appeal.decide", appeal=appeal_id) as session:
        appeals.decide(session, judge, appeal_id, {item: decision}, decision.answer)


def _second_readings(bank: Bank, visits: Sequence[Visit], stored: Stored) -> None:
    """A share of the decided reports, read again by somebody who saw neither the first judgement nor its reviewer."""
    random = Random(f"{bank.seed} readings")
    first = bank.today - timedelta(days=_DAYS)
    drawn = [one for one in visits if one.filled.visited_on >= first and random.random() < _SHARE]
    with reading() as session:
        approved = set(session.scalars(select(Assignment.response_id).where(Assignment.state == APPROVED)))
    drawn = [one for one in drawn if one.filled.response_id in approved]
    for batch in batches(drawn):
        with transaction(ACTOR, "demo.readings", visits=len(batch)) as session:
            _read_again(session, batch, stored, random, waiting={one.filled.response_id for one in drawn[-_WAITING:]})


def _read_again(
    session: Session, visits: Sequence[Visit], stored: Stored, random: Random, *, waiting: set[str]
) -> None:
    ids = [one.filled.response_id for one in visits]
    decided = dict(
        session.execute(
            select(Response.id, Assignment.decided_at)
            .join(Assignment, Assignment.response_id == Response.id)
            .where(Response.id.in_(ids), Assignment.state == APPROVED)
        ).all()
    )
    rows = []
    for one in visits:
        moment, open_still = decided.get(one.filled.response_id), one.filled.response_id in waiting
        if moment is None:
            continue
        answers = {code: _seen(str(one.filled.answers[code]), random) for code in ITEMS if code in one.filled.answers}
        rows.append(
            {
                "response_id": one.filled.response_id,
                "drawn_at": moment,
                "reviewer_id": None if open_still else stored.second_reader,
                "done_at": None if open_still else min(moment + 2 * _AFTER, clock.now()),
                "answers": {} if open_still else answers,
                "outcome": "" if open_still else "approved",
            }
        )
    if rows:
        session.execute(insert(BlindReview), rows)


def _seen(answer: str, random: Random) -> str:
    """An item as the second reader sees it: mostly the same."""
    return {YES: NO, NO: YES}.get(answer, answer) if random.random() < _OTHERWISE else answer
