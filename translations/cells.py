"""A text as a spreadsheet may hold it: no program, no marks that come back as characters."""

from __future__ import annotations

from typing import Final

#: Marks of direction: they do nothing visible in a cell and break every comparison.
_MARKS: Final = dict.fromkeys((0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_FORMULA: Final = tuple("=+-@\t\r＝＋－＠")


def undirected(text: str) -> str:
    """The text without marks of direction, which would turn the words around it."""
    return text.translate(_MARKS)


def neutral(text: str) -> str:
    """The text without direction marks, and with an apostrophe before what a spreadsheet would take for a formula."""
    clean = undirected(text)
    return f"'{clean}" if clean.startswith(_FORMULA) or clean.lstrip().startswith(_FORMULA) else clean
