"""The code book: what every column of a file of responses holds, and what each of its values means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from forms.questionnaire.exchange.answers import delimited
from forms.questionnaire.exchange.answers.sheet import Record, Sheet
from forms.questionnaire.exchange.answers.spss import HARD, IRRELEVANT, SKIPPED, codes_of
from forms.questionnaire.exchange.answers.variables import Sort, Variable, plain
from translations import gettext as _
from translations import lazy_gettext as _l
from translations import speaking

#: What a sort of variable is called.
SORTS: Final[Mapping[Sort, Any]] = {
    Sort.CHOICE: _l("One choice"),
    Sort.CHOICES: _l("Several choices"),
    Sort.RANKING: _l("Choices in their order"),
    Sort.NUMBER: _l("Number"),
    Sort.TICK: _l("Box to tick"),
    Sort.DATE: _l("Day"),
    Sort.TIME: _l("Time of day"),
    Sort.MOMENT: _l("Day and time"),
    Sort.CODE: _l("Code"),
    Sort.FILES: _l("Number of files"),
    Sort.WORDS: _l("Words"),
}
#: Question types whose numbers need a unit that nobody wrote.
_UNITS: Final = {"minutes": _l("minutes"), "duration": _l("seconds")}

Row = tuple[str, str, str, str, str, str | int]


def rows(sheet: Sheet) -> Iterator[Row]:
    """The header, then for every column its name, what it is, its versions, and its values one by one.

    The last column is the number that stands for the value in the SPSS file.
    """
    with speaking(sheet.language):
        yield _header()
        for fact in sheet.facts:
            yield fact.name, str(fact.label), "", "", "", ""
        for variable in sheet.variables:
            yield from _variable(variable, sheet.language)
        yield "", _("Skipped"), "", "", "", SKIPPED
        yield "", _("Hard to say, where the choices have no other number for it"), "", "", "", HARD
        yield "", _("Not relevant, where the choices have no other number for it"), "", "", "", IRRELEVANT
        yield "", _("Not asked: an empty cell; in SPSS system-missing"), "", "", "", ""
        for note in sheet.notes:
            yield "", note, "", "", "", ""


def _header() -> Row:
    return _("Column"), _("Meaning"), _("Sort"), _("Versions"), _("Value"), _("In SPSS")


def _variable(variable: Variable, language: str) -> Iterator[Row]:
    sort = str(SORTS[variable.sort])
    unit = plain(variable.question.unit, language) or str(_UNITS.get(variable.question.type, ""))
    if unit and variable.sort is Sort.NUMBER:
        sort = f"{sort} ({unit})"
    versions = ", ".join(str(number) for number in sorted(variable.versions))
    yield variable.name, variable.label(language), sort, versions, "", ""
    numbers, words = codes_of(variable), variable.worded(language)
    for option in variable.options:
        yield variable.name, words[option.value], "", "", str(option.value), numbers.get(option.value, "")


def write(sheet: Sheet, records: Iterable[Record]) -> Iterator[bytes]:
    """The code book as a file of its own; the responses are not read."""
    yield delimited.table(rows(sheet))
