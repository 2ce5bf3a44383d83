"""How messages will look on a customer's screen, from the words of a plan and the longest names there are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from forms import messages
from forms.campaign_names import CHANNELS
from forms.messages import Parts, Problem, Values
from forms.messages.compose import EMAIL, PARTS, PLACES, SMS, fill
from forms.messages.data import texts as shipped
from survey_app.outreach.rules import Rules
from survey_app.queries.outreach import policy
from survey_app.queries.readiness import KINDS, Installation, kinds_sent, sample_values, text_id
from translations import LANGUAGES, direction
from translations import gettext as _
from translations import lazy_gettext as _l

#: Parts of a message by name.
PART_NAMES: Mapping[str, Any] = {
    "text": _l("Text"),
    "subject": _l("Subject"),
    "body": _l("Words before the button"),
    "button": _l("Words on the button"),
}


@dataclass(frozen=True)
class Piece:
    """One part of a message: its words with their places open, and what is wrong with them."""

    part: str
    id: str
    name: str
    words: str
    default: str
    problems: tuple[Problem, ...]
    rows: int


@dataclass(frozen=True)
class Shown:
    """One message as it will be read."""

    channel: str
    kind: str
    language: str
    pieces: tuple[Piece, ...]
    values: Values
    #: The words with their places filled, by part.
    filled: Mapping[str, str]
    #: Of an e-mail: its paragraphs, and the lines below the button that nobody can take out.
    paragraphs: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    stop: str = ""
    #: Of a text message.
    parts: Parts | None = None

    @property
    def kind_name(self) -> str:
        """Invitation or reminder."""
        return str(KINDS[self.kind])

    @property
    def channel_name(self) -> str:
        """The channel by name."""
        return str(CHANNELS[self.channel])

    @property
    def language_name(self) -> str:
        """The language by its own name."""
        return LANGUAGES[self.language]

    @property
    def direction(self) -> str:
        """Where the language runs."""
        return direction(self.language)

    @property
    def sample(self) -> dict[str, str]:
        """What fills the places, for the script that counts while somebody types."""
        return {place: fill("{" + place + "}", self.values, self.language) for place in PLACES}


def shown(
    session: Session,
    rules: Rules,
    texts: Mapping[str, Any],
    channel: str,
    languages: Sequence[str],
    installation: Installation,
    questionnaire: str,
    kinds: Sequence[str] | None = None,
) -> list[Shown]:
    """The messages of a channel, by language and kind; none for a channel that has no words."""
    if channel not in PARTS:
        return []
    names, chosen = policy(session).product_names, kinds or kinds_sent(rules)
    found: list[Shown] = []
    for language in languages:
        values = sample_values(session, rules, language, installation, channel)
        found += [_one(texts, channel, kind, language, values, names, questionnaire) for kind in chosen]
    return found


def _one(
    texts: Mapping[str, Any],
    channel: str,
    kind: str,
    language: str,
    values: Values,
    names: Sequence[str],
    questionnaire: str,
) -> Shown:
    words = messages.words(texts, channel, kind, language, questionnaire)
    default = messages.defaults(channel, kind, language, questionnaire)
    problems = messages.check(
        texts,
        channels=(channel,),
        languages=(language,),
        worst={language: values},
        product_names=names,
        questionnaire=questionnaire,
        kinds=(kind,),
    )
    pieces = []
    for part, text in words.items():
        place = f"{channel}.{kind}.{language}.{part}"
        own = tuple(one for one in problems if one.place == place)
        rows = 6 if part == "body" else 3 if part == "text" else 1
        pieces.append(Piece(part, text_id(place), str(PART_NAMES[part]), text, default[part], own, rows))
    filled = {part: fill(text, values, language) for part, text in words.items()}
    made = Shown(channel, kind, language, tuple(pieces), values, filled)
    if channel == EMAIL:
        return _email(made)
    return replace(made, parts=messages.parts(filled["text"]) if channel == SMS else None)


def _email(made: Shown) -> Shown:
    footer = shipped()["footer"]
    lines = (*(footer[part][made.language] for part in ("safe", "own", "why")), made.values.verify)
    paragraphs = (one.strip() for one in re.split(r"\n\s*\n", made.filled["body"]))
    return replace(
        made,
        paragraphs=tuple(one for one in paragraphs if one),
        footer=tuple(one for one in lines if one),
        stop=footer["stop"][made.language],
    )


def room(parts: Parts) -> str:
    """How long a text message is, in words."""
    return _("%(units)s characters, %(count)s of at most %(most)s parts", units=parts.units, count=parts.count, most=2)


def typed(sent: Mapping[str, str], before: Mapping[str, Any], found: Sequence[Shown]) -> dict[str, Any]:
    """A plan's words with what was typed for these messages; the default words are not kept, an empty field is them."""
    texts = {
        channel: {kind: {code: dict(said) for code, said in spoken.items()} for kind, spoken in kinds.items()}
        for channel, kinds in before.items()
    }
    for one in found:
        said = {}
        for piece in one.pieces:
            words = "\n".join(line.rstrip() for line in str(sent.get(piece.id, "")).splitlines()).strip()
            if words and words != piece.default:
                said[piece.part] = words
        spoken = texts.setdefault(one.channel, {}).setdefault(one.kind, {})
        spoken.pop(one.language, None)
        if said:
            spoken[one.language] = said
    return {
        channel: kept
        for channel, kinds in texts.items()
        if (kept := {kind: spoken for kind, spoken in kinds.items() if spoken})
    }
