"""A file of responses in the file store, in our own form: one line that says what it is, then a line for each row.

Whatever the file was, from here on it is read in one way, quickly and row by row; the original is not kept.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, BinaryIO, Final, cast

from forms.questionnaire.exchange.history.source import Counting, Source
from survey_app import files
from survey_app.readers import Unreadable
from survey_app.readers.surveys import MOST_ROWS, Survey, open_survey
from translations import gettext as _

#: The largest file that is taken, and what it may become in our own form, in bytes.
MOST_BYTES: Final = 50_000_000
MOST_KEPT: Final = 1_000_000_000
#: Bytes held in memory before a file on the disk takes over.
_SPOOLED: Final = 4_000_000


@dataclass(frozen=True)
class Line:
    """One row of the file: where it stands there, its cells, and why it cannot be read, if so."""

    row: int
    cells: list[str]
    fault: str = ""


def keep(content: bytes) -> tuple[Source, str]:
    """Look through a file and put it into the store; returns what it is and its id there.

    Raises Unreadable, saying what to do, for anything that holds no responses; then nothing is left behind.
    """
    if not content.strip():
        raise Unreadable(_("The file is empty. Its first row must name the columns."))
    survey = open_survey(content)
    with tempfile.SpooledTemporaryFile(max_size=_SPOOLED) as body:
        source = _write(survey, body, sha256(content).hexdigest())
        body.seek(0)
        head = json.dumps(source.to_json(), ensure_ascii=False).encode() + b"\n"
        return source, files.store().put(cast("BinaryIO", _Joined(head, body)), most=MOST_KEPT)


def _write(survey: Survey, body: IO[bytes], digest: str) -> Source:
    counted = [Counting() for _name in survey.names]
    rows = 0
    for record in survey.records:
        rows += 1
        if rows > MOST_ROWS:
            raise Unreadable(_("The file has more than %(most)s rows. Split it.", most=f"{MOST_ROWS:,}"))
        cells = [cell.strip() for cell in record.cells]
        for column, cell in zip(counted, cells, strict=False):
            column.add(cell)
        line = [record.row, cells] if record.fault is None else [record.row, cells, record.fault.message]
        body.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    if not rows:
        raise Unreadable(_("The file names columns and has no rows."))
    columns = tuple(
        column.column(name, survey.labels.get(name, ""), survey.values.get(name), survey.missing.get(name, ()))
        for name, column in zip(survey.names, counted, strict=True)
    )
    return Source(survey.kind, columns, rows, digest)


class _Joined(io.RawIOBase):
    """Some bytes and then a stream, as one stream."""

    def __init__(self, head: bytes, body: IO[bytes]) -> None:
        self._parts: list[IO[bytes]] = [io.BytesIO(head), body]

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while self._parts:
            chunk = self._parts[0].read(size)
            if chunk:
                return chunk
            self._parts.pop(0)
        return b""


def source(file_id: str) -> Source:
    """What a kept file is. NotFound when it is gone."""
    with files.store().open(file_id) as lines:
        return Source.from_json(json.loads(lines.readline()))


def rows(file_id: str) -> Generator[Line]:
    """The rows of a kept file, in its order."""
    with files.store().open(file_id) as lines:
        lines.readline()
        yield from map(_line, lines)


def _line(written: bytes) -> Line:
    return Line(*json.loads(written))


def lines_from(stream: BinaryIO, start: int) -> Iterator[bytes]:
    """The lines of a stream without the first ``start``."""
    for number, line in enumerate(stream):
        if number >= start:
            yield line
