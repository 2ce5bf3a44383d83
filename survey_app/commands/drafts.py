"""Drafts of questionnaires: begun, edited step by step, undone, thrown away. Nobody answers a draft.

Every edit names the revision it was made on. One that saw an older revision is refused and told what changed
meanwhile, so that two people never write over each other's work unseen. The document after each edit is kept until the
draft is published.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from forms.questionnaire.definition import DefinitionError, dump
from forms.questionnaire.definition import Questionnaire as Definition
from survey_app import clock
from survey_app.commands import draft_steps as steps
from survey_app.commands.draft_steps import Edit, Stale
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.kinds import KINDS
from survey_app.models import DraftChange, Questionnaire, Version
from survey_app.models.questionnaire import DRAFT
from survey_app.queries import drafts as queries
from survey_app.queries import questionnaires
from survey_app.queries.drafts import BEGIN, REDO, UNDO
from translations import gettext as _

__all__ = [
    "Edit", "Stale", "archive", "begin", "copy", "discard", "edit", "forget_history", "free_code", "open_draft", "redo",
    "restore", "undo",
]  # fmt: skip

# ---- beginning -------------------------------------------------------------------------------------------------------


def free_code(session: Session, wish: str) -> str:
    """A code for a questionnaire that nobody has: ``wish``, as far as it is one, with a number where it is taken."""
    base = re.sub(r"[^a-z0-9_]+", "_", wish.lower()).strip("_")[:50]
    base = base if len(base) > 1 and base[0].isalpha() else f"survey_{base}".strip("_")
    taken = set(session.scalars(select(Questionnaire.code).where(Questionnaire.code.startswith(base, autoescape=True))))
    number, code = 1, base
    while code in taken:
        number += 1
        code = f"{base}_{number}"
    return code


def begin(session: Session, document: Mapping[str, Any], *, actor_id: int | None) -> Version:
    """A new questionnaire with a draft of this document. Conflict where its code is taken; UserError with faults."""
    definition = steps.read(document)
    if definition.kind not in KINDS:
        raise UserError(
            _("The kind of questionnaire %(kind)s is not known.", kind=definition.kind), [("kind", definition.kind)]
        )
    if session.scalar(select(Questionnaire.id).where(Questionnaire.code == definition.code)) is not None:
        message = _("There is a questionnaire with the code %(code)s already.", code=definition.code)
        raise Conflict(message, [("code", message)])
    questionnaire = Questionnaire(code=definition.code, kind=definition.kind, title=dict(definition.title))
    session.add(questionnaire)
    session.flush()
    return _draft(session, questionnaire, 1, definition, actor_id)


def open_draft(session: Session, questionnaire: Questionnaire, *, user_id: int | None) -> Version:
    """The draft of a questionnaire, or a new one that says what its newest published version says."""
    found = queries.draft_of(session, questionnaire.id)
    if found is not None:
        return found
    if questionnaire.archived_at is not None:
        raise Conflict(_("This questionnaire is put away. Take it out again to edit it."))
    newest = questionnaires.newest_published(session, questionnaire.id)
    if newest is None:
        raise NotFound(_("There is no questionnaire %(code)s.", code=questionnaire.code))
    number = session.scalar(select(func.max(Version.number)).where(Version.questionnaire_id == questionnaire.id)) or 0
    return _draft(session, questionnaire, number + 1, questionnaires.definition(newest), user_id)


def copy(session: Session, version: Version, *, user_id: int | None, code: str = "") -> Version:
    """A new questionnaire that says what a version says, under a code of its own."""
    wish = code or f"{version.questionnaire.code}_copy"
    definition = replace(questionnaires.definition(version), code=code or free_code(session, wish))
    return begin(session, dump(definition), actor_id=user_id)


def _draft(
    session: Session, questionnaire: Questionnaire, number: int, definition: Definition, user_id: int | None
) -> Version:
    document = dump(definition)
    version = Version(
        questionnaire=questionnaire,
        number=number,
        state=DRAFT,
        definition=document,
        digest=definition.digest,
        revision=0,
        created_at=clock.now(),
    )
    session.add(version)
    session.flush()
    steps.keep(session, version, BEGIN, "", user_id)
    return version


# ---- editing ---------------------------------------------------------------------------------------------------------


def edit(
    session: Session, version_id: int, revision: int, act: str, place: str, change: Edit, *, user_id: int | None
) -> Version:
    """Change a draft. ``revision`` is the one the editor saw, ``act`` and ``place`` say what is done and to which part.

    Raises Stale where the draft changed since; UserError with places where the change cannot be made. The same edit
    sent twice is made once; an edit that changes nothing leaves no trace.
    """
    version = steps.locked(session, version_id)
    if version.revision != revision:
        if steps.sent_twice(session, version, revision, change, user_id):
            return version
        raise steps.stale(session, version, revision)
    before = questionnaires.definition(version)
    try:
        after = change(before)
    except DefinitionError as error:
        raise steps.as_user_error(error) from error
    if after.digest == before.digest:
        return version
    steps.allowed(session, version, before, after)
    steps.baseline(session, version)
    steps.put(session, version, steps.read(dump(after)), act, place, user_id)
    return version


def undo(session: Session, version_id: int, revision: int, *, user_id: int | None) -> Version:
    """Take the last edit back that is not taken back yet: the document before it stands again, as a new revision."""
    version = steps.at(session, version_id, revision)
    history = queries.history(session, version.id)
    if history.undo is None or history.undone is None:
        raise Conflict(_("There is nothing left to undo."))
    return steps.restore(session, version, history.undo, UNDO, history.undone.place, user_id)


def redo(session: Session, version_id: int, revision: int, *, user_id: int | None) -> Version:
    """Make the edit again that was undone last."""
    version = steps.at(session, version_id, revision)
    history = queries.history(session, version.id)
    if history.redo is None:
        raise Conflict(_("There is nothing to do again."))
    place = next((step.place for step in history.steps if step.revision == history.redo), "")
    return steps.restore(session, version, history.redo, REDO, place, user_id)


def discard(session: Session, version_id: int, revision: int, *, user_id: int | None) -> Questionnaire | None:
    """Throw a draft away. A questionnaire that was never published goes with it, and None is given back."""
    version = steps.at(session, version_id, revision)
    questionnaire = version.questionnaire
    session.execute(delete(DraftChange).where(DraftChange.version_id == version.id))
    session.delete(version)
    session.flush()
    left = session.scalar(select(func.count()).select_from(Version).where(Version.questionnaire_id == questionnaire.id))
    if left:
        newest = questionnaires.newest_published(session, questionnaire.id)
        if newest is not None:
            questionnaire.title = dict(questionnaires.definition(newest).title)
        return questionnaire
    session.expire(questionnaire, ["versions"])
    session.delete(questionnaire)
    session.flush()
    return None


def forget_history(session: Session, version: Version) -> None:
    """Drop the edits that led to a version: published, it is no draft any more."""
    session.execute(delete(DraftChange).where(DraftChange.version_id == version.id))


# ---- putting away ----------------------------------------------------------------------------------------------------


def archive(session: Session, questionnaire: Questionnaire) -> None:
    """Put a questionnaire away: nobody begins anything with it any more; its responses and scores stay."""
    if questionnaire.archived_at is not None:
        raise Conflict(_("This questionnaire is put away already."))
    questionnaire.archived_at = clock.now()
    session.flush()


def restore(session: Session, questionnaire: Questionnaire) -> None:
    """Take a questionnaire out again."""
    if questionnaire.archived_at is None:
        raise Conflict(_("This questionnaire is in use."))
    questionnaire.archived_at = None
    session.flush()
