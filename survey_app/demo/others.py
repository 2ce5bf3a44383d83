"""The demo's smaller surveys: how a case was handled, and how a call with the contact centre went."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from random import Random
from typing import Any, Final

import numpy as np

from reports import months as calendar
from survey_app.demo.bank import LANGUAGES, Bank
from survey_app.demo.filled import Filled, ids, sent, stored
from survey_app.demo.surveys import CHANNELS, Ints, Surveys, blank, choose, cut, open_days
from survey_app.demo.truth import PROBLEMS, PROMISES, Floats, Truth, promise_shares
from survey_app.demo.words import BAD, GOOD, MIXED, Commentator, Visit, mood_of

#: Share of customers with a reported problem who are asked, and answer, how their case was handled.
_FOLLOWED: Final = 0.32
RESOLVED: Final = ("yes", "partly", "no", "recurred")
#: Chance of each outcome, for problems handled in the visit and for those that were not.
_OUTCOMES: Final = np.array([[0.82, 0.11, 0.03, 0.04], [0.46, 0.25, 0.21, 0.08]])
#: What an outcome does to satisfaction: the recovery effect, in units of the latent value.
RECOVERY: Final = (0.35, -0.70, -1.75, -1.10)
#: Calls a month that bring an answer, for every branch of the bank.
_CALLS: Final = 1.2
_FIRST_CONTACT: Final = ("yes", "partly", "no", "pending")
_FIRST_CONTACT_SHARES: Final = (0.71, 0.12, 0.09, 0.08)
_FIRST_CONTACT_EFFECTS: Final = np.array([0.25, -0.45, -1.3, -0.35])
_CUTS: Final = (-1.9, -1.4, -0.95, 0.15)
_EASE: Final = (-2.0, -1.7, -1.4, -1.0, -0.5, 0.2)
_NPS: Final = (-2.0, -1.85, -1.75, -1.65, -1.5, -1.3, -1.05, -0.65, -0.1, 0.45)
_DAY: Final = 1440


def _ratings(rng: np.random.Generator, effect: Floats, kinds: dict[str, tuple[float, ...]]) -> dict[str, Ints]:
    """Answers that share half of their noise, by question."""
    count = len(effect)
    mood = rng.normal(0, np.sqrt(0.6), count)
    found: dict[str, Ints] = {}
    for code, cuts in kinds.items():
        found[code] = cut(effect + mood + rng.normal(0, np.sqrt(0.4), count), cuts, first=0 if cuts is _NPS else 1)
        blank(rng, found[code], 0.015, 0.015)
    return found


def _kept(answers: dict[str, Any]) -> dict[str, Any]:
    return {code: value for code, value in answers.items() if value is not None}


def recoveries(bank: Bank, truth: Truth, drawn: Surveys, now: datetime) -> Iterator[Filled]:
    """Answers about cases that began with a problem of a branch survey, two or three weeks after the visit."""
    rng = bank.rng("recoveries")
    reported = (drawn.problem == PROBLEMS.index("handled")) | (drawn.problem == PROBLEMS.index("not_handled"))
    reachable = drawn.channel != CHANNELS.index("open")
    chosen = np.flatnonzero(reported & reachable & (rng.random(len(drawn)) < _FOLLOWED))
    group = (drawn.problem[chosen] == PROBLEMS.index("not_handled")).astype(int)
    outcome = choose(rng, _OUTCOMES[group])
    effect = truth.service[drawn.branch[chosen], drawn.month[chosen]] + np.array(RECOVERY)[outcome]
    kinds = {"rf8": _CUTS, "rf2": _CUTS, "rf3": _CUTS, "rf4": _CUTS, "rf5": _CUTS, "rf9": _NPS}
    ratings = {code: values.tolist() for code, values in _ratings(rng, effect, kinds).items()}
    delays = (rng.integers(9, 24, len(chosen)) * _DAY + rng.integers(0, 540, len(chosen))).tolist()
    random = Random(f"{bank.seed} recoveries")
    writer = Commentator(random)
    minted = ids(bank, "recoveries", len(chosen))
    origins = ids(bank, "surveys", len(drawn))
    for i, place in enumerate(chosen.tolist()):
        day = date.fromordinal(int(drawn.day[place]))
        submitted = sent(day, delays[i])
        if submitted >= now:
            continue
        numbers = {code: values[i] for code, values in ratings.items()}
        answers: dict[str, Any] = {code: stored(value) for code, value in numbers.items()}
        answers["rf1"] = RESOLVED[outcome[i]]
        branch = int(drawn.branch[place])
        visit = Visit(mood_of(numbers["rf8"], numbers["rf9"]), {}, LANGUAGES[int(drawn.language[place])], branch)
        solved = answers["rf1"] == "yes"
        if random.random() < (0.3 if solved else 0.6) and (not solved or visit.mood == GOOD):
            answers["rf10" if solved else "rf7"] = writer.line(visit, "recovered" if solved else "unresolved")
        yield Filled(
            response_id=minted[i],
            questionnaire="recovery_follow_up",
            branch=branch,
            agent=int(drawn.agent[place]),
            visited_on=day,
            submitted_at=submitted,
            language=visit.language,
            channel=CHANNELS[int(drawn.channel[place])],
            answers=_kept(answers),
            context={"link": "personal", "no_branch": False},
            origin=origins[place],
        )


def calls(bank: Bank, truth: Truth, now: datetime) -> Iterator[Filled]:
    """Answers about calls with the unit that is reached by telephone."""
    rng = bank.rng("calls")
    random = Random(f"{bank.seed} calls")
    writer = Commentator(random)
    for unit in (unit for unit in bank.units if unit.phone):
        days: list[int] = []
        for month in truth.months:
            partial = 1.0 if month in bank.months else bank.today.day / calendar.last_day(month).day
            open_on = open_days(bank, unit, month)
            if open_on:
                wanted = int(rng.poisson(_CALLS * len(bank.branches) * partial))
                days.extend(sorted(rng.choice(open_on, wanted).tolist()))
        yield from _calls(bank, rng, writer, unit.index, days, now)


def _calls(
    bank: Bank, rng: np.random.Generator, writer: Commentator, unit: int, days: list[int], now: datetime
) -> Iterator[Filled]:
    count = len(days)
    first = rng.choice(len(_FIRST_CONTACT), count, p=_FIRST_CONTACT_SHARES)
    problem = choose(rng, np.array([[0.90, 0.05, 0.03, 0.02], [0.62, 0.10, 0.18, 0.10]])[(first > 0).astype(int)])
    promise = choose(rng, promise_shares()[problem])
    effect = _FIRST_CONTACT_EFFECTS[first] + np.array([0.05, -0.1, -1.2, -0.8])[problem]
    ratings = _ratings(rng, effect, {"pc1": _CUTS, "pc3": _CUTS, "pc4": _EASE, "pc7": _NPS})
    columns = {code: values.tolist() for code, values in ratings.items()}
    languages = choose(rng, np.tile(bank.units[0].languages, (count, 1)))
    delays = (60 + rng.exponential(700, count)).astype(int).tolist()
    for i, (response_id, ordinal) in enumerate(zip(ids(bank, "calls", count), days, strict=True)):
        numbers = {code: values[i] for code, values in columns.items()}
        answers: dict[str, Any] = {code: stored(value) for code, value in numbers.items()}
        answers |= {"pc2": _FIRST_CONTACT[first[i]], "pc5": PROBLEMS[problem[i]], "pc6": PROMISES[promise[i]]}
        visit = Visit(mood_of(numbers["pc1"], numbers["pc7"]), {}, LANGUAGES[languages[i]], unit)
        if writer.random.random() < {GOOD: 0.2, MIXED: 0.25, BAD: 0.45}[visit.mood]:
            answers["pc8"] = writer.phone(visit)
        day = date.fromordinal(ordinal)
        yield Filled(
            response_id=response_id,
            questionnaire="post_contact_phone",
            branch=unit,
            agent=-1,
            visited_on=day,
            submitted_at=min(sent(day, delays[i]), now),
            language=visit.language,
            channel="personal",
            answers=_kept(answers),
            context={"link": "personal", "no_branch": False},
        )
