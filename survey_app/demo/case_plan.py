"""Plans the demo's cases: what each came from, what was done when, how it ended, and who left afterwards. Pure.

Two effects are planted: a customer who was contacted quickly is saved more often, and one who was saved leaves less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from reports import months as calendar
from survey_app import clock
from survey_app.demo import files
from survey_app.demo.bank import Bank
from survey_app.demo.filled import Filled
from survey_app.loop import hours
from survey_app.loop.policy import Loop

#: Chance that the first contact came within the first rung's time, for customers who are saved in the end and not.
FAST: Final = {True: 0.80, False: 0.45}
#: Chance of leaving in the three months after the one of the end, saved and not.
LEAVES: Final = {True: 0.03, False: 0.17}
#: Chance that what was reopened is confirmed in the end, by the customer's button.
REGAINED: Final = 0.45
#: How cases end whose customer did not answer the recovery survey.
_SILENT: Final = {"unconfirmed": 0.58, "confirmed": 0.24, "no_contact": 0.11, "withdrawn": 0.07}
#: Chance that one contact was enough.
_FIRST_CONTACT: Final = 0.38
_SUBJECTS: Final = {
    "service": 18, "waiting": 16, "mistake": 15, "fees": 13, "information": 11, "promise": 10, "digital": 10,
    "policy": 4, "misconduct": 1, "pressure": 2,
}  # fmt: skip
_OUTCOMES: Final = {"justified": 0.55, "partly": 0.27, "not_justified": 0.17, "abusive": 0.01}
#: Days after which nothing is open any more, and within which a customer's next problem repeats the first.
_OPEN_DAYS: Final = 12
#: Share of cases whose customer had another one before.
_REPEATS: Final = 0.06
_RULES: Final = Loop()
#: By what an answer may be one that somebody should be called about; the product's own table then decides.
_LOW: Final[tuple[Callable[[Mapping[str, Any]], bool], ...]] = (
    lambda answers: isinstance(answers.get("pv1"), int) and answers["pv1"] <= 2,
    lambda answers: isinstance(answers.get("pv8"), int) and answers["pv8"] <= 6,
    lambda answers: answers.get("pv10") in {"not_handled", "not_reported"},
    lambda answers: answers.get("pv11") == "not_yet",
)


@dataclass
class Watch:
    """Passes filled-in surveys on and keeps those that cases come from."""

    followed: list[Filled] = field(default_factory=list)
    wished: dict[str, Filled] = field(default_factory=dict)
    #: Low answers of customers who asked for no call.
    unasked: list[Filled] = field(default_factory=list)

    def __call__(self, filled: Iterable[Filled]) -> Iterator[Filled]:
        """The same surveys, one by one."""
        for one in filled:
            if one.questionnaire == "recovery_follow_up":
                self.followed.append(one)
            elif one.answers.get("pv_callback") is True:
                self.wished[one.response_id] = one
            elif any(holds(one.answers) for holds in _LOW):
                self.unasked.append(one)
            yield one


@dataclass(frozen=True)
class PlannedCase:
    """One case as it stands today. Branch and agent are places in the plan; moments are in UTC."""

    number: int
    branch: int
    agent: int
    subject: str
    source: str
    language: str
    wanted: str
    opened_at: datetime
    #: Of the survey that it came from, and of the recovery survey that the customer answered.
    response_id: str = ""
    answer: Filled | None = None
    contacted_at: datetime | None = None
    agreed_at: datetime | None = None
    done_at: datetime | None = None
    closed_at: datetime | None = None
    #: ``confirmed``, ``unconfirmed``, ``no_contact`` or ``withdrawn``; empty while it is open or waits.
    how: str = ""
    reopened_at: datetime | None = None
    #: One contact was enough.
    at_once: bool = False
    outcome: str = ""
    cost: int = 0
    compensation: int = 0
    #: The customer's earlier case, by its number.
    repeats: int | None = None
    #: The month in which the customer left.
    left_in: str = ""

    @property
    def due_at(self) -> datetime:
        """When it had to be solved."""
        return hours.after(self.opened_at, _RULES.solve_hours, _RULES.hours())

    @property
    def saved(self) -> bool:
        """Whether the customer confirmed in the end."""
        return self.how == "confirmed"


def draw(bank: Bank, seen: Watch, now: datetime) -> list[PlannedCase]:
    """Every case of the bank's months, in the order in which they were opened."""
    random = Random(f"{bank.seed} cases")
    rough = [*_followed(random, seen, now), *_wished(random, seen, now), *_by_hand(bank, random, now)]
    rough.sort(key=lambda one: (one.opened_at, one.branch, one.response_id))
    return _numbered(random, rough, now)


def _after(moment: datetime, count: float) -> datetime:
    return hours.after(moment, count, _RULES.hours()).astimezone(UTC)


def at_work(moment: datetime) -> datetime:
    """The moment, or when work begins next: nobody calls a customer at night or on the Sabbath."""
    return _after(moment, 0)


def last_at_work(moment: datetime) -> datetime:
    """The moment, or when work ended last before it."""
    day, work = clock.local(moment).date(), _RULES.hours()
    while (found := work.of(day)) is None or found[0] > moment:
        day -= timedelta(days=1)
    return min(moment, found[1])


def _opened(random: Random, filled: Filled) -> datetime:
    """A consent opens its case at once; a case by hand is opened on one of the days after the visit."""
    if filled.answers.get("pv_callback") is True:
        return filled.submitted_at
    return clock.start_of(filled.visited_on + timedelta(days=random.randint(1, 3))) + timedelta(
        hours=9, minutes=random.randint(0, 360)
    )


def _contact(random: Random, opened: datetime, *, saved: bool) -> datetime:
    fast = random.random() < FAST[saved]
    return _after(opened, random.uniform(0.3, 7.8) if fast else random.uniform(8.5, 26.0))


def _followed(random: Random, seen: Watch, now: datetime) -> Iterator[PlannedCase]:
    """Cases whose customer answered the recovery survey: yes closes, anything else opens the case again."""
    for one in seen.followed:
        origin = seen.wished.pop(one.origin, None)
        solved = one.answers.get("rf1") == "yes"
        regained = random.random() < REGAINED
        saved = solved or regained
        opened = _opened(random, origin or one)
        contacted = _contact(random, opened, saved=saved)
        done = max(min(_after(contacted, random.uniform(1, 22)), one.submitted_at - timedelta(days=3)), contacted)
        at_once = random.random() < _FIRST_CONTACT
        reopened = None if solved else one.submitted_at
        if at_once:
            done = contacted + timedelta(minutes=20)
        done = min(last_at_work(done), last_at_work(one.submitted_at - timedelta(hours=30)))
        contacted, opened = min(contacted, done), min(opened, done - timedelta(minutes=40))
        contacted = max(contacted, opened + timedelta(minutes=10))
        closed: datetime | None = one.submitted_at
        how = "confirmed"
        agreed: datetime | None = contacted if at_once else min(at_work(contacted + (done - contacted) / 2), done)
        finished: datetime | None = done
        if reopened is not None:
            finished = _after(reopened, random.uniform(5, 30))
            closed = finished + timedelta(days=random.randint(1, 6) if regained else 9, hours=2)
            how = "confirmed" if regained else "unconfirmed"
            if closed > now:
                closed, how = None, ""
            if finished > now:
                finished, agreed = None, None
        yield PlannedCase(
            number=0,
            branch=one.branch,
            agent=one.agent,
            subject=_chosen(random, _SUBJECTS),
            source="survey" if origin else random.choice(("manual", "manual", "api", "voice")),
            language=one.language,
            wanted=str(origin.answers.get("pv_callback_recipient", "")) if origin else "",
            opened_at=opened,
            response_id=origin.response_id if origin else "",
            answer=one,
            contacted_at=contacted,
            agreed_at=agreed,
            done_at=finished,
            closed_at=closed,
            how=how,
            reopened_at=reopened,
            at_once=at_once and reopened is None,
            outcome=_chosen(random, _OUTCOMES) if finished else "",
            **_money(random, finished is not None),
        )


def _wished(random: Random, seen: Watch, now: datetime) -> Iterator[PlannedCase]:
    """Cases from a wish to be called back whose recovery survey was not answered, or did not leave yet."""
    for one in seen.wished.values():
        opened = one.submitted_at
        how = _chosen(random, _SILENT)
        saved = how == "confirmed"
        first = _contact(random, opened, saved=saved)
        at_once = random.random() < _FIRST_CONTACT
        contacted: datetime | None = first
        finished: datetime | None = first + timedelta(minutes=20) if at_once else _after(first, random.uniform(2, 30))
        ignored = now - opened < timedelta(days=_OPEN_DAYS) and random.random() < 0.35
        closed = finished and finished + timedelta(days=random.randint(1, 5) if saved else 11)
        if how == "no_contact":
            contacted, at_once = None, False
            finished = _after(opened, random.uniform(18, 36))
            closed = finished
        if how == "withdrawn":
            closed, finished, at_once = first + timedelta(hours=1), None, False
        if ignored:
            contacted = finished = closed = None
        stages = [stage if stage is not None and stage <= now else None for stage in (contacted, finished, closed)]
        agreed = (
            contacted
            if at_once
            else (contacted and finished and min(at_work(contacted + (finished - contacted) / 2), finished))
        )
        over = stages[2] is not None
        yield PlannedCase(
            number=0,
            branch=one.branch,
            agent=one.agent,
            subject=_chosen(random, _SUBJECTS),
            source="survey",
            language=one.language,
            wanted=str(one.answers.get("pv_callback_recipient", "")),
            opened_at=opened,
            response_id=one.response_id,
            contacted_at=stages[0],
            agreed_at=agreed if agreed is not None and agreed <= now else None,
            done_at=stages[1],
            closed_at=stages[2],
            how=how if over else "",
            at_once=at_once and stages[1] is not None,
            outcome=_chosen(random, _OUTCOMES) if stages[1] else "",
            **_money(random, stages[1] is not None),
        )


def _by_hand(bank: Bank, random: Random, now: datetime) -> Iterator[PlannedCase]:
    """Cases of the last days that branches opened themselves: every state in the branch that is shown round."""
    shown = next(iter(bank.with_role("drop")), bank.branches[0])
    today = clock.local(now).date()
    for branch in (one for one in bank.branches if one.open_on(today)):
        team = bank.teams[calendar.of(today)][branch.index]
        stages = _SHOWN if branch.index == shown.index else random.sample(_STAGES, random.choice((0, 1, 1, 2)))
        if "weak" in branch.roles:
            stages = [*stages, (_LATE, True, False, False)]
        for place, (days, contacted, agreed, done) in enumerate(stages):
            opened = _after(now - timedelta(days=days, hours=random.uniform(1, 4)), 0)
            opened = min(opened, now - timedelta(minutes=40))
            step = (now - opened) / 4
            # Every other case of the branch that is shown is about whoever has the demo's login.
            face = bank.face(branch.index)
            agent = random.choice(team) if team else -1
            if face is not None and face in team and place % 2 == 0:
                agent = face
            yield PlannedCase(
                number=0,
                branch=branch.index,
                agent=agent if days != _OLDEST else -1,
                subject=_chosen(random, {code: n for code, n in _SUBJECTS.items() if n > 2}),
                source=random.choice(("manual", "manual", "api", "visit")),
                language=random.choice(("he", "he", "ar", "ru", "en")),
                wanted="",
                opened_at=opened,
                contacted_at=min(at_work(opened + step), now) if contacted else None,
                agreed_at=min(at_work(opened + 2 * step), now) if agreed else None,
                done_at=min(at_work(opened + 3 * step), now) if done else None,
                outcome=_chosen(random, _OUTCOMES) if done else "",
                **_money(random, done),
            )


#: How many days ago it was opened, and whether it was contacted, agreed, done: what stands open in a branch.
_OLDEST: Final = 10
#: So long ago that it was overdue when the last month closed: its branch cannot lead.
_LATE: Final = 26
_STAGES: Final = (
    (0, False, False, False), (1, True, False, False), (2, True, True, False), (3, True, True, True),
    (2, True, False, False), (4, True, True, True),
)  # fmt: skip
_SHOWN: Final = (
    (0, False, False, False), (0, False, False, False), (1, True, False, False), (2, True, False, False),
    (3, True, True, False), (4, True, True, False), (4, True, True, True), (_OLDEST, True, False, False),
)  # fmt: skip


def _money(random: Random, finished: bool) -> dict[str, Any]:
    """Agorot that the fault cost, and that were given for it, within an agent's or a manager's limit."""
    if not finished or random.random() > 0.35:
        return {"cost": 0, "compensation": 0}
    cost = random.randrange(20, 400) * 100
    return {"cost": cost, "compensation": min(cost, 10_000) if random.random() < 0.7 else min(cost, 50_000)}


def _numbered(random: Random, rough: list[PlannedCase], now: datetime) -> list[PlannedCase]:
    """The same cases with their numbers, whom they repeat and who left; made once more since they are frozen."""
    last_of: dict[int, PlannedCase] = {}
    found = []
    last_month = calendar.of(clock.local(now).date())
    for number, one in enumerate(rough, start=1):
        earlier = last_of.get(one.branch)
        near = earlier is not None and one.opened_at - earlier.opened_at < timedelta(days=_RULES.repeat_days)
        repeats = earlier.number if near and earlier and random.random() < _REPEATS * 2 else None
        left = ""
        if one.closed_at is not None and random.random() < LEAVES[one.saved]:
            month = calendar.shift(calendar.of(clock.local(one.closed_at).date()), random.randint(1, 3))
            left = month if month < last_month else ""
        made = replace(one, number=number, repeats=repeats, left_in=left)
        if repeats is None:
            last_of[one.branch] = made
        found.append(made)
    return found


def _chosen(random: Random, shares: dict[str, float] | dict[str, int]) -> str:
    return random.choices(list(shares), list(shares.values()))[0]


def words(subject: str, part: str, random: Random) -> str:
    """Words of a subject from the demo's own file."""
    told = files.document("cases")["subjects"][subject][part]
    return str(told if isinstance(told, str) else random.choice(told))
