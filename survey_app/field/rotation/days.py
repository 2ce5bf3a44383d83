"""On which day each chosen visit is made: the smaller of the two models."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any, Final

from ortools.sat.python import cp_model

from survey_app.field.eligibility import weekday
from survey_app.field.rotation import targets
from survey_app.field.rotation.people import Choice
from survey_app.field.rotation.problem import Problem
from survey_app.field.rotation.solver import Answer, Effort, Watching, solve

_MISSING: Final = 20_000
#: Points of what is only wished for, times the importance of days and hours; of keeping a day.
_WEEKDAY: Final = 8
_KEEP: Final = 10
#: The same times the importance of an even month: a visit too many in a week and on a day, two visits of a branch too
#: close for each day that they lack, and on the same weekday.
_WEEK: Final = 10
_CROWDED: Final = 6
_CLOSE: Final = 8
_SAME_DAY: Final = 6
#: Two visits of one branch should be so many days apart.
APART: Final = timedelta(days=10)


@dataclass(frozen=True)
class Dated:
    """A day for each choice that could get one."""

    days: dict[Choice, date]
    answer: Answer


class _Model:
    def __init__(self, problem: Problem, days: Mapping[Choice, Sequence[date]]) -> None:
        self.problem = problem
        self.model = cp_model.CpModel()
        self.on = {(one, day): self.model.new_bool_var("") for one, own in days.items() for day in own}
        self.terms: list[Any] = []
        #: What stands on which day: for a shopper, a branch, and a window's weekday.
        self.of_shopper: dict[tuple[int, date], list[tuple[Choice, Any]]] = defaultdict(list)
        self.of_branch: dict[int, dict[date, list[Any]]] = defaultdict(lambda: defaultdict(list))
        self.of_weekday: dict[tuple[int, str], list[Any]] = defaultdict(list)
        self.of_day: dict[date, list[Any]] = defaultdict(list)
        for (one, day), here in self.on.items():
            self.of_shopper[one[1], day].append((one, here))
            self.of_branch[one[0]][day].append(here)
            self.of_weekday[one[2], weekday(day)].append(here)
            self.of_day[day].append(here)
        for one, own in days.items():
            missing = self.model.new_bool_var("")
            self.model.add(sum(self.on[one, day] for day in own) + missing == 1)
            self.terms.append(_MISSING * missing)

    def beyond(self, what: Any, limit: int, most: int, weight: int) -> None:
        over = self.model.new_int_var(0, max(most, 0), "")
        self.model.add(what - limit <= over)
        self.terms.append(weight * over)


def date_all(
    problem: Problem,
    choices: Mapping[Choice, Sequence[date]],
    first: Mapping[Choice, date],
    effort: Effort,
    watching: Watching,
) -> Dated:
    """A day for as many choices as possible, of those that each allows; the search begins with ``first``."""
    made = _Model(problem, choices)
    _one_at_a_branch(made)
    _shoppers(made)
    _lockouts(made, choices)
    if problem.settings.hours:
        _weekdays(made)
    if problem.settings.spread:
        _evenly(made)
        _not_alike(made)
    _keep(made, first)
    made.model.minimize(sum(made.terms))
    answer = solve(made.model, effort, watching)
    if not answer.found:
        return Dated({}, answer)
    return Dated({one: day for (one, day), here in made.on.items() if answer.solver.boolean_value(here)}, answer)


def _one_at_a_branch(made: _Model) -> None:
    """A branch is visited once a day; two of its visits are ten days apart where that is possible."""
    problem = made.problem
    fixed: dict[int, set[date]] = defaultdict(set)
    for one in problem.fixed:
        fixed[one.branch].add(one.day)
    for branch, by_day in made.of_branch.items():
        held = fixed[branch] | problem.place[branch].taken
        for day, here in by_day.items():
            made.model.add(sum(here) <= (day not in held))
        if not problem.settings.spread:
            continue
        for day in sorted(by_day):
            week = [one for later, here in by_day.items() if day <= later < day + APART for one in here]
            there = sum(day <= one < day + APART for one in held)
            if len(week) > 1 or there:
                made.beyond(sum(week), max(0, 1 - there), len(week), _CLOSE * problem.settings.spread)


def _shoppers(made: _Model) -> None:
    """A shopper's day has room for so many visits, and no two of the same hours far from each other."""
    problem = made.problem
    fixed: dict[tuple[int, date], list[tuple[int, int]]] = defaultdict(list)
    for planned in problem.fixed:
        if planned.shopper is not None:
            fixed[planned.shopper, planned.day].append((planned.branch, planned.window))
    for (number, day), own in made.of_shopper.items():
        who = problem.shopper[number]
        room = max(0, who.most_a_day - who.held_on.get(day, 0) - len(fixed[number, day]))
        if len(own) > room:
            made.model.add(sum(here for _, here in own) <= room)
        for one, here in own:
            if any(one[2] == window and not problem.together(one[0], branch) for branch, window in fixed[number, day]):
                made.model.add(here == 0)
        for (one, here), (other, there) in combinations(own, 2):
            if one[2] == other[2] and not problem.together(one[0], other[0]):
                made.model.add_at_most_one([here, there])


def _lockouts(made: _Model, choices: Mapping[Choice, Sequence[date]]) -> None:
    """Where the lockout lets a shopper come twice in a month, the two visits keep that distance."""
    pairs: dict[tuple[int, int], list[Choice]] = defaultdict(list)
    for one in choices:
        pairs[one[:2]].append(one)
    apart = timedelta(days=max(made.problem.rules.lockout_days, 1))
    for own in pairs.values():
        for one, other in combinations(own, 2):
            for day in choices[one]:
                for later in choices[other]:
                    if abs(later - day) < apart:
                        made.model.add_at_most_one([made.on[one, day], made.on[other, later]])


def _weekdays(made: _Model) -> None:
    """Weekdays of a window by their shares."""
    problem, weight = made.problem, made.problem.settings.hours
    fixed = Counter((one.window, weekday(one.day)) for one in problem.fixed)
    for key, target in targets.weekdays(problem).items():
        own = made.of_weekday.get(key, [])
        if own:
            made.beyond(sum(own), max(0, target - fixed[key]), len(own), _WEEKDAY * weight)


def _evenly(made: _Model) -> None:
    """Every week of the month has its part of the visits, and no day is fuller than others."""
    problem, weight = made.problem, made.problem.settings.spread
    held = Counter(one.day for one in problem.fixed) + Counter(day for place in problem.places for day in place.taken)
    by_week: dict[date, list[Any]] = defaultdict(list)
    for day, own in made.of_day.items():
        by_week[targets.week(day)].extend(own)
    there: Counter[date] = Counter()
    for day, count in held.items():
        there[targets.week(day)] += count
    for first, target in targets.weeks(problem).items():
        own = by_week[first]
        made.beyond(sum(own), max(0, target - there[first]), len(own), _WEEK * weight)
    for day, most in sorted(targets.days(problem).items()):
        own = made.of_day[day]
        made.beyond(sum(own), max(0, most - held[day]), len(own), _CROWDED * weight)


def _not_alike(made: _Model) -> None:
    """Two visits of a branch are not on the same weekday."""
    problem, weight = made.problem, made.problem.settings.spread
    visits = Counter(one[0] for one in {one for one, _day in made.on})
    on_weekday: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for (one, day), here in made.on.items():
        on_weekday[one[0], weekday(day)].append(here)
    held = Counter((place.id, weekday(day)) for place in problem.places for day in place.taken)
    held.update((one.branch, weekday(one.day)) for one in problem.fixed)
    for key, own in on_weekday.items():
        if visits[key[0]] > 1 or held[key]:
            made.beyond(sum(own), max(0, 1 - held[key]), len(own), _SAME_DAY * weight)


def _keep(made: _Model, first: Mapping[Choice, date]) -> None:
    problem = made.problem
    before = {((one.branch, one.shopper, one.window), one.day) for one in problem.former}
    stays = {choice for choice, _day in before}
    for key, here in made.on.items():
        made.model.add_hint(here, key in before if key[0] in stays else first.get(key[0]) == key[1])
        if key in before:
            made.terms.append(-_KEEP * problem.settings.keep * here)
