"""Filled-in questionnaires, before they are stored: what the drawn numbers and the words come to, by question code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any, Final

from survey_app import clock
from survey_app.demo.bank import LANGUAGES, Bank
from survey_app.demo.surveys import CHANNELS, HARD_TO_SAY, SKIPPED, Surveys
from survey_app.demo.truth import PROBLEMS, PROMISES, PURPOSES, Truth
from survey_app.demo.words import BAD, GOOD, MIXED, Commentator, Visit, mood_of, themes_of

#: Share of customers who give a reason, and who say what to improve, by mood.
_REASONS: Final = {GOOD: 0.20, MIXED: 0.25, BAD: 0.42}
_IMPROVEMENTS: Final = {GOOD: 0.07, MIXED: 0.16, BAD: 0.22}
_CALLBACK: Final = 0.14
_RECIPIENTS: Final = ("served", "management", "management", "outside")
_RATINGS: Final = ("pv1", "pv5", "pv6", "pv7", "pv8")
#: What a purpose lets one write about, besides its own theme.
_FEES: Final = frozenset({"account", "credit", "savings", "cards"})
_NIGHT_ENDS, _NOON = 7, timedelta(hours=12)


@dataclass(frozen=True)
class Filled:
    """One filled-in questionnaire: ``branch`` and ``agent`` are places in the plan, agent −1 where none is known."""

    response_id: str
    questionnaire: str
    branch: int
    agent: int
    visited_on: date
    submitted_at: datetime
    language: str
    channel: str
    answers: Mapping[str, Any]
    context: Mapping[str, Any] = field(default_factory=dict)
    #: Of a recovery survey: the answer about the visit that the case began with.
    origin: str = ""


@lru_cache(maxsize=2048)
def _noon(day: date) -> datetime:
    return clock.start_of(day) + _NOON


def sent(day: date, minutes: int) -> datetime:
    """The moment some minutes after a day's noon; nobody answers at night."""
    moment = _noon(day) + timedelta(minutes=minutes)
    hour = clock.local(moment).hour
    return moment if hour >= _NIGHT_ENDS else moment + timedelta(hours=_NIGHT_ENDS - hour)


def ids(bank: Bank, part: str, count: int) -> list[str]:
    """Response ids of the usual shape, derived from the seed: only a demo may do so."""
    drawn = bank.rng(f"{part} ids").bytes(16 * count).hex()
    return [drawn[32 * i : 32 * i + 32] for i in range(count)]


def stored(value: int) -> int | str | None:
    """A drawn answer as it is stored; None when it was skipped."""
    return {HARD_TO_SAY: "dk", SKIPPED: None}.get(value, value)


def surveys(bank: Bank, truth: Truth, drawn: Surveys, now: datetime) -> Iterator[Filled]:
    """The branch surveys, filled in. Answers sent after ``now`` were sent a little before it."""
    random = Random(f"{bank.seed} words")  # words only; a statistic never hangs on them
    writer = Commentator(random)
    minted = ids(bank, "surveys", len(drawn))
    columns = {name: getattr(drawn, name).tolist() for name in _COLUMNS}
    ratings = {code: drawn.answers[code].tolist() for code in _RATINGS}
    dropped = _drop(bank, truth)
    for i, response_id in enumerate(minted):
        row = {name: values[i] for name, values in columns.items()}
        numbers = {code: values[i] for code, values in ratings.items()}
        day = date.fromordinal(row["day"])
        link = CHANNELS[row["channel"]]
        answers: dict[str, Any] = {code: stored(value) for code, value in numbers.items()}
        answers["pv2"] = PURPOSES[row["purpose"]]
        answers["pv10"] = PROBLEMS[row["problem"]] if row["problem"] >= 0 else None
        answers["pv11"] = PROMISES[row["promise"]] if row["promise"] >= 0 else None
        crowded = (row["branch"], row["month"]) in dropped
        visit = _visit(bank, row, numbers, answers, crowded)
        if random.random() < _REASONS[visit.mood]:
            answers["pv12"] = writer.reason(visit)
        if random.random() < _IMPROVEMENTS[visit.mood]:
            answers["pv9"] = writer.improvement(visit)
        if link == "personal" and _let_down(answers) and random.random() < _CALLBACK:
            answers |= {"pv_callback": True, "pv_callback_recipient": random.choice(_RECIPIENTS)}
        yield Filled(
            response_id=response_id,
            questionnaire="post_visit_branch",
            branch=row["branch"],
            agent=row["agent"],
            visited_on=day,
            submitted_at=min(sent(day, row["delay"]), now - timedelta(minutes=row["delay"] % 600 + 1)),
            language=visit.language,
            channel=link,
            answers={code: value for code, value in answers.items() if value is not None},
            context={"link": link, "no_branch": False},
        )


_COLUMNS: Final = ("branch", "month", "agent", "day", "delay", "purpose", "problem", "promise", "language", "channel")


def _drop(bank: Bank, truth: Truth) -> set[tuple[int, int]]:
    """Branch and month of the planted drop: the branch was short of staff, and customers say so."""
    last = len(bank.months) - 1
    return {(branch.index, month) for branch in bank.with_role("drop") for month in range(last, len(truth.months))}


def _visit(
    bank: Bank, row: Mapping[str, int], numbers: Mapping[str, int], answers: Mapping[str, Any], crowded: bool
) -> Visit:
    mood = mood_of(numbers["pv1"], numbers["pv8"])
    extra: dict[str, float] = {answers["pv2"]: 1.0}
    if answers["pv2"] in _FEES:
        extra["fees"] = 0.4
    if answers["pv10"] not in {None, "no_problem"}:
        extra["problem"] = 3.0 if (answers["pv10"] == "handled") == (mood != BAD) else 0.0
    elif answers["pv2"] == "problem":
        extra["problem"] = 0.0
    if answers["pv11"] in {"kept", "not_yet"}:
        extra["promises"] = 3.0 if (answers["pv11"] == "kept") == (mood != BAD) else 0.0
    if crowded and mood != GOOD:
        extra["waiting"] = 8.0
    language = LANGUAGES[row["language"]]
    staff = bank.agents[row["agent"]].name.split()[0] if row["agent"] >= 0 else ""
    return Visit(mood, themes_of(numbers, extra, mood), language, row["branch"], staff)


def _let_down(answers: Mapping[str, Any]) -> bool:
    """Whether the survey offers a call-back; its own rule has the last word when the answers are stored."""
    low, unlikely = answers["pv1"], answers["pv8"]
    return (
        (isinstance(low, int) and low <= 2)
        or (isinstance(unlikely, int) and unlikely <= 6)
        or answers["pv10"] in {"not_handled", "not_reported"}
        or answers["pv11"] == "not_yet"
    )
