"""Values in rules as the questions they look at have them: XLSForm knows only texts, our answers have kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from forms.questionnaire.exchange.xlsform.conditions import TICKED
from forms.questionnaire.parts import STANDING
from forms.questionnaire.rules import COMPARISONS

_NUMBERS: Final = frozenset({"int", "number", "minutes", "duration"})
_WORDS: Final = frozenset({"text", "line", "email", "phone", "ref", "date", "time", "datetime"})
_LISTS: Final = frozenset({"multiple", "ranking"})


class Settler:
    """Fits rules to questions. ``look`` gives the document of a question by its code, ``options`` its values."""

    def __init__(
        self,
        look: Callable[[str], Mapping[str, Any] | None],
        options: Callable[[Mapping[str, Any]], list[Any]],
    ) -> None:
        self.look = look
        self.options = options

    def settle(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """The rule with every value as an answer would have it."""
        ((operator, operand),) = rule.items()
        if operator in {"all", "any"}:
            return {operator: [self.settle(one) for one in operand]}
        if operator == "not":
            return {operator: self.settle(operand)}
        if operator == "holds":
            return self._ticked(operand)
        if operator not in COMPARISONS:
            return dict(rule)
        name, value = operand
        question = self.look(name)
        if question is None or isinstance(value, Mapping):
            return dict(rule)
        return self._compared(operator, name, value, question)

    def _ticked(self, name: str) -> dict[str, Any]:
        """``= 'OK'`` is a tick, and of any other question a plain comparison."""
        question = self.look(name)
        if question is None or question["type"] == "checkbox":
            return {"holds": name}
        return self._compared("eq", name, TICKED, question)

    def _compared(self, operator: str, name: str, value: Any, question: Mapping[str, Any]) -> dict[str, Any]:
        kind = question["type"]
        if kind == "checkbox" and value in (TICKED, True) and operator in {"eq", "ne"}:
            return {"holds": name} if operator == "eq" else {"not": {"holds": name}}
        fitted = (
            [self._value(one, question) for one in value] if isinstance(value, list) else self._value(value, question)
        )
        if kind in _LISTS and operator == "eq":
            others = [one for one in self.options(question) if one != fitted]
            return {"all": [{"contains": [name, fitted]}, *({"not": {"contains": [name, one]}} for one in others)]}
        if operator == "contains" and kind not in _LISTS:
            return {"eq": [name, fitted]}
        return {operator: [name, fitted]}

    def _value(self, value: Any, question: Mapping[str, Any]) -> Any:
        options = {str(one): one for one in self.options(question)}
        if options:
            return options.get(_name(value), value)
        if question["type"] in _NUMBERS and isinstance(value, str):
            return _numeric(value)
        if question["type"] in _WORDS and isinstance(value, (int, float)) and not isinstance(value, bool):
            return _name(value)
        return value


def standing(question: Mapping[str, Any], scales: Mapping[str, Any]) -> list[Any]:
    """The values a question can have, in order; none for one that is answered freely."""
    if "choices" in question:
        return [one["value"] for one in question["choices"]]
    name = question.get("scale")
    if isinstance(name, str) and name in scales:
        scale = scales[name]
        steps = [one["value"] for one in scale.get("points", ())]
        if not steps and "min" in scale:
            steps = list(range(scale["min"], scale["max"] + 1))
        return steps + [one["value"] for one in scale.get("extra", ())]
    return [one.value for one in STANDING.get(question["type"], ())]


def _name(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _numeric(value: str) -> Any:
    try:
        number = float(value)
    except ValueError:
        return value
    if number != number or number in (float("inf"), float("-inf")):
        return value
    return int(number) if number.is_integer() and "." not in value else number
