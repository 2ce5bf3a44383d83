"""What stops publishing in single questions: keys that say nothing, limits nobody can meet, choices alike, codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Final

from forms.questionnaire import patterns
from forms.questionnaire.answers import single
from forms.questionnaire.document import Questionnaire
from forms.questionnaire.errors import Problem, Problems
from forms.questionnaire.parts import DEFAULT_LANGUAGE, GROUP, Choice, Question, Text
from forms.questionnaire.types import CHOICES, FILES, TYPES
from translations import gettext as _

#: Names that the pages themselves use for fields and places; a question of that name would be mistaken for one.
RESERVED: Final = frozenset(
    {
        *("csrf_token", "go", "lang", "layout", "onto", "response", "to", "done"),
        *("errors", "errors-title", "main", "progress", "survey"),
    }
)
#: What pages put behind a question's code to name its parts.
_PART: Final = re.compile(r"-(?:\d+|hint|format|error)")
#: Keys that say something only beside another.
BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "invalid": ("valid_if", "pattern"),
    "finding": ("finding_if",),
    "order": ("choices", "statements"),
}
#: Types whose limits are whole numbers, and those that cannot be below nothing.
WHOLE: Final = frozenset({"int", "minutes", "duration"})
NOT_NEGATIVE: Final = frozenset({"minutes", "duration"})
#: Types whose limits say how many are given.
COUNTS: Final = frozenset({CHOICES, FILES})
#: What the questions outside the sections may be.
PARTS: Final[Mapping[str, frozenset[str]]] = {
    "follow_up.consent": frozenset({"checkbox"}),
    "follow_up.recipient": frozenset({"single", "dropdown"}),
    "follow_up.phone": frozenset({"phone"}),
    "thanks.praise": frozenset({"text", "line"}),
}


def twice(values: Sequence[str], place: str) -> Problems:
    """Values that stand more than once."""
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield Problem(place, _("The value %(value)s stands twice.", value=value))


def alike(texts: Iterator[Text], place: str) -> Problems:
    """Words that nobody could tell apart."""
    words = [text.get(DEFAULT_LANGUAGE, "").strip() for text in texts]
    for one in sorted({one for one in words if one and words.count(one) > 1}):
        yield Problem(place, _("These words stand twice: %(words)s", words=one))


def questions(questionnaire: Questionnaire) -> Problems:
    """The problems of every question, wherever it stands."""
    outside = {
        "follow_up.consent": questionnaire.follow_up.consent if questionnaire.follow_up else None,
        "follow_up.recipient": questionnaire.follow_up.recipient if questionnaire.follow_up else None,
        "follow_up.phone": questionnaire.follow_up.phone if questionnaire.follow_up else None,
        "thanks.praise": questionnaire.thanks.praise if questionnaire.thanks else None,
    }
    every = [question for section in questionnaire.sections for question in section.questions]
    for place, question in outside.items():
        if question is not None:
            every.append(question)
            if question.type not in PARTS[place]:
                kinds = ", ".join(sorted(PARTS[place]))
                yield Problem(f"questions.{question.code}.type", _("Here only this type fits: %(types)s", types=kinds))
    for question in every:
        for look in LOOKS:
            yield from look(question, f"questions.{question.code}")
    yield from _codes([part.code for question in every for part in question.parts])


def _codes(codes: list[str]) -> Problems:
    known = frozenset(codes)
    for code in codes:
        if code in RESERVED:
            yield Problem(f"questions.{code}.code", _("The pages use this code themselves; another one is needed."))
        found = _PART.search(code)
        if found and found.end() == len(code) and code[: found.start()] in known:
            message = _("This code reads like a part of the question %(name)s.", name=code[: found.start()])
            yield Problem(f"questions.{code}.code", message)


def _keys(question: Question, place: str) -> Problems:
    handler = TYPES[question.type]
    used = {one.name for one in fields(question) if getattr(question, one.name) != one.default}
    used -= {one.name for one in fields(question) if not getattr(question, one.name) and one.name not in {"min", "max"}}
    for key in sorted(used - handler.settings):
        yield Problem(f"{place}.{key}", _("The type %(type)s does not use this key.", type=question.type))
    for key in sorted(handler.needs - used):
        yield Problem(f"{place}.{key}", _("The type %(type)s needs this key.", type=question.type))
    for key, others in BESIDE.items():
        if key in used & handler.settings and not used.intersection(others):
            message = _("This says nothing without one of these: %(keys)s", keys=", ".join(others))
            yield Problem(f"{place}.{key}", message)


def _limits(question: Question, place: str) -> Problems:
    low, high = question.min, question.max
    if low is not None and high is not None and low > high:
        yield Problem(f"{place}.min", _("The lowest number must not be above the highest."))
    count = TYPES[question.type].stored in COUNTS
    for key, limit in (("min", low), ("max", high)):
        if limit is None:
            continue
        if (count or question.type in WHOLE) and limit != int(limit):
            yield Problem(f"{place}.{key}", _("A whole number is needed here."))
        if limit < 0 and (count or question.type in NOT_NEGATIVE):
            yield Problem(f"{place}.{key}", _("This cannot be below nothing."))
    if high is not None and high < 1 and count:
        yield Problem(f"{place}.max", _("At least one answer must be possible."))
    sure = sum(choice.shown_if is None and not choice.exclusive for choice in question.choices)
    if low is not None and question.choices and count and low > sure:
        message = _("%(min)s choices are asked for, but only %(count)s are surely there.", min=low, count=sure)
        yield Problem(f"{place}.min", message)


def _words(question: Question, place: str) -> Problems:
    if not question.pattern:
        return
    if patterns.problem(question.pattern):
        yield Problem(f"{place}.pattern", _("This pattern is broken, or could take too long to judge."))
    if question.max_chars and question.max_chars > patterns.MAX_TEXT:
        message = _("What has a pattern is at most %(max)s characters long.", max=patterns.MAX_TEXT)
        yield Problem(f"{place}.max_chars", message)


def _statements(question: Question, place: str) -> Problems:
    if question.type == GROUP and len(question.statements) == 1:
        yield Problem(f"{place}.statements", _("At least two statements are needed."))
    yield from alike((one.text for one in question.statements), f"{place}.statements")


def _choices(question: Question, place: str) -> Problems:
    if not question.choices:
        return
    if len(question.choices) < 2:
        yield Problem(f"{place}.choices", _("At least two choices are needed."))
    yield from twice([str(one.value) for one in question.choices], f"{place}.choices")
    yield from alike((one.text for one in question.choices), f"{place}.choices")
    for one in question.choices:
        here = f"{place}.choices.{one.value}"
        yield from code_of_choice(one, here)
        if not one.text:
            yield Problem(f"{here}.text", _("The Hebrew text is missing."))
        if one.exclusive and question.type != "multiple":
            yield Problem(here, _("Only one of several choices can rule out the others."))
        if one.other and question.type == "ranking":
            yield Problem(here, _("A ranked choice takes no words beside it."))
        if one.score is not None and question.points is None:
            yield Problem(here, _("Only a choice of an item with points has a score."))


def code_of_choice(choice: Choice, place: str) -> Problems:
    """A choice's code has to come back from a form as it was sent there."""
    code = str(choice.value)
    if single([code]) != code or not code or re.search(r"[\s:]", code):
        yield Problem(place, _("A choice's code has no spaces and no colon."))


#: Everything that is looked at in one question.
LOOKS: Final[tuple[Callable[[Question, str], Problems], ...]] = (_keys, _limits, _words, _statements, _choices)
