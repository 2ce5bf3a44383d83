"""The job board as one shopper sees it: open visits near them, what they asked for, and where they stand in line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.field.eligibility import distance_km
from survey_app.models import Assignment, Branch, Claim, Programme, Scenario
from survey_app.models.fieldwork import CLAIMED, OPEN
from survey_app.queries import candidates, programmes, shoppers

#: Distances to choose from, in kilometres; 0: however far.
WITHIN: Final = (5, 10, 25, 50, 0)
#: How the board can be sorted.
BY_DISTANCE, BY_DAY, BY_FEE = "near", "soon", "fee"
ORDERS: Final = (BY_DISTANCE, BY_DAY, BY_FEE)


@dataclass(frozen=True)
class Notice:
    """One visit on the board."""

    visit: Assignment
    programme: Programme
    km: float | None
    fee: int
    expense_cap: int
    #: Days on which it can be made, and whether the programme gives it to whoever asks first.
    days: Sequence[date]
    at_once: bool
    #: The shopper's own wish: ``asked``, ``waiting``, ``declined`` or empty; how many stand before it in line.
    wish: str = ""
    before: int = 0
    #: Why the shopper cannot ask for it now, although it is shown: limits of number, absence.
    reasons: tuple[str, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether another shopper asked first."""
        return self.visit.state == CLAIMED and self.wish != "asked"


@dataclass(frozen=True)
class Board:
    """A page of the board."""

    notices: Sequence[Notice]
    total: int
    #: Visits that a shopper would see with the certificate that is missing: programme -> number.
    uncertified: Mapping[int, int]
    programmes: Mapping[int, Programme]
    #: Visits that the shopper declined, and those outside the distance chosen.
    declined: int
    farther: int
    own: Sequence[Notice] = field(default_factory=list)


def board(
    session: Session,
    shopper_id: int,
    *,
    within: int = 0,
    order: str = BY_DISTANCE,
    declined: bool = False,
    limit: int,
    offset: int = 0,
) -> Board:
    """Open visits that this shopper may ask for, and those asked for. ``declined``: those declined instead.

    A fixed number of statements for each active programme. Visits that hard reasons stand against are not shown.
    """
    today = clock.today()
    running = {one.id: one for one in programmes.active(session)}
    wishes = _wishes(session, shopper_id)
    found: list[Notice] = []
    uncertified: dict[int, int] = {}
    for programme in running.values():
        visits = _open(session, programme.id, today)
        if visits:
            seen, barred = _seen(session, programme, visits, shopper_id, wishes)
            found.extend(seen)
            if barred:
                uncertified[programme.id] = barred
    own = [one for one in found if one.wish in ("asked", "waiting")]
    unwanted = [one for one in found if one.wish == "declined"]
    others = unwanted if declined else [one for one in found if one.wish in ("", "withdrawn")]
    near = [one for one in others if not within or (one.km is not None and one.km <= within)]
    near.sort(key=_KEYS.get(order, _by_distance))
    return Board(
        notices=near[offset : offset + limit],
        total=len(near),
        uncertified=uncertified,
        programmes=running,
        declined=len(unwanted),
        farther=len(others) - len(near),
        own=sorted(own, key=_by_day),
    )


_FAR: Final = 1e9


def _by_distance(one: Notice) -> tuple[float, ...]:
    return (_FAR if one.km is None else one.km, one.visit.window_until.toordinal(), one.visit.id)


def _by_day(one: Notice) -> tuple[float, ...]:
    return (one.visit.window_until.toordinal(), *_by_distance(one))


def _by_fee(one: Notice) -> tuple[float, ...]:
    return (-one.fee, *_by_distance(one))


_KEYS: Final = {BY_DISTANCE: _by_distance, BY_DAY: _by_day, BY_FEE: _by_fee}


def _open(session: Session, programme_id: int, today: date) -> Sequence[Assignment]:
    return session.scalars(
        select(Assignment)
        .where(
            Assignment.programme_id == programme_id,
            Assignment.state.in_((OPEN, CLAIMED)),
            Assignment.window_until >= today,
        )
        .order_by(Assignment.id)
        .options(
            joinedload(Assignment.branch, innerjoin=True).load_only(
                Branch.name, Branch.city, Branch.address, Branch.hours, Branch.latitude, Branch.longitude, Branch.bank,
                Branch.region_id, Branch.closed_days, Branch.opened, Branch.closed,
            ),
            joinedload(Assignment.scenario, innerjoin=True).load_only(Scenario.title, Scenario.has_appointment),
        )
    ).all()  # fmt: skip


@dataclass(frozen=True)
class _Wish:
    state: str
    before: int


def _wishes(session: Session, shopper_id: int) -> Mapping[int, _Wish]:
    """The shopper's wishes by visit, with how many stand before them in line."""
    mine = session.scalars(select(Claim).where(Claim.shopper_id == shopper_id)).all()
    waiting = [one.assignment_id for one in mine if one.state == "waiting"]
    lines: dict[int, int] = {}
    if waiting:
        own = {one.assignment_id: one for one in mine}
        rows = session.execute(
            select(Claim.assignment_id, Claim.state, Claim.at, Claim.id).where(
                Claim.assignment_id.in_(waiting), Claim.state.in_(("asked", "waiting")), Claim.shopper_id != shopper_id
            )
        )
        for number, state, at, claim_id in rows:
            me = own[number]
            lines[number] = lines.get(number, 0) + (state == "asked" or (at, claim_id) < (me.at, me.id))
    return {one.assignment_id: _Wish(one.state, lines.get(one.assignment_id, 0)) for one in mine}


def _seen(
    session: Session,
    programme: Programme,
    visits: Sequence[Assignment],
    shopper_id: int,
    wishes: Mapping[int, _Wish],
) -> tuple[list[Notice], int]:
    """What a shopper sees of a programme's open visits, and how many only the certificate keeps from them."""
    rules, told = programmes.rules(programme), programmes.told(session, programme.id)
    since, until = min(one.window_from for one in visits), max(one.window_until for one in visits)
    facts = {one.id: one for one in shoppers.facts(session, programme, since, until, only=[shopper_id])}
    who = facts.get(shopper_id)
    if who is None:
        return [], 0
    found, uncertified, today = [], 0, clock.today()
    at_once = rules.approval == "auto" and (not rules.approval_rating or (who.rating or 0) >= rules.approval_rating)
    for visit in visits:
        told_on = told.get(visit.branch_id)
        days = candidates.usable_days(visit.branch, visit.window_from, visit.window_until)
        if not days or told_on is None or told_on > max(visit.window_from, today):
            continue
        mine = visit.state == CLAIMED and visit.shopper_id == shopper_id
        against = () if mine else candidates.against(who, visit, rules, days)
        hard = candidates.HARD & set(against)
        if hard == {"not_certified"}:
            uncertified += 1
        wish = wishes.get(visit.id)
        if hard:
            continue
        found.append(
            Notice(
                visit=visit,
                programme=programme,
                km=distance_km(who.home, shoppers.visit_at(visit.branch, visit.window_from).place),
                fee=visit.fee or rules.fee,
                expense_cap=visit.expense_cap or rules.expense_cap,
                days=days,
                at_once=at_once,
                wish="" if wish is None or wish.state in ("refused", "given") else wish.state,
                before=wish.before if wish is not None else 0,
                reasons=tuple(code for code in against if code not in candidates.OWN_CHOICE),
            )
        )
    return found, uncertified


def count(session: Session, shopper_id: int) -> int:
    """How many visits the board offers to a shopper."""
    found = board(session, shopper_id, limit=0)
    return found.total
