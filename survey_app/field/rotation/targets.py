"""Shares become numbers: how many visits play each scenario, fall into each window and on each weekday of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
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


def week(day: date) -> date:
    """The Sunday with which a day's week begins."""
    return day - timedelta(days=day.isoweekday() % 7)


def _expected(problem: Problem) -> Mapping[date, Fraction]:
    """Day -> visits that fall on it when every branch's own lie evenly over the days that it has."""
    found: dict[date, Fraction] = defaultdict(Fraction)
    for place in problem.places:
        days = sorted({day for number in range(len(problem.windows)) for day in problem.days_of[place.id, number]})
        wanted = max(0, place.quota - problem.settings.left_out.get(place.id, 0) - place.done)
        for day in days:
            found[day] += Fraction(wanted, len(days))
        # What is there already has its place.
        for day in place.taken:
            found[day] += 1
    return found


def weeks(problem: Problem) -> dict[date, int]:
    """First day of a week -> visits that should lie in it, those there already among them; in order.

    A branch that has fewer days, by a late notice or because the month has begun, asks for room only in those.
    """
    shares: dict[date, Fraction] = defaultdict(Fraction)
    for day, visits in sorted(_expected(problem).items()):
        shares[week(day)] += visits
    return by_shares(round(sum(shares.values())), {one: round(1000 * share) for one, share in shares.items()})


def days(problem: Problem) -> dict[date, int]:
    """Day -> as many visits as it may have before it is fuller than others."""
    return {day: ceil(visits) for day, visits in _expected(problem).items()}


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
