"""Letters to customers: their words by channel, in the customer's own language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from forms.letters.compose import Written, said_of
from forms.messages.html import page
from translations import DEFAULT, speaking

_DOCUMENT: Final[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("customers.yaml").read_text("utf-8"))
_FRAME: Final[Mapping[str, Mapping[str, str]]] = _DOCUMENT["frame"]
_PLACE = re.compile(r"\{(\w+)\}")
#: Values that are words for one reader: they are let go of as soon as the letter needs them no more.
PERSONAL: Final = frozenset({"text", "by", "manager", "role"})
#: Parts of a text message to a customer who waits for an answer; an invitation may have fewer.
MOST_PARTS: Final = 6


@dataclass(frozen=True)
class CustomerKind:
    """One kind of letter to a customer; ``case``: it is about a case and leads to the customer's page of it."""

    case: bool
    words: Mapping[str, str]

    @property
    def places(self) -> frozenset[str]:
        """Names of the values that its words need."""
        return frozenset(_PLACE.findall(" ".join(self.words.values())))


CUSTOMER_LETTERS: Final[Mapping[str, CustomerKind]] = {
    code: CustomerKind(
        case=found.get("case", False), words={language: found[language] for language in _DOCUMENT["languages"]}
    )
    for code, found in _DOCUMENT["letters"].items()
}


def lacking(kind: str, values: Mapping[str, Any]) -> frozenset[str]:
    """Values that a kind of letter needs and does not have. KeyError for a kind that there is not."""
    found = CUSTOMER_LETTERS[kind]
    return found.places - values.keys() - ({"number"} if found.case else frozenset())


def compose(kind: str, values: Mapping[str, Any], language: str, org: str, link: str) -> Written:
    """A letter to a customer; ``link`` is the page of the case, or empty. ``text`` of a text message: the sender's
    name, the words, the address.

    KeyError for a kind that there is not, or a value that is missing.
    """
    found = CUSTOMER_LETTERS[kind]
    spoken = language if language in found.words else DEFAULT
    with speaking(spoken):
        # Free words are the whole message: they need no direction of their own within it.
        said = {**said_of(values), **{name: str(values[name]) for name in ("text", "by") if name in values}}
        body = found.words[spoken].format_map(said).strip()
        named = {name: words[spoken].format_map({**said, "org": org}) for name, words in _frame(found.case).items()}
    footer = named["footer"]
    return Written(
        subject=named["subject"],
        text="\n".join(part for part in (f"{org}: {body}" if org else body, link) if part),
        html=page(
            language=spoken,
            title=named["subject"],
            org=org,
            paragraphs=[one for one in body.split("\n\n") if one.strip()],
            button=named["button"],
            link=link,
            footer=[footer],
            stop="",
            stop_link="",
        ),
    )


def _frame(case: bool) -> Mapping[str, Mapping[str, str]]:
    return {
        "subject": _FRAME["case" if case else "plain"],
        "button": _FRAME["button"],
        "footer": _FRAME["footer" if case else "plain_footer"],
    }
