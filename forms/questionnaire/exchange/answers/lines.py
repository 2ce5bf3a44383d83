"""Responses as JSON lines: one object a line, every value of its own type, for programs.

``answers`` has a key for each question that was asked: its value, or null where it was skipped. A question that was not
asked has no key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from forms.questionnaire.definition import Value
from forms.questionnaire.exchange.answers.sheet import Record, Sheet, packed
from forms.questionnaire.exchange.answers.variables import Sort, Variable

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


def write(sheet: Sheet, records: Iterable[Record]) -> Iterator[bytes]:
    """The file in pieces."""
    return packed(_lines(sheet, records))


def _lines(sheet: Sheet, records: Iterable[Record]) -> Iterator[str]:
    names = [fact.name for fact in sheet.facts]
    words = {one.name: one.worded(sheet.language) if sheet.worded else {} for one in sheet.variables}
    for record in records:
        asked = sheet.asked(record)
        answers: dict[str, Any] = {}
        for variable in sheet.by_version[record.version]:
            if variable is None:
                continue
            value = record.answers.get(variable.code)
            if value is not None:
                answers[variable.name] = _value(variable, value, words[variable.name])
            elif variable.code in asked:
                answers[variable.name] = None
        yield _encode({**dict(zip(names, record.facts, strict=True)), "answers": answers}) + "\n"


def _value(variable: Variable, value: Any, words: Mapping[Value, str]) -> Any:
    if variable.sort is Sort.FILES:
        return len(value) if isinstance(value, list) else 1
    if not words:
        return value
    return [words.get(one, one) for one in value] if isinstance(value, list) else words.get(value, value)
