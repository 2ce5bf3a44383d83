"""Which shopper may make which visit. One rule a line: the planner, the job board and a replacement all ask here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Any, Final

from survey_app.field.rules import WEEKDAYS, Rules
from translations import lazy_gettext as _l

#: Mean radius of the Earth in kilometres (IUGG).
_EARTH_KM: Final = 6371.0088
Point = tuple[float, float]


def distance_km(one: Point | None, other: Point | None) -> float | None:
    """Great-circle distance of two (latitude, longitude) in degrees, in kilometres; None where one is not known.

    The haversine formula: Sinnott (1984) Sky and Telescope 68(2):159.
    """
    if one is None or other is None:
        return None
    (lat1, lon1), (lat2, lon2) = ((radians(a), radians(b)) for a, b in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(half)))


def weekday(day: date) -> str:
    """``sun`` … ``sat``."""
    return WEEKDAYS[(day.weekday() + 1) % 7]


@dataclass(frozen=True, slots=True)
class Shopper:
    """What decides where a shopper may go. Days and visits of others' programmes count as well."""

    id: int
    name: str = ""
    home: Point | None = None
    reach_km: int = 40
    languages: frozenset[str] = frozenset()
    #: Weekday -> [(from, until)], ``HH:MM``; empty: any time.
    availability: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    most_a_day: int = 3
    most_a_month: int = 12
    rating: float | None = None
    #: The last day on which the programme's certificate counts; None: none. ``date.max`` where none is needed.
    certified_until: date | None = None
    #: First and last days of absence, both included.
    absences: Sequence[tuple[date, date]] = ()
    #: Own bank, region or branch: ``("bank", "20")``, ``("region", 3)``, ``("branch", 17)`` -> last day, None for good.
    conflicts: Mapping[tuple[str, Any], date | None] = field(default_factory=dict)
    #: Branch id -> days on which it was or will be visited by this shopper.
    visited: Mapping[int, Sequence[date]] = field(default_factory=dict)
    #: Day -> visits held on it; month ``YYYY-MM`` -> visits held in it.
    held_on: Mapping[date, int] = field(default_factory=dict)
    held_in: Mapping[str, int] = field(default_factory=dict)
    #: Visits held and not reported yet.
    open_visits: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit on one day, as eligibility sees it."""

    branch_id: int
    bank: str
    region_id: int | None
    day: date
    hour_from: str = ""
    hour_until: str = ""
    place: Point | None = None


def _absent(who: Shopper, visit: Visit, rules: Rules) -> bool:
    return any(since <= visit.day <= until for since, until in who.absences)


def _not_available(who: Shopper, visit: Visit, rules: Rules) -> bool:
    if not who.availability:
        return False
    times = who.availability.get(weekday(visit.day), ())
    if not visit.hour_from:
        return not times
    return not any(start <= visit.hour_from and visit.hour_until <= end for start, end in times)


def _not_certified(who: Shopper, visit: Visit, rules: Rules) -> bool:
    return who.certified_until is None or who.certified_until < visit.day


def _conflicting(who: Shopper, visit: Visit, rules: Rules) -> bool:
    places = (("bank", visit.bank), ("region", visit.region_id), ("branch", visit.branch_id))
    return any(
        place in who.conflicts and (who.conflicts[place] is None or visit.day <= (who.conflicts[place] or visit.day))
        for place in places
    )


def _locked_out(who: Shopper, visit: Visit, rules: Rules) -> bool:
    apart = timedelta(days=rules.lockout_days)
    return any(abs(visit.day - day) < apart for day in who.visited.get(visit.branch_id, ()))


def _too_far(who: Shopper, visit: Visit, rules: Rules) -> bool:
    away = distance_km(who.home, visit.place)
    return away is not None and away > who.reach_km


def _full_day(who: Shopper, visit: Visit, rules: Rules) -> bool:
    return who.held_on.get(visit.day, 0) >= who.most_a_day


def _full_month(who: Shopper, visit: Visit, rules: Rules) -> bool:
    return who.held_in.get(f"{visit.day:%Y-%m}", 0) >= who.most_a_month


#: Reason -> whether it stands against a shopper's making a visit, in the order in which it is told.
CHECKS: Final[Mapping[str, Callable[[Shopper, Visit, Rules], bool]]] = {
    "conflict": _conflicting,
    "not_certified": _not_certified,
    "locked_out": _locked_out,
    "absent": _absent,
    "not_available": _not_available,
    "too_far": _too_far,
    "full_day": _full_day,
    "full_month": _full_month,
}
REASONS: Final[Mapping[str, Any]] = {
    "conflict": _l("conflict of interest"),
    "not_certified": _l("no certificate that counts on that day"),
    "locked_out": _l("was at this branch too recently"),
    "absent": _l("is away"),
    "not_available": _l("does not work at these hours"),
    "too_far": _l("too far from home"),
    "full_day": _l("has enough visits on that day"),
    "full_month": _l("has enough visits in that month"),
}


def reasons(who: Shopper, visit: Visit, rules: Rules) -> tuple[str, ...]:
    """Why a shopper may not make a visit; empty when nothing stands against it."""
    return tuple(code for code, stands in CHECKS.items() if stands(who, visit, rules))
