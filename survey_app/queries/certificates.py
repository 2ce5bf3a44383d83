"""Certificates of a programme: who has one, who tried, whose runs out soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.errors import NotFound
from survey_app.models import Certification, Programme, User
from survey_app.permissions import Role
from survey_app.queries import programmes
from translations import gettext as _

#: A certificate that runs out within so many days is shown as such, and its quiz may be taken before it does.
SOON: Final = timedelta(days=30)
CERTIFIED, ENDING, ENDED, FAILED, BARRED, NEVER = "certified", "ending", "ended", "failed", "barred", "never"


def context(shopper_id: int, day: date) -> dict[str, Any]:
    """What the rules of a quiz may ask besides the answers, and what decides the order of its choices."""
    return {"link": "assignment", "no_branch": True, "today": day.isoformat(), "seed": str(shopper_id)}


@dataclass(frozen=True)
class Standing:
    """One shopper and one programme's quiz."""

    #: Every try, the oldest first.
    tries: Sequence[Certification] = field(default_factory=tuple)
    until: date | None = None
    #: Failed tries since the newest certificate that coordination did not set aside, and how many there may be.
    failed: int = 0
    most: int = 0

    @property
    def state(self) -> str:
        """A code of the states above."""
        today = clock.today()
        if self.until is not None and self.until >= today:
            return CERTIFIED if self.until - SOON > today else ENDING
        if self.failed >= self.most:
            return BARRED
        if self.failed:
            return FAILED
        return ENDED if self.until is not None else NEVER

    @property
    def left(self) -> int:
        """How many tries are left."""
        return max(0, self.most - self.failed)

    @property
    def may_try(self) -> bool:
        """Whether the quiz may be taken now."""
        return self.state != CERTIFIED and self.left > 0

    @property
    def last(self) -> Certification | None:
        """The newest try."""
        return self.tries[-1] if self.tries else None


def standing(session: Session, programme: Programme, shopper_id: int) -> Standing:
    """Where one shopper stands."""
    tries = session.scalars(
        select(Certification)
        .where(Certification.programme_id == programme.id, Certification.shopper_id == shopper_id)
        .order_by(Certification.id)
    ).all()
    return _standing(tries, programmes.rules(programme).quiz_tries)


def _standing(tries: Sequence[Certification], most: int) -> Standing:
    passed = [number for number, one in enumerate(tries) if one.passed]
    since = tries[passed[-1] + 1 :] if passed else tries
    days = [one.good_until for one in tries if one.passed and one.good_until is not None]
    return Standing(tries, max(days, default=None), sum(not one.set_aside for one in since), most)


@dataclass(frozen=True)
class Certified:
    """A page of the list: shoppers with where they stand, and how many of all stand so."""

    rows: list[tuple[User, Standing]]
    total: int
    states: dict[str, int]


def listing(
    session: Session, programme: Programme, *, state: str = "", search: str = "", limit: int = 50, offset: int = 0
) -> Certified:
    """Active shoppers with where they stand, by name. Three statements, whatever the number of shoppers."""
    people = list(session.scalars(select(User).where(User.role == Role.SHOPPER, User.active).order_by(User.name)))
    most = programmes.rules(programme).quiz_tries
    found = _summed(session, programme, most)
    nobody = Standing(most=most)
    every = [(user, found.get(user.id, nobody)) for user in people]
    states: dict[str, int] = {}
    for _user, one in every:
        states[one.state] = states.get(one.state, 0) + 1
    sought = search.casefold()
    shown = [
        (user, one)
        for user, one in every
        if (not state or one.state == state) and (not sought or sought in f"{user.name} {user.email}".casefold())
    ]
    page = shown[offset : offset + limit]
    whole = _tries(session, programme, [user.id for user, _one in page])
    rows = [(user, _standing(whole.get(user.id, []), most)) for user, _one in page]
    return Certified(rows, len(shown), states)


def _tries(session: Session, programme: Programme, ids: list[int]) -> dict[int, list[Certification]]:
    found: dict[int, list[Certification]] = {}
    rows = session.scalars(
        select(Certification)
        .where(Certification.programme_id == programme.id, Certification.shopper_id.in_(ids))
        .order_by(Certification.id)
    )
    for one in rows:
        found.setdefault(one.shopper_id, []).append(one)
    return found


def _summed(session: Session, programme: Programme, most: int) -> dict[int, Standing]:
    """Where every shopper who ever tried stands, without the tries themselves."""
    own = Certification.programme_id == programme.id
    newest = (
        select(Certification.shopper_id, func.max(Certification.id).label("passed"))
        .where(own, Certification.passed)
        .group_by(Certification.shopper_id)
        .subquery()
    )
    failed: Any = case(
        (
            (~Certification.passed)
            & (~Certification.set_aside)
            & (Certification.id > func.coalesce(newest.c.passed, 0)),
            1,
        ),
        else_=0,
    )
    rows = session.execute(
        select(Certification.shopper_id, func.max(Certification.good_until), func.sum(failed))
        .outerjoin(newest, newest.c.shopper_id == Certification.shopper_id)
        .where(own)
        .group_by(Certification.shopper_id)
    )
    return {shopper: Standing((), until, int(count), most) for shopper, until, count in rows}


def of_shopper(session: Session, shopper_id: int) -> list[tuple[Programme, Standing]]:
    """A shopper's standing in every active programme that has a quiz, by the programme's code."""
    found = [one for one in programmes.active(session) if one.quiz_id is not None]
    rows: dict[int, list[Certification]] = {}
    for one in session.scalars(
        select(Certification).where(Certification.shopper_id == shopper_id).order_by(Certification.id)
    ):
        rows.setdefault(one.programme_id, []).append(one)
    return [(one, _standing(rows.get(one.id, []), programmes.rules(one).quiz_tries)) for one in found]


def ending(session: Session, within: timedelta) -> list[Certification]:
    """Certificates of active shoppers that run out within so many days and can be renewed by taking the quiz again."""
    today, soon = clock.today(), clock.today() + within
    found: list[Certification] = []
    for programme in (one for one in programmes.active(session) if one.quiz_id is not None):
        summed = _summed(session, programme, programmes.rules(programme).quiz_tries)
        days = {
            shopper: one.until
            for shopper, one in summed.items()
            if one.until is not None and today <= one.until <= soon and one.may_try
        }
        rows = session.scalars(
            select(Certification)
            .join(User, User.id == Certification.shopper_id)
            .where(
                Certification.programme_id == programme.id,
                Certification.passed,
                Certification.good_until.between(today, soon),
                User.active,
                User.role == Role.SHOPPER,
            )
            .order_by(Certification.id)
        )
        found += [one for one in rows if days.get(one.shopper_id) == one.good_until]
    return found


def shopper(session: Session, shopper_id: int) -> User:
    """A mystery shopper by number, active or not; NotFound for anybody else."""
    found = session.get(User, shopper_id)
    if found is None or found.role != Role.SHOPPER:
        raise NotFound(_("There is no such mystery shopper."))
    return found
