"""Our rule → an expression of XLSForm that means the same and reads as that rule again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from forms.questionnaire.exchange.xlsform.conditions import TICKED, TODAY, is_number
from forms.questionnaire.exchange.xlsform.expressions import MOST_CHARS
from forms.questionnaire.parts import Rule
from forms.questionnaire.rules import OF

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?")
_CLOCK: Final = re.compile(r"\d\d:\d\d(:\d\d)?")
_SIGNS: Final = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}


class Unsayable(ValueError):
    """A rule for which XLSForm has no words."""


def quoted(text: str) -> str:
    """A text as XPath writes it, which has no sign that escapes."""
    if "${" in text:
        raise Unsayable(text)
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    pieces = text.split("'")
    return "concat(" + ', "\'", '.join(f"'{piece}'" for piece in pieces) + ")"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true()" if value else "false()"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        written = format(Decimal(repr(value)), "f")
        return written if "." in written else f"{written}.0"
    if value in {"", TICKED}:
        return f"string('{value}')"
    if value.translate({0x2018: None, 0x2019: None, 0x201C: None, 0x201D: None}) != value:
        # Reading takes typographic marks for plain ones.
        raise Unsayable(value)
    return quoted(value)


def _choice(value: int | str) -> str:
    if isinstance(value, int):
        return f"'{value}'"
    return f"string({quoted(value)})" if is_number(value) else _value(value)


class Speaker:
    """Writes rules. ``name`` gives the form's name for a code or a fact; ``own`` is the code written as ``.``."""

    def __init__(self, name: Callable[[str], str], own: str | None = None) -> None:
        self.name = name
        self.own = own

    def say(self, rule: Rule) -> str:
        """The expression. Raises Unsayable for what XLSForm has no words for."""
        text, _joined = self._say(rule)
        if len(text) > MOST_CHARS:
            raise Unsayable(text)
        return text

    def within(self, rule: Rule) -> str:
        """The expression as it stands inside a longer one."""
        text, joined = self._say(rule)
        return f"({text})" if joined else text

    def _ref(self, name: str) -> str:
        if name == TODAY:
            return "today()"
        if self.own is not None and name == self.own:
            return "."
        return f"${{{self.name(name)}}}"

    def _say(self, rule: Rule) -> tuple[str, bool]:
        """The expression, and whether it is several joined ones."""
        ((operator, operand),) = rule.items()
        if operator in {"all", "any"}:
            return self._joint(operator, operand), True
        if operator == "not":
            return f"not({self._say(operand)[0]})", False
        if operator in _STATES:
            return _STATES[operator].format(self._ref(operand)), False
        name, value = operand
        ref = self._ref(name)
        if isinstance(value, Mapping):
            return self._with_other(operator, ref, self._ref(value[OF]))
        return _COMPARISONS[operator](ref, value)

    def _with_other(self, operator: str, ref: str, other: str) -> tuple[str, bool]:
        if operator in _SIGNS:
            return f"{ref} {_SIGNS[operator]} {other}", False
        if operator == "eq":
            return f"{ref} = {other} and {ref} != ''", True
        if operator == "ne":
            return f"{ref} != '' and {other} != '' and {ref} != {other}", True
        raise Unsayable(operator)

    def _joint(self, operator: str, operand: list[Rule]) -> str:
        joint, nothing = (" and ", "true()") if operator == "all" else (" or ", "false()")
        parts = []
        for one in operand:
            text, joined = self._say(one)
            # Values of one answer side by side would read as one list of them.
            parts.append(f"({text})" if joined or (operator == "any" and "eq" in one) else text)
        return joint.join(parts if len(parts) > 1 else [*parts, nothing])


_STATES: Final = {"answered": "{} != ''", "empty": "{} = ''", "holds": "{} = '" + TICKED + "'"}


def _ordered(sign: str) -> Callable[[str, Any], tuple[str, bool]]:
    def say(ref: str, value: Any) -> tuple[str, bool]:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return f"{ref} {sign} date{'-time' if 'T' in value else ''}('{value}')", False
        if isinstance(value, str) and _CLOCK.fullmatch(value):
            return f"decimal-time({ref}) {sign} decimal-time('{value}')", False
        return f"{ref} {sign} {_value(value)}", False

    return say


def _among(ref: str, values: list[Any]) -> tuple[str, bool]:
    listed = [f"{ref} = {_value(one)}" for one in values]
    return " or ".join(listed if len(listed) > 1 else [*listed, "false()"]), True


def _none_of(ref: str, values: list[Any]) -> tuple[str, bool]:
    listed = [f"{ref} != ''", *(f"{ref} != {_value(one)}" for one in values)]
    return " and ".join(listed if len(listed) > 2 else [*listed, "true()"]), True


_COMPARISONS: Final[Mapping[str, Callable[[str, Any], tuple[str, bool]]]] = {
    "eq": lambda ref, value: (f"{ref} = {_value(value)}", False),
    "ne": lambda ref, value: (f"{ref} != '' and {ref} != {_value(value)}", True),
    **{operator: _ordered(sign) for operator, sign in _SIGNS.items()},
    "in": _among,
    "not_in": _none_of,
    "contains": lambda ref, value: (f"selected({ref}, {_choice(value)})", False),
}
