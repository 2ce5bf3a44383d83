"""A letter's words: the neutral frame, what it is about, and the address to go to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from forms.messages.html import page
from translations import DEFAULT, format_date, format_month, format_number, isolate, speaking

_DOCUMENT: Final[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("texts.yaml").read_text(encoding="utf-8"))
_FRAME: Final[Mapping[str, Mapping[str, str]]] = _DOCUMENT["frame"]
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Kind:
    """One kind of letter: the page that it leads to, what it depends on, and its words by language."""

    path: str
    #: ``visit``: it is about a visit that the reader still has to make; otherwise it has lost its object.
    about: str
    words: Mapping[str, str]

    @property
    def places(self) -> frozenset[str]:
        """Names of the values that its words and address need."""
        return frozenset(_PLACE.findall(self.path + " ".join(self.words.values())))


#: Code -> kind. A new kind of letter is a part of ``texts.yaml``.
LETTERS: Final[Mapping[str, Kind]] = {
    code: Kind(
        path=found["path"],
        about=found.get("about", ""),
        words={language: found[language] for language in _DOCUMENT["languages"]},
    )
    for code, found in _DOCUMENT["letters"].items()
}


@dataclass(frozen=True)
class Written:
    """A letter in words. What somebody reads over a shoulder, subject and first line, tells nothing."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


def lacking(kind: str, values: Mapping[str, Any]) -> frozenset[str]:
    """Values that a kind of letter needs and does not have. KeyError for a kind that there is not."""
    return LETTERS[kind].places - values.keys()


def compose(kind: str, values: Mapping[str, Any], language: str, org: str, base_url: str) -> Written:
    """A letter in a language. ``values`` hold days as ``YYYY-MM-DD``, months as ``YYYY-MM``, numbers, names of places.

    KeyError for a kind that there is not, or a value that is missing.
    """
    found = LETTERS[kind]
    spoken = language if language in found.words else DEFAULT
    with speaking(spoken):
        said = said_of(values)
        body = found.words[spoken].format_map(said)
        link = base_url + found.path.format_map({name: str(value) for name, value in values.items()})
        frame = {name: words[spoken] for name, words in _FRAME.items()}
    return Written(
        subject=frame["subject"],
        text="\n\n".join((frame["opening"], body, link, frame["footer"])) + "\n",
        html=page(
            language=spoken,
            title=frame["opening"],
            org=org,
            paragraphs=[body],
            button=frame["button"],
            link=link,
            footer=[frame["footer"]],
            stop="",
            stop_link="",
        ),
    )


def said_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Values in the words of the active language, each with its own direction."""
    return {name: isolate(_SAID.get(name, str)(value)) for name, value in values.items()}


def _day(value: Any) -> str:
    return format_date(date.fromisoformat(str(value)))


_SAID: Final[Mapping[str, Callable[[Any], str]]] = {
    "from": _day,
    "until": _day,
    "month": lambda value: format_month(str(value)),
    "count": lambda value: format_number(int(value)),
}
