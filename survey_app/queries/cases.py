"""Cases as staff read them: whose, which are late, and what of a customer each reader sees.

A case belongs to its branch: readers see those within their reach, and any that they own. Whoever served the customer
sees the case as well. One that speaks of misconduct, discrimination, pressure or privacy is invisible to the person it
names, whatever else that person may see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, false, func, not_, or_, select, true
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.errors import NotFound
from survey_app.loop.levels import LADDER
from survey_app.loop.states import CLOSED, CONFIRMED, DONE, MERGED
from survey_app.loop.states import OPEN as OPEN_STATES
from survey_app.loop.states import WAITING as WAITING_STATES
from survey_app.loop.subjects import SENSITIVE
from survey_app.models import NO_AGENT, Branch, Case, CaseEvent, Delegation, Placement, ScoreRemoval, User
from survey_app.permissions import Permission, may, scope_of
from translations import gettext as _

#: How a list is cut: the reader's own to do, all that is open, late, with nobody to do it, taken over personally,
#: waiting for the customer, and over.
MINE, TEAM, OVERDUE, UNATTENDED = "mine", "team", "overdue", "unattended"
ADOPTED, WAITING, CLOSED_CUT, ALL = "adopted", "waiting", "closed", "all"
#: Cuts that only whoever leads cases has.
LEADING: Final = frozenset({TEAM, OVERDUE, UNATTENDED, ADOPTED})
#: Events that one page shows, the newest.
MOST_EVENTS: Final = 200
#: States in which a case is not over.
_LIVING: Final = tuple(sorted(OPEN_STATES | WAITING_STATES))
#: Wishes of a customer by which whoever served may read what was said.
_TO_WHO_SERVED: Final = frozenset({"", "served"})


@dataclass(frozen=True)
class Listed:
    """One page of a list, and how many each cut has."""

    rows: list[Case]
    total: int
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Seen:
    """A case as one reader sees it."""

    case: Case
    #: Whether the reader owns it, stands for its owner, took it over or leads where it happened.
    handles: bool
    leads: bool
    owns: bool
    #: Whether the reader is the one who served.
    served: bool
    #: Whether the customer's words and answers are the reader's to read, and the contact.
    reads_words: bool
    reads_contact: bool


def named(case_: Case, user: User) -> bool:
    """Whether a sensitive case names a reader."""
    return case_.subject in SENSITIVE and case_.agent_id != NO_AGENT and user.agent_id == case_.agent_id


def _names(user: User) -> ColumnElement[bool]:
    if user.agent_id is None:
        return false()
    return and_(Case.subject.in_(sorted(SENSITIVE)), Case.agent_id == user.agent_id, Case.agent_id != NO_AGENT)


def _place(user: User) -> ColumnElement[bool]:
    """Cases of the places that a reader leads. An agent leads none."""
    scope = scope_of(user)
    if not may(user, Permission.LEAD_CASES):
        return false()
    if scope.everything:
        return true()
    here = Branch.region_id == scope.region_id
    if scope.reach == "branch":
        # Its own, and those that were merged into it.
        here = or_(Branch.id == scope.branch_id, Branch.merged_into_id == scope.branch_id)
    return Case.branch_id.in_(select(Branch.id).where(here))


def _stands_for(user: User) -> Any:
    """Ids of the users for whom a reader stands in today."""
    today = clock.today()
    return select(Delegation.user_id).where(
        Delegation.to_id == user.id,
        Delegation.since <= today,
        or_(Delegation.until.is_(None), Delegation.until >= today),
    )


def _own(user: User) -> ColumnElement[bool]:
    return or_(Case.owner_id == user.id, Case.owner_id.in_(_stands_for(user)))


def visible(user: User) -> ColumnElement[bool]:
    """Which cases a reader may see."""
    served = and_(Case.agent_id == user.agent_id, Case.agent_id != NO_AGENT) if user.agent_id else false()
    seen = or_(_own(user), Case.adopted_by_id == user.id, _place(user), served)
    return and_(seen, not_(_names(user)))


def _open() -> ColumnElement[bool]:
    return Case.state.in_(sorted(OPEN_STATES))


def _cuts(user: User, now: datetime) -> dict[str, ColumnElement[bool]]:
    """Cut -> its condition, beside what the reader may see at all."""
    nobody = or_(
        Case.owner_id.is_(None),
        Case.owner_id.in_(select(User.id).where(User.active.is_(False))),
        and_(Case.escalates_at.is_(None), Case.level != LADDER[-1]),
    )
    return {
        MINE: and_(_open(), _own(user)),
        TEAM: _open(),
        OVERDUE: and_(_open(), or_(Case.due_at < now, Case.overdue_since.is_not(None))),
        UNATTENDED: and_(_open(), nobody),
        ADOPTED: and_(Case.adopted_by_id.is_not(None), Case.state.not_in((CLOSED, MERGED))),
        WAITING: Case.state.in_((DONE, CONFIRMED)),
        CLOSED_CUT: Case.state.in_((CLOSED, MERGED)),
        ALL: true(),
    }


def cuts_of(user: User) -> tuple[str, ...]:
    """The cuts that a reader has, in their order."""
    every = (MINE, TEAM, OVERDUE, UNATTENDED, ADOPTED, WAITING, CLOSED_CUT)
    return every if may(user, Permission.LEAD_CASES) else tuple(one for one in every if one not in LEADING)


_NEWEST: Final = (Case.opened_at.desc(), Case.id.desc())


def _order() -> tuple[Any, ...]:
    """What is open first, whatever is to be done soonest at the head; then what is over, the newest first."""
    is_open = _open()
    return (
        case((is_open, 0), else_=1),
        case((is_open, func.coalesce(Case.escalates_at, Case.due_at))),
        *_NEWEST,
    )


def _whole(statement: Any) -> Any:
    return statement.options(
        joinedload(Case.owner),
        joinedload(Case.adopted_by),
        joinedload(Case.agent, innerjoin=True),
        joinedload(Case.department),
        joinedload(Case.branch, innerjoin=True).joinedload(Branch.region),
    )


def listed(
    session: Session,
    user: User,
    cut: str = MINE,
    *,
    search: str = "",
    branch_id: int | None = None,
    limit: int = 50,
    offset: int = 0,
    counts: Mapping[str, int] | None = None,
) -> Listed:
    """A page of the cases that a reader may see; an unknown cut is everything. ``search`` is a case's number.

    A number is looked for in every cut, so that a case that a customer names is found wherever it stands. ``counts``:
    those of the same request, which need not be counted again.
    """
    now = clock.now()
    cuts = _cuts(user, now)
    wanted = [visible(user)]
    if branch_id is not None:
        wanted.append(Case.branch_id == branch_id)
    if counts is None:
        counts = _counted(session, cuts_of(user), cuts, wanted)
    number = number_of(search)
    wanted.append(Case.id == number if number is not None else cuts.get(cut, true()))
    if number is None and cut in counts:
        total = counts[cut]
    else:
        total = session.scalar(select(func.count(Case.id)).where(*wanted)) or 0
    rows: Sequence[Case] = ()
    if limit:
        # The page is found first and read whole afterwards: years of cases are not sorted with all that they say.
        order = _NEWEST if number is None and cut == CLOSED_CUT else _order()
        page = select(Case.id).where(*wanted).order_by(*order).limit(limit).offset(offset)
        ids = session.scalars(page).all()
        whole = {one.id: one for one in session.scalars(_whole(select(Case)).where(Case.id.in_(ids)))}
        rows = [whole[one] for one in ids]
    return Listed(list(rows), total, counts)


def _counted(
    session: Session, known: Sequence[str], cuts: Mapping[str, ColumnElement[bool]], wanted: Sequence[Any]
) -> dict[str, int]:
    """How many each cut has: the few that are not over by one look at them, and the many that are by another."""
    living = [one for one in known if one != CLOSED_CUT]
    counts = (func.count(Case.id).filter(cuts[one]) for one in living)
    found = session.execute(select(*counts).where(*wanted, Case.state.in_(_LIVING))).one()
    over = session.scalar(select(func.count(Case.id)).where(*wanted, cuts[CLOSED_CUT])) or 0
    return {**dict(zip(living, found, strict=True)), CLOSED_CUT: over}


def number_of(search: str) -> int | None:
    """The number that was typed, however it was: ``#12``, ``12``; None for none, 0 for what can be no number."""
    typed = search.strip().lstrip("#").strip()
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def due_today(session: Session, user: User) -> int:
    """How many of a reader's own open cases have to be moved on until the end of today."""
    end = clock.end_of(clock.today())
    until = func.coalesce(Case.escalates_at, Case.due_at)
    wanted = and_(visible(user), _open(), _own(user), or_(until <= end, Case.next_on <= clock.today()))
    return session.scalar(select(func.count(Case.id)).where(wanted)) or 0


def of(session: Session, case_id: int, user: User) -> Seen:
    """A case as a reader sees it; NotFound where there is none, or none of the reader's."""
    found: Case | None = session.scalar(_whole(select(Case)).where(Case.id == case_id, visible(user)))
    if found is None:
        raise NotFound(_("There is no such case."))
    owns, leads = session.execute(select(_own(user), _place(user)).select_from(Case).where(Case.id == case_id)).one()
    owns, leads = bool(owns), bool(leads)
    served = user.agent_id is not None and user.agent_id == found.agent_id and found.agent_id != NO_AGENT
    handles = owns or leads or found.adopted_by_id == user.id
    withdrawn = found.consent_withdrawn_at is not None
    return Seen(
        case=found,
        handles=handles,
        leads=leads,
        owns=owns,
        served=served,
        reads_words=handles or (served and found.wanted in _TO_WHO_SERVED),
        reads_contact=handles and not withdrawn and bool(found.phone or found.email),
    )


def events(session: Session, case_id: int) -> list[CaseEvent]:
    """What happened to a case, the newest first."""
    return list(
        session.scalars(
            select(CaseEvent)
            .where(CaseEvent.case_id == case_id)
            .order_by(CaseEvent.at.desc(), CaseEvent.id.desc())
            .limit(MOST_EVENTS)
            .options(joinedload(CaseEvent.by))
        )
    )


def of_customer(session: Session, user: User, one: Case, limit: int = 10) -> list[Case]:
    """Other cases of the same customer that a reader may see, the newest first."""
    if not one.customer_key:
        return []
    wanted = Case.customer_key == one.customer_key, Case.id != one.id, visible(user)
    return list(
        session.scalars(select(Case).where(*wanted).order_by(Case.opened_at.desc(), Case.id.desc()).limit(limit))
    )


def owners_for(session: Session, one: Case, limit: int = 200) -> list[User]:
    """Who can be given a case: those of its place on each rung and whoever leads service, never whom it names."""
    branch = one.branch
    places = or_(
        and_(User.role == "agent", User.agent_id.in_(_placed(branch))),
        and_(User.role == "branch_manager", User.branch_id == (branch.merged_into_id or branch.id)),
        and_(User.role == "region_manager", User.region_id == branch.region_id) if branch.region_id else false(),
        User.role.in_(("service_manager", "ombudsman")),
    )
    rank = case({role: place for place, role in enumerate(_ROLES)}, value=User.role)
    found = session.scalars(select(User).where(User.active, places).order_by(rank, User.name, User.id).limit(limit))
    return [user for user in found if not named(one, user)]


_ROLES: Final = ("agent", "branch_manager", "region_manager", "service_manager", "ombudsman")


def _placed(branch: Branch) -> Any:
    today = clock.today()
    return select(Placement.agent_id).where(
        Placement.branch_id == branch.id,
        Placement.since <= today,
        or_(Placement.until.is_(None), Placement.until >= today),
    )


def soon(moment: datetime | None, within: timedelta = timedelta(hours=24)) -> bool:
    """Whether a moment is over or comes soon."""
    return moment is not None and moment - clock.now() <= within


def removals(session: Session, user: User, *, limit: int = 50, offset: int = 0) -> tuple[list[ScoreRemoval], int]:
    """Requests to take a score out, those that wait first, of the cases that a reader may see; and how many."""
    of_seen = select(ScoreRemoval).join(Case, Case.id == ScoreRemoval.case_id).where(visible(user))
    total = session.scalar(select(func.count()).select_from(of_seen.with_only_columns(Case.id).subquery())) or 0
    waits = case((ScoreRemoval.state == "asked", 0), else_=1)
    page = of_seen.order_by(waits, ScoreRemoval.asked_at.desc(), ScoreRemoval.case_id).limit(limit).offset(offset)
    whole = page.options(joinedload(ScoreRemoval.case, innerjoin=True).joinedload(Case.branch, innerjoin=True))
    return list(session.scalars(whole)), total


def user_name(session: Session, user_id: int | None) -> str:
    """A user's name as staff know it; empty for nobody."""
    found = session.get(User, user_id) if user_id is not None else None
    return "" if found is None else found.name or found.email
