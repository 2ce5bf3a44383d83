"""What is pressing in the field: late, missed, asked for, unsynced, in review, quotas at risk, unclear letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from survey_app import clock
from survey_app.field.copies import TOO_LATE
from survey_app.field.eligibility import distance_km
from survey_app.models import (
    Assignment,
    Branch,
    Claim,
    Draft,
    FieldCopy,
    FieldDevice,
    Letter,
    Response,
    ShopperProfile,
    User,
)
from survey_app.models.fieldwork import (
    CLAIMED,
    MISSED,
    RETURNED,
    SUBMITTED,
    WITHOUT_SHOPPER,
)
from survey_app.models.response import PENDING
from survey_app.queries import worklists
from survey_app.queries.quotas import Quotas, quotas

#: Rows of one list on the screen; the rest is one click away.
FEW: Final = 8
#: Hours that work may wait on a phone before anybody asks about it.
UNSYNCED: Final = timedelta(hours=12)
#: Days for which a missed visit waits for somebody to decide about it.
MISSED_DAYS: Final = timedelta(days=31)
#: More branches than any organisation has.
ALL: Final = 10_000


@dataclass(frozen=True)
class Some:
    """The first of many rows, and how many there are."""

    rows: Sequence[Any]
    total: int


@dataclass(frozen=True)
class Late:
    """A visit that should have been made, or a report that should have come again."""

    visit: Assignment
    since: date
    #: What says that it was or is being made: ``draft``, ``entered``, ``phone``.
    signs: tuple[str, ...]


def _visits(*conditions: Any) -> Select[Any]:
    return (
        select(Assignment)
        .where(*conditions)
        .options(
            joinedload(Assignment.branch, innerjoin=True),
            joinedload(Assignment.scenario, innerjoin=True),
            joinedload(Assignment.shopper),
            joinedload(Assignment.programme),
        )
    )


def _count(session: Session, *conditions: Any) -> int:
    return session.scalar(select(func.count()).select_from(Assignment).where(*conditions)) or 0


def late(session: Session, today: date, limit: int = FEW) -> Some:
    """Late visits, the longest late first, with what says that a report may be on its way."""
    wanted = worklists.late(today)
    phone = exists().where(
        FieldDevice.user_id == Assignment.shopper_id, or_(FieldDevice.reports > 0, FieldDevice.files > 0)
    )
    draft = exists().where(Draft.response_id == Assignment.response_id)
    rows = session.execute(
        _visits(wanted)
        .add_columns(phone.label("phone"), draft.label("draft"))
        .order_by(Assignment.window_until, Assignment.id)
        .limit(limit)
    )
    found = []
    for visit, waits, begun in rows:
        signs = (("entered", visit.entered_at is not None), ("phone", waits), ("draft", begun))
        since = (visit.answer_by if visit.state == RETURNED else None) or visit.window_until
        found.append(Late(visit, since, tuple(name for name, stands in signs if stands)))
    return Some(found, _count(session, wanted))


def missed(session: Session, today: date, limit: int = FEW) -> Some:
    """Visits that nobody made and that nobody has decided about yet, the newest first."""
    wanted = (Assignment.state == MISSED, Assignment.window_until >= today - MISSED_DAYS)
    rows = session.scalars(_visits(*wanted).order_by(Assignment.window_until.desc(), Assignment.id).limit(limit))
    return Some(list(rows), _count(session, *wanted))


@dataclass(frozen=True)
class Wish:
    """A request for a visit that coordination decides about."""

    claim: Claim
    visit: Assignment
    shopper: User
    km: float | None
    rating: float | None
    #: How many wait behind it.
    behind: int


def claims(session: Session, limit: int = FEW) -> Some:
    """Requests to decide about, those for the visit that ends first first."""
    asked = (Claim.state == "asked", Assignment.state == CLAIMED)
    other = aliased(Claim)
    waiting = (
        select(func.count())
        .where(other.assignment_id == Assignment.id, other.state == "waiting")
        .correlate(Assignment)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Claim, ShopperProfile, waiting)
        .join(Claim.assignment)
        .join(Claim.shopper)
        .outerjoin(ShopperProfile, ShopperProfile.user_id == Claim.shopper_id)
        .where(*asked)
        .order_by(Assignment.window_until, Claim.at, Claim.id)
        .limit(limit)
        .options(
            contains_eager(Claim.assignment).joinedload(Assignment.branch, innerjoin=True),
            contains_eager(Claim.assignment).joinedload(Assignment.scenario, innerjoin=True),
            contains_eager(Claim.shopper),
        )
    )
    total = session.scalar(select(func.count()).select_from(Claim).join(Claim.assignment).where(*asked)) or 0
    return Some([_wish(claim, profile, count) for claim, profile, count in rows], total)


def _wish(claim: Claim, profile: ShopperProfile | None, behind: int) -> Wish:
    branch = claim.assignment.branch
    return Wish(
        claim=claim,
        visit=claim.assignment,
        shopper=claim.shopper,
        km=distance_km(point(profile), point(branch)),
        rating=profile.rating if profile is not None else None,
        behind=behind,
    )


def point(place: Branch | ShopperProfile | None) -> tuple[float, float] | None:
    """Latitude and longitude of a branch or a home area; None where they are not known."""
    if place is None or place.latitude is None or place.longitude is None:
        return None
    return place.latitude, place.longitude


def unsynced(session: Session, now: datetime, limit: int = FEW) -> Some:
    """Phones that have held work for long, the longest first."""
    wanted = (or_(FieldDevice.reports > 0, FieldDevice.files > 0), FieldDevice.waiting_since < now - UNSYNCED)
    rows = session.scalars(
        select(FieldDevice)
        .where(*wanted)
        .order_by(FieldDevice.waiting_since, FieldDevice.id)
        .limit(limit)
        .options(joinedload(FieldDevice.user, innerjoin=True))
    )
    return Some(list(rows), session.scalar(select(func.count()).select_from(FieldDevice).where(*wanted)) or 0)


def in_review(session: Session, limit: int = FEW) -> Some:
    """Reports that wait for a reviewer, the oldest first, with their visits."""
    wanted = (Assignment.state == SUBMITTED, Response.state == PENDING)
    joined = select(Assignment, Response.submitted_at).join(Response, Response.id == Assignment.response_id)
    rows = session.execute(
        joined.where(*wanted)
        .order_by(Response.submitted_at, Assignment.id)
        .limit(limit)
        .options(joinedload(Assignment.branch, innerjoin=True), joinedload(Assignment.shopper))
    )
    total = session.scalar(select(func.count()).select_from(joined.where(*wanted).subquery())) or 0
    return Some([(visit, at) for visit, at in rows], total)


@dataclass(frozen=True)
class Beside:
    """A report that came for a visit that was nobody's, or another's, by then."""

    copy: FieldCopy
    visit: Assignment
    shopper: User | None
    #: Whether it can be taken in as the visit stands.
    free: bool


def beside(session: Session, limit: int = FEW) -> Some:
    """Reports that came too late to be their visit's and that nobody decided about, the oldest first."""
    joined = (
        select(FieldCopy, Assignment)
        .join(Assignment, Assignment.response_id == FieldCopy.response_id)
        .outerjoin(Response, Response.id == FieldCopy.response_id)
        .where(FieldCopy.settled_at.is_(None), FieldCopy.reason.in_(TOO_LATE), Response.id.is_(None))
    )
    rows = session.execute(
        joined.order_by(FieldCopy.received_at, FieldCopy.id)
        .limit(limit)
        .options(joinedload(Assignment.branch, innerjoin=True), joinedload(Assignment.scenario, innerjoin=True))
    ).all()
    wanted = {int(copy.content.get("user") or 0) for copy, _visit in rows}
    people = {one.id: one for one in session.scalars(select(User).where(User.id.in_(wanted)))}
    found = []
    for copy, visit in rows:
        who = people.get(int(copy.content.get("user") or 0))
        free = visit.shopper_id is None or visit.state in WITHOUT_SHOPPER or (who and visit.shopper_id == who.id)
        found.append(Beside(copy, visit, who, bool(free)))
    total = session.scalar(select(func.count()).select_from(joined.with_only_columns(FieldCopy.id).subquery())) or 0
    return Some(found, total)


def unclear_letters(session: Session, limit: int = FEW) -> Some:
    """Letters that may or may not have left, the oldest first."""
    # Letters to customers are looked after where messages are.
    wanted = (Letter.state == "uncertain") & Letter.user_id.is_not(None)
    rows = session.scalars(
        select(Letter).where(wanted).order_by(Letter.id).limit(limit).options(joinedload(Letter.user, innerjoin=True))
    )
    return Some(list(rows), session.scalar(select(func.count()).select_from(Letter).where(wanted)) or 0)


def letters_waiting(session: Session) -> int:
    """Letters to users that have not left yet."""
    waiting = (Letter.state == "ready") & Letter.user_id.is_not(None)
    return session.scalar(select(func.count()).select_from(Letter).where(waiting)) or 0


@dataclass(frozen=True)
class Today:
    """Everything that is pressing."""

    late: Some
    missed: Some
    claims: Some
    unsynced: Some
    in_review: Some
    quotas: Quotas
    letters: Some
    beside: Some

    @property
    def pressing(self) -> int:
        """How many things there are to do."""
        parts = (self.late, self.missed, self.claims, self.unsynced, self.in_review, self.letters, self.beside)
        return sum(one.total for one in parts) + self.quotas.total


def today(session: Session, *, branches: int = FEW) -> Today:
    """The coordinator's screen, in a bounded number of statements. ``branches``: how many at risk are listed."""
    now, day = clock.now(), clock.today()
    return Today(
        late=late(session, day),
        missed=missed(session, day),
        claims=claims(session),
        unsynced=unsynced(session, now),
        in_review=in_review(session),
        quotas=quotas(session, day, branches),
        letters=unclear_letters(session),
        beside=beside(session),
    )
