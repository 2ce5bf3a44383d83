"""Beginning a questionnaire: an empty one of a kind, and what a file brought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.orm import Session

from forms.questionnaire import library
from forms.questionnaire.definition import DEFAULT_LANGUAGE, Privacy, dump
from forms.questionnaire.definition import Questionnaire as Definition
from survey_app.commands import drafts
from survey_app.commands.questionnaires import IMPORT, RESERVED, unreserved
from survey_app.kinds import kind_of
from survey_app.models import Questionnaire, Version
from survey_app.models.campaign import ANONYMOUS

#: Kind -> the questionnaire of the library whose privacy notice a new one of that kind begins with.
_NOTICES: Final[Mapping[str, str]] = {
    "customer_survey": "post_visit_branch",
    "employee_survey": "employee_pulse",
    "mystery_shop": "branch_mystery_visit",
    "certification": "branch_mystery_visit",
    "call_listening": "call_listening_form",
    "field_visit": "executive_field_visit",
}
_ANONYMITY: Final = {ANONYMOUS: "anonymous"}
FORMAT: Final = 1


def free_code(session: Session, wish: str) -> str:
    """A code that nobody has and no address uses, as near to ``wish`` as can be."""
    return drafts.free_code(session, f"{wish}_1" if wish in RESERVED else wish)


def blank(session: Session, *, kind: str, title: str, code: str, user_id: int | None) -> Version:
    """A draft of a kind with a Hebrew title and no question yet; without a code it gets one by its kind.

    It begins with the privacy notice of its kind, in Hebrew, to be read and changed.
    """
    document: dict[str, Any] = {
        "format": FORMAT,
        "code": unreserved(code) if code else free_code(session, kind),
        "kind": kind,
        "title": {DEFAULT_LANGUAGE: title},
        "languages": {DEFAULT_LANGUAGE: "source"},
        "anonymity": _ANONYMITY.get(kind_of(kind).privacy, "confidential_until_optin"),
        "sections": [],
    }
    notice = library.load(_NOTICES[kind]).privacy
    if notice is not None:
        document["privacy"] = dump_privacy(notice)
    return drafts.begin(session, document, actor_id=user_id)


def dump_privacy(notice: Privacy) -> dict[str, Any]:
    """The Hebrew of a privacy notice, as a document holds it."""
    return {
        part: {DEFAULT_LANGUAGE: getattr(notice, part)[DEFAULT_LANGUAGE]}
        for part in ("purposes", "recipients", "duty", "officer")
    }


def take_in(session: Session, definition: Definition, *, code: str, kind: str, user_id: int | None) -> Version:
    """A new questionnaire, as a draft, of what a file says. Conflict where the code is taken."""
    document = dump(replace(definition, code=unreserved(code), kind=kind))
    return drafts.begin(session, document, actor_id=user_id)


def stand_in(
    session: Session, questionnaire: Questionnaire, definition: Definition, *, revision: int | None, user_id: int | None
) -> Version:
    """Let the draft of a questionnaire say what a file says; it keeps its code and kind, and the edit can be undone.

    ``revision`` is that of the draft which was compared with the file, None where there was none: Stale where the draft
    changed since.
    """
    draft = drafts.open_draft(session, questionnaire, user_id=user_id)
    wanted = replace(definition, code=questionnaire.code, kind=questionnaire.kind)
    seen = 0 if revision is None else revision
    return drafts.edit(session, draft.id, seen, IMPORT, "", lambda _before: wanted, user_id=user_id)
