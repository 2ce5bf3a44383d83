"""The ``.sav`` file itself. The library writes it whole, so the values are gathered first, eight bytes for a number.

Heavy to load: only what writes such a file imports it.
"""

from __future__ import annotations

import struct
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from math import nan
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyreadstat

from forms.questionnaire.exchange.answers import spss
from forms.questionnaire.exchange.answers.files import chunks
from forms.questionnaire.exchange.answers.sheet import Record, Sheet
from translations import speaking

#: Cells of one file: what a machine of 2 GB builds in memory.
MOST_CELLS: Final = 40_000_000
#: Where a file's header keeps the number of the variable that weighs.
_WEIGHT_AT: Final = 76
_Held = tuple[spss.Column, Any]


def width(sheet: Sheet) -> int:
    """How many variables the file will have."""
    return sum(1 for _column in spss.columns(sheet))


def write(sheet: Sheet, records: Iterable[Record]) -> Iterator[bytes]:
    """The file in pieces; it is made in a folder that is gone when the last piece, or nobody, was taken."""
    with speaking(sheet.language):
        held: list[_Held] = [(one, array("d") if one.number else []) for one in spss.columns(sheet)]
    for record in records:
        asked = sheet.asked(record)
        for column, values in held:
            there = column.versions is None or record.version in column.versions
            value = column.read(record, asked) if there else None
            if column.number:
                values.append(nan if value is None else value)
            else:
                values.append(spss.shortened(str(value or ""), spss.MOST_TEXT))
    with tempfile.TemporaryDirectory(prefix="responses-") as folder:
        path = Path(folder) / "responses.sav"
        _save(path, sheet, held)
        held.clear()
        yield from chunks(path)


def _save(path: Path, sheet: Sheet, held: list[_Held]) -> None:
    columns = [column for column, _values in held]
    frame = pd.DataFrame(
        {
            column.name: np.frombuffer(values, dtype="float64") if column.number else pd.Series(values, dtype=object)
            for column, values in held
        }
    )
    pyreadstat.write_sav(
        frame,
        str(path),
        file_label=spss.shortened(sheet.title, 60),
        column_labels={one.name: one.label for one in columns},
        variable_value_labels={one.name: dict(one.labels) for one in columns if one.labels},
        missing_ranges={one.name: _ranges(one.missing) for one in columns if one.missing},
        variable_measure={one.name: one.measure for one in columns},
        variable_format={one.name: one.form for one in columns if one.form},
        row_compress=True,
    )
    if any(one.name == "weight" for one in columns):
        _weigh(path)


def _ranges(missing: tuple[float, ...]) -> list[Any]:
    """SPSS takes three single values, or one range."""
    if len(missing) <= 3:
        return [{"lo": value, "hi": value} for value in sorted(missing)]
    return [{"lo": min(missing), "hi": max(missing)}]


def _weigh(path: Path) -> None:
    """Make the first variable the file's weight: the library that writes it has no word for that, its header does."""
    with path.open("r+b") as file:
        file.seek(_WEIGHT_AT)
        file.write(struct.pack("<i", 1))
