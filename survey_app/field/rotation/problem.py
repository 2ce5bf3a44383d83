"""What a month's plan is made of: branches with their days and quotas, scenarios, shoppers, and what is fixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from survey_app.field.eligibility import CHECKS, Point, Shopper, Visit, distance_km, weekday
from survey_app.field.rotation.settings import Settings
from survey_app.field.rules import Rules, Window

#: Two visits of one shopper in the same hours of a day are possible up to so many kilometres apart.
SAME_HOURS_KM = 10.0
#: Distance that is reckoned with where a home or a branch has no point on the map.
UNKNOWN_KM = 20.0


@dataclass(frozen=True, slots=True)
class Place:
    """A branch as planning sees it."""

    id: int
    bank: str
    region_id: int | None
    point: Point | None
    #: Days of the month on which it can be visited: open, working, after its staff were told, not past.
    days: tuple[date, ...]
    #: How many visits the programme wants there in the month.
    quota: int
    #: Why it has no day: ``no_notice``, ``notice_late``, ``closed``, ``over``; empty where it has some.
    why_no_day: str = ""
    #: Days on which it is visited already, outside this plan.
    taken: frozenset[date] = frozenset()
    #: Scenario id -> how often it was played there in the last year; visits of this month that count already.
    played: Mapping[int, int] = field(default_factory=dict)
    done: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """One visit of a plan. ``shopper`` is None for one that goes to the job board."""

    branch: int
    scenario: int
    window: int
    day: date
    shopper: int | None
    fixed: bool = False
    #: What the caller knows it by; 0 for one that the solver made.
    id: int = 0


@dataclass(frozen=True)
class Problem:
    """Everything that a plan depends on; the same problem and seed give the same plan."""

    month: str
    rules: Rules
    settings: Settings
    places: Sequence[Place]
    #: Scenario id -> its share of the visits.
    scenarios: Mapping[int, int]
    shoppers: Sequence[Shopper]
    #: Planned before and not to be touched.
    fixed: Sequence[Planned] = ()
    #: Planned before and free to change: a new plan keeps to it as far as that is wished.
    former: Sequence[Planned] = ()
    #: (shopper id, branch id) of the last year.
    history: frozenset[tuple[int, int]] = frozenset()
    #: Window number -> visits of this month outside the plan that lie in it, and their cost in agorot.
    done_in: Mapping[int, int] = field(default_factory=dict)
    spent: int = 0

    @property
    def windows(self) -> Sequence[Window]:
        """Days and hours in which visits are made; a window's number is its place here."""
        return self.rules.windows

    @property
    def cost(self) -> int:
        """The most that one visit costs, in agorot."""
        return self.rules.fee + self.rules.expense_cap

    @cached_property
    def place(self) -> Mapping[int, Place]:
        """Branches by id."""
        return {one.id: one for one in self.places}

    @cached_property
    def shopper(self) -> Mapping[int, Shopper]:
        """Shoppers by id."""
        return {one.id: one for one in self.shoppers}

    @cached_property
    def days_of(self) -> Mapping[tuple[int, int], tuple[date, ...]]:
        """(branch id, window number) -> days on which the branch can be visited in those hours."""
        return {
            (place.id, number): tuple(day for day in place.days if weekday(day) in window.days)
            for place in self.places
            for number, window in enumerate(self.windows)
        }

    def wanted(self, place: Place) -> int:
        """Visits that a branch still needs beside those fixed, done and taken out by hand."""
        fixed = sum(one.branch == place.id for one in self.fixed)
        return max(0, place.quota - place.done - fixed - self.settings.left_out.get(place.id, 0))

    def affordable(self, planned: int) -> int | None:
        """How many visits more the budget allows beside so many planned; None without a budget."""
        if not self.rules.budget or not self.cost:
            return None
        return max(0, (self.rules.budget - self.spent) // self.cost - planned)

    def visit(self, branch: int, window: int, day: date) -> Visit:
        """A visit as eligibility sees it."""
        place, hours = self.place[branch], self.windows[window]
        return Visit(branch, place.bank, place.region_id, day, hours.start, hours.end, place.point)

    @cached_property
    def _ways(self) -> Mapping[tuple[int, int], float]:
        return {
            (who.id, place.id): found if (found := distance_km(who.home, place.point)) is not None else UNKNOWN_KM
            for who in self.shoppers
            for place in self.places
        }

    def way(self, shopper: int, branch: int) -> float:
        """Kilometres from a shopper's home area to a branch, or what is reckoned with."""
        return self._ways[shopper, branch]

    @cached_property
    def _near(self) -> frozenset[tuple[int, int]]:
        places = [place for place in self.places if place.point is not None]
        return frozenset(
            (one.id, other.id)
            for one in places
            for other in places
            if (distance_km(one.point, other.point) or 0.0) <= SAME_HOURS_KM
        )

    def together(self, one: int, other: int) -> bool:
        """Whether somebody can visit two branches in the same hours of one day."""
        return one == other or (one, other) in self._near

    def standing(self, planned: Iterable[Planned]) -> dict[int, Shopper]:
        """Shoppers by id, with the visits of a plan counted as held by them."""
        by_shopper: dict[int, list[Planned]] = {}
        for one in planned:
            if one.shopper is not None and one.shopper in self.shopper:
                by_shopper.setdefault(one.shopper, []).append(one)
        return {who.id: _holding(who, by_shopper.get(who.id, [])) for who in self.shoppers}


def _holding(who: Shopper, more: Sequence[Planned]) -> Shopper:
    if not more:
        return who
    visited = {branch: list(days) for branch, days in who.visited.items()}
    for one in more:
        visited.setdefault(one.branch, []).append(one.day)
    return replace(
        who,
        visited=visited,
        held_on=Counter(dict(who.held_on)) + Counter(one.day for one in more),
        held_in=Counter(dict(who.held_in)) + Counter(f"{one.day:%Y-%m}" for one in more),
    )


#: What a check looks at: the fewer things, the less often it is asked. One that is not named here looks at everything.
_LOOKS_AT: Mapping[str, str] = {
    "conflict": "place day",
    "not_certified": "day",
    "locked_out": "place day",
    "absent": "day",
    "not_available": "weekday window",
    "too_far": "place",
    "full_day": "day",
    "full_month": "month",
}
_EVERYTHING = "place day window"


class Eligibility:
    """Which checks stand against which shopper, branch, window and day; each asked once for what it looks at."""

    def __init__(self, problem: Problem, shoppers: Mapping[int, Shopper]) -> None:
        self._problem = problem
        self._shoppers = shoppers
        self._known: dict[tuple[object, ...], bool] = {}

    def stands(self, check: str, shopper: int, branch: int, window: int, day: date) -> bool:
        """Whether one check stands against a visit."""
        looks_at = _LOOKS_AT.get(check, _EVERYTHING)
        key: list[object] = [check, shopper]
        if "place" in looks_at:
            key.append(branch)
        if "window" in looks_at:
            key.append(window)
        if "month" not in looks_at:
            key.append(weekday(day) if "weekday" in looks_at else day if "day" in looks_at else None)
        found = self._known.get(tuple(key))
        if found is None:
            visit = self._problem.visit(branch, window, day)
            found = CHECKS[check](self._shoppers[shopper], visit, self._problem.rules)
            self._known[tuple(key)] = found
        return found

    def reasons(self, shopper: int, branch: int, window: int, day: date) -> tuple[str, ...]:
        """Every check that stands, in the order in which it is told."""
        return tuple(check for check in CHECKS if self.stands(check, shopper, branch, window, day))

    def free(self, shopper: int, branch: int, window: int, day: date) -> bool:
        """Whether nothing stands against it."""
        return not any(self.stands(check, shopper, branch, window, day) for check in CHECKS)

    def days(self, shopper: int, branch: int, window: int) -> tuple[date, ...]:
        """Days on which a shopper can visit a branch in a window and nobody else does yet."""
        problem = self._problem
        taken = problem.place[branch].taken
        return tuple(
            day
            for day in problem.days_of[branch, window]
            if day not in taken and self.free(shopper, branch, window, day)
        )
