"""Advice to the author: how long it takes, how hard it reads, and where a simple rule sees trouble in the wording.

Warnings never stop publishing. A rule that cannot tell stays silent: what is shown here is meant to be worth reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from forms.questionnaire.advice.effort import Effort, count_words, effort
from forms.questionnaire.advice.phrasing import PHRASING, Phrasing
from forms.questionnaire.document import Questionnaire
from forms.questionnaire.errors import Problem, Problems
from forms.questionnaire.names import quoted
from forms.questionnaire.parts import Question, Scale
from forms.questionnaire.types import TYPES
from translations import gettext as _
from translations import isolate, ngettext

__all__ = ["Effort", "Load", "effort", "load", "warnings"]

#: More choices than are kept in mind at once; a drop-down list is made for more.
MOST_CHOICES: Final = 7
#: From so many questions on, more than half of them required wears people out.
MANY: Final = 5
MOST_REQUIRED: Final = 0.5
#: Open questions that everybody is asked.
MOST_OPEN: Final = 2
#: A survey that takes longer, in seconds, loses many before its end.
LONG: Final = 600
#: How much longer than stated, as a factor and in seconds, is worth telling.
LATE: Final = 1.5
LATE_SECONDS: Final = 30
#: Types whose answer judges what the words say, and types that offer a list of choices at once.
JUDGED: Final = frozenset({"scale", "item", "statements"})
LISTS: Final = frozenset({"single", "multiple", "ranking"})

_SENTENCE = re.compile(r"[.!?؟:;\n]+(?:\s|$)")
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Load:
    """How a text reads: its words, those of its longest sentence, its long words, the most denials in a sentence."""

    words: int
    sentence: int
    long_words: tuple[str, ...]
    denials: int
    #: Whether the sentence or its denials are more than can be read at a glance.
    heavy: bool


def load(words: str, language: str) -> Load:
    """The reading load of a text in its language."""
    phrasing = PHRASING[language]
    sentences = [one for one in _SENTENCE.split(words) if one.strip()]
    longest = max((count_words(one) for one in sentences), default=0)
    long_words = tuple(one for one in _LETTERS.findall(words) if len(one) > phrasing.word)
    denials = max((_denials(one, phrasing) for one in sentences), default=0)
    return Load(count_words(words), longest, long_words, denials, longest > phrasing.sentence or denials > 1)


def _denials(sentence: str, phrasing: Phrasing) -> int:
    """The denials of a sentence; one that lacks something counts only beside another."""
    denied = len(phrasing.negation.findall(sentence))
    return denied + (len(phrasing.lacking.findall(sentence)) if denied else 0)


def warnings(questionnaire: Questionnaire, language: str) -> list[Problem]:
    """Everything a simple rule sees in one language's words and in the questionnaire as a whole, in order.

    The reader's language is another thing: warnings about the Hebrew words may be read in English.
    """
    phrasing = PHRASING.get(language)
    found: list[Problem] = []
    scales: set[str] = set()
    for question in _asked(questionnaire):
        found += [problem for look in QUESTIONS for problem in look(question)]
        if phrasing is not None and (words := question.text.get(language, "")):
            found += _wording(question, words, phrasing, language)
        if question.scale and question.scale.code not in scales:
            scales.add(question.scale.code)
            found += _scale(question, question.scale, phrasing, language)
    return [*found, *(problem for look in WHOLE for problem in look(questionnaire))]


def _asked(questionnaire: Questionnaire) -> Iterator[Question]:
    """Every question once as written; of a group also its statements, which are judged one by one."""
    for section in questionnaire.sections:
        for question in section.questions:
            yield from (question,) if not question.statements else question.parts
    yield from questionnaire.follow_up.questions if questionnaire.follow_up else ()


def _place(question: Question, key: str = "") -> str:
    return f"questions.{question.code}{f'.{key}' if key else ''}"


# ---- words -----------------------------------------------------------------------------------------------------------


def _wording(question: Question, words: str, phrasing: Phrasing, language: str) -> Problems:
    place = _place(question, "text")
    if not TYPES[question.type].asks:
        return
    if hit := phrasing.suggests.search(words):
        yield Problem(place, _("This may lead: %(words)s hints at an answer.", words=quoted(hit[0])))
    if hit := phrasing.assumes.search(words):
        yield Problem(place, _("This may lead: %(words)s takes something for granted.", words=quoted(hit[0])))
    if hit := phrasing.loaded.search(words):
        yield Problem(place, _("This may lead: %(words)s judges before the reader does.", words=quoted(hit[0])))
    if question.type in JUDGED and question.text:
        for pattern in phrasing.double:
            if hit := pattern.search(words):
                message = _("This may ask two things at once: %(words)s. One answer cannot tell them apart.",
                            words=quoted(hit[0]))  # fmt: skip
                yield Problem(place, message)
                break
    yield from _heavy(place, words, question, phrasing, language)


def _heavy(place: str, words: str, question: Question, phrasing: Phrasing, language: str) -> Problems:
    found = load(words, language)
    if found.denials > 1:
        yield Problem(place, _("Two denials in one sentence are easily misread."))
    elif found.denials and question.type == "scale" and question.scale and question.scale.numbers:
        yield Problem(place, _("A denial on a scale is easily misread: agreeing then means that something is not so."))
    if found.sentence > phrasing.sentence:
        message = ngettext("The longest sentence has %(num)s word.", "The longest sentence has %(num)s words.",
                           found.sentence)  # fmt: skip
        shorter = _("Shorter ones are read more surely.")
        yield Problem(place, f"{message} {shorter}")
    if len(found.long_words) > 2:
        listed = ", ".join(isolate(one) for one in found.long_words)
        yield Problem(place, _("Many long words: %(words)s.", words=listed))


# ---- scales and choices ----------------------------------------------------------------------------------------------


def _scale(question: Question, scale: Scale, phrasing: Phrasing | None, language: str) -> Problems:
    if question.type == "scale" and len(scale.numbers) > 2 and not scale.extra:
        message = _("The scale has no way out such as “hard to say”; whoever does not know will guess or skip.")
        yield Problem(f"scales.{scale.code}", message)
    labels = [one.text.get(language, "") for one in scale.points]
    if phrasing is None or not scale.numbers or not all(labels) or len(labels) < 4:
        return
    bad = [bool(phrasing.bad.search(one)) for one in labels]
    good = [not no and bool(phrasing.good.search(one)) for one, no in zip(labels, bad, strict=True)]
    neutral = [bool(phrasing.middle.search(one)) for one in labels]
    if not all(map(any, zip(bad, good, neutral, strict=True))):
        return  # words that no rule knows: nothing can be said
    ups = sum(yes and not middle for yes, middle in zip(good, neutral, strict=True))
    downs = sum(no and not middle for no, middle in zip(bad, neutral, strict=True))
    if abs(ups - downs) > 1:
        message = _("The scale is not balanced: good answers %(good)s, bad answers %(bad)s.", good=ups, bad=downs)
        yield Problem(f"scales.{scale.code}", message)


def _many_choices(question: Question) -> Problems:
    count = len(question.choices)
    if question.type in LISTS and count > MOST_CHOICES:
        message = ngettext("%(num)s choice", "%(num)s choices", count)
        hint = _("More than %(most)s are hard to keep in mind; group them, or use a drop-down list.", most=MOST_CHOICES)
        yield Problem(_place(question, "choices"), f"{message}. {hint}")


def _demanded_words(question: Question) -> Problems:
    if question.type == "text" and question.required:
        yield Problem(_place(question, "required"), _("An open answer is demanded: many will leave or type anything."))


# ---- the whole -------------------------------------------------------------------------------------------------------


def _many_required(questionnaire: Questionnaire) -> Problems:
    asked = [one for one in questionnaire.questions if TYPES[one.type].asks]
    required = sum(one.required for one in asked)
    if required >= MANY and required > MOST_REQUIRED * len(asked):
        said = {"required": required, "all": len(asked)}
        message = _("%(required)s of %(all)s questions demand an answer; people leave where they cannot skip.", **said)
        yield Problem("", message)


def _open_for_everyone(questionnaire: Questionnaire) -> Problems:
    every = [
        one.code for one in questionnaire.questions if one.type == "text" and one.code not in questionnaire.conditions
    ]
    if len(every) > MOST_OPEN:
        codes = ", ".join(isolate(code) for code in every)
        message = _("Everybody is asked to write in %(codes)s. Ask most of them only where an answer calls for it.",
                    codes=codes)  # fmt: skip
        yield Problem("", message)


def _too_long(questionnaire: Questionnaire) -> Problems:
    found, stated = effort(questionnaire), questionnaire.estimated_seconds
    if found.seconds > LONG:
        yield Problem("", _("It takes about %(minutes)s minutes; many leave after ten.", minutes=found.minutes))
    if stated is not None and found.seconds > max(stated * LATE, stated + LATE_SECONDS):
        message = _("It states %(stated)s seconds and takes about %(seconds)s.", stated=stated, seconds=found.seconds)
        yield Problem("estimated_seconds", message)


QUESTIONS: Final[tuple[Callable[[Question], Problems], ...]] = (_many_choices, _demanded_words)
WHOLE: Final[tuple[Callable[[Questionnaire], Problems], ...]] = (_many_required, _open_for_everyone, _too_long)
