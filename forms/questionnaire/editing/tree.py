"""Where things stand in a questionnaire, and how one of them is put in another's place.

A place is named as a check names it: ``questions.pv1`` (a question anywhere, or a group's statement),
``sections.main``, ``scales.sat5``, ``indexes.trust``. Nothing is changed where it stands: every function gives
a new questionnaire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from forms.questionnaire.document import FollowUp, Questionnaire, Section, Thanks
from forms.questionnaire.errors import DefinitionError, Problem
from forms.questionnaire.parts import Question
from translations import gettext as _

QUESTIONS: Final = "questions"
SECTIONS: Final = "sections"
SCALES: Final = "scales"
INDEXES: Final = "indexes"
#: The parts of the follow-up that are questions.
CALL_BACK: Final = ("consent", "recipient", "phone")


def refuse(place: str, message: str) -> DefinitionError:
    """The error of an edit that cannot be made, with the place it is about."""
    return DefinitionError([Problem(place, message)])


def place(kind: str, code: str) -> str:
    """A place by its kind and code."""
    return f"{kind}.{code}"


def kind_and_code(where: str) -> tuple[str, str]:
    """``questions.a.b`` → ``("questions", "a.b")``; a place without a code has an empty one."""
    kind, _dot, code = where.partition(".")
    return kind, code


def every_question(questionnaire: Questionnaire) -> Iterator[Question]:
    """Every question as it is written: groups of statements whole, the follow-up and the line of praise included."""
    for section in questionnaire.sections:
        yield from section.questions
    if questionnaire.follow_up:
        yield from questionnaire.follow_up.questions
    if questionnaire.thanks and questionnaire.thanks.praise:
        yield questionnaire.thanks.praise


def question_codes(questionnaire: Questionnaire) -> frozenset[str]:
    """Every code that answers may be stored under, statements included."""
    return frozenset(
        code
        for question in every_question(questionnaire)
        for code in (question.code, *(one.code for one in question.statements))
    )


def find_question(questionnaire: Questionnaire, code: str) -> Question:
    """The question with a code, or the group that a statement with that code belongs to."""
    for question in every_question(questionnaire):
        if question.code == code or any(one.code == code for one in question.statements):
            return question
    raise refuse(place(QUESTIONS, code), _("This question is no longer there."))


def find_section(questionnaire: Questionnaire, code: str) -> Section:
    """The section with a code."""
    for section in questionnaire.sections:
        if section.code == code:
            return section
    raise refuse(place(SECTIONS, code), _("This section is no longer there."))


def section_of(questionnaire: Questionnaire, code: str) -> Section | None:
    """The section that a question stands in; None for the follow-up and the line of praise."""
    for section in questionnaire.sections:
        if any(question.code == code for question in section.questions):
            return section
    return None


def with_sections(questionnaire: Questionnaire, change: Callable[[Section], Section]) -> Questionnaire:
    """The questionnaire with every section changed."""
    return replace(questionnaire, sections=tuple(change(section) for section in questionnaire.sections))


def with_section(questionnaire: Questionnaire, code: str, /, **changes: Any) -> Questionnaire:
    """The questionnaire with some fields of one section changed."""
    find_section(questionnaire, code)
    return with_sections(questionnaire, lambda one: replace(one, **changes) if one.code == code else one)


def rewrite(questionnaire: Questionnaire, change: Callable[[Question], Question]) -> Questionnaire:
    """The questionnaire with every question changed, wherever it stands."""
    changed = with_sections(
        questionnaire, lambda section: replace(section, questions=tuple(change(one) for one in section.questions))
    )
    return replace(
        changed,
        follow_up=_follow_up(questionnaire.follow_up, change),
        thanks=_thanks(questionnaire.thanks, change),
    )


def _follow_up(follow_up: FollowUp | None, change: Callable[[Question], Question]) -> FollowUp | None:
    if follow_up is None:
        return None
    parts = {name: getattr(follow_up, name) for name in CALL_BACK}
    return replace(follow_up, **{name: change(one) for name, one in parts.items() if one is not None})


def _thanks(thanks: Thanks | None, change: Callable[[Question], Question]) -> Thanks | None:
    if thanks is None or thanks.praise is None:
        return thanks
    return replace(thanks, praise=change(thanks.praise))


def with_question(questionnaire: Questionnaire, code: str, /, **changes: Any) -> Questionnaire:
    """The questionnaire with some fields of one question changed."""
    find_question(questionnaire, code)
    return rewrite(questionnaire, lambda one: replace(one, **changes) if one.code == code else one)
