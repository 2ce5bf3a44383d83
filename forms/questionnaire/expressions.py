"""Rules as a line of text that people can write and read, there and back without loss.

``pv1 <= 2 and not (pv2 in [cash, cards])``. Comparisons are ``= != < <= > >= in, not in, contains``; states are written
``answered(pv1)``, ``empty(pv1)``, ``holds(pv_callback)``; rules are joined by ``and`` and ``or``, or by ``all(…)`` and
``any(…)``. A value is a number, a bare word, words between quotes, ``true`` or ``false``, or ``of(pv1)`` for another
answer. A name that is also a word of the language stands between backquotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from forms.questionnaire.parts import Rule
from forms.questionnaire.rules import COMPARISONS, JOINTS, NEGATION, OF, STATES
from translations import gettext as _

#: How a comparison is written, and what else is understood.
SIGNS: Final[Mapping[str, str]] = {
    "eq": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
    "in": "in", "not_in": "not in", "contains": "contains",
}  # fmt: skip
_BY_SIGN: Final = {sign: operator for operator, sign in SIGNS.items()} | {"==": "eq", "<>": "ne"}
_WORDS: Final = {"all": "and", "any": "or"}
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "contains", "true", "false", OF, *JOINTS, *STATES})
_NAME: Final = re.compile(r"@?[A-Za-z][A-Za-z0-9_.-]*")
#: How deep a rule may be nested, and how long its text may be.
DEEPEST: Final = 120
LONGEST: Final = 5_000

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]))
    | (?P<text>"(?:[^"\\]|\\.)*")
    | (?P<quoted>`[^`]*`)
    | (?P<sign><=|>=|!=|<>|==|=|<|>)
    | (?P<mark>[()\[\],])
    | (?P<word>@?[^\W\d][\w.-]*)
    )""",
    re.VERBOSE,
)


class ExpressionError(ValueError):
    """A text that is no rule; ``column`` counts its characters from 1."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__(_("At character %(column)s: %(message)s", column=column, message=message))
        self.column = column


class Token(NamedTuple):
    """A piece of the text: what sort it is, what it says, and where it begins (from 1)."""

    sort: str
    text: str
    column: int


# ---- writing ---------------------------------------------------------------------------------------------------------


def write(rule: Rule | None) -> str:
    """A rule as text; empty for none."""
    return "" if rule is None else _write(rule, inside=False)


def _write(rule: Rule, *, inside: bool) -> str:
    ((operator, operand),) = rule.items()
    if operator in JOINTS:
        if len(operand) < 2:
            return f"{operator}({', '.join(_write(one, inside=False) for one in operand)})"
        joined = f" {_WORDS[operator]} ".join(_write(one, inside=True) for one in operand)
        return f"({joined})" if inside else joined
    if operator == NEGATION:
        inner = _write(operand, inside=False)
        return f"not {inner}" if next(iter(operand)) in STATES else f"not ({inner})"
    if operator in STATES:
        return f"{operator}({_name(operand)})"
    return f"{_name(operand[0])} {SIGNS[operator]} {_value(operand[1])}"


def _name(name: str) -> str:
    return f"`{name}`" if name in _KEYWORDS else name


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{OF}({_name(value[OF])})"
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        plain = _NAME.fullmatch(value) and value not in _KEYWORDS and not value.startswith("@")
        return value if plain else json.dumps(value, ensure_ascii=False)
    return repr(value)


# ---- reading ---------------------------------------------------------------------------------------------------------


def read(text: str) -> Rule | None:
    """The rule that a text writes; None for an empty one. Raises ExpressionError with the column."""
    if not text.strip():
        return None
    if len(text) > LONGEST:
        raise ExpressionError(LONGEST, _("the text is longer than %(max)s characters", max=LONGEST))
    reader = _Reader(list(_tokens(text)))
    found = reader.either(0)
    reader.end()
    return found


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            column = at + len(text[at:]) - len(text[at:].lstrip()) + 1
            raise ExpressionError(column, _("this cannot be read: %(text)s", text=text[column - 1 : column + 9]))
        sort = str(match.lastgroup)
        found.append(Token(sort, match[sort], match.start(sort) + 1))
        at = match.end()
    return [*found, Token("end", "", len(text.rstrip()) + 1)]


class _Reader:
    """Reads from the weakest joint to the strongest: or, and, not, one comparison."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.next
        self.at += token.sort != "end"
        return token

    def has(self, text: str, sort: str = "word") -> bool:
        if (self.next.sort, self.next.text) != (sort, text):
            return False
        self.at += 1
        return True

    def want(self, text: str) -> None:
        token = self.next
        if not self.has(text, "mark"):
            raise ExpressionError(token.column, _("%(sign)s is missing here", sign=text))

    def end(self) -> None:
        if self.next.sort != "end":
            message = _("“and” or “or” is missing before %(text)s", text=self.next.text)
            raise ExpressionError(self.next.column, message)

    def either(self, depth: int) -> Rule:
        return self._joined("any", "or", self.both, depth)

    def both(self, depth: int) -> Rule:
        return self._joined("all", "and", self.one, depth)

    def _joined(self, operator: str, word: str, inner: Any, depth: int) -> Rule:
        if depth > DEEPEST:
            raise ExpressionError(self.next.column, _("the rule is nested too deep"))
        found = [inner(depth + 1)]
        while self.has(word):
            found.append(inner(depth + 1))
        return found[0] if len(found) == 1 else {operator: found}

    def one(self, depth: int) -> Rule:
        if self.has("not"):
            return {NEGATION: self.one(depth + 1)} if depth < 2 * DEEPEST else self._deep()
        if self.has("(", "mark"):
            found = self.either(depth + 1)
            self.want(")")
            return found
        token = self.take()
        if token.sort == "word" and token.text in JOINTS:
            return {token.text: self._several(depth)}
        if token.sort == "word" and token.text in STATES:
            self.want("(")
            name = self.name(self.take())
            self.want(")")
            return {token.text: name}
        return self.comparison(self.name(token))

    def _deep(self) -> Rule:
        raise ExpressionError(self.next.column, _("the rule is nested too deep"))

    def _several(self, depth: int) -> list[Rule]:
        self.want("(")
        found: list[Rule] = []
        while not self.has(")", "mark"):
            if found:
                self.want(",")
            found.append(self.either(depth + 1))
        return found

    def name(self, token: Token) -> str:
        text = token.text[1:-1] if token.sort == "quoted" else token.text
        plain = token.sort == "quoted" or (token.sort == "word" and text not in _KEYWORDS)
        if not plain or not _NAME.fullmatch(text):
            raise ExpressionError(token.column, _("the code of a question, or @ and a fact, is missing here"))
        return text

    def comparison(self, name: str) -> Rule:
        token = self.take()
        sign = token.text
        if (token.sort, sign) == ("word", "not") and self.has("in"):
            sign = "not in"
        operator = _BY_SIGN.get(sign) if token.sort in {"sign", "word"} else None
        if operator is None or operator not in COMPARISONS:
            known = ", ".join(SIGNS.values())
            raise ExpressionError(token.column, _("a comparison is missing here: %(signs)s", signs=known))
        return {operator: [name, self.values() if operator in {"in", "not_in"} else self.value()]}

    def values(self) -> Any:
        if not self.has("[", "mark"):
            return [self.value()]
        found: list[Any] = []
        while not self.has("]", "mark"):
            if found:
                self.want(",")
            found.append(self.value())
        return found

    def value(self) -> Any:
        token = self.take()
        if token.sort == "number":
            return float(token.text) if re.search(r"[.eE]", token.text) else int(token.text)
        if token.sort == "text":
            return self._unquoted(token)
        if token.sort == "word" and token.text == OF:
            self.want("(")
            name = self.name(self.take())
            self.want(")")
            return {OF: name}
        if token.sort == "word" and token.text in {"true", "false"}:
            return token.text == "true"
        if token.sort == "word" and token.text not in _KEYWORDS:
            return token.text
        raise ExpressionError(token.column, _("a value is missing here"))

    def _unquoted(self, token: Token) -> str:
        try:
            return str(json.loads(token.text, strict=False))
        except ValueError as error:
            raise ExpressionError(token.column, _("the words between the quotes cannot be read")) from error
