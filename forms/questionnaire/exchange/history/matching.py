"""Which answer a cell means, where that is beyond doubt: by the choice's value, by its words in any language.

What is only likely is left to a person; nothing here guesses by the order of things unless it was asked to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from forms.questionnaire.parts import Question
from translations.spelling import fold

#: Words for the answers that stand outside a scale, however the other system wrote them.
_HARD: Final = (
    "hard to say", "don't know", "dont know", "do not know", "dk", "no opinion", "not sure", "refused", "קשה לומר",
    "לא יודע", "לא יודעת", "לא יודע/ת", "אין דעה", "אין לי דעה", "يصعب القول", "لا أعرف", "لا أعلم",
    "затрудняюсь ответить", "не знаю", "нет мнения",
)  # fmt: skip
_NOT_RELEVANT: Final = (
    "not relevant", "not applicable", "n/a", "na", "does not apply", "לא רלוונטי", "לא ישים", "לא רלבנטי", "ל\"ר",
    "لا ينطبق", "غير ذي صلة", "неприменимо", "не применимо", "не относится",
)  # fmt: skip
_MEANT: Final = {fold(word): fold(first) for group in (_HARD, _NOT_RELEVANT) for first in group[:1] for word in group}
YES: Final = frozenset(
    fold(word)
    for word in (
        *("yes", "true", "1", "y", "x", "v", "✓", "✔", "checked", "selected", "quoted", "כן", "נכון", "סומן", "נבחר"),
        *("نعم", "да"),
    )
)
NO: Final = frozenset(
    fold(word)
    for word in (
        *("no", "false", "0", "n", "unchecked", "not selected", "not quoted", "לא", "לא נכון", "לא סומן", "לא נבחר"),
        *("لا", "нет"),
    )
)
_WHOLE: Final = re.compile(r"(-?\d+)\.0+", re.ASCII)
#: ``5 - Very satisfied``, ``5 (מרוצה מאוד)``, ``5. כן``: a number with the words that belong to it.
_NUMBERED: Final = re.compile(r"(-?\d+)\s*(?:[-–—=:.)]|\()\s*(.+?)\)?", re.ASCII)
_MARKUP: Final = re.compile(r"<[^>]{1,200}>|\*{1,2}|\{[^}]{1,80}\}|&nbsp;")
_ENDS: Final = " .,:;?!…*–-\"'“”„״׳()"


def plain(words: str) -> str:
    """Words without markup, piped answers and punctuation at their ends, folded for comparing."""
    return fold(_MARKUP.sub(" ", words)).strip(_ENDS)


#: Words of questions met before; a question cannot be a key itself, so it is kept beside them.
_known: Final[dict[int, tuple[Question, Mapping[str, str]]]] = {}
_MOST_KNOWN: Final = 4_096


def _words(question: Question) -> Mapping[str, str]:
    """Folded words of the choices in any language → value, worked out once for each question."""
    kept = _known.get(id(question))
    if kept is None or kept[0] is not question:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        kept = _known[id(question)] = question, _spoken(question)
    return kept[1]


def _spoken(question: Question) -> Mapping[str, str]:
    """Folded words of the choices; words that two choices share lead nowhere."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    for option in question.options:
        value = str(option.value)
        spoken = {plain(text) for text in option.text.values()} - {""}
        spoken |= {word for word, group in _MEANT.items() if group in {_MEANT.get(one) for one in spoken}}
        for words in spoken:
            if found.setdefault(words, value) != value:
                shared.add(words)
    return {words: value for words, value in found.items() if words not in shared}


def choice_of(question: Question, cell: str, label: str = "") -> str | None:
    """The value (as text) of the choice that a cell means; None where it is not beyond doubt.

    ``label`` is what the file says the cell means. It wins over the cell: a code of one system is seldom that of
    another. A number by itself is only taken for a choice where the choices are numbers.
    """
    words = _words(question)
    if label:
        if (found := words.get(plain(label))) is not None:
            return found
        numbered = _NUMBERED.fullmatch(label.strip())
        return _agreed(question, numbered[1], numbered[2]) if numbered else _same_number(question, cell, label)
    typed = cell.strip()
    whole = _WHOLE.fullmatch(typed)
    typed = whole[1] if whole else typed
    if typed in question.by_value:
        return typed
    if (found := words.get(plain(typed))) is not None:
        return found
    folded = {fold(value): value for value in question.by_value}
    if fold(typed) in folded:
        return folded[fold(typed)]
    numbered = _NUMBERED.fullmatch(typed)
    return _agreed(question, numbered[1], numbered[2]) if numbered else None


def _agreed(question: Question, number: str, said: str) -> str | None:
    """The choice of a number that words stand beside, unless the words are those of another choice."""
    by_words = _words(question).get(plain(said))
    if number not in question.by_value:
        return by_words
    return number if by_words in {None, number} else None


def _same_number(question: Question, cell: str, label: str) -> str | None:
    """A scale's step without words of its own, where the file labels the number by the number."""
    whole = _WHOLE.fullmatch(cell.strip())
    number = whole[1] if whole else cell.strip()
    option = question.by_value.get(number)
    return number if option is not None and (label.strip() == number or not option.text) else None


_BETWEEN: Final = re.compile(r"[|;,]")
#: So many commas may stand in the words of one choice.
_JOINED: Final = 4


def atoms(question: Question, cell: str, known: Mapping[str, str]) -> list[str]:
    """The pieces of a cell that holds several choices; ``known`` are values that somebody matched already.

    A choice whose words hold a comma is put together again.
    """
    if cell in known or choice_of(question, cell) is not None:
        return [cell]
    signs = _BETWEEN.findall(cell)
    pieces = _BETWEEN.split(cell)
    found: list[str] = []
    at = 0
    while at < len(pieces):
        taken, piece = 1, pieces[at]
        for more in range(min(_JOINED, len(pieces) - at), 1, -1):
            joined = "".join(part + sign for part, sign in zip(pieces[at : at + more], [*signs[at:], ""], strict=False))
            joined = joined[: -len(signs[at + more - 1])] if at + more - 1 < len(signs) else joined
            if joined.strip() in known or choice_of(question, joined.strip()) is not None:
                taken, piece = more, joined
                break
        if piece.strip():
            found.append(piece.strip())
        at += taken
    return found


def in_order(question: Question, cells: Sequence[str]) -> dict[str, str] | None:
    """Cells matched with the steps of a scale or the choices by their order alone, lowest first.

    Only on request, and only where there are as many of the one as of the other; None otherwise.
    """
    steps = [str(one.value) for one in (question.scale.steps if question.scale else question.options)]
    if len(cells) != len(steps) or not cells:
        return None
    return dict(zip(sorted(cells, key=_rank), steps, strict=True))


def _rank(cell: str) -> tuple[int, float, str]:
    try:
        return 0, float(cell), ""
    except ValueError:
        return 1, 0.0, cell
