"""Files of responses from other systems: any table, SPSS, or Qualtrics with its three header rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from forms.questionnaire.exchange.history.source import QUALTRICS, SPSS, TABLE, unique_names
from survey_app.readers import spss
from survey_app.readers.opening import open_table
from survey_app.readers.table import Record, Table, Unreadable
from translations import gettext as _
from translations.spelling import tidy

#: Columns and rows of any honest file of responses.
MOST_COLUMNS: Final = 2_000
MOST_ROWS: Final = 1_000_000
#: What the third row of a Qualtrics file says of each column, as JSON.
_IMPORT_ID: Final = "ImportId"
#: The part of the columns that must say so, since people add columns by hand.
_MOST_OF: Final = 0.5
_LONGEST_LABEL: Final = 2_000


@dataclass(frozen=True)
class Survey:
    """A file of responses: its columns by name, what it says of them, and its rows, which can be gone through once."""

    kind: str
    names: tuple[str, ...]
    records: Iterator[Record] = field(repr=False)
    labels: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[str, list[str]] = field(default_factory=dict)


def open_survey(content: bytes) -> Survey:
    """The responses in a file. Raises Unreadable, saying what to do, for anything that holds none."""
    if content.startswith(spss.STARTS):
        table, said = spss.read(content)
        survey = Survey(SPSS, unique_names(table.columns), table.records, said.labels, said.values, said.missing)
    else:
        survey = _from_table(open_table(content))
    if len(survey.names) > MOST_COLUMNS:
        raise Unreadable(_("The file has more than %(most)s columns.", most=MOST_COLUMNS))
    return survey


def _from_table(table: Table) -> Survey:
    """A plain table, or one of Qualtrics: names, the questions' words, and what each column was made from."""
    names = unique_names(table.columns)
    first = list(_some(table.records, 2))
    if len(first) == 2 and _is_import_row(first[1].cells):
        labels = {name: tidy(words)[:_LONGEST_LABEL] for name, words in zip(names, first[0].cells, strict=False)}
        return Survey(QUALTRICS, names, table.records, labels)
    return Survey(TABLE, names, chain(first, table.records))


def _some(records: Iterator[Record], count: int) -> Iterator[Record]:
    for _number in range(count):
        record = next(records, None)
        if record is None:
            return
        yield record


def _is_import_row(cells: tuple[str, ...]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and sum(map(_says_import_id, filled)) >= max(1, _MOST_OF * len(filled))


def _says_import_id(cell: str) -> bool:
    try:
        found = json.loads(cell)
    except ValueError:
        return False
    return isinstance(found, dict) and _IMPORT_ID in found
