"""Changing what is there: a question, a section, an index, or what stands around them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Final

from forms.questionnaire.document import Index, Questionnaire
from forms.questionnaire.editing import references
from forms.questionnaire.editing.codes import CODE
from forms.questionnaire.editing.tree import (
    INDEXES,
    QUESTIONS,
    SECTIONS,
    find_question,
    place,
    question_codes,
    refuse,
    rewrite,
    with_question,
    with_section,
)
from forms.questionnaire.parts import DEFAULT_LANGUAGE, Question
from forms.questionnaire.translating import translated
from forms.questionnaire.types import TYPES
from translations import gettext as _

_FIXED: Final = frozenset({"format", "code", "kind"})


def change_question(questionnaire: Questionnaire, code: str, /, **changes: Any) -> Questionnaire:
    """The questionnaire with some fields of a question changed; a new ``code`` is taken over by all that name it."""
    new = changes.pop("code", code)
    changed = with_question(questionnaire, code, **changes) if changes else questionnaire
    return changed if new == code else rename_question(changed, code, new)


def rename_question(questionnaire: Questionnaire, code: str, new: str) -> Questionnaire:
    """The questionnaire with a question under a new code, also in rules, quoted answers and indexes."""
    where = f"{place(QUESTIONS, code)}.code"
    if not CODE.fullmatch(new):
        message = _("A code begins with a Latin letter; letters, digits, points, hyphens and underscores follow.")
        raise refuse(where, message)
    if new in question_codes(questionnaire):
        raise refuse(where, _("The code '%(code)s' is taken already.", code=new))
    return references.rename(questionnaire, {code: new})


def change_type(questionnaire: Questionnaire, code: str, type_name: str) -> tuple[Questionnaire, list[str]]:
    """The questionnaire with a question of another type, and the names of the settings that it has no use for."""
    question = find_question(questionnaire, code)
    unused = unused_keys(replace(question, type=type_name))
    return with_question(questionnaire, code, type=type_name, **_defaults(unused)), unused


def unused_keys(question: Question) -> list[str]:
    """The settings that a question has and its type does not use, in the format's order."""
    usable = TYPES[question.type].settings
    plain = Question(code="", type="", text={})
    given = [one.name for one in fields(question) if getattr(question, one.name) != getattr(plain, one.name)]
    return [name for name in given if name not in usable]


def without_unused(questionnaire: Questionnaire, code: str) -> Questionnaire:
    """The questionnaire with a question's useless settings taken off."""
    return with_question(questionnaire, code, **_defaults(unused_keys(find_question(questionnaire, code))))


def _defaults(keys: list[str]) -> dict[str, Any]:
    plain = Question(code="", type="", text={})
    return {key: getattr(plain, key) for key in keys}


def change_section(questionnaire: Questionnaire, code: str, /, **changes: Any) -> Questionnaire:
    """The questionnaire with some fields of a section changed."""
    new = changes.get("code", code)
    where = f"{place(SECTIONS, code)}.code"
    if not CODE.fullmatch(new):
        message = _("A code begins with a Latin letter; letters, digits, points, hyphens and underscores follow.")
        raise refuse(where, message)
    if new != code and any(one.code == new for one in questionnaire.sections):
        raise refuse(where, _("The code '%(code)s' is taken already.", code=new))
    return with_section(questionnaire, code, **changes)


def change_document(questionnaire: Questionnaire, **changes: Any) -> Questionnaire:
    """The questionnaire with some of its own fields changed; its code and kind stay for good."""
    if _FIXED & changes.keys():
        raise refuse("", _("A questionnaire keeps its code and kind."))
    return replace(questionnaire, **changes)


def change_index(questionnaire: Questionnaire, index: Index, *, code: str = "") -> Questionnaire:
    """The questionnaire with an index as it is here; ``code`` is the one it had, empty for a new one."""
    others = {name: one for name, one in questionnaire.indexes.items() if name != code}
    if index.code in others:
        raise refuse(place(INDEXES, index.code), _("The code '%(code)s' is taken already.", code=index.code))
    kept = {(index.code if name == code else name): (index if name == code else one)
            for name, one in questionnaire.indexes.items()}  # fmt: skip
    return replace(questionnaire, indexes=kept | {index.code: index})


def use_scale(questionnaire: Questionnaire, code: str, scale: str) -> Questionnaire:
    """The questionnaire with a question on another of its scales."""
    found = questionnaire.scales[scale]
    return rewrite(questionnaire, lambda one: replace(one, scale=found) if one.code == code else one)


def set_text(questionnaire: Questionnaire, place: str, language: str, words: str) -> Questionnaire:
    """The questionnaire with one text in one language changed; empty words take it out.

    ``place`` is as :meth:`Questionnaire.texts` names it.
    """
    return translated(questionnaire, language, {place: words})


def unapproved(before: Questionnaire, after: Questionnaire) -> Questionnaire:
    """``after`` with every approved language whose words changed as a draft again: approving is an act of its own.

    Hebrew stays: everything else is translated from it.
    """
    approved = [
        language
        for language, state in after.languages.items()
        if language != DEFAULT_LANGUAGE and state == before.languages.get(language) == "approved"
    ]
    if not approved:
        return after
    old, new = dict(before.texts()), dict(after.texts())
    changed = [
        language
        for language in approved
        if any(text.get(language) != old.get(place, {}).get(language) for place, text in new.items())
    ]
    return replace(after, languages={**after.languages, **dict.fromkeys(changed, "draft")})
