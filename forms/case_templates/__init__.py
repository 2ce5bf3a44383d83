"""Ready words for whoever handles a case: what is said on the telephone and what is written, in four languages.

Pure: the words of ``texts.yaml`` with the case's values put in. Whoever uses them changes them; nothing is sent here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from translations import DEFAULT, direction, isolate, known
from translations import lazy_gettext as _l

#: What a template is for, in the order of a case's life.
KINDS: Final[Mapping[str, Any]] = {
    "thanks": _l("Thanks for telling us"),
    "apology": _l("Apology"),
    "solution": _l("Solution"),
    "explained": _l("Courteous explanation"),
    "time": _l("Asking for time"),
}
#: Where it is said or written, and how long a text may be.
CHANNELS: Final[Mapping[str, Any]] = {"phone": _l("On the telephone"), "sms": _l("Text message"), "email": _l("E-mail")}
#: The state of a case -> the template that comes first.
FIRST: Final[Mapping[str, str]] = {"new": "thanks", "contacted": "apology", "agreed": "solution", "done": "solution"}
_PLACE: Final = re.compile(r"\{(\w+)\}")
#: Letters of the scripts that run to the left, and to the right.
_TO_THE_LEFT: Final = re.compile("[\u05d0-\u05ea\u0620-\u064a]")
_TO_THE_RIGHT: Final = re.compile("[A-Za-z\u0400-\u04ff]")
#: What stands where a value is not known yet: whoever writes fills it in.
_HOLE: Final = "……"


@dataclass(frozen=True)
class Template:
    """One text, filled."""

    kind: str
    channel: str
    text: str


def _read() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("texts.yaml").read_text(encoding="utf-8"))
    return found


_DOCUMENT: Final = _read()


def places() -> frozenset[str]:
    """Names of the values that templates are filled with."""
    return frozenset(
        place
        for channels in _DOCUMENT["templates"].values()
        for languages in channels.values()
        for text in languages.values()
        for place in _PLACE.findall(text)
    )


def filled(kind: str, channel: str, language: str, values: Mapping[str, str]) -> Template:
    """One template in a language, or in Hebrew. KeyError for a kind or channel that there is not.

    A customer without a name is greeted without one; another value that is missing leaves a hole to fill.
    """
    code = known(language) or DEFAULT
    values = {name: _beside(value, code) for name, value in values.items()}
    texts = _DOCUMENT["templates"][kind][channel]
    greeting = _DOCUMENT["greeting" if values.get("name") else "greeting_without_name"][code]
    known_values = {**values, "greeting": greeting.format(name=values.get("name", ""))}
    text = _PLACE.sub(lambda place: known_values.get(place[1]) or _HOLE, texts[code])
    return Template(kind, channel, text.strip())


def _beside(value: str, language: str) -> str:
    """A value as it stands in a text: one whose letters run the other way keeps its own order."""
    other = _TO_THE_LEFT if direction(language) == "ltr" else _TO_THE_RIGHT
    return isolate(value) if other.search(value) and "\n" not in value else value


def offered(language: str, values: Mapping[str, str]) -> list[Template]:
    """Every template in a language, by kind and then by channel."""
    return [filled(kind, channel, language, values) for kind in KINDS for channel in CHANNELS]
