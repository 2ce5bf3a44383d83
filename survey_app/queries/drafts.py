"""Drafts of questionnaires and how they came to be: edits made so far, what can be undone, codes that are used up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, defer

from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.definition import load
from forms.questionnaire.editing import question_codes
from survey_app.errors import NotFound
from survey_app.models import Draft, DraftChange, Response, User, Version
from survey_app.models.questionnaire import DRAFT, PUBLISHED
from survey_app.queries import questionnaires
from translations import gettext as _

BEGIN: Final = "begin"
UNDO: Final = "undo"
REDO: Final = "redo"


@dataclass(frozen=True)
class Step:
    """One edit of a draft, as its history tells it."""

    revision: int
    act: str
    place: str
    at: datetime
    user_id: int | None
    #: Whose edit it was; empty for the system's.
    by: str


@dataclass(frozen=True)
class History:
    """The edits of a draft that are kept, the newest last, and the revisions whose documents undo and redo restore."""

    steps: tuple[Step, ...]
    undo: int | None
    redo: int | None

    @property
    def last(self) -> Step | None:
        """The newest edit; None while nothing was edited."""
        last = self.steps[-1] if self.steps else None
        return None if last is None or last.act == BEGIN else last

    @property
    def undone(self) -> Step | None:
        """The edit that undo would take back: its act and place are told with the undoing."""
        found = self.standing
        return next((step for step in self.steps if step.revision == found), None)

    @property
    def standing(self) -> int | None:
        """The revision whose document stands now, undone edits left out."""
        return _standing(self.steps)[0][-1] if self.steps else None


def draft_of(session: Session, questionnaire_id: int) -> Version | None:
    """The draft of a questionnaire: its newest version, where that is not published."""
    newest = session.scalar(
        select(Version).where(Version.questionnaire_id == questionnaire_id).order_by(Version.number.desc()).limit(1)
    )
    return newest if newest is not None and newest.state == DRAFT else None


def draft(session: Session, code: str) -> Version:
    """The draft of the questionnaire with a code; NotFound where it has none."""
    found = draft_of(session, questionnaires.by_code(session, code).id)
    if found is None:
        raise NotFound(_("The questionnaire %(code)s has no draft that could be edited.", code=code))
    return found


def history(session: Session, version_id: int) -> History:
    """The edits of a draft and what of them can be undone or done again."""
    rows = session.execute(
        select(DraftChange, User.name, User.email)
        .outerjoin(User, User.id == DraftChange.user_id)
        .where(DraftChange.version_id == version_id)
        .order_by(DraftChange.revision)
        .options(defer(DraftChange.definition))
    )
    steps = tuple(
        Step(row.revision, row.act, row.place, row.at, row.user_id, name or email or "") for row, name, email in rows
    )
    done, undone = _standing(steps)
    return History(steps, done[-2] if len(done) > 1 else None, undone[-1] if undone else None)


def _standing(steps: Sequence[Step]) -> tuple[list[int], list[int]]:
    """The revisions whose documents led to what stands now, and those that were undone, each the latest last.

    The oldest steps are no longer kept: where an undo reaches behind them, its own document begins anew.
    """
    done: list[int] = []
    undone: list[int] = []
    for step in steps:
        if step.act == UNDO and len(done) > 1:
            undone.append(done.pop())
        elif step.act == REDO and undone:
            done.append(undone.pop())
        elif step.act in {UNDO, REDO}:
            done, undone = [step.revision], []
        else:
            done.append(step.revision)
            undone = []
    return done, undone


def document_at(session: Session, version_id: int, revision: int) -> Definition | None:
    """A draft as it stood at a revision; None where that is no longer kept."""
    found = session.get(DraftChange, (version_id, revision))
    return None if found is None else load(found.definition)


def published_codes(session: Session, questionnaire_id: int) -> frozenset[str]:
    """Every question code that any published version had: each keeps its meaning for good."""
    versions = session.scalars(
        select(Version).where(Version.questionnaire_id == questionnaire_id, Version.state == PUBLISHED)
    )
    return frozenset(code for one in versions for code in question_codes(questionnaires.definition(one)))


def was_answered(session: Session, questionnaire_id: int) -> bool:
    """Whether anybody answered the questionnaire, or is answering it now."""
    versions = select(Version.id).where(Version.questionnaire_id == questionnaire_id)
    answered = exists().where(Response.version_id.in_(versions))
    begun = exists().where(Draft.version_id.in_(versions))
    return bool(session.scalar(select(answered | begun)))
