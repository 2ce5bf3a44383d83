"""Short codes that are read aloud and typed from a poster: digits in groups, the last of them a check digit.

The check digit is Damm's (H. M. Damm, *Total anti-symmetrische Quasigruppen*, Marburg 2004): over a totally
anti-symmetric quasigroup every single wrong digit and every swap of two neighbours is caught.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable
from typing import Final

#: Digits of a new code, check digit included: the longer only once the shorter are so many that none is found quickly.
LENGTHS: Final = (6, 8)
#: How often a code of one length is drawn before the next length is tried.
TRIES: Final = 40
#: Longest text that is looked at as a code at all.
LONGEST: Final = 40

#: Damm's quasigroup of order 10.
_TABLE: Final = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
#: What people put between and around digits; marks of direction come along when a code is copied.
_BETWEEN: Final = re.compile(r"[\s\u200e\u200f\u202a-\u202e\u2066-\u2069.\-\u00ad\u05be\u2010-\u2015\u2212_/]+")


def check_digit(digits: str) -> str:
    """The digit that makes a code of these digits whole."""
    interim = 0
    for digit in digits:
        interim = _TABLE[interim][int(digit)]
    return str(interim)


def is_sound(code: str) -> bool:
    """Whether digits (ASCII, without spaces) are a code of ours: a known length, and the check digit is right."""
    return len(code) in LENGTHS and code.isascii() and code.isdecimal() and check_digit(code[:-1]) == code[-1]


def plain(text: str) -> str:
    """What somebody typed as ASCII digits: spaces and dashes gone, digits of every script turned into ours.

    Whatever else was typed stays, so that the result is then no code.
    """
    joined = _BETWEEN.sub("", text[:LONGEST])
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in joined)


def grouped(code: str) -> str:
    """A code as it is printed and read aloud: two groups (``482 916``)."""
    half = len(code) // 2
    return f"{code[:half]} {code[half:]}"


def as_written(text: str) -> str:
    """The code that an address names, or nothing: digits alone, or in the groups that we print.

    ``20-1234`` is a bank and its branch, not ``201234``: other groups than ours are no code.
    """
    digits = plain(text)
    return digits if is_sound(digits) and _BETWEEN.sub(" ", text.strip()) in {digits, grouped(digits)} else ""


def mint(taken: Callable[[str], bool]) -> str:
    """A new code at random that is not ``taken``. RuntimeError when none is found, which takes millions of codes."""
    for length in LENGTHS:
        for _try in range(TRIES):
            first = str(1 + secrets.randbelow(9))  # a code that begins with 0 loses it in a spreadsheet
            rest = "".join(str(secrets.randbelow(10)) for _place in range(length - 2))
            code = first + rest + check_digit(first + rest)
            if not taken(code):
                return code
    raise RuntimeError("no free code was found")
