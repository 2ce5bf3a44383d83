"""Whether an answer to a message asks for no more of them."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from forms.messages.data import texts
from forms.questionnaire import library

_NO_WORD: Final = re.compile(r"[^\w]+")


@cache
def _stop_words() -> frozenset[str]:
    stop = texts()["stop"]
    said = [*stop["word"].values(), *stop["also"], *library.messages().optout_keyword.values()]
    return frozenset(_plain(one) for one in said)


def _plain(text: str) -> str:
    return _NO_WORD.sub(" ", text).strip().casefold()


def asks_to_stop(text: str) -> bool:
    """Whether an answer is, or begins with, a word that ends invitations, in any language."""
    said = _plain(text)
    return said in _stop_words() or said.split(" ", 1)[0] in _stop_words()
