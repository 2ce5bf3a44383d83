"""What a set of answers says about how it was given: in no time, or with one answer to everything. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from forms.questionnaire.advice.effort import ANSWER_SECONDS, WORDS_PER_MINUTE, count_words
from forms.questionnaire.definition import Question
from forms.questionnaire.definition import Questionnaire as Definition

#: Faster than this part of the time that reading and answering take, and it is marked [policy].
FAST_SHARE: Final = 0.3
#: So many scales of one kind with one answer, and it is marked [policy]: two or three alike are how people feel.
STRAIGHT_LEAST: Final = 5
#: Seconds for a written answer: marks must not depend on how fast somebody types, or speaks to the keyboard.
WRITTEN: Final = 3.0
#: Characters from which the same words again are no coincidence [policy].
TELLING: Final = 15


def seconds_needed(questions: Iterable[Question], answers: Mapping[str, Any], language: str) -> float:
    """Seconds that an adult takes to read and answer those of the questions that were answered.

    Source: reading speeds and answering times of :mod:`forms.questionnaire.advice.effort`.
    """
    speed = WORDS_PER_MINUTE.get(language, WORDS_PER_MINUTE["he"]) / 60
    total = 0.0
    for question in questions:
        if answers.get(question.code) is None:
            continue
        words = question.text.get(language) or next(iter(question.text.values()), "")
        total += count_words(words) / speed + min(ANSWER_SECONDS.get(question.type, WRITTEN), WRITTEN)
    return total


def is_fast(questions: Iterable[Question], answers: Mapping[str, Any], language: str, seconds: float) -> bool:
    """Whether the answers to these questions were given in less time than it takes to read them."""
    return seconds < FAST_SHARE * seconds_needed(questions, answers, language)


def is_straight(definition: Definition, answers: Mapping[str, Any]) -> bool:
    """Whether every one of several scales with the same steps got the same answer.

    A weak sign: whoever was content with everything answers so as well.
    """
    given: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for question in definition.questions:
        value = answers.get(question.code)
        if question.scale is not None and question.type == "scale" and isinstance(value, int):
            given[tuple(step.value for step in question.scale.steps)].append(value)
    most = max(given.values(), key=len, default=[])
    return len(most) >= STRAIGHT_LEAST and len(Counter(most)) == 1


def telling_words(answers: Mapping[str, Any]) -> bool:
    """Whether somebody wrote enough for the same answers again to be no coincidence."""
    return any(isinstance(value, str) and len(value.strip()) >= TELLING for value in answers.values())
