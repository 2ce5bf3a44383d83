"""A month's plan: people, days, what could not be, and whatever can be filled in afterwards."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from survey_app.field.rotation import targets
from survey_app.field.rotation.days import date_all
from survey_app.field.rotation.filling import dated as begun
from survey_app.field.rotation.filling import filled
from survey_app.field.rotation.people import Choice, choose, possible
from survey_app.field.rotation.problem import Eligibility, Planned, Problem
from survey_app.field.rotation.solver import Effort
from translations import lazy_gettext as _l

#: Phases in their order, with their words and how much of the whole they usually are.
PHASES: Final = {
    "reading": (_l("Looking at branches, shoppers and their days"), 0.05),
    "people": (_l("Choosing who visits which branch"), 0.6),
    "days": (_l("Choosing the days"), 0.3),
    "filling": (_l("Trying what is left"), 0.05),
}
#: How often a combination that has no days is ruled out and people are chosen anew.
_ROUNDS: Final = 3
#: Units of the solver's own work in a second: what it does on one slow core. See docs/rotation.md.
_UNITS: Final = 0.5

#: Told phase, share of the whole (0–1), seconds, and visits that have a place so far; says whether to go on.
Progress = Callable[[str, float, float, int], bool]


class Stopped(Exception):
    """Somebody does not want the plan any more."""


@dataclass(frozen=True)
class Solved:
    """A plan, those fixed by hand not among its visits."""

    planned: tuple[Planned, ...]
    #: (branch id, scenario id) of visits without a place.
    unplaced: tuple[tuple[int, int], ...]
    #: Nothing better exists for people and for days.
    best: bool
    #: The clock ended it before its work was done: the same settings may give another plan elsewhere.
    hurried: bool
    seconds: float


def _silent(phase: str, share: float, seconds: float, placed: int) -> bool:
    return True


def solve(problem: Problem, progress: Progress = _silent) -> Solved:
    """The best plan that can be found in the time that the settings give. Raises Stopped when told to."""
    return _Run(problem, progress).go()


class _Run:
    """One solution under way."""

    def __init__(self, problem: Problem, progress: Progress) -> None:
        self.problem = problem
        self._progress = progress
        self._began = time.perf_counter()
        self._stopped = False
        self._placed = 0
        self._base = 0.0

    def seconds(self) -> float:
        return time.perf_counter() - self._began

    def tell(self, phase: str, part: float) -> bool:
        """Say how far it is; False when nobody wants it any more."""
        whole = PHASES[phase][1]
        share = min(0.99, self._base + whole * min(part, 1.0))
        if not self._progress(phase, share, self.seconds(), self._placed):
            self._stopped = True
        return not self._stopped

    def step(self, phase: str, part: float = 0.0) -> None:
        if not self.tell(phase, part):
            raise Stopped

    def go(self) -> Solved:
        problem, limit = self.problem, float(self.problem.settings.seconds)
        self.step("reading")
        standing = problem.standing(problem.fixed)
        eligible = Eligibility(problem, standing)
        days = possible(problem, eligible)
        first = {(one.branch, one.shopper or 0, one.window): one.day for one in filled(problem, days, ())}
        self._base = 0.05
        never: list[frozenset[Choice]] = []
        best, hurried = True, False
        kept: dict[Choice, date] = {}
        for turn in range(_ROUNDS):
            self.step("people", turn / _ROUNDS)
            share = 0.5 if turn == 0 else 0.2
            effort = self._effort(limit, share)
            chosen = choose(problem, days, never, first, effort, self._watching("people", effort, turn))
            self.step("people", (turn + 1) / _ROUNDS)
            self._base = 0.65
            effort = self._effort(limit, 0.3 if turn == 0 else 0.1)
            own = {one: days[one] for one in chosen.choices}
            hint = begun(problem, days, chosen.choices)
            dated = date_all(problem, own, hint, effort, self._watching("days", effort, turn))
            self.step("days", 1.0)
            best, hurried = (
                best and chosen.answer.best and dated.answer.best,
                hurried or chosen.answer.hurried or dated.answer.hurried,
            )
            if len(dated.days) > len(kept) or not turn:
                kept = dated.days
            self._placed = len(kept)
            without = [one for one in chosen.choices if one not in dated.days]
            if not without or self.seconds() > limit * 0.85:
                break
            never.extend(_combinations(chosen.choices, without))
            self._base = 0.05
        self._base = 0.95
        self.step("filling")
        if len(first) > len(kept):  # a month too large for the time that was given
            kept, best = first, False
        planned = [Planned(one[0], 0, one[2], day, one[1]) for one, day in sorted(kept.items(), key=_in_order)]
        planned.extend(filled(problem, days, planned))
        placed, unplaced = _with_scenarios(problem, planned)
        return Solved(placed, unplaced, best, hurried, self.seconds())

    def _effort(self, limit: float, share: float) -> Effort:
        left = max(0.2, limit - self.seconds())
        return Effort(max(limit * share * _UNITS, 0.05), min(left, limit * share * 1.5), self.problem.settings.seed)

    def _watching(self, phase: str, effort: Effort, turn: int) -> Callable[[float, float], bool]:
        return lambda objective, seconds: self.tell(phase, (turn + seconds / effort.seconds) / (turn + 1))


def _in_order(item: tuple[Choice, date]) -> tuple[date, Choice]:
    return item[1], item[0]


def _combinations(choices: Sequence[Choice], without: Sequence[Choice]) -> list[frozenset[Choice]]:
    """What cannot be together: all that a shopper was to do where one of it has no day."""
    return [frozenset(one for one in choices if one[1] == shopper) for shopper in sorted({one[1] for one in without})]


def clashes(problem: Problem, planned: Sequence[Planned], shopper: int, branch: int, window: int, day: date) -> bool:
    """Whether a shopper has another visit in the same hours of a day too far from this branch."""
    return any(
        one.shopper == shopper and one.day == day and one.window == window and not problem.together(one.branch, branch)
        for one in planned
    )


def _with_scenarios(
    problem: Problem, planned: Sequence[Planned]
) -> tuple[tuple[Planned, ...], tuple[tuple[int, int], ...]]:
    """Give the dealt scenarios to the visits, so that each shopper plays different ones; the rest has no place."""
    left = {branch: Counter(dealt) for branch, dealt in targets.scenarios(problem).items()}
    before: Mapping[tuple[int, int | None], int] = {(one.branch, one.shopper): one.scenario for one in problem.former}
    played: dict[int | None, Counter[int]] = defaultdict(Counter)
    for one in problem.fixed:
        played[one.shopper][one.scenario] += 1
    placed: list[Planned] = []
    for one in planned:
        offered = left[one.branch]
        former = before.get((one.branch, one.shopper))
        scenario = min(
            (scenario for scenario, count in offered.items() if count > 0),
            key=lambda code, one=one, former=former: (code != former, played[one.shopper][code], code),  # type: ignore[misc]
        )
        offered[scenario] -= 1
        played[one.shopper][scenario] += 1
        placed.append(Planned(one.branch, scenario, one.window, one.day, one.shopper))
    unplaced = tuple(
        (branch, scenario)
        for branch, offered in sorted(left.items())
        for scenario, count in sorted(offered.items())
        for _ in range(count)
    )
    return tuple(placed), unplaced
