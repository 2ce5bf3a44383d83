"""Answers of the demo's customers who left: why they went, with a planted order of reasons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from random import Random
from typing import Any, Final

from survey_app.demo import files
from survey_app.demo.bank import LANGUAGES, Bank
from survey_app.demo.filled import Filled, ids, sent
from survey_app.demo.surveys import open_days

#: The planted shares of reasons, and of a branch planted as weak.
REASONS: Final = {
    "cost": 0.30, "problem": 0.20, "offer": 0.16, "service": 0.12, "circumstances": 0.10, "digital": 0.06,
    "access": 0.04, "other": 0.02,
}  # fmt: skip
WEAK: Final = {**REASONS, "problem": 0.42, "cost": 0.18, "service": 0.20}
#: Answers of a branch in a month, on average; a small bank has more, so that there is something to read.
_A_MONTH: Final = 0.32
_LEAST: Final = 60
_DAY: Final = 1440


def answers(bank: Bank, now: datetime) -> Iterator[Filled]:
    """Answers to the leaving survey over the bank's months."""
    random = Random(f"{bank.seed} leaving")
    places = [(month, branch) for month in bank.months for branch in bank.branches]
    rate = max(_A_MONTH, _LEAST / max(len(places), 1))
    chosen = [one for one in places for _each in range(int(rate) + (random.random() < rate % 1))]
    for response_id, (month, branch) in zip(ids(bank, "leaving", len(chosen)), chosen, strict=True):
        days = open_days(bank, branch, month)
        if not len(days):
            continue
        day = date.fromordinal(int(random.choice(list(days))))
        submitted = sent(day, random.randint(1, 9) * _DAY + random.randrange(600))
        if submitted >= now:
            continue
        shares = WEAK if "weak" in branch.roles else REASONS
        reason = random.choices(list(shares), list(shares.values()))[0]
        bad = reason in {"problem", "service"}
        given: dict[str, Any] = {
            "lc1": reason,
            "lc2": random.choice((1, 2, 2, 3) if bad else (2, 3, 3, 4, 4, 5)),
            "lc3": "not_handled" if reason == "problem" else random.choice(("no_problem", "no_problem", "handled")),
            "lc4": random.choice((0, 1, 2, 3, 4) if bad else (4, 5, 6, 7, 7, 8)),
        }
        texts = files.document("cases")["leaving"].get(reason)
        language = random.choices(LANGUAGES, branch.languages)[0]
        if texts and language == "he" and random.random() < 0.5:
            given["lc6"] = random.choice(texts)
        yield Filled(
            response_id=response_id,
            questionnaire="leaving_customer",
            branch=branch.index,
            agent=-1,
            visited_on=day,
            submitted_at=submitted,
            language=language,
            channel="personal",
            answers=given,
            context={"link": "personal", "no_branch": False},
        )
