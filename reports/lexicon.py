"""What Hebrew comments speak of, by a lexicon of beginnings of words; and how a searched word is looked for.

A theme is found where a word begins with one of its stems after at most three of the one-letter prefixes:
``(?<![א-ת])[והבלכמש]{0,3}STEM``, once points, geresh and gershayim are gone; words that only look alike are excluded.
There is no model of sentiment: the rating beside a comment carries it. The data are in ``lexicon.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

import yaml

from translations import lazy_gettext as _l

THEMES: Final[Mapping[str, Any]] = {
    "waiting": _l("Waiting times"),
    "courtesy": _l("Courtesy and attention"),
    "professionalism": _l("Professional knowledge"),
    "clarity": _l("Clear explanations"),
    "promises": _l("Keeping promises"),
    "problem": _l("Problems and complaints"),
    "fees": _l("Fees and interest"),
    "digital": _l("App, site and machines"),
    "accessibility": _l("Access and comfort"),
    "privacy": _l("Discretion"),
    "hours": _l("Opening hours"),
    "cash": _l("Cash and cheques"),
    "account": _l("Account and forms"),
    "credit": _l("Loans and mortgages"),
    "savings": _l("Savings and investments"),
    "cards": _l("Cards"),
}
"""Code of a theme -> what it is called, in the order of the page where counts are equal."""

POINTS: Final = "".join(map(chr, [*range(0x0591, 0x05BE), 0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5, 0x05C7]))
"""Hebrew points and accents: not letters, and not the maqaf."""
MARKS: Final = "׳״'\"’”"
"""Geresh, gershayim and what keyboards write in their place."""
DASHES: Final = "־–—"
_GONE: Final = str.maketrans(dict.fromkeys(POINTS + MARKS, "") | dict.fromkeys(DASHES, " "))

#: One-letter prefixes as they can follow each other: and; that, when; the, in, to, as, from.
_PREFIXES: Final = tuple(
    map("".join, product(("", "ו"), ("", "ש", "כש", "מש", "לכש"), ("", "ה", "ב", "ל", "כ", "מ", "מה")))
)
_FINAL: Final = {"ם": "מ", "ן": "נ", "ץ": "צ", "ף": "פ", "ך": "כ"}
_WORD: Final = re.compile(r"[^\W_]+")
_HEBREW: Final = re.compile(r"[א-ת]")
#: A search is of so many words at most, each with so many letters at least: one letter is in every comment.
MOST_WORDS, LEAST_LETTERS = 6, 2


def plain(text: str) -> str:
    """A text without points and marks, dashes as spaces, in small letters: as it is compared and indexed."""
    return text.translate(_GONE).lower()


def _alternatives(stems: Sequence[str]) -> str:
    # A full stop in the data closes the word.
    return "|".join(
        re.escape(stem.removesuffix(".")) + ("(?![א-ת])" if stem.endswith(".") else "")
        for stem in sorted(stems, key=len, reverse=True)
    )


@cache
def _rules() -> Mapping[str, re.Pattern[str]]:
    data: Mapping[str, Mapping[str, Sequence[str]]] = yaml.safe_load(
        (Path(__file__).parent / "lexicon.yaml").read_text(encoding="utf-8")
    )
    if set(data) != set(THEMES):
        raise ValueError("lexicon.yaml and THEMES name the same themes")
    found = {}
    for theme in THEMES:
        rule = data[theme]
        but = f"(?![והבלכמש]{{0,3}}(?:{_alternatives(rule['not'])}))" if rule["not"] else ""
        found[theme] = re.compile(f"(?<![א-ת]){but}[והבלכמש]{{0,3}}(?:{_alternatives(rule['stems'])})")
    return found


def themes(text: str) -> tuple[str, ...]:
    """The themes that a comment speaks of, in the order of :data:`THEMES`; none for a text in another language."""
    words = plain(text)
    if not _HEBREW.search(words):
        return ()
    return tuple(theme for theme, rule in _rules().items() if rule.search(words))


def sought(query: str) -> list[tuple[str, ...]]:
    """What a search looks for: for each word of the query the beginnings of which one must be in the comment.

    A Hebrew word is looked for after every prefix, with a last letter in its inner form too, and a feminine ending in
    its plural. Empty where the query has no word that can be looked for.
    """
    found: list[tuple[str, ...]] = []
    for word in _WORD.findall(plain(query)):
        if len(word) < LEAST_LETTERS:
            continue
        beginnings = _forms(word)
        if beginnings not in found:
            found.append(beginnings)
    return found[:MOST_WORDS]


def _forms(word: str) -> tuple[str, ...]:
    if not _HEBREW.search(word):
        return (word,)
    forms = [word]
    if word[-1] in _FINAL:
        forms.append(word[:-1] + _FINAL[word[-1]])
    if word[-1] == "ה" and len(word) > LEAST_LETTERS + 1:
        forms += [word[:-1] + "ת", word[:-1] + "ות"]
    return tuple(dict.fromkeys(prefix + form for form in forms for prefix in _PREFIXES))
