"""What stops publishing in rules and quoted answers: names nobody knows, looks forward, circles, impossible values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from forms.questionnaire.document import Questionnaire
from forms.questionnaire.errors import Problem, Problems
from forms.questionnaire.paging import quoted
from forms.questionnaire.parts import Question, Rule
from forms.questionnaire.rules import COMPARISONS, FACT, FACTS, OF, comparisons, names
from forms.questionnaire.schema import unknown
from translations import gettext as _

#: Rules that a question carries, and whether they may look at the question's own answer.
QUESTION_RULES: Final[Mapping[str, bool]] = {
    "shown_if": False,
    "na_if": False,
    "required_if": False,
    "valid_if": True,
    "critical_if": True,
    "finding_if": True,
    "ends_if": True,
}


def _all_rules(questionnaire: Questionnaire) -> Iterator[tuple[str, Rule, list[str]]]:
    """Every rule with its place and the codes it may look at: what was asked before."""
    before: list[str] = []
    for section in questionnaire.sections:
        if section.shown_if is not None:
            yield f"sections.{section.code}.shown_if", section.shown_if, list(before)
        for question in section.questions:
            yield from _question_rules(question, before)
            before += [part.code for part in question.parts]
    for question in questionnaire.follow_up.questions if questionnaire.follow_up else ():
        yield from _question_rules(question, before)
        before.append(question.code)
    if questionnaire.confirmation:
        yield "confirmation.confirmed_if", questionnaire.confirmation.confirmed_if, before
    for index, one in enumerate(questionnaire.automation, start=1):
        yield f"automation.{index}.when", one.when, before


def _question_rules(question: Question, before: list[str]) -> Iterator[tuple[str, Rule, list[str]]]:
    place = f"questions.{question.code}"
    for key, own in QUESTION_RULES.items():
        rule = getattr(question, key)
        if rule is not None:
            yield f"{place}.{key}", rule, [*before, *([part.code for part in question.parts] if own else [])]
    for choice in question.choices:
        if choice.shown_if is not None:
            yield f"{place}.choices.{choice.value}.shown_if", choice.shown_if, list(before)


def rules(questionnaire: Questionnaire) -> Problems:
    """Names that are not known or not asked before, and values that an answer never has."""
    for place, rule, before in _all_rules(questionnaire):
        for operator, name, value in comparisons(rule):
            yield from _name(questionnaire, name, before, place)
            if isinstance(value, Mapping):
                yield from _name(questionnaire, value[OF], before, place)
            elif operator in COMPARISONS and name in questionnaire.by_code:
                yield from _values(questionnaire.by_code[name], value, place)
    confirmation = questionnaire.confirmation
    if confirmation and confirmation.question not in questionnaire.by_code:
        name = confirmation.question
        message = unknown(_("unknown question '%(name)s'", name=name), name, questionnaire.by_code)
        yield Problem("confirmation.question", message)


def _name(questionnaire: Questionnaire, name: str, before: list[str], place: str) -> Problems:
    if name.startswith(FACT):
        if name[1:] not in FACTS:
            facts = [FACT + fact for fact in FACTS]
            yield Problem(place, unknown(_("unknown fact '%(name)s'", name=name), name, facts))
    elif name not in questionnaire.by_code:
        message = unknown(_("unknown question '%(name)s'", name=name), name, questionnaire.by_code)
        yield Problem(place, message)
    elif name not in before:
        yield Problem(place, _("The rule looks at %(name)s, which is not asked before.", name=name))


def quotes(questionnaire: Questionnaire) -> Problems:
    """Words that show an answer which is not known yet where they stand."""
    before: set[str] = set()
    for question in questionnaire.questions:
        for code in sorted(quoted(question) - before):
            place = f"questions.{question.code}.text"
            if code in questionnaire.by_code:
                yield Problem(place, _("The words show the answer to %(name)s, which is not asked before.", name=code))
            else:
                yield Problem(place, unknown(_("unknown question '%(name)s'", name=code), code, questionnaire.by_code))
        before.add(question.code)


def _values(question: Question, value: Any, place: str) -> Problems:
    """Values a rule compares with that the question can never have."""
    if not question.options:
        return
    possible = [one.value for one in question.options]
    for one in value if isinstance(value, list) else [value]:
        if one not in possible:
            message = _("%(name)s has no answer '%(value)s'", name=question.code, value=str(one))
            yield Problem(place, unknown(message, one, possible))


def cycles(questionnaire: Questionnaire) -> Problems:
    """Questions that are shown only because of each other. A cycle is named once, at its first question."""
    conditions = questionnaire.conditions
    graph = {
        one.code: sorted(names(conditions.get(one.code)) & questionnaire.by_code.keys())
        for one in questionnaire.questions
    }
    done: set[str] = set()
    for start in graph:
        path: list[str] = []
        stack = [(start, 0)]
        while stack:
            code, depth = stack.pop()
            del path[depth:]
            if code in path:
                circle = " → ".join([*path[path.index(code) :], code])
                yield Problem(
                    f"questions.{code}.shown_if", _("These rules go round in a circle: %(circle)s", circle=circle)
                )
                continue
            if code not in done:
                path.append(code)
                done.add(code)
                stack += [(other, depth + 1) for other in graph[code]]
