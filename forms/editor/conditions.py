"""A rule as rows that people fill in: what, how it compares, with which value; and back to a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from forms.questionnaire import expressions
from forms.questionnaire.document import Questionnaire
from forms.questionnaire.editing import every_question
from forms.questionnaire.editing.codes import CODE
from forms.questionnaire.names import FACT_NAMES
from forms.questionnaire.parts import Question, Rule, Value
from forms.questionnaire.rules import COMPARISONS, FACT, FACTS, JOINTS, NEGATION, OF, STATES
from translations import gettext as _
from translations import lazy_gettext as _l
from translations import localised

ROWS: Final = "rows"
TEXT: Final = "text"
#: Comparisons and states in words, as a row offers them.
WORDS: Final[Mapping[str, Any]] = {
    "eq": _l("is"),
    "ne": _l("is answered otherwise than"),
    "le": _l("is at most"),
    "ge": _l("is at least"),
    "lt": _l("is less than"),
    "gt": _l("is more than"),
    "in": _l("is one of"),
    "not_in": _l("is answered, and none of"),
    "contains": _l("includes"),
    "answered": _l("is answered"),
    "empty": _l("is not answered"),
    "holds": _l("is ticked, or so"),
}
_SEVERAL: Final = frozenset({"in", "not_in"})
_NUMBERS: Final = frozenset({"int", "number", "minutes", "duration"})


class Row(NamedTuple):
    """One row as typed."""

    name: str
    operator: str
    value: str


class Asked:
    """The questions that rules may name, by code; statements by their own."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.by_code: dict[str, Question] = {}
        for question in every_question(questionnaire):
            for part in question.parts:
                self.by_code[part.code] = part
        self.by_folded = {code.casefold(): code for code in self.by_code}

    def name(self, typed: str) -> str:
        """A typed name as it is known, whatever its capitals; a name that nobody knows stays as typed."""
        return typed if typed in self.by_code else self.by_folded.get(typed.casefold(), typed)

    def value(self, name: str, typed: str) -> Any:
        """A typed value as the named answer would have it: by its code, or by its words in any language."""
        if typed.startswith(f"{OF}(") and typed.endswith(")"):
            return {OF: self.name(typed[len(OF) + 1 : -1].strip())}
        question = self.by_code.get(name)
        if question is not None and question.options:
            return _option(question, typed)
        if FACTS.get(name.removeprefix(FACT)) is bool and name.startswith(FACT):
            return {"true": True, "false": False}.get(typed.casefold(), typed)
        if question is not None and question.type not in _NUMBERS:
            return typed
        return _scalar(typed)

    def by_value(self, rule: Rule | None) -> Rule | None:
        """A rule written as text, with the values of answers in the place of their words."""
        if rule is None:
            return None
        ((operator, operand),) = rule.items()
        if operator in JOINTS:
            return {operator: [self.by_value(one) for one in operand]}
        if operator == NEGATION:
            return {operator: self.by_value(operand)}
        if operator not in COMPARISONS or operand[0] not in self.by_code:
            return rule
        name, value = operand
        if isinstance(value, list):
            return {operator: [name, [self._meant(name, one) for one in value]]}
        return {operator: [name, self._meant(name, value)]}

    def _meant(self, name: str, value: Any) -> Any:
        question = self.by_code[name]
        return _option(question, value) if isinstance(value, str) and question.options else value


def _option(question: Question, typed: str) -> Value:
    """The value that is meant: by its code, its words in any language, or the code and words as a list offers them."""
    if typed in question.by_value:
        return question.by_value[typed].value
    for one in question.options:
        if typed.casefold() in {words.casefold() for words in one.text.values()}:
            return one.value
    code = typed.replace("\N{EN DASH}", "-").partition(" - ")[0].strip()
    if code in question.by_value:
        return question.by_value[code].value
    found = _scalar(typed)
    return found if isinstance(found, int) else typed


def _scalar(typed: str) -> Any:
    try:
        return int(typed)
    except ValueError:
        pass
    try:
        return float(typed) if typed.replace(".", "", 1).lstrip("-").isdecimal() else typed
    except ValueError:
        return typed


def shown_value(value: Any) -> str:
    """A value as a row shows it."""
    if isinstance(value, Mapping):
        return f"{OF}({value[OF]})"
    if isinstance(value, list):
        return ", ".join(shown_value(one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def read_row(row: Row, asked: Asked) -> Rule:
    """The comparison a row says. Raises ValueError in the reader's language."""
    name = asked.name(row.name)
    plain = name.removeprefix(FACT)
    if not plain or not CODE.fullmatch(plain):
        raise ValueError(_("Choose the question that the condition looks at."))
    if row.operator in STATES:
        return {row.operator: name}
    if row.operator not in COMPARISONS:
        raise ValueError(_("Choose how the answer is compared."))
    if not row.value:
        raise ValueError(_("Write the value that %(name)s is compared with.", name=name))
    if row.operator in _SEVERAL:
        return {row.operator: [name, [asked.value(name, one.strip()) for one in row.value.split(",") if one.strip()]]}
    return {row.operator: [name, asked.value(name, row.value)]}


def rows_of(rule: Rule | None, asked: Asked) -> tuple[str, list[Row]] | None:
    """A rule as a joint and rows; None where rows cannot say exactly this."""
    if rule is None:
        return "all", []
    ((operator, operand),) = rule.items()
    joint, parts = (operator, operand) if operator in JOINTS and len(operand) > 1 else ("all", [rule])
    rows = [_row(one) for one in parts]
    found = [row for row in rows if row is not None]
    if len(found) != len(rows):
        return None
    try:
        same = [read_row(row, asked) for row in found] == [dict(one) for one in parts]
    except ValueError:
        return None
    return (joint, found) if same and not _typed_otherwise(found, parts, asked) else None


def _row(rule: Rule) -> Row | None:
    ((operator, operand),) = rule.items()
    if operator in STATES:
        return Row(operand, operator, "")
    if operator in COMPARISONS:
        return Row(operand[0], operator, shown_value(operand[1]))
    return None


def _typed_otherwise(rows: list[Row], parts: list[Rule], asked: Asked) -> bool:
    """Whether a value would come back as another type that only looks equal: 1 for true, 2.0 for 2."""
    return any(
        expressions.write(read_row(row, asked)) != expressions.write(part)
        for row, part in zip(rows, parts, strict=True)
    )


def names_before(questionnaire: Questionnaire, code: str, *, own: bool) -> list[tuple[str, str]]:
    """(name, words) of everything a rule at a place may look at: what is asked before it, and the facts.

    ``code`` is the question or section that has the rule; ``own`` lets it look at its own answer.
    """
    found: list[tuple[str, str]] = []
    for section in questionnaire.sections:
        if section.code == code and not any(one.code == code for one in section.questions):
            break
        for question in section.questions:
            if question.code == code:
                found += _named(question) if own else []
                return found + _facts()
            found += _named(question)
    else:
        for question in questionnaire.follow_up.questions if questionnaire.follow_up else ():
            if question.code == code:
                found += _named(question) if own else []
                break
            found += _named(question)
    return found + _facts()


def _named(question: Question) -> list[tuple[str, str]]:
    return [(part.code, localised(part.text) or part.code) for part in question.parts if part.type != "note"]


def _facts() -> list[tuple[str, str]]:
    return [(FACT + name, str(FACT_NAMES.get(name, name))) for name in FACTS]
