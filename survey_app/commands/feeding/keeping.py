"""A file in our own form: a line for each row, with the columns we take and no others.

What the file holds besides, balances above all, is not kept anywhere: not in the store, and not with refused rows.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, BinaryIO, Final, cast

from survey_app import files
from survey_app.commands.feeding.sorts import Sort
from survey_app.commands.imports.columns import Layout, columns, key, lay_out
from survey_app.outreach import telling
from survey_app.readers import Table, Unreadable, open_table
from translations import gettext as _

MOST_BYTES: Final = 20_000_000
MOST_ROWS: Final = 200_000
#: The longest cell that is kept; no field takes a longer text.
_LONGEST: Final = 400
_SPOOLED: Final = 4_000_000
_MOST_KEPT: Final = 400_000_000


@dataclass(frozen=True)
class Kept:
    """A file that was looked through: its id in the store, and what its header said."""

    file_id: str
    rows: int
    #: Attribute and the file's own name of each column that is taken, in the file's order.
    columns: list[tuple[str, str]]
    #: Columns that may never be taken, and others that mean nothing here, by the file's names.
    forbidden: list[str]
    unknown: list[str]


@dataclass(frozen=True)
class Line:
    """One row: where it stands in the file, its cells by attribute, and why it cannot be read, if so."""

    row: int
    cells: dict[str, str]
    fault: str = ""


def keep(content: bytes, sort: Sort) -> Kept:
    """Look through a file and put what is taken of it into the store.

    Raises Unreadable, saying what to do, for anything that is no such file; then nothing is left behind.
    """
    if not content.strip():
        raise Unreadable(_("The file is empty. Its first row must name the columns."))
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file is larger than %(most)s MB. Split it.", most=MOST_BYTES // 1_000_000))
    table = open_table(content)
    banned = [name for name in table.columns if name and _banned(name, sort)]
    layout = lay_out(sort.row, table.columns, lambda name: False, {}, frozenset(map(key, banned)))
    if not layout.positions:
        wanted = ", ".join(f"{one.name} ({one.synonyms[0]})" for one in columns(sort.row))
        raise Unreadable(_("None of the columns is known. The columns are: %(names)s.", names=wanted))
    order = sorted(layout.positions, key=lambda attribute: layout.positions[attribute])
    with tempfile.SpooledTemporaryFile(max_size=_SPOOLED) as body:
        rows = _write(table, layout, order, cast("IO[bytes]", body))
        if not rows:
            raise Unreadable(_("The file names columns and has no rows."))
        body.seek(0)
        file_id = files.store().put(cast("BinaryIO", body), most=_MOST_KEPT)
    named = [(attribute, layout.header[layout.positions[attribute]]) for attribute in order]
    return Kept(file_id, rows, named, banned, list(layout.unknown))


def _banned(name: str, sort: Sort) -> bool:
    ours = {key(known) for one in columns(sort.row) for known in (one.name, *one.synonyms)}
    return key(name) not in ours and telling.forbidden(name)


def _write(table: Table, layout: Layout, order: Sequence[str], body: IO[bytes]) -> int:
    rows = 0
    for record in table.records:
        rows += 1
        if rows > MOST_ROWS:
            raise Unreadable(_("The file has more than %(most)s rows. Split it.", most=f"{MOST_ROWS:,}"))
        # Of a broken row only the cells before the break are sure to stand under their own name.
        sure = record.cells if record.fault is None else record.cells[: record.fault.column or 0]
        cells = {name: text[:_LONGEST] for name, text in layout.texts(sure).items() if text.strip()}
        line: list[Any] = [record.row, {name: cells[name] for name in order if name in cells}]
        line.extend([] if record.fault is None else [record.fault.message])
        body.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return rows


def lines(file_id: str, start: int = 0) -> Generator[Line]:
    """The rows of a kept file without the first ``start``. NotFound when it is gone."""
    with files.store().open(file_id) as stream:
        for written in islice(stream, start, None):
            yield Line(*json.loads(written))
