"""Months to plan for tests and measurements: branches in the country's towns, shoppers with days, ways and limits."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from reports import months
from survey_app import clock
from survey_app.field.eligibility import Shopper
from survey_app.field.rotation.problem import Place, Planned, Problem
from survey_app.field.rotation.settings import Settings
from survey_app.field.rules import Rules

MONTH: Final = "2026-12"
#: Points of towns from north to south; more branches stand where more people live.
TOWNS: Final = (
    (32.80, 34.99), (32.93, 35.08), (32.70, 35.30), (32.44, 34.92), (32.33, 34.86), (32.18, 34.87), (32.09, 34.89),
    (32.08, 34.78), (32.08, 34.78), (32.07, 34.82), (32.01, 34.78), (31.96, 34.80), (31.89, 34.81), (31.80, 34.65),
    (31.77, 35.21), (31.77, 35.21), (31.67, 34.57), (31.25, 34.79), (31.25, 34.79), (31.90, 35.01),
)  # fmt: skip


def working_days(month: str = MONTH) -> tuple[date, ...]:
    """Working days of a month."""
    first = months.first_day(month)
    every = (first + timedelta(days=n) for n in range(clock.days_in(month)))
    return tuple(day for day in every if clock.is_working_day(day))


def place(number: int, **more: Any) -> Place:
    """A branch that wants two visits; ``more`` are its fields."""
    usual: dict[str, Any] = {
        "id": number,
        "bank": "20",
        "region_id": 1,
        "point": TOWNS[number % len(TOWNS)],
        "days": working_days(),
        "quota": 2,
    }
    return Place(**{**usual, **more})


def shopper(number: int, **more: Any) -> Shopper:
    """A shopper who may do anything; ``more`` are its fields."""
    usual: dict[str, Any] = {"id": number, "name": f"S{number}", "home": TOWNS[number % len(TOWNS)], "reach_km": 500}
    return Shopper(**{**usual, "certified_until": date.max, **more})


def problem(places: list[Place], shoppers: list[Shopper], **more: Any) -> Problem:
    """A problem; ``rules`` and ``settings`` may be mappings of what differs."""
    rules = more.pop("rules", Rules())
    settings = more.pop("settings", {})
    return Problem(
        month=MONTH,
        rules=replace(Rules(), **rules) if isinstance(rules, Mapping) else rules,
        settings=replace(Settings(seconds=4), **settings) if isinstance(settings, Mapping) else settings,
        places=places,
        scenarios=more.pop("scenarios", {1: 2, 2: 1, 3: 1}),
        shoppers=shoppers,
        **more,
    )


def country(branches: int, visits: int, shoppers: int, *, seed: int, seconds: int) -> Problem:
    """A month like a real one: short reaches, part-time shoppers, absences, missing certificates, a year's history."""
    draw = random.Random(seed)
    days = working_days()

    def near(point: tuple[float, float]) -> tuple[float, float]:
        return point[0] + draw.uniform(-0.04, 0.04), point[1] + draw.uniform(-0.04, 0.04)

    places = [
        place(
            number,
            region_id=number % 6,
            point=near(TOWNS[draw.randrange(len(TOWNS))]),
            quota=visits,
            days=tuple(day for day in days if draw.random() > 0.05),
            played={1: draw.randrange(6), 2: draw.randrange(4), 3: draw.randrange(4)},
        )
        for number in range(1, branches + 1)
    ]
    everybody = []
    for number in range(1, shoppers + 1):
        from_day = draw.choice(days)
        weekdays = draw.sample(("sun", "mon", "tue", "wed", "thu"), draw.choice((3, 4, 5, 5)))
        hours = draw.choice(([("08:00", "20:00")], [("08:00", "20:00")], [("08:00", "13:30")], [("10:00", "19:00")]))
        history = {
            draw.randrange(1, branches + 1): [days[0] - timedelta(days=draw.randrange(10, 360))] for _ in range(10)
        }
        everybody.append(
            shopper(
                number,
                home=near(TOWNS[draw.randrange(len(TOWNS))]),
                reach_km=draw.choice((30, 45, 60, 90)),
                availability=dict.fromkeys(weekdays, hours),
                most_a_day=draw.choice((1, 2, 3)),
                most_a_month=draw.choice((6, 8, 10, 12)),
                certified_until=None if draw.random() < 0.08 else date.max,
                absences=[(from_day, from_day + timedelta(days=draw.randrange(2, 9)))] if draw.random() < 0.4 else [],
                conflicts={("branch", draw.randrange(1, branches + 1)): None} if draw.random() < 0.3 else {},
                visited=history,
            )
        )
    pairs = frozenset((who.id, branch) for who in everybody for branch in who.visited)
    return problem(places, everybody, settings={"seconds": seconds}, history=pairs)


def faults(problem: Problem, planned: list[Planned]) -> list[str]:
    """Every hard rule that a plan breaks, said by other means than the planner's own; empty when none."""
    found = []
    for one in planned:
        others = [other for other in planned if other is not one]
        where = problem.place[one.branch]
        if one.day not in where.days or one.day in where.taken:
            found.append(f"{one}: the branch has no such day")
        if any(other.branch == one.branch and other.day == one.day for other in others):
            found.append(f"{one}: twice on one day")
        if one.shopper is None:
            continue
        who = problem.shopper[one.shopper]
        own = [other for other in others if other.shopper == one.shopper]
        if sum(other.day == one.day for other in own) + who.held_on.get(one.day, 0) >= who.most_a_day:
            found.append(f"{one}: too many on a day")
        if len(own) + who.held_in.get(problem.month, 0) >= who.most_a_month:
            found.append(f"{one}: too many in the month")
        seen = [*who.visited.get(one.branch, ()), *(other.day for other in own if other.branch == one.branch)]
        if any(abs((one.day - day).days) < problem.rules.lockout_days for day in seen):
            found.append(f"{one}: too soon")
        if any(since <= one.day <= until for since, until in who.absences):
            found.append(f"{one}: away")
        if who.certified_until is None or who.certified_until < one.day:
            found.append(f"{one}: no certificate")
    return found
