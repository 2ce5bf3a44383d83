"""The charter of a programme: its parts, and the words that a new one begins with in every language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from translations import DEFAULT
from translations import lazy_gettext as _l

PARTS: Final[Mapping[str, Any]] = {
    "purpose": _l("What the programme is for"),
    "use": _l("How its results are used"),
    "never": _l("What its results never decide"),
}


@cache
def proposed() -> Mapping[str, Mapping[str, str]]:
    """Language -> part -> words. They say what the product does by itself; an organisation writes what it promises."""
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    return found


def missing(charter: Mapping[str, Any]) -> list[str]:
    """Parts that are not written in the organisation's language; a programme begins with none missing."""
    return [part for part in PARTS if not (charter.get(DEFAULT) or {}).get(part)]


def read(charter: Mapping[str, Any], language: str) -> dict[str, str]:
    """The charter in a language; a part that is not translated in Hebrew."""
    own, source = charter.get(language) or {}, charter.get(DEFAULT) or {}
    return {part: own.get(part) or source.get(part) or "" for part in PARTS}
