"""Patterns for typed words: regular expressions held to a part that cannot run away.

Everybody may answer a public survey, so nobody may write an answer that takes for ever to judge: groups are not
repeated, and the ways in which a text could be cut up by a pattern are counted beforehand.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

#: The longest pattern, the longest text that one is held against, and the most ways to try.
MAX_PATTERN: Final = 200
MAX_TEXT: Final = 1_000
MAX_WAYS: Final = 2_000_000

_CLASS = r"\[\^?\]?(?:\\.|[^\]\\])*\]"
_ATOM = rf"(?:{_CLASS}|\\[dDwWsS.\\/+*?()\[\]{{}}|^$-]|[^\\\[\](){{}}*+?|^$])"
_TIMES = r"(?:\{\d{1,3}(?:,\d{0,3})?\}|[*+?])?"
_PIECES = rf"(?:{_ATOM}{_TIMES})*"
#: Pieces, and groups of alternatives that are not repeated themselves; one level of groups is plenty for a form.
_SAFE = re.compile(rf"\^?(?:{_ATOM}{_TIMES}|\((?:\?:)?{_PIECES}(?:\|{_PIECES})*\)\??)*\$?")
_TIMES_USED = re.compile(r"\\.|([*+])|(\?)|\{(\d+),(\d*)\}|(\|)")


def _ways(pattern: str) -> int:
    """How many ways there are, at the most, to hold the pattern against the longest text."""
    ways = 1
    for found in _TIMES_USED.finditer(re.sub(_CLASS, "x", pattern)):
        endless, maybe, low, high, either = found.groups()
        if endless or (low and not high):
            ways *= MAX_TEXT
        elif maybe or either:
            ways *= 2
        elif low:
            ways *= max(int(high) - int(low), 0) + 1
    return ways


@lru_cache(maxsize=256)
def problem(pattern: str) -> bool:
    """Whether a pattern is refused: broken, too long, or able to run away."""
    if len(pattern) > MAX_PATTERN or not _SAFE.fullmatch(pattern) or _ways(pattern) > MAX_WAYS:
        return True
    try:
        re.compile(pattern)
    except (re.error, OverflowError):
        return True
    return False


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text has the pattern's form. A pattern that would be refused fits nothing."""
    return not problem(pattern) and len(text) <= MAX_TEXT and re.fullmatch(pattern, text) is not None
