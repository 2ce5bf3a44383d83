"""New questions and sections: where they come to stand, and what a preset brings along."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from forms.questionnaire.document import FollowUp, Questionnaire, Section, Thanks
from forms.questionnaire.editing.codes import fresh
from forms.questionnaire.editing.presets import Preset, presets
from forms.questionnaire.editing.scales import add_scale, spoken_scale
from forms.questionnaire.editing.tree import (
    QUESTIONS,
    SECTIONS,
    kind_and_code,
    question_codes,
    refuse,
    section_of,
    with_section,
)
from forms.questionnaire.parts import Question, Statement
from translations import gettext as _


def add_section(
    questionnaire: Questionnaire, after: str = "", *, title: dict[str, str] | None = None, code: str = ""
) -> tuple[Questionnaire, str]:
    """The questionnaire with an empty section after another one (at the end without one), and the new one's code."""
    codes = [section.code for section in questionnaire.sections]
    made = Section(code=fresh(code, codes, fallback="section"), title=title or {})
    position = codes.index(after) + 1 if after in codes else len(codes)
    sections = list(questionnaire.sections)
    sections.insert(position, made)
    return replace(questionnaire, sections=tuple(sections)), made.code


def add_question(
    questionnaire: Questionnaire,
    where: str,
    preset: str,
    *,
    taken: Collection[str] = (),
    code: str = "",
) -> tuple[Questionnaire, str]:
    """The questionnaire with a new question, and its code.

    ``where`` is ``questions.<code>`` to stand after a question, ``sections.<code>`` to stand last in a section; where
    neither is there it stands last of all, in a section that is made if need be. ``taken`` are codes that were
    published once, which are not given again.
    """
    found = presets().get(preset)
    if found is None:
        raise refuse(where, _("There is no such kind of question."))
    changed, question = from_preset(questionnaire, found, taken, code)
    if found.call_back:
        return _add_call_back(changed, question, taken), question.code
    if found.praise:
        return _add_praise(changed, question), question.code
    kind, name = kind_and_code(where)
    section = section_of(changed, name) if kind == QUESTIONS else None
    if section is None and kind == SECTIONS:
        section = next((one for one in changed.sections if one.code == name), None)
    if section is None:
        if not changed.sections:
            changed, _made = add_section(changed, code="main")
        section = changed.sections[-1]
    if not section.scored:
        question = replace(question, points=None)  # points belong to scored sections
    asked = list(section.questions)
    codes = [one.code for one in asked]
    asked.insert(codes.index(name) + 1 if kind == QUESTIONS and name in codes else len(asked), question)
    return with_section(changed, section.code, questions=tuple(asked)), question.code


def from_preset(
    questionnaire: Questionnaire, preset: Preset, taken: Collection[str], wish: str = ""
) -> tuple[Questionnaire, Question]:
    """A preset's question in the languages of the questionnaire, and the questionnaire with the scale it needs."""
    used = {*question_codes(questionnaire), *taken}
    template = preset.question
    question = replace(
        _spoken(template, questionnaire),
        code=fresh(wish or template.code, used),
        statements=(),
    )
    used.add(question.code)
    statements: list[Statement] = []
    for one in template.statements:
        statements.append(replace(one, code=fresh(f"{question.code}_{len(statements) + 1}", used)))
        used.add(statements[-1].code)
    question = replace(question, statements=tuple(statements))
    if template.scale is None:
        return questionnaire, question
    changed, scale = add_scale(questionnaire, spoken_scale(template.scale, questionnaire.languages))
    return changed, replace(question, scale=scale)


def _spoken(question: Question, questionnaire: Questionnaire) -> Question:
    """A question with its words in the questionnaire's languages only."""
    kept = questionnaire.languages

    def words(text: Any) -> dict[str, str]:
        return {code: said for code, said in text.items() if code in kept}

    return replace(
        question,
        text=words(question.text),
        hint=words(question.hint),
        unit=words(question.unit),
        variants={name: words(text) for name, text in question.variants.items()},
        choices=tuple(replace(one, text=words(one.text)) for one in question.choices),
    )


def _add_call_back(questionnaire: Questionnaire, consent: Question, taken: Collection[str]) -> Questionnaire:
    """The call-back at the end: the consent, and the telephone that only its tick asks for."""
    if questionnaire.follow_up is not None:
        raise refuse("follow_up", _("The questionnaire offers a call-back already."))
    used = {*question_codes(questionnaire), consent.code, *taken}
    phone = presets()["phone"].question
    ticked = {"holds": consent.code}
    asked = replace(
        _spoken(phone, questionnaire),
        code=fresh("callback_phone", used),
        dir="ltr",
        required=True,
        shown_if={"all": [{"eq": ["@link", "open"]}, ticked]},
    )
    return replace(questionnaire, follow_up=FollowUp(consent=consent, phone=asked))


def _add_praise(questionnaire: Questionnaire, praise: Question) -> Questionnaire:
    thanks = questionnaire.thanks or Thanks(text={})
    if thanks.praise is not None:
        raise refuse("thanks", _("The page of thanks has its line already."))
    return replace(questionnaire, thanks=replace(thanks, praise=praise))
