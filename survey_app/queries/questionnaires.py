"""Questionnaires as the rest of the platform reads them: published versions and their definitions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from forms.questionnaire.definition import Question, load
from forms.questionnaire.definition import Questionnaire as Definition
from survey_app.errors import NotFound
from survey_app.models import Questionnaire, Version
from survey_app.models.questionnaire import PUBLISHED
from translations import gettext as _

_definitions: dict[str, Definition] = {}
#: Definitions kept in memory; an organisation has dozens, not thousands.
_MOST = 256


def definition(version: Version) -> Definition:
    """A version's definition, loaded once per document."""
    return _definition(version.digest, version.definition)


def _definition(digest: str, document: dict[str, Any]) -> Definition:
    known = _definitions.get(digest)
    if known is None:
        if len(_definitions) >= _MOST:
            _definitions.clear()
        known = _definitions[digest] = load(document)
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


def newest_published(session: Session, questionnaire_id: int) -> Version | None:
    """The version that new responses are given under, or None."""
    return session.scalar(
        select(Version)
        .where(Version.questionnaire_id == questionnaire_id, Version.state == PUBLISHED)
        .order_by(Version.number.desc())
        .limit(1)
        .options(joinedload(Version.questionnaire))
    )


def catalogue(session: Session) -> list[Questionnaire]:
    """Every questionnaire with its versions, by code."""
    return list(
        session.scalars(
            select(Questionnaire).order_by(Questionnaire.code).options(selectinload(Questionnaire.versions))
        )
    )
