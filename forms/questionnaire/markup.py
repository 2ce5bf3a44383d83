"""What stands in a text besides its words: values named in braces, earlier answers, and emphasis. All else is text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from markupsafe import Markup, escape

from translations import isolate, localised

#: Values that a text may name in braces.
PLACEHOLDERS: Final = ("branch", "org", "unit", "date", "url", "contact", "agent", "officer")
_PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r"|answer:[A-Za-z][A-Za-z0-9_.-]*)\}")
#: Emphasis as people type it: two stars make words strong, one makes them stand out. Every other markup stays text.
_EMPHASIS = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*|\*(?=\S)([^*]+?)(?<=\S)\*")
_UNKNOWN: Final = "…"
_VALUE: Final = Markup("<bdi>{}</bdi>")
_STRONG: Final = Markup("<strong>{}</strong>")
_STANDS_OUT: Final = Markup("<em>{}</em>")


def render_text(text: str | Mapping[str, str], values: Mapping[str, object], html: bool = True) -> Markup | str:
    """A text with its ``{placeholders}`` filled in, each value isolated so that its script cannot reorder the sentence.

    As HTML everything is escaped, ``*emphasis*`` and ``**strong**`` are marked and values stand in ``<bdi>``; as plain
    text they stand between U+2068 and U+2069. A value that is not known shows as an ellipsis; an earlier answer is
    named ``answer:`` and its question's code. A text per language is read in the active one.
    """
    words = text if isinstance(text, str) else localised(text)
    if not html:
        parts = _PLACEHOLDER.split(_EMPHASIS.sub(lambda found: found[1] or found[2], words))
        return "".join(isolate(values.get(part, _UNKNOWN)) if odd % 2 else part for odd, part in enumerate(parts))
    return _marked(words, values) if "{" in words else _still(words)


@lru_cache(maxsize=8192)
def _still(words: str) -> Markup:
    """Words that name no value read the same for everybody."""
    return _marked(words, {})


def _marked(words: str, values: Mapping[str, object]) -> Markup:
    """Words as HTML, with emphasis marked."""
    if "*" not in words:
        return _filled(words, values)
    pieces, end = [], 0
    for found in _EMPHASIS.finditer(words):
        template = _STRONG if found[1] else _STANDS_OUT
        pieces += [_filled(words[end : found.start()], values), template.format(_filled(found[1] or found[2], values))]
        end = found.end()
    return Markup("").join([*pieces, _filled(words[end:], values)])


def _filled(words: str, values: Mapping[str, object]) -> Markup:
    """Words without emphasis as HTML, with their places filled."""
    if "{" not in words:
        return escape(words)
    parts = _PLACEHOLDER.split(words)
    return Markup("").join(
        _VALUE.format(values.get(part, _UNKNOWN)) if odd % 2 else escape(part) for odd, part in enumerate(parts)
    )
