"""Which answers say that somebody should call the customer: a table of reasons, each looked for by what it measures.

Pure: no database. A campaign may say it by a rule of its own over the answers; the reasons then only name it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from forms.questionnaire.definition import Questionnaire
from forms.questionnaire.parts import Question, Rule
from forms.questionnaire.rules import evaluate, kept
from forms.questionnaire.score import score
from translations import lazy_gettext as _l

LOW_SCORE, PROBLEM, CRITICAL, PROMISE, RULE = "low_score", "problem", "critical", "promise", "rule"
#: Reason -> what it is called, in the order in which they say what a case is about.
TRIGGERS: Final[Mapping[str, Any]] = {
    PROMISE: _l("A promise was not kept"),
    PROBLEM: _l("A problem was not handled"),
    CRITICAL: _l("A critical item failed"),
    LOW_SCORE: _l("A low score"),
    RULE: _l("An answer that the campaign's rule names"),
}
#: Reason -> the subject of the case that begins with it.
SUBJECTS: Final[Mapping[str, str]] = {
    PROMISE: "promise",
    PROBLEM: "mistake",
    CRITICAL: "service",
    LOW_SCORE: "service",
    RULE: "service",
}
#: What a question measures -> the answers that are low, of a problem not handled, or of a promise not kept.
_LOW: Final[Mapping[str, Callable[[Any], bool]]] = {
    "csat": lambda value: isinstance(value, int) and 1 <= value <= 2,
    "nps": lambda value: isinstance(value, int) and 0 <= value <= 6,
}
_NOT_HANDLED: Final = frozenset({"not_handled", "not_reported"})
_NOT_KEPT: Final = frozenset({"not_yet"})


def _low(question: Question, value: Any) -> bool:
    low = _LOW.get(question.measure or "")
    return low is not None and low(value)


def _unhandled(question: Question, value: Any) -> bool:
    return question.measure == "problem_group" and value in _NOT_HANDLED


def _broken(question: Question, value: Any) -> bool:
    return question.measure == "promise" and value in _NOT_KEPT


_BY_QUESTION: Final[Mapping[str, Callable[[Question, Any], bool]]] = {
    PROMISE: _broken,
    PROBLEM: _unhandled,
    LOW_SCORE: _low,
}


def found(
    definition: Questionnaire,
    answers: Mapping[str, Any],
    context: Mapping[str, Any],
    rule: Rule | None = None,
) -> tuple[str, ...]:
    """The reasons that answers give, in the order of :data:`TRIGGERS`; none where nobody need call.

    ``rule`` is the campaign's own (``Rules.follow_up``): it decides alone whether there is a reason.
    """
    given = kept(definition, answers, context)
    if rule is not None and not evaluate(rule, given, context):
        return ()
    reasons = {
        code
        for code, holds in _BY_QUESTION.items()
        if any(holds(one, given[one.code]) for one in definition.questions if one.code in given)
    }
    if any(one.is_critical for one in definition.questions) and score(definition, given, context).critical_failed:
        reasons.add(CRITICAL)
    if rule is not None and not reasons:
        reasons.add(RULE)
    return tuple(code for code in TRIGGERS if code in reasons)


def subject(reasons: Sequence[str]) -> str:
    """What a case is about that begins with some reasons."""
    return next((SUBJECTS[code] for code in TRIGGERS if code in reasons), "other")
