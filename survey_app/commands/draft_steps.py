"""One step of a draft: found as the editor saw it, held to what no edit may do, kept with the document it left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forms.questionnaire.definition import DefinitionError, dump, load
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.editing import question_codes
from forms.questionnaire.versions.changes import Change, changes
from survey_app import clock
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import DraftChange, User, Version
from survey_app.models.questionnaire import PUBLISHED
from survey_app.queries import drafts as queries
from survey_app.queries import questionnaires
from survey_app.queries.drafts import BEGIN
from translations import gettext as _

#: The most edits of a draft that are kept; older ones can no longer be undone.
KEPT: Final = 100
Edit = Callable[[Definition], Definition]


class Stale(Conflict):
    """The draft changed since the editor saw it. ``changes`` tells how; ``revision`` is the one that stands now."""

    def __init__(self, found: list[Change], revision: int, by: str, document: Definition) -> None:
        super().__init__(
            _("%(who)s changed this questionnaire meanwhile. Nothing was saved, and what was typed is still here.",
              who=by or _("Somebody"))
        )  # fmt: skip
        self.changes = found
        self.revision = revision
        self.by = by
        self.document = document


def read(document: Mapping[str, Any]) -> Definition:
    """The questionnaire of a document; UserError with every fault."""
    try:
        return load(document)
    except DefinitionError as error:
        raise as_user_error(error) from error


def as_user_error(error: DefinitionError) -> UserError:
    """What is wrong with an edit or a document, as people are told."""
    places = [(problem.place, problem.message) for problem in error.problems]
    message = places[0][1] if len(places) == 1 else _("Some of this cannot be saved as it is.")
    return UserError(message, places)


def locked(session: Session, version_id: int) -> Version:
    """The draft, held until the transaction ends. NotFound when it is gone, Conflict when it was published."""
    version = session.get(Version, version_id, with_for_update=True)
    if version is None:
        raise NotFound(_("This draft was thrown away."))
    if version.state == PUBLISHED:
        raise Conflict(_("This version was published meanwhile and no longer changes. Edit the questionnaire anew."))
    return version


def at(session: Session, version_id: int, revision: int) -> Version:
    """The draft, held, where it still stands at a revision; Stale where it does not."""
    version = locked(session, version_id)
    if version.revision != revision:
        raise stale(session, version, revision)
    return version


def stale(session: Session, version: Version, revision: int) -> Stale:
    """The error that tells what changed since a revision, and who did it last."""
    now = questionnaires.definition(version)
    seen = queries.document_at(session, version.id, revision)
    last = session.scalar(
        select(DraftChange).where(DraftChange.version_id == version.id).order_by(DraftChange.revision.desc()).limit(1)
    )
    user = session.get(User, last.user_id) if last is not None and last.user_id is not None else None
    return Stale(changes(seen, now) if seen else [], version.revision, (user.name or user.email) if user else "", now)


def sent_twice(session: Session, version: Version, revision: int, change: Edit, user_id: int | None) -> bool:
    """Whether this very edit is the one that was made on the revision it names: a second click, a page sent again."""
    next_one = session.get(DraftChange, (version.id, revision + 1))
    seen = queries.document_at(session, version.id, revision)
    if next_one is None or seen is None or next_one.user_id != user_id:
        return False
    try:
        return change(seen).digest == load(next_one.definition).digest
    except DefinitionError:
        return False


def allowed(session: Session, version: Version, before: Definition, after: Definition) -> None:
    """Refuse what no edit may do: another code or kind, a code of old used anew, another promise of privacy."""
    if (before.code, before.kind, before.format) != (after.code, after.kind, after.format):
        raise UserError(_("A questionnaire keeps its code and kind."))
    used_up = queries.published_codes(session, version.questionnaire_id)
    old, new = question_codes(before), question_codes(after)
    for code in sorted(new - old):
        if code in used_up:
            message = _(
                "The code '%(code)s' belonged to a question of an earlier version and is not used again. "
                "To get that question back, undo the edit that took it out.",
                code=code,
            )
            raise UserError(message, [(f"questions.{code}.code", message)])
    if before.anonymity != after.anonymity and queries.was_answered(session, version.questionnaire_id):
        message = _("What was promised about privacy stays as it is once somebody has answered.")
        raise UserError(message, [("anonymity", message)])


def baseline(session: Session, version: Version) -> None:
    """Keep how the draft stood before its first edit: one that came by file has no history yet."""
    if session.get(DraftChange, (version.id, version.revision)) is None:
        keep(session, version, BEGIN, "", None)


def restore(session: Session, version: Version, revision: int, act: str, place: str, user_id: int | None) -> Version:
    """Let the document of a revision stand again, as a new one."""
    found = queries.document_at(session, version.id, revision)
    if found is None:
        raise Conflict(_("There is nothing left to undo."))
    put(session, version, found, act, place, user_id)
    return version


def put(session: Session, version: Version, after: Definition, act: str, place: str, user_id: int | None) -> None:
    """Let a document stand from now on, as the next revision."""
    version.definition = dump(after)
    version.digest = after.digest
    version.revision += 1
    if version.number == 1:
        version.questionnaire.title = dict(after.title)  # later versions rename it when they are published
    session.flush()
    keep(session, version, act, place, user_id)
    session.execute(
        delete(DraftChange).where(DraftChange.version_id == version.id, DraftChange.revision <= version.revision - KEPT)
    )


def keep(session: Session, version: Version, act: str, place: str, user_id: int | None) -> None:
    """Keep the document as it stands among the edits."""
    session.add(
        DraftChange(
            version_id=version.id,
            revision=version.revision,
            act=act,
            place=place,
            at=clock.now(),
            user_id=user_id,
            definition=version.definition,
        )
    )
    session.flush()
