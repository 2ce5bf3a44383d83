"""Whether a customer's words accuse somebody, in four languages: then the case never begins with whom it may name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from reports.lexicon import plain

#: Arabic vowel signs and the stretching of a word are no letters.
_SIGNS: Final = dict.fromkeys([*range(0x064B, 0x0653), 0x0640, 0x0670])
#: Language -> what may stand before the beginning of a word.
_BEFORE: Final[Mapping[str, str]] = {
    "he": r"(?<![א-ת])[ושהכלבמ]{0,3}",
    "en": r"(?<![a-z])",
    "ar": r"(?<![\u0621-\u064a])(?:[وفبلك]{0,2}(?:ال)?)",
    "ru": r"(?<![а-яё])",
}


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    words: Mapping[str, Mapping[str, Sequence[str]]] = yaml.safe_load(
        Path(__file__).with_name("accusations.yaml").read_text(encoding="utf-8")
    )
    return {
        subject: re.compile("|".join(f"{_BEFORE[code]}(?:{_any(stems)})" for code, stems in by_language.items()))
        for subject, by_language in words.items()
    }


def _any(stems: Sequence[str]) -> str:
    return "|".join(
        re.escape(_plain(one.removesuffix("."))) + (r"(?!\w)" if one.endswith(".") else "")
        for one in sorted(stems, key=len, reverse=True)
    )


def _plain(text: str) -> str:
    return " ".join(plain(text).translate(_SIGNS).split())


def accused_of(texts: Iterable[Any]) -> str:
    """The sensitive subject that a customer's words speak of: a code of :data:`survey_app.loop.subjects.SENSITIVE`.

    Empty where they accuse nobody. Of two the one that stands first in the file.
    """
    said = _plain(" \n ".join(str(one) for one in texts))
    return next((subject for subject, pattern in _patterns().items() if pattern.search(said)), "") if said else ""
