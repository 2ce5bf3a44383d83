"""Mystery shoppers: added, described, kept away from where they must not go, away for some days, let go."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import accounts
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.field import conflicts
from survey_app.field.rules import WEEKDAYS
from survey_app.models import Absence, Assignment, Branch, Region, ShopperProfile, User
from survey_app.models import Conflict as ConflictRow
from survey_app.models.fieldwork import ASSIGNED, CLAIMED, RETURNED
from survey_app.permissions import Role
from translations import DEFAULT, LANGUAGES, known, ngettext
from translations import gettext as _

_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_PHONE = re.compile(r"\+?[\d -]{7,20}", re.ASCII)
MOST_TIMES: Final = 4
LONGEST_ABSENCE: Final = timedelta(days=366)
#: Field -> least and most.
RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "reach_km": (1, 500),
    "most_a_day": (1, 20),
    "most_a_month": (1, 200),
    "rating": (1, 5),
    "latitude": (-90, 90),
    "longitude": (-180, 180),
}
LENGTHS: Final[Mapping[str, int]] = {"payroll_ref": 40, "phone": 20, "home_area": 80, "note": 2_000}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What coordination says of a shopper. As :class:`survey_app.models.ShopperProfile`; checked by ``problems``."""

    payroll_ref: str = ""
    phone: str = ""
    languages: Sequence[str] = (DEFAULT,)
    home_area: str = ""
    latitude: float | None = None
    longitude: float | None = None
    availability: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    reach_km: int = 40
    most_a_day: int = 3
    most_a_month: int = 12
    rating: float | None = None
    note: str = ""
    discreet: bool = True

    def problems(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it); empty when it can be kept."""
        found = [
            (name, _("A number from %(least)s to %(most)s is needed.", least=f"{least:g}", most=f"{most:g}"))
            for name, (least, most) in RANGES.items()
            if getattr(self, name) is not None and not least <= getattr(self, name) <= most
        ]
        found += [
            (name, _("Write at most %(max)s characters.", max=most))
            for name, most in LENGTHS.items()
            if len(getattr(self, name)) > most
        ]
        if not self.languages or not set(self.languages) <= set(LANGUAGES):
            found.append(("languages", _("Choose at least one language.")))
        if self.phone and not _PHONE.fullmatch(self.phone):
            found.append(("phone", _("Write a telephone number with digits only.")))
        if (self.latitude is None) != (self.longitude is None):
            found.append(("latitude", _("A point has both a latitude and a longitude.")))
        return found + time_problems(self.availability)


def time_problems(availability: Mapping[str, Sequence[Sequence[str]]]) -> list[tuple[str, str]]:
    """(field, what is wrong) of hours of availability."""
    found: list[tuple[str, str]] = []
    for day, times in availability.items():
        place = f"availability-{day}"
        if day not in WEEKDAYS or len(times) > MOST_TIMES:
            found.append((place, _("Choose one of the list.")))
        for start, end in times:
            if not (_HOUR.fullmatch(start) and _HOUR.fullmatch(end)):
                found.append((place, _("An hour is written as 09:30.")))
            elif start >= end:
                found.append((place, _("The last hour comes after the first.")))
    return found


def held(session: Session, user_id: int) -> User:
    """The shopper, locked for writing; NotFound for anybody who is none."""
    found = session.get(User, user_id, with_for_update=True)
    if found is None or found.role != Role.SHOPPER:
        raise NotFound(_("There is no such mystery shopper."))
    return found


def profile_of(session: Session, user_id: int) -> ShopperProfile:
    """The profile of a shopper, made where there is none yet."""
    found = session.get(ShopperProfile, user_id, with_for_update=True)
    if found is None:
        found = ShopperProfile(user_id=user_id, languages=[DEFAULT], availability={})
        session.add(found)
        session.flush()
    return found


def add(session: Session, *, email: str, name: str, language: str, profile: Profile) -> tuple[User, str]:
    """A new shopper with an account; gives the password to hand over, which nobody can read again."""
    _refuse(profile)
    user, secret = accounts.add_user(session, email, Role.SHOPPER, name=name, language=language)
    _write(profile_of(session, user.id), profile)
    session.flush()
    return user, secret


def _refuse(profile: Profile) -> None:
    problems = profile.problems()
    if problems:
        raise UserError(problems[0][1], problems)


def _write(row: ShopperProfile, profile: Profile) -> None:
    for one in fields(profile):
        value = getattr(profile, one.name)
        if one.name == "languages":
            value = [code for code in LANGUAGES if code in value]
        if one.name == "availability":
            value = _plain(value)
        setattr(row, one.name, value)


def _plain(availability: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, list[list[str]]]:
    return {day: sorted([start, end] for start, end in availability[day]) for day in WEEKDAYS if availability.get(day)}


def save(session: Session, user_id: int, *, name: str, language: str, profile: Profile) -> ShopperProfile:
    """Write a shopper's name, language and profile."""
    _refuse(profile)
    user = held(session, user_id)
    if not name.strip():
        raise UserError(_("Fill in this field."), [("name", "")])
    user.name, user.language = name.strip(), known(language) or user.language
    row = profile_of(session, user_id)
    _write(row, profile)
    session.flush()
    return row


def choose_times(
    session: Session, user_id: int, availability: Mapping[str, Sequence[Sequence[str]]], *, discreet: bool
) -> ShopperProfile:
    """What a shopper says alone: the hours of the week, and whether the phone keeps quiet about it."""
    problems = time_problems(availability)
    if problems:
        raise UserError(problems[0][1], problems)
    held(session, user_id)
    row = profile_of(session, user_id)
    row.availability, row.discreet = _plain(availability), discreet
    session.flush()
    return row


def new_password(session: Session, user_id: int) -> str:
    """Give a shopper a new random password and end every login of the old one."""
    user = held(session, user_id)
    secret = accounts.new_password()
    accounts.set_password(user, secret)
    session.flush()
    return secret


def set_active(session: Session, user_id: int, active: bool) -> User:
    """Let a shopper go, or come back. Visits that are still theirs to make stand against going."""
    user = held(session, user_id)
    if not active:
        count = session.scalar(
            select(func.count()).where(
                Assignment.shopper_id == user_id, Assignment.state.in_((CLAIMED, ASSIGNED, RETURNED))
            )
        )
        if count:
            raise Conflict(
                ngettext(
                    "%(num)s visit is still this shopper's. Give it to somebody else first.",
                    "%(num)s visits are still this shopper's. Give them to somebody else first.",
                    count,
                )
            )
    user.active = active
    session.flush()
    return user


def add_conflict(
    session: Session, user_id: int, *, place: str, value: Any, reason: str, until: date | None
) -> ConflictRow:
    """Keep a shopper away from a ``branch`` (id), a ``region`` (id) or a ``bank`` (number).

    Visits that the shopper holds there already are named by the page, not taken away: coordination decides.
    """
    held(session, user_id)
    if reason not in conflicts.REASONS:
        raise UserError(_("Choose one of the list."), [("reason", "")])
    if until is not None and until < clock.today():
        raise UserError(_("The last day has passed."), [("until", "")])
    there = {
        "branch": lambda: session.get(Branch, value) is not None,
        "region": lambda: session.get(Region, value) is not None,
        "bank": lambda: session.scalar(select(Branch.id).where(Branch.bank == value).limit(1)) is not None,
    }
    if place not in there or value is None or not there[place]():
        raise UserError(_("Choose one of the list."), [(place if place in there else "place", "")])
    values: dict[str, Any] = {
        "bank": value if place == "bank" else "",
        "region_id": value if place == "region" else None,
        "branch_id": value if place == "branch" else None,
    }
    row = session.scalar(select(ConflictRow).filter_by(shopper_id=user_id, **values))
    if row is None:
        row = ConflictRow(shopper_id=user_id, **values)
        session.add(row)
    row.reason, row.until = reason, until
    session.flush()
    return row


def remove_conflict(session: Session, user_id: int, conflict_id: int) -> None:
    """Take back that a shopper keeps away from a place; nothing where it is gone already."""
    held(session, user_id)
    row = session.get(ConflictRow, conflict_id)
    if row is not None and row.shopper_id == user_id:
        session.delete(row)
        session.flush()


def add_absence(session: Session, user_id: int, since: date, until: date) -> Absence:
    """Days without visits, both included. One that lies within another, or touches it, becomes one with it."""
    if until < since:
        raise UserError(_("The last day must not be before the first."), [("until", "")])
    if until < clock.today():
        raise UserError(_("The last day has passed."), [("until", "")])
    if until - since > LONGEST_ABSENCE:
        raise UserError(_("An absence lasts a year at most."), [("until", "")])
    held(session, user_id)
    day = timedelta(days=1)
    near = session.scalars(
        select(Absence).where(Absence.shopper_id == user_id, Absence.since <= until + day, Absence.until >= since - day)
    ).all()
    kept = near[0] if near else Absence(shopper_id=user_id)
    kept.since = min([since, *(one.since for one in near)])
    kept.until = max([until, *(one.until for one in near)])
    for one in near[1:]:
        session.delete(one)
    session.add(kept)
    session.flush()
    return kept


def remove_absence(session: Session, user_id: int, absence_id: int) -> None:
    """Take an absence back; nothing where it is gone already."""
    held(session, user_id)
    row = session.get(Absence, absence_id)
    if row is not None and row.shopper_id == user_id:
        session.delete(row)
        session.flush()
