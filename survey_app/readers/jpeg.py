"""Whether a JPEG is bare: its tables and its picture, and nothing that was noted, appended or hidden beside them.

A phone's app draws pictures anew before it sends them, so that what arrives can be kept byte for byte and its hash is
the phone's own. Anything else, be it a camera's notes, a second file behind the end or a comment, makes it not bare.
Markers: ITU-T T.81, annex B; the JFIF head: ITU-T T.871.
"""

from __future__ import annotations

from typing import Final

_START, _END = b"\xff\xd8", b"\xff\xd9"
_HEAD, _SCAN = 0xE0, 0xDA
#: Frames that picture libraries read (baseline, extended, progressive), tables, and the interval of restarts.
_TABLES: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD})
#: A byte of the picture that looks like a marker, and the marks of restarts within it.
_WITHIN: Final = frozenset({0x00, *range(0xD0, 0xD8)})
_HEAD_SIZE: Final = 16


def is_bare(content: bytes) -> bool:
    """Whether a file is a JPEG from its first to its last byte and holds nothing but one picture."""
    if not (content.startswith(_START) and content.endswith(_END)):
        return False
    at, last, scans = 2, len(content) - 2, 0
    while at < last:
        marker, size = _segment(content, at)
        if size is None or at + 2 + size > last:
            return False
        if marker == _HEAD:
            if at != len(_START) or not _is_plain_head(content[at + 4 : at + 2 + size], size):
                return False
        elif marker == _SCAN:
            scans += 1
        elif marker not in _TABLES:
            return False
        at += 2 + size
        if marker == _SCAN:
            at = _behind(content, at, last)
    return at == last and scans > 0


def _segment(content: bytes, at: int) -> tuple[int, int | None]:
    """The marker at a place and the size of its segment; None where there is none."""
    if content[at] != 0xFF or at + 4 > len(content):
        return 0, None
    size = int.from_bytes(content[at + 2 : at + 4], "big")
    return content[at + 1], size if size >= 2 else None


def _is_plain_head(body: bytes, size: int) -> bool:
    """Whether a head is JFIF's without a small picture in it."""
    return size == _HEAD_SIZE and body.startswith(b"JFIF\0") and body[-2:] == b"\0\0"


def _behind(content: bytes, at: int, last: int) -> int:
    """Where the picture's bytes end: at the next marker that is none of their own."""
    while (at := content.find(b"\xff", at)) >= 0 and at < last:
        if content[at + 1] not in _WITHIN:
            return at
        at += 2
    return last
