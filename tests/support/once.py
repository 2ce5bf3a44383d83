"""Questionnaires that hundreds of tests begin with: each is checked whole, and once in a process.

Whether a document is in order follows from the document alone. One that is not is checked each time it is met: what is
wrong with it is said in the language of whoever asks.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakValueDictionary

from forms.questionnaire.definition import Problem, Questionnaire

#: Documents that are alike in their types as well, and that do not refer to themselves.
_PLAIN = 2


def loading(load: Callable[[Mapping[str, Any]], Questionnaire]) -> Callable[[Mapping[str, Any]], Questionnaire]:
    """The same function; a document that was found in order gives the questionnaire that it gave."""
    loaded: dict[bytes, Questionnaire] = {}

    def call(data: Mapping[str, Any]) -> Questionnaire:
        try:
            key = marshal.dumps(data, _PLAIN)  # type: ignore[arg-type]
        except ValueError:  # something in it that no document holds
            return load(data)
        if key not in loaded:
            loaded[key] = load(data)
        return loaded[key]

    return call


def without_faults(problems: Callable[[Questionnaire], list[Problem]]) -> Callable[[Questionnaire], list[Problem]]:
    """The same function; a questionnaire without a fault is not looked through again."""
    good: WeakValueDictionary[int, Questionnaire] = WeakValueDictionary()

    def call(questionnaire: Questionnaire) -> list[Problem]:
        if good.get(id(questionnaire)) is questionnaire:
            return []
        found = problems(questionnaire)
        if not found:
            good[id(questionnaire)] = questionnaire
        return found

    return call
