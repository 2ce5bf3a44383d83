"""The lists of the editor, with their columns and how a row becomes a thing: choices, points, statements and more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from forms.editor.conditions import Asked
from forms.editor.fields import number
from forms.editor.rows import CODE, FLAG, LINE, NUMBER, PICK, RULE, WORDS, Column, RowsField
from forms.questionnaire import expressions
from forms.questionnaire.document import Automation, IndexPart
from forms.questionnaire.editing.codes import CHOICE, fresh, from_text
from forms.questionnaire.editing.codes import CODE as CODE_FORM
from forms.questionnaire.editing.paste import as_value
from forms.questionnaire.parts import Band, Choice, Question, Rule, Statement
from forms.questionnaire.types import TYPES
from translations import gettext as _
from translations import lazy_gettext as _l

_VALUE = Column("value", CODE, _l("Code"))
_WORDS = Column("text", WORDS, _l("Words"))
_SCORE = Column("score", NUMBER, _l("Earns %"))


_OFFERED: Final = _l("Offered only where")
_WHEN: Final = _l("When")


def _rule(asked: Asked, typed: str, label: Any) -> Rule | None:
    """A rule written in a cell. Its errors name the cell."""
    try:
        return asked.by_value(expressions.read(typed))
    except expressions.ExpressionError as error:
        raise ValueError(_("%(what)s: %(message)s", what=str(label), message=str(error))) from None


def _whole(typed: str, least: int, most: int) -> int | None:
    found = number(typed, decimals=False)
    if found is not None and not least <= found <= most:
        raise ValueError(_("Write a number between %(min)s and %(max)s.", min=least, max=most))
    return int(found) if found is not None else None


def _value(typed: str, text: Mapping[str, str], old: Choice | None, before: Sequence[Choice], numbered: bool) -> Any:
    """A choice's value: as it was, as it is typed, or made from its words."""
    if old is not None and typed == str(old.value):
        return old.value
    taken = {str(one.value) for one in before}
    if not typed and numbered:
        known = [one.value for one in before if isinstance(one.value, int)]
        return max(known, default=0) + 1
    if not typed:
        return fresh(from_text(text), taken, fallback="c")
    if not CHOICE.fullmatch(typed):
        raise ValueError(_("A code is Latin letters, digits and signs, without spaces and colons."))
    if typed in taken:
        raise ValueError(_("The value %(value)s stands twice.", value=typed))
    return as_value(typed)


def _read_choice(
    columns: Sequence[Column], numbered: bool, asked: Asked | None
) -> Callable[[dict[str, Any], Any, Sequence[Any]], Choice]:
    keys = {column.key for column in columns}

    def read(values: dict[str, Any], old: Any, before: Sequence[Any]) -> Choice:
        base = old or Choice("")
        changes: dict[str, Any] = {"text": values["text"]}
        changes["value"] = _value(values["value"], values["text"], old, before, numbered)
        if "score" in keys:
            changes["score"] = _whole(values["score"], 0, 100)
        changes |= {key: bool(values[key]) for key in ("other", "exclusive", "fixed") if key in keys}
        if asked is not None:
            changes["shown_if"] = _rule(asked, values["shown_if"], _OFFERED)
        return replace(base, **changes)

    return read


def _write_choice(choice: Choice) -> dict[str, Any]:
    return {
        "value": choice.value,
        "text": choice.text,
        "score": choice.score,
        "other": choice.other,
        "exclusive": choice.exclusive,
        "fixed": choice.fixed,
        "shown_if": expressions.write(choice.shown_if),
    }


def _choice_name(choice: Choice) -> str:
    return str(choice.value)


def choices_field(question: Question, languages: Mapping[str, str], asked: Asked, *, scored: bool) -> RowsField:
    """The choices of a question: only the columns that its type has a use for, and those that are filled in anyway."""
    given = question.choices
    columns = [_VALUE, _WORDS]
    if ("points" in TYPES[question.type].keys and scored) or any(one.score is not None for one in given):
        columns.append(_SCORE)
    if question.type != "ranking" or any(one.other for one in given):
        columns.append(Column("other", FLAG, _l("Words beside it"), apart=True))
    if question.type == "multiple" or any(one.exclusive for one in given):
        columns.append(Column("exclusive", FLAG, _l("Rules out the rest"), apart=True))
    columns.append(Column("fixed", FLAG, _l("Keeps its place"), apart=True))
    columns.append(Column("shown_if", RULE, _OFFERED, apart=True))
    return _choices(_l("Choices"), columns, languages, numbered=False, asked=asked)


def _choices(
    label: Any, columns: list[Column], languages: Mapping[str, str], *, numbered: bool, asked: Asked | None = None
) -> RowsField:
    read = _read_choice(columns, numbered, asked)
    return RowsField(label, columns, languages, read=read, write=_write_choice, name_of=_choice_name, pasted=True)


def points_field(languages: Mapping[str, str], *, scored: bool) -> RowsField:
    """The points of a scale, lowest first."""
    return _choices(
        _l("Points, the lowest first"), [_VALUE, _WORDS, *([_SCORE] if scored else [])], languages, numbered=True
    )


def words_field(label: Any, languages: Mapping[str, str]) -> RowsField:
    """Anchors of a scale, or answers outside it: a value and its words."""
    return _choices(label, [_VALUE, _WORDS], languages, numbered=False)


def statements_field(languages: Mapping[str, str], group: str, taken: frozenset[str]) -> RowsField:
    """The statements of a group; ``taken`` are the codes of everything else in the questionnaire."""

    def read(values: dict[str, Any], old: Any, before: Sequence[Any]) -> Statement:
        code, used = values["code"], {*taken, *(one.code for one in before)}
        if not code:
            code = fresh(f"{group}_{len(before) + 1}", used)
        elif not CODE_FORM.fullmatch(code):
            message = _("A code begins with a Latin letter; letters, digits, points, hyphens and underscores follow.")
            raise ValueError(message)
        elif code in used:
            raise ValueError(_("The code '%(code)s' is taken already.", code=code))
        return replace(old or Statement(code=code, text={}), code=code, text=values["text"])

    return RowsField(
        _l("Statements"),
        [Column("code", CODE, _l("Code")), _WORDS],
        languages,
        read=read,
        write=lambda one: {"code": one.code, "text": one.text},
        name_of=lambda one: str(one.code),
        pasted=True,
    )


def bands_field() -> RowsField:
    """Bands of a number: up to and including, and the points it earns."""

    def read(values: dict[str, Any], old: Any, before: Sequence[Any]) -> Band:
        points = _whole(values["points"], 0, 100_000)
        if points is None:
            raise ValueError(_("Write the points that the band earns."))
        return Band(number(values["max"], decimals=True), points)

    return RowsField(
        _l("Points by the number"),
        [Column("max", NUMBER, _l("Up to and including (empty: any)")), Column("points", NUMBER, _l("Points"))],
        {},
        read=read,
        write=lambda band: {"max": band.max, "points": band.points},
        name_of=lambda band: f"{band.max}:{band.points}",
    )


def index_field(asked: Asked) -> RowsField:
    """The questions of an index and what they weigh."""

    def read(values: dict[str, Any], old: Any, before: Sequence[Any]) -> IndexPart:
        code = asked.name(values["question"])
        if code not in asked.by_code:
            raise ValueError(_("There is no question with the code %(code)s.", code=code))
        weight = _whole(values["weight"], 1, 1000)
        return IndexPart(question=code, weight=1 if weight is None else weight, reversed=bool(values["reversed"]))

    columns = [
        Column("question", PICK, _l("Question"), "scaled"),
        Column("weight", NUMBER, _l("Weight")),
        Column("reversed", FLAG, _l("The lowest answer is the best")),
    ]
    return RowsField(
        _l("Questions"),
        columns,
        {},
        read=read,
        write=lambda part: {"question": part.question, "weight": part.weight, "reversed": part.reversed},
        name_of=lambda part: str(part.question),
        spare=2,
    )


def notes_field() -> RowsField:
    """Rules kept for readers: a topic and a text."""

    def read(values: dict[str, Any], old: Any, before: Sequence[Any]) -> tuple[str, str]:
        if not CODE_FORM.fullmatch(values["topic"]):
            raise ValueError(_("A topic is a code: Latin letters, digits and underscores."))
        return values["topic"], values["note"]

    columns = [Column("topic", CODE, _l("Topic")), Column("note", LINE, _l("Text"))]
    return RowsField(
        _l("Rules kept for readers"),
        columns,
        {},
        read=read,
        write=lambda pair: {"topic": pair[0], "note": pair[1]},
        name_of=lambda pair: str(pair[0]),
    )


def automation_field(asked: Asked) -> RowsField:
    """What answers set in motion: a rule, and in words what is done."""

    def read(values: dict[str, Any], old: Any, before: Sequence[Any]) -> Automation:
        rule = _rule(asked, values["when"], _WHEN)
        if rule is None or not values["then"]:
            raise ValueError(_("Write when it happens, and what is done."))
        return Automation(when=rule, then=values["then"])

    columns = [Column("when", RULE, _WHEN), Column("then", LINE, _l("What is done"))]
    return RowsField(
        _l("What answers set in motion"),
        columns,
        {},
        read=read,
        write=lambda one: {"when": expressions.write(one.when), "then": one.then},
        name_of=lambda one: expressions.write(one.when),
    )
