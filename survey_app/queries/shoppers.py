"""Mystery shoppers: what decides where they may go, their profiles, certificates and how they have done."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from reports import months
from survey_app import clock
from survey_app.field.eligibility import Shopper, Visit
from survey_app.models import (
    Absence,
    Assignment,
    Branch,
    Certification,
    Conflict,
    Programme,
    Response,
    RotationPlan,
    ShopperProfile,
    User,
)
from survey_app.models.fieldwork import ASSIGNED, CANCELLED, CLAIMED, MISSED, OPEN, PLANNED
from survey_app.permissions import Role
from survey_app.queries import programmes

#: Visits that nobody makes, made or will make.
_NOBODYS = (OPEN, CANCELLED, MISSED)
#: A visit is made at most so many days after the first day of its window; see ``Rules.slack_days``.
_LATEST = timedelta(days=31)


class Held(NamedTuple):
    """One visit of a shopper, as far as other visits depend on it."""

    shopper_id: int
    branch_id: int
    #: The day on which it was made; planned for, as long as it was not.
    day: date
    state: str


def _held(
    session: Session,
    since: date,
    until: date,
    without_plan: int | None,
    ids: Iterable[int] | None,
    without_visit: int | None = None,
) -> list[Held]:
    statement = (
        select(
            Assignment.shopper_id, Assignment.branch_id, Assignment.window_from, Assignment.entered_at,
            Response.visited_on, Assignment.state,
        )
        .outerjoin(Response, Response.id == Assignment.response_id)
        .outerjoin(RotationPlan, RotationPlan.id == Assignment.plan_id)
        .where(
            Assignment.shopper_id.is_not(None),
            Assignment.state.not_in(_NOBODYS),
            Assignment.window_from.between(since - _LATEST, until + _LATEST),
            # A plan that is only being made holds its visits for the shoppers it names, until it is thrown away.
            or_(Assignment.state != PLANNED, RotationPlan.state != "discarded"),
        )
    )  # fmt: skip
    if without_plan is not None:
        statement = statement.where(or_(Assignment.plan_id.is_(None), Assignment.plan_id != without_plan))
    if without_visit is not None:
        statement = statement.where(Assignment.id != without_visit)
    if ids is not None:
        statement = statement.where(Assignment.shopper_id.in_(list(ids)))
    return [
        Held(shopper, branch, visited or (clock.local(entered).date() if entered else planned), state)
        for shopper, branch, planned, entered, visited, state in session.execute(statement)
        if shopper is not None
    ]


def facts(
    session: Session,
    programme: Programme,
    since: date,
    until: date,
    *,
    without_plan: int | None = None,
    only: Iterable[int] | None = None,
    without_visit: int | None = None,
) -> list[Shopper]:
    """Every active shopper with what decides whether a visit of the programme in these days may be theirs, by name.

    Visits of other programmes and of plans that are still being made count as held; those of ``without_plan``, which
    is being solved again, do not, nor does ``without_visit``, which is to be given anew. ``only``: these shoppers.
    Six statements, however many shoppers there are.
    """
    rules = programmes.rules(programme)
    chosen = [User.role == Role.SHOPPER, User.active, *([User.id.in_(list(only))] if only is not None else [])]
    people = session.execute(
        select(User.id, User.name, User.email, ShopperProfile)
        .outerjoin(ShopperProfile, ShopperProfile.user_id == User.id)
        .where(*chosen)
        .order_by(User.name, User.id)
    ).all()
    ids = [row.id for row in people]
    certified = certified_until(session, programme)
    absences, conflicts = _absences(session, since, until, ids), _conflicts(session, since, ids)
    apart = timedelta(days=rules.lockout_days)
    first = min(since - apart, months.first_day(months.of(since)))
    last = max(until + apart, months.last_day(months.of(until)))
    held = _Held(_held(session, first, last, without_plan, ids if only is not None else None, without_visit))
    return [
        Shopper(
            id=number,
            name=name or email,
            certified_until=date.max if programme.quiz_id is None else certified.get(number),
            absences=absences[number],
            conflicts=conflicts[number],
            visited=held.places[number],
            held_on=held.days[number],
            held_in=held.months[number],
            open_visits=held.open[number],
            **_of_profile(profile),
        )
        for number, name, email, profile in people
    ]


class _Held:
    """Visits sorted by shopper."""

    def __init__(self, found: Iterable[Held]) -> None:
        self.places: defaultdict[int, dict[int, list[date]]] = defaultdict(dict)
        self.days: defaultdict[int, Counter[date]] = defaultdict(Counter)
        self.months: defaultdict[int, Counter[str]] = defaultdict(Counter)
        self.open: Counter[int] = Counter()
        for one in found:
            self.places[one.shopper_id].setdefault(one.branch_id, []).append(one.day)
            self.days[one.shopper_id][one.day] += 1
            self.months[one.shopper_id][months.of(one.day)] += 1
            self.open[one.shopper_id] += one.state in (ASSIGNED, CLAIMED)


def _of_profile(profile: ShopperProfile | None) -> dict[str, Any]:
    """The part of a shopper that the profile says; a shopper without one has what the profile begins with."""
    if profile is None:
        return {}
    home = (profile.latitude, profile.longitude)
    return {
        "home": home if None not in home else None,
        "reach_km": profile.reach_km,
        "languages": frozenset(profile.languages),
        "availability": {day: [(start, end) for start, end in times] for day, times in profile.availability.items()},
        "most_a_day": profile.most_a_day,
        "most_a_month": profile.most_a_month,
        "rating": profile.rating,
    }


def certified_until(session: Session, programme: Programme) -> dict[int, date]:
    """Shopper id -> the last day on which a certificate of the programme counts."""
    rows = session.execute(
        select(Certification.shopper_id, func.max(Certification.good_until))
        .where(Certification.programme_id == programme.id, Certification.passed)
        .group_by(Certification.shopper_id)
    )
    return {shopper: day for shopper, day in rows if day is not None}


def _absences(session: Session, since: date, until: date, ids: list[int]) -> Mapping[int, list[tuple[date, date]]]:
    found: defaultdict[int, list[tuple[date, date]]] = defaultdict(list)
    rows = session.scalars(
        select(Absence)
        .where(Absence.shopper_id.in_(ids), Absence.until >= since - _LATEST, Absence.since <= until + _LATEST)
        .order_by(Absence.since)
    )
    for one in rows:
        found[one.shopper_id].append((one.since, one.until))
    return found


def _place(one: Conflict) -> tuple[str, Any]:
    if one.bank:
        return "bank", one.bank
    return ("region", one.region_id) if one.region_id is not None else ("branch", one.branch_id)


def _conflicts(session: Session, since: date, ids: list[int]) -> Mapping[int, dict[tuple[str, Any], date | None]]:
    found: defaultdict[int, dict[tuple[str, Any], date | None]] = defaultdict(dict)
    rows = session.scalars(
        select(Conflict).where(Conflict.shopper_id.in_(ids), or_(Conflict.until.is_(None), Conflict.until >= since))
    )
    for one in rows:
        known = found[one.shopper_id]
        place, until = _place(one), one.until
        if place in known:  # the longer one holds
            until = None if None in (until, known[place]) else max(until or date.min, known[place] or date.min)
        known[place] = until
    return found


def visit_at(branch: Branch, day: date, hour_from: str = "", hour_until: str = "") -> Visit:
    """A visit to a branch on a day, as eligibility sees it."""
    place = None
    if branch.latitude is not None and branch.longitude is not None:
        place = (branch.latitude, branch.longitude)
    return Visit(branch.id, branch.bank, branch.region_id, day, hour_from, hour_until, place)


def days_of(window_from: date, window_until: date) -> Iterator[date]:
    """Every day of a window."""
    for number in range((window_until - window_from).days + 1):
        yield window_from + timedelta(days=number)
