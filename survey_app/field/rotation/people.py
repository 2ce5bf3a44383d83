"""Who visits which branch, and in which window: the larger of the two models.

One yes-or-no for each shopper, branch and window in which the shopper is free on some day. Which day it
will be is left to :mod:`days`; here only the room is counted that a shopper's days have.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from ortools.sat.python import cp_model

from survey_app.field.rotation import targets
from survey_app.field.rotation.connected import BRANCHES_A_SHOPPER, SHOPPERS_A_BRANCH
from survey_app.field.rotation.problem import Eligibility, Problem
from survey_app.field.rotation.solver import Answer, Effort, Watching, solve

#: What a visit without a place weighs against any soft goal, and a branch without any visit on top of it.
_MISSING: Final = 20_000
_NONE_AT_ALL: Final = 8_000
#: Points of the soft goals, each times its importance (0–3). Distance is a point a kilometre.
_CONNECT: Final = 40
_LOAD: Final = 30
_HOURS: Final = 25
_KEEP: Final = 30
_SAME_WINDOW: Final = 10

#: (branch id, shopper id, window number): somebody visits a branch in a window.
Choice = tuple[int, int, int]


@dataclass(frozen=True)
class Chosen:
    """What the model came to."""

    choices: tuple[Choice, ...]
    answer: Answer


def possible(problem: Problem, eligible: Eligibility) -> dict[Choice, tuple[date, ...]]:
    """Every choice that some day allows, with those days. Branches that want nothing are left out."""
    found: dict[Choice, tuple[date, ...]] = {}
    for place in problem.places:
        if not problem.wanted(place):
            continue
        for who in problem.shoppers:
            for window in range(len(problem.windows)):
                days = eligible.days(who.id, place.id, window)
                if days:
                    found[place.id, who.id, window] = days
    return found


def most_together(problem: Problem) -> int:
    """How often one shopper can come to one branch in the month."""
    days = [day for place in problem.places for day in place.days]
    if not days:
        return 0
    if problem.rules.lockout_days == 0:
        return len(problem.windows)
    return (max(days) - min(days)) // timedelta(days=problem.rules.lockout_days) + 1


class _Model:
    """The model under construction."""

    def __init__(self, problem: Problem, days: Mapping[Choice, Sequence[date]], never: Sequence[frozenset[Choice]]):
        self.problem = problem
        self.model = cp_model.CpModel()
        self.days = days
        self.goes = {choice: self.model.new_bool_var("") for choice in days}
        self.terms: list[Any] = []
        self.by_branch: dict[int, list[Choice]] = defaultdict(list)
        self.by_shopper: dict[int, list[Choice]] = defaultdict(list)
        for choice in days:
            self.by_branch[choice[0]].append(choice)
            self.by_shopper[choice[1]].append(choice)
        for combination in never:
            self.model.add(sum(self.goes[one] for one in sorted(combination)) <= len(combination) - 1)

    def sum(self, choices: Sequence[Choice]) -> Any:
        return sum(self.goes[one] for one in choices)

    def over(self, what: Any, limit: int, most: int, weight: int) -> None:
        """Every one of ``what`` beyond a limit costs ``weight``."""
        beyond = self.model.new_int_var(0, max(most, 0), "")
        self.model.add(what - limit <= beyond)
        self.terms.append(weight * beyond)

    def under(self, what: Any, limit: int, weight: int) -> None:
        """Every one that ``what`` lacks to a limit costs ``weight``."""
        if limit > 0:
            short = self.model.new_int_var(0, limit, "")
            self.model.add(limit - what <= short)
            self.terms.append(weight * short)


def choose(
    problem: Problem,
    days: Mapping[Choice, Sequence[date]],
    never: Sequence[frozenset[Choice]],
    first: Collection[Choice],
    effort: Effort,
    watching: Watching,
) -> Chosen:
    """Shopper and window for as many visits as possible; ``never`` are combinations for which there are no days.

    ``first`` is where the search begins, unless there was a plan before.
    """
    made = _Model(problem, days, never)
    _branches(made)
    _shoppers(made)
    _budget(made)
    if problem.settings.hours:
        _hours(made)
    if problem.settings.connect:
        _connect(made)
    if problem.settings.load:
        _load(made)
    weight = problem.settings.distance
    made.terms.extend(weight * round(problem.way(who, branch)) * goes for (branch, who, _), goes in made.goes.items())
    _keep(made, first)
    made.model.minimize(sum(made.terms))
    answer = solve(made.model, effort, watching)
    if not answer.found:
        return Chosen((), answer)
    return Chosen(tuple(one for one, goes in made.goes.items() if answer.solver.boolean_value(goes)), answer)


def _branches(made: _Model) -> None:
    """As many visits as are wanted; nobody too often; one branch without any visit is worse than two with one less."""
    problem, most = made.problem, most_together(made.problem)
    for branch, choices in made.by_branch.items():
        wanted = problem.wanted(problem.place[branch])
        missing = made.model.new_int_var(0, wanted, "")
        made.model.add(made.sum(choices) + missing == wanted)
        made.terms.append(_MISSING * missing)
        if wanted > 1 and not problem.place[branch].done:
            nobody = made.model.new_bool_var("")
            made.model.add(missing <= wanted - 1 + nobody)
            made.terms.append(_NONE_AT_ALL * nobody)
        # One visit a day: no more than there are days.
        made.model.add(made.sum(choices) <= len({day for one in choices for day in made.days[one]}))
        pairs: dict[int, list[Choice]] = defaultdict(list)
        for one in choices:
            pairs[one[1]].append(one)
        for own in pairs.values():
            if len(own) > most:
                made.model.add(made.sum(own) <= most)


def _shoppers(made: _Model) -> None:
    """Nobody gets more than a month allows, nor more than there is room for on the days of each set of windows."""
    problem = made.problem
    fixed_on = Counter((one.shopper, one.day) for one in problem.fixed)
    fixed = Counter(one.shopper for one in problem.fixed)
    for number, choices in made.by_shopper.items():
        who = problem.shopper[number]
        made.model.add(
            made.sum(choices) <= max(0, who.most_a_month - who.held_in.get(problem.month, 0) - fixed[number])
        )

        def room(day: date, number: int = number) -> int:
            who = problem.shopper[number]
            return max(0, who.most_a_day - who.held_on.get(day, 0) - fixed_on[number, day])

        for windows in _sets_of_windows(problem):
            own = [one for one in choices if one[2] in windows]
            made.model.add(made.sum(own) <= sum(room(day) for day in {day for one in own for day in made.days[one]}))


def _sets_of_windows(problem: Problem) -> list[frozenset[int]]:
    every = range(len(problem.windows))
    return list(dict.fromkeys([*(frozenset((one,)) for one in every), frozenset(every)]))


def _budget(made: _Model) -> None:
    affordable = made.problem.affordable(len(made.problem.fixed))
    if affordable is not None:
        made.model.add(sum(made.goes.values()) <= affordable)


def _hours(made: _Model) -> None:
    """Windows by their shares, and a branch seen at different hours."""
    problem = made.problem
    fixed = Counter(one.window for one in problem.fixed)
    for window, target in targets.windows(problem).items():
        own = [one for one in made.goes if one[2] == window]
        there = fixed[window] + problem.done_in.get(window, 0)
        made.over(made.sum(own), max(0, target - there), len(own), _HOURS * problem.settings.hours)
        made.under(made.sum(own), target - there, _HOURS * problem.settings.hours)
    for branch, choices in made.by_branch.items():
        if problem.wanted(problem.place[branch]) > 1:
            for window in sorted({one[2] for one in choices}):
                own = [one for one in choices if one[2] == window]
                made.over(made.sum(own), 1, len(own), _SAME_WINDOW * problem.settings.hours)


def _connect(made: _Model) -> None:
    """New pairs of shopper and branch, where a year lacks them."""
    problem, weight = made.problem, _CONNECT * made.problem.settings.connect
    known = problem.history | {(one.shopper, one.branch) for one in problem.fixed if one.shopper is not None}
    met: dict[tuple[int, int], Any] = {}
    for branch, who, window in made.goes:
        if (who, branch) not in known:
            met.setdefault((who, branch), []).append(made.goes[branch, who, window])
    for pair, goes in met.items():
        new = made.model.new_bool_var("")
        made.model.add(new <= sum(goes))
        met[pair] = new
    seen_by, sees = Counter(branch for _, branch in known), Counter(who for who, _ in known)
    for branch, choices in made.by_branch.items():
        # No more can come new in this month than visits are wanted.
        here = problem.wanted(problem.place[branch])
        lacking = min(SHOPPERS_A_BRANCH - seen_by[branch], here)
        made.under(sum(met[pair] for pair in met if pair[1] == branch), min(lacking, len(choices)), weight)
    for who in made.by_shopper:
        made.under(sum(met[pair] for pair in met if pair[0] == who), BRANCHES_A_SHOPPER - sees[who], weight)


def _load(made: _Model) -> None:
    """Everybody gets a part of the visits that fits what they can take; what they hold already counts."""
    problem, weight = made.problem, _LOAD * made.problem.settings.load
    fixed = Counter(one.shopper for one in problem.fixed)
    held = {who: problem.shopper[who].held_in.get(problem.month, 0) + fixed[who] for who in made.by_shopper}
    wanted = sum(problem.wanted(place) for place in problem.places if place.id in made.by_branch)
    fair = targets.by_shares(
        wanted + sum(held.values()), {who: problem.shopper[who].most_a_month for who in made.by_shopper}
    )
    for who, choices in made.by_shopper.items():
        own = made.sum(choices) + held[who]
        made.over(own, fair[who], len(choices) + held[who], weight)
        # The second visit too many is worse than the first of somebody else.
        made.over(own, fair[who] + 1, len(choices) + held[who], weight)
        made.under(own, fair[who] - 1, weight)


def _keep(made: _Model, first: Collection[Choice]) -> None:
    """What was planned before is begun with, and kept as far as that is wished."""
    problem = made.problem
    before = {(one.branch, one.shopper, one.window) for one in problem.former}
    pairs = {(one.branch, one.shopper) for one in problem.former}
    weight = _KEEP * problem.settings.keep
    for choice, goes in made.goes.items():
        made.model.add_hint(goes, choice in (before or first))
        if choice[:2] in pairs:
            made.terms.append(-weight * goes)
        if choice in before:
            made.terms.append(-weight // 2 * goes)
