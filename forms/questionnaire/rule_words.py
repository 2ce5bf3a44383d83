"""A rule as words people read: the answer to “How satisfied…” (pv1) is at most 2 (Not very satisfied)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any, Final

from forms.questionnaire.document import Questionnaire
from forms.questionnaire.names import FACT_NAMES, FACT_VALUES, any_question, question_name, value_words
from forms.questionnaire.parts import Rule
from forms.questionnaire.rules import FACT, FACTS, JOINTS, NEGATION, OF, STATES
from translations import gettext as _
from translations import isolate
from translations import lazy_gettext as _l

#: Comparisons of an answer with a value.
COMPARED: Final[Mapping[str, Any]] = {
    "eq": _l("%(name)s is %(value)s"),
    "ne": _l("%(name)s is another than %(value)s"),
    "lt": _l("%(name)s is less than %(value)s"),
    "le": _l("%(name)s is at most %(value)s"),
    "gt": _l("%(name)s is more than %(value)s"),
    "ge": _l("%(name)s is at least %(value)s"),
    "in": _l("%(name)s is one of: %(value)s"),
    "not_in": _l("%(name)s is another than: %(value)s"),
    "contains": _l("%(name)s includes %(value)s"),
}
#: What is said of one question by itself.
STATED: Final[Mapping[str, Any]] = {
    "answered": _l("%(question)s is answered"),
    "empty": _l("%(question)s is not answered"),
    "holds": _l("%(question)s is ticked"),
}
JOINED: Final[Mapping[str, Any]] = {
    "all": _l("%(one)s and %(two)s"),
    "any": _l("%(one)s or %(two)s"),
}


def rule_words(rule: Rule, questionnaire: Questionnaire, own: str = "") -> str:
    """A rule in the reader's language, with the questions' words and codes and the choices' words.

    ``own`` is the code of the question that carries the rule: its answer is called "this answer". A name that nobody
    knows stands as it is, so that a draft with a loose end can still be read.
    """
    ((operator, operand),) = rule.items()
    if operator in JOINTS:
        parts = [_inner(one, questionnaire, own) for one in operand]
        return reduce(lambda one, two: str(JOINED[operator]) % {"one": one, "two": two}, parts)
    if operator == NEGATION:
        return _negated(rule_words(operand, questionnaire, own))
    if operator in STATES:
        return _state(operator, str(operand), questionnaire)
    return _comparison(operator, operand[0], operand[1], questionnaire, own)


def _negated(words: str) -> str:
    return _("it is not so that (%(rule)s)", rule=words)


def _inner(rule: Rule, questionnaire: Questionnaire, own: str) -> str:
    """One of several rules; one that joins others itself stands in brackets."""
    words = rule_words(rule, questionnaire, own)
    joined = next(iter(rule)) in JOINTS and len(next(iter(rule.values()))) > 1
    return f"({words})" if joined else words


def _state(operator: str, name: str, questionnaire: Questionnaire) -> str:
    if name.startswith(FACT):
        fact = str(FACT_NAMES.get(name[1:], isolate(name)))
        if operator == "holds" and FACTS.get(name[1:]) is bool:
            return fact
        states = {"answered": _("it is known: %(fact)s", fact=fact), "empty": _("it is not known: %(fact)s", fact=fact)}
        return states.get(operator) or _("it is so: %(fact)s", fact=fact)
    question = any_question(questionnaire, name)
    return str(STATED[operator]) % {"question": question_name(question) if question else isolate(name)}


def _name(name: str, questionnaire: Questionnaire, own: str = "") -> str:
    """An answer or a fact as one side of a comparison."""
    if name.startswith(FACT):
        return str(FACT_NAMES.get(name[1:], isolate(name)))
    if name == own:
        return _("this answer")
    question = any_question(questionnaire, name)
    return _("the answer to %(question)s", question=question_name(question) if question else isolate(name))


def _comparison(operator: str, name: str, value: Any, questionnaire: Questionnaire, own: str) -> str:
    fact = name.removeprefix(FACT) if name.startswith(FACT) else ""
    if FACTS.get(fact) is bool and isinstance(value, bool) and operator in {"eq", "ne"}:
        words = str(FACT_NAMES[fact])
        return words if (operator == "eq") is value else _negated(words)
    filled = {"name": _name(name, questionnaire, own), "value": _value(name, value, questionnaire, own)}
    return str(COMPARED[operator]) % filled


def _value(name: str, value: Any, questionnaire: Questionnaire, own: str) -> str:
    if isinstance(value, Mapping):
        return _name(value[OF], questionnaire, own)
    if isinstance(value, list):
        return ", ".join(_value(name, one, questionnaire, own) for one in value)
    if (name.removeprefix(FACT), value) in FACT_VALUES:
        return str(FACT_VALUES[name.removeprefix(FACT), value])
    return value_words(any_question(questionnaire, name), value)
