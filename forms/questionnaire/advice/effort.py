"""How long a questionnaire takes, from its words and types: an estimate for its author before anybody has answered.

Reading: words per minute of silent reading of plain texts by adults, from the International Reading Speed Texts
(Trauzettel-Klosinski and Dietz 2012, Investigative Ophthalmology & Visual Science 53:5452): English 228, Hebrew 187,
Russian 184, Arabic 138. Answering: seconds to decide and to tap once the words are read. These are assumptions of ours,
rounded so that closed questions with their reading come to about eight a minute and open ones to about two, as survey
practitioners count; once there are responses, the times recorded with them are the better measure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from forms.questionnaire.document import Questionnaire
from forms.questionnaire.parts import DEFAULT_LANGUAGE, Question, Stored, Text
from forms.questionnaire.rules import evaluate, not_applicable
from forms.questionnaire.types import TYPES

WORDS_PER_MINUTE: Final[Mapping[str, int]] = {"he": 187, "ar": 138, "en": 228, "ru": 184}
#: Seconds to answer, reading not counted.
ANSWER_SECONDS: Final[Mapping[str, float]] = {
    "scale": 3, "item": 4, "statements": 3, "single": 3, "dropdown": 5, "multiple": 6, "ranking": 15, "text": 20,
    "line": 8, "email": 12, "phone": 10, "checkbox": 2, "consent": 4, "note": 0, "minutes": 5, "duration": 7, "int": 5,
    "number": 6, "date": 7, "time": 6, "datetime": 10, "ref": 4, "photo": 25, "file": 25,
}  # fmt: skip
#: Where on a scale a typical answer lies, 0–1: most answers stand above the middle.
TYPICAL: Final = 0.75
#: A value put in place of ``{branch}`` and the like is read as so many words.
_PLACED_WORDS: Final = 2
_PLACE = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"[^\W_]+(?:[-'’\u05be\u05f3\u05f4\"][^\W_]+)*")


@dataclass(frozen=True)
class Effort:
    """What a questionnaire asks of people.

    ``seconds`` on the way that a typical respondent takes, ``longest`` where everything is asked; ``questions`` and
    ``words`` are those of the typical way, ``all_questions`` of the whole.
    """

    seconds: int
    longest: int
    questions: int
    all_questions: int
    words: int

    @property
    def minutes(self) -> int:
        """The typical time in whole minutes, at least one."""
        return max(1, round(self.seconds / 60))


def count_words(words: str) -> int:
    """The words of a text; a value in braces counts as two."""
    return len(_WORD.findall(_PLACE.sub(" ", words))) + _PLACED_WORDS * len(_PLACE.findall(words))


def _in(text: Text, language: str) -> str:
    return text.get(language) or text.get(DEFAULT_LANGUAGE) or next(iter(text.values()), "")


def typical(question: Question) -> Stored | None:
    """An answer that a rule may look at: high on a scale, the first of several choices, no tick and no words."""
    steps = question.scale.steps if question.scale else question.options
    if not steps:
        return None
    if question.scale and question.scale.numbers:
        return question.scale.numbers[round(TYPICAL * (len(question.scale.numbers) - 1))]
    return [steps[0].value] if question.type in {"multiple", "ranking"} else steps[0].value


def typical_way(questionnaire: Questionnaire) -> list[Question]:
    """The questions that a respondent with typical answers is asked."""
    found: list[Question] = []
    answers: dict[str, Stored] = {}
    for question in questionnaire.questions:
        if evaluate(questionnaire.conditions.get(question.code), answers, {"link": "personal"}):
            found.append(question)
            value = typical(question)
            if value is not None and not not_applicable(question, answers, {}):
                answers[question.code] = value
    return found


def _read(questions: Iterable[Question], language: str) -> int:
    """Words read: of each question and its choices, a scale only where it is not the one just read."""
    total, last = 0, ""
    for question in questions:
        total += count_words(_in(question.text, language)) + count_words(_in(question.hint, language))
        code = question.scale.code if question.scale else ""
        if not code or code != last:
            total += sum(count_words(_in(one.text, language)) for one in question.options)
        last = code
    return total


def _around(questionnaire: Questionnaire, language: str) -> int:
    """Words of the introduction and the text on the first page."""
    intro = questionnaire.intro.text if questionnaire.intro else {}
    return count_words(_in(intro, language)) + count_words(_in(questionnaire.notice, language))


def effort(questionnaire: Questionnaire, language: str = DEFAULT_LANGUAGE) -> Effort:
    """How long a questionnaire takes in a language, and how much it asks."""
    way, every = typical_way(questionnaire), list(questionnaire.questions)
    speed = WORDS_PER_MINUTE.get(language, WORDS_PER_MINUTE[DEFAULT_LANGUAGE]) / 60

    def words(questions: list[Question]) -> int:
        return _around(questionnaire, language) + _read(questions, language)

    def seconds(questions: list[Question]) -> int:
        return round(words(questions) / speed + sum(ANSWER_SECONDS.get(one.type, 5) for one in questions))

    asked = [one for one in way if TYPES[one.type].asks]
    return Effort(seconds(way), seconds(every), len(asked), sum(TYPES[one.type].asks for one in every), words(way))
