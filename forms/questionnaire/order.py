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
    if question.order != RANDOM or not seed or question.statements:
        return None
    return _shuffled([choice.fixed for choice in question.choices], f"{seed}:{question.code}")


def asked(section: Section, context: Context) -> list[Question]:
    """A section's questions as this respondent is asked them, statements one by one and in their order."""
    found: list[Question] = []
    for question in section.questions:
        parts = question.parts
        if question.statements and question.order == RANDOM and context.get("seed"):
            drawn = _shuffled([False] * len(question.statements), f"{context['seed']}:{question.code}")
            parts = (parts[0], *(parts[1 + position] for position in drawn))
        found.extend(parts)
    return found


def as_shown(questionnaire: Questionnaire, codes: frozenset[str], context: Context) -> dict[str, list[str]]:
    """What stood in which order for this respondent: question code → values or statements' codes, random ones only.

    ``codes`` are the questions that were asked. It belongs into the response's presentation.
    """
    found: dict[str, list[str]] = {}
    for section in questionnaire.sections:
        for question in section.questions:
            if question.order != RANDOM or not codes & {part.code for part in question.parts}:
                continue
            order = option_order(question, context)
            if question.statements:
                group = Section(code=section.code, questions=(question,))
                found[question.code] = [one.code for one in asked(group, context)[1:]]
            elif order is not None:
                found[question.code] = [str(question.choices[position].value) for position in order]
    return found
