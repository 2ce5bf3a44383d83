"""Questionnaires as the rest of the platform reads them: published versions and their definitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from forms.questionnaire.definition import Question, load
from forms.questionnaire.definition import Questionnaire as Definition
from survey_app import clock
from survey_app.errors import NotFound
from survey_app.models import (
    Assignment,
    Campaign,
    Draft,
    DraftChange,
    Entry,
    Invitation,
    Questionnaire,
    Response,
    User,
    Version,
)
from survey_app.models.campaign import READY
from survey_app.models.fieldwork import WRITABLE
from survey_app.models.questionnaire import DRAFT, PUBLISHED
from translations import gettext as _
from translations import localised
from translations.spelling import fold

#: The audit trail's name for publishing a version.
PUBLISHING: Final = "questionnaire.publish"

_definitions: dict[str, Definition] = {}
#: Definitions kept in memory; an organisation has dozens, not thousands.
_MOST = 256


def definition(version: Version) -> Definition:
    """A version's definition, loaded once per document; a document that is known is not even read from its row."""
    known = _definitions.get(version.digest)
    if known is None:
        loaded = load(version.definition)
        if len(_definitions) >= _MOST:
            _definitions.clear()
        known = _definitions[version.digest] = loaded
    return known


def answerable(definition: Definition) -> tuple[Question, ...]:
    """Every question that an answer may belong to: those of the survey, and the line of praise after sending."""
    praise = definition.thanks.praise if definition.thanks else None
    return (*definition.questions, *([praise] if praise else []))


def by_code(session: Session, code: str) -> Questionnaire:
    """A questionnaire with its versions; NotFound when nobody brought it in."""
    found = session.scalar(
        select(Questionnaire).where(Questionnaire.code == code).options(selectinload(Questionnaire.versions))
    )
    if found is None:
        raise NotFound(_("There is no questionnaire %(code)s.", code=code))
    return found


def published(session: Session, code: str) -> Version:
    """The newest published version of a questionnaire; NotFound when there is none."""
    version = newest_published(session, by_code(session, code).id)
    if version is None:
        raise NotFound(_("The questionnaire %(code)s has not been published yet.", code=code))
    return version


def newest_published(session: Session, questionnaire_id: int, *options: ExecutableOption) -> Version | None:
    """The version that new responses are given under, or None; ``options`` are how it is to be loaded."""
    return session.scalar(
        select(Version)
        .where(Version.questionnaire_id == questionnaire_id, Version.state == PUBLISHED)
        .order_by(Version.number.desc())
        .limit(1)
        .options(joinedload(Version.questionnaire), *options)
    )


def catalogue(session: Session) -> list[Questionnaire]:
    """Every questionnaire by code; its versions, whole documents, are read only by who asks for them."""
    return list(session.scalars(select(Questionnaire).order_by(Questionnaire.code)))


def waiting(session: Session) -> list[Questionnaire]:
    """Questionnaires in use whose newest version is still a draft, by code."""
    newest = (
        select(func.max(Version.number))
        .where(Version.questionnaire_id == Questionnaire.id)
        .correlate(Questionnaire)
        .scalar_subquery()
    )
    return list(
        session.scalars(
            select(Questionnaire)
            .join(Version, (Version.questionnaire_id == Questionnaire.id) & (Version.number == newest))
            .where(Version.state == DRAFT, Questionnaire.archived_at.is_(None))
            .order_by(Questionnaire.code)
        )
    )


@dataclass(frozen=True)
class Listed:
    """A questionnaire in the list: what is in force, what is being written, and who wrote last."""

    questionnaire: Questionnaire
    published: Version | None
    draft: Version | None
    responses: int
    edited_at: datetime
    #: Empty where no person did it: it came by file from the command line.
    edited_by: str

    @property
    def newest(self) -> Version:
        """The version that an editor sees."""
        found = self.draft or self.published
        if found is None:
            raise ValueError("every questionnaire has a version")
        return found

    @property
    def definition(self) -> Definition:
        """What the newest version says."""
        return definition(self.newest)


def listing(
    session: Session, *, archived: bool = False, kind: str = "", search: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[Listed], int]:
    """Questionnaires by title in the reader's language, a page of them, and how many there are.

    ``search`` is looked for in the code and in the title of every language. Documents are read for the page alone.
    """
    state = Questionnaire.archived_at.is_not(None) if archived else Questionnaire.archived_at.is_(None)
    statement = select(Questionnaire).where(state, Questionnaire.versions.any())
    if kind:
        statement = statement.where(Questionnaire.kind == kind)
    wanted = fold(search)
    found = [
        one
        for one in session.scalars(statement)
        if not wanted or any(wanted in fold(text) for text in (one.code, *one.title.values()))
    ]
    found.sort(key=lambda one: (fold(localised(one.title)), one.code))
    return listed(session, found[offset : offset + limit]), len(found)


def listed(session: Session, rows: Sequence[Questionnaire]) -> list[Listed]:
    """Questionnaires with what a list says of them, in a fixed number of queries."""
    ids = [one.id for one in rows]
    newest = (
        select(func.max(Version.id))
        .where(Version.questionnaire_id.in_(ids))
        .group_by(Version.questionnaire_id, Version.state)
    )
    versions = session.scalars(select(Version).where(Version.id.in_(newest)).order_by(Version.number)).all()
    by_state = {(one.questionnaire_id, one.state): one for one in versions}
    counts = _responses(session, ids)
    shown: list[Listed] = []
    edits = _edits(session, versions)
    for one in rows:
        published, draft = by_state.get((one.id, PUBLISHED)), by_state.get((one.id, DRAFT))
        if published is not None and draft is not None and draft.number < published.number:
            draft = None
        last = draft or published
        if last is None:
            continue
        at, who = edits[last.id]
        shown.append(Listed(one, published, draft, counts.get(one.id, 0), at, who))
    return shown


def _responses(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """How many responses each questionnaire has, whatever became of them."""
    rows = session.execute(
        select(Version.questionnaire_id, func.count())
        .join(Response, Response.version_id == Version.id)
        .where(Version.questionnaire_id.in_(ids))
        .group_by(Version.questionnaire_id)
    )
    return dict(rows.all())


def responses(session: Session, questionnaire_id: int) -> int:
    """How many responses a questionnaire has, whatever became of them."""
    return _responses(session, [questionnaire_id]).get(questionnaire_id, 0)


def _edits(session: Session, versions: Sequence[Version]) -> dict[int, tuple[datetime, str]]:
    """When each version was last written or published, and by whom as far as the books tell."""
    found = {one.id: (one.published_at or one.created_at, "") for one in versions}
    drafts = [one.id for one in versions if one.state == DRAFT]
    last = (
        select(DraftChange.version_id, func.max(DraftChange.revision).label("revision"))
        .where(DraftChange.version_id.in_(drafts))
        .group_by(DraftChange.version_id)
        .subquery()
    )
    changes = session.execute(
        select(DraftChange.version_id, DraftChange.at, User.name, User.email)
        .join(last, (last.c.version_id == DraftChange.version_id) & (last.c.revision == DraftChange.revision))
        .outerjoin(User, User.id == DraftChange.user_id)
    )
    found |= {version_id: (at, name or email or "") for version_id, at, name, email in changes}
    published = {(one.questionnaire.code, one.number): one.id for one in versions if one.state == PUBLISHED}
    entries = session.execute(
        select(Entry.details, User.name, User.email)
        .join(User, User.id == Entry.user_id)
        .where(Entry.act == PUBLISHING)
        .order_by(Entry.id)
    )
    for details, name, email in entries:
        version_id = published.get((details.get("code"), details.get("version")))
        if version_id is not None:
            found[version_id] = (found[version_id][0], name or email or "")
    return found


def published_before(session: Session, version: Version) -> Version | None:
    """The newest published version below a version, or None for the first."""
    return session.scalar(
        select(Version)
        .where(
            Version.questionnaire_id == version.questionnaire_id,
            Version.state == PUBLISHED,
            Version.number < version.number,
        )
        .order_by(Version.number.desc())
        .limit(1)
    )


def any_yet(session: Session) -> bool:
    """Whether there is any questionnaire at all, in use or put away."""
    return session.scalar(select(Questionnaire.id).limit(1)) is not None


def publishers(session: Session, questionnaire: Questionnaire) -> dict[int, str]:
    """Who published each version, by its number; a version that came from the command line has no entry."""
    rows = session.execute(
        select(Entry.details, User.name, User.email)
        .join(User, User.id == Entry.user_id)
        .where(Entry.act == PUBLISHING)
        .order_by(Entry.id)
    )
    return {
        details["version"]: name or email
        for details, name, email in rows
        if details.get("code") == questionnaire.code and "version" in details
    }


@dataclass(frozen=True)
class StillOpen:
    """Who may still be about to answer a questionnaire."""

    #: Invitations that were sent and not answered, and answers that were begun.
    invitations: int
    begun: int
    #: Visits that shoppers are to make.
    visits: int


def still_open(session: Session, questionnaire_id: int) -> StillOpen:
    """Who is about to answer: what archiving would end, and the visits that it lets finish."""
    campaigns = list(session.scalars(select(Campaign.id).where(Campaign.questionnaire_id == questionnaire_id)))

    def count(model: Any, *conditions: Any) -> int:
        statement = select(func.count()).select_from(model).where(model.campaign_id.in_(campaigns), *conditions)
        return session.scalar(statement) or 0

    visits = count(Assignment, Assignment.state.in_(WRITABLE))
    begun = count(Draft, Draft.response_id.not_in(select(Assignment.response_id)))
    return StillOpen(count(Invitation, Invitation.state == READY, Invitation.expires_at > clock.now()), begun, visits)
