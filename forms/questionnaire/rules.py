"""Rules as data: one operator table, judged over answers already given and a few facts; which questions are asked.

A rule is a mapping with one operator: ``{"any": [{"le": ["pv1", 2]}, {"eq": ["@link", "open"]}]}``. A name is the code
of a question, or ``@`` and a fact of the context; ``{"of": name}`` in place of a value compares with another answer or
fact. **A missing answer makes every comparison false**, on either side, ``ne`` and ``not_in`` included; to let the
unanswered through, write ``{"not": {"in": …}}``. A number and a word are never equal and never ordered, so "hard to
say" is not less than three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from forms.questionnaire.document import Questionnaire
from forms.questionnaire.parts import Answers, Context, Question, Rule, Stored, Value
from forms.questionnaire.types import TYPES

FACT: Final = "@"
#: Facts that rules may ask for: path in the context, and what it holds.
FACTS: Final[Mapping[str, type]] = {
    "link": str,
    "no_branch": bool,
    "scenario.has_appointment": bool,
    "scenario.has_account": bool,
    "no_callback_promised": bool,
    "today": str,
}
#: In place of a value: the answer or fact with that name.
OF: Final = "of"
#: Three values: None is "not known yet", for questions that are still on the same page.
Verdict = bool | None


def _same_kind(answer: Any, value: Any) -> bool:
    return isinstance(answer, str) == isinstance(value, str) and isinstance(answer, bool) == isinstance(value, bool)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """An order relation over numbers, or over texts such as ISO dates; false between the two."""
    return lambda answer, value: (
        isinstance(answer, (int, float, str))
        and isinstance(value, (int, float, str))
        and _same_kind(answer, value)
        and not isinstance(answer, bool)
        and compare(answer, value)
    )


def _equal(answer: Any, value: Any) -> bool:
    return _same_kind(answer, value) and eq(answer, value)


def _among(answer: Any, values: Any) -> bool:
    return any(_equal(answer, value) for value in values)


#: Comparisons of an answer with a value. They are only asked when there is an answer.
COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": _equal,
    "ne": lambda answer, value: not _equal(answer, value),
    "lt": _ordered(lt),
    "le": _ordered(le),
    "gt": _ordered(gt),
    "ge": _ordered(ge),
    "in": _among,
    "not_in": lambda answer, values: not _among(answer, values),
    "contains": lambda answer, value: isinstance(answer, list) and _among(value, answer),
}
#: The same comparison read from the other side: ``a < b`` says what ``b > a`` says. All that may stand beside ``of``.
MIRRORED: Final[Mapping[str, str]] = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
#: Statements about one answer or fact by itself; None stands for a missing one.
STATES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "answered": lambda answer: answer is not None,
    "empty": lambda answer: answer is None,
    "holds": lambda answer: answer is True,
}


def _all(verdicts: list[Verdict]) -> Verdict:
    return False if False in verdicts else None if None in verdicts else True


def _any(verdicts: list[Verdict]) -> Verdict:
    return True if True in verdicts else None if None in verdicts else False


#: Joining several rules, by Kleene's logic of three values.
JOINTS: Final[Mapping[str, Callable[[list[Verdict]], Verdict]]] = {"all": _all, "any": _any}
NEGATION: Final = "not"
OPERATORS: Final = (*COMPARISONS, *STATES, *JOINTS, NEGATION)


def _fact(name: str, context: Context) -> Any:
    found: Any = context
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _lookup(name: str, answers: Answers, context: Context) -> Any:
    """An answer or a fact; None when it is missing. Empty text and an empty list are no answers."""
    found = _fact(name[1:], context) if name.startswith(FACT) else answers.get(name)
    return None if found in ("", []) else found


def _referred(value: Any) -> str | None:
    """The name of the answer or fact that a value stands for; None for a value that stands for itself."""
    return value[OF] if isinstance(value, Mapping) else None


def judge(rule: Rule, answers: Answers, context: Context, pending: Set[str] = frozenset()) -> Verdict:
    """A rule's verdict; None when it hangs on a question in ``pending``, whose answer is not known yet."""
    ((operator, operand),) = rule.items()
    if operator in JOINTS:
        return JOINTS[operator]([judge(one, answers, context, pending) for one in operand])
    if operator == NEGATION:
        inner = judge(operand, answers, context, pending)
        return None if inner is None else not inner
    if operator in STATES:
        return None if operand in pending else STATES[operator](_lookup(operand, answers, context))
    name, value = operand
    other = _referred(value)
    waits = other in pending
    if other is not None and not waits:
        value = _lookup(other, answers, context)
    answer = _lookup(name, answers, context)
    if (answer is None and name not in pending) or value is None:
        return False
    if waits or name in pending:
        return None
    return COMPARISONS[operator](answer, value)


def evaluate(rule: Rule | None, answers: Answers, context: Context) -> bool:
    """Whether a rule holds; no rule holds always. Answers of hidden questions must not be among ``answers``."""
    return rule is None or judge(rule, answers, context) is True


def comparisons(rule: Rule) -> Iterator[tuple[str, str, Any]]:
    """Every (operator, name, value) in a rule; the value of a statement is None."""
    ((operator, operand),) = rule.items()
    if operator in JOINTS:
        for one in operand:
            yield from comparisons(one)
    elif operator == NEGATION:
        yield from comparisons(operand)
    elif operator in STATES:
        yield operator, operand, None
    else:
        yield operator, operand[0], operand[1]


def names(rule: Rule | None) -> frozenset[str]:
    """The codes of questions a rule looks at; facts are left out."""
    found = [(name, _referred(value)) for _operator, name, value in comparisons(rule)] if rule else []
    return frozenset(name for pair in found for name in pair if name and not name.startswith(FACT))


def asked(question: Question, context: Context) -> bool:
    """Whether a person answers this question at all: a reference is asked only where the context names its choices."""
    return question.type != "ref" or bool(context.get("refs", {}).get(question.code))


def not_applicable(question: Question, answers: Answers, context: Context) -> bool:
    """Whether a rule takes the item out, whatever was answered."""
    return question.na_if is not None and evaluate(question.na_if, answers, context)


def offered(question: Question, answers: Answers, context: Context) -> frozenset[Value] | None:
    """The values of the choices that are offered, given the answers before; None where nothing hangs on a rule."""
    if not question.filtered:
        return None
    return frozenset(one.value for one in question.choices if evaluate(one.shown_if, answers, context))


def on_offer(question: Question, value: Stored | None, answers: Answers, context: Context) -> Stored | None:
    """What is left of an answer once choices that are not offered are taken out; None for nothing."""
    among = offered(question, answers, context)
    if among is None or value is None:
        return value
    if isinstance(value, list):
        return [one for one in value if one in among] or None
    return value if value in among else None


def words_beside(question: Question, value: Stored | None) -> bool:
    """Whether the answer chose something that words stand beside, such as "Other"."""
    chosen = value if isinstance(value, list) else [value]
    return any(one in question.others for one in chosen)


def settle(
    questionnaire: Questionnaire, question: Question, answers: Answers, counting: dict[str, Stored], context: Context
) -> bool:
    """Whether a question is asked; if so, put what counts of ``answers`` about it among those ``counting`` already."""
    rule = questionnaire.conditions.get(question.code)
    if rule is not None and judge(rule, counting, context) is not True:
        return False
    if not TYPES[question.type].asks:
        return True
    if question.taken:
        if (value := answers.get(question.code)) is not None:
            counting[question.code] = value
    elif not_applicable(question, counting, context):
        if question.scale and question.scale.extra:
            counting[question.code] = question.scale.extra[0].value
    elif (value := on_offer(question, answers.get(question.code), counting, context)) is not None:
        counting[question.code] = value
    if question.comment_code in answers:
        counting[question.comment_code] = answers[question.comment_code]
    if question.others and question.other_code in answers and words_beside(question, counting.get(question.code)):
        counting[question.other_code] = answers[question.other_code]
    return True


def walk(questionnaire: Questionnaire, answers: Answers, context: Context) -> tuple[list[Question], dict[str, Stored]]:
    """Which questions are asked and which answers count, each judged by what counts of the questions before it."""
    counting: dict[str, Stored] = {}
    found = [one for one in questionnaire.questions if settle(questionnaire, one, answers, counting, context)]
    return found, counting


def shown(questionnaire: Questionnaire, answers: Answers, context: Context) -> list[Question]:
    """The questions asked, given these answers. A rule sees only answers of questions that are shown themselves."""
    return walk(questionnaire, answers, context)[0]


def kept(questionnaire: Questionnaire, answers: Answers, context: Context) -> dict[str, Stored]:
    """The answers that count: of shown questions, with their comments; a rule's N/A replaces what was answered."""
    return walk(questionnaire, answers, context)[1]


def is_required(question: Question, answers: Answers, context: Context) -> bool:
    """Whether an answer is demanded of somebody who is asked this question.

    None is where there is nothing to answer with: a note, or choices of which none is offered.
    """
    if not question.required and (question.required_if is None or not evaluate(question.required_if, answers, context)):
        return False
    return TYPES[question.type].asks and offered(question, answers, context) != frozenset()


def is_unfit(question: Question, answers: Answers, context: Context) -> bool:
    """Whether the question's own answer, which is among ``answers``, breaks its condition."""
    return question.valid_if is not None and not evaluate(question.valid_if, answers, context)


def reduce(rule: Rule, answers: Answers, context: Context, pending: Set[str]) -> Rule | bool:
    """What is left of a rule once everything known is worked in: a verdict, or a rule over ``pending`` questions only.

    This is what a browser mirrors; it needs no facts and no answers of earlier pages.
    """
    verdict = judge(rule, answers, context, pending)
    if verdict is not None:
        return verdict
    ((operator, operand),) = rule.items()
    if operator in JOINTS:
        inner = [reduce(one, answers, context, pending) for one in operand]
        return {operator: [one for one in inner if not isinstance(one, bool)]}
    if operator == NEGATION:
        return {NEGATION: reduce(operand, answers, context, pending)}
    if operator in STATES:
        return rule
    name, value = operand
    other = _referred(value)
    if name not in pending:
        return {MIRRORED[operator]: [value[OF], _lookup(name, answers, context)]}
    if other is None or other in pending:
        return rule
    return {operator: [name, _lookup(other, answers, context)]}
