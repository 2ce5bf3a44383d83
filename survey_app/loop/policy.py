"""The organisation's rules of closing the loop. Kept in ``Organisation.loop``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import time
from typing import Any

from survey_app.errors import UserError
from survey_app.loop.hours import WorkingHours
from survey_app.loop.levels import LADDER
from translations import gettext as _


@dataclass(frozen=True, slots=True)
class Loop:
    """Every [policy] constant of cases, promises and contacts. Hours are working hours, money is in agorot."""

    #: When work is done, on the wall clock; a branch's own closed days are left out beside.
    from_hour: str = "08:30"
    until_hour: str = "16:00"
    #: How long a rung of the ladder has: to contact the customer while the case is new, to move it on afterwards.
    level_hours: Mapping[str, int] = field(
        default_factory=lambda: {"agent": 8, "branch": 8, "region": 8, "service": 16, "ombudsman": 40}
    )
    #: Working hours in which a case has to be solved; after them it is overdue.
    solve_hours: int = 38
    #: Calendar days of the bank's complaint clock.
    complaint_days: int = 45
    #: Working days after the work was done when the recovery survey leaves, and days of silence that then close a case.
    survey_after_days: int = 2
    silent_days: int = 7
    #: Days within which the same customer's next problem repeats the first.
    repeat_days: int = 90
    #: Working hours in which an answer that reopens a case must be looked at.
    reopened_hours: int = 8
    #: What a role may give a customer for one case; a role that is not here gives nothing.
    compensation: Mapping[str, int] = field(
        default_factory=lambda: {
            "agent": 10_000, "branch_manager": 50_000, "region_manager": 200_000, "service_manager": 1_000_000,
            "ombudsman": 2_000_000, "management": 5_000_000,
        }
    )  # fmt: skip
    #: Similar cases within so many hours that propose an incident.
    incident_cases: int = 4
    incident_hours: int = 48
    #: A customer is given at most one contact in so many days.
    giving_days: int = 60
    #: Months, this one among them, in which one employee or team is proposed for recognition once.
    recognition_months: int = 3
    #: Whether a bonus statement shows the newest knowledge quiz, and the percent at which it counts as passed.
    bonus_quiz: bool = False
    bonus_quiz_percent: int = 80
    #: Tenure bands that count as new customers; the others known are existing ones.
    new_tenures: tuple[str, ...] = ("new", "<1", "0-1")

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Loop:
        """The policy with what an organisation changed. UserError for an unknown name or a value that does not fit."""
        known = {one.name: one for one in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in stored.items():
            if name not in known:
                raise UserError(_("There is no rule %(name)s.", name=name), [(name, "")])
            values[name] = tuple(value) if isinstance(value, list) else value
        policy = cls(**values)
        for name, message in policy.problems():
            raise UserError(message, [(name, message)])
        return policy

    def dump(self) -> dict[str, Any]:
        """Only what differs from the defaults, as JSON keeps it."""
        own, default = asdict(self), asdict(type(self)())
        return {name: list(value) if isinstance(value, tuple) else value
                for name, value in own.items() if value != default[name]}  # fmt: skip

    def problems(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it); empty when the policy can be used."""
        found = [
            (name, _("A whole number from %(least)s to %(most)s is needed.", least=least, most=most))
            for name, (least, most) in _RANGES.items()
            if not _whole(getattr(self, name)) or not least <= getattr(self, name) <= most
        ]
        if not isinstance(getattr(self, "bonus_quiz"), bool):  # noqa: B009 - what was stored may be anything
            found.append(("bonus_quiz", _("Yes or no is needed.")))
        start, end = _hour(self.from_hour), _hour(self.until_hour)
        if start is None or end is None:
            found.append(("from_hour" if start is None else "until_hour", _("An hour is written as 09:30.")))
        elif start >= end:
            found.append(("until_hour", _("The last hour comes after the first.")))
        if set(self.level_hours) != set(LADDER) or not all(
            _whole(one) and one > 0 for one in self.level_hours.values()
        ):
            found.append(("level_hours", _("Every level needs its working hours.")))
        if not all(_whole(one) and one >= 0 for one in self.compensation.values()):
            found.append(("compensation", _("An amount is a whole number of agorot.")))
        return found

    def hours(self, closed: tuple[str, ...] | list[Any] = ()) -> WorkingHours:
        """The hours that a clock counts, without a branch's closed weekdays."""
        return WorkingHours(time.fromisoformat(self.from_hour), time.fromisoformat(self.until_hour), frozenset(closed))


_RANGES = {
    "solve_hours": (1, 500),
    "complaint_days": (1, 365),
    "survey_after_days": (0, 30),
    "silent_days": (1, 60),
    "repeat_days": (1, 365),
    "reopened_hours": (1, 100),
    "incident_cases": (2, 1000),
    "incident_hours": (1, 720),
    "giving_days": (1, 365),
    "recognition_months": (1, 24),
    "bonus_quiz_percent": (0, 100),
}


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _hour(text: Any) -> time | None:
    try:
        return time.fromisoformat(text)
    except (ValueError, TypeError):
        return None
