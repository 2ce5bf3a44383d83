"""The parts of a questionnaire: frozen dataclasses whose fields are exactly the keys of docs/questionnaire-format.md.

A text is a mapping of language to words. Answers are plain JSON: a scale or choice answer is the choice's value,
several choices are a list, a ticked box is True, dates and times are ISO strings, a phone is E.164. A question without
an answer has no entry.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from typing import Any, ClassVar, Final

from forms.questionnaire import plain

Text = Mapping[str, str]
#: What identifies a choice: a number on a numeric scale, else a short code.
Value = int | str
#: One stored answer.
Stored = bool | int | str | list[Value]
Answers = Mapping[str, Stored]
#: What is known about the response besides its answers: ``link``, ``scenario``, ``no_branch``, ``refs`` …
Context = Mapping[str, Any]
Rule = Mapping[str, Any]

#: Marks the fields that hold words shown to people, and those that hold several wordings by name.
WORDS: Final = {"words": True}
WORDINGS: Final = {"wordings": True}

#: A comment or the written evidence of an item is stored under the item's code with this ending.
COMMENT: Final = "_comment"
DEFAULT_LANGUAGE: Final = "he"
#: Questions on one page of a section without a title: what a phone shows in a few flicks.
PAGE_SIZE: Final = 5

#: Wordings that replace a text in some contexts, and when.
VARIANTS: Final[Mapping[str, Callable[[Context], bool]]] = {
    "open_link": lambda context: context.get("link") == "open",
    "no_branch": lambda context: bool(context.get("no_branch")),
}


def active_variants(context: Context) -> tuple[str, ...]:
    """The names of the variants whose situation holds."""
    return tuple(name for name, holds in VARIANTS.items() if holds(context))


def choose_variant(text: Text, variants: Mapping[str, Text], active: Sequence[str]) -> Text:
    """The first of the active wordings that there is, else the text itself."""
    return next((variants[name] for name in active if name in variants), text)


@dataclass(frozen=True)
class Choice:
    """One answer that can be chosen. ``score`` is the share of the question's points that it earns, 0–100 percent."""

    value: Value
    text: Text = field(default_factory=dict, metadata=WORDS)
    score: int | None = None


@dataclass(frozen=True)
class Scale:
    """A named list of answers: ``points`` one by one, or all numbers ``min``–``max`` with some ``anchors`` in words.

    ``extra`` are answers outside the scale (hard to say, not applicable): they never enter a mean.
    """

    code: str
    points: tuple[Choice, ...] = ()
    min: int | None = None
    max: int | None = None
    anchors: tuple[Choice, ...] = ()
    extra: tuple[Choice, ...] = ()

    @cached_property
    def steps(self) -> tuple[Choice, ...]:
        """The answers on the scale, lowest first; a number without an anchor has no text."""
        if self.points or self.min is None or self.max is None:
            return self.points
        anchors = {anchor.value: anchor.text for anchor in self.anchors}
        return tuple(Choice(value, anchors.get(value, {})) for value in range(self.min, self.max + 1))

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The numeric values in ascending order; empty when the scale names kinds and not degrees."""
        values = [step.value for step in self.steps]
        return tuple(sorted(v for v in values if isinstance(v, int))) if all(isinstance(v, int) for v in values) else ()

    @cached_property
    def outside(self) -> frozenset[Value]:
        """Values that are answers but not on the scale."""
        return frozenset(choice.value for choice in self.extra)

    def position(self, value: Stored) -> Fraction | None:
        """Where an answer lies between the lowest (0) and the highest (1) number; None for anything else."""
        if isinstance(value, bool) or not isinstance(value, int) or value not in self.numbers or len(self.numbers) < 2:
            return None
        return Fraction(value - self.numbers[0], self.numbers[-1] - self.numbers[0])


@dataclass(frozen=True)
class Band:
    """A counted answer up to and including ``max`` (None: any) earns ``points``. The first band that fits decides."""

    max: int | None
    points: int


@dataclass(frozen=True, kw_only=True)
class Question:
    """One thing asked. Keys a type does not use stay at their default (docs say which type uses which)."""

    #: A question is named by its code alone, wherever it stands.
    PLACE: ClassVar[str] = "questions"

    code: str
    type: str
    text: Text = field(metadata=WORDS)
    hint: Text = field(default_factory=dict, metadata=WORDS)
    variants: Mapping[str, Text] = field(default_factory=dict, metadata=WORDINGS)
    scale: Scale | None = field(default=None, metadata={"reference": "scales"})
    choices: tuple[Choice, ...] = ()
    min: int | None = None
    max: int | None = None
    max_chars: int | None = None
    dir: str | None = None
    measure: str | None = None
    points: int | None = None
    bands: tuple[Band, ...] = ()
    critical: bool = False
    critical_if: Rule | None = None
    na_if: Rule | None = None
    shown_if: Rule | None = None
    required: bool = False
    required_if: Rule | None = None
    evidence: str | None = None
    answered_later: bool = False
    voids: bool = False
    series: str = "1"

    @cached_property
    def options(self) -> tuple[Choice, ...]:
        """Every answer that can be chosen, in reading order: lowest first, those outside the scale last."""
        return self.scale.steps + self.scale.extra if self.scale else self.choices

    @cached_property
    def by_value(self) -> Mapping[str, Choice]:
        """The options by their value as a form sends it."""
        return {str(option.value): option for option in self.options}

    @property
    def outside(self) -> frozenset[Value]:
        """Values of this question that are answers but enter no score."""
        return self.scale.outside if self.scale else frozenset()

    @property
    def comment_code(self) -> str:
        """Where the comment on this question is stored."""
        return self.code + COMMENT

    @property
    def is_critical(self) -> bool:
        """Whether a failure of this question raises a flag."""
        return self.critical or self.critical_if is not None

    def wording(self, context: Context) -> Text:
        """The question's text for a context (open link, a case without a branch)."""
        return choose_variant(self.text, self.variants, active_variants(context))


@dataclass(frozen=True, kw_only=True)
class Section:
    """Questions under one heading. A scored section has ``points``; ``page_size`` splits it over pages."""

    code: str
    title: Text = field(default_factory=dict, metadata=WORDS)
    points: int | None = None
    scored: bool = False
    page_size: int | None = None
    questions: tuple[Question, ...]

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
class Automation:
    """What the answers set in motion: where ``when`` holds, ``then`` is done."""

    when: Rule
    then: str


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
    series: str = "1"
    intro: Wording | None = None
    notice: Text = field(default_factory=dict, metadata=WORDS)
    scales: Mapping[str, Scale] = field(default_factory=dict, metadata={"keyed": True})
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
        asked = [question for section in self.sections for question in section.questions]
        return (*asked, *(self.follow_up.questions if self.follow_up else ()))

    @cached_property
    def by_code(self) -> Mapping[str, Question]:
        """The questions by code."""
        return {question.code: question for question in self.questions}

    @cached_property
    def scored_questions(self) -> tuple[Question, ...]:
        """The items that carry points, in order."""
        return tuple(question for section in self.sections if section.scored for question in section.questions)

    @cached_property
    def digest(self) -> str:
        """A fingerprint of the document's content: equal content, equal digest, in any order of keys."""
        canonical = json.dumps(plain.write(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return sha256(canonical.encode()).hexdigest()

    def texts(self) -> Iterator[tuple[str, Text]]:
        """Every text shown to anybody, with its place (``questions.pv1.hint``), for checks and translation."""
        return plain.words(self)
