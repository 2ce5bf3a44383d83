"""How much two texts or two pictures resemble each other."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

#: Words in a row that are compared as one.
SHINGLE: Final = 3
#: Bits of a perceptual hash that are set, or not, in a picture of one colour: such a hash tells nothing.
_FLAT: Final = 3
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=2048)
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    plain = "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))
    words = _WORD.findall(plain)
    return frozenset(tuple(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1))


def words_alike(one: str, other: str, *, least: int) -> float:
    """The resemblance of two texts, 0–1: groups of three words that both have, of all that either has.

    0 where one of them has fewer than ``least`` words. Source: Broder (1997) On the resemblance and containment of
    documents, Compression and Complexity of Sequences.
    """
    mine, theirs = _shingles(one), _shingles(other)
    if min(len(mine), len(theirs)) + SHINGLE - 1 < least:
        return 0.0
    return len(mine & theirs) / len(mine | theirs)


def alike(one: str, other: str) -> int | None:
    """By how many of 64 bits two perceptual hashes differ; None where one is not known or tells nothing."""
    if not one or not other:
        return None
    first, second = int(one, 16), int(other, 16)
    if any(not _FLAT < value.bit_count() < 64 - _FLAT for value in (first, second)):
        return None
    return (first ^ second).bit_count()
