"""What a plan comes to, whoever made it: quotas beside what is planned, load, ways, cost, and the rotation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from survey_app.field.eligibility import weekday
from survey_app.field.rotation import targets
from survey_app.field.rotation.connected import Connected, connected
from survey_app.field.rotation.problem import Planned, Problem


@dataclass(frozen=True)
class Line:
    """One quota: how many visits it asks for, how many there are already and how many are planned."""

    wanted: int
    done: int
    planned: int

    @property
    def there(self) -> int:
        """How many there are, done and planned."""
        return self.done + self.planned

    @property
    def lacking(self) -> int:
        """How many are missing."""
        return max(0, self.wanted - self.there)

    @property
    def over(self) -> int:
        """How many there are more than were asked for."""
        return max(0, self.there - self.wanted)


@dataclass(frozen=True)
class Load:
    """What one shopper has in the month."""

    planned: int
    #: Held already outside this plan.
    held: int
    most: int
    days: int
    #: Sum of the ways from home to the branches planned, in kilometres as the crow flies.
    km: float


@dataclass(frozen=True)
class Summary:
    """Everything that pages and the command line say of a plan."""

    problem: Problem
    planned: Sequence[Planned]

    @cached_property
    def branches(self) -> dict[int, Line]:
        """Branch id -> its quota of the month; what was taken out by hand is not asked for."""
        here = Counter(one.branch for one in self.planned)
        left_out = self.problem.settings.left_out
        return {
            place.id: Line(max(0, place.quota - left_out.get(place.id, 0)), place.done, here[place.id])
            for place in self.problem.places
        }

    @cached_property
    def windows(self) -> dict[int, Line]:
        """Window number -> visits by its share."""
        here = Counter(one.window for one in self.planned)
        return {
            number: Line(wanted, self.problem.done_in.get(number, 0), here[number])
            for number, wanted in targets.windows(self.problem).items()
        }

    @cached_property
    def weekdays(self) -> dict[tuple[int, str], Line]:
        """(window number, weekday) -> visits evenly over the window's days."""
        here = Counter((one.window, weekday(one.day)) for one in self.planned)
        return {key: Line(wanted, 0, here[key]) for key, wanted in targets.weekdays(self.problem).items()}

    @cached_property
    def weeks(self) -> dict[date, Line]:
        """First day of a week, a Sunday -> visits by the days that branches have in it, in order."""
        here = Counter(targets.week(one.day) for one in self.planned)
        done = Counter(targets.week(day) for place in self.problem.places for day in place.taken)
        wanted = targets.weeks(self.problem)
        return {one: Line(wanted.get(one, 0), done[one], here[one]) for one in sorted({*wanted, *here, *done})}

    @cached_property
    def scenarios(self) -> dict[int, Line]:
        """Scenario id -> visits by its share of those that are planned or lack."""
        here = Counter(one.scenario for one in self.planned)
        whole = len(self.planned) + self.lacking
        shares = dict(self.problem.scenarios) | {one: 0 for one in here if one not in self.problem.scenarios}
        return {one: Line(wanted, 0, here[one]) for one, wanted in targets.by_shares(whole, shares).items()}

    @cached_property
    def loads(self) -> dict[int, Load]:
        """Shopper id -> what they have; everybody who is active, in the order of the problem."""
        return {who.id: self._load(who.id) for who in self.problem.shoppers}

    def _load(self, shopper: int) -> Load:
        who, own = self.problem.shopper[shopper], [one for one in self.planned if one.shopper == shopper]
        return Load(
            len(own),
            who.held_in.get(self.problem.month, 0),
            who.most_a_month,
            len({one.day for one in own}),
            sum(self.problem.way(shopper, one.branch) for one in own if one.branch in self.problem.place),
        )

    @property
    def lacking(self) -> int:
        """Visits that the quotas ask for and that are neither done nor planned."""
        return sum(line.lacking for line in self.branches.values())

    @property
    def wanted(self) -> int:
        """Visits that the quotas ask for."""
        return sum(line.wanted for line in self.branches.values())

    @property
    def done(self) -> int:
        """Visits of the month outside this plan."""
        return sum(line.done for line in self.branches.values())

    @property
    def board(self) -> int:
        """Planned visits that nobody has yet: they go to the job board."""
        return sum(one.shopper is None for one in self.planned)

    @property
    def cost(self) -> int:
        """The most that the month's visits cost, those outside the plan among them, in agorot."""
        return self.problem.spent + len(self.planned) * self.problem.cost

    @property
    def mean_km(self) -> float | None:
        """Mean way of the planned visits, as the crow flies; None without any."""
        own = [one for one in self.planned if one.shopper in self.problem.shopper]
        return sum(load.km for load in self.loads.values()) / len(own) if own else None

    @cached_property
    def before(self) -> Connected:
        """The rotation of the last year without this plan."""
        return self._connected(frozenset())

    @cached_property
    def after(self) -> Connected:
        """The rotation of the last year with this plan."""
        return self._connected(frozenset((one.shopper, one.branch) for one in self.planned if one.shopper is not None))

    def _connected(self, more: frozenset[tuple[int, int]]) -> Connected:
        places = [place.id for place in self.problem.places]
        known = {pair for pair in self.problem.history if pair[1] in self.problem.place}
        return connected(known | more, places, [who.id for who in self.problem.shoppers])
