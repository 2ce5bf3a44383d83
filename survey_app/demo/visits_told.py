"""Plans what the bank's feed told of the last weeks, whom the campaign asked, and what became of each. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from reports import months as calendar
from survey_app import clock
from survey_app.demo import files
from survey_app.demo.bank import LANGUAGES, Bank, PlannedBranch
from survey_app.demo.filled import Filled
from survey_app.demo.surveys import open_days
from survey_app.demo.truth import PURPOSES
from survey_app.outreach.hours import next_moment
from survey_app.outreach.policy import Outreach

#: For how many days the campaign has run, and for how long after a visit it waits before it asks.
DAYS: Final = 21
DELAY: Final = timedelta(hours=3)
#: From when on branches serve customers.
_OPENS: Final = timedelta(hours=8, minutes=35)
#: Invitations for each answer, and visits that were left out for each answer.
_SILENT, _LEFT_OUT = 3.4, 1.7
#: Visits of the last hours that nobody has decided on yet, for every branch.
_WAITING: Final = 0.8
#: Share of customers who are reached by each channel; whoever answered did so by a message.
_CHANNELS: Final = {"sms": 0.62, "email": 0.30, "phone": 0.08}
#: What becomes of an invitation that brought no answer, by a message and by telephone.
_FATES: Final = {
    "quiet": 0.60, "opened": 0.17, "begun": 0.07, "failed": 0.06, "opted_out": 0.03, "expired": 0.07,
}  # fmt: skip
_CALLS: Final = {
    "fresh": 0.22, "no_answer": 0.22, "busy": 0.08, "voicemail": 0.10, "promised": 0.18, "refused": 0.12,
    "wrong_number": 0.05, "opted_out": 0.03,
}  # fmt: skip
#: Channels and fates that are always there, however small the bank.
_FIRST: Final = (
    ("sms", "uncertain"), ("email", "uncertain"), ("sms", "queued"), ("sms", "queued"), ("sms", "queued"),
    ("phone", "promised"), ("phone", "promised"), ("phone", "promised"), ("phone", "fresh"), ("phone", "no_answer"),
    ("sms", "failed"), ("email", "failed"), ("sms", "opted_out"), ("email", "opted_out"), ("sms", "expired"),
)  # fmt: skip
#: A visit is only told as decided once it is so long ago.
_EARLIEST: Final = DELAY + timedelta(minutes=30)
#: Why a visit was left out, and how often.
_REASONS: Final = {
    "not_drawn": 0.63, "capped": 0.12, "no_contact": 0.06, "duplicate": 0.06, "opted_out": 0.04, "language": 0.03,
    "employee": 0.02, "open_case": 0.02, "quota_full": 0.01, "too_old": 0.01,
}  # fmt: skip
_NAMES: Final = {"he": "hebrew", "ar": "arabic", "ru": "russian", "en": "hebrew"}


@dataclass
class Told:
    """One visit that the feed told of, with its customer and what became of it. Places in the plan, as elsewhere."""

    number: int
    branch: int
    agent: int
    at: datetime
    reason: str
    language: str
    name: str
    #: How the customer is reached: ``sms``, ``email`` or ``phone``.
    channel: str
    #: A key of the tables above, ``answered``, or ``waiting`` where nothing was decided yet.
    fate: str
    #: Why it was left out; empty where it was invited or waits.
    left_out: str = ""
    #: The answer that came of it.
    response_id: str = ""
    submitted_at: datetime | None = None

    @property
    def ref(self) -> str:
        """The customer's reference."""
        return f"DEMO-{self.number:06d}"

    @property
    def phone(self) -> str:
        """A number that cannot ring: no operator of Israel allots numbers that begin with 0 behind the prefix."""
        if self.channel == "email" or self.left_out == "no_contact":
            return ""
        return f"+9722000{self.number % 10**4:04d}" if self.channel == "phone" else f"+972500{self.number % 10**6:06d}"

    @property
    def email(self) -> str:
        """An address in a domain that is set aside for examples."""
        if self.channel != "email" or self.left_out == "no_contact":
            return ""
        return f"customer{self.number}@example.com"


def first_day(bank: Bank) -> date:
    """The day on which the campaign began."""
    return bank.today - timedelta(days=DAYS)


def is_asked(bank: Bank, filled: Filled) -> bool:
    """Whether an answer came of the campaign: a branch's visit of its weeks, by a personal link."""
    return (
        filled.questionnaire == "post_visit_branch"
        and filled.channel == "personal"
        and filled.visited_on >= first_day(bank)
        and filled.submitted_at >= _asked_first(filled.visited_on)
    )


def _asked_first(visited_on: date) -> datetime:
    """When somebody who came on a day can have answered: no invitation leaves on a Sabbath or at night."""
    return next_moment(clock.start_of(visited_on) + _OPENS + DELAY, Outreach()) + timedelta(minutes=15)


def tell(bank: Bank, answered: Sequence[Filled], now: datetime) -> Iterator[Told]:
    """Every visit of the campaign's weeks: those that were answered, the silent, those left out, those that wait."""
    random = Random(f"{bank.seed} visits")
    number = 0
    for one in answered:
        number += 1
        latest = one.submitted_at - DELAY - timedelta(minutes=random.randint(5, 240))
        at = min(_moment(random, one.visited_on), latest)
        reason = str(one.answers.get("pv2", "other"))
        channel = "sms" if random.random() < 0.68 else "email"
        yield Told(
            *(number, one.branch, one.agent, at, reason, one.language, _name(random, one.language), channel),
            "answered",
            response_id=one.response_id,
            submitted_at=one.submitted_at,
        )
    if any(_days(bank, one) for one in bank.branches):
        for fate, count in (("", _SILENT), ("left_out", _LEFT_OUT)):
            for place in range(max(round(count * len(answered)), len(_FIRST))):
                number += 1
                first = _FIRST[place] if not fate and place < len(_FIRST) else None
                yield _visit(bank, random, number, fate, now, first)
    for branch in bank.branches:
        if branch.open_on(bank.today) and random.random() < _WAITING:
            number += 1
            language = random.choices(LANGUAGES, branch.languages)[0]
            at = now - timedelta(minutes=random.randint(3, 175))
            yield Told(
                *(number, branch.index, _agent(bank, random, branch.index, bank.today), at, random.choice(PURPOSES)),
                *(language, _name(random, language), _drawn(random, _CHANNELS), "waiting"),
            )


def _visit(bank: Bank, random: Random, number: int, fate: str, now: datetime, first: tuple[str, str] | None) -> Told:
    branch = random.choices(bank.branches, [one.volume for one in bank.branches])[0]
    days = [one for one in _days(bank, branch) if _moment(Random(number), date.fromordinal(one)) < now - _EARLIEST]
    if not days:
        branch = next(one for one in bank.branches if _days(bank, one))
        days = _days(bank, branch)[:-1] or _days(bank, branch)
    day = date.fromordinal(days[-1] if first == ("sms", "queued") else random.choice(days))
    language = random.choices(LANGUAGES, branch.languages)[0]
    channel = first[0] if first else _drawn(random, _CHANNELS)
    became = fate or (first[1] if first else _drawn(random, _CALLS if channel == "phone" else _FATES))
    return Told(
        *(number, branch.index, _agent(bank, random, branch.index, day), _moment(Random(number), day)),
        *(random.choice(PURPOSES), language, _name(random, language), channel, became),
        left_out=_drawn(random, _REASONS) if fate else "",
    )


def _days(bank: Bank, branch: PlannedBranch) -> list[int]:
    """Ordinals of the days of the campaign on which a branch served customers."""
    since = first_day(bank)
    asked = {calendar.of(since), calendar.of(bank.today)}
    return [day for month in sorted(asked) for day in open_days(bank, branch, month) if day >= since.toordinal()]


def sent_at(told: Told, policy: Outreach, now: datetime) -> datetime:
    """When the invitation left: some hours after the visit, in the hours in which messages leave."""
    at = next_moment(told.at + DELAY + timedelta(minutes=told.number % 7), policy)
    if told.submitted_at is not None:
        return min(at, told.submitted_at - timedelta(minutes=2))
    return at


def _moment(random: Random, day: date) -> datetime:
    return clock.start_of(day) + _OPENS + timedelta(minutes=random.randint(0, 445))


def _drawn(random: Random, shares: dict[str, float]) -> str:
    return random.choices(list(shares), list(shares.values()))[0]


def _agent(bank: Bank, random: Random, branch: int, day: date) -> int:
    month = calendar.of(day)
    team = bank.teams.get(month, bank.teams[bank.months[-1]])[branch]
    return random.choice(team) if team else -1


def _name(random: Random, language: str) -> str:
    names = files.document("names")[_NAMES[language]]
    return f"{random.choice(names['first'])} {random.choice(names['last'])}"
