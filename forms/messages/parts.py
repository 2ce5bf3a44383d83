"""How long a text message is: in which alphabet a telephone network carries it, and in how many parts.

Source: 3GPP TS 23.038 (the 7-bit default alphabet and its extension table, UCS-2) and TS 23.040 (a part of a long
message gives six octets away to its header: 153 septets or 67 UCS-2 units are left).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GSM, UCS2 = "GSM-7", "UCS-2"
_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Each of these takes two septets: an escape and a letter.
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")
#: Alphabet -> (units of a message in one part, units of each part of a longer one).
_ROOM: Final = {GSM: (160, 153), UCS2: (70, 67)}
#: A message of more parts costs more and arrives torn: it is not sent.
MOST: Final = 2


@dataclass(frozen=True)
class Parts:
    """A message as the network counts it: ``units`` are septets or UTF-16 units."""

    encoding: str
    units: int
    count: int

    @property
    def fits(self) -> bool:
        """Whether it may be sent."""
        return self.count <= MOST

    @property
    def room(self) -> int:
        """Units that may still be added before it would need more parts than are allowed; negative: too many."""
        return MOST * _ROOM[self.encoding][1] - self.units


def parts(text: str) -> Parts:
    """Alphabet, length and number of parts of a message. A pair (a surrogate, an escape) is never torn apart."""
    if all(letter in _BASIC or letter in _EXTENDED for letter in text):
        encoding, sizes = GSM, [2 if letter in _EXTENDED else 1 for letter in text]
    else:
        encoding, sizes = UCS2, [2 if ord(letter) > 0xFFFF else 1 for letter in text]
    units = sum(sizes)
    whole, each = _ROOM[encoding]
    if units <= whole:
        return Parts(encoding, units, 1 if units else 0)
    count, left = 1, each
    for size in sizes:
        if size > left:
            count, left = count + 1, each
        left -= size
    return Parts(encoding, units, count)
