"""The file of refused rows: the source's columns with the reason before them, to be mended and imported again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

from survey_app.commands.imports.columns import OWN_COLUMNS
from survey_app.commands.imports.report import Refusal, Summary
from translations import gettext as _

_ENDING: Final = re.compile(r"\.refused(-\d+)?$")
#: What a spreadsheet would take for a formula. A number with a sign is none.
_FORMULA: Final = re.compile(r"[=@\t\r]|[+\-](?![\d.,() ]*$)")


def beside(source: Path) -> Path:
    """``NAME.refused.csv`` in the source's folder; numbered where that exists, since somebody may be mending it."""
    stem = _ENDING.sub("", source.stem)
    candidates: Iterator[Path] = (
        source.with_name(f"{stem}.refused{'' if number == 1 else f'-{number}'}.csv") for number in count(1)
    )
    return next(path for path in candidates if not path.exists())


def write(summary: Summary, path: Path) -> None:
    """Write a summary's refused rows and note where; a folder that cannot be written costs a notice, not the import."""
    try:
        path.write_bytes(content(summary.header, summary.refused))
    except OSError:
        summary.notices.append(
            _("The refused rows could not be written to %(file)s. Name another file with --refused.", file=str(path))
        )
        return
    summary.refused_file = path


def content(header: tuple[str, ...], refused: list[Refusal]) -> bytes:
    """The file's bytes: CSV in UTF-8 with a mark, as spreadsheets expect."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*OWN_COLUMNS, *header])
    for refusal in refused:
        reason = "; ".join(
            reason.message if reason.column is None else f"{reason.column}: {reason.message}"
            for reason in refusal.reasons
        )
        writer.writerow([reason, *(guarded(cell) for cell in refusal.cells)])
    return text.getvalue().encode("utf-8-sig")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; the reader takes the apostrophe off again."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
