"""Which columns the answers of a questionnaire make, over all its versions.

A question that kept its meaning is one variable, however often it was reworded; one that began a new series, or became
a question of another sort, is a new variable, so that no column ever mixes two meanings. The newest meaning has the
question's own code for a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from forms.questionnaire.build import render_text
from forms.questionnaire.definition import Choice, Question, Questionnaire, Text, Value
from forms.questionnaire.fields import phrase
from translations import gettext as _


class Sort(StrEnum):
    """What a variable holds, whatever the question looks like."""

    CHOICE = "choice"
    CHOICES = "choices"
    RANKING = "ranking"
    NUMBER = "number"
    TICK = "tick"
    DATE = "date"
    TIME = "time"
    MOMENT = "moment"
    CODE = "code"
    FILES = "files"
    WORDS = "words"


#: Question type -> what its answers are. A type that is not here does not leave: a note asks nothing, and telephone
#: numbers and e-mail addresses are contact, never answers.
SORTS: Final[Mapping[str, Sort]] = {
    **dict.fromkeys(("scale", "item", "single", "dropdown", "consent"), Sort.CHOICE),
    "multiple": Sort.CHOICES,
    "ranking": Sort.RANKING,
    **dict.fromkeys(("int", "number", "minutes", "duration"), Sort.NUMBER),
    "checkbox": Sort.TICK,
    "date": Sort.DATE,
    "time": Sort.TIME,
    "datetime": Sort.MOMENT,
    "ref": Sort.CODE,
    **dict.fromkeys(("photo", "file"), Sort.FILES),
    **dict.fromkeys(("text", "line"), Sort.WORDS),
}
#: Sorts that name a day or a moment: an anonymous response keeps none.
DATED: Final = frozenset({Sort.DATE, Sort.TIME, Sort.MOMENT})
#: Values outside a scale that say that the question did not apply. Everything else outside a scale is "hard to say".
_IRRELEVANT: Final = frozenset({"na", "n_a", "nr", "not_relevant", "not_applicable", "irrelevant"})


@dataclass(frozen=True)
class Variable:
    """One column of answers. ``versions`` are the numbers of those in which ``code`` has this meaning."""

    name: str
    code: str
    sort: Sort
    #: As the newest of its versions asks it.
    question: Question
    versions: frozenset[int]
    #: Every choice of any of its versions, in the order in which they first came; the newest words.
    options: tuple[Choice, ...] = ()
    #: The values of ``options`` that were offered, by version.
    offered: Mapping[int, frozenset[Value]] = field(default_factory=dict)
    #: Words of the answer's own: a comment on it, or what stands beside "Other".
    beside: bool = False

    @cached_property
    def outside(self) -> frozenset[Value]:
        """Values that are answers outside the scale."""
        return self.question.outside & {one.value for one in self.options}

    @cached_property
    def irrelevant(self) -> frozenset[Value]:
        """The values outside the scale that say the question did not apply; the others say that it is hard to tell."""
        extra = self.question.scale.extra if self.question.scale else ()
        ruled = {extra[0].value} if extra and (self.question.na_if or self.question.type == "item") else set()
        return frozenset(value for value in self.outside if value in _IRRELEVANT or value in ruled)

    def label(self, language: str) -> str:
        """What was asked, as plain words."""
        text = plain(self.question.text, language)
        return _("%(question)s (words beside it)", question=text) if self.beside else text

    def worded(self, language: str) -> dict[Value, str]:
        """Each choice's words."""
        return {one.value: worded(one, language) for one in self.options}


def plain(text: Text, language: str) -> str:
    """A text in a language, else in whichever there is, without its emphasis; what it would fill in is left open."""
    found = str(render_text(phrase(text, language).text, {}, html=False))
    return " ".join(found.replace("\u2068", "").replace("\u2069", "").split())


def worded(choice: Choice, language: str) -> str:
    """A choice's words, with its number where it has one; the value itself where it has no words."""
    words = plain(choice.text, language)
    if not words:
        return str(choice.value)
    return f"{choice.value} – {words}" if isinstance(choice.value, int) else words


@dataclass
class _Growing:
    """One meaning of a code while the versions are gone through, oldest first."""

    code: str
    sort: Sort
    question: Question
    beside: bool
    versions: list[int] = field(default_factory=list)
    options: dict[Value, Choice] = field(default_factory=dict)
    offered: dict[int, frozenset[Value]] = field(default_factory=dict)


def _asked(questionnaire: Questionnaire) -> Iterator[tuple[str, Sort, Question, bool]]:
    praise = questionnaire.thanks.praise if questionnaire.thanks else None
    for question in (*questionnaire.questions, *([praise] if praise else [])):
        if question.type in SORTS:
            yield question.code, SORTS[question.type], question, False
        if question.others:
            yield question.other_code, Sort.WORDS, question, True
        if question.points is not None:
            yield question.comment_code, Sort.WORDS, question, True


def _grow(definitions: Mapping[int, Questionnaire]) -> list[_Growing]:
    found: dict[tuple[str, str, Sort], _Growing] = {}
    for number in sorted(definitions):
        for code, sort, question, beside in _asked(definitions[number]):
            series = "" if beside else question.series
            one = found.setdefault((code, series, sort), _Growing(code, sort, question, beside))
            one.question = question
            one.versions.append(number)
            if not beside:
                one.options |= {choice.value: choice for choice in question.options}
                one.offered[number] = frozenset(choice.value for choice in question.options)
    return list(found.values())


def _in_order(grown: list[_Growing], definitions: Mapping[int, Questionnaire]) -> list[_Growing]:
    """As the newest version asks; what only older ones asked comes last."""
    places = {code: place for place, (code, *_rest) in enumerate(_asked(definitions[max(definitions)]))}
    return sorted(grown, key=lambda one: (-max(one.versions), places.get(one.code, len(places))))


def variables(definitions: Mapping[int, Questionnaire], *, texts: bool, dated: bool) -> tuple[Variable, ...]:
    """The columns of all versions' answers, newest first; version number -> definition.

    ``texts``: whether people's own words leave; ``dated``: whether days and times that were answered do.
    """
    taken: set[str] = set()
    found = []
    for one in _in_order(_grow(definitions), definitions):
        if (one.sort is Sort.WORDS and not texts) or (one.sort in DATED and not dated):
            continue
        name = one.code
        if name in taken:
            name = unique(f"{one.code}_series_{one.question.series}", taken)
        taken.add(name)
        found.append(
            Variable(
                name=name,
                code=one.code,
                sort=one.sort,
                question=one.question,
                versions=frozenset(one.versions),
                options=tuple(one.options.values()),
                offered=one.offered,
                beside=one.beside,
            )
        )
    return tuple(found)


def unique(name: str, taken: set[str]) -> str:
    """The name, or the first of ``name_2``, ``name_3`` … that is free."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found
