"""What must not stand in an invitation, and what must: remarks in the reader's language, each with its place.

An invitation to a satisfaction survey is no advertisement as long as it offers and praises nothing. A word that makes
it one is found in every language, whatever language the text is written in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from forms.messages.compose import EMAIL, PLACE, PLACES
from forms.messages.data import banned
from translations import gettext as _
from translations import lazy_gettext as _l

#: Sort of word -> why it must not stand there.
WHY: Final[Mapping[str, Any]] = {
    "prize": _l("It promises a prize or a present."),
    "lottery": _l("It speaks of a lottery."),
    "discount": _l("It speaks of a discount or a benefit."),
    "offer": _l("It makes an offer."),
    "product": _l("It names a product."),
}
_HIDDEN: Final = _l("The address hides where it leads.")
_FOREIGN: Final = _l("The address is no personal link.")
_ONLY: Final = _l("Only the organisation's own link stands in a message: {link}.")
#: Services that hide where an address leads.
_SHORTENERS: Final = re.compile(
    r"(?:bit\.ly|bitly\.com|t\.co|goo\.gl|tinyurl\.com|ow\.ly|is\.gd|v\.gd|s\.id|buff\.ly|cutt\.ly|rb\.gy|rebrand\.ly|"
    r"short\.io|shorturl\.at|t\.ly|tiny\.cc|did\.li|lnkd\.in)"
)
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
_PREFIX: Final = {"he": "[ושהכלבמ]{0,3}", "ar": "(?:[وفبلك]{0,2}(?:ال)?|لل)"}


@dataclass(frozen=True)
class Problem:
    """One remark: in which text (``sms.invitation.he.text``), which words of it, and what is wrong."""

    message: str
    place: str = ""
    #: What was found, as it stands in the text; empty where something is missing.
    found: str = ""
    #: Where in the text it begins and ends.
    span: tuple[int, int] = (0, 0)
    #: Whether nothing may be sent before it is mended; otherwise a person may know better.
    stops: bool = True


def lint(
    text: str, product_names: Sequence[str] = (), *, channel: str = "sms", part: str = "text", place: str = ""
) -> list[Problem]:
    """Everything wrong with the words of one part of a message, in the order of the text; what is missing last."""
    found = [*_banned(text, place), *_named(text, product_names, place), *_marks(text, place), *_places(text, place),
             *_addresses(text, place)]  # fmt: skip
    found.sort(key=lambda one: one.span)
    return [*found, *_missing(text, channel, part, place)]


def _banned(text: str, place: str) -> Iterator[Problem]:
    seen: set[tuple[int, int]] = set()
    for sort, pattern in _patterns():
        for match in pattern.finditer(text):
            if match.span() not in seen:
                seen.add(match.span())
                yield Problem(_('"%(word)s": %(why)s', word=match[0], why=WHY[sort]), place, match[0], match.span())


def _named(text: str, names: Sequence[str], place: str) -> Iterator[Problem]:
    for name in names:
        if not name.strip():
            continue
        pattern = rf"(?<!\w)[ושהכלבמوفبلك]{{0,3}}{re.escape(name.strip())}(?!\w)"
        for match in re.finditer(pattern, text, re.IGNORECASE):
            yield Problem(_('"%(word)s": %(why)s', word=match[0], why=WHY["product"]), place, match[0], match.span())


def _marks(text: str, place: str) -> Iterator[Problem]:
    for match in re.finditer(r"!+", text):
        message = _("An exclamation mark makes it sound like an advertisement.")
        yield Problem(message, place, match[0], match.span())


def _places(text: str, place: str) -> Iterator[Problem]:
    known = ", ".join(f"{{{name}}}" for name in PLACES)
    for match in PLACE.finditer(text):
        if match[1] not in PLACES:
            message = _("There is no place %(place)s. Places: %(places)s.", place=match[0], places=known)
            yield Problem(message, place, match[0], match.span())
    for match in re.finditer(r"[{}]", PLACE.sub(lambda one: "_" * len(one[0]), text)):
        message = _("A brace stands alone. Places are written as %(place)s.", place="{link}")
        yield Problem(message, place, match[0], match.span())


def _addresses(text: str, place: str) -> Iterator[Problem]:
    for match in _ADDRESS.finditer(text):
        host = re.sub(r"^(?:https?://)?(?:www\.)?", "", match[0].lower()).split("/")[0]
        said = _HIDDEN if _SHORTENERS.fullmatch(host) else _FOREIGN
        yield Problem(f"{match[0]}: {said} {_ONLY}", place, match[0], match.span())


def _missing(text: str, channel: str, part: str, place: str) -> Iterator[Problem]:
    if not text.strip():
        yield Problem(_("Nothing is written here."), place)
        return
    if channel == EMAIL:
        # An e-mail has its button and its way out below the words, whatever they are.
        if part == "subject" and "{link}" in text:
            yield Problem(_("A subject holds no link."), place, "{link}")
        return
    if "{link}" not in text:
        yield Problem(_("The link is missing: write {link} where it is to stand."), place)
    if "{stop}" not in text:
        yield Problem(
            _("It does not say how to receive no more surveys: write {stop} where the word is to stand."), place
        )
    if "{org}" not in text:
        yield Problem(_("It does not say whose message it is: write {org} at its beginning."), place)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """A pattern for each sort and language; the longest words first, so that the whole phrase is shown."""
    made = []
    for sort, by_language in banned().items():
        for language, words in by_language.items():
            ordered = sorted(words, key=len, reverse=True)
            bodies = [re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in ordered]
            # A sign such as % stands right after a number; a word begins where no other letter is before it.
            begins = rf"(?:(?<!\w){_PREFIX.get(language, '')}|(?=[^\w\s]))"
            pattern = rf"{begins}(?:{'|'.join(bodies)})(?!\w)"
            made.append((sort, re.compile(pattern, re.IGNORECASE)))
    return tuple(made)
