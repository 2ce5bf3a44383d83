"""Questions and items in their own words, which a report names by code alone: joined when the report is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey_app.models import Questionnaire, Version
from survey_app.queries import questionnaires

Texts = Mapping[str, Any]


def texts(session: Session, codes: Collection[str]) -> dict[tuple[str, str], Texts]:
    """(questionnaire, question) → its text by language, of every published version; the newest version's words win."""
    if not codes:
        return {}
    versions = session.scalars(
        select(Version)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(Questionnaire.code.in_(sorted(codes)), Version.published_at.is_not(None))
        .order_by(Version.number)
        .options(joinedload(Version.questionnaire))
    )
    return {
        (version.questionnaire.code, question.code): question.text
        for version in versions
        for question in questionnaires.definition(version).questions
    }


def of_report(session: Session, data: Mapping[str, Any]) -> dict[str, Texts]:
    """``questionnaire:question`` → its text by language, for every question that a report's models name."""
    named = set(_named(data.get("models") or {}))
    known = texts(session, {questionnaire for questionnaire, _code in named})
    return {f"{one[0]}:{one[1]}": dict(known[one]) for one in sorted(named) if one in known}


def _named(part: Any) -> list[tuple[str, str]]:
    """Every pair of a questionnaire and a question's code, however deep."""
    if isinstance(part, list):
        return [one for each in part for one in _named(each)]
    if isinstance(part, Mapping):
        own = [(part["questionnaire"], part["code"])] if part.get("questionnaire") and part.get("code") else []
        return own + [one for each in part.values() for one in _named(each)]
    return []
