"""Old workbooks (BIFF8 in a compound file) for tests: just enough of the format for cells of text and numbers."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

SECTOR = 512
#: Streams shorter than this are kept elsewhere in the file.
_LEAST = 4096
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _text(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def _cell(row: int, column: int, value: str | float | None) -> bytes:
    at = struct.pack("<HHH", row, column, 0)
    if value is None:  # an error: division by zero
        return _record(0x0205, at + b"\x07\x01")
    if isinstance(value, str):
        return _record(0x0204, at + _text(value))
    return _record(0x0203, at + struct.pack("<d", value))


def stream(sheets: Mapping[str, Sequence[Sequence[str | float | None]]]) -> bytes:
    """The records of a workbook."""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    head = _record(0x0809, begin) + _record(0x0042, struct.pack("<H", 1200))
    length = len(head) + sum(4 + 8 + 2 * len(name) for name in sheets) + 4
    bodies, bounds = [], b""
    for name, rows in sheets.items():
        body = _record(0x0809, begin[:2] + struct.pack("<H", 0x0010) + begin[4:])
        body += b"".join(
            _cell(number, at, value) for number, row in enumerate(rows) for at, value in enumerate(row) if value != ""
        )
        bounds += _record(
            0x0085,
            struct.pack("<IBBBB", length + sum(map(len, bodies)), 0, 0, len(name), 1) + name.encode("utf-16-le"),
        )
        bodies.append(body + _record(0x000A))
    return head + bounds + _record(0x000A) + b"".join(bodies)


def _entry(name: str, kind: int, start: int, size: int, child: int = -1) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    tree = struct.pack("<iii", -1, -1, child)
    head = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) if name else 0, kind, 1) + tree
    return head + b"\0" * 36 + struct.pack("<IQ", start, size)


def old_workbook(sheets: Mapping[str, Sequence[Sequence[str | float | None]]]) -> bytes:
    """A workbook in the format before 2007."""
    content = stream(sheets)
    content = content.ljust(max(_LEAST, -(-len(content) // SECTOR) * SECTOR), b"\0")
    count = len(content) // SECTOR
    # Sector 0 is the table, sector 1 the directory, then the stream.
    table = [_TABLE, _END, *range(3, count + 2), _END]
    assert len(table) <= SECTOR // 4
    table += [_FREE] * (SECTOR // 4 - len(table))
    directory = _entry("Root Entry", 5, _END, 0, child=1) + _entry("Workbook", 2, 2, len(content))
    directory += _entry("", 0, 0, 0) * 2
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, _LEAST, _END, 0, _END, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", _FREE) * 108
    return header + struct.pack(f"<{len(table)}I", *table) + directory + content
