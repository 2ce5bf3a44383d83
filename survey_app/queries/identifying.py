"""What customers write about themselves: telephone numbers, e-mails and numbers of cards and accounts are hidden.

Who reads outside the branch, and a meeting, hear what was said and not whose account it was about. Amounts and dates
stay: a number is hidden where it has seven digits or more, as telephones, identity cards and accounts have.
"""

from __future__ import annotations

import re
from typing import Final

#: Stands in a number's or an address's place: understood in every language.
INSTEAD: Final = "[…]"
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
#: Digits with what people write between them.
_NUMBER: Final = re.compile(r"(?<!\w)\+?\(?\d(?:[\s().\u2010-\u2015\u05be/-]{0,2}\d){6,}(?!\w)")
#: Days as people write them.
_DAY: Final = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}")


def hide(text: str) -> str:
    """A text without telephone numbers, e-mails and long numbers; as it was where it has none."""
    found = _ADDRESS.sub(INSTEAD, text)
    return _NUMBER.sub(lambda one: one[0] if _DAY.fullmatch(one[0]) else INSTEAD, found)
