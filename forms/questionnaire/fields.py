"""The field of one question: its words in the reader's language, its options, and the answer typed into it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final, NamedTuple

from wtforms import Field, widgets

from forms.questionnaire.figures import clock_face, written
from forms.questionnaire.parts import (
    DEFAULT_LANGUAGE,
    Choice,
    Context,
    Question,
    Rule,
    Stored,
    Text,
    Value,
    choose_variant,
)
from forms.questionnaire.types import TYPES
from translations import gettext as _
from translations import lazy_gettext as _l

#: The longest comment on an item.
COMMENT_CHARS: Final = 1_000
#: What an item's evidence rule asks for, in words.
EVIDENCE: Final = {
    "text": _l("Evidence in words, needed where points are lost: what was said or seen."),
    "photo_exterior_only": _l("Photographs, if any: from outside only, without people."),
}


class Phrase(NamedTuple):
    """Words, and the language they are in when it is not the reader's (for the ``lang`` attribute)."""

    text: str
    lang: str | None = None


def phrase(text: Text, language: str) -> Phrase:
    """A text in the reader's language, or in Hebrew, or in whatever there is, marked as such."""
    for code in (language, DEFAULT_LANGUAGE, *text):
        if text.get(code):
            return Phrase(text[code], None if code == language else code)
    return Phrase("")


class Option(NamedTuple):
    """One choice as shown. ``anchor`` are the words under a number; ``outside`` is set apart from the scale."""

    value: str
    id: str
    checked: bool
    text: str
    lang: str | None
    anchor: str
    outside: bool
    #: Whether a number is stored and no word.
    numeric: bool
    exclusive: bool
    #: The JSON of the rule that a browser needs to offer the choice or not; None where nothing hangs on the page.
    rule: str | None


@dataclass(frozen=True)
class Face:
    """What does not change from response to response: the question and its words in one language and context."""

    question: Question
    language: str
    phrase: Phrase
    hint: Phrase
    unit: Phrase
    #: Every option in the document's order, as nobody has answered yet.
    options: tuple[Option, ...]


def _option(question: Question, position: int, language: str) -> Option:
    choice = question.options[position]
    outside = choice.value in question.outside
    words, anchor = phrase(choice.text, language), ""
    if question.scale is not None and question.scale.min is not None and not outside:
        words, anchor = Phrase("", words.lang), words.text  # a scale given by its ends shows numbers
    text, place = words.text or str(choice.value), f"{question.code}-{position}"
    numeric = not isinstance(choice.value, str)
    return Option(str(choice.value), place, False, text, words.lang, anchor, outside, numeric, choice.exclusive, None)


def face(question: Question, language: str, variants: Sequence[str] = ()) -> Face:
    """A question's words in a language, with the active variants."""
    words = choose_variant(question.text, question.variants, variants)
    options = tuple(_option(question, position, language) for position in range(len(question.options)))
    unit = phrase(question.unit, language)
    return Face(question, language, phrase(words, language), phrase(question.hint, language), unit, options)


def with_references(question: Question, language: str, context: Context) -> Question:
    """The question, with the choices that the context names for it."""
    listed = context.get("refs", {}).get(question.code, ())
    return replace(question, choices=tuple(Choice(value, {language: label}) for value, label in listed))


def comment_question(question: Question) -> Question:
    """The free line beside an item."""
    return Question(code=question.comment_code, type="text", text={}, max_chars=COMMENT_CHARS, dir="auto")


def other_question(question: Question) -> Question:
    """The line beside a choice such as "Other"; its rule is what a browser mirrors."""
    operator = "contains" if question.type in SEVERAL else "eq"
    chosen = [{operator: [question.code, value]} for value in sorted(question.others, key=str)]
    rule = chosen[0] if len(chosen) == 1 else {"any": chosen}
    return Question(code=question.other_code, type="line", text={}, dir="auto", shown_if=rule)


def lines_of(question: Question) -> list[Question]:
    """The lines to write in that stand beside a question's answer: a comment on an item, words beside "Other"."""
    lines = [comment_question(question)] if question.points is not None else []
    return [*lines, other_question(question)] if question.others else lines


#: Types whose answer is several choices.
SEVERAL: Final = frozenset({"multiple", "ranking"})
#: How a type is typed when a template does not draw it itself. Choices are always drawn from ``options``.
WIDGETS: Final[Mapping[str, Any]] = {"text": widgets.TextArea(), "checkbox": widgets.CheckboxInput()}
_INPUT: Final = widgets.TextInput()


def _day(value: Any) -> str:
    day = date.fromisoformat(str(value))
    return f"{day.day}.{day.month}.{day.year}"


def _moment(value: Any) -> str:
    moment = datetime.fromisoformat(str(value))
    return f"{_day(moment.date())} {moment:%H:%M}"


def _clock(value: Any) -> str:
    return clock_face(int(value))


#: How a stored answer stands in its input; everything else as it is.
TYPED: Final[Mapping[str, Callable[[Any], str]]] = {
    "date": _day,
    "datetime": _moment,
    "duration": _clock,
    "number": written,
}


def dumped(rule: Rule | bool | None) -> str | None:
    """A rule as a browser reads it; None where there is nothing left to decide."""
    return json.dumps(rule, ensure_ascii=False) if isinstance(rule, Mapping) else None


class QuestionField(Field):
    """A bound question. ``data`` is the stored value; a template finds here everything it shows.

    ``rule`` is the JSON a browser needs to show or hide the question while the page is filled in, ``na_rule`` to mark
    an item as not applicable; None when that does not hang on others of the page. ``not_applicable`` says that it is
    already settled. ``comment`` is the field of the free line beside an item, ``other`` that of the line beside a
    choice such as "Other". ``order`` are positions of options in the order this respondent sees, ``choice_rules`` what
    is left of the choices' rules by value: False for a choice that is not offered. ``lead`` is the id of the words that
    stand above several statements.
    """

    def __init__(
        self,
        *,
        face: Face,
        rule: Rule | bool | None = None,
        na_rule: Rule | bool | None = None,
        choice_rules: Mapping[Value, Rule | bool] | None = None,
        order: Sequence[int] | None = None,
        lead: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.face = face
        self.question = face.question
        self.type_name = face.question.type
        self.handler = TYPES[face.question.type]
        self.phrase, self.hint = face.phrase, face.hint
        self.rule = dumped(rule)
        self.na_rule = dumped(na_rule)
        self.not_applicable = na_rule is True
        self.comment: QuestionField | None = None
        self.other: QuestionField | None = None
        self.unit = face.unit
        self.lead = lead
        self.choice_rules = choice_rules or {}
        self.order = order
        self.required = face.question.required
        #: What it is required for, where that is not the page itself: said in place of "required".
        self.required_for = ""
        super().__init__(
            label=face.phrase.text,
            id=face.question.code,
            render_kw=self.handler.attributes(face.question),
            widget=WIDGETS.get(face.question.type, _INPUT),
            **kwargs,
        )

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data: Stored | None = None
        self.data = self.handler.parse(self.question, [str(value) for value in valuelist])

    def _value(self) -> str:
        if self.process_errors and self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        try:
            return TYPED.get(self.type_name, str)(self.data)
        except (TypeError, ValueError):  # an answer to another type that the question once had
            return str(self.data)

    @property
    def target(self) -> str:
        """The id an error links to: that of the first option that is offered, or the input's."""
        return self.options[0].id if self.handler.chosen and self.options else self.id

    @cached_property
    def options(self) -> Sequence[Option]:
        """The choices in reading order, lowest first, those outside the scale last; nothing is preselected."""
        given = self.data if isinstance(self.data, list) else [] if self.data is None else [self.data]
        if self.process_errors and self.raw_data:
            given = self.raw_data  # what cannot be kept stays marked until it is mended
        chosen = {str(one) for one in given}
        offered = (self.face.options[position] for position in self.order) if self.order else self.face.options
        if not self.choice_rules:
            return [one._replace(checked=True) if one.value in chosen else one for one in offered]
        rules = {str(value): rule for value, rule in self.choice_rules.items()}
        return [
            one._replace(checked=one.value in chosen, rule=dumped(rules.get(one.value)))
            for one in offered
            if rules.get(one.value) is not False
        ]

    @property
    def beside(self) -> Sequence[Option]:
        """The choices that words stand beside, such as "Other"."""
        others = {str(value) for value in self.question.others}
        return [option for option in self.options if option.value in others]

    @property
    def places(self) -> Mapping[str, int]:
        """The place of each choice that was ranked, from 1."""
        ranked = self.data if isinstance(self.data, list) else []
        return {str(value): place for place, value in enumerate(ranked, start=1)}

    @property
    def anchors(self) -> list[Option]:
        """The options that carry words under their number: the ends of a scale."""
        return [option for option in self.options if option.anchor]

    @property
    def evidence(self) -> str:
        """What this item must be supported by, in words; empty for none."""
        return str(EVIDENCE[self.question.evidence]) if self.question.evidence else ""

    @property
    def format_hint(self) -> str:
        """How the answer is to be written, where that is not plain; shown outside the box."""
        return str(FORMATS.get(self.type_name, ""))


#: Formats that are stated beside the input: a date picker would follow the browser's language and not the page's.
FORMATS: Final = {
    "date": _l("Day, month and year, for example 9.3.2026"),
    "datetime": _l("Date and time, for example 9.3.2026 14:30"),
    "time": _l("Hours and minutes, for example 14:30"),
    "minutes": _l("In whole minutes"),
    "duration": _l("Minutes and seconds, for example 4:30"),
}


def missing_evidence() -> str:
    """What is said when points are lost without a word of evidence."""
    return _("Write in words what was said or seen.")
