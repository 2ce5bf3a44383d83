"""Responses as SPSS variables: names, labels in words, choices as numbers, and what is missing told apart.

Three reasons for a missing answer are user-missing values of their own: skipped, hard to say, not relevant. A question
that was not asked is system-missing. A choice that is a number is its number; any other is numbered from 1 in the order
in which the choices first came, over all versions, so that a number keeps its meaning. Several choices become a
variable of 0 and 1 for each; a ranking one for each choice that holds its place, 0 where it was given none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from math import nan
from typing import Any, Final

from forms.questionnaire.definition import Value
from forms.questionnaire.exchange.answers.sheet import Fact, Record, Sheet
from forms.questionnaire.exchange.answers.variables import Sort, Variable, unique
from translations import gettext as _

#: The reasons why an answer is missing, as numbers. Of several values of one sort the next is 10 less.
SKIPPED, HARD, IRRELEVANT = -7, -8, -9
_STEP: Final = 10
#: Where an answer itself may be negative, the reasons lie this far below everything that can be answered.
_FAR: Final = -10_000_000_000
#: Bytes that SPSS allows: a name, a variable's label, a value's label, a text.
_NAME, _LABEL, _VALUE, MOST_TEXT = 64, 255, 120, 32_767
_WORDS: Final = frozenset({"ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"})
#: SPSS counts seconds from the first day of the Gregorian calendar.
_EPOCH: Final = datetime(1582, 10, 14, tzinfo=UTC)
_DAY: Final = 86_400


@dataclass(frozen=True)
class Column:
    """One variable of the file: how its values are read, and what its dictionary says of it."""

    name: str
    label: str
    number: bool
    read: Callable[[Record, frozenset[str]], Any]
    labels: Mapping[float, str] = field(default_factory=dict)
    missing: tuple[float, ...] = ()
    form: str = ""
    measure: str = "nominal"
    #: The versions that have it; None for all.
    versions: frozenset[int] | None = None


def codes_of(variable: Variable) -> dict[Value, int]:
    """The number of each choice in the file; the documented mapping."""
    inside = [one.value for one in variable.options if one.value not in variable.outside]
    numbered = all(isinstance(value, int) for value in inside)
    codes: dict[Value, int] = {
        value: value if numbered and isinstance(value, int) else place for place, value in enumerate(inside, start=1)
    }
    base = _base(min(codes.values(), default=0))
    for reason, members in (
        (HARD, [value for value in variable.outside if value not in variable.irrelevant]),
        (IRRELEVANT, list(variable.irrelevant)),
    ):
        for place, value in enumerate(sorted(members, key=str)):
            codes[value] = base + reason - _STEP * place
    return codes


def _base(lowest: float) -> int:
    """What the reasons are counted from: 0, unless an answer could be taken for one."""
    return _FAR if lowest < 0 else 0


def name_of(wanted: str, taken: set[str]) -> str:
    """A name that SPSS takes: letters, digits, points and underscores, at most 64 bytes, no word of its language.

    ``taken`` holds the names in use, in small letters, and gets this one.
    """
    kept = "".join(one if one.isascii() and (one.isalnum() or one in "._") else "_" for one in wanted)
    kept = kept if kept[:1].isalpha() else f"v_{kept}"
    kept = kept[: _NAME - 4].rstrip("._") or "v"
    kept = f"{kept}_1" if kept.upper() in _WORDS else kept
    found = unique(kept.lower(), taken)
    taken.add(found)
    return kept + found[len(kept) :]


def shortened(text: str, most: int) -> str:
    """The text in at most so many bytes, with an ellipsis where something fell away."""
    if len(text.encode()) <= most:
        return text
    return text.encode()[: most - 3].decode(errors="ignore").rstrip() + "…"


def _lowest(variable: Variable) -> float:
    low = variable.question.min
    if low is None:
        low = -1 if variable.question.type == "number" else 0
    return low


def columns(sheet: Sheet) -> Iterator[Column]:
    taken: set[str] = set()
    # The weight stands first: the header names it by its place.
    for place, fact in sorted(enumerate(sheet.facts), key=lambda item: item[1].name != "weight"):
        yield _fact(fact, place, name_of(fact.name, taken))
    for variable in sheet.variables:
        for column in _MAKERS.get(variable.sort, _text)(variable, sheet.language, taken):
            yield replace(column, versions=variable.versions)


def _fact(fact: Fact, place: int, name: str) -> Column:
    label = shortened(str(fact.label), _LABEL)
    if fact.name == "occurred_on":
        return Column(name, label, True, lambda record, asked: _days(record.facts[place]), form="DATE11")
    if fact.number:
        return Column(name, label, True, lambda record, asked: _number(record.facts[place]), measure="scale")
    return Column(name, label, False, lambda record, asked: record.facts[place])


def _label(variable: Variable, language: str, choice: str = "") -> str:
    label = variable.label(language)
    return shortened(f"{choice}: {label}" if choice else label, _LABEL)


def _choice(variable: Variable, language: str, taken: set[str]) -> Iterator[Column]:
    codes, words = codes_of(variable), variable.worded(language)
    skipped = SKIPPED + _base(min((code for value, code in codes.items() if value not in variable.outside), default=0))
    labels: dict[float, str] = {codes[value]: shortened(said, _VALUE) for value, said in words.items()}
    labels[skipped] = _("Skipped")

    def read(record: Record, asked: frozenset[str]) -> float:
        value = record.answers.get(variable.code)
        if value is None:
            return skipped if variable.code in asked else nan
        return codes.get(value, nan) if not isinstance(value, list) else nan

    yield Column(
        name_of(variable.name, taken),
        _label(variable, language),
        True,
        read,
        labels,
        (skipped, *(codes[value] for value in variable.outside)),
        form="F8",
        measure="ordinal" if variable.question.scale else "nominal",
    )


def _each(variable: Variable, language: str, taken: set[str], place_of: bool) -> Iterator[Column]:
    """One variable for each choice: whether it was chosen, or its place."""
    for value, said in variable.worded(language).items():

        def read(record: Record, asked: frozenset[str], value: Value = value) -> float:
            if value not in variable.offered[record.version]:
                return nan
            chosen = record.answers.get(variable.code)
            if chosen is None:
                return SKIPPED if variable.code in asked else nan
            listed = chosen if isinstance(chosen, list) else [chosen]
            if value not in listed:
                return 0
            return listed.index(value) + 1 if place_of else 1

        labels: dict[float, str] = {SKIPPED: _("Skipped"), 0: _("No place given") if place_of else _("Not chosen")}
        if not place_of:
            labels[1] = _("Chosen")
        yield Column(
            name_of(f"{variable.name}_{value}", taken),
            _label(variable, language, said),
            True,
            read,
            labels,
            (SKIPPED,),
            form="F8",
            measure="ordinal" if place_of else "nominal",
        )


def _counted(variable: Variable, language: str, taken: set[str]) -> Iterator[Column]:
    skipped = SKIPPED + _base(_lowest(variable))
    tick, files = variable.sort is Sort.TICK, variable.sort is Sort.FILES

    def read(record: Record, asked: frozenset[str]) -> float:
        value = record.answers.get(variable.code)
        if value is None:
            return (0 if tick else skipped) if variable.code in asked else nan
        if files:
            return len(value) if isinstance(value, list) else 1
        return _number(value)

    labels: dict[float, str] = {0: _("No"), 1: _("Yes")} if tick else {skipped: _("Skipped")}
    decimals = variable.question.decimals or 0
    yield Column(
        name_of(variable.name, taken),
        _label(variable, language),
        True,
        read,
        labels,
        () if tick else (skipped,),
        form=f"F{12 + decimals}.{decimals}",
        measure="nominal" if tick else "scale",
    )


def _moment(variable: Variable, language: str, taken: set[str]) -> Iterator[Column]:
    form, convert = _MOMENTS[variable.sort]

    def read(record: Record, asked: frozenset[str]) -> float:
        value = record.answers.get(variable.code)
        if value is None:
            return SKIPPED if variable.code in asked else nan
        return convert(str(value))

    labels: dict[float, str] = {SKIPPED: _("Skipped")}
    name = name_of(variable.name, taken)
    yield Column(name, _label(variable, language), True, read, labels, (SKIPPED,), form=form, measure="scale")


def _text(variable: Variable, language: str, taken: set[str]) -> Iterator[Column]:
    def read(record: Record, asked: frozenset[str]) -> str:
        value = record.answers.get(variable.code)
        return "" if value is None else str(value)

    yield Column(name_of(variable.name, taken), _label(variable, language), False, read)


def _number(value: Any) -> float:
    if isinstance(value, (int, float)):
        return float(value)
    try:
        return float(str(value))
    except ValueError:
        return nan


def _days(value: Any) -> float:
    if value is None:
        return nan
    day = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    return float((day - _EPOCH.date()).days * _DAY)


def _time(value: str) -> float:
    moment = time.fromisoformat(value)
    return float(moment.hour * 3600 + moment.minute * 60 + moment.second)


def _datetime(value: str) -> float:
    return (datetime.fromisoformat(value).replace(tzinfo=UTC) - _EPOCH).total_seconds()


_MOMENTS: Final[Mapping[Sort, tuple[str, Callable[[str], float]]]] = {
    Sort.DATE: ("DATE11", _days),
    Sort.TIME: ("TIME8", _time),
    Sort.MOMENT: ("DATETIME20", _datetime),
}
_Maker = Callable[[Variable, str, set[str]], Iterator[Column]]
_MAKERS: Final[Mapping[Sort, _Maker]] = {
    Sort.CHOICE: _choice,
    Sort.CHOICES: lambda variable, language, taken: _each(variable, language, taken, False),
    Sort.RANKING: lambda variable, language, taken: _each(variable, language, taken, True),
    **dict.fromkeys((Sort.NUMBER, Sort.TICK, Sort.FILES), _counted),
    **dict.fromkeys((Sort.DATE, Sort.TIME, Sort.MOMENT), _moment),
}
