"""A question and what it is made of: frozen dataclasses whose fields are the keys of docs/questionnaire-format.md.

A text is a mapping of language to words. Answers are plain JSON: a scale or choice answer is the choice's value,
several choices and files are a list, a ticked box is True, dates and times are ISO strings, a phone is E.164. A
question without an answer has no entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Final

Text = Mapping[str, str]
#: What identifies a choice: a number on a numeric scale, else a short code.
Value = int | str
Number = int | float
#: One stored answer.
Stored = bool | Number | str | list[Value]
Answers = Mapping[str, Stored]
#: What is known about the response besides its answers: ``link``, ``scenario``, ``no_branch``, ``refs`` …
Context = Mapping[str, Any]
Rule = Mapping[str, Any]

#: Marks the fields that hold words shown to people, and those that hold several wordings by name.
WORDS: Final = {"words": True}
WORDINGS: Final = {"wordings": True}

#: A comment or the written evidence of an item is stored under the item's code with this ending, and the words beside
#: a choice such as "Other" under the question's code with the other one.
COMMENT: Final = "_comment"
OTHER: Final = "_other"
#: The type of a question that is asked as several.
GROUP: Final = "statements"
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
    """One answer that can be chosen. ``score`` is the share of the question's points that it earns, 0–100 percent.

    ``other`` asks for words beside it; ``exclusive`` rules out every other choice; ``fixed`` keeps its place where the
    order is random; ``shown_if`` says when the choice is offered at all.
    """

    value: Value
    text: Text = field(default_factory=dict, metadata=WORDS)
    score: int | None = None
    other: bool = False
    exclusive: bool = False
    fixed: bool = False
    shown_if: Rule | None = None


#: Choices that a type brings along: nobody has to write them, and they read the same everywhere.
STANDING: Final[Mapping[str, tuple[Choice, ...]]] = {
    "consent": (
        Choice("yes", {"he": "כן, יש הסכמה", "en": "Yes, I agree", "ar": "نعم، أوافق", "ru": "Да, даю согласие"}),
        Choice("no", {"he": "לא, אין הסכמה", "en": "No, I do not agree", "ar": "لا، لا أوافق", "ru": "Нет, не даю"}),
    )
}


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
    """A number up to and including ``max`` (None: any) earns ``points``. The first band that fits decides."""

    max: Number | None
    points: int


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One of several statements that are judged on the same scale; asked as a question of its own."""

    #: A statement is named by its code alone, as a question is.
    PLACE: ClassVar[str] = "questions"

    code: str
    text: Text = field(metadata=WORDS)
    series: str = "1"


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
    statements: tuple[Statement, ...] = ()
    order: str | None = None
    min: Number | None = None
    max: Number | None = None
    decimals: int | None = None
    unit: Text = field(default_factory=dict, metadata=WORDS)
    max_chars: int | None = None
    pattern: str | None = None
    dir: str | None = None
    measure: str | None = None
    points: int | None = None
    bands: tuple[Band, ...] = ()
    critical: bool = False
    critical_if: Rule | None = None
    na_if: Rule | None = None
    finding_if: Rule | None = None
    finding: Text = field(default_factory=dict, metadata=WORDS)
    shown_if: Rule | None = None
    required: bool = False
    required_if: Rule | None = None
    valid_if: Rule | None = None
    invalid: Text = field(default_factory=dict, metadata=WORDS)
    ends_if: Rule | None = None
    evidence: str | None = None
    answered_later: bool = False
    voids: bool = False
    series: str = "1"

    @cached_property
    def options(self) -> tuple[Choice, ...]:
        """Every answer that can be chosen, in reading order: lowest first, those outside the scale last."""
        return self.scale.steps + self.scale.extra if self.scale else self.choices or STANDING.get(self.type, ())

    @cached_property
    def by_value(self) -> Mapping[str, Choice]:
        """The options by their value as a form sends it."""
        return {str(option.value): option for option in self.options}

    @cached_property
    def others(self) -> frozenset[Value]:
        """Values of the choices that ask for words beside them."""
        return frozenset(choice.value for choice in self.choices if choice.other)

    @cached_property
    def filtered(self) -> bool:
        """Whether a choice of its own is offered only where a rule holds."""
        return any(choice.shown_if is not None for choice in self.choices)

    @cached_property
    def parts(self) -> tuple[Question, ...]:
        """The questions this one is asked as: itself, or a note that leads and one question per statement."""
        if self.type != GROUP:
            return (self,)
        lead = Question(code=self.code, type="note", text=self.text, hint=self.hint, variants=self.variants)
        return lead, *(
            Question(
                code=one.code,
                type="scale",
                text=one.text,
                scale=self.scale,
                series=one.series,
                required=self.required,
                required_if=self.required_if,
            )
            for one in self.statements
        )

    @cached_property
    def taken(self) -> bool:
        """Whether its answer counts as given: no rule takes it out, no choice may be missing, no words hang on it."""
        return self.na_if is None and not self.filtered and not self.others

    @cached_property
    def outside(self) -> frozenset[Value]:
        """Values of this question that are answers but enter no score."""
        return self.scale.outside if self.scale else frozenset()

    @cached_property
    def comment_code(self) -> str:
        """Where the comment on this question is stored."""
        return self.code + COMMENT

    @cached_property
    def other_code(self) -> str:
        """Where the words beside a choice such as "Other" are stored."""
        return self.code + OTHER

    @property
    def is_critical(self) -> bool:
        """Whether a failure of this question raises a flag."""
        return self.critical or self.critical_if is not None

    def wording(self, context: Context) -> Text:
        """The question's text for a context (open link, a case without a branch)."""
        return choose_variant(self.text, self.variants, active_variants(context))
