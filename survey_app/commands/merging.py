"""Two devices on one link: what each page was shown with, and which answers both gave differently.

A page carries a fingerprint of every answer that it was shown with. When it is sent, an answer that was not touched on
it gives way to what came from elsewhere meanwhile; one that was touched here and there is disputed, stays as it stands
and is asked for again. A draft's marks say which showing of a page wrote an answer, so that a page which was kept
quietly, or came back from a browser's memory, is in dispute with nobody but itself.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any, Final, Self

from forms.questionnaire.build import Page

#: Bytes of a fingerprint, and of the name of one showing of a page.
_PRINT, _NAME = 3, 4
_PARTS: Final = "~"


def _print(value: Any) -> str:
    """A short fingerprint of a stored value, empty for none: enough to tell one answer from another."""
    if value is None:
        return ""
    return blake2s(json.dumps(value, sort_keys=True).encode(), digest_size=_PRINT).hexdigest()


@dataclass(frozen=True)
class Seen:
    """What one showing of a page held: its own name, and the fingerprints of the answers by code."""

    showing: str
    prints: Mapping[str, str]

    @classmethod
    def of(cls, page: Page, answers: Mapping[str, Any]) -> Self:
        """A page that is shown now."""
        return cls(secrets.token_hex(_NAME), {code: _print(answers.get(code)) for code in sorted(page.stored)})

    @classmethod
    def read(cls, text: str, page: Page) -> Self | None:
        """What a page says that it was shown with; None where it says nothing that can be read."""
        showing, *prints = text.split(_PARTS)
        codes = sorted(page.stored)
        if not showing.isalnum() or len(prints) != len(codes):
            return None
        return cls(showing[: 2 * _NAME], dict(zip(codes, prints, strict=True)))

    def __str__(self) -> str:
        return _PARTS.join((self.showing, *(self.prints[code] for code in sorted(self.prints))))


def to_keep(sent: Mapping[str, Any], stored: Mapping[str, Any], marks: Mapping[str, str], seen: Seen) -> dict[str, Any]:
    """What of a page's answers may be written over those that stand.

    ``sent`` has None where a question was left blank, ``stored`` has no entry there.
    """

    def is_own(code: str) -> bool:
        return _print(stored.get(code)) == seen.prints.get(code, "") or marks.get(code) == seen.showing

    return {code: value for code, value in sent.items() if value == stored.get(code) or is_own(code)}


def disputed(sent: Mapping[str, Any], stands: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
    """Once a page was kept: what stands (None: left blank) of the answers that it, too, had changed, by code."""
    return {
        code: stands.get(code)
        for code, value in sent.items()
        if value != stands.get(code) and _print(value) != seen.prints.get(code, "")
    }
