"""Who was recognised in the demo bank: proposals by the rule, managers' decisions, employees' answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from reports import months as calendar
from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import recognition as commands
from survey_app.demo import files
from survey_app.demo.bank import Bank, PlannedBranch
from survey_app.demo.storing import ACTOR, Stored
from survey_app.models import NO_AGENT, Branch, Recognition, User
from survey_app.permissions import Role
from survey_app.queries import quotes, recognising
from survey_app.queries.recognition import PROPOSED
from survey_app.transaction import transaction

#: Months before the last full one whose proposals were decided.
_DECIDED: Final = 3
#: Hours after the month closed at which managers decide and employees answer.
_DECIDES, _ANSWERS = timedelta(hours=30), timedelta(hours=56)
#: Of a hundred decisions so many refuse; of a hundred answers so many accept, and so many of the rest decline.
_REFUSED, _ACCEPTED, _DECLINED = 12, 70, 18


def store(bank: Bank, stored: Stored, show: PlannedBranch, now: datetime) -> None:
    """Propose and decide the last months; the newest month's proposals wait, and one team was recognised by hand."""
    rng = bank.rng("recognition")
    texts = files.document("thanks")
    last = bank.months[-1]
    months = [month for month in bank.months[-_DECIDED - 1 :] if _closed(month) + _ANSWERS < now]
    for month in months:
        with clock.moved_to(_closed(month)):
            with db.reading() as session:
                found = recognising.due(session, month)
            with transaction(ACTOR, "recognition.demo", month=month) as session:
                commands.propose(session, found)
        decided = [row for row in _waiting(month) if month != last or rng.integers(2) == 0]
        with clock.moved_to(_closed(month) + _DECIDES), transaction(ACTOR, "recognition.demo") as session:
            managers = _managers(session)
            for row in decided:
                _decide(session, stored, managers, row, texts, rng)
        with clock.moved_to(_closed(month) + _ANSWERS), transaction(ACTOR, "recognition.demo") as session:
            for row in decided:
                _answer(session, row.id, rng)
    _team(stored, show, texts, months)


def _closed(month: str) -> datetime:
    return clock.start_of(clock.closes_on(month)) + timedelta(hours=9)


def _waiting(month: str) -> list[Recognition]:
    with db.reading() as session:
        wanted = select(Recognition).where(Recognition.month == month, Recognition.state == PROPOSED)
        return list(session.scalars(wanted.options(joinedload(Recognition.branch)).order_by(Recognition.id)))


def _managers(session: Session) -> dict[int, User]:
    found = session.scalars(select(User).where(User.role == Role.BRANCH_MANAGER.value).order_by(User.id))
    return {user.branch_id: user for user in found if user.branch_id is not None}


def _decide(
    session: Session, stored: Stored, managers: dict[int, User], row: Recognition, texts: Any, rng: Any
) -> None:
    above = stored.users[Role.SERVICE_MANAGER]
    by = above if row.agent_id == NO_AGENT else managers.get(row.branch_id, above)
    if rng.integers(100) < _REFUSED:
        commands.refuse(session, by, row.id, reason=str(rng.choice(texts["reasons"])), revision=0)
        return
    choice = quotes.choice(session, session.get_one(Recognition, row.id))
    quote = (choice[0].response_id, choice[0].question) if choice and choice[0].praise else None
    words = texts["team"] if row.agent_id == NO_AGENT else str(rng.choice(texts["managers"]))
    commands.confirm(session, by, row.id, words=words, quote=quote, revision=0)


def _answer(session: Session, recognition_id: int, rng: Any) -> None:
    row = session.get_one(Recognition, recognition_id)
    drawn = int(rng.integers(100))
    of_team = (User.role == Role.BRANCH_MANAGER.value) & (User.branch_id == row.branch_id)
    whose = of_team if row.agent_id == NO_AGENT else User.agent_id == row.agent_id
    user = session.scalar(select(User).where(whose).order_by(User.id).limit(1))
    if row.state == "confirmed" and user is not None and drawn < _ACCEPTED + _DECLINED:
        commands.answer(session, user, row.id, drawn < _ACCEPTED)


def _team(stored: Stored, show: PlannedBranch, texts: Any, months: list[str]) -> None:
    """The team of the branch that is shown round, recognised by hand before its months went down."""
    earlier = [month for month in months if month <= calendar.shift(months[-1], -2)] if months else []
    if not earlier:
        return
    region = stored.users[Role.REGION_MANAGER]
    month = earlier[-1]
    with (
        clock.moved_to(_closed(month) + _DECIDES),
        transaction(Actor.user(region), "recognition.demo", month=month) as session,
    ):
        branch = session.get_one(Branch, stored.branches[show.index].id)
        made = commands.propose_team(session, region, month, branch.id)
        if made.state == PROPOSED:
            commands.confirm(session, region, made.id, words=texts["team"], quote=None, revision=made.revision)
