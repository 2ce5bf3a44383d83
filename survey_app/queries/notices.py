"""What everybody is told about privacy before the first answer: the questionnaire's words with the names filled in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.questionnaire.definition import Privacy
from forms.questionnaire.definition import Questionnaire as Definition
from survey_app.models import Notice, Organisation, Response
from survey_app.queries import organisation
from translations import gettext as _
from translations import isolate, isolate_ltr, localised, speaking

#: Part of the notice -> language -> words.
Content = Mapping[str, Mapping[str, str]]
#: The parts in the order they are read.
PARTS: Final = tuple(part.name for part in fields(Privacy))
#: How each detail of the officer keeps its direction; a telephone stays on one line.
_REACHED_BY: Final[Mapping[str, Callable[[str], str]]] = {
    "name": isolate,
    "telephone": lambda number: isolate_ltr(number.replace("-", "\u2011")),
    "email": isolate_ltr,
}


def officer(found: Organisation, language: str) -> str:
    """Who answers for privacy and how to reach them; by their office where no name was entered."""
    entered = found.details.get("privacy_officer") or {}
    known = [shown(str(entered[part])) for part, shown in _REACHED_BY.items() if entered.get(part)]
    with speaking(language):
        return ", ".join(known) or _("the privacy officer of %(org)s", org=isolate(_name(found, language)))


def _name(found: Organisation, language: str) -> str:
    return localised(found.name, language) or localised(organisation.UNNAMED, language)


def content(session: Session, definition: Definition) -> Content | None:
    """The notice as it is shown today; None where the questionnaire has none (those published before notices were)."""
    if definition.privacy is None:
        return None
    found = organisation.organisation(session)

    def filled(language: str, words: str) -> str:
        names = {"{org}": _name(found, language), "{officer}": officer(found, language)}
        for place, name in names.items():
            words = words.replace(place, isolate(name))
        return words

    return {
        part: {language: filled(language, words) for language, words in getattr(definition.privacy, part).items()}
        for part in PARTS
    }


def digest(words: Content) -> str:
    """A fingerprint: the same words are the same version of the notice."""
    canonical = json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def stored(session: Session, questionnaire_id: int, fingerprint: str) -> Notice | None:
    """A version of a questionnaire's notice by its fingerprint."""
    return session.scalar(
        select(Notice).where(Notice.questionnaire_id == questionnaire_id, Notice.digest == fingerprint)
    )


def of(session: Session, response: Response) -> Notice | None:
    """The notice a response was given under; None for old ones and those that came by file."""
    return session.get(Notice, response.notice_id) if response.notice_id is not None else None


def shown(session: Session, definition: Definition, notice_id: int | None) -> dict[str, Any] | None:
    """What is shown to somebody: the notice under which they began, else today's."""
    notice = session.get(Notice, notice_id) if notice_id is not None else None
    words = notice.content if notice is not None else content(session, definition)
    return dict(words) if words is not None else None
