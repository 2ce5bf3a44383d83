"""Whether a question's answers mean the same in two versions: reasons why they do not, certain ones and possible ones.

Certain is what the numbers themselves show: other values, other scores, words that name another point, a scale read the
other way round. Changed words may mean the same or not; that is for the author to decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

from forms.questionnaire.names import quoted, value_words
from forms.questionnaire.parts import Question, Text, Value
from forms.questionnaire.types import TYPES
from forms.questionnaire.versions.telling import bands, same
from translations import LANGUAGES, isolate, localised
from translations import gettext as _

#: Types whose answers are stored and judged alike.
ALIKE: Final[Mapping[str, str]] = {"dropdown": "single", "item": "scale", "int": "number"}


class Reason(NamedTuple):
    """Why answers of two versions do not stand on one line; not certain where only words changed."""

    words: str
    certain: bool


@lru_cache(maxsize=8192)
def _plain(words: str) -> str:
    """Words without what does not change their meaning: spaces, marks, capitals."""
    return "".join(one for one in words.casefold() if one.isalnum() or one in "{}")


def _changed_words(old: Text, new: Text) -> Iterator[tuple[str, str, str]]:
    """Languages that both have in other words: (language, old, new)."""
    for language, words in new.items():
        before = old.get(language, "")
        if before != words and before.strip() and words.strip() and _plain(before) != _plain(words):
            yield language, before, words


def _shares(question: Question) -> dict[Value, Fraction | None]:
    """What each answer is worth, 0–1; None for those outside the scale."""
    return {one.value: TYPES[question.type].share(question, one.value) for one in question.options}


def _values(question: Question) -> list[Value]:
    """The answers inside the scale, in reading order."""
    return [one.value for one in question.options if one.value not in question.outside]


def measured(old: Question, new: Question) -> Iterator[Reason]:
    """Certain differences of what an answer is worth: values, scores, bands, and which words name which point."""
    if ALIKE.get(old.type, old.type) != ALIKE.get(new.type, new.type):
        yield Reason(_("It is answered in another way than before."), True)
        return
    before, after = _values(old), _values(new)
    if set(map(_typed, before)) != set(map(_typed, after)) and (old.scale or new.scale or old.points or new.points):
        said = {"old": _span(before), "new": _span(after)}
        yield Reason(_("The scale has other answers: before %(old)s, now %(new)s.", **said), True)
        return
    if len(before) > 1 and before != after and before == after[::-1] and (old.scale or old.points):
        yield Reason(_("The scale is read the other way round."), True)
    yield from _worth(old, new)
    yield from _exchanged(old, new)


def _typed(value: Value) -> tuple[str, Value]:
    return type(value).__name__, value


def _span(values: Sequence[Value]) -> str:
    """Values in short: 1–5, or each by itself."""
    numbers = [one for one in values if isinstance(one, int)]
    if len(numbers) == len(values) > 1 and sorted(numbers) == list(range(min(numbers), max(numbers) + 1)):
        return isolate(f"{min(numbers)}–{max(numbers)}")
    return ", ".join(isolate(one) for one in values) or _("nothing")


def _worth(old: Question, new: Question) -> Iterator[Reason]:
    before, after = _shares(old), _shares(new)
    if {one.value for one in old.options} & {one.value for one in new.options}:
        for value, share in after.items():
            if value in before and before[value] != share:
                said = {"value": value_words(new, value), "old": _percent(before[value]), "new": _percent(share)}
                yield Reason(_("The answer %(value)s was worth %(old)s and is now worth %(new)s.", **said), True)
    if _steps(old) != _steps(new):
        said = {"old": bands(old.bands), "new": bands(new.bands)}
        yield Reason(_("The points by size are others: before %(old)s, now %(new)s.", **said), True)


def _percent(share: Fraction | None) -> str:
    return _("nothing, outside the scale") if share is None else isolate(f"{round(float(share) * 100)}%")


def _steps(question: Question) -> list[tuple[float | None, Fraction]]:
    """The bands as shares of the points: twice as many points for everything mean the same."""
    return [(band.max, Fraction(band.points, question.points or 1)) for band in question.bands]


def _labels(question: Question, language: str) -> dict[str, Value]:
    """Which point some words name, for words that name one only."""
    named: dict[str, list[Value]] = {}
    for one in question.options:
        if words := _plain(one.text.get(language, "")):
            named.setdefault(words, []).append(one.value)
    return {words: values[0] for words, values in named.items() if len(values) == 1}


def _exchanged(old: Question, new: Question) -> Iterator[Reason]:
    """Words that named one answer and name another now; told once, in the first language that shows it."""
    for language in LANGUAGES:
        before, after = _labels(old, language), _labels(new, language)
        for words, value in after.items():
            if words in before and before[words] != value:
                label = localised(new.by_value[str(value)].text, language)
                said = {"words": quoted(label), "old": isolate(before[words]), "new": isolate(value)}
                yield Reason(_("%(words)s stood at %(old)s and now stands at %(new)s.", **said), True)
                return


def reworded(old: Question, new: Question) -> Iterator[Reason]:
    """Possible differences: words of the question or of its answers, their order, what is outside the scale."""
    for language, before, now in _changed_words(old.text, new.text):
        said = {"language": isolate(LANGUAGES.get(language, language)), "old": quoted(before), "new": quoted(now)}
        yield Reason(_("The wording changed (%(language)s): before %(old)s, now %(new)s.", **said), False)
    options = {one.value: one for one in old.options}
    for one in new.options:
        if one.value in options:
            for language, before, now in _changed_words(options[one.value].text, one.text):
                said = {"value": isolate(one.value), "language": isolate(LANGUAGES.get(language, language)),
                        "old": quoted(before), "new": quoted(now)}  # fmt: skip
                sentence = _(
                    "The words of the answer %(value)s changed (%(language)s): before %(old)s, now %(new)s.", **said
                )
                yield Reason(sentence, False)
    if old.outside != new.outside:
        yield Reason(_("The answers outside the scale are others."), False)
    listed, lists = [one.value for one in old.choices], [one.value for one in new.choices]
    if set(listed) != set(lists):
        yield Reason(_("There are other choices than before."), False)
    elif listed != lists or old.order != new.order:
        yield Reason(_("The choices stand in another order."), False)
    if not same([old.min, old.max], [new.min, new.max]):
        yield Reason(_("Other numbers are accepted than before."), False)
