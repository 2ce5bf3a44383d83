"""Shares become numbers: how many visits play each scenario, fall into each window and on each weekday of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import TypeVar

from survey_app.field.eligibility import weekday
from survey_app.field.rotation.problem import Problem

Key = TypeVar("Key", bound=Hashable)


def by_shares(total: int, shares: Mapping[Key, int]) -> dict[Key, int]:
    """``total`` divided by shares into whole numbers that add up to it: the largest remainders get one more.

    Hamilton's method; equal remainders go in the order of the mapping. All zero where no share is positive.
    """
    whole = sum(shares.values())
    if whole <= 0:
        return dict.fromkeys(shares, 0)
    found = {key: total * share // whole for key, share in shares.items()}
    left = total - sum(found.values())
    order = list(shares)
    for key in sorted(order, key=lambda one: (-(total * shares[one] % whole), order.index(one)))[:left]:
        found[key] += 1
    return found


def whole(problem: Problem) -> int:
    """Visits of the month that the quotas ask for, those done and fixed among them."""
    return sum(max(place.quota - problem.settings.left_out.get(place.id, 0), 0) for place in problem.places)


def windows(problem: Problem) -> dict[int, int]:
    """Window number -> visits of the month that should lie in it."""
    return by_shares(whole(problem), {number: window.share for number, window in enumerate(problem.windows)})


def weekdays(problem: Problem) -> dict[tuple[int, str], int]:
    """(window number, weekday) -> visits that should lie there: evenly over a window's days of the month."""
    found: dict[tuple[int, str], int] = {}
    for number, target in windows(problem).items():
        days = sorted({day for place in problem.places for day in problem.days_of[place.id, number]})
        counted = Counter(weekday(day) for day in days)
        shares = {one: counted[one] for one in problem.windows[number].days}
        found.update({(number, one): count for one, count in by_shares(target, shares).items()})
    return found


def scenarios(problem: Problem) -> dict[int, dict[int, int]]:
    """Branch id -> scenario id -> visits still to be planned that play it.

    The whole keeps to the shares; a branch gets what it had least often in the last year, and nothing twice while
    another scenario is left. Branches with more visits choose first, then in the order of their ids.
    """
    wanted = {place.id: problem.wanted(place) for place in problem.places}
    fixed = Counter(one.scenario for one in problem.fixed)
    here = Counter((one.branch, one.scenario) for one in problem.fixed)
    left = by_shares(sum(wanted.values()) + sum(fixed.values()), problem.scenarios)
    left = {scenario: count - fixed[scenario] for scenario, count in left.items()}
    dealt: dict[int, dict[int, int]] = {place.id: {} for place in problem.places}
    # Round by round, so that every branch's first visit is dealt before anybody's second one.
    for turn in range(max(wanted.values(), default=0)):
        for place in sorted(problem.places, key=lambda one: (-one.quota, one.id)):
            if wanted[place.id] <= turn:
                continue
            own = dealt[place.id]
            chosen = min(
                problem.scenarios,
                key=lambda one: (
                    own.get(one, 0) + here[place.id, one],
                    left[one] <= 0,
                    place.played.get(one, 0),
                    -left[one],
                    one,
                ),
            )
            own[chosen] = own.get(chosen, 0) + 1
            left[chosen] -= 1
    return dealt
