"""What every screen of questionnaires shares: the blueprint, the words for states, and where a place leads to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, request, url_for

from forms.questionnaire import places
from forms.questionnaire.advice.effort import effort
from forms.questionnaire.definition import Problem
from forms.questionnaire.definition import Questionnaire as Definition
from survey_app.errors import NotFound
from survey_app.kinds import KINDS, kind_of
from survey_app.models import Questionnaire, Version
from survey_app.models.campaign import ANONYMOUS, CONFIDENTIAL
from survey_app.models.questionnaire import DRAFT, PUBLISHED
from survey_app.permissions import Permission, may
from survey_app.queries import questionnaires as queries
from survey_app.web.support import current_user, read_session
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("questionnaires", __name__, url_prefix="/questionnaires")

#: What is said of a translation, and the sort of badge.
TRANSLATIONS: Final = {
    "source": (_l("Original"), "good"),
    "approved": (_l("Approved"), "good"),
    "draft": (_l("Draft"), "warn"),
}
#: Mode of privacy -> what it is called, and what it means to whoever answers.
PRIVACY: Final = {
    CONFIDENTIAL: (
        _l("Confidential"),
        _l("Who answered is kept apart from the answers. Contact joins them only where a call back was asked for."),
    ),
    ANONYMOUS: (
        _l("Anonymous"),
        _l("Nothing leads from an answer back to a person: no agent, no day, no address. Nobody can be called back."),
    ),
}
#: What a document says of privacy, and the mode that follows.
_MODES: Final = {"anonymous": ANONYMOUS, "confidential_until_optin": CONFIDENTIAL, "linked_to_case": CONFIDENTIAL}


def kinds() -> dict[str, str]:
    """Every kind of questionnaire by its name."""
    return {code: str(kind.name) for code, kind in KINDS.items()}


def mode(definition: Definition) -> str:
    """The mode of privacy that a definition asks for; where it does not say, its kind's."""
    return _MODES.get(definition.anonymity or "", kind_of(definition.kind).privacy)


def minutes(definition: Definition) -> int:
    """About how long answering takes, in whole minutes: as its author says, else as its words and types suggest."""
    said = definition.estimated_seconds
    return max(1, round(said / 60)) if said else effort(definition).minutes


def versions(questionnaire: Questionnaire) -> list[Version]:
    """A questionnaire's versions, the newest first."""
    return sorted(questionnaire.versions, key=lambda version: -version.number)


def newest(questionnaire: Questionnaire, state: str | None = None) -> Version | None:
    """The newest version, or the newest one in a state."""
    return next((version for version in versions(questionnaire) if state in {None, version.state}), None)


def draft_of(questionnaire: Questionnaire) -> Version | None:
    """The draft being written: the newest version, unless that one is published."""
    version = newest(questionnaire)
    return version if version is not None and version.state == DRAFT else None


def in_force(questionnaire: Questionnaire) -> Version | None:
    """The version that new answers are given under."""
    return newest(questionnaire, PUBLISHED)


def find(code: str) -> Questionnaire:
    """The questionnaire that an address names; 404 for an unknown one."""
    found = queries.by_code(read_session(), code)
    if not found.versions:
        raise NotFound(_("There is no questionnaire %(code)s.", code=code))
    return found


def version_of(questionnaire: Questionnaire, number: int | None) -> Version:
    """A version by its number, the newest without one; 404 for an unknown number."""
    wanted = [version for version in versions(questionnaire) if number in {None, version.number}]
    if not wanted:
        raise NotFound(_("There is no version %(number)s of this questionnaire.", number=number))
    return wanted[0]


def may_edit() -> bool:
    """Whether the reader may change questionnaires."""
    return may(current_user(), Permission.EDIT_QUESTIONNAIRE)


def asked_number(name: str) -> int | None:
    """A number in the address, or None."""
    return request.args.get(name, type=int)


# ---- where a place of a problem is mended ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Pointer:
    """A problem or a remark, where it is to people, and the address where it is mended (empty for nowhere)."""

    message: str
    place: str
    address: str


def pointers(code: str, definition: Definition, found: Iterable[Problem]) -> list[Pointer]:
    """Problems of a draft, each with the way to where it is mended for who may edit."""
    editing = may_edit()
    return [
        Pointer(
            one.message,
            places.name(definition, one.place),
            place_address(code, definition, one.place) if editing else "",
        )
        for one in found
    ]


def place_address(code: str, definition: Definition, place: str) -> str:
    """Where a place is mended: a language on its page, everything else in the editor."""
    where = places.locate(definition, place)
    if where.kind == "languages" and where.code:
        return url_for("questionnaires.translate", code=code, to=where.code, show="missing")
    return url_for("editor.edit", code=code, at=where.thing or None)


def text_id(place: str) -> str:
    """The id of a text on the page of translations."""
    return f"t-{place}"
