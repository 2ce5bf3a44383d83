"""An expression's tree → our rule.

XPath takes a missing answer for an empty text, our rules let a missing answer fail every comparison. Where the two
differ the rule says so in full, and what ``sayings`` writes for a rule is found again as that rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from forms.questionnaire.exchange.xlsform.expressions import (
    TURNED,
    Call,
    Chain,
    Compare,
    ExpressionError,
    Folded,
    Literal,
    Node,
    Paren,
    Ref,
    compared,
)
from forms.questionnaire.parts import Rule
from forms.questionnaire.rules import OF
from translations import gettext as _
from translations import isolate_ltr

#: What a ticked box holds in XForms.
TICKED: Final = "OK"
TODAY: Final = "@today"
_ORDER: Final = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
#: Functions around an answer that leave it as it is, for a comparison.
_PLAIN: Final = frozenset({"string", "number", "int", "decimal-time", "decimal-date-time", "date", "date-time"})
#: Functions that count, of which only "anything at all" is a question to rules.
_COUNTS: Final = frozenset({"count-selected", "string-length"})
_SOMETHING: Final = frozenset({(">", 0), ("!=", 0), (">=", 1)})
_NOTHING: Final = frozenset({("=", 0), ("<", 1), ("<=", 0)})


@dataclass(frozen=True)
class _Unequal:
    """``!=``, which means one thing beside "is answered" and another by itself."""

    name: str
    value: Any


@dataclass(frozen=True)
class _Same:
    """``=`` between two answers, which XPath also lets hold where both are missing."""

    name: str
    other: str


@dataclass(frozen=True)
class _Equal:
    """``=`` with a value; several in a row are one of a list."""

    name: str
    value: Any


_Part = dict[str, Any] | bool | _Unequal | _Same | _Equal


class Reader:
    """Reads trees as rules. ``code`` gives our code for a name, or raises ExpressionError for one that has none.

    ``own`` is the code that ``.`` stands for: inside a constraint its answer is always there.
    """

    def __init__(self, code: Callable[[str], str], own: str | None = None) -> None:
        self.code = code
        self.own = own

    def rule(self, node: Node) -> Rule | bool:
        """The rule, or whether it holds for every answer. Raises ExpressionError where no rule says this."""
        return self._alone(self._part(node))

    def _alone(self, part: _Part) -> dict[str, Any] | bool:
        if isinstance(part, _Equal):
            return {"eq": [part.name, part.value]}
        if isinstance(part, _Unequal):
            if self.own is not None and part.name == self.own and not isinstance(part.value, Mapping):
                return {"ne": [part.name, part.value]}
            if isinstance(part.value, Mapping):
                return {"not": self._alone(_Same(part.name, part.value[OF]))}
            return {"not": {"eq": [part.name, part.value]}}
        if isinstance(part, _Same):
            equal = {"eq": [part.name, {OF: part.other}]}
            if self.own in {part.name, part.other}:
                return equal
            return {"any": [equal, {"all": [{"empty": part.name}, {"empty": part.other}]}]}
        return part

    def _part(self, node: Node) -> _Part:
        if isinstance(node, Paren):
            return self._alone(self._part(node.inner))
        if isinstance(node, Folded):
            return node.holds
        if isinstance(node, Literal):
            return node.value not in {"", 0}
        if isinstance(node, Chain):
            return self._chain(node)
        if isinstance(node, Compare):
            return self._compare(node)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Ref):
            return {"answered": self._name(node)}
        raise ExpressionError(_("%(name)s stands for nothing here", name=isolate_ltr(node.name)))

    def _name(self, node: Node) -> str:
        """The name of the answer or fact that a side of a comparison stands for."""
        if isinstance(node, Paren):
            return self._name(node.inner)
        if isinstance(node, Ref):
            if node.name:
                return self.code(node.name)
            if self.own is None:
                raise ExpressionError(_("%(name)s stands for nothing here", name=isolate_ltr(".")))
            return self.own
        if isinstance(node, Call):
            if node.name == "today" and not node.arguments:
                return TODAY
            if node.name in _PLAIN and len(node.arguments) == 1:
                return self._name(node.arguments[0])
            raise ExpressionError(_unknown(node.name))
        raise ExpressionError(_("it compares something that is not an answer"))

    def _chain(self, node: Chain) -> _Part:
        """Conditions joined; ``true()`` and ``false()`` written out only mark a joint of one."""
        settles = node.joint == "or"
        marked, parts = False, []
        for item in node.items:
            part = self._part(item)
            if isinstance(part, bool):
                if part == settles:
                    return settles
                marked = marked or isinstance(item, Literal)
            else:
                parts.append(part)
        joined = _alternatives(parts, marked) if settles else _exclusions(parts, marked)
        found = [self._alone(one) for one in joined]
        if not found:
            return not settles
        if len(found) == 1 and (len(joined) < len(parts) or not marked or (settles and isinstance(parts[0], _Equal))):
            return found[0]
        return {"any" if settles else "all": found}

    def _compare(self, node: Compare) -> _Part:
        operator, left, right = node.operator, _bare(node.left), _bare(node.right)
        if isinstance(left, Literal) and isinstance(right, Literal):
            return compared(operator, left.value, right.value)
        if isinstance(left, Literal):
            turned = Literal(left.value, explicit=True) if left.value == TICKED else left
            return self._compare(Compare(TURNED[operator], right, turned))
        if isinstance(left, Call) and left.name in _COUNTS:
            return self._counted(left, operator, right)
        if isinstance(right, Literal):
            if isinstance(right.value, bool) and not (isinstance(left, Ref) or _is_today(left)):
                return self._truth(left, (operator == "=") == right.value)
            return self._with_value(self._name(left), operator, right)
        one, other = self._name(left), self._name(right)
        if operator == "=":
            return _Same(one, other)
        if operator == "!=":
            return _Unequal(one, {OF: other})
        return {_ORDER[operator]: [one, {OF: other}]}

    def _truth(self, node: Node, wanted: bool) -> _Part:
        part = self._alone(self._part(node))
        if isinstance(part, bool):
            return part == wanted
        return part if wanted else {"not": part}

    def _with_value(self, name: str, operator: str, literal: Literal) -> _Part:
        value = literal.value
        if operator in _ORDER:
            if isinstance(value, bool):
                raise ExpressionError(_("it puts true and false in an order"))
            return {_ORDER[operator]: [name, value]}
        if literal.explicit or value not in {"", TICKED}:
            return _Equal(name, value) if operator == "=" else _Unequal(name, value)
        if value == "":
            return {"empty" if operator == "=" else "answered": name}
        return {"holds": name} if operator == "=" else {"not": {"holds": name}}

    def _counted(self, call: Call, operator: str, right: Node) -> _Part:
        if len(call.arguments) == 1 and isinstance(right, Literal):
            if (operator, right.value) in _SOMETHING:
                return {"answered": self._name(call.arguments[0])}
            if (operator, right.value) in _NOTHING:
                return {"empty": self._name(call.arguments[0])}
        raise ExpressionError(_("rules do not count with %(name)s", name=isolate_ltr(call.name)))

    def _call(self, node: Call) -> _Part:
        arguments = node.arguments
        if node.name == "not" and len(arguments) == 1:
            inner = self._alone(self._part(arguments[0]))
            return not inner if isinstance(inner, bool) else {"not": inner}
        if node.name in {"selected", "jr:choice-selected"} and len(arguments) == 2:
            value = arguments[1]
            if not isinstance(value, Literal):
                raise ExpressionError(_("it looks for an answer among other answers"))
            return {"contains": [self._name(arguments[0]), _chosen(value)]}
        if node.name == "if" and len(arguments) == 3:
            when, then, other = (self._alone(self._part(one)) for one in arguments)
            return _either(when, then, other)
        if node.name == "boolean" and len(arguments) == 1:
            return self._part(arguments[0])
        raise ExpressionError(_unknown(node.name))


def _unknown(name: str) -> str:
    if name in {"+", "-", "*", "div", "mod"}:
        return _("it calculates with answers")
    return _("rules have nothing for %(name)s", name=isolate_ltr(f"{name}()"))


def _bare(node: Node) -> Node:
    """A side of a comparison without parentheses and without a clock around a text."""
    if isinstance(node, Paren):
        return _bare(node.inner)
    if isinstance(node, Call) and node.name in _PLAIN and len(node.arguments) == 1:
        inner = _bare(node.arguments[0])
        return inner if isinstance(inner, (Literal, Ref)) else node
    return node


def _is_today(node: Node) -> bool:
    return isinstance(node, Call) and node.name == "today"


def _chosen(literal: Literal) -> Any:
    """A choice as ``selected()`` names it, always as text: a number unless it is marked as a text."""
    value = literal.value
    if isinstance(value, str) and not literal.explicit and is_number(value):
        return int(value)
    return value


def is_number(name: str) -> bool:
    """Whether a choice's name is a whole number as it is written."""
    digits = name.removeprefix("-")
    return name.isascii() and digits.isdigit() and str(int(digits[:18])) == digits and name != "-0"


def _either(when: Rule | bool, then: Rule | bool, other: Rule | bool) -> _Part:
    def both(one: Rule | bool, two: Rule | bool) -> Rule | bool:
        if one is False or two is False:
            return False
        return two if one is True else one if two is True else {"all": [one, two]}

    if isinstance(when, bool):
        found = then if when else other
        return found if isinstance(found, bool) else dict(found)
    sides = [one for one in (both(when, then), both({"not": when}, other)) if one is not False]
    if then is True and other is True:
        return True
    return {"any": sides} if len(sides) > 1 else dict(sides[0]) if sides and not isinstance(sides[0], bool) else False


def _answered(part: _Part) -> str | None:
    return part["answered"] if isinstance(part, dict) and "answered" in part else None


def _alternatives(parts: Sequence[_Part], marked: bool) -> list[_Part]:
    """Parts joined by ``or``: several values of one answer are one list."""
    found: list[_Part] = []
    at = 0
    while at < len(parts):
        part, end = parts[at], at + 1
        if isinstance(part, _Equal):
            while end < len(parts) and _is_equal_of(parts[end], part.name):
                end += 1
            if end - at > 1 or (marked and len(parts) == 1):
                part = {"in": [part.name, [one.value for one in parts[at:end] if isinstance(one, _Equal)]]}
        found.append(part)
        at = end
    return found


def _is_equal_of(part: _Part, name: str) -> bool:
    return isinstance(part, _Equal) and part.name == name


def _exclusions(parts: Sequence[_Part], marked: bool) -> list[_Part]:
    """Parts joined by ``and``: "answered" beside comparisons says that a missing answer does not do."""
    found: list[_Part] = []
    at = 0
    while at < len(parts):
        part, end = _excluded(parts, at, marked)
        found.append(part)
        at = end
    return found


def _excluded(parts: Sequence[_Part], at: int, marked: bool) -> tuple[_Part, int]:
    part, then = parts[at], parts[at + 1] if at + 1 < len(parts) else None
    if isinstance(part, _Same) and then is not None and _answered(then) == part.name:
        return {"eq": [part.name, {OF: part.other}]}, at + 2
    name = _answered(part)
    if name is None:
        return part, at + 1
    last = parts[at + 2] if at + 2 < len(parts) else None
    if then is not None and isinstance(last, _Unequal) and last == _Unequal(name, {OF: _answered(then)}):
        return {"ne": [name, last.value]}, at + 3
    values: list[Any] = []
    for one in parts[at + 1 :]:
        if not isinstance(one, _Unequal) or one.name != name or isinstance(one.value, Mapping):
            break
        values.append(one.value)
    if not values:
        return part, at + 1
    listed = len(values) > 1 or (marked and len(parts) == 2)
    return {"not_in": [name, values]} if listed else {"ne": [name, values[0]]}, at + 1 + len(values)
