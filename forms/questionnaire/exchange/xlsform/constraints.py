"""A constraint ↔ what our questions have for it: bounds, lengths, patterns, choices that exclude, and else a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeGuard

from forms.questionnaire import figures, patterns
from forms.questionnaire.exchange.xlsform.conditions import Reader
from forms.questionnaire.exchange.xlsform.expressions import (
    TURNED,
    Call,
    Chain,
    Compare,
    ExpressionError,
    Literal,
    Node,
    Paren,
    Ref,
    parse,
)
from forms.questionnaire.exchange.xlsform.sayings import Speaker, quoted
from forms.questionnaire.parts import Number, Question
from translations import gettext as _

#: Bounds that a type has by itself, and that a form has to say.
RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "int": figures.INT_RANGE,
    "minutes": figures.MINUTES_RANGE,
    "duration": figures.DURATION_RANGE,
}
#: What a form says for types whose words have a shape of their own.
SHAPES: Final[Mapping[str, str]] = {
    "email": r"[^\s@]+@[^\s@]+\.[^\s@]+",
    "phone": r"\+?[0-9() -]{7,20}",
}
_WORDS: Final = frozenset({"text", "line", "email", "phone", "ref"})
_NUMBERS: Final = frozenset({"int", "number", "minutes", "duration"})
_LISTS: Final = frozenset({"multiple", "ranking"})


def _plain(node: Node) -> Node:
    while isinstance(node, Paren):
        node = node.inner
    return node


def _parts(node: Node) -> list[Node]:
    """The conditions that must all hold."""
    bare = _plain(node)
    return [part for item in bare.items for part in _parts(item)] if _is_all(bare) else [node]


def _is_all(node: Node) -> TypeGuard[Chain]:
    return isinstance(node, Chain) and node.joint == "and"


def _bound(part: Node, counted: Callable[[Node], bool]) -> tuple[str, Number] | None:
    """A comparison of what ``counted`` knows with a number, the number on the right."""
    bare = _plain(part)
    if not isinstance(bare, Compare):
        return None
    operator, left, right = bare.operator, _plain(bare.left), _plain(bare.right)
    if isinstance(left, Literal):
        operator, left, right = TURNED[operator], right, left
    if not (isinstance(right, Literal) and counted(left)) or isinstance(right.value, (str, bool)):
        return None
    return operator, right.value


def _is_own(node: Node, own: str) -> bool:
    return isinstance(node, Ref) and node.name in {"", own}


def _is_count(node: Node, name: str, own: str) -> bool:
    return isinstance(node, Call) and node.name == name and len(node.arguments) == 1 and _is_own(node.arguments[0], own)


class Constraint:
    """Reads one question's constraint into ``data``, its document so far. ``own`` is its name in the form."""

    def __init__(self, data: dict[str, Any], own: str, whole: bool, reader: Reader) -> None:
        self.data = data
        self.own = own
        self.whole = whole
        self.reader = reader
        self.kind = data["type"]

    def read(self, text: str) -> Mapping[str, Any] | None:
        """Set what has a key; the rest as a rule, None for nothing. Raises ExpressionError for what none can say."""
        parts = _parts(parse(text))
        left = [part for part in parts if not self._taken(part)]
        if not left:
            return None
        rule = self.reader.rule(left[0] if len(left) == 1 else Chain("and", tuple(left)))
        if rule is False:
            raise ExpressionError(_("no answer could ever be given"))
        return None if rule is True else rule

    def _taken(self, part: Node) -> bool:
        return (
            (self.kind in _NUMBERS and self._range(part))
            or (self.kind in _LISTS and (self._count(part) or self._exclusive(part)))
            or (self.kind in _WORDS and (self._length(part) or self._pattern(part)))
        )

    def _set(self, operator: str, number: Number, step: int) -> bool:
        """Keep a lowest or highest number; a strict one only where the next number is known."""
        if operator in {">=", ">"} and (operator == ">=" or step):
            low = number if operator == ">=" else number + step
            self.data["min"] = max(low, self.data.get("min", low))
        elif operator in {"<=", "<"} and (operator == "<=" or step):
            high = number if operator == "<=" else number - step
            self.data["max"] = min(high, self.data.get("max", high))
        elif operator == "=" and step:
            self.data["min"] = self.data["max"] = number
        else:
            return False
        return True

    def _range(self, part: Node) -> bool:
        found = _bound(part, lambda node: _is_own(node, self.own))
        if found is None or (self.whole and not float(found[1]).is_integer()):
            return False
        operator, number = found
        return self._set(operator, int(number) if self.whole else number, 1 if self.whole else 0)

    def _count(self, part: Node) -> bool:
        found = _bound(part, lambda node: _is_count(node, "count-selected", self.own))
        return found is not None and self._set(found[0], found[1], 1)

    def _length(self, part: Node) -> bool:
        found = _bound(part, lambda node: _is_count(node, "string-length", self.own))
        if found is None or not float(found[1]).is_integer():
            return False
        operator, number = found[0], int(found[1])
        if operator in {"<=", "<"} and 1 <= number - (operator == "<") <= 10_000:
            most = number - (operator == "<")
            self.data["max_chars"] = min(most, self.data.get("max_chars", most))
            return True
        least = number + (operator == ">")
        if operator in {">=", ">", "="} and 0 < least <= 500 and "pattern" not in self.data:
            self.data["pattern"] = f".{{{least}}}" if operator == "=" else f".{{{least},}}"
            return True
        return operator in {">", ">="} and least <= 1

    def _pattern(self, part: Node) -> bool:
        bare = _plain(part)
        if not (isinstance(bare, Call) and bare.name == "regex" and len(bare.arguments) == 2):
            return False
        node, literal = bare.arguments
        if not _is_own(node, self.own) or not isinstance(literal, Literal) or "pattern" in self.data:
            return False
        pattern = str(literal.value)
        if SHAPES.get(self.kind) == pattern:
            return True
        if not pattern or patterns.problem(pattern):
            raise ExpressionError(_("the pattern is broken, or could take too long to judge"))
        self.data["pattern"] = pattern
        return True

    def _exclusive(self, part: Node) -> bool:
        """``not(selected(., 'none') and count-selected(.) > 1)``: a choice that rules out every other."""
        bare = _plain(part)
        if not (isinstance(bare, Call) and bare.name == "not" and len(bare.arguments) == 1) or self.kind != "multiple":
            return False
        inner = _plain(bare.arguments[0])
        if not (_is_all(inner) and len(inner.items) == 2):
            return False
        chosen, count = (_plain(item) for item in inner.items)
        if isinstance(chosen, Compare):
            chosen, count = count, chosen
        if not (isinstance(chosen, Call) and chosen.name == "selected" and _is_own(chosen.arguments[0], self.own)):
            return False
        if _bound(count, lambda node: _is_count(node, "count-selected", self.own)) not in {(">", 1), (">=", 2)}:
            return False
        name = chosen.arguments[1]
        for choice in self.data["choices"]:
            if isinstance(name, Literal) and str(choice["value"]) == str(name.value):
                choice["exclusive"] = True
                return True
        return False


def _number(number: Number) -> str:
    return str(int(number)) if float(number).is_integer() else format(number, "f").rstrip("0")


def written(question: Question, speaker: Speaker, choice: Callable[[int | str], str]) -> str:
    """A question's constraint: everything it asks of its own answer. Raises Unsayable for what cannot be said."""
    low, high = RANGES.get(question.type, (None, None))
    counted = "count-selected(.)" if question.type in _LISTS else "."
    low = low if question.min is None else question.min  # type: ignore[assignment]
    high = high if question.max is None else question.max  # type: ignore[assignment]
    parts = []
    bounded = question.type in _NUMBERS | _LISTS
    if bounded and low is not None:
        parts.append(f"{counted} >= {_number(low)}")
    if bounded and high is not None:
        parts.append(f"{counted} <= {_number(high)}")
    if question.max_chars is not None:
        parts.append(f"string-length(.) <= {question.max_chars}")
    if pattern := question.pattern or SHAPES.get(question.type):
        parts.append(f"regex(., {quoted(pattern)})")
    parts += [
        f"not(selected(., {quoted(choice(one.value))}) and count-selected(.) > 1)"
        for one in question.choices
        if one.exclusive and question.type == "multiple"
    ]
    if question.valid_if is not None:
        parts.append(speaker.within(question.valid_if) if parts else speaker.say(question.valid_if))
    return " and ".join(parts)
