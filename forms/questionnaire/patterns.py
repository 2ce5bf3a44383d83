"""Patterns for typed words: regular expressions held to a part that cannot run away.

Everybody may answer a public survey, so nobody may write an answer that takes for ever to judge: groups are not
repeated, and the steps that a pattern could take over a text are counted beforehand.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

#: The longest pattern, and the longest text that one is held against.
MAX_PATTERN: Final = 200
MAX_TEXT: Final = 500
#: The most steps that judging one text may take: some hundredths of a second.
MAX_STEPS: Final = 20_000_000

_CLASS = r"\[\^?\]?(?:\\.|[^\]\\])*\]"
_ATOM = rf"(?:{_CLASS}|\\[dDwWsS.\\/+*?()\[\]{{}}|^$-]|[^\\\[\](){{}}*+?|^$])"
_TIMES = r"(?:\{\d{1,3}(?:,\d{0,3})?\}|[*+?])?"
_PIECES = rf"(?:{_ATOM}{_TIMES})*"
#: Pieces, and groups of alternatives that are not repeated themselves; one level of groups is plenty for a form.
_SAFE = re.compile(rf"\^?(?:{_ATOM}{_TIMES}|\((?:\?:)?{_PIECES}(?:\|{_PIECES})*\)\??)*\$?")
#: What repeats or branches. An escaped sign and a class of signs come first: what stands inside them does neither.
_TIMES_USED = re.compile(rf"\\.|{_CLASS}|([*+])|(\?)|\{{(\d+)(?:(,)(\d*))?\}}|(\|)")


def _steps(pattern: str) -> int:
    """How many steps it takes, at the most, to hold the pattern against the longest text.

    That is the number of ways in which the text can be shared out among the parts of the pattern, times the signs that
    are compared in each way beyond those of a part without end.
    """
    ways, length = 1, 1
    for found in _TIMES_USED.finditer(pattern):
        endless, maybe, low, comma, high, either = found.groups()
        length += int(low or 0)
        if endless or (comma and not high):
            ways *= MAX_TEXT
        elif maybe or either:
            ways *= 2
        elif comma:
            ways *= max(int(high) - int(low), 0) + 1
    return ways * length


@lru_cache(maxsize=256)
def problem(pattern: str) -> bool:
    """Whether a pattern is refused: broken, too long, or able to run away."""
    if len(pattern) > MAX_PATTERN or not _SAFE.fullmatch(pattern) or _steps(pattern) > MAX_STEPS:
        return True
    try:
        re.compile(pattern)
    except (re.error, OverflowError):
        return True
    return False


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text has the pattern's form. A pattern that would be refused fits nothing."""
    return not problem(pattern) and len(text) <= MAX_TEXT and re.fullmatch(pattern, text) is not None
