"""Stores what the demo's employees said in months gone by, of the bank and of its departments, and what they learned.

Planted: a branch's pulse leads its service by one month, so that the page of employees beside customers finds a link.
Branches are of all sizes, so that some are shown by themselves and others never are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Final

import numpy as np
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import decisions, employee_surveys, questionnaires
from survey_app.commands.recording import Finished, record
from survey_app.demo import files
from survey_app.demo.bank import Bank, PlannedBranch
from survey_app.demo.filled import ids
from survey_app.demo.storing import ACTOR, Stored, batches
from survey_app.demo.truth import Truth
from survey_app.meeting.agenda import OUTSIDE
from survey_app.models import Department, Training
from survey_app.models.response import COUNTED
from survey_app.permissions import Role
from survey_app.transaction import transaction

PULSE, ABOUT = "employee_pulse", employee_surveys.ABOUT_DEPARTMENTS
#: So many of the last full months had a pulse, and so many a survey about departments.
_MONTHS, _DEPARTMENT_MONTHS = 6, 3
#: Share of a branch's employees who answer, and how many work there for each one who serves customers.
_ANSWERED: Final = 0.72
_WRITES: Final = 0.25
_BEHIND, _OTHERS = 2.0, 3
#: Cuts of the latent mood into the five answers, by question; and of the readiness to recommend.
_CUTS: Final = (-1.9, -1.2, -0.45, 0.75)
_NPS: Final = (-2.2, -2.0, -1.8, -1.6, -1.4, -1.1, -0.8, -0.3, 0.35, 0.95)
#: Questions of the pulse with five answers.
FIVES: Final = tuple(f"ep{number}" for number in range(1, 9))
#: How hard each question is: workload and energy are the lowest, safety to speak of mistakes the highest.
_HARD: Final = {"ep1": 0.1, "ep2": -0.15, "ep3": -0.45, "ep4": 0.0, "ep5": -0.1, "ep6": 0.3, "ep7": 0.05, "ep8": -0.35}
#: What a standard deviation of next month's service is worth in this month's mood.
LEADS: Final = 1.0
_OWN_SD: Final = 0.12
#: How departments are seen, in the order of their codes.
_SEEN: Final = (0.35, -0.25, 0.0, -0.6)


def store(bank: Bank, truth: Truth, stored: Stored) -> int:
    """The pulses and surveys about departments that were published, and what employees learned; how many answers."""
    done = 0
    for some in batches(_pulses(bank, truth, stored)):
        with transaction(Actor.respondent(), "demo.pulses") as session:
            record(session, some)
        done += len(some)
    return done


@dataclass(frozen=True)
class Said:
    """What one employee of a branch answered in a month."""

    branch: PlannedBranch
    month: str
    answers: dict[str, Any]


def draw(bank: Bank, truth: Truth) -> list[Said]:
    """The pulses of the last full months."""
    texts = files.document("employees")
    rng, random = bank.rng("pulses"), Random(f"{bank.seed} pulses")
    own = rng.normal(0, _OWN_SD, len(bank.branches))
    found: list[Said] = []
    for month in bank.months[-_MONTHS:]:
        ahead = min(truth.months.index(month) + 1, truth.service.shape[1] - 1)
        for branch in bank.branches:
            if not branch.open_on(calendar.first_day(month)):
                continue
            mood = LEADS * float(truth.service[branch.index, ahead]) + own[branch.index]
            size = int(rng.binomial(_staff(bank, branch, month), _ANSWERED))
            people = mood + rng.normal(0, 0.7, size)
            found += [Said(branch, month, _answers(float(latent), rng, random, texts)) for latent in people]
    return found


def _answers(latent: float, rng: np.random.Generator, random: Random, texts: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {
        code: int(np.searchsorted(_CUTS, latent + shift + rng.normal(0, 0.7))) + 1 for code, shift in _HARD.items()
    }
    answers["ep9"] = int(np.searchsorted(_NPS, latent + rng.normal(0, 0.6)))
    if random.random() < _WRITES:
        answers["ep10"] = random.choice(texts["words"])
    return answers


def _pulses(bank: Bank, truth: Truth, stored: Stored) -> Iterator[Finished]:
    drawn = draw(bank, truth)
    for response_id, one in zip(ids(bank, "pulses", len(drawn)), drawn, strict=True):
        yield _finished(response_id, stored, PULSE, stored.campaigns[PULSE], one.branch, one.month, one.answers)


def _staff(bank: Bank, branch: PlannedBranch, month: str) -> int:
    """How many work in a branch, those behind the counter among them."""
    return round(_BEHIND * len(bank.teams[month][branch.index])) + _OTHERS


def _finished(
    response_id: str,
    stored: Stored,
    code: str,
    campaign: int,
    branch: PlannedBranch,
    month: str,
    answers: dict[str, Any],
) -> Finished:
    """An anonymous response as the night of publication leaves it: no day, no moment, nobody."""
    place = stored.branches[branch.index]
    return Finished(
        response_id=response_id,
        campaign_id=campaign,
        version=stored.versions[code],
        branch_id=place.id,
        region_id=place.region_id or 0,
        month=month,
        state=COUNTED,
        language="he",
        channel="personal",
        presentation={"first": "lowest", "direction": "rtl", "layout": "stack"},
        answers=answers,
        context={"link": "personal", "no_branch": False, "today": calendar.last_day(month).isoformat()},
    )


# ---- departments: after they are there -------------------------------------------------------------------------------


def ask_about_departments(bank: Bank, stored: Stored) -> int:
    """A survey about each department in each of the last months: the smallest is seldom met, so it is not shown."""
    texts = files.document("employees")
    first = calendar.first_day(bank.months[-_DEPARTMENT_MONTHS:][0])
    with clock.moved_to(clock.start_of(first)), transaction(ACTOR, "demo.departments") as session:
        campaigns = [
            (department.code, employee_surveys.ask_about(session, department.code).id)
            for department in session.scalars(select(Department).where(Department.active).order_by(Department.code))
        ]
    answers = list(_about(bank, stored, campaigns, texts))
    for some in batches(answers):
        with transaction(Actor.respondent(), "demo.departments") as session:
            record(session, some)
    return len(answers)


def _about(bank: Bank, stored: Stored, campaigns: list[tuple[str, int]], texts: dict[str, Any]) -> Iterator[Finished]:
    rng, random = bank.rng("departments"), Random(f"{bank.seed} departments")
    months = bank.months[-_DEPARTMENT_MONTHS:]
    open_ = [one for one in bank.branches if one.open_on(calendar.first_day(months[0]))]
    # The last department has so few who meet it that it is never shown by itself.
    sizes = [4 if at == len(campaigns) - 1 and at else int(rng.integers(24, 46)) for at in range(len(campaigns))]
    minted = iter(ids(bank, "departments", sum(sizes) * len(months)))
    for month in months:
        for at, (_code, campaign) in enumerate(campaigns):
            for _person in range(sizes[at]):
                latent = _SEEN[at % len(_SEEN)] + float(rng.normal(0, 0.8))
                branch = open_[int(rng.integers(len(open_)))]
                five = {code: int(np.searchsorted(_CUTS, latent + rng.normal(0, 0.6))) + 1 for code in _FIVES}
                answers: dict[str, Any] = {
                    **five,
                    "is4": int(np.clip(round(4.6 + 1.3 * latent + float(rng.normal(0, 0.8))), 1, 7)),
                }
                if random.random() < 0.3:
                    answers["is6"] = random.choice(texts["about_departments"])
                yield _finished(next(minted), stored, ABOUT, campaign, branch, month, answers)


_FIVES: Final = ("is1", "is2", "is3")


# ---- what employees learned, and what was planned --------------------------------------------------------------------


def learn(bank: Bank, stored: Stored) -> None:
    """A quiz for employees, its results, courses and coaching talks of the last year."""
    texts = files.document("employees")
    with transaction(ACTOR, "demo.quiz") as session:
        questionnaires.bring_in(session, texts["quiz"], publish=True)
    rows = list(_learned(bank, stored, texts))
    for some in batches(rows):
        with transaction(ACTOR, "demo.trainings") as session:
            session.execute(insert(Training), some)


def _learned(bank: Bank, stored: Stored, texts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    random = Random(f"{bank.seed} learned")
    year = min(len(bank.months), 12)
    span = (bank.today - calendar.first_day(bank.months[-year])).days
    leader = stored.users[Role.BRANCH_MANAGER].id
    for planned, agent in zip(bank.agents, stored.agents, strict=True):
        if planned.branch_on(bank.today) is None:
            continue

        def day() -> date:
            return bank.today - timedelta(days=random.randrange(2, max(span, 3)))

        base = {"agent_id": agent.id, "at": clock.now(), "note": "", "score": None, "by_id": None}
        for topic in random.sample(texts["courses"], random.choice((0, 1, 1, 2))):
            yield {**base, "kind": "course", "topic": topic, "done_on": day()}
        if random.random() < 0.7:
            score = random.choice((5000, 7500, 7500, 10_000, 10_000))
            yield {**base, "kind": "quiz", "topic": texts["quiz"]["code"], "done_on": day(), "score": score}
        if random.random() < 0.45:
            talk = random.choice(texts["talks"])
            yield {**base, "kind": "coaching", "by_id": leader, "done_on": day(), **talk}


def plan(bank: Bank, stored: Stored) -> None:
    """Two action plans after the last pulse; once the meetings were held, which judge decisions of their own."""
    with transaction(ACTOR, "demo.plans") as session:
        _plan(session, bank, stored, files.document("employees"))


def _plan(session: Session, bank: Bank, stored: Stored, texts: dict[str, Any]) -> None:
    manager, management = stored.users[Role.BRANCH_MANAGER], stored.users[Role.MANAGEMENT]
    whose = {"branch": (manager, manager.branch_id), "management": (management, None)}
    for one in texts["plans"]:
        user, branch_id = whose[one["whose"]]
        wanted = decisions.Wanted(
            id=decisions.new_id(), month=bank.months[-1], stop=next(iter(OUTSIDE)), text=one["text"], owner_id=user.id,
            due_on=bank.today + timedelta(days=one["days"]), branch_id=branch_id,
        )  # fmt: skip
        decisions.decide(session, user, wanted)
