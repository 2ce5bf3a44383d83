"""SPSS files (.sav, .zsav): every cell as text, with the words that the file gives to variables and values.

Read by pyreadstat, a library in C, in a process of its own: a file that was built to break it takes down nobody else,
and memory and time are bounded.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from survey_app.readers.table import Record, Table, Unreadable, header
from translations import gettext as _

#: First bytes of an SPSS file, and of one that is packed.
STARTS: Final = (b"$FL2", b"$FL3")
#: Seconds and bytes that reading one file may take.
MOST_SECONDS: Final = 180
MOST_MEMORY: Final = 3_000_000_000
#: Cells of any honest file of 50 MB.
MOST_CELLS: Final = 60_000_000
#: Exit code of the process for a file that holds more.
TOO_LARGE: Final = 3


@dataclass(frozen=True)
class Dictionary:
    """What an SPSS file says of its variables, by their names: their words, their values' words, declared missing."""

    labels: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)


def read(content: bytes) -> tuple[Table, Dictionary]:
    """The table and the dictionary of an SPSS file. Raises Unreadable for a damaged or hostile one."""
    with TemporaryDirectory(prefix="survey-app-") as folder:
        source, target = Path(folder) / "responses.sav", Path(folder) / "rows.jsonl"
        source.write_bytes(content)
        command = (sys.executable, "-m", "survey_app.readers.spss_process", str(source), str(target))
        try:
            done = subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, check=False)  # noqa: S603 - our own
        except subprocess.TimeoutExpired as error:
            raise _damaged() from error
        if done.returncode == TOO_LARGE:
            raise Unreadable(_("The SPSS file unpacks to far too much. Split it."))
        if done.returncode:
            raise _damaged()
        with target.open("rb") as lines:
            head = json.loads(next(lines))
            rows = [tuple(json.loads(line)) for line in lines]
    columns = header(head["names"])
    if not rows:
        raise Unreadable(_("The file names columns and has no rows."))
    dictionary = Dictionary(head["labels"], head["values"], head["missing"])
    return Table(columns, _records(rows), len(rows)), dictionary


def _records(rows: list[tuple[str, ...]]) -> Iterator[Record]:
    return (Record(number, cells) for number, cells in enumerate(rows, start=1))


def _damaged() -> Unreadable:
    return Unreadable(_("The SPSS file is damaged. Save it again as .sav."))
