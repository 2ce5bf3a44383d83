"""Everything that names a question by its code: rules, quoted answers, indexes. A new code is taken over everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, Final

from forms.questionnaire.check_rules import QUESTION_RULES
from forms.questionnaire.document import Index, Questionnaire
from forms.questionnaire.editing.tree import every_question, rewrite, with_sections
from forms.questionnaire.paging import ANSWER, quoted
from forms.questionnaire.parts import Choice, Question, Rule, Text
from forms.questionnaire.rules import JOINTS, NEGATION, OF, STATES, names

Codes = Mapping[str, str]
_TEXTS: Final = tuple(one.name for one in fields(Question) if "words" in one.metadata)


def renamed_rule(rule: Rule | None, codes: Codes) -> Rule | None:
    """A rule that names the new codes in place of the old ones."""
    if rule is None:
        return None
    ((operator, operand),) = rule.items()
    if operator in JOINTS:
        return {operator: [renamed_rule(one, codes) for one in operand]}
    if operator == NEGATION:
        return {operator: renamed_rule(operand, codes)}
    if operator in STATES:
        return {operator: codes.get(operand, operand)}
    name, value = operand
    if isinstance(value, Mapping):
        value = {OF: codes.get(value[OF], value[OF])}
    return {operator: [codes.get(name, name), value]}


def renamed_text(text: Text, codes: Codes) -> Text:
    """A text that quotes the answers under their new codes."""
    return {
        language: ANSWER.sub(lambda found: f"{{answer:{codes.get(found[1], found[1])}}}", words)
        for language, words in text.items()
    }


def _choice(choice: Choice, codes: Codes) -> Choice:
    return replace(choice, text=renamed_text(choice.text, codes), shown_if=renamed_rule(choice.shown_if, codes))


def renamed_question(question: Question, codes: Codes) -> Question:
    """A question whose rules and words name the new codes; its own code and those of its statements as well."""
    changes: dict[str, Any] = {key: renamed_rule(getattr(question, key), codes) for key in QUESTION_RULES}
    changes |= {key: renamed_text(getattr(question, key), codes) for key in _TEXTS}
    return replace(
        question,
        code=codes.get(question.code, question.code),
        variants={name: renamed_text(text, codes) for name, text in question.variants.items()},
        choices=tuple(_choice(one, codes) for one in question.choices),
        statements=tuple(
            replace(one, code=codes.get(one.code, one.code), text=renamed_text(one.text, codes))
            for one in question.statements
        ),
        **changes,
    )


def _index(index: Index, codes: Codes) -> Index:
    parts = (replace(part, question=codes.get(part.question, part.question)) for part in index.questions)
    return replace(index, questions=tuple(parts))


def rename(questionnaire: Questionnaire, codes: Codes) -> Questionnaire:
    """The questionnaire with questions under new codes, and everything that names them."""
    changed = rewrite(questionnaire, lambda question: renamed_question(question, codes))
    changed = with_sections(changed, lambda one: replace(one, shown_if=renamed_rule(one.shown_if, codes)))
    confirmation = changed.confirmation
    if confirmation is not None:
        confirmation = replace(
            confirmation,
            question=codes.get(confirmation.question, confirmation.question),
            confirmed_if=renamed_rule(confirmation.confirmed_if, codes) or confirmation.confirmed_if,
        )
    return replace(
        changed,
        indexes={code: _index(one, codes) for code, one in changed.indexes.items()},
        confirmation=confirmation,
        automation=tuple(replace(one, when=renamed_rule(one.when, codes) or one.when) for one in changed.automation),
    )


def _questions_rules(question: Question) -> Iterator[Rule | None]:
    yield from (getattr(question, key) for key in QUESTION_RULES)
    yield from (choice.shown_if for choice in question.choices)


def users_of(questionnaire: Questionnaire, code: str) -> list[str]:
    """The places that look at a question's answer, in order; the question's own rules left out."""
    found = [
        f"questions.{question.code}"
        for question in every_question(questionnaire)
        if question.code != code
        and (code in quoted(question) or any(code in names(rule) for rule in _questions_rules(question)))
    ]
    found += [f"sections.{one.code}" for one in questionnaire.sections if code in names(one.shown_if)]
    return found + [
        f"indexes.{index.code}"
        for index in questionnaire.indexes.values()
        if any(part.question == code for part in index.questions)
    ]
