"""The rules of a programme's fieldwork. Kept in ``Programme.rules``; money is in agorot, hours are local ``HH:MM``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from survey_app.errors import UserError
from translations import gettext as _

WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
PHOTOS: Final = ("none", "outside", "anywhere")
APPROVALS: Final = ("coordinator", "auto")
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Window:
    """Days and hours in which visits are made, and their share of all visits."""

    days: tuple[str, ...]
    start: str
    end: str
    share: int = 1

    @property
    def code(self) -> str:
        """A name that is the same for the same days and hours."""
        return f"{'-'.join(self.days)} {self.start}-{self.end}"


_USUAL = (
    Window(("sun", "mon", "tue", "wed", "thu"), "08:30", "10:30", 2),
    Window(("sun", "mon", "tue", "wed", "thu"), "10:30", "13:00", 2),
    Window(("mon", "thu"), "16:00", "18:30", 1),
)


@dataclass(frozen=True, slots=True)
class Rules:
    """Every rule of a programme, each with what holds unless the organisation says otherwise."""

    #: Visits of one branch in a month: usually, by branch type, and by branch code, the last one first.
    visits_a_month: int = 2
    visits_by_type: Mapping[str, int] = field(default_factory=dict)
    visits_by_branch: Mapping[str, int] = field(default_factory=dict)
    windows: tuple[Window, ...] = _USUAL
    #: Days after its planned one on which a visit may still be made.
    slack_days: int = 3
    fee: int = 12_000
    expense_cap: int = 4_000
    #: All fees and expense caps of a month together; 0: no limit.
    budget: int = 0
    #: The same shopper does not come to the same branch again within so many days.
    lockout_days: int = 90
    photos: str = "outside"
    #: Whether the phone says how near the branch it was; it never says where it was.
    position: bool = False
    near_m: int = 300
    #: Days within which an item that is answered later (a promised call-back) is awaited.
    late_days: int = 7
    #: Share of decided visits that get a second, blind review.
    blind_share: float = 0.1
    #: Days within which the branch and the shopper may appeal.
    appeal_days: int = 14
    #: Days that a shopper has to answer a reviewer's questions.
    return_days: int = 5
    #: Who gives a visit of the job board to the shopper who asks for it.
    approval: str = "coordinator"
    #: With ``auto``: only to shoppers rated at least so; 0: to all.
    approval_rating: float = 0.0
    #: How many visits a shopper may hold at the same time.
    most_held: int = 6
    #: A visit may be handed back until so many hours before its first day.
    handback_hours: int = 48
    #: Reminders go out so many days before the last day of a visit.
    remind_days: tuple[int, ...] = (2, 0)
    #: Points of 100 that pass the quiz, how often it may be tried, and how long a certificate counts.
    pass_mark: int = 80
    quiz_tries: int = 3
    certificate_days: int = 365

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Rules:
        """The rules with what a programme changed. UserError for an unknown name or a value that does not fit."""
        known = {one.name for one in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in stored.items():
            if name not in known:
                raise UserError(_("There is no rule %(name)s.", name=name), [(name, "")])
            values[name] = tuple(value) if isinstance(value, list) else value
        if "windows" in values:
            values["windows"] = tuple(
                Window(tuple(one["days"]), one["start"], one["end"], one.get("share", 1)) for one in values["windows"]
            )
        rules = cls(**values)
        for name, message in rules.problems():
            raise UserError(message, [(name, message)])
        return rules

    def dump(self) -> dict[str, Any]:
        """Only what differs from the defaults, as JSON keeps it."""
        own, default = asdict(self), asdict(type(self)())
        return {name: _plain(value) for name, value in own.items() if value != default[name]}

    def problems(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it); empty when the rules can be used."""
        found = [
            (name, _("A number from %(least)s to %(most)s is needed.", least=least, most=most))
            for name, (least, most) in _RANGES.items()
            if isinstance(getattr(self, name), bool)
            or not isinstance(getattr(self, name), type(least))
            or not least <= getattr(self, name) <= most
        ]
        found.extend(
            (name, _("A number from %(least)s to %(most)s is needed.", least=0, most=_MOST_VISITS))
            for name in ("visits_by_type", "visits_by_branch")
            if not all(0 <= one <= _MOST_VISITS for one in getattr(self, name).values())
        )
        if not self.windows:
            found.append(("windows", _("At least one window of days and hours is needed.")))
        for one in self.windows:
            if not one.days or not set(one.days) <= set(WEEKDAYS):
                found.append(("windows", _("A window needs at least one day of the week.")))
            if not (_HOUR.fullmatch(one.start) and _HOUR.fullmatch(one.end)):
                found.append(("windows", _("An hour is written as 09:30.")))
            elif one.start >= one.end:
                found.append(("windows", _("The last hour comes after the first.")))
            if not 1 <= one.share <= 100:
                found.append(("windows", _("A number from %(least)s to %(most)s is needed.", least=1, most=100)))
        for name, choices in (("photos", PHOTOS), ("approval", APPROVALS)):
            if getattr(self, name) not in choices:
                found.append((name, _("Choose one of the list.")))
        if not all(0 <= days <= 30 for days in self.remind_days):
            found.append(("remind_days", _("A number from %(least)s to %(most)s is needed.", least=0, most=30)))
        return found

    def visits(self, branch_code: str, branch_type: str) -> int:
        """How many visits a branch gets in a month."""
        by_type = self.visits_by_type.get(branch_type, self.visits_a_month)
        return self.visits_by_branch.get(branch_code, by_type)


_MOST_VISITS: Final = 20
#: Field -> least and most; the type of the least is the field's.
_RANGES: Final[Mapping[str, tuple[Any, Any]]] = {
    "visits_a_month": (0, _MOST_VISITS),
    "slack_days": (0, 30),
    "fee": (0, 1_000_000),
    "expense_cap": (0, 1_000_000),
    "budget": (0, 1_000_000_000),
    "lockout_days": (0, 3650),
    "near_m": (50, 5_000),
    "late_days": (1, 60),
    "blind_share": (0.0, 1.0),
    "appeal_days": (0, 90),
    "return_days": (1, 60),
    "approval_rating": (0.0, 5.0),
    "most_held": (1, 100),
    "handback_hours": (0, 720),
    "pass_mark": (0, 100),
    "quiz_tries": (1, 20),
    "certificate_days": (1, 3650),
}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value
