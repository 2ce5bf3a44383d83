"""What employees said in anonymous surveys: by question, region and branch, over the months, in whole groups only.

Every number is a sum over groups of :mod:`survey_app.queries.told`, made coarser where too few of a group answered a
question; groups are never taken apart. A level's total is the sum of what is told under it and not of everything there
is, so what is missing in it cannot be worked out.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import numpy as np
from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session, joinedload

from forms.questionnaire.exchange.answers.groups import Cell, Group, coarser
from forms.questionnaire.parts import Question
from reports import employees
from reports import months as calendar
from reports.arrays import Floats
from reports.employees import Association, Rating, TooFew
from survey_app.models import (
    Agent,
    Answer,
    BranchFact,
    Campaign,
    Department,
    DepartmentSurvey,
    Line,
    Questionnaire,
    Response,
)
from survey_app.models.campaign import ACTIVE, ANONYMOUS
from survey_app.models.people import NO_AGENT
from survey_app.queries import masking, organisation, told
from survey_app.queries.analysis_questions import parts
from survey_app.queries.exports import Source, source
from survey_app.queries.questionnaires import newest_published
from survey_app.queries.told import KEY, Told
from translations import localised

#: Months that a page looks back on.
MONTHS: Final = 15
KIND: Final = "employee_survey"
#: The whole organisation, or one region or branch (of a survey about departments: one department).
Unit = tuple[str, int]
ALL: Final[Unit] = ("all", 0)
REGION, BRANCH = "region", "branch"
_RECOMMENDATION: Final = frozenset({"nps", "enps"})
#: The share of a scale's steps that is favourable: two of five, three of seven.
_FAVOURABLE: Final = 0.4


@dataclass(frozen=True)
class Asked:
    """A question with a scale of numbers."""

    code: str
    text: Mapping[str, str]
    #: Whether it is told as NPS; else as the share of favourable answers.
    nps: bool
    steps: int
    top: float

    def rating(self, counts: Mapping[float, int], level: float) -> Rating:
        """What the counts of answers amount to."""
        if self.nps:
            return employees.recommendation(counts, level)
        return employees.favourable(counts, self.steps, level, self.top)


@dataclass
class Voice:
    """What one survey's answers say."""

    found: Source
    told: Told
    #: Months that are told of and have anything, oldest first.
    months: list[str]
    questions: list[Asked]
    level: float
    #: question -> unit -> month -> answer -> people; of whole groups only.
    counts: dict[str, dict[Unit, dict[str, Counter[float]]]] = field(default_factory=dict)
    #: unit -> month -> people; of whole groups only.
    people: dict[Unit, Counter[str]] = field(default_factory=dict)

    def rating(self, question: Asked, unit: Unit, month: str) -> Rating | None:
        """How a unit answered a question in a month; None where that is not told."""
        counted = self.counts.get(question.code, {}).get(unit, {}).get(month)
        return question.rating(counted, self.level) if counted else None

    def mean(self, unit: Unit, month: str) -> float | None:
        """The mean of the favourable shares, 0–100, over the questions that are told of a unit and month."""
        shares = [self.rating(one, unit, month) for one in self.questions if not one.nps]
        values = [one.value for one in shares if one is not None]
        return sum(values) / len(values) if values else None

    def units(self, kind: str, month: str) -> list[int]:
        """The regions or branches that a month tells of."""
        return sorted(number for (sort, number), by in self.people.items() if sort == kind and by[month])

    def silent(self, month: str) -> list[int]:
        """Branches (or departments) where somebody answered in a month and that are not told by themselves."""
        own = {number for (sort, number), by in self.people.items() if sort == BRANCH and by[month]}
        return sorted({cell.branch for cell in self.told.cells if cell.month == month} - own - {0})


def surveys(session: Session, *, departments: bool) -> list[Questionnaire]:
    """Anonymous surveys of employees in use: those about departments, or the others; the shipped pulse first."""
    about = (
        select(Campaign.questionnaire_id)
        .join(DepartmentSurvey, DepartmentSurvey.campaign_id == Campaign.id)
        .distinct()
        .scalar_subquery()
    )
    chosen = Questionnaire.id.in_(about) if departments else Questionnaire.id.not_in(about)
    rows = session.scalars(
        select(Questionnaire)
        .where(Questionnaire.kind == KIND, Questionnaire.archived_at.is_(None), chosen)
        .order_by(Questionnaire.code)
    )
    return [one for one in rows if newest_published(session, one.id) is not None]


def voice(session: Session, code: str) -> Voice | None:
    """What an anonymous survey's answers say; None where it is none, or nobody published it."""
    found = source(session, code)
    if found is None or not found.anonymous:
        return None
    version = newest_published(session, found.questionnaire.id)
    asked = [one for question in parts(version) if (one := _asked(question)) is not None] if version else []
    division = told.division(session, found)
    months = sorted({cell.month for cell in division.groups})[-MONTHS:]
    made = Voice(found, division, months, asked, organisation.policy(session).interval_level)
    for cell, group in division.groups.items():
        for unit in _units(group):
            made.people.setdefault(unit, Counter())[cell.month] += division.cells[cell]
    if months:
        _count(session, made)
    return made


def _asked(question: Question) -> Asked | None:
    numbers = question.scale.numbers if question.scale else ()
    if len(numbers) < 3:
        return None
    steps = max(1, round(_FAVOURABLE * len(numbers)))
    return Asked(question.code, question.text, question.measure in _RECOMMENDATION, steps, float(numbers[-1]))


def _units(group: Group) -> list[Unit]:
    found = [ALL]
    if group.region is not None:
        found.append((REGION, group.region))
    if group.branch is not None:
        found.append((BRANCH, group.branch))
    return found


def _count(session: Session, made: Voice) -> None:
    """Read the answers, add them up by cell, and the cells by group and unit."""
    codes = [one.code for one in made.questions]
    value = cast(Answer.value, Text)
    rows = session.execute(
        select(*KEY, Answer.question, value, func.count())
        .join(Answer, Answer.response_id == Response.id)
        .where(*told.published(session, made.found), Response.month >= made.months[0], Answer.question.in_(codes))
        .group_by(*KEY, Answer.question, value)
    )
    top = {one.code: one.top for one in made.questions}
    by_cell: dict[str, dict[Cell, Counter[float]]] = {code: defaultdict(Counter) for code in codes}
    for month, region, branch, campaign, code, text, n in rows:
        answer = json.loads(text or "null")
        # "Hard to say" and other choices beside the scale are outside every base.
        if isinstance(answer, int | float) and not isinstance(answer, bool) and answer <= top[code]:
            by_cell[code][made.told.cell((month, region, branch, campaign))][float(answer)] += n
    for code, cells in by_cell.items():
        sizes = {cell: counted.total() for cell, counted in cells.items()}
        into = made.counts.setdefault(code, {})
        for cell, group in coarser(made.told.groups, sizes, made.told.least).items():
            for unit in _units(group):
                into.setdefault(unit, {}).setdefault(cell.month, Counter()).update(cells[cell])


# ---- words -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """Somebody's own words, and to which question; nothing else is known of them."""

    question: str
    words: str


def words(session: Session, made: Voice, month: str, unit: Unit, *, names: Iterable[str]) -> list[Said] | None:
    """People's own words of a unit and month; None where fewer answered than the survey promised for words.

    Only groups of enough people give their words, without the names in them. The order tells nothing.
    """
    cells = {
        cell
        for cell, group in made.told.groups.items()
        if cell.month == month and unit in _units(group) and group.size >= made.told.least_texts
    }
    if not cells:
        return None
    rows = session.execute(
        select(*KEY, Answer.question, Answer.words)
        .join(Answer, Answer.response_id == Response.id)
        .where(*told.published(session, made.found), Response.month == month, Answer.words.is_not(None))
    )
    version = newest_published(session, made.found.questionnaire.id)
    texts = {one.code: localised(one.text) for one in parts(version)} if version else {}
    hidden = tuple(names)
    found = [
        Said(texts.get(question, question), masking.mask_names(said.strip(), hidden))
        for month_, region, branch, campaign, question, said in rows
        if said and said.strip() and made.told.cell((month_, region, branch, campaign)) in cells
    ]
    return sorted(found, key=lambda one: blake2b(f"{month}{one.question}{one.words}".encode()).digest())


def names(session: Session) -> tuple[str, ...]:
    """Names of everybody who serves: hidden in what employees write of each other."""
    return tuple(sorted(set(session.scalars(select(Agent.name).where(Agent.id != NO_AGENT, Agent.name != "")))))


# ---- what goes with what customers say -------------------------------------------------------------------------------


def beside_customers(
    session: Session, made: Voice
) -> tuple[list[Association | TooFew], list[Association | TooFew]] | None:
    """What goes with a higher pulse in the same month and later, and the other way round; None without any month."""
    if not made.months:
        return None
    pulse = {
        (branch, month): value
        for month in made.months
        for branch in made.units(BRANCH, month)
        if (value := made.mean((BRANCH, branch), month)) is not None
    }
    months = _span(made.months)
    customers = _customers(session, months)
    branches = sorted({branch for branch, _month in pulse})
    return employees.both_ways(_panel(pulse, branches, months), _panel(customers, branches, months), level=made.level)


def _span(months: Sequence[str]) -> list[str]:
    """Every month from the first to the last: one in which nobody was asked keeps its place."""
    found = [months[0]]
    while found[-1] < months[-1]:
        found.append(calendar.shift(found[-1], 1))
    return found


def _panel(values: Mapping[tuple[int, str], float], branches: Sequence[int], months: Sequence[str]) -> Floats:
    rows = [[values.get((branch, month), np.nan) for month in months] for branch in branches]
    return np.array(rows, dtype=np.float64).reshape(len(branches), len(months))


def _customers(session: Session, months: Sequence[str]) -> dict[tuple[int, str], float]:
    """(branch, month) -> CSAT, 0–100, of the review's surveys, where enough customers answered."""
    policy = organisation.policy(session)
    rows = session.execute(
        select(BranchFact.branch_id, BranchFact.month, func.sum(BranchFact.n), func.sum(BranchFact.total))
        .join(Line, Line.id == BranchFact.line_id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(
            Line.what == "csat",
            Questionnaire.code.in_(policy.survey_codes),
            BranchFact.month >= months[0],
            BranchFact.month <= months[-1],
        )
        .group_by(BranchFact.branch_id, BranchFact.month)
    )
    return {
        (branch, month): float(total) / int(n) / 100 for branch, month, n, total in rows if n >= policy.least_surveys
    }


def department_campaigns(session: Session) -> list[tuple[Campaign, str]]:
    """Campaigns among employees, those of departments with the department's code: newest first."""
    rows = session.execute(
        select(Campaign, Department.code)
        .join(Questionnaire, Questionnaire.id == Campaign.questionnaire_id)
        .outerjoin(DepartmentSurvey, DepartmentSurvey.campaign_id == Campaign.id)
        .outerjoin(Department, Department.id == DepartmentSurvey.department_id)
        .where(Questionnaire.kind == KIND, Campaign.privacy == ANONYMOUS, Campaign.state == ACTIVE)
        .order_by(Campaign.id.desc())
        .options(joinedload(Campaign.questionnaire))
        .limit(100)
    )
    return [(campaign, code or "") for campaign, code in rows]
