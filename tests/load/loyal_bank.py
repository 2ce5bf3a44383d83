"""Synthetic banks whose customers' cases, promises, gifts and pulses have known effects: what reports are judged by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from reports import months as calendar
from reports.loyalty import Pair
from survey_app import clock
from survey_app.loop import hours
from survey_app.loop.likeness import Opened
from survey_app.loop.policy import Loop

Random = np.random.Generator
RULES: Final = Loop()
MONTH: Final = "2026-10"
#: Share of first contacts within the first rung's time, and of customers won back after a quick and a slow one.
QUICK, WON = 0.65, (0.66, 0.42)
#: Chance of leaving in one month, of customers who were not won back and who were.
LEAVES: Final = (0.06, 0.012)
#: Share of customers whom nobody ever contacts, and of those who leave while the work waits for their word.
NEVER, GONE = 0.12, 0.03
#: Share of cases of a customer who had one before.
AGAIN: Final = 0.12
_END: Final = clock.end_of(calendar.last_day(MONTH))
_YEAR: Final = clock.start_of(calendar.first_day(calendar.shift(MONTH, -11)))
_DAYS: Final = 500


def cases(random: Random, branches: int, count: int, *, effects: bool) -> list[list[Any]]:
    """Rows as ``queries.loop_facts.cases`` gives them, of cases opened over more than a year up to a month's end."""
    won = WON if effects else (float(np.mean(WON)),) * 2
    leaves = LEAVES if effects else (float(np.mean(LEAVES)),) * 2
    customers: list[int] = []
    gone: dict[int, str] = {}
    found: list[tuple[datetime, list[Any]]] = []
    for _case in range(count):
        day = clock.local(_END - timedelta(days=float(random.uniform(0, _DAYS)))).date()
        opened = clock.start_of(day) + timedelta(hours=8.5 + 7 * float(random.random()))
        who = int(random.choice(customers)) if customers and random.random() < AGAIN else len(customers) + 1
        customers.append(who)
        branch = int(random.integers(branches))
        if random.random() < NEVER:
            found.append((opened, [branch, opened, None, None, None, "", 0, 0, None, 0, who]))
            continue
        quick = random.random() < QUICK
        contacted = _after(opened, float(random.uniform(0.3, 7.8) if quick else random.uniform(8.5, 26)))
        done = _after(contacted, float(random.uniform(1, 20)))
        saved = random.random() < won[0 if quick else 1]
        if random.random() < GONE and who not in gone:
            saved, gone[who] = False, _month(done)
        # Who confirms does so soon; silence takes its days.
        closed = done + timedelta(days=float(random.uniform(1, 5) if saved else random.uniform(9, 11)))
        for later in range(1, 10):
            if who not in gone and random.random() < leaves[saved]:
                gone[who] = calendar.shift(_month(closed), later)
        how = "confirmed" if saved else "unconfirmed"
        found.append((opened, [branch, opened, contacted, done, closed, how, 0, 0, None, 2, who]))
    return [
        _cut(row, gone.get(row[-1], ""))
        for _opened, row in sorted(found, key=lambda one: one[0])
        if row[4] is None or row[4] >= _YEAR
    ]


def _after(moment: datetime, count: float) -> datetime:
    return hours.after(moment, count, RULES.hours())


def _month(moment: datetime) -> str:
    return calendar.of(clock.local(moment).date())


def _cut(row: list[Any], gone: str) -> list[Any]:
    branch, opened, *moments, how, reopened, repeat, _overdue, contacts, who = row
    kept = [int(at.timestamp()) if at is not None and at < _END else 0 for at in moments]
    gone = gone if gone <= MONTH else ""
    return [branch, int(opened.timestamp()), *kept, how if kept[-1] else "", reopened, repeat, 0, contacts, gone, who]


def pulses(random: Random, branches: int, months: int, lead: float) -> tuple[Any, Any]:
    """Pulse and customers' scores, branches × months: both have branches of their own and move slowly; groups of fewer
    than eight are not told. ``lead``: points of the score for a point of the pulse of the month before.
    """
    mood, service = (5 * random.standard_normal((branches, 1)) + _slow(random, branches, months) for _each in range(2))
    before = np.concatenate([mood[:, :1], mood[:, :-1]], axis=1)
    pulse = 60 + mood + 8 * random.standard_normal((branches, months))
    score = 80 + service + lead * before + 5 * random.standard_normal((branches, months))
    pulse[random.random((branches, months)) < 0.4] = np.nan
    return pulse, score


def _slow(random: Random, branches: int, months: int) -> Any:
    found = np.zeros((branches, months))
    found[:, 0] = 4 * random.standard_normal(branches)
    for at in range(1, months):
        found[:, at] = 0.6 * found[:, at - 1] + 3.2 * random.standard_normal(branches)
    return found


@dataclass(frozen=True)
class Given:
    """Gifts and departures to 100 customers of each branch; (left, customers) of who was given something and of the
    others, and by how many points they truly differ in this bank.
    """

    gifts: Any
    gone: Any
    given: tuple[int, int]
    others: tuple[int, int]
    truth: float


def giving(random: Random, branches: int, effect: float, own: float) -> Given:
    """A bank in which fewer leave the branches that give more, and fewer of those who were given something."""
    known = random.integers(60, 300, branches)
    generous = random.uniform(0.05, 0.95, branches)
    given = random.binomial(known, generous)
    others = known - given
    chance = 0.2 * np.exp(effect * generous)
    left, rest = random.binomial(given, own * chance), random.binomial(others, chance)
    truth = 100 * ((own * chance * given).sum() / given.sum() - (chance * others).sum() / others.sum())
    return Given(
        100 * given / known,
        100 * (left + rest) / known,
        (int(left.sum()), int(given.sum())),
        (int(rest.sum()), int(others.sum())),
        float(truth),
    )


def newcomers(random: Random, branches: int, better: float, *, mixed: bool) -> list[Pair]:
    """(satisfied, answers) of new and existing customers, by branch. ``better``: points within each branch;
    ``mixed``: newcomers come to the better branches.
    """
    quality = 0.06 * random.standard_normal(branches)
    share = np.clip(0.15 + (quality if mixed else 0.06 * random.standard_normal(branches)), 0.03, 0.4)
    n = random.integers(40, 160, branches)
    new = random.binomial(n, share)
    level = np.clip(0.78 + quality, 0.3, 0.97)
    good = random.binomial(new, np.clip(level + better / 100, 0, 1)), random.binomial(n - new, level)
    columns = zip(good[0].tolist(), new.tolist(), good[1].tolist(), (n - new).tolist(), strict=True)
    return [((x1, n1), (x0, n0)) for x1, n1, x0, n0 in columns]


_SUBJECTS: Final = ("service", "waiting", "mistake", "fees", "information", "promise", "digital", "policy")
_CAUSES: Final = ("system", "process", "product", "care", "")
_THEMES: Final = ("digital", "fees", "waiting", "staff", "cards", "loans")
#: How much a weekday brings, from Sunday on.
_WEEK: Final = (1.3, 1.0, 1.0, 1.0, 0.9, 0.2, 0.2)
START: Final = datetime(2026, 1, 4, tzinfo=UTC)


def quiet(random: Random, branches: int, a_day: float, days: int, fault: int = 0) -> Iterator[Opened]:
    """Cases of a bank in which nothing happens; with ``fault`` so many more of one theme on the last day but one."""
    number = 0
    for day in range(days):
        here = int(random.poisson(a_day * _WEEK[day % 7])) + (fault if day == days - 2 else 0)
        extra = fault if day == days - 2 else 0
        for place, at in enumerate(np.sort(random.uniform(8, 20, here)).tolist()):
            number += 1
            themes = tuple(one for one in _THEMES if random.random() < 0.12)
            struck = place < extra
            yield Opened(
                number,
                START + timedelta(days=day, hours=at),
                int(random.integers(branches)),
                "digital" if struck else str(random.choice(_SUBJECTS)),
                str(random.choice(_CAUSES)),
                tuple({*themes, "cards"}) if struck else themes,
            )
