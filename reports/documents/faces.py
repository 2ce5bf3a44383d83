"""Which characters a folder of TrueType fonts can draw: a PDF for screen readers may hold no other."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

#: What stands for a character that no font has.
UNKNOWN: Final = "?"
#: Marks of direction and joiners are followed, not drawn; a line may end at these.
_UNDRAWN: Final = frozenset("\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069\n")
_FORMAT: Final = 4


def drawable(text: str, fonts: Path) -> str:
    """The text in characters that the fonts have: accents are taken off first, what is left becomes a question mark."""
    known = characters(fonts)
    if all(ord(letter) in known or letter in _UNDRAWN for letter in text):
        return text
    return "".join(_drawn(letter, known) for letter in text)


def _drawn(letter: str, known: frozenset[int]) -> str:
    if ord(letter) in known or letter in _UNDRAWN:
        return letter
    if letter.isspace():
        return " "
    parts = [part for part in unicodedata.normalize("NFKD", letter) if ord(part) in known]
    # What only joins or colours the letter before it is no letter that lacks.
    return "".join(parts) or ("" if unicodedata.category(letter)[0] in "MC" else UNKNOWN)


@lru_cache(maxsize=4)
def characters(fonts: Path) -> frozenset[int]:
    """The code points that every weight of at least one family in a folder can draw.

    Families are files ``<Family>-<Weight>.ttf``. ValueError for a font without a Unicode table of the usual kind.
    """
    families: dict[str, list[frozenset[int]]] = {}
    for path in sorted(fonts.glob("*.ttf")):
        family = path.stem.rpartition("-")[0]
        families.setdefault(family, []).append(frozenset(_mapped(path.read_bytes())))
    return frozenset().union(*(weights[0].intersection(*weights) for weights in families.values()))


def _mapped(font: bytes) -> Iterator[int]:
    """The code points of a font's ``cmap`` table, format 4 (OpenType 1.9, *cmap*: Segment mapping to delta values)."""
    tables = struct.unpack_from(">H", font, 4)[0]
    places = {font[12 + 16 * i : 16 + 16 * i]: struct.unpack_from(">I", font, 20 + 16 * i)[0] for i in range(tables)}
    start = places[b"cmap"]
    offsets = [struct.unpack_from(">HHI", font, start + 4 + 8 * i)[2]
               for i in range(struct.unpack_from(">H", font, start + 2)[0])]  # fmt: skip
    tables_of_4 = [start + at for at in offsets if struct.unpack_from(">H", font, start + at)[0] == _FORMAT]
    if not tables_of_4:
        raise ValueError("the font has no table of characters that can be read")
    at = tables_of_4[0]
    count = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    begins = struct.unpack_from(f">{count}H", font, at + 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", font, at + 16 + 4 * count)
    base = at + 16 + 6 * count
    ranges = struct.unpack_from(f">{count}H", font, base)
    for i, (first, last) in enumerate(zip(begins, ends, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if ranges[i]:
                glyph = struct.unpack_from(">H", font, base + 2 * i + ranges[i] + 2 * (code - first))[0]
                if glyph == 0:
                    continue
            if (glyph + deltas[i]) % 0x10000:
                yield code
