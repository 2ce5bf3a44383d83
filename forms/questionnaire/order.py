"""The order in which choices and statements stand: the document's, or shuffled for each respondent by a seed.

The same seed always gives the same order, so a page that is opened twice does not change under the reader's hand. The
order that was shown is stored with the response, never the seed: a seed could lead from an anonymous response back to
the address it was answered at.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from random import Random
from typing import Final

from forms.questionnaire.document import Questionnaire, Section
from forms.questionnaire.parts import Context, Question

RANDOM: Final = "random"


def _shuffled(fixed: Sequence[bool], seed: str) -> list[int]:
    """Positions 0…n−1 in a random order in which the fixed ones keep their place."""
    free = [position for position, stays in enumerate(fixed) if not stays]
    drawn = list(free)
    Random(sha256(seed.encode()).digest()).shuffle(drawn)  # an order, not a secret
    found = list(range(len(fixed)))
    for position, other in zip(free, drawn, strict=True):
        found[position] = other
    return found


def option_order(question: Question, context: Context) -> list[int] | None:
    """The positions of a question's options in the order this respondent sees; None for the document's own.

    The context's ``seed`` is any text that is this respondent's alone; without one nothing is shuffled.
    """
    seed = context.get("seed")
    if question.order != RANDOM or not seed or not question.choices:
        return None
    return _shuffled([choice.fixed for choice in question.choices], f"{seed}:{question.code}")


def asked(section: Section, context: Context) -> list[Question]:
    """A section's questions as this respondent is asked them, statements one by one and in their order."""
    return [part for question in section.questions for part in _parts(question, context)]


def _parts(question: Question, context: Context) -> Sequence[Question]:
    lead, *rest = question.parts
    seed = context.get("seed")
    if question.order != RANDOM or not seed or not rest:
        return question.parts
    return [lead, *(rest[position] for position in _shuffled([False] * len(rest), f"{seed}:{question.code}"))]


def as_shown(questionnaire: Questionnaire, codes: frozenset[str], context: Context) -> dict[str, list[str]]:
    """What stood in which order for this respondent: question code → values or statements' codes, random ones only.

    ``codes`` are the questions that were asked. It belongs into the response's presentation.
    """
    found: dict[str, list[str]] = {}
    for question in (one for section in questionnaire.sections for one in section.questions):
        if question.order != RANDOM or not context.get("seed") or not codes & {part.code for part in question.parts}:
            continue
        if (order := option_order(question, context)) is not None:
            found[question.code] = [str(question.choices[position].value) for position in order]
        elif len(question.parts) > 1:
            found[question.code] = [one.code for one in _parts(question, context)[1:]]
    return found
