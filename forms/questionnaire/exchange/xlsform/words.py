"""Texts as forms have them and as ours are: quoted answers, and emphasis."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from forms.questionnaire.paging import ANSWER

_QUOTED: Final = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
#: Emphasis by underscores, which markdown allows beside stars; not inside a word.
_STRONG: Final = re.compile(r"(?<!\w)__(?=\S)([^_\n]+?)(?<=\S)__(?!\w)")
_STANDS_OUT: Final = re.compile(r"(?<!\w)_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)")


def read(text: str, code: Callable[[str], str | None]) -> tuple[str, list[str]]:
    """A form's text as ours, and the names it quotes that have no code here; those stay as they are written."""
    lost: list[str] = []

    def quote(found: re.Match[str]) -> str:
        known = code(found[1])
        if known is None:
            lost.append(found[1])
        return f"{{answer:{known}}}" if known is not None else found[0]

    text = _STANDS_OUT.sub(r"*\1*", _STRONG.sub(r"**\1**", text))
    return _QUOTED.sub(quote, text), lost


def write(text: str, name: Callable[[str], str | None]) -> str:
    """Our text as a form's; what only looks like a quoted answer there is taken apart."""

    def quote(found: re.Match[str]) -> str:
        known = name(found[1])
        return f"${{{known}}}" if known is not None else found[0]

    return ANSWER.sub(quote, text.replace("${", "$ {"))
