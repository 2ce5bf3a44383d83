"""Draws the customers' answers from what is true: columns of numbers, one row a response; words come later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reports import months as calendar
from survey_app import clock
from survey_app.demo.bank import Bank, PlannedBranch
from survey_app.demo.truth import DRIVERS, Floats, Truth, problem_shares, promise_shares

Ints = NDArray[np.int64]

#: An answer of "hard to say", and one that was skipped.
HARD_TO_SAY: Final = -2
SKIPPED: Final = -1
CHANNELS: Final = ("personal", "open")
_CHANNEL_SHARES: Final = (0.8, 0.2)
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Cuts of the other answers, in units of a noise of variance 1.
_COURTESY: Final = (-2.15, -1.75, -1.20, -0.05)
_CLARITY: Final = (-2.00, -1.55, -0.95, 0.15)
_EASE: Final = (-2.05, -1.75, -1.45, -1.05, -0.55, 0.15)
_NPS: Final = (-2.1, -1.95, -1.85, -1.72, -1.58, -1.38, -1.12, -0.72, -0.12, 0.42)
_HARD: Final = {"pv1": 0.006, "pv5": 0.012, "pv6": 0.02, "pv7": 0.02, "pv8": 0.025}
_SKIP: Final = {"pv1": 0.002, "pv5": 0.008, "pv6": 0.012, "pv7": 0.015, "pv8": 0.02}
#: Share of the noise that one mood lends to all answers of a customer, and what each topic adds of its own.
_MOOD, _OWN = 0.5625, 0.36
_NPS_MIX: Final = 0.85
#: Surveys of the month that has begun, as a share of what its days would bring.
_SLOW_START: Final = 0.6


@dataclass(frozen=True)
class Surveys:
    """Branch surveys in order of month and branch. ``agent`` is −1 where none is known."""

    branch: Ints
    month: Ints
    agent: Ints
    #: Ordinal of the day of the visit, and minutes from its noon until the answers were sent.
    day: Ints
    delay: Ints
    purpose: Ints
    problem: Ints
    promise: Ints
    language: Ints
    channel: Ints
    #: Question -> stored answers; see :data:`HARD_TO_SAY` and :data:`SKIPPED`.
    answers: dict[str, Ints]

    def __len__(self) -> int:
        return len(self.branch)


@lru_cache(maxsize=64)
def _working(month: str, closed_days: tuple[str, ...], until: date) -> tuple[int, ...]:
    """Ordinals of the days of a month, up to a day, on which branches with these closed weekdays serve customers."""
    first = calendar.first_day(month)
    days = (first + timedelta(days=i) for i in range(clock.days_in(month)))
    return tuple(
        day.toordinal()
        for day in days
        if day <= until and _WEEKDAYS[day.weekday()] not in closed_days and not clock.is_holiday_or_eve(day)
    )


def open_days(bank: Bank, branch: PlannedBranch, month: str) -> list[int]:
    """Ordinals of the days of a month, up to yesterday, on which a branch served customers."""
    days = _working(month, branch.closed_days, bank.today - timedelta(days=1))
    return [day for day in days if branch.open_on(date.fromordinal(day))]


def cut(values: Floats, cuts: Sequence[float], first: int = 1) -> Ints:
    """Latent values → answers counted from ``first``."""
    found: Ints = np.searchsorted(np.array(cuts), values) + first
    return found


def blank(rng: np.random.Generator, values: Ints, hard: float, skip: float) -> None:
    """Turn a share of answers, in place, into "hard to say" and another into skipped ones."""
    chance = rng.random(len(values))
    values[chance < hard] = HARD_TO_SAY
    values[chance > 1 - skip] = SKIPPED


def choose(rng: np.random.Generator, shares: Floats) -> Ints:
    """One draw a row from shares (rows × choices)."""
    edges = np.cumsum(shares, axis=1)
    found: Ints = (rng.random((len(shares), 1)) * edges[:, -1:] > edges[:, :-1]).sum(axis=1)
    return found


def draw(bank: Bank, truth: Truth) -> Surveys:
    """Every branch survey of the bank's months and of the month that has begun."""
    rng = bank.rng("surveys")
    branch, month, day = _visits(bank, truth.months, rng)
    count, effects = len(branch), truth.effects
    agent = _agents(bank, truth.months, branch, month, rng)
    purpose = choose(rng, truth.purposes[branch])
    problem = choose(rng, problem_shares(truth.problems[branch])[np.arange(count), purpose])
    promise = choose(rng, promise_shares()[problem])

    effect = truth.service[branch, month] + np.where(agent >= 0, truth.agents[agent], 0.0)
    effect += np.array(effects.purpose)[purpose]
    effect += np.array(effects.problem)[problem]
    effect += np.array(effects.promise)[promise]
    weights = np.array(list(DRIVERS.values()))
    mood = rng.normal(0, np.sqrt(_MOOD), count)
    own = rng.normal(0, np.sqrt(_OWN), (count, len(weights)))
    rest = 1 - _MOOD - _OWN * float(weights @ weights)
    topics = effect[:, None] + truth.attributes[branch] + mood[:, None] + own
    overall = effect + mood + own @ weights + rng.normal(0, np.sqrt(rest), count)
    recommend = _NPS_MIX * overall + rng.normal(0, np.sqrt(1 - _NPS_MIX**2), count)
    ease, courtesy, clarity = (topics[:, i] for i in range(len(DRIVERS)))
    answers = {
        "pv1": cut(overall, effects.cuts),
        "pv5": cut(courtesy, _COURTESY),
        "pv6": cut(clarity, _CLARITY),
        "pv7": cut(ease, _EASE),
        "pv8": cut(recommend, _NPS, first=0),
    }
    for code, values in answers.items():
        blank(rng, values, _HARD[code], _SKIP[code])
    channel = rng.choice(len(CHANNELS), count, p=_CHANNEL_SHARES)
    agent = np.where((channel == CHANNELS.index("open")) & (rng.random(count) < 0.8), -1, agent)
    languages = np.array([b.languages for b in bank.branches])
    return Surveys(
        branch=branch,
        month=month,
        agent=agent,
        day=day,
        delay=_delays(rng, count),
        purpose=purpose,
        problem=np.where(rng.random(count) < 0.015, SKIPPED, problem),
        promise=np.where(rng.random(count) < 0.02, SKIPPED, promise),
        language=choose(rng, languages[branch]) if count else np.zeros(0, dtype=np.int64),
        channel=channel,
        answers=answers,
    )


def _visits(bank: Bank, months: Sequence[str], rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Branch, month and day of every survey, in order of month and branch."""
    parts: list[tuple[Ints, Ints, Ints]] = []
    for at, month in enumerate(months):
        season = 1 + 0.08 * np.sin(2 * np.pi * int(month[5:]) / 12)
        partial = 1.0 if month in bank.months else _SLOW_START * bank.today.day / clock.days_in(month)
        for branch in bank.branches:
            days = np.array(open_days(bank, branch, month), dtype=np.int64)
            n = int(rng.poisson(branch.volume * season * partial))
            if len(days) and n:
                chosen = np.sort(rng.choice(days, n))
                parts.append((np.full(n, branch.index), np.full(n, at), chosen))
    if not parts:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, empty
    branch_of, month_of, day_of = (np.concatenate(part) for part in zip(*parts, strict=True))
    return branch_of, month_of, day_of


def _agents(bank: Bank, months: Sequence[str], branch: Ints, month: Ints, rng: np.random.Generator) -> Ints:
    """Who served: an agent of the branch's team of that month, −1 where it has none."""
    teams = [[np.array(team or [-1]) for team in bank.teams[name]] for name in months]
    places = rng.random(len(branch))
    return np.array(
        [
            teams[m][b][int(place * len(teams[m][b]))]
            for b, m, place in zip(branch.tolist(), month.tolist(), places.tolist(), strict=True)
        ],
        dtype=np.int64,
    )


def _delays(rng: np.random.Generator, count: int) -> Ints:
    """Minutes from the noon of the visit's day until the answers were sent: from two hours to a week."""
    found: Ints = np.minimum(120 + rng.exponential(1500, count), 7 * 1440).astype(np.int64)
    return found
