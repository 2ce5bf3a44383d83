"""Answers and facts as the cells of a table: what CSV and XLSX have in common.

A cell is text that is safe in a spreadsheet, or a number. Several choices, and choices in their order, stand in one
cell with a bar between them, as ``survey-app import responses`` reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from forms.questionnaire.exchange.answers.sheet import FACTS, Fact, Record, Sheet
from forms.questionnaire.exchange.answers.variables import Sort, Variable
from translations import gettext as _
from translations import speaking
from translations.cells import neutral

Cell = str | int | float | None
#: Stands between several choices.
BAR: Final = "|"
#: Facts of our own making, or few enough to be remembered: only names and codes that people gave need a second look.
_SAFE: Final = frozenset({"response_id", "version", "month", "occurred_on", "state", "weight"})
_Read = Callable[[Any], Cell]


class _Table(dict[Any, Cell]):
    """Value → cell, for values that repeat; what is not in it is written as it is."""

    def __missing__(self, value: Any) -> Cell:
        return _plain(value)


def _plain(value: Any) -> Cell:
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    return neutral(str(value))


def _several(table: _Table) -> _Read:
    def read(value: Any) -> Cell:
        chosen = value if isinstance(value, list) else [value]
        return None if value is None else neutral(BAR.join(str(table[one]) for one in chosen))

    return read


def _count(value: Any) -> Cell:
    return None if value is None else len(value) if isinstance(value, list) else 1


def _tick(value: Any) -> Cell:
    return 1 if value is True else _plain(value)


def _worded_tick(language: str) -> _Read:
    with speaking(language):
        yes = _("Yes")
    return lambda value: yes if value is True else _plain(value)


def _written(table: _Table) -> _Read:
    return _plain


#: How a sort of variable is read, where its value is not simply written down.
_READS: Final[Mapping[Sort, Callable[[_Table], _Read]]] = {
    Sort.CHOICES: _several,
    Sort.RANKING: _several,
    Sort.FILES: lambda table: _count,
    Sort.TICK: lambda table: _tick,
}


def _reader(variable: Variable, sheet: Sheet) -> tuple[str, _Read]:
    words = variable.worded(sheet.language) if sheet.worded else {}
    values = (one.value for one in variable.options)
    told = {value: words.get(value, value) for value in values}
    if variable.sort is Sort.CHOICE:
        # Most of all answers: looked up without a step between.
        return variable.code, _Table({None: None} | {value: _plain(cell) for value, cell in told.items()}).__getitem__
    if variable.sort is Sort.TICK and sheet.worded:
        return variable.code, _worded_tick(sheet.language)
    return variable.code, _READS.get(variable.sort, _written)(_Table(told))


class _Memory(dict[Any, Cell]):
    """Names and codes that come again and again, made safe once."""

    def __missing__(self, value: Any) -> Cell:
        cell = self[value] = _plain(value)
        return cell


def rows(sheet: Sheet, records: Iterator[Record]) -> Iterator[list[Cell]]:
    """The header, then one row for each record."""
    yield [neutral(name) for name in sheet.header]
    readers = {
        number: [None if one is None else _reader(one, sheet) for one in found]
        for number, found in sheet.by_version.items()
    }
    checked = [place for place, fact in enumerate(sheet.facts) if fact.name not in _SAFE]
    memory = _Memory()
    for record in records:
        row: list[Cell] = list(record.facts)
        for place in checked:
            row[place] = memory[row[place]]
        get = record.answers.get
        row += [None if reader is None else reader[1](get(reader[0])) for reader in readers[record.version]]
        yield row


def known_facts(names: Sequence[str]) -> tuple[Fact, ...]:
    """The facts with these names, in their own order."""
    return tuple(fact for fact in FACTS if fact.name in names)
