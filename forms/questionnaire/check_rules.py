"""What stops publishing in rules and quoted answers: names nobody knows, looks forward, circles, impossible values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from forms.questionnaire.document import Questionnaire
from forms.questionnaire.errors import Problem, Problems
from forms.questionnaire.markup import PLACEHOLDERS
from forms.questionnaire.paging import ANSWER
from forms.questionnaire.parts import Question, Rule, Text
from forms.questionnaire.rules import COMPARISONS, FACT, FACTS, OF, comparisons, names
from forms.questionnaire.schema import unknown
from forms.questionnaire.types import CHOICE, CHOICES, FILES, MOMENT, NUMBER, TICK, TYPES, WORDS
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


def _as_stored(question: Question, value: Any) -> bool:
    """Whether a date or time stands as answers are stored (2026-03-09, 09:05): they are compared sign by sign."""
    try:
        return isinstance(value, str) and TYPES[question.type].parse(question, [value]) == value
    except ValueError:
        return False


#: Which kinds of answers each operator can judge; a missing operator judges all of them.
JUDGED: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("lt", "le", "gt", "ge"), frozenset({CHOICE, NUMBER, MOMENT})),
    **dict.fromkeys(("eq", "ne", "in", "not_in"), frozenset({CHOICE, NUMBER, MOMENT, WORDS, TICK})),
    "contains": frozenset({CHOICES}),
    "holds": frozenset({TICK}),
    **dict.fromkeys(("answered", "empty"), frozenset({CHOICE, CHOICES, NUMBER, MOMENT, WORDS, TICK, FILES})),
}
#: What a value has to be that is compared with an answer of a kind. A choice's values are looked at one by one.
VALUES: Final[Mapping[str, Callable[[Question, Any], bool]]] = {
    NUMBER: lambda _question, value: isinstance(value, (int, float)) and not isinstance(value, bool),
    WORDS: lambda _question, value: isinstance(value, str),
    TICK: lambda _question, value: isinstance(value, bool),
    MOMENT: _as_stored,
}
#: The fact that is a day.
TODAY: Final = f"{FACT}today"
#: The kind of answer that any other fact is.
FACT_KINDS: Final[Mapping[type, str]] = {bool: TICK, str: WORDS}


def rules(questionnaire: Questionnaire) -> Problems:
    """Names that are not known or not asked before, and comparisons that can never be true."""
    for place, rule, before in _all_rules(questionnaire):
        for operator, name, value in comparisons(rule):
            yield from _name(questionnaire, name, before, place)
            kind = _kind(questionnaire, name)
            if kind is not None and kind not in JUDGED[operator]:
                message = _("%(name)s has no answer that '%(operator)s' could judge.", name=name, operator=operator)
                yield Problem(place, message)
            elif isinstance(value, Mapping):
                yield from _name(questionnaire, value[OF], before, place)
                yield from _pair(questionnaire, name, value[OF], place)
            elif operator in COMPARISONS and name in questionnaire.by_code:
                yield from _values(
                    questionnaire.by_code[name], value, place, ordered=operator in {"lt", "le", "gt", "ge"}
                )
    confirmation = questionnaire.confirmation
    if confirmation and confirmation.question not in questionnaire.by_code:
        name = confirmation.question
        message = unknown(_("unknown question '%(name)s'", name=name), name, questionnaire.by_code)
        yield Problem("confirmation.question", message)
    yield from _ends(questionnaire)


def _kind(questionnaire: Questionnaire, name: str) -> str | None:
    """What kind of answer a name stands for; None for a name that nobody knows."""
    if name == TODAY:
        return MOMENT
    if name.startswith(FACT):
        return FACT_KINDS.get(FACTS.get(name[1:], object))
    question = questionnaire.by_code.get(name)
    return TYPES[question.type].stored if question else None


def _pair(questionnaire: Questionnaire, name: str, other: str, place: str) -> Problems:
    """Two answers that are compared with each other must be of one kind."""
    kinds = [_kind(questionnaire, one) for one in (name, other)]
    numeric = [one and _numeric(questionnaire, one) for one in (name, other)]
    alike = kinds[0] == kinds[1] or all(numeric) or set(kinds) <= {CHOICE, WORDS}
    if None not in kinds and not alike:
        yield Problem(place, _("%(name)s and %(other)s are never alike.", name=name, other=other))


def _numeric(questionnaire: Questionnaire, name: str) -> bool:
    """Whether an answer may be a number: typed, or chosen on a scale of numbers."""
    question = questionnaire.by_code.get(name)
    return question is not None and (
        TYPES[question.type].stored == NUMBER or any(isinstance(one.value, int) for one in question.options)
    )


def _ends(questionnaire: Questionnaire) -> Problems:
    """An end after the last question ends nothing."""
    filled = [section for section in questionnaire.sections if section.questions]
    last = filled[-1].questions[-1] if filled else None
    if last is not None and last.ends_if is not None:
        yield Problem(
            f"questions.{last.code}.ends_if", _("No question comes after this one, so there is no end to make.")
        )


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


def _values(question: Question, value: Any, place: str, *, ordered: bool) -> Problems:
    """Values a rule compares with that the question can never have, or that stand in no order with its answers."""
    values = value if isinstance(value, list) else [value]
    possible = [one.value for one in question.options]
    fits = VALUES.get(TYPES[question.type].stored)
    for one in values:
        if possible and one not in possible:
            message = _("%(name)s has no answer '%(value)s'", name=question.code, value=str(one))
            yield Problem(place, unknown(message, one, possible))
        elif (possible and ordered and isinstance(one, str)) or (fits and not fits(question, one)):
            message = _(
                "'%(value)s' is nothing that answers to %(name)s are compared with.", value=str(one), name=question.code
            )
            yield Problem(place, message)


#: Anything in braces that reads like the name of a value.
_BRACES: Final = re.compile(r"\{([A-Za-z_]+)\}")


def quotes(questionnaire: Questionnaire) -> Problems:
    """Words that show an answer which is not known yet where they stand, or a value that nobody knows."""
    before: set[str] = set()
    for question in questionnaire.questions:
        for place, text in _rendered(question):
            for code in sorted({code for words in text.values() for code in ANSWER.findall(words)} - before):
                yield from _quote(questionnaire, code, f"questions.{question.code}.{place}")
        if TYPES[question.type].asks:
            before.add(question.code)
    inside = {id(text) for question in questionnaire.questions for _place, text in _rendered(question)}
    for place, text in questionnaire.texts():
        for words in text.values():
            for name in sorted(set(_BRACES.findall(words)) - set(PLACEHOLDERS)):
                yield Problem(
                    place, unknown(_("unknown value '%(value)s'", value="{" + name + "}"), name, PLACEHOLDERS)
                )
        if id(text) not in inside and any(ANSWER.search(words) for words in text.values()):
            yield Problem(place, _("Only the words of a question and of its choices can show an answer."))


def _rendered(question: Question) -> Iterator[tuple[str, Text]]:
    """The texts of a question that may show earlier answers, with the end of their places."""
    yield "text", question.text
    yield "hint", question.hint
    yield from ((f"variants.{name}", text) for name, text in question.variants.items())
    yield from ((f"choices.{one.value}.text", one.text) for one in question.options)


def _quote(questionnaire: Questionnaire, code: str, place: str) -> Problems:
    question = questionnaire.by_code.get(code)
    if question is None:
        yield Problem(place, unknown(_("unknown question '%(name)s'", name=code), code, questionnaire.by_code))
    elif not TYPES[question.type].asks:
        yield Problem(place, _("%(name)s is never answered, so there is nothing to show.", name=code))
    else:
        yield Problem(place, _("The words show the answer to %(name)s, which is not asked before.", name=code))


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
