"""Mystery shoppers as coordination sees them: the list with its numbers, and one person's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from reports import months
from survey_app import clock
from survey_app.models import (
    Absence,
    Assignment,
    Branch,
    Certification,
    Conflict,
    Programme,
    Region,
    ShopperProfile,
    User,
)
from survey_app.models.fieldwork import (
    APPROVED,
    ASSIGNED,
    CLAIMED,
    MISSED,
    REJECTED,
    RETURNED,
    SUBMITTED,
    VOIDED,
)
from survey_app.models.programme import ACTIVE
from survey_app.permissions import Role
from translations.spelling import tidy

#: States of a visit that is still the shopper's to make or send.
HELD = (CLAIMED, ASSIGNED, RETURNED)


@dataclass(frozen=True)
class Listed:
    """One shopper in the list."""

    user: User
    profile: ShopperProfile | None
    #: Visits of the month by their window's first day, and those still to make or send.
    month: int = 0
    open: int = 0
    #: How many of the active programmes with a quiz the person has a certificate of.
    certified: int = 0
    away: Absence | None = None


@dataclass(frozen=True)
class Shoppers:
    """A page of the list."""

    rows: list[Listed]
    total: int
    #: Active programmes that ask for a certificate.
    quizzes: int


def _searched(search: str, active: bool) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [User.role == Role.SHOPPER, User.active.is_(active)]
    words = tidy(search)
    if words:
        like = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.append(
            or_(
                User.name.ilike(like, escape="\\"),
                User.email.ilike(like, escape="\\"),
                ShopperProfile.home_area.ilike(like, escape="\\"),
            )
        )
    return conditions


def listing(session: Session, *, search: str = "", active: bool = True, limit: int = 50, offset: int = 0) -> Shoppers:
    """Shoppers by name. Seven statements, whatever their number."""
    chosen = _searched(search, active)
    joined = select(User, ShopperProfile).outerjoin(ShopperProfile, ShopperProfile.user_id == User.id).where(*chosen)
    total = session.scalar(select(func.count()).select_from(joined.with_only_columns(User.id).subquery())) or 0
    found = session.execute(joined.order_by(User.name, User.id).limit(limit).offset(offset)).all()
    ids = [user.id for user, _profile in found]
    today = clock.today()
    month = months.of(today)
    held = _counted(session, ids, Assignment.state.in_(HELD))
    this_month = _counted(
        session,
        ids,
        Assignment.window_from.between(months.first_day(month), months.last_day(month)),
        Assignment.state.in_((*HELD, SUBMITTED, APPROVED, REJECTED, VOIDED)),
    )
    quizzes = session.scalars(select(Programme.id).where(Programme.state == ACTIVE, Programme.quiz_id.is_not(None)))
    asked = list(quizzes)
    certified = dict(
        session.execute(
            select(Certification.shopper_id, func.count(Certification.programme_id.distinct()))
            .where(
                Certification.shopper_id.in_(ids),
                Certification.programme_id.in_(asked),
                Certification.good_until >= today,
            )
            .group_by(Certification.shopper_id)
        ).all()
    )
    away = {
        one.shopper_id: one
        for one in session.scalars(
            select(Absence).where(Absence.shopper_id.in_(ids), Absence.since <= today, Absence.until >= today)
        )
    }
    rows = [
        Listed(
            user, profile, this_month.get(user.id, 0), held.get(user.id, 0), certified.get(user.id, 0),
            away.get(user.id),
        )
        for user, profile in found
    ]  # fmt: skip
    return Shoppers(rows, total, len(asked))


def _counted(session: Session, ids: list[int], *conditions: ColumnElement[bool]) -> Mapping[int | None, int]:
    return dict(
        session.execute(
            select(Assignment.shopper_id, func.count())
            .where(Assignment.shopper_id.in_(ids), *conditions)
            .group_by(Assignment.shopper_id)
        ).all()
    )


@dataclass(frozen=True)
class Person:
    """Everything on one shopper's page."""

    user: User
    profile: ShopperProfile | None
    conflicts: list[Conflict]
    #: Those that are not over yet.
    absences: list[Absence]
    #: Visits in the state of today, over all time.
    states: Mapping[str, int]
    newest: list[Assignment]
    #: Visits that are held although a conflict of interest stands against them.
    clashing: list[Assignment] = field(default_factory=list)

    @property
    def decided(self) -> int:
        """Visits that a reviewer decided on."""
        return sum(self.states.get(one, 0) for one in (APPROVED, REJECTED))

    @property
    def approved(self) -> float | None:
        """Percent of the decided visits that were approved; None before the first."""
        return 100 * self.states.get(APPROVED, 0) / self.decided if self.decided else None

    @property
    def missed(self) -> int:
        """Visits that the person had and did not make."""
        return self.states.get(MISSED, 0)


def person(session: Session, user: User, *, newest: int = 10) -> Person:
    """One shopper's page."""
    today = clock.today()
    conflicts = list(
        session.scalars(
            select(Conflict)
            .where(Conflict.shopper_id == user.id)
            .order_by(Conflict.id)
            .options(joinedload(Conflict.region), joinedload(Conflict.branch))
        )
    )
    absences = session.scalars(
        select(Absence).where(Absence.shopper_id == user.id, Absence.until >= today).order_by(Absence.since)
    )
    states = session.execute(
        select(Assignment.state, func.count()).where(Assignment.shopper_id == user.id).group_by(Assignment.state)
    )
    visits = (
        select(Assignment)
        .where(Assignment.shopper_id == user.id)
        .options(joinedload(Assignment.branch), joinedload(Assignment.scenario))
    )
    held = session.scalars(visits.where(Assignment.state.in_(HELD)).order_by(Assignment.window_from))
    return Person(
        user,
        session.get(ShopperProfile, user.id),
        conflicts,
        list(absences),
        Counter(dict(states.all())),
        list(session.scalars(visits.order_by(Assignment.window_from.desc(), Assignment.id.desc()).limit(newest))),
        [one for one in held if any(_bars(conflict, one) for conflict in conflicts)],
    )


def _bars(conflict: Conflict, visit: Assignment) -> bool:
    """Whether a conflict of interest stands against a visit."""
    if conflict.until is not None and conflict.until < visit.window_from:
        return False
    branch: Branch = visit.branch
    return (
        (bool(conflict.bank) and conflict.bank == branch.bank)
        or (conflict.region_id is not None and conflict.region_id == branch.region_id)
        or conflict.branch_id == branch.id
    )


def places(session: Session) -> tuple[list[Region], list[str]]:
    """Regions by name, and the banks that there are branches of."""
    regions = list(session.scalars(select(Region).order_by(Region.name)))
    return regions, sorted(session.scalars(select(Branch.bank).distinct()))


def absences(session: Session, shopper_id: int, since: date) -> list[Absence]:
    """A shopper's absences that are not over by a day, the next one first."""
    return list(
        session.scalars(
            select(Absence).where(Absence.shopper_id == shopper_id, Absence.until >= since).order_by(Absence.since)
        )
    )
