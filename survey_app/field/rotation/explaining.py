"""Why a visit has no place, in numbers that a sentence can be made of.

Each shopper is asked check by check, in the order of :data:`survey_app.field.eligibility.CHECKS`: the check that takes
the last of the branch's days and hours away is the reason that is counted for this shopper. So the counts add up to all
shoppers, and read like a funnel: of 25, 18 have no certificate; 4 were here too recently; 3 are away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from survey_app.field.eligibility import CHECKS, REASONS
from survey_app.field.rotation.problem import Eligibility, Planned, Problem
from survey_app.field.rotation.solving import clashes
from translations import lazy_gettext as _l

#: Reasons that no shopper can help.
CAUSES: Final[Mapping[str, Any]] = {
    "no_notice": _l("This branch's staff were not told of the programme yet."),
    "notice_late": _l("This branch's staff are told too late for this month."),
    "closed": _l("The branch is closed on every day on which visits are made in this month."),
    "over": _l("No day is left in this month."),
    "no_shoppers": _l("There is no active mystery shopper."),
    "budget": _l("The month's budget is used up."),
    "full_branch": _l("The branch is visited on every day that is left."),
    "nobody": _l("No shopper can make it."),
}
#: Reasons counted by shopper, beside those of eligibility.
BESIDE: Final[Mapping[str, Any]] = {"elsewhere": _l("is far away in the same hours")}
COUNTED: Final[Mapping[str, Any]] = {**REASONS, **BESIDE}
#: How many are named who come nearest to it.
NEAREST: Final = 3


@dataclass(frozen=True)
class Explained:
    """Why one visit has no place."""

    branch: int
    scenario: int
    cause: str
    #: Reason -> shoppers for whom it decided.
    counts: Mapping[str, int]
    #: (shopper id, reasons) of those against whom least stands, the nearest first.
    near: Sequence[tuple[int, tuple[str, ...]]]
    #: A day and a window on which the branch could be visited, if anybody could; None where there is none.
    day: date | None = None
    window: int | None = None

    def dump(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "branch": self.branch,
            "scenario": self.scenario,
            "cause": self.cause,
            "counts": dict(self.counts),
            "near": [[who, list(reasons)] for who, reasons in self.near],
            "day": self.day.isoformat() if self.day else None,
            "window": self.window,
        }

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Explained:
        """Back from JSON."""
        return cls(
            stored["branch"],
            stored["scenario"],
            stored["cause"],
            dict(stored["counts"]),
            [(int(who), tuple(reasons)) for who, reasons in stored["near"]],
            date.fromisoformat(stored["day"]) if stored.get("day") else None,
            stored.get("window"),
        )


def explain(problem: Problem, planned: Sequence[Planned], unplaced: Sequence[tuple[int, int]]) -> tuple[Explained, ...]:
    """Why each (branch id, scenario id) has no place beside the visits of a plan, fixed ones among them."""
    eligible = Eligibility(problem, problem.standing(planned))
    known: dict[int, Explained] = {}
    found = []
    for branch, scenario in unplaced:
        if branch not in known:
            known[branch] = _explained(problem, planned, eligible, branch)
        one = known[branch]
        found.append(Explained(branch, scenario, one.cause, one.counts, one.near, one.day, one.window))
    return tuple(found)


def _explained(problem: Problem, planned: Sequence[Planned], eligible: Eligibility, branch: int) -> Explained:
    place = problem.place[branch]
    if not place.days:
        return Explained(branch, 0, place.why_no_day or "closed", {}, ())
    held = {one.day for one in planned if one.branch == branch} | place.taken
    slots = [
        (window, day)
        for window in range(len(problem.windows))
        for day in problem.days_of[branch, window]
        if day not in held
    ]
    if not slots:
        return Explained(branch, 0, "full_branch" if held else "closed", {}, ())
    window, day = min(slots, key=lambda one: (_how_full(planned, one[1]), one[1], one[0]))
    if not problem.shoppers:
        return Explained(branch, 0, "no_shoppers", {}, (), day, window)
    if problem.affordable(len(planned)) == 0:
        return Explained(branch, 0, "budget", {}, (), day, window)
    counts: Counter[str] = Counter()
    near: list[tuple[int, float, int, tuple[str, ...]]] = []
    for who in problem.shoppers:
        counts[_decisive(problem, planned, eligible, who.id, branch, slots)] += 1
        fewest = min(
            (eligible.reasons(who.id, branch, window, day) for window, day in slots), key=lambda one: (len(one), one)
        )
        near.append((len(fewest), problem.way(who.id, branch), who.id, fewest))
    order = list(COUNTED)
    return Explained(
        branch,
        0,
        "nobody",
        {code: counts[code] for code in order if counts[code]},
        tuple((who, reasons) for _, _, who, reasons in sorted(near)[:NEAREST]),
        day,
        window,
    )


def _how_full(planned: Sequence[Planned], day: date) -> int:
    return sum(one.day == day for one in planned)


def _decisive(
    problem: Problem,
    planned: Sequence[Planned],
    eligible: Eligibility,
    shopper: int,
    branch: int,
    slots: Sequence[tuple[int, date]],
) -> str:
    """The check that takes a shopper's last day and hour away."""
    left = list(slots)
    for check in CHECKS:
        left = [one for one in left if not eligible.stands(check, shopper, branch, *one)]
        if not left:
            return check
    left = [one for one in left if not clashes(problem, planned, shopper, branch, *one)]
    return "elsewhere"
