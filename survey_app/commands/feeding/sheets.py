"""Refused rows as a file in the reader's language: the reason, then the columns that were taken."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from survey_app.commands.feeding.runs import refused_rows
from survey_app.commands.imports.columns import OWN_COLUMNS
from survey_app.commands.imports.refused_file import guarded
from survey_app.models import ImportRun


def refused(run: ImportRun) -> Iterator[bytes]:
    """CSV in UTF-8 with a mark, as spreadsheets expect, to be mended and brought again."""
    columns: list[list[str]] = run.report["columns"]
    yield b"\xef\xbb\xbf" + _line([*OWN_COLUMNS, *(guarded(name) for _attribute, name in columns)])
    names = dict(columns)
    for line, faults in refused_rows(run):
        reason = "; ".join(
            f"{names.get(fault.field, fault.field)}: {fault.message}" if fault.field else fault.message
            for fault in faults
        )
        yield _line([guarded(reason), *(guarded(line.cells.get(attribute, "")) for attribute, _name in columns)])


def _line(cells: list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
