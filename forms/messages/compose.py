"""A message from its words and values: the campaign's own words where it has some, else the shipped ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from forms.messages.data import texts as shipped
from forms.messages.html import page
from forms.questionnaire import library
from translations import FSI, PDI, RIGHT_TO_LEFT

EMAIL, SMS, WHATSAPP = CHANNELS = ("email", "sms", "whatsapp")
INVITATION, REMINDER = KINDS = ("invitation", "reminder")
#: What a text may leave open. A name is not among them: an invitation does not need one, and a wrong one offends.
PLACES: Final = ("org", "branch", "date", "link", "stop")
#: Channel -> the parts of a message that have words.
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    EMAIL: ("subject", "body", "button"),
    SMS: ("text",),
    WHATSAPP: ("text",),
}
#: Anything in braces is a place, known or not.
PLACE: Final = re.compile(r"\{([^{}\n]*)\}")
_RIGHT: Final = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LEFT: Final = re.compile(r"[A-Za-z\u00c0-\u024f\u0370-\u052f]")

Texts = Mapping[str, Any]


@dataclass(frozen=True)
class Values:
    """What fills the places of one message."""

    org: str
    branch: str
    #: As the message's language writes a date.
    date: str
    #: The personal address of the survey, and the one that ends invitations with one tap.
    link: str
    stop_link: str = ""
    #: How a customer makes sure that the message is the organisation's own; stands in e-mails.
    verify: str = ""
    #: Whether an answer to the message reaches us: only then it says which word ends invitations.
    replies: bool = True


@dataclass(frozen=True)
class Composed:
    """A message ready to go: ``subject`` and ``html`` are empty where the channel has none."""

    subject: str
    text: str
    html: str = ""


def parts_of(channel: str) -> tuple[str, ...]:
    """The parts of a message of a channel."""
    return PARTS[channel]


def defaults(channel: str, kind: str, language: str, questionnaire: str = "") -> dict[str, str]:
    """The shipped words of a message: part -> text, with what the questionnaire's customers are asked put in."""
    ask = _ask(questionnaire, language, kind)
    found = {}
    for part in PARTS[channel]:
        text: str = shipped()[channel][part][language].replace("{ask}", ask)
        found[part] = _capital(text) if channel == EMAIL else text
    return found


def _ask(questionnaire: str, language: str, kind: str) -> str:
    """What the shipped text message of a questionnaire asks: its words between the organisation and the address."""
    shipped_asks = [one for one in library.messages().sms.values() if one.questionnaire == questionnaire]
    shipped_asks.sort(key=lambda one: (one.code == REMINDER) != (kind == REMINDER))
    ask: str = shipped()["ask"][language]
    for one in shipped_asks[:1]:
        ask = one.text[language].removeprefix("{org}: ").partition(" {url}")[0]
        if one.code == REMINDER:
            return ask
    again: str = shipped()["again"][language]
    return again + ask if kind == REMINDER else ask


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def words(texts: Texts, channel: str, kind: str, language: str, questionnaire: str = "") -> dict[str, str]:
    """The words of a message: a campaign's own (channel -> kind -> language -> part -> text), part by part."""
    own = texts.get(channel, {}).get(kind, {}).get(language, {})
    return {
        part: str(own.get(part) or "").strip() or text
        for part, text in defaults(channel, kind, language, questionnaire).items()
    }


def compose(texts: Texts, channel: str, kind: str, language: str, values: Values, questionnaire: str = "") -> Composed:
    """A whole message. ``questionnaire`` chooses among the shipped words where the campaign has none."""
    said = words(texts, channel, kind, language, questionnaire)
    filled = {part: fill(text, values, language) for part, text in said.items()}
    if channel != EMAIL:
        return Composed("", filled["text"])
    footer = [
        *(text for text in (shipped()["footer"][part][language] for part in ("safe", "own", "why"))),
        *([values.verify] if values.verify else []),
    ]
    stop = shipped()["footer"]["stop"][language]
    subject = " ".join(filled["subject"].split())
    plain = "\n\n".join(
        [f"{values.org}: {subject}", filled["body"], f"{filled['button']}:\n{values.link}", "\n".join(footer),
         *([f"{stop}:\n{values.stop_link}"] if values.stop_link else [])]
    )  # fmt: skip
    paragraphs = [one.strip() for one in re.split(r"\n\s*\n", filled["body"]) if one.strip()]
    html = page(
        language=language, title=subject, org=values.org, paragraphs=paragraphs, button=filled["button"],
        link=values.link, footer=footer, stop=stop, stop_link=values.stop_link,
    )  # fmt: skip
    return Composed(subject, plain + "\n", html)


def fill(text: str, values: Values, language: str) -> str:
    """A text with its places filled. What is not a place stays as it stands: the lint has told of it."""
    stop = shipped()["stop"]["word" if values.replies else "link"][language]
    known = {
        "org": own_direction(values.org, language),
        "branch": own_direction(values.branch, language),
        "date": values.date,
        # Never between isolates: some telephones would take the mark into the address.
        "link": values.link,
        "stop": stop,
    }
    return PLACE.sub(lambda found: known.get(found[1], found[0]), text)


def own_direction(name: str, language: str) -> str:
    """A name that runs against the language's direction, between isolates; any other stays as it is.

    Isolates turn a message of 160 characters into one of 70, so they stand only where letters run both ways.
    """
    against = _LEFT if language in RIGHT_TO_LEFT else _RIGHT
    return f"{FSI}{name}{PDI}" if against.search(name) else name
