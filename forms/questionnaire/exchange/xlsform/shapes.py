"""What the rows of a form come to: which are carried, as what, which groups are statements on one scale."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pyxform.errors import PyXFormError
from pyxform.parsing.parameters import parse as parse_parameters

from forms.questionnaire.exchange.xlsform.conditions import Reader
from forms.questionnaire.exchange.xlsform.expressions import ExpressionError, parse, refs
from forms.questionnaire.exchange.xlsform.kinds import MAY_BE, REASONS
from forms.questionnaire.exchange.xlsform.outline import Group, Item, fact_of
from forms.questionnaire.exchange.xlsform.overlay import Extra
from forms.questionnaire.exchange.xlsform.sheets import Form, Row
from forms.questionnaire.parts import OTHER, Rule
from translations import gettext as _

#: What an appearance makes of a row.
APPEARS: Final[Mapping[tuple[str, str], str]] = {
    **{("single", name): "dropdown" for name in ("minimal", "autocomplete", "search")},
    ("single", "likert"): "scale",
    ("line", "multiline"): "text",
}
#: Appearances that put the rows of a group on one page, as ours stand anyway, or one scale under several statements.
TOGETHER: Final = frozenset({"field-list", "table-list"})
#: The words beside a choice such as "Other".
OTHER_WORDS: Final = {"he": "אפשר לפרט כאן", "en": "Please specify", "ar": "يرجى التوضيح", "ru": "Уточните, пожалуйста"}
#: The most steps of a range that is shown as a scale; a longer one is a number to type.
MOST_STEPS: Final = 11
_ADDRESSED: Final = frozenset({("type",), ("name",), ("label",), ("bind", "required"), ("control", "appearance")})


class Shapes:
    """Reads shapes. ``note`` keeps what is to be told about a place."""

    def __init__(self, form: Form, extra: Extra, root: Group, note: Callable[[str, str], None]) -> None:
        self.form = form
        self.extra = extra
        self.root = root
        self.note = note
        self.statements = [group for group in root.groups() if self._is_statements(group)]
        #: Lines for words beside a choice, by the question that has the choice.
        self.beside: dict[Item, list[Item]] = {}
        for group in (root, *root.groups()):
            self._find_beside(group)
        self._groups: dict[int, list[Rule]] = {}

    @property
    def own(self) -> bool:
        """Whether the form was written here, with a sheet that says what is what."""
        return bool(self.extra.hints or self.extra.entries)

    # Which rows are carried

    def carried(self, never: Callable[[Row], bool]) -> frozenset[str]:
        """The codes of the questions that are carried; of each other row it is told why it is not."""
        kept = set()
        aside = {item for rows in self.beside.values() for item in rows}
        for group in self.root.groups():
            if group.repeats:
                self.note(f"questions.{group.code}", str(REASONS["repeat"]))
        for item in self.root.items():
            if item in aside or fact_of(item.name) is not None:
                continue
            reason = self._reason(item, never)
            if reason:
                self.note(f"questions.{item.code}", reason)
            else:
                kept.add(item.code)
        return frozenset(kept)

    def _reason(self, item: Item, never: Callable[[Row], bool]) -> str:
        """Why a row is not carried; empty for one that is."""
        around = list(_around(item))
        if any(group.repeats for group in around):
            return str(REASONS["repeat"])
        if not item.asked.becomes:
            return str(item.asked.reason)
        if any(never(one.row) for one in (item, *around)):
            return _("Its relevance never holds, so it is never asked.")
        if item.asked.list and "label" in item.row.get("control", "appearance").split():
            return _("It only shows the labels of its choices above others.")
        return ""

    # Statements

    def _is_statements(self, group: Group) -> bool:
        stated = self.extra.hint("types", group.name) == "statements"
        items = [one for one in group.inner if isinstance(one, Item)]
        if any(one.repeats for one in (group, *_around(group))) or not self._alike(group, items):
            if stated:
                self.note(f"questions.{group.name}", _("The group is no longer one of statements on one scale."))
            return False
        together = TOGETHER & set(group.row.get("control", "appearance").split())
        labelled = any(path[0] == "label" for path in group.row.cells)
        return stated or (not self.own and bool(together) and labelled and len(items) > 1)

    def _alike(self, group: Group, items: list[Item]) -> bool:
        """Whether a group holds nothing but choices from one list that differ in their words only."""
        if not items or len(items) != len(group.inner) or len({one.asked.list for one in items}) != 1:
            return False
        if len({one.row.get("bind", "required") for one in items}) != 1:
            return False
        return all(
            one.asked.becomes == "single" and not one.asked.or_other and self._only_words(one.row) for one in items
        )

    def _only_words(self, row: Row) -> bool:
        return all(path in _ADDRESSED or path[0] == "label" for path in row.cells)

    # Words beside a choice

    def _find_beside(self, group: Group) -> None:
        known = {
            one.name: one
            for one in group.inner
            if isinstance(one, Item) and one.asked.becomes in {"single", "multiple"}
        }
        for one in group.inner:
            if not isinstance(one, Item) or not one.name.endswith(OTHER) or one.asked.becomes != "line":
                continue
            question = known.get(one.name.removesuffix(OTHER))
            if question is not None and self.other_values(one):
                self.beside.setdefault(question, []).append(one)

    def other_values(self, item: Item) -> frozenset[str]:
        """The choices, as text, that a line of words hangs on; none where it hangs on anything else."""
        name = item.name.removesuffix(OTHER)
        try:
            tree = parse(item.row.get("bind", "relevant") or "false()")
            rule = Reader(lambda one: one).rule(tree)
        except ExpressionError:
            return frozenset()
        return _values(rule) if refs(tree) == {name} and isinstance(rule, dict) else frozenset()

    @staticmethod
    def other_words(language: str) -> str:
        """What stands at a line beside a choice."""
        return OTHER_WORDS.get(language, OTHER_WORDS["en"])

    # One row

    def kind(self, item: Item) -> str:
        """Our type for a row."""
        becomes, row = item.asked.becomes, item.row
        stated = self.extra.hint("types", item.name)
        if stated in MAY_BE.get(becomes, ()):
            return str(stated)
        if stated is not None and stated != becomes:
            self.note(f"questions.{item.code}", _("The question is no longer of the type in the sheet survey_app."))
        if becomes == "range":
            return "scale" if self._steps(row) else "number"
        if becomes == "line" and self._parameters(row).get("rows", "1") not in {"", "1"}:
            return "text"
        looks = row.get("control", "appearance").split()
        return next((APPEARS[becomes, look] for look in looks if (becomes, look) in APPEARS), becomes)

    @staticmethod
    def _parameters(row: Row) -> dict[str, str]:
        try:
            return {str(key): str(value) for key, value in parse_parameters(row.get("parameters"), row.number).items()}
        except PyXFormError:
            return {}

    def _range(self, row: Row) -> tuple[float, float, float]:
        given = self._parameters(row)
        found = []
        for key, default in (("start", 1.0), ("end", 10.0), ("step", 1.0)):
            try:
                found.append(float(given.get(key, default)))
            except ValueError:
                found.append(default)
        start, end, step = found
        return min(start, end), max(start, end), abs(step) or 1.0

    def _steps(self, row: Row) -> list[int]:
        """The numbers of a range that is short and whole; none for any other."""
        low, high, step = self._range(row)
        short = step == 1 and low.is_integer() and 0 < high - low < MOST_STEPS and low >= -100 and high <= 1000
        return list(range(int(low), int(high) + 1)) if short else []

    def parameters(self, item: Item, data: dict[str, Any], scales: dict[str, dict[str, Any]]) -> None:
        """What the parameters of a row come to: a random order, the ends of a range."""
        place, given = f"questions.{item.code}", self._parameters(item.row)
        if item.asked.becomes == "range":
            self._ranged(item.row, data, scales, place)
            given = {key: value for key, value in given.items() if key not in {"start", "end", "step"}}
        if given.pop("randomize", "false") == "true" and "choices" in data:
            data["order"] = "random"
        given.pop("rows", None)
        for name in given:
            self.note(place, _("The parameter %(name)s is not carried.", name=name))

    def _ranged(self, row: Row, data: dict[str, Any], scales: dict[str, dict[str, Any]], place: str) -> None:
        low, high, step = self._range(row)
        if steps := self._steps(row):
            data["scale"] = f"range_{steps[0]}_{steps[-1]}"
            scales[data["scale"]] = {"min": steps[0], "max": steps[-1]}
            return
        data["min"], data["max"] = (int(one) if one.is_integer() else one for one in (low, high))
        digits = next((count for count in range(7) if round(step * 10**count, 6).is_integer()), 6)
        digits = max(
            digits, *(next((n for n in range(7) if round(one * 10**n, 6).is_integer()), 6) for one in (low, high))
        )
        if digits:
            data["decimals"] = min(digits, 6)
        if round(step * 10**digits, 6) != 1:
            self.note(place, _("Numbers come in steps of one: a step of %(step)s is not carried.", step=f"{step:g}"))

    # Groups

    def groups_rules(self, thing: Item | Group, relevance: Callable[[Row, str], list[Rule]]) -> list[Rule]:
        """The relevance of the groups around a thing, outer ones first; that of a section is the section's own."""
        found: list[Rule] = []
        for group in reversed(list(_around(thing))):
            if group.parent is self.root:
                continue
            if id(group) not in self._groups:
                self._groups[id(group)] = relevance(group.row, f"questions.{group.code}")
            found += self._groups[id(group)]
        return found

    @staticmethod
    def fitted(name: str) -> str:
        """A list's name as the code of a scale."""
        base = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_.-")[:50]
        return base if base and base[0].isalpha() else f"scale_{base}".rstrip("_")


def _around(thing: Item | Group) -> Any:
    """The groups that a thing is in, the nearest first; the form itself is none."""
    group = thing.parent
    while group is not None and group.parent is not None:
        yield group
        group = group.parent


def _values(rule: Mapping[str, Any]) -> frozenset[str]:
    """The values that a rule asks for, where it asks for nothing else."""
    ((operator, operand),) = rule.items()
    if operator in {"eq", "contains"}:
        return frozenset({str(operand[1])})
    if operator == "in":
        return frozenset(map(str, operand[1]))
    if operator == "any":
        parts = [_values(one) for one in operand]
        return frozenset().union(*parts) if all(parts) else frozenset()
    return frozenset()
