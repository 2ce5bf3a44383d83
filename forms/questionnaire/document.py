"""A whole questionnaire: sections of questions, and what stands around them.

Frozen dataclasses whose fields are the keys of docs/questionnaire-format.md, as those of the questions are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

from forms.questionnaire import plain
from forms.questionnaire.parts import (
    GROUP,
    PAGE_SIZE,
    WORDINGS,
    WORDS,
    Context,
    Question,
    Rule,
    Scale,
    Text,
    active_variants,
    choose_variant,
)


@dataclass(frozen=True, kw_only=True)
class Section:
    """Questions under one heading. A scored section has ``points``; ``page_size`` splits it over pages."""

    code: str
    title: Text = field(default_factory=dict, metadata=WORDS)
    points: int | None = None
    scored: bool = False
    page_size: int | None = None
    shown_if: Rule | None = None
    questions: tuple[Question, ...] = ()

    @cached_property
    def asked(self) -> tuple[Question, ...]:
        """Its questions as they are asked, statements one by one."""
        return tuple(part for question in self.questions for part in question.parts)

    @cached_property
    def shuffled(self) -> bool:
        """Whether some of its statements stand in another order for each respondent."""
        return any(len(question.parts) > 1 and question.order is not None for question in self.questions)

    @property
    def per_page(self) -> int | None:
        """The most questions on one page; None puts the whole section on one. Without a title: five."""
        return self.page_size or (None if self.title else PAGE_SIZE)


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A text with the wordings that replace it in some contexts."""

    text: Text = field(metadata=WORDS)
    variants: Mapping[str, Text] = field(default_factory=dict, metadata=WORDINGS)

    def choose(self, context: Context) -> Text:
        """The text for a context."""
        return choose_variant(self.text, self.variants, active_variants(context))


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """The call-back offered after the last question: a consent, who should call, and a phone where none is known.

    Contact joins the answers only when the consent is ticked.
    """

    consent: Question
    recipient: Question | None = None
    phone: Question | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions of the follow-up page, in order."""
        return tuple(one for one in (self.consent, self.recipient, self.phone) if one is not None)


@dataclass(frozen=True, kw_only=True)
class Thanks:
    """The page after sending. Its line of praise is not a question of the survey."""

    text: Text = field(metadata=WORDS)
    praise: Question | None = None


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """The customer's own confirmation that a case is closed: which question, which answer; only sending counts."""

    question: str
    confirmed_if: Rule
    by: str
    button: Text = field(metadata=WORDS)
    no_reply: str


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """What everybody is told who is asked: shown before the first answer, its version kept with each response.

    ``purposes``: what the answers are for; ``recipients``: who gets them and why; ``duty``: whether answering is a duty
    or a choice; ``officer``: who answers for privacy, and the rights of who is asked.
    """

    purposes: Text = field(metadata=WORDS)
    recipients: Text = field(metadata=WORDS)
    duty: Text = field(metadata=WORDS)
    officer: Text = field(metadata=WORDS)


@dataclass(frozen=True, kw_only=True)
class IndexPart:
    """One question of an index, and what it weighs. ``reversed``: its lowest answer is the best."""

    question: str
    weight: int = 1
    reversed: bool = False


@dataclass(frozen=True, kw_only=True)
class Index:
    """A measure of the organisation's own: the weighted mean of the places of several answers on their scales.

    At least ``least`` of its questions must be answered (without it: half of them, rounded up).
    """

    code: str
    title: Text = field(metadata=WORDS)
    questions: tuple[IndexPart, ...]
    least: int | None = None
    series: str = "1"

    @property
    def needed(self) -> int:
        """How many of its questions must be answered."""
        return self.least or -(-len(self.questions) // 2)


@dataclass(frozen=True, kw_only=True)
class Automation:
    """What the answers set in motion: where ``when`` holds, ``then`` is done."""

    when: Rule
    then: str


def _all_of(rules: list[Rule]) -> Rule:
    """One rule that holds where all of them do; an empty one for none."""
    return {"all": rules} if len(rules) > 1 else rules[0] if rules else {}


@dataclass(frozen=True, kw_only=True)
class Questionnaire:
    """A whole questionnaire. Published it never changes; question codes keep their meaning for good."""

    format: int
    code: str
    kind: str
    title: Text = field(metadata=WORDS)
    languages: Mapping[str, str]
    anonymity: str | None = None
    estimated_seconds: int | None = None
    min_group_size: int | None = None
    no_free_text_below_group: int | None = None
    total_points: int | None = None
    critical_cap: int | None = None
    series: str = "1"
    intro: Wording | None = None
    notice: Text = field(default_factory=dict, metadata=WORDS)
    privacy: Privacy | None = None
    scales: Mapping[str, Scale] = field(default_factory=dict, metadata={"keyed": True})
    indexes: Mapping[str, Index] = field(default_factory=dict, metadata={"keyed": True})
    sections: tuple[Section, ...]
    follow_up: FollowUp | None = None
    confirmation: Confirmation | None = None
    automation: tuple[Automation, ...] = ()
    thanks: Thanks | None = None
    sending: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every question of the survey in the order asked, the follow-up last; the line of praise is none of them."""
        asked = [question for section in self.sections for question in section.asked]
        return (*asked, *(self.follow_up.questions if self.follow_up else ()))

    @cached_property
    def conditions(self) -> Mapping[str, Rule]:
        """When each question is asked: its own rule, its section's and its group's, and that nothing ended before.

        A question that is always asked has no entry. The follow-up hangs on its own rule only: who was let down early
        can still be called back.
        """
        found: dict[str, Rule] = {}
        ended: list[Rule] = []
        for section in self.sections:
            for question in section.questions:
                own = [rule for rule in (section.shown_if, question.shown_if) if rule is not None]
                if rule := _all_of([*own, *ended]):
                    found |= dict.fromkeys((part.code for part in question.parts), rule)
                if question.ends_if is not None:
                    ended.append({"not": _all_of([*own, question.ends_if])})
        for question in self.follow_up.questions if self.follow_up else ():
            if question.shown_if is not None:
                found[question.code] = question.shown_if
        return found

    @cached_property
    def leads(self) -> Mapping[str, str]:
        """The code of the words above it, for each statement that is judged together with others."""
        groups = (question for section in self.sections for question in section.questions if question.type == GROUP)
        return {one.code: group.code for group in groups for one in group.statements}

    @cached_property
    def by_code(self) -> Mapping[str, Question]:
        """The questions by code."""
        return {question.code: question for question in self.questions}

    @cached_property
    def scored_questions(self) -> tuple[Question, ...]:
        """The items that carry points, in order."""
        return tuple(question for section in self.sections if section.scored for question in section.asked)

    @cached_property
    def digest(self) -> str:
        """A fingerprint of the document's content: equal content, equal digest, in any order of keys."""
        canonical = json.dumps(plain.write(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return sha256(canonical.encode()).hexdigest()

    def texts(self) -> Iterator[tuple[str, Text]]:
        """Every text shown to anybody, with its place (``questions.pv1.hint``), for checks and translation."""
        return plain.words(self)


@dataclass(frozen=True)
class Known:
    """A questionnaire as a cache's key: known by its content and not compared part by part."""

    digest: str
    questionnaire: Questionnaire = field(compare=False, repr=False)

    @classmethod
    def by_content(cls, questionnaire: Questionnaire) -> Known:
        """The key of a questionnaire."""
        return cls(questionnaire.digest, questionnaire)
