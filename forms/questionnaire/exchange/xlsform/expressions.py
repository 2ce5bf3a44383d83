"""The expressions of XLSForm (a part of XPath 1.0) as a tree: read here, given meaning in ``conditions``.

A tree says what was written, parentheses included, so that a rule may be written down and found again unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from translations import gettext as _
from translations import isolate_ltr

#: The longest expression, and the deepest that parentheses may nest.
MOST_CHARS: Final = 30_000
MOST_DEEP: Final = 40
MOST_DIGITS: Final = 400


class ExpressionError(ValueError):
    """An expression that says something rules cannot; the message says what, in the reader's language."""


@dataclass(frozen=True)
class Literal:
    """A value. ``explicit`` ones were written as a call (``true()``, ``string('x')``, ``date('…')``)."""

    value: str | int | float | bool
    explicit: bool = False


@dataclass(frozen=True)
class Ref:
    """Another answer, ``${name}``; the question's own, ``.``, has an empty name."""

    name: str


@dataclass(frozen=True)
class Column:
    """A bare name: a column of the choices sheet, in a choice filter."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Compare:
    """Two things compared: ``=``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Chain:
    """Conditions joined by ``and`` or by ``or``."""

    joint: str
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Paren:
    """What stands in parentheses."""

    inner: Node


@dataclass(frozen=True)
class Folded:
    """A condition that came out the same for every answer once values had been put in."""

    holds: bool


Node = Literal | Ref | Column | Call | Compare | Chain | Paren | Folded

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?|\.\d+)
    |(?P<text>"[^"]*"|'[^']*')
    |\$\{\s*(?P<ref>[^}\s]+)\s*\}
    |(?P<name>[^\W\d][\w.\-]*)
    |(?P<sign>!=|<=|>=|\.\.|[=<>()+*,.\-/\[\]|])
    )""",
    re.VERBOSE,
)
_CURLY: Final = {ord("\u2018"): "'", ord("\u2019"): "'", ord("\u201c"): '"', ord("\u201d"): '"'}
#: Which sign a comparison has once its sides are exchanged.
TURNED: Final = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


def _divided(left: float, right: float) -> float:
    if right == 0:
        raise ExpressionError(_("it divides by zero"))
    return left / right


def _rest(left: float, right: float) -> float:
    if right == 0:
        raise ExpressionError(_("it divides by zero"))
    return left % right


_SUMS: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "div": _divided,
    "mod": _rest,
}
_LOOSE: Final = ("+", "-")
_TIGHT: Final = ("*", "div", "mod")


def _tokens(text: str) -> list[tuple[str, str]]:
    if len(text) > MOST_CHARS:
        raise ExpressionError(_("it is longer than %(max)s characters", max=MOST_CHARS))
    text = text.translate(_CURLY).strip()
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise ExpressionError(_("it cannot be read from %(rest)s on", rest=isolate_ltr(text[at : at + 20])))
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Parser:
    """One expression, from the loosest binding to the tightest."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.deep = 0

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else ("end", "")

    def take(self, *signs: str) -> str | None:
        kind, value = self.peek()
        if kind in {"sign", "name"} and value in signs:
            self.at += 1
            return value
        return None

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise ExpressionError(_("%(sign)s is missing", sign=isolate_ltr(sign)))

    def whole(self) -> Node:
        node = self.chain("or", lambda: self.chain("and", self.comparison))
        if self.peek()[0] != "end":
            raise ExpressionError(_("it cannot be read from %(rest)s on", rest=isolate_ltr(self.peek()[1])))
        return node

    def chain(self, joint: str, inner: Callable[[], Node]) -> Node:
        items = [inner()]
        while self.take(joint):
            items.append(inner())
        return items[0] if len(items) == 1 else Chain(joint, tuple(items))

    def comparison(self) -> Node:
        left = self.sums(_LOOSE, lambda: self.sums(_TIGHT, self.atom))
        operator = self.take(*_COMPARED)
        if operator is None:
            return left
        return Compare(operator, left, self.sums(_LOOSE, lambda: self.sums(_TIGHT, self.atom)))

    def sums(self, signs: tuple[str, ...], inner: Callable[[], Node]) -> Node:
        left = inner()
        for _count in range(MOST_DEEP):
            operator = self.take(*signs)
            if operator is None:
                return left
            left = _calculated(operator, left, inner())
        raise ExpressionError(_("it calculates at too great a length"))

    def atom(self) -> Node:
        kind, value = self.peek()
        self.at += 1
        if kind == "number":
            if len(value) > MOST_DIGITS:
                raise ExpressionError(_("it holds a number that is too long"))
            return Literal(float(value) if "." in value else int(value))
        if kind == "text":
            return Literal(value[1:-1])
        if kind == "ref":
            return Ref(value)
        if kind == "name":
            return self.call(value) if self.peek() == ("sign", "(") else Column(value)
        if value == "." and kind == "sign":
            return Ref("")
        if value == "-" and kind == "sign":
            return _calculated("-", Literal(0), self.nested(self.atom))
        if value == "(" and kind == "sign":
            inner = self.nested(lambda: self.chain("or", lambda: self.chain("and", self.comparison)))
            self.need(")")
            return Paren(inner)
        if value in {"/", ".."}:
            raise ExpressionError(_("paths into the form are not supported"))
        raise ExpressionError(_("it ends too early") if kind == "end" else _("it is not well formed"))

    def call(self, name: str) -> Node:
        self.need("(")
        arguments: list[Node] = []
        while not self.take(")"):
            arguments.append(self.nested(lambda: self.chain("or", lambda: self.chain("and", self.comparison))))
            if self.peek() != ("sign", ")"):
                self.need(",")
        if self.peek() in {("sign", "/"), ("sign", "[")}:
            raise ExpressionError(_("paths into the form are not supported"))
        return _called(name, tuple(arguments))

    def nested(self, inner: Callable[[], Node]) -> Node:
        self.deep += 1
        if self.deep > MOST_DEEP:
            raise ExpressionError(_("its parentheses are nested too deep"))
        node = inner()
        self.deep -= 1
        return node


def _number(node: Node) -> float | None:
    inner = node.inner if isinstance(node, Paren) else node
    value = inner.value if isinstance(inner, Literal) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _calculated(operator: str, left: Node, right: Node) -> Node:
    """A sum of numbers is worked out; one over answers stays, for the reader to refuse."""
    one, other = _number(left), _number(right)
    if one is None or other is None:
        return Call(operator, (left, right))
    result = _SUMS[operator](one, other)
    return Literal(int(result) if float(result).is_integer() and not isinstance(left, Paren) else result)


#: Calls that stand for a value.
_CONSTANTS: Final = {"true": True, "false": False}
#: Calls around one text that say what the text is.
_AS_IT_STANDS: Final = frozenset({"string", "date", "date-time"})


def _called(name: str, arguments: tuple[Node, ...]) -> Node:
    if name in _CONSTANTS and not arguments:
        return Literal(_CONSTANTS[name], explicit=True)
    texts = [one.value for one in arguments if isinstance(one, Literal) and isinstance(one.value, str)]
    if len(texts) == len(arguments) and texts:
        if name in _AS_IT_STANDS and len(texts) == 1:
            return Literal(texts[0], explicit=True)
        if name == "concat":
            return Literal("".join(texts))
    return Call(name, arguments)


def parse(text: str) -> Node:
    """The tree of an expression. Raises ExpressionError for what is broken or beyond this part of XPath."""
    return _Parser(text).whole()


def compared(operator: str, left: str | float, right: str | float) -> bool:
    """Two values compared as XPath does: as numbers where one is a number or the order is asked for."""
    if isinstance(left, bool) or isinstance(right, bool):
        return _COMPARED[operator](bool(left), bool(right))
    if not (isinstance(left, str) and isinstance(right, str)) or operator not in {"=", "!="}:
        try:
            left, right = float(left), float(right)
        except ValueError:
            return operator == "!="
    return _COMPARED[operator](left, right)


def fold(node: Node, columns: Mapping[str, str]) -> Node:
    """The tree with the columns of one choice put in, and what follows from them worked out.

    Raises ExpressionError for a column that is not there.
    """
    if isinstance(node, Column):
        if node.name not in columns:
            raise ExpressionError(_("the choices have no column %(name)s", name=isolate_ltr(node.name)))
        return Literal(columns[node.name])
    if isinstance(node, Paren):
        inner = fold(node.inner, columns)
        return inner if isinstance(inner, (Literal, Folded)) else Paren(inner)
    if isinstance(node, Call):
        return _called(node.name, tuple(fold(one, columns) for one in node.arguments))
    if isinstance(node, Compare):
        left, right = fold(node.left, columns), fold(node.right, columns)
        if isinstance(left, Literal) and isinstance(right, Literal):
            return Folded(compared(node.operator, left.value, right.value))
        return replace(node, left=left, right=right)
    if isinstance(node, Chain):
        return _chained(node.joint, [fold(one, columns) for one in node.items])
    return node


def _chained(joint: str, items: list[Node]) -> Node:
    """Conditions of which some are settled: those that change nothing fall out, one that decides is all."""
    settles = joint == "or"
    left = [one for one in items if not (isinstance(one, Folded) and one.holds != settles)]
    if any(isinstance(one, Folded) for one in left):
        return Folded(settles)
    if not left:
        return Folded(not settles)
    if len(left) == 1 and len(items) > 1:
        return left[0].inner if isinstance(left[0], Paren) else left[0]
    return Chain(joint, tuple(left))


def refs(node: Node) -> frozenset[str]:
    """The names of the answers a tree looks at; the question's own is an empty name."""
    inner: tuple[Node, ...] = ()
    if isinstance(node, Ref):
        return frozenset({node.name})
    if isinstance(node, Paren):
        inner = (node.inner,)
    elif isinstance(node, Call):
        inner = node.arguments
    elif isinstance(node, Compare):
        inner = (node.left, node.right)
    elif isinstance(node, Chain):
        inner = node.items
    return frozenset().union(*(refs(one) for one in inner))
