"""Moving, copying and taking away parts of a questionnaire."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from forms.questionnaire.document import FollowUp, Questionnaire, Section
from forms.questionnaire.editing import references
from forms.questionnaire.editing.codes import fresh
from forms.questionnaire.editing.tree import (
    INDEXES,
    SECTIONS,
    find_question,
    find_section,
    kind_and_code,
    question_codes,
    refuse,
    section_of,
    with_question,
    with_section,
)
from forms.questionnaire.parts import Question
from translations import gettext as _

UP: Final = "up"
DOWN: Final = "down"
_STEPS: Final = {UP: -1, DOWN: 1}


def move(questionnaire: Questionnaire, where: str, to: str, position: int | None = None) -> Questionnaire:
    """The questionnaire with a question or section in another place.

    ``to`` is ``up`` or ``down`` (over the edge of a section into the next one), or a place: ``questions.<code>`` to
    stand after it, ``sections.<code>`` to stand in it at ``position`` (0 is first; None last); a
    section stands after the one named, or first of all for an empty ``to``. What cannot move further stays as it is.
    """
    kind, code = kind_and_code(where)
    if kind == SECTIONS:
        return _move_section(questionnaire, code, to)
    home = section_of(questionnaire, code)
    if home is None:
        find_question(questionnaire, code)
        raise refuse(where, _("The parts of the call-back and the thanks stay at the end."))
    if to in _STEPS:
        return _step(questionnaire, home, code, _STEPS[to])
    kind, target = kind_and_code(to)
    if kind == SECTIONS:
        into = find_section(questionnaire, target)
        return _put(questionnaire, code, into.code, len(into.questions) if position is None else position)
    if target == code:
        return questionnaire
    into_section = section_of(questionnaire, target)
    if into_section is None:
        raise refuse(to, _("This question is no longer there."))
    codes = [one.code for one in into_section.questions if one.code != code]
    return _put(questionnaire, code, into_section.code, codes.index(target) + 1)


def _step(questionnaire: Questionnaire, home: Section, code: str, step: int) -> Questionnaire:
    at = [one.code for one in home.questions].index(code) + step
    if 0 <= at < len(home.questions):
        return _put(questionnaire, code, home.code, at)
    sections = [one.code for one in questionnaire.sections]
    over = sections.index(home.code) + step
    if not 0 <= over < len(sections):
        return questionnaire
    into = questionnaire.sections[over]
    return _put(questionnaire, code, into.code, 0 if step > 0 else len(into.questions))


def _put(questionnaire: Questionnaire, code: str, section: str, position: int) -> Questionnaire:
    question = find_question(questionnaire, code)

    def change(one: Section) -> Section:
        kept = [other for other in one.questions if other.code != code]
        if one.code == section:
            kept.insert(max(0, min(position, len(kept))), question)
        return replace(one, questions=tuple(kept))

    return replace(questionnaire, sections=tuple(change(one) for one in questionnaire.sections))


def _move_section(questionnaire: Questionnaire, code: str, to: str) -> Questionnaire:
    section = find_section(questionnaire, code)
    kept = [one for one in questionnaire.sections if one.code != code]
    codes = [one.code for one in kept]
    if to in _STEPS:
        at = [one.code for one in questionnaire.sections].index(code) + _STEPS[to]
        if not 0 <= at <= len(kept):
            return questionnaire
    else:
        target = kind_and_code(to)[1]
        if target == code:
            return questionnaire
        at = codes.index(target) + 1 if target in codes else 0
    kept.insert(at, section)
    return replace(questionnaire, sections=tuple(kept))


def duplicate(questionnaire: Questionnaire, where: str, *, taken: Collection[str] = ()) -> tuple[Questionnaire, str]:
    """The questionnaire with a copy of a question or section right after it, under fresh codes, and the copy's code.

    Inside a copied section rules look at the copies; in a copied question they look where they looked before.
    """
    kind, code = kind_and_code(where)
    used = {*question_codes(questionnaire), *taken}
    if kind == SECTIONS:
        return _duplicate_section(questionnaire, find_section(questionnaire, code), used)
    home = section_of(questionnaire, code)
    if home is None:
        find_question(questionnaire, code)
        raise refuse(where, _("The parts of the call-back and the thanks stand once."))
    question = find_question(questionnaire, code)
    copy = references.renamed_question(question, _fresh_codes((question,), used))
    asked = list(home.questions)
    asked.insert([one.code for one in asked].index(code) + 1, copy)
    return with_section(questionnaire, home.code, questions=tuple(asked)), copy.code


def _fresh_codes(questions: tuple[Question, ...], used: set[str]) -> dict[str, str]:
    codes: dict[str, str] = {}
    for question in questions:
        for code in (question.code, *(one.code for one in question.statements)):
            codes[code] = fresh(code, used)
            used.add(codes[code])
    return codes


def _duplicate_section(questionnaire: Questionnaire, section: Section, used: set[str]) -> tuple[Questionnaire, str]:
    codes = _fresh_codes(section.questions, used)
    copy = replace(
        section,
        code=fresh(section.code, [one.code for one in questionnaire.sections], fallback="section"),
        questions=tuple(references.renamed_question(one, codes) for one in section.questions),
    )
    sections = list(questionnaire.sections)
    sections.insert(sections.index(section) + 1, copy)
    return replace(questionnaire, sections=tuple(sections)), copy.code


def delete(questionnaire: Questionnaire, where: str) -> Questionnaire:
    """The questionnaire without a question, statement, section or index.

    Rules that look at what is gone stay and are told as problems: nothing else changes silently. Without its consent
    there is no call-back.
    """
    kind, code = kind_and_code(where)
    if kind == SECTIONS:
        find_section(questionnaire, code)
        return replace(questionnaire, sections=tuple(one for one in questionnaire.sections if one.code != code))
    if kind == INDEXES:
        return replace(
            questionnaire, indexes={name: one for name, one in questionnaire.indexes.items() if name != code}
        )
    question = find_question(questionnaire, code)
    if question.code != code:
        left = tuple(one for one in question.statements if one.code != code)
        return with_question(questionnaire, question.code, statements=left)
    home = section_of(questionnaire, code)
    if home is not None:
        kept = tuple(one for one in home.questions if one.code != code)
        return with_section(questionnaire, home.code, questions=kept)
    if questionnaire.thanks and questionnaire.thanks.praise is question:
        return replace(questionnaire, thanks=replace(questionnaire.thanks, praise=None))
    return replace(questionnaire, follow_up=_without_part(questionnaire.follow_up, code))


def _without_part(follow_up: FollowUp | None, code: str) -> FollowUp | None:
    if follow_up is None or follow_up.consent.code == code:
        return None
    recipient, phone = (None if one and one.code == code else one for one in (follow_up.recipient, follow_up.phone))
    return replace(follow_up, recipient=recipient, phone=phone)
