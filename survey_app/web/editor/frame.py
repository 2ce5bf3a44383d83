"""What every page of the editor begins with: the draft, its definition, and where in it the author is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, url_for

from forms.questionnaire import places
from forms.questionnaire.definition import DefinitionError
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.editing import find_question
from forms.questionnaire.editing.tree import INDEXES, QUESTIONS, SCALES, SECTIONS
from survey_app.models import Questionnaire, Version
from survey_app.queries import drafts, questionnaires
from survey_app.web.security import CONTENT_POLICY
from survey_app.web.support import read_session

blueprint = Blueprint("editor", __name__, url_prefix="/questionnaires")

#: Parts without a code of their own, by every name that a check or another page may give them.
STANDING: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("settings", "title", "languages", "total_points", "critical_cap", "anonymity", "series"), "settings"
    ),
    **dict.fromkeys(("estimated_seconds", "min_group_size", "no_free_text_below_group"), "settings"),
    **dict.fromkeys(("opening", "intro", "notice"), "opening"),
    "privacy": "privacy",
    **dict.fromkeys(("ending", "thanks", "follow_up"), "ending"),
    **dict.fromkeys(("rules", "confirmation", "automation", "sending", "notes"), "rules"),
    "scales": "scales",
    "indexes": "indexes",
}


@dataclass(frozen=True)
class Desk:
    """A draft on the author's desk."""

    questionnaire: Questionnaire
    version: Version
    definition: Definition

    @property
    def code(self) -> str:
        """The questionnaire's code."""
        return self.version.questionnaire.code


@dataclass(frozen=True)
class Spot:
    """Where in a draft the author is: the kind of part and its code. Both are empty at the beginning."""

    kind: str = ""
    code: str = ""

    @property
    def at(self) -> str:
        """How an address names it."""
        return f"{self.kind}.{self.code}" if self.code else self.kind


GONE: Final = Spot("gone")


def desk(code: str) -> Desk | None:
    """The draft of a questionnaire; None where it has none yet. 404 for an unknown questionnaire."""
    session = read_session()
    questionnaire = questionnaires.by_code(session, code)
    version = drafts.draft_of(session, questionnaire.id)
    return None if version is None else Desk(questionnaire, version, questionnaires.definition(version))


def spot(definition: Definition, at: str) -> Spot:
    """Where an address points: a place, a bare code, or the name of a standing part."""
    if not at:
        return Spot()
    if at in STANDING:
        return Spot(STANDING[at])
    if at == SECTIONS:
        return Spot()  # no section is there yet: the beginning says what to do
    where = places.locate(definition, at)
    if where.code and where.kind in {QUESTIONS, SECTIONS, SCALES, INDEXES}:
        return _whole(definition, Spot(where.kind, where.code))
    if where.kind in STANDING and where.rest:
        return Spot(STANDING[where.kind])
    for kind, codes in (
        (QUESTIONS, definition.by_code),
        (SECTIONS, [one.code for one in definition.sections]),
        (SCALES, definition.scales),
        (INDEXES, definition.indexes),
    ):
        if at in codes:
            return _whole(definition, Spot(kind, at))
    return _whole(definition, Spot(QUESTIONS, at))


def _whole(definition: Definition, found: Spot) -> Spot:
    """A statement is edited with its group."""
    if found.kind != QUESTIONS:
        return found
    try:
        return Spot(QUESTIONS, find_question(definition, found.code).code)
    except DefinitionError:
        return GONE


def address(code: str, at: str = "", **more: Any) -> str:
    """The address of a part on the screen."""
    return url_for("editor.edit", code=code, at=at or None, **more)


def framed(response: Response) -> Response:
    """A page that our own pages may show in a frame."""
    response.headers["Content-Security-Policy"] = CONTENT_POLICY.replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def framing(response: Response) -> Response:
    """A page that shows one of our own pages in a frame."""
    response.headers["Content-Security-Policy"] = f"{CONTENT_POLICY}; frame-src 'self'"
    return response
