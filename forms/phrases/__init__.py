"""Ready phrases of the reviewers' desk: what is said to a shopper again and again, in the shopper's language.

Pure: the words of ``phrases.yaml``, and how a note is put together of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from translations import DEFAULT


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase: for which decisions it is offered, and its words by language."""

    code: str
    outcomes: frozenset[str]
    text: Mapping[str, str]

    def said(self, language: str) -> str:
        """Its words in a language, or in Hebrew."""
        return self.text.get(language) or self.text[DEFAULT]


def _read() -> dict[str, Phrase]:
    document: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "phrases.yaml").read_text(encoding="utf-8"))
    return {code: Phrase(code, frozenset(one["for"]), one["text"]) for code, one in document.items()}


#: Code -> phrase, in the order in which they are offered.
PHRASES: Final[Mapping[str, Phrase]] = _read()


def offered(outcome: str) -> list[Phrase]:
    """The phrases that go with a decision."""
    return [one for one in PHRASES.values() if outcome in one.outcomes]


def note(codes: Iterable[str], own: str, language: str) -> str:
    """What the shopper reads: the phrases in the shopper's language, one a line, then the reviewer's own words.

    KeyError for an unknown code.
    """
    lines = [PHRASES[code].said(language) for code in codes]
    return "\n".join([*lines, own.strip()] if own.strip() else lines)
