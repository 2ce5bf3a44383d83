"""Mystery shoppers with their profiles. A new one has no password: nobody can log in before one is set."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.imports.columns import Problem, Refused, Row, column
from survey_app.commands.imports.handler import Handler, Options, assign
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Outcome
from survey_app.commands.shoppers import Profile
from survey_app.models import ShopperProfile, User
from survey_app.permissions import Role
from translations import DEFAULT
from translations import gettext as _


@dataclass(frozen=True, kw_only=True)
class ShopperRow(Row):
    """One mystery shopper."""

    email: str = field(metadata=column("email", "dana@example.com", "The address to log in with", "דוא״ל", "אימייל"))
    name: str = field(metadata=column("name", "דנה כהן", "Name", "שם"))
    language: str = field(default=DEFAULT, metadata=column("language", "he", "Language of the pages", "שפת הממשק"))
    phone: str = field(default="", metadata=column("text", "052-0000000", "Telephone", "טלפון"))
    payroll_ref: str = field(default="", metadata=column("text", "7713", "Number in payroll", "מספר עובד"))
    languages: list[str] = field(
        default_factory=lambda: [DEFAULT],
        metadata=column("languages", "he, ru", "Languages in which the person can be served", "שפות"),
    )
    home_area: str = field(default="", metadata=column("city", "חיפה", "Town", "אזור מגורים", "יישוב"))
    latitude: float | None = field(default=None, metadata=column("latitude", "32.81", "Of a point in it", "קו רוחב"))
    longitude: float | None = field(default=None, metadata=column("longitude", "34.99", "Of it too", "קו אורך"))
    reach_km: int = field(
        default=40, metadata=column("count", "40", "How far the person travels, in kilometres", "מרחק נסיעה")
    )
    most_a_day: int = field(default=3, metadata=column("count", "3", "Visits in a day, at most", "ביקורים ביום"))
    most_a_month: int = field(default=12, metadata=column("count", "12", "Visits in a month, at most", "ביקורים בחודש"))
    rating: float | None = field(default=None, metadata=column("rating", "4", "Field coordination's rating", "דירוג"))


#: Columns that the account holds; the others are the profile's.
_ACCOUNT: Final = ("name", "language")
_PROFILE: Final = (
    "phone", "payroll_ref", "languages", "home_area", "latitude", "longitude", "reach_km", "most_a_day",
    "most_a_month", "rating",
)  # fmt: skip


class ShopperHandler(Handler[ShopperRow]):
    """Adds shoppers, and changes what the file says of those who are here."""

    code = "shoppers"
    row = ShopperRow

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__(session, options)
        self.others = set(session.scalars(select(User.email).where(User.role != Role.SHOPPER)))
        self.new = 0

    def settle(self, row: ShopperRow) -> ShopperRow:
        if row.email in self.others:
            raise Refused(Problem("email", _("This address belongs to a user who is no mystery shopper.")))
        problems = replace(Profile(), **{name: getattr(row, name) for name in _PROFILE}).problems()
        if problems:
            raise Refused(*(Problem(name if name in _PROFILE else None, message) for name, message in problems))
        return row

    def key(self, row: ShopperRow) -> Hashable:
        return row.email

    def apply(self, session: Session, rows: Sequence[ShopperRow], run_id: int | None) -> list[Outcome]:
        query = select(User).where(User.email.in_([row.email for row in rows]))
        known = {user.email: user for user in session.scalars(query)}
        profiles = {
            one.user_id: one
            for one in session.scalars(
                select(ShopperProfile).where(ShopperProfile.user_id.in_([user.id for user in known.values()]))
            )
        }
        outcomes = [self._apply_one(session, row, known.get(row.email), profiles) for row in rows]
        session.flush()
        self.new += sum(one.verdict == ADDED for one in outcomes)
        return outcomes

    def _apply_one(
        self, session: Session, row: ShopperRow, user: User | None, profiles: Mapping[int, ShopperProfile]
    ) -> Outcome:
        given: dict[str, Any] = {name: getattr(row, name) for name in (*_ACCOUNT, *_PROFILE) if name in row.given}
        account: dict[str, Any] = {name: given[name] for name in _ACCOUNT if name in given}
        described: dict[str, Any] = {name: given[name] for name in _PROFILE if name in given}
        if user is None:
            made = User(email=row.email, role=Role.SHOPPER, created_at=clock.now(), **account)
            session.add(ShopperProfile(user=made, availability={}, **{"languages": [DEFAULT], **described}))
            return Outcome(row.row, ADDED, row.email)
        profile = profiles.get(user.id)
        if profile is None:
            profile = ShopperProfile(user=user, availability={}, languages=[DEFAULT])
            session.add(profile)
        names = assign(user, account) + assign(profile, described)
        return Outcome(row.row, CHANGED if names else UNCHANGED, row.email, names)

    def notices(self) -> list[str]:
        if not self.new:
            return []
        return [
            _("New shoppers without a password: %(count)s. Each gets one on the shopper's own page.", count=self.new)
        ]
