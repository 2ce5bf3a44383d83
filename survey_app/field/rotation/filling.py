"""One visit after the other, without looking back: a first plan for the solver to begin with, and what it left over."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from survey_app.field.rotation import targets
from survey_app.field.rotation.days import APART
from survey_app.field.rotation.people import Choice
from survey_app.field.rotation.problem import Planned, Problem


class Filling:
    """What a plan holds so far, and where another visit still fits."""

    def __init__(self, problem: Problem, days: Mapping[Choice, Sequence[date]], planned: Sequence[Planned]) -> None:
        self._problem = problem
        self._days = days
        self._by_branch: dict[int, list[Choice]] = defaultdict(list)
        for choice in days:
            self._by_branch[choice[0]].append(choice)
        self._on: Counter[tuple[int, date]] = Counter()
        self._load: Counter[int] = Counter()
        self._day: Counter[date] = Counter()
        self._window = Counter(problem.done_in)
        self._there: dict[int, set[date]] = {place.id: set(place.taken) for place in problem.places}
        self._met: dict[tuple[int, int], list[date]] = defaultdict(list)
        self._hours: dict[tuple[int, date, int], list[int]] = defaultdict(list)
        self._left = problem.affordable(0)
        self._targets = targets.windows(problem)
        self._weeks = targets.weeks(problem)
        self._week = Counter(targets.week(day) for place in problem.places for day in place.taken)
        self._apart = timedelta(days=max(problem.rules.lockout_days, 1))
        for one in (*problem.fixed, *planned):
            self._take(one)

    def _take(self, one: Planned) -> None:
        self._day[one.day] += 1
        self._week[targets.week(one.day)] += 1
        self._window[one.window] += 1
        self._there[one.branch].add(one.day)
        if self._left is not None:
            self._left -= 1
        if one.shopper is not None:
            self._on[one.shopper, one.day] += 1
            self._load[one.shopper] += 1
            self._met[one.shopper, one.branch].append(one.day)
            self._hours[one.shopper, one.day, one.window].append(one.branch)

    def _fits(self, choice: Choice, day: date) -> bool:
        branch, shopper, window = choice
        who = self._problem.shopper[shopper]
        return (
            day not in self._there[branch]
            and self._on[shopper, day] + who.held_on.get(day, 0) < who.most_a_day
            and all(abs(day - other) >= self._apart for other in self._met[shopper, branch])
            and all(self._problem.together(branch, other) for other in self._hours[shopper, day, window])
        )

    def _crowded(self, branch: int, day: date) -> tuple[float, ...]:
        """How little a day suits a branch: near another of its visits, in a full week, a full day, early."""
        near = min((abs(day - other) for other in self._there[branch]), default=APART)
        alike = any(other.weekday() == day.weekday() for other in self._there[branch])
        week = targets.week(day)
        full = self._week[week] / max(1, self._weeks.get(week, 0))
        return max(APART - near, timedelta(0)).days, alike, round(full, 3), self._day[day], day.toordinal()

    def put(self, choice: Choice) -> date | None:
        """The day that suits a choice best, which is taken; None where none fits."""
        fitting = [day for day in self._days[choice] if self._fits(choice, day)]
        if not fitting:
            return None
        day = min(fitting, key=lambda one: self._crowded(choice[0], one))
        self._take(Planned(choice[0], 0, choice[2], day, choice[1]))
        return day

    def add(self, branch: int) -> Planned | None:
        """Another visit: the hours that lack most, the least loaded and nearest shopper, the emptiest day; or None."""
        if self._left is not None and self._left <= 0:
            return None
        problem = self._problem

        def order(choice: Choice) -> tuple[float, ...]:
            _, shopper, window = choice
            who = problem.shopper[shopper]
            load = (self._load[shopper] + who.held_in.get(problem.month, 0)) / who.most_a_month
            return self._window[window] - self._targets[window], round(load, 1), problem.way(shopper, branch), shopper

        for choice in sorted(self._by_branch[branch], key=order):
            who = problem.shopper[choice[1]]
            if self._load[who.id] + who.held_in.get(problem.month, 0) >= who.most_a_month:
                continue
            day = self.put(choice)
            if day is not None:
                return Planned(branch, 0, choice[2], day, who.id)
        return None


def dated(problem: Problem, days: Mapping[Choice, Sequence[date]], choices: Sequence[Choice]) -> dict[Choice, date]:
    """A day for each choice that gets one, those with the fewest days first: where the search for days begins."""
    filling = Filling(problem, days, ())
    order = sorted(choices, key=lambda one: (len(days[one]), one))
    return {one: day for one in order if (day := filling.put(one)) is not None}


def filled(problem: Problem, days: Mapping[Choice, Sequence[date]], planned: Sequence[Planned]) -> list[Planned]:
    """Visits that fit beside those planned: branches without any first, then those with the fewest ways to do it."""
    filling, here = Filling(problem, days, planned), Counter(one.branch for one in planned)
    ways = Counter(choice[0] for choice in days)
    left = {place.id: problem.wanted(place) - here[place.id] for place in problem.places}
    found: list[Planned] = []
    for turn in range(1, max((problem.wanted(place) for place in problem.places), default=0) + 1):
        for branch in sorted(left, key=lambda one: (ways[one], one)):
            if left[branch] > 0 and here[branch] < turn:
                one = filling.add(branch)
                left[branch] = left[branch] - 1 if one else 0
                if one:
                    here[branch] += 1
                    found.append(one)
    return found
