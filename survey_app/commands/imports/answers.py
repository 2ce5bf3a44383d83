"""Cells of a response file → stored answers, by the questionnaire's own types."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from forms.questionnaire.answers import parse_text
from forms.questionnaire.definition import COMMENT, Question, Questionnaire
from forms.questionnaire.rules import is_required, kept, shown
from forms.questionnaire.types import TYPES
from survey_app.commands.imports.columns import Problem, Refused
from survey_app.commands.imports.parsers import yes_or_no
from survey_app.queries.tickets import IMPORTED
from translations import gettext as _
from translations import isolate
from translations.spelling import fold

#: A whole number as programs write it that know only fractions.
_WHOLE: Final = re.compile(r"(-?\d+)\.0+", re.ASCII)
_SEVERAL: Final = re.compile(r"[|;,]")


def _as_written(question: Question, text: str) -> list[str]:
    return [text]


def _one(question: Question, text: str) -> list[str]:
    """A choice by its value or by its words in any language; a number without its empty fraction."""
    typed = text.strip()
    if typed in question.by_value:
        return [typed]
    whole = _WHOLE.fullmatch(typed)
    if whole:
        return [whole[1]]
    worded = {fold(words): str(option.value) for option in question.options for words in option.text.values()}
    return [worded.get(fold(typed), typed)]


def _several(question: Question, text: str) -> list[str]:
    """Choices with a bar, a semicolon or a comma between them; one whose words hold a comma stands alone."""
    whole = _one(question, text)
    if whole[0] in question.by_value:
        return whole
    return [value for part in _SEVERAL.split(text) if part.strip() for value in _one(question, part)]


def _tick(question: Question, text: str) -> list[str]:
    return ["1" if yes_or_no(text) else ""]


#: What is handed to the type's own parser, where that is not the cell as it is.
_TYPED: Final[Mapping[str, Callable[[Question, str], list[str]]]] = {
    "scale": _one,
    "item": _one,
    "single": _one,
    "multiple": _several,
    "checkbox": _tick,
    "int": _one,
    "minutes": _one,
}


def read(definition: Questionnaire, cells: Mapping[str, str]) -> dict[str, Any]:
    """The answers that count, from cells by question code. Raises Refused with everything that is wrong."""
    answers: dict[str, Any] = {}
    problems: list[Problem] = []
    for code, text in cells.items():
        try:
            value = _value(definition, code, text)
        except ValueError as error:
            problems.append(Problem(code, f"{error} ({isolate(text.strip())})"))
            continue
        if value is not None:
            answers[code] = value
    problems = problems or _unfitting(definition, answers)
    if problems:
        raise Refused(*problems)
    return kept(definition, answers, IMPORTED)


def _value(definition: Questionnaire, code: str, text: str) -> Any:
    question = definition.by_code.get(code)
    if question is not None:
        return TYPES[question.type].parse(question, _TYPED.get(question.type, _as_written)(question, text))
    about = definition.by_code.get(code.removesuffix(COMMENT))
    if about is None:
        raise ValueError(_("The questionnaire %(code)s does not ask this.", code=isolate(definition.code)))
    return parse_text(about, [text])


def _unfitting(definition: Questionnaire, answers: Mapping[str, Any]) -> list[Problem]:
    """Answers to questions that are not asked after the others, and required ones that are missing."""
    asked = shown(definition, answers, IMPORTED)
    codes = {question.code for question in asked}
    counting = kept(definition, answers, IMPORTED)
    problems = [
        Problem(code, _("This question is not asked after the row's other answers."))
        for code in answers
        if code.removesuffix(COMMENT) not in codes and code not in codes
    ]
    problems += [
        Problem(question.code, _("This must be filled in."))
        for question in asked
        if question.code not in counting and is_required(question, counting, IMPORTED)
    ]
    if not counting and not problems:
        problems.append(Problem(None, _("The row holds no answer.")))
    return problems


def codes(definitions: Sequence[Questionnaire]) -> dict[str, str]:
    """Every column that a response file may have beyond the fixed ones: folded name → question code."""
    found = {}
    for definition in definitions:
        for question in definition.questions:
            found[fold(question.code)] = question.code
            found[fold(question.comment_code)] = question.comment_code
    return found
