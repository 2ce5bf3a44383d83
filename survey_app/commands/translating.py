"""What is said in a draft, in each language: written, approved, taken back. Every act is an edit of the draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from forms.questionnaire import translating
from forms.questionnaire.definition import DEFAULT_LANGUAGE
from survey_app.commands import drafts
from survey_app.commands.draft_steps import Stale, stale
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Questionnaire, Version
from survey_app.queries import questionnaires as queries
from translations import LANGUAGES, ngettext
from translations import gettext as _

#: What the history of a draft calls these acts.
TRANSLATE: Final = "translate"
APPROVE: Final = "approve"
WITHDRAW: Final = "withdraw"
REMOVE: Final = "remove_language"


def _draft(session: Session, questionnaire: Questionnaire, seen: int | None, user_id: int | None) -> Version:
    """The draft to write to. ``seen`` is the number of the draft that was shown, None where there was none.

    Raises Stale where the one shown is no longer the draft: it was published, or thrown away.
    """
    draft = drafts.open_draft(session, questionnaire, user_id=user_id)
    if seen is not None and draft.number != seen:
        raise stale(session, draft, draft.revision)
    return draft


def write(
    session: Session,
    questionnaire: Questionnaire,
    language: str,
    words: Mapping[str, str],
    *,
    seen: int | None,
    revision: int,
    user_id: int | None,
) -> Version:
    """Write texts in a language by their places; empty words take a text away. Stale where the draft changed since."""
    draft = _draft(session, questionnaire, seen, user_id)
    return drafts.edit(
        session,
        draft.id,
        revision if seen is not None else 0,
        TRANSLATE,
        f"languages.{language}",
        lambda before: translating.translated(before, language, words),
        user_id=user_id,
    )


def approve(
    session: Session, questionnaire: Questionnaire, language: str, *, revision: int, user_id: int | None
) -> Version:
    """Say that a language is right as it stands. UserError with every text that is missing."""
    draft = drafts.open_draft(session, questionnaire, user_id=user_id)
    definition = queries.definition(draft)
    _known(definition.languages, language)
    lacking = translating.missing(definition, language)
    if lacking:
        message = ngettext(
            "%(language)s cannot be approved yet: %(num)s text is missing.",
            "%(language)s cannot be approved yet: %(num)s texts are missing.",
            len(lacking),
            language=LANGUAGES.get(language, language),
        )
        raise UserError(message, [(place, _("This text is missing.")) for place in lacking])
    return _mark(session, draft, language, translating.APPROVED, APPROVE, revision, user_id)


def withdraw(
    session: Session, questionnaire: Questionnaire, language: str, *, revision: int, user_id: int | None
) -> Version:
    """Make an approved language a draft again."""
    draft = drafts.open_draft(session, questionnaire, user_id=user_id)
    _known(queries.definition(draft).languages, language)
    return _mark(session, draft, language, translating.DRAFT, WITHDRAW, revision, user_id)


def remove(
    session: Session, questionnaire: Questionnaire, language: str, *, revision: int, user_id: int | None
) -> Version:
    """Take a language and everything said in it out of the draft; undo brings it back."""
    draft = drafts.open_draft(session, questionnaire, user_id=user_id)
    _known(queries.definition(draft).languages, language)
    if language == DEFAULT_LANGUAGE:
        raise UserError(_("Hebrew is always there."))
    return drafts.edit(
        session,
        draft.id,
        revision,
        REMOVE,
        f"languages.{language}",
        lambda before: translating.without(before, language),
        user_id=user_id,
    )


def _mark(
    session: Session, draft: Version, language: str, state: str, act: str, revision: int, user_id: int | None
) -> Version:
    if queries.definition(draft).languages[language] in {state, translating.SOURCE}:
        raise Conflict(_("The language is in this state already."))
    return drafts.edit(
        session,
        draft.id,
        revision,
        act,
        f"languages.{language}",
        lambda before: translating.marked(before, language, state),
        user_id=user_id,
    )


def _known(languages: Mapping[str, str], language: str) -> None:
    if language not in languages:
        raise NotFound(_("The questionnaire has no such language."))


__all__ = ["APPROVE", "REMOVE", "TRANSLATE", "WITHDRAW", "Stale", "approve", "remove", "withdraw", "write"]
