"""Draws the mystery visits from what is true: who went where, what each item was, and the report in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

import numpy as np

from forms.questionnaire.definition import COMMENT
from survey_app import clock
from survey_app.demo import files
from survey_app.demo.bank import Bank
from survey_app.demo.filled import Filled, ids
from survey_app.demo.surveys import open_days
from survey_app.demo.truth import Truth

QUESTIONNAIRE: Final = "branch_mystery_visit"
YES, NO, NOT_APPLICABLE = "yes", "no", "na"
#: Chance of a "yes" for an average branch, shopper and visit. The critical items are the strictest.
ITEMS: Final[Mapping[str, float]] = {
    "A1": 0.93, "A2": 0.985, "A3": 0.92, "A4": 0.90, "A5": 0.74,
    "B1": 0.70, "B2": 0.84, "B4": 0.45, "B5": 0.985,
    "C1": 0.66, "C2": 0.78, "C3": 0.58, "C4": 0.88, "C5": 0.80,
    "D1": 0.84, "D2": 0.962, "D3": 0.66, "D4": 0.76, "D5": 0.82,
    "E1": 0.985, "E2": 0.988, "E3": 0.99, "E4": 0.93, "E5": 0.993,
    "F1": 0.82, "F2": 0.72, "F3": 0.64, "F4": 0.95, "F5": 0.78,
}  # fmt: skip
CRITICAL: Final = frozenset({"A2", "B5", "D2", "E1", "E2", "E3", "E5"})
#: Items that a shopper sometimes cannot judge, and how often.
_NOT_JUDGED: Final = {"A4": 0.05, "D4": 0.08, "F5": 0.35, "E4": 0.04}
#: Written evidence is asked for.
_EVIDENCE: Final = frozenset({"C4", "D1", "D2", "E5"})
_COMMENTED: Final = 0.8
_SECOND_VISIT, _NO_VISIT, _VOIDED = 0.10, 0.03, 0.01
_LONG_WAIT: Final = 10
#: How far the visits of the month that has begun are ahead of its days, and the share of branches reached at most.
_AHEAD, _MOST_MADE = 0.1, 0.9
_TWICE: Final = 4
#: What a report tells between the wait and the end, and the item that decides how.
_TOLD: Final = (
    ("discovery", "C2"), ("playback", "C3"), ("cost", "D2"), ("options", "D3"), ("privacy", "E1"), ("documents", "E2"),
)  # fmt: skip
_N2: Final = (-1.9, -1.75, -1.6, -1.5, -1.35, -1.1, -0.8, -0.35, 0.3, 1.1)


@dataclass(frozen=True)
class Visit:
    """One visit that was made and reported: its place, time and people in the plan, and the filled-in form."""

    filled: Filled
    shopper: int
    scenario: int
    window_from: date
    window_until: date


def draw(bank: Bank, truth: Truth, now: datetime) -> list[Visit]:
    """Every reported visit in order of month and branch; those of the month that has begun come last."""
    rng = bank.rng("shops")
    random = Random(f"{bank.seed} shops")
    weak = _weak_items(bank, truth, rng)
    slow = rng.normal(0, 0.25, len(bank.branches))
    visits = list(_when(bank, truth, rng))
    minted = ids(bank, "shops", len(visits))
    return [
        _visit(bank, truth, place, response_id, weak[place.branch], float(slow[place.branch]), rng, random, now)
        for place, response_id in zip(visits, minted, strict=True)
    ]


@dataclass(frozen=True)
class _Place:
    branch: int
    month: int
    day: date
    shopper: int
    scenario: int


def _when(bank: Bank, truth: Truth, rng: np.random.Generator) -> Iterator[_Place]:
    """About one visit for every branch and month; a new order of the shoppers every month keeps them rotating."""
    count, scenarios = len(bank.shoppers), len(files.document("scenarios"))
    for at, month in enumerate(truth.months):
        order: list[int] = []
        begun = month not in bank.months
        made = _begun(bank, month) if begun else {}
        for branch in bank.branches:
            days = open_days(bank, branch, month)
            chance = rng.random()
            visits = made.get(branch.index, 0) if begun else int(chance > _NO_VISIT) + int(chance > 1 - _SECOND_VISIT)
            for number in range(visits if days else 0):
                order = order or rng.permutation(count).tolist()
                # Of two visits in a month that has begun one was in its first days.
                some = days[len(days) // 3 :] if not number else days[: max(1, len(days) // 3)]
                day = date.fromordinal(int(rng.choice(some if begun else days)))
                yield _Place(branch.index, at, day, order.pop(), int(rng.integers(scenarios)))


def _begun(bank: Bank, month: str) -> dict[int, int]:
    """Visits by branch in the month that has begun: somewhat more branches than its part that is over, some twice."""
    there = [branch.index for branch in bank.branches if open_days(bank, branch, month)]
    share = min(bank.today.day / clock.days_in(month) + _AHEAD, _MOST_MADE)
    chosen = bank.rng("begun").permutation(there)[: round(share * len(there))].tolist()
    return {one: 2 if place < len(chosen) // _TWICE else 1 for place, one in enumerate(chosen)}


def _weak_items(bank: Bank, truth: Truth, rng: np.random.Generator) -> list[dict[str, float]]:
    """For each branch the items that are weak there; a critical one never is, it would fail all the time."""
    codes = [code for code in ITEMS if code not in CRITICAL]
    sizes = truth.effects
    return [
        {str(code): -sizes.weak_item for code in rng.choice(codes, sizes.weak_items, replace=False)}
        for _branch in bank.branches
    ]


def _visit(
    bank: Bank,
    truth: Truth,
    place: _Place,
    response_id: str,
    weak: Mapping[str, float],
    slow: float,
    rng: np.random.Generator,
    random: Random,
    now: datetime,
) -> Visit:
    sizes = truth.effects
    scenario = files.document("scenarios")[place.scenario]
    level = truth.compliance[place.branch] - truth.severity[place.shopper] + float(rng.normal(0, sizes.visit_sd))
    minutes = int(min(rng.gamma(2.0, 3.4 * np.exp(slow)), 55))
    answers: dict[str, Any] = {}
    chances = rng.random((len(ITEMS), 2)).tolist()
    for (code, share), (chance, judged) in zip(ITEMS.items(), chances, strict=True):
        logit = float(np.log(share / (1 - share))) + level + weak.get(code, 0.0)
        answers[code] = YES if chance < 1 / (1 + np.exp(-logit)) else NO
        if judged < _NOT_JUDGED.get(code, 0.0):
            answers[code] = NOT_APPLICABLE
    answers["B3"] = minutes
    if minutes <= _LONG_WAIT:
        answers["B4"] = NOT_APPLICABLE
    if scenario["has_appointment"]:
        answers["B5"] = NOT_APPLICABLE
    if not scenario["has_account"]:
        answers["E3"] = NOT_APPLICABLE
    failures = sum(value == NO for value in answers.values())
    satisfaction = 0.9 - 0.22 * failures + float(rng.normal(0, 0.5))
    answers["N2"] = int(np.searchsorted(_N2, satisfaction))
    if rng.random() < _VOIDED:
        answers["N3"] = True
    entered = random.choice((9, 9, 10, 10, 11, 12)) * 60 + random.randrange(0, 60, 5)
    left = entered + minutes + random.randint(14, 34)
    answers |= {
        "visit_date": place.day.isoformat(),
        "time_in": _clock(entered),
        "time_out": _clock(left),
        "customers_waiting": random.randint(0, 4) + minutes // 4,
        "staffed_positions": random.randint(2, 4),
    }
    answers["N1"] = narrative(answers, scenario["request"], random)
    answers |= comments(answers, random)
    team = bank.teams[truth.months[place.month]][place.branch]
    start = clock.start_of(place.day) + timedelta(hours=13, minutes=random.randint(0, 480))
    return Visit(
        filled=Filled(
            response_id=response_id,
            questionnaire=QUESTIONNAIRE,
            branch=place.branch,
            agent=random.choice(team) if team else -1,
            visited_on=place.day,
            submitted_at=min(start, now),
            language="he",
            channel="assignment",
            answers=answers,
            context={
                "link": "assignment",
                "no_branch": False,
                "scenario": {name: scenario[name] for name in ("has_appointment", "has_account")},
            },
        ),
        shopper=place.shopper,
        scenario=place.scenario,
        # The window of a month's visit begins in that month.
        window_from=max(place.day - timedelta(days=random.randint(1, 6)), place.day.replace(day=1)),
        window_until=place.day + timedelta(days=random.randint(1, 7)),
    )


def _clock(minutes: int) -> str:
    """Minutes since midnight as a time of day."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def narrative(answers: Mapping[str, Any], request: str, random: Random) -> str:
    """The visit in order, in words that agree with the items: what was said and done, without interpretation."""
    texts: Mapping[str, Any] = files.document("shops")
    wait = "short" if answers["B3"] <= _LONG_WAIT else "long_told" if answers["B4"] == YES else "long_untold"
    parts: list[Sequence[str]] = [texts["opening"], texts["greeting"][answers["B1"]], texts["wait"][wait]]
    parts += [texts[name].get(answers[item], ()) for name, item in _TOLD]
    parts += [texts["closing"][answers["F1"]], texts["leaving"]]
    return " ".join(random.choice(part) for part in parts if part).format(
        time=answers["time_in"],
        out=answers["time_out"],
        minutes=answers["B3"],
        people=answers["customers_waiting"],
        counters=answers["staffed_positions"],
        request=request,
    )


def comments(answers: Mapping[str, Any], random: Random) -> dict[str, str]:
    """Comments on items: on most that failed, and wherever written evidence is asked for."""
    texts: Mapping[str, Mapping[str, Sequence[str]]] = files.document("shops")["comments"]
    found: dict[str, str] = {}
    for code, by_answer in texts.items():
        options = by_answer.get(str(answers.get(code, "")))
        if options and (code in CRITICAL or code in _EVIDENCE or random.random() < _COMMENTED):
            found[code + COMMENT] = random.choice(options)
    return found
