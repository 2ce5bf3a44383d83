"""The reviewers' desk as lists: reports that wait, by age and risk, and who may judge which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.db import Moment
from survey_app.errors import NotFound
from survey_app.field.flag_words import SORTS
from survey_app.field.flags import Mark
from survey_app.models import (
    Appeal,
    Assignment,
    BlindReview,
    Branch,
    Correction,
    FieldCopy,
    LateItem,
    QualityReview,
    ReportCheck,
    Response,
    User,
)
from survey_app.models.fieldwork import RETURNED
from translations import gettext as _

#: A report that has waited so many days comes before all younger ones, whatever their risk [policy].
OVERDUE_DAYS: Final = 3
#: A report that was not checked yet is treated as if one small thing had been found.
UNCHECKED: Final = 1
#: Written out and not bound: only then a database may use the index of what waits.
PENDING_REPORT: Final[ColumnElement[bool]] = Response.state == literal_column("'pending'")
READY, LATER, SENT_BACK = "ready", "later", "returned"
#: How the queue may be sorted: overdue first and then by risk; by age; by risk; those without any mark first.
DUE, AGE, RISK, CLEAN = "due", "age", "risk", "clean"
ORDERS: Final = (DUE, AGE, RISK, CLEAN)
#: Where a report that came by file stands, of which nobody knows when it was sent: first.
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Waiting:
    """One line of the queue."""

    response: Response
    visit: Assignment | None
    marks: tuple[Mark, ...]
    #: None: not checked yet.
    risk: int | None


@dataclass(frozen=True)
class Counts:
    """What waits at the desk, in numbers."""

    ready: int
    later: int
    returned: int
    overdue_answers: int
    copies: int
    blind: int


def own_regions(session: Session, user: User) -> frozenset[int]:
    """The regions that somebody belongs to: by the account, and by the branch where the person works."""
    branch = session.get(Branch, user.branch_id) if user.branch_id is not None else None
    found = (user.region_id, branch.region_id if branch is not None else None)
    return frozenset(one for one in found if one)


def is_near(session: Session, user: User, branch: Branch, region_id: int = 0) -> bool:
    """Whether somebody belongs to a branch or to its region, and so is no judge of its visits.

    ``region_id``: the region that the branch belonged to when it was visited; 0 where none.
    """
    return user.branch_id == branch.id or bool(own_regions(session, user) & {branch.region_id, region_id})


def far_from(session: Session, user: User) -> ColumnElement[bool]:
    """The same as a condition on responses joined with their branch: those that somebody may judge."""
    regions = own_regions(session, user)
    conditions = [Response.branch_id != user.branch_id] if user.branch_id is not None else []
    if regions:
        conditions.append(Response.region_id.not_in(regions))
        conditions.append(or_(Branch.region_id.is_(None), Branch.region_id.not_in(regions)))
    own = exists().where(Assignment.response_id == Response.id, Assignment.shopper_id == user.id)
    return and_(~own, *conditions)


def _awaits_answer() -> ColumnElement[bool]:
    return exists().where(LateItem.response_id == Response.id, LateItem.state == "waiting")


def _scope(show: str) -> ColumnElement[bool]:
    return _awaits_answer() if show == LATER else ~_awaits_answer()


def _risk() -> ColumnElement[int]:
    return func.coalesce(ReportCheck.risk, UNCHECKED)


def _keys(order: str) -> list[Any]:
    """What the queue is sorted by; the last two make every place in it one of its own."""
    cutoff = clock.now() - timedelta(days=OVERDUE_DAYS)
    sent = func.coalesce(Response.submitted_at, literal(_LONG_AGO, Moment()))
    age: list[Any] = [sent, Response.id]
    overdue = case((sent <= cutoff, 0), else_=1)
    orders: dict[str, list[Any]] = {
        DUE: [overdue, -_risk(), *age],
        AGE: age,
        RISK: [-_risk(), *age],
        CLEAN: [_risk(), *age],
    }
    return orders[order]


def _listed(statement: Any, show: str, flag: str) -> Any:
    statement = (
        statement.join(Branch, Branch.id == Response.branch_id)
        .outerjoin(ReportCheck, ReportCheck.response_id == Response.id)
        .where(PENDING_REPORT, _scope(show))
    )
    if flag in SORTS:
        statement = statement.where(cast(ReportCheck.marks, Text).contains(f'"code": "{flag}"'))
    return statement


def queue(
    session: Session, *, show: str = READY, order: str = DUE, flag: str = "", limit: int = 50, offset: int = 0
) -> list[Waiting]:
    """A page of the reports that wait for a reviewer, or for an answer that comes later."""
    statement = _listed(select(Response, Assignment, ReportCheck), show, flag)
    rows = session.execute(
        statement.outerjoin(Assignment, Assignment.response_id == Response.id)
        .order_by(*_keys(order))
        .options(
            joinedload(Response.branch).joinedload(Branch.region),
            joinedload(Assignment.scenario),
            joinedload(Assignment.shopper),
        )
        .limit(limit)
        .offset(offset)
    )
    return [
        Waiting(response, visit, tuple(map(Mark.load, check.marks)) if check else (), check.risk if check else None)
        for response, visit, check in rows
    ]


def total(session: Session, *, show: str = READY, flag: str = "") -> int:
    """How many such reports there are."""
    return session.scalar(_listed(select(func.count()).select_from(Response), show, flag)) or 0


def following(
    session: Session, user: User, *, order: str = DUE, flag: str = "", after: str = "", passed: Sequence[Any] = ()
) -> str | None:
    """The next report of the queue that somebody may judge: the first, or the first behind a place or a report.

    ``passed`` is a place as :func:`place` gives it, taken before its report left the queue.
    """
    keys = _keys(order)
    behind = tuple(passed) or (place(session, after, order) if after else ())
    statement = _listed(select(Response.id), READY, flag).where(far_from(session, user))
    if behind:
        there = [literal(value, key.type) for key, value in zip(keys, behind, strict=True)]
        statement = statement.where(tuple_(*keys) > tuple_(*there))
    found: str | None = session.scalar(statement.order_by(*keys).limit(1))
    return found


def place(session: Session, response_id: str, order: str) -> tuple[Any, ...]:
    """Where a report stands in the queue; empty for one that does not wait."""
    row = session.execute(_listed(select(*_keys(order)), READY, "").where(Response.id == response_id)).one_or_none()
    return tuple(row) if row is not None else ()


def sent_back(session: Session, *, limit: int = 50, offset: int = 0) -> list[Assignment]:
    """Visits whose report was sent back and did not come again, the one that is due first on top."""
    return list(
        session.scalars(
            select(Assignment)
            .where(Assignment.state == RETURNED)
            .order_by(Assignment.answer_by.is_(None), Assignment.answer_by, Assignment.id)
            .options(
                joinedload(Assignment.branch).joinedload(Branch.region),
                joinedload(Assignment.scenario),
                joinedload(Assignment.shopper),
            )
            .limit(limit)
            .offset(offset)
        )
    )


def counts(session: Session, user: User) -> Counts:
    """What waits at somebody's desk. Second readings are counted as far as they are the reader's to take."""
    back = select(func.count()).select_from(Assignment).where(Assignment.state == RETURNED)
    return Counts(
        ready=total(session),
        later=total(session, show=LATER),
        returned=session.scalar(back) or 0,
        overdue_answers=session.scalar(back.where(Assignment.answer_by < clock.today())) or 0,
        copies=session.scalar(select(func.count()).select_from(FieldCopy).where(FieldCopy.settled_at.is_(None))) or 0,
        blind=session.scalar(select(func.count()).select_from(blind_open(session, user).subquery())) or 0,
    )


def blind_open(session: Session, user: User) -> Select[Any]:
    """Ids of reports that wait for a blind second reading by somebody who neither judged nor corrected them.

    One that was appealed against is left out: whoever decides appeals has seen its answers.
    """
    judged = exists().where(QualityReview.response_id == Response.id, QualityReview.reviewer_id == user.id)
    corrected = exists().where(Correction.response_id == Response.id, Correction.user_id == user.id)
    appealed = exists().where(Appeal.response_id == Response.id)
    return (
        select(Response.id)
        .join(BlindReview, BlindReview.response_id == Response.id)
        .join(Branch, Branch.id == Response.branch_id)
        .where(BlindReview.done_at.is_(None), ~judged, ~corrected, ~appealed, far_from(session, user))
    )


def late_items(session: Session, response_id: str) -> list[LateItem]:
    """The items of a report that are or were answered later, in the order in which they fall due."""
    return list(
        session.scalars(
            select(LateItem).where(LateItem.response_id == response_id).order_by(LateItem.due_at, LateItem.id)
        )
    )


def copies(session: Session, response_id: str) -> list[FieldCopy]:
    """Second reports of a visit, the oldest first."""
    return list(session.scalars(select(FieldCopy).where(FieldCopy.response_id == response_id).order_by(FieldCopy.id)))


def open_copies(session: Session, *, limit: int = 50, offset: int = 0) -> list[tuple[FieldCopy, Assignment | None]]:
    """Second reports that nobody settled, with their visit."""
    rows = session.execute(
        select(FieldCopy, Assignment)
        .outerjoin(Assignment, Assignment.response_id == FieldCopy.response_id)
        .where(FieldCopy.settled_at.is_(None))
        .order_by(FieldCopy.id)
        .options(joinedload(Assignment.branch), joinedload(Assignment.shopper))
        .limit(limit)
        .offset(offset)
    )
    return [(copy, visit) for copy, visit in rows]


def copy(session: Session, copy_id: int) -> FieldCopy:
    """One second report; NotFound where there is none."""
    found = session.get(FieldCopy, copy_id)
    if found is None:
        raise NotFound(_("There is no such report."))
    return found


def visit_of(session: Session, copy: FieldCopy) -> Assignment | None:
    """The visit that a second report is of."""
    return session.scalar(
        select(Assignment).where(Assignment.response_id == copy.response_id).options(joinedload(Assignment.branch))
    )


def is_theirs(session: Session, user: User, copy: FieldCopy) -> bool:
    """Whether somebody sent a second report or belongs to its branch or region, and so has no say in it."""
    visit = visit_of(session, copy)
    return copy.content.get("user") == user.id or (visit is not None and is_near(session, user, visit.branch))
