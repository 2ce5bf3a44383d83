"""Promises: "we will get back to you by…" becomes a clock that somebody answers for, and that is kept or broken.

A promise is kept when somebody says so by its day. The clock breaks it on the day after; what is done for the customer
from then on makes good for it, and does not make it kept. Only a lead may say that it was kept in time and that
nobody wrote it down, and never about an own promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import letters
from survey_app.commands.cases.owners import named_by, stand_in
from survey_app.commands.upserts import added
from survey_app.db import reading
from survey_app.errors import Conflict, Forbidden, UserError
from survey_app.loop.subjects import names
from survey_app.models import NO_AGENT, Branch, Case, Department, Promise, User
from survey_app.permissions import PERMISSIONS, Permission, Role, may
from survey_app.transaction import REPORTS_CHANGED, transaction
from translations import gettext as _

OPEN, KEPT, BROKEN, WITHDRAWN = "open", "kept", "broken", "withdrawn"
#: Characters of what was promised, and of what is said when it is settled.
LONGEST: Final = 500
LONGEST_NOTE: Final = 1_000
#: A slip of the hand is no date.
_FURTHEST: Final = timedelta(days=366)
#: Promises that one transaction breaks or reminds of.
_BATCH: Final = 200
#: Roles that can answer for a promise.
KEEPING: Final = tuple(sorted(role.value for role in Role if Permission.KEEP_PROMISES in PERMISSIONS[role]))


def new_id() -> str:
    """An id for a form that is about to be shown."""
    return str(uuid4())


def record(
    session: Session,
    *,
    id: str,  # noqa: A002 - the agreed name of it
    words: str,
    due_on: date,
    branch_id: int,
    agent_id: int = NO_AGENT,
    department_id: int | None = None,
    owner_id: int | None = None,
    case_id: int | None = None,
    interaction_id: int | None = None,
    response_id: str | None = None,
    made_on: date,
    by_id: int | None,
) -> Promise:
    """Write a promise down and tell who answers for it. The same ``id`` (a UUID) twice is one promise.

    Without ``owner_id`` the head of its department answers for it, else the agent, else the branch's manager; whoever
    is away has somebody standing in. On a case that is kept from the person it names, that one neither answers for it
    nor is told. UserError with the field for what is no promise: no words, or a day that lies before it was made or
    more than a year after.
    """
    standing = session.get(Promise, _checked(id))
    if standing is not None:
        return standing
    said = words.strip()
    if not said:
        raise UserError(_("Write what was promised."), [("words", "")])
    if len(said) > LONGEST:
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST), [("words", "")])
    if made_on > clock.today():
        raise UserError(_("A promise that was made lies in the past."), [("made_on", "")])
    if not made_on <= due_on <= made_on + _FURTHEST:
        raise UserError(_("Choose the day on which it is due: from the day it was made, at most a year ahead."),
                        [("due_on", "")])  # fmt: skip
    if session.get(Branch, branch_id) is None:
        raise UserError(_("No branch has this code or name."), [("branch", "")])
    case = session.get(Case, case_id) if case_id is not None else None
    if case is not None and names(case.subject, case.agent_id, agent_id):
        agent_id, owner_id = NO_AGENT, owner_id or _handles(session, case, branch_id)
    if owner_id is not None:
        _check_owner(session, owner_id, case)
    made = Promise(
        id=id,
        words=said,
        branch_id=branch_id,
        agent_id=agent_id,
        department_id=department_id,
        owner_id=owner_id or _answers(session, branch_id, agent_id, department_id),
        case_id=case_id,
        interaction_id=interaction_id,
        response_id=response_id,
        made_on=made_on,
        due_on=due_on,
        state=OPEN,
        created_at=clock.now(),
        created_by_id=by_id,
        revision=0,
    )
    if not added(session, made):
        return session.get_one(Promise, id)
    if made.owner_id is not None and made.owner_id != by_id and due_on >= clock.today():
        values = {"until": due_on.isoformat()}
        letters.queue(session, made.owner_id, "promise_given", f"promise_given:{id}:{made.owner_id}", values)
    session.info[REPORTS_CHANGED] = True
    return made


def _checked(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise UserError(_("The page was open for too long. Please send it again.")) from error


def _check_owner(session: Session, owner_id: int, case: Case | None) -> None:
    owner = session.get(User, owner_id)
    named = owner is not None and case is not None and named_by(case, owner)
    if owner is None or named or not may(owner, Permission.KEEP_PROMISES):
        raise UserError(_("Choose who answers for it."), [("owner", "")])


def _answers(session: Session, branch_id: int, agent_id: int, department_id: int | None) -> int | None:
    """Who answers for a promise that names nobody; None where there is nobody, which leads see."""
    users = select(User).where(User.active).order_by(User.id).limit(1)
    wanted = []
    if department_id is not None:
        wanted.append(
            users.where(User.id == select(Department.head_id).where(Department.id == department_id).scalar_subquery())
        )
    if agent_id != NO_AGENT:
        wanted.append(users.where(User.role == Role.AGENT.value, User.agent_id == agent_id))
    wanted.append(users.where(User.role == Role.BRANCH_MANAGER.value, User.branch_id == branch_id))
    for statement in wanted:
        user = session.scalar(statement)
        found = stand_in(session, user) if user is not None else None
        if found is not None:
            return found.id
    return None


def _handles(session: Session, case: Case, branch_id: int) -> int | None:
    """Who answers for a promise on a case that is kept from somebody: who handles it, else the branch's manager."""
    for user_id in (case.owner_id, _answers(session, branch_id, NO_AGENT, None)):
        user = session.get(User, user_id) if user_id is not None else None
        if user is not None and may(user, Permission.KEEP_PROMISES) and not named_by(case, user):
            return user.id
    return None


def leave_named(session: Session, case: Case) -> None:
    """A held case may be kept from the person it names by now: then its promises are none of that one's any more."""
    rows = select(Promise).where(Promise.case_id == case.id).order_by(Promise.id).with_for_update()
    for row in session.scalars(rows).all():
        owner = session.get(User, row.owner_id) if row.owner_id is not None else None
        about = names(case.subject, case.agent_id, row.agent_id)
        kept = owner is not None and named_by(case, owner)
        if about:
            row.agent_id, session.info[REPORTS_CHANGED] = NO_AGENT, True
        if kept:
            row.owner_id = _handles(session, case, row.branch_id)
        row.revision += about or kept
        if kept and row.owner_id is not None and row.state == OPEN:
            values = {"until": row.due_on.isoformat()}
            letters.queue(session, row.owner_id, "promise_given", f"promise_given:{row.id}:{row.owner_id}", values)
    session.flush()


# ---- what becomes of it ----------------------------------------------------------------------------------------------


def settle(session: Session, user: User, promise: Promise, state: str, note: str, revision: int) -> Promise:
    """Say what became of a promise: kept, or taken back with the reason. The same twice is once.

    ``promise`` is one that ``user`` may settle (``queries.promises.settles``). A broken one that is made good stays
    broken and gets the words; a lead who does not answer for it may say that it was kept in time. UserError for words
    that lack, Conflict where it changed meanwhile.
    """
    row = session.get_one(Promise, promise.id, with_for_update=True, populate_existing=True)
    said = note.strip()
    if state not in (KEPT, BROKEN, WITHDRAWN):
        raise UserError(_("Choose what became of the promise."), [("state", "")])
    if (row.state, row.note) == (state, said) and row.settled_by_id is not None:
        return row
    late = row.state == BROKEN or row.due_on < clock.today()
    if not said and (late or state == WITHDRAWN):
        raise UserError(_("Write what became of the promise."), [("note", "")])
    if len(said) > LONGEST_NOTE:
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST_NOTE), [("note", "")])
    if late and state == WITHDRAWN:
        raise UserError(_("A promise whose day has passed cannot be taken back."), [("state", "")])
    if late and state == KEPT and not corrects(row, user):
        raise Forbidden(_("The day has passed: only whoever leads and does not answer for it can say it was kept."))
    if not late and state == BROKEN:
        raise UserError(_("Its day has not passed: it can still be kept."), [("state", "")])
    if row.state in (KEPT, WITHDRAWN):
        raise Conflict(_("What became of this promise was said already."))
    if row.revision != revision:
        raise Conflict(_("Somebody else changed this promise meanwhile. Look at it as it is now, then save again."))
    row.state, row.note, row.settled_at, row.settled_by_id = state, said, clock.now(), user.id
    row.revision += 1
    session.flush()
    session.info[REPORTS_CHANGED] = True
    return row


def corrects(row: Promise, user: User) -> bool:
    """Whether a user may say of a promise whose day has passed that it was kept in time: a lead, not about an own."""
    return may(user, Permission.LEAD_CASES) and user.id not in (row.owner_id, row.created_by_id)


def hand(session: Session, user: User, promise: Promise, owner_id: int, revision: int) -> Promise:
    """Give an open promise to somebody else, who is told. Conflict where it is settled or changed meanwhile."""
    row = session.get_one(Promise, promise.id, with_for_update=True, populate_existing=True)
    if row.state != OPEN:
        raise Conflict(_("What became of this promise was said already."))
    if row.owner_id == owner_id:
        return row
    _check_owner(session, owner_id, session.get(Case, row.case_id) if row.case_id is not None else None)
    if row.revision != revision:
        raise Conflict(_("Somebody else changed this promise meanwhile. Look at it as it is now, then save again."))
    row.owner_id = owner_id
    row.revision += 1
    session.flush()
    if owner_id != user.id:
        values = {"until": row.due_on.isoformat()}
        letters.queue(session, owner_id, "promise_given", f"promise_given:{row.id}:{owner_id}", values)
    return row


# ---- its clock -------------------------------------------------------------------------------------------------------


def tick() -> None:
    """Break promises whose day has passed and remind of those due tomorrow: the hourly act. Idempotent."""
    _break_all(clock.today())
    _remind_all(clock.today() + timedelta(days=1))


def _break_all(today: date) -> None:
    while True:
        with reading() as session:
            waits = session.scalar(select(Promise.id).where(Promise.state == OPEN, Promise.due_on < today).limit(1))
        if waits is None:
            return
        with transaction(Actor.system("promises"), "promise.break", day=today) as session:
            rows = session.scalars(
                select(Promise)
                .where(Promise.state == OPEN, Promise.due_on < today)
                .order_by(Promise.due_on, Promise.id)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            for row in rows:
                row.state, row.settled_at = BROKEN, clock.end_of(row.due_on)
                row.revision += 1
            session.flush()
            _tell(session, rows, "promise_broken")
            session.info[REPORTS_CHANGED] = bool(rows)
        if len(rows) < _BATCH:
            return


def _remind_all(day: date) -> None:
    with reading() as session:
        ids = session.scalars(
            select(Promise.id).where(Promise.state == OPEN, Promise.due_on == day, Promise.owner_id.is_not(None))
            .order_by(Promise.id)
        ).all()  # fmt: skip
    for start in range(0, len(ids), _BATCH):
        with transaction(Actor.respondent(), "promise.remind") as session:
            held = select(Promise).where(Promise.id.in_(ids[start : start + _BATCH]), Promise.state == OPEN)
            _tell(session, session.scalars(held.order_by(Promise.id)).all(), "promise_due")


def _tell(session: Session, rows: Sequence[Promise], kind: str) -> None:
    for row in rows:
        if row.owner_id is not None:
            letters.queue(
                session, row.owner_id, kind, f"{kind}:{row.id}:{row.owner_id}", {"until": row.due_on.isoformat()}
            )
