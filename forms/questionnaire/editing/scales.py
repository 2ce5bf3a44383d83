"""Scales: made, changed for all who share them or for one question alone, taken away when nobody uses them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from forms.questionnaire.document import Questionnaire
from forms.questionnaire.editing.codes import fresh
from forms.questionnaire.editing.tree import every_question, find_question, place, refuse, rewrite
from forms.questionnaire.parts import Choice, Question, Scale
from translations import gettext as _


def find_scale(questionnaire: Questionnaire, code: str) -> Scale:
    """The scale with a code."""
    if code not in questionnaire.scales:
        raise refuse(place("scales", code), _("This scale is no longer there."))
    return questionnaire.scales[code]


def sharers(questionnaire: Questionnaire, code: str) -> list[Question]:
    """The questions that are answered on a scale, in order."""
    return [one for one in every_question(questionnaire) if one.scale is not None and one.scale.code == code]


def relinked(questionnaire: Questionnaire, scales: Mapping[str, Scale]) -> Questionnaire:
    """The questionnaire with these scales, each question on the one of its scale's code."""

    def link(question: Question) -> Question:
        if question.scale is None or scales.get(question.scale.code) is question.scale:
            return question
        return replace(question, scale=scales.get(question.scale.code, question.scale))

    return rewrite(replace(questionnaire, scales=dict(scales)), link)


def add_scale(questionnaire: Questionnaire, scale: Scale) -> tuple[Questionnaire, Scale]:
    """The questionnaire with a scale that says the same: one it has already, or this one under a free code."""
    for known in questionnaire.scales.values():
        if replace(known, code=scale.code) == scale:
            return questionnaire, known
    added = replace(scale, code=fresh(scale.code, questionnaire.scales, fallback="scale"))
    return replace(questionnaire, scales={**questionnaire.scales, added.code: added}), added


def change_scale(questionnaire: Questionnaire, scale: Scale) -> Questionnaire:
    """The questionnaire with the scale of this code as it is here, for every question that shares it."""
    find_scale(questionnaire, scale.code)
    return relinked(questionnaire, {**questionnaire.scales, scale.code: scale})


def change_scale_here(questionnaire: Questionnaire, question: str, scale: Scale) -> Questionnaire:
    """The questionnaire with one question on a changed copy of its scale; everybody else keeps the old one."""
    found = find_question(questionnaire, question)
    if [one.code for one in sharers(questionnaire, scale.code)] == [found.code]:
        return change_scale(questionnaire, scale)
    copied = replace(scale, code=fresh(scale.code, questionnaire.scales, fallback="scale"))
    changed = replace(questionnaire, scales={**questionnaire.scales, copied.code: copied})
    return rewrite(changed, lambda one: replace(one, scale=copied) if one.code == found.code else one)


def rename_scale(questionnaire: Questionnaire, code: str, new: str) -> Questionnaire:
    """The questionnaire with a scale under another code, in the same place."""
    scale = replace(find_scale(questionnaire, code), code=new)
    if new != code and new in questionnaire.scales:
        raise refuse(place("scales", code), _("The code '%(code)s' is taken already.", code=new))
    scales = {(new if one == code else one): (scale if one == code else kept) for one, kept in _items(questionnaire)}
    moved = replace(questionnaire, scales=scales)
    return rewrite(moved, lambda one: replace(one, scale=scale) if one.scale and one.scale.code == code else one)


def _items(questionnaire: Questionnaire) -> list[tuple[str, Scale]]:
    return list(questionnaire.scales.items())


def delete_scale(questionnaire: Questionnaire, code: str) -> Questionnaire:
    """The questionnaire without a scale that nobody uses; one in use is refused, with who uses it."""
    find_scale(questionnaire, code)
    users = sharers(questionnaire, code)
    if users:
        listed = ", ".join(one.code for one in users)
        raise refuse(place("scales", code), _("This scale is in use: %(questions)s", questions=listed))
    return replace(questionnaire, scales={one: kept for one, kept in _items(questionnaire) if one != code})


def only_languages(choice: Choice, languages: Mapping[str, str]) -> Choice:
    """A choice with its words in these languages only."""
    return replace(choice, text={code: words for code, words in choice.text.items() if code in languages})


def spoken_scale(scale: Scale, languages: Mapping[str, str]) -> Scale:
    """A scale with its words in these languages only."""
    return replace(
        scale,
        points=tuple(only_languages(one, languages) for one in scale.points),
        anchors=tuple(only_languages(one, languages) for one in scale.anchors),
        extra=tuple(only_languages(one, languages) for one in scale.extra),
    )
