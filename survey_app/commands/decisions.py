"""Decisions: made in the meeting with one save, settled by their owner, judged by the next meeting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.meeting import LONGEST_DECISION, LONGEST_OUTCOME
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import letters
from survey_app.commands import meeting as meetings
from survey_app.commands.upserts import added
from survey_app.db import reading
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.meeting.agenda import OUTSIDE, STOPS
from survey_app.models import Branch, Decision, Letter, User
from survey_app.permissions import Permission, may
from survey_app.queries import decisions as queries
from survey_app.queries import reviews
from survey_app.queries.decisions import DONE, DROPPED, OPEN
from survey_app.transaction import transaction
from translations import gettext as _

#: What a meeting says of whether a decision worked.
VERDICTS: Final = ("yes", "partly", "no")
#: Days before a decision is due on which its owner is reminded; on the day after it, once more.
_DAYS_BEFORE: Final = 3
#: Reminders that one transaction queues.
_BATCH: Final = 200
#: A slip of the hand is no date.
_FURTHEST: Final = timedelta(days=3 * 366)


@dataclass(frozen=True)
class Wanted:
    """A decision as it is to be made. ``id`` was minted before its form was shown: sent twice it is one decision."""

    id: str
    #: The month under review, and the stop of the agenda; empty outside a meeting.
    month: str
    stop: str
    text: str
    owner_id: int
    due_on: date
    branch_id: int | None = None


def new_id() -> str:
    """An id for a form that is about to be shown."""
    return str(uuid4())


def decide(session: Session, user: User, wanted: Wanted) -> Decision:
    """Make a decision and tell its owner. UserError with the field for what cannot be decided so."""
    month = reviews.parse_month(wanted.month)
    found = session.get(Decision, _checked_id(wanted.id))
    if found is not None:
        return found
    if wanted.stop and wanted.stop not in OUTSIDE:
        if wanted.stop not in STOPS:
            raise NotFound(_("There is no such stop on the agenda."))
        meetings.must_have_begun(session, month)
    text = wanted.text.strip()
    if not text:
        raise UserError(_("Write what was decided."), [("text", "")])
    if len(text) > LONGEST_DECISION:
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST_DECISION), [("text", "")])
    _check_owner(session, wanted.owner_id)
    _check_day(wanted.due_on)
    if wanted.branch_id is not None and session.get(Branch, wanted.branch_id) is None:
        raise UserError(_("No branch has this code or name."), [("branch", "")])
    made = Decision(
        id=wanted.id,
        month=month,
        stop=wanted.stop,
        text=text,
        owner_id=wanted.owner_id,
        branch_id=wanted.branch_id,
        due_on=wanted.due_on,
        state=OPEN,
        created_at=clock.now(),
        created_by_id=user.id,
    )
    if not added(session, made):
        return session.get_one(Decision, wanted.id)
    session.refresh(made)
    _tell(session, made, user)
    return made


def _checked_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise UserError(_("The page was open for too long. Please send it again.")) from error


def _check_owner(session: Session, owner_id: int) -> None:
    owner = session.get(User, owner_id)
    if owner is None or not may(owner, Permission.SEE_DECISIONS):
        raise UserError(_("Choose who does it."), [("owner", "")])


def _check_day(day: date) -> None:
    if not clock.today() <= day <= clock.today() + _FURTHEST:
        raise UserError(_("Choose a day from today on, at most three years ahead."), [("due_on", "")])


def _tell(session: Session, decision: Decision, user: User) -> None:
    """One letter for each owner and day; nobody is told what they decided for themselves."""
    if decision.owner_id == user.id:
        return
    key = f"decision_given:{decision.id}:{decision.owner_id}:{decision.due_on.isoformat()}"
    values = {"month": decision.month, "until": decision.due_on.isoformat()}
    letters.queue(session, decision.owner_id, "decision_given", key, values)


# ---- what becomes of it ----------------------------------------------------------------------------------------------


def _held(session: Session, user: User, decision_id: str) -> Decision:
    """A decision that its reader may see, held until the transaction ends."""
    queries.decision(session, user, decision_id)
    return session.get_one(Decision, decision_id, with_for_update=True, populate_existing=True)


def _current(decision: Decision, revision: int) -> None:
    if decision.revision != revision:
        raise Conflict(_("Somebody else changed this decision meanwhile. Look at it as it is now, then save again."))


def _runs(user: User) -> bool:
    return may(user, Permission.RUN_MEETING)


def settle(session: Session, user: User, decision_id: str, state: str, outcome: str, revision: int) -> Decision:
    """Say what became of an open decision: done, or not done any more, in the owner's or management's words.

    The same twice is once. Forbidden for anybody else, Conflict where it changed meanwhile.
    """
    row = _held(session, user, decision_id)
    outcome = outcome.strip()
    if user.id != row.owner_id and not _runs(user):
        raise Forbidden(_("Only its owner and management can say what became of a decision."))
    if state not in (DONE, DROPPED):
        raise UserError(_("Choose what became of it."), [("state", "")])
    if (row.state, row.outcome) == (state, outcome):
        return row
    if not outcome:
        raise UserError(_("Write what became of it."), [("outcome", "")])
    if len(outcome) > LONGEST_OUTCOME:
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST_OUTCOME), [("outcome", "")])
    _current(row, revision)
    _end(row, user, state)
    row.outcome = outcome
    if state == DROPPED:
        row.worked = ""
    session.flush()
    return row


def _end(row: Decision, user: User, state: str) -> None:
    row.state, row.settled_at, row.settled_by_id = state, clock.now(), user.id
    row.revision += 1


def judge(session: Session, user: User, decision_id: str, worked: str, revision: int) -> Decision:
    """Say in the meeting whether a decision worked: one that was still open is done with it.

    Conflict for one that was dropped, or that changed meanwhile; the same verdict twice is one.
    """
    row = _held(session, user, decision_id)
    if not _runs(user):
        raise Forbidden(_("Management says whether a decision worked."))
    if worked not in VERDICTS:
        raise UserError(_("Choose whether it worked."), [("worked", "")])
    if row.state == DROPPED:
        raise Conflict(_("This decision was dropped: there is nothing that could have worked."))
    if row.worked == worked:
        return row
    _current(row, revision)
    if row.state == OPEN:
        _end(row, user, DONE)
    else:
        row.revision += 1
    row.worked = worked
    session.flush()
    return row


def reopen(session: Session, user: User, decision_id: str, revision: int) -> Decision:
    """Open a settled decision again, with what was said of it. Management's."""
    row = _held(session, user, decision_id)
    if not _runs(user):
        raise Forbidden(_("Only management can change a decision."))
    if row.state == OPEN:
        return row
    _current(row, revision)
    row.state, row.worked, row.settled_at, row.settled_by_id = OPEN, "", None, None
    row.revision += 1
    session.flush()
    return row


def move(session: Session, user: User, decision_id: str, owner_id: int, due_on: date, revision: int) -> Decision:
    """Give an open decision another owner or day; who has it now is told. Management's."""
    row = _held(session, user, decision_id)
    if not _runs(user):
        raise Forbidden(_("Only management can change a decision."))
    if row.state != OPEN:
        raise Conflict(_("This decision is settled. Open it again first."))
    if (row.owner_id, row.due_on) == (owner_id, due_on):
        return row
    if owner_id != row.owner_id:
        _check_owner(session, owner_id)
    if due_on != row.due_on:
        _check_day(due_on)
    _current(row, revision)
    row.owner_id, row.due_on = owner_id, due_on
    row.revision += 1
    session.flush()
    _tell(session, row, user)
    return row


# ---- reminders -------------------------------------------------------------------------------------------------------


def remind() -> None:
    """Remind owners before their day and after it, once each: the hourly act."""
    today = clock.today()
    for why, day in (("before", today + timedelta(days=_DAYS_BEFORE)), ("late", today - timedelta(days=1))):
        with reading() as session:
            due = select(Decision).where(Decision.state == OPEN, Decision.due_on == day).order_by(Decision.id)
            keys = {_reminder(why, row): row.id for row in session.scalars(due)}
            told = session.scalars(select(Letter.key).where(Letter.key.in_(keys))) if keys else ()
            ids = [keys[key] for key in sorted(keys.keys() - set(told))]
        for start in range(0, len(ids), _BATCH):
            # A reminder is a letter, and needs no entry beside it.
            with transaction(Actor.respondent(), "decision.remind") as session:
                _remind(session, ids[start : start + _BATCH], why)


def _reminder(why: str, row: Decision) -> str:
    return f"decision_due:{why}:{row.id}:{row.owner_id}:{row.due_on.isoformat()}"


def _remind(session: Session, ids: Sequence[str], why: str) -> None:
    for row in session.scalars(select(Decision).where(Decision.id.in_(ids), Decision.state == OPEN)):
        letters.queue(session, row.owner_id, "decision_due", _reminder(why, row), {"until": row.due_on.isoformat()})
