"""What the analyst's table can be asked: questions with choices, the breaks they are told by, and their columns."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from forms.questionnaire.parts import Question
from forms.questionnaire.types import CHOICE, CHOICES, TICK, TYPES
from reports.policy import Policy
from survey_app.kinds import kind_of
from survey_app.models import Questionnaire, Version
from survey_app.queries import organisation, outreach, questionnaires

REGION, TYPE, SIZE, AREA = "region", "type", "size", "area"
PURPOSE, CHANNEL, LANGUAGE, MODE, TENURE = "purpose", "channel", "language", "mode", "tenure"
#: Breaks of branches, whose groups protect the branches in them; the first is the one that branches are shown under.
BRANCH_BREAKS: Final = (REGION, TYPE, SIZE, AREA)
BREAKS: Final = (*BRANCH_BREAKS, PURPOSE, CHANNEL, LANGUAGE, MODE, TENURE)
#: The question that asks what the customer came for.
PURPOSE_MEASURE: Final = "visit_purpose"
#: More points than this on a scale are shown as three parts only where it is a recommendation.
_RECOMMENDATION: Final = frozenset({"nps", "enps"})
_CSAT: Final = "csat"
#: Kind of questionnaire -> the setting of the policy that says how many responses are shown at least.
_LEAST: Final[Mapping[str, str]] = {
    "customer_survey": "least_surveys",
    "employee_survey": "least_pulse",
    "mystery_shop": "least_shops",
}
PROMOTERS, PASSIVES, DETRACTORS, SATISFIED = "promoters", "passives", "detractors", "satisfied"


@dataclass(frozen=True)
class Column:
    """A column of answers: one choice, or several that are told together under a ``name``."""

    answers: frozenset[Hashable]
    #: The choice's value; None where several are told together.
    value: Hashable | None = None
    name: str = ""


@dataclass(frozen=True)
class Asked:
    """What can be asked for: a question of a questionnaire in use."""

    questionnaire: Questionnaire
    question: Question

    @property
    def code(self) -> str:
        """How an address names it."""
        return f"{self.questionnaire.code}:{self.question.code}"


def questions(session: Session) -> list[Asked]:
    """Every question with choices of the questionnaires that count, those of the review's surveys first."""
    found = []
    reviewed = organisation.policy(session).survey_codes
    for one in sorted(questionnaires.catalogue(session), key=lambda one: one.code not in reviewed):
        if not kind_of(one.kind).counted:
            continue
        version = questionnaires.newest_published(session, one.id)
        if version is not None:
            found += [Asked(one, part) for part in parts(version) if _tabled(part)]
    return found


def parts(version: Version) -> Iterable[Question]:
    """Every question of a version, statements of a group one by one."""
    for question in questionnaires.definition(version).questions:
        yield from question.parts


def _tabled(question: Question) -> bool:
    if question.type == "consent":
        return False
    stored = TYPES[question.type].stored
    return stored == TICK or (stored in {CHOICE, CHOICES} and bool(question.options))


def find(session: Session, text: str) -> Asked | None:
    """The question that ``questionnaire:question`` names; None where there is none."""
    return next((one for one in questions(session) if one.code == text), None)


def possible(session: Session, asked: Asked) -> list[str]:
    """The breaks that a question's responses can be told by: tenure only where the privacy officer approved it."""
    approved = TENURE in outreach.policy(session).approved_fields
    purpose = purpose_of(session, asked.questionnaire)
    usable = {PURPOSE: purpose is not None and purpose.code != asked.question.code, TENURE: approved}
    return [name for name in BREAKS if usable.get(name, True)]


def purpose_of(session: Session, questionnaire: Questionnaire) -> Question | None:
    """The question of a questionnaire that asks what the customer came for."""
    version = questionnaires.newest_published(session, questionnaire.id)
    asked = parts(version) if version is not None else ()
    return next((one for one in asked if one.measure == PURPOSE_MEASURE), None)


def least(policy: Policy, kind: str) -> int:
    """How many responses of a kind are shown at least [policy]."""
    return int(getattr(policy, _LEAST[kind])) if kind in _LEAST else kind_of(kind).least_n


def columns(question: Question) -> tuple[list[Column], dict[Hashable, float]]:
    """What is told of a question's answers, and the number of each where a mean makes sense.

    Recommendation: its three parts, and the numbers are such that the mean is the NPS.
    """
    if TYPES[question.type].stored == TICK:
        return [Column(frozenset({True}), True), Column(frozenset({False}), False)], {}
    numbers = question.scale.numbers if question.scale else ()
    if question.measure in _RECOMMENDATION and numbers:
        parts = {
            PROMOTERS: [one for one in numbers if one >= 9],
            PASSIVES: [one for one in numbers if 7 <= one <= 8],
            DETRACTORS: [one for one in numbers if one <= 6],
        }
        worth = {PROMOTERS: 100.0, PASSIVES: 0.0, DETRACTORS: -100.0}
        values: dict[Hashable, float] = {one: worth[name] for name, ones in parts.items() for one in ones}
        return [Column(frozenset(ones), name=name) for name, ones in parts.items()], values
    options = question.scale.steps if question.scale else question.options
    found = [Column(frozenset({one.value}), one.value) for one in options]
    if question.measure == _CSAT and len(numbers) > 2:
        found.insert(0, Column(frozenset(numbers[-2:]), name=SATISFIED))
    return found, {one: float(one) for one in numbers}


def kept(answer: Any, base: frozenset[Hashable]) -> list[Hashable]:
    """The answers that count, of one or of several choices; hard to say and not relevant are outside."""
    given = answer if isinstance(answer, list) else [answer]
    return [one for one in given if isinstance(one, Hashable) and one in base]
