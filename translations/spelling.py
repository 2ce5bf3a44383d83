"""One spelling for one word: files write the same name with other spaces, quotation marks and hyphens."""

from __future__ import annotations

import re
from typing import Final

#: Direction marks and other invisible characters that come along when people paste.
_INVISIBLE: Final = dict.fromkeys((*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF))
_SPACE: Final = re.compile(r"\s+")
# Between Hebrew letters a double quotation mark is a gershayim; after one, a single mark is a geresh.
_GERSHAYIM: Final = re.compile(r"(?<=[א-ת])(?:[\"”“]|''|´´)(?=[א-ת])")
_GERESH: Final = re.compile(r"(?<=[א-ת])['’´`]")
_FOLDED: Final = str.maketrans(
    {"״": '"', "”": '"', "“": '"', "׳": "'", "’": "'", "´": "'", "`": "'", "־": "-", "–": "-"}
)

#: What no text has that a person wrote: control characters, and halves of a character that has two.
_BROKEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def broken(text: str) -> bool:
    """Whether a text holds what can neither be stored nor sent on."""
    return _BROKEN.search(text) is not None


def tidy(text: str) -> str:
    """The text on one line: no invisible characters, single spaces, none at the ends."""
    return _SPACE.sub(" ", text.translate(_INVISIBLE)).strip()


def typeset(text: str) -> str:
    """A Hebrew name as it should be printed: ״ and ׳ where a keyboard wrote " and '."""
    return _GERESH.sub("׳", _GERSHAYIM.sub("״", text))


def fold(text: str) -> str:
    """What two spellings of one name share: for comparing and searching, never for showing."""
    return tidy(text).translate(_FOLDED).casefold()
