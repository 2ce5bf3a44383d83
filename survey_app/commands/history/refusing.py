"""Refused rows as a file: the source's columns with the reason before them, to be mended and brought again."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import IO, Final

from forms.questionnaire.exchange.history.reading import Fault
from survey_app import files
from survey_app.commands.history.keeping import MOST_KEPT, Line
from survey_app.commands.imports.columns import OWN_COLUMNS
from survey_app.commands.imports.refused_file import guarded

_MARK: Final = b"\xef\xbb\xbf"


class Sheet:
    """The refused rows of one file, written as they come: CSV in UTF-8 with a mark, as spreadsheets expect."""

    def __init__(self, target: IO[bytes], columns: Sequence[str]) -> None:
        self._target = target
        target.write(_MARK)
        self._write([*OWN_COLUMNS, *(guarded(name) for name in columns)])

    def add(self, line: Line, faults: Sequence[Fault]) -> None:
        """Add a row with everything that speaks against it."""
        reason = "; ".join(f"{fault.column}: {fault.message}" if fault.column else fault.message for fault in faults)
        self._write([guarded(reason), *(guarded(cell) for cell in line.cells)])

    def keep(self) -> str:
        """Put it into the store; returns its id there."""
        self._target.seek(0)
        return files.store().put(self._target, most=MOST_KEPT)  # type: ignore[arg-type]

    def _write(self, cells: Sequence[str]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerow(cells)
        self._target.write(text.getvalue().encode())
