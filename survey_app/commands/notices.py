"""Versions of a questionnaire's privacy notice: each wording is kept once, so that a response can point at its own."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.models import Notice, Questionnaire, Version
from survey_app.queries import notices, questionnaires


def current(session: Session, version: Version) -> Notice | None:
    """The notice that a version shows today, stored under the next number when its words are new.

    The questionnaire's words, the organisation's name and its privacy officer make it up; where one of them changes the
    next response is given under another notice. None where the version has no notice.
    """
    words = notices.content(session, questionnaires.definition(version))
    if words is None:
        return None
    fingerprint = notices.digest(words)
    found = notices.stored(session, version.questionnaire_id, fingerprint)
    if found is not None:
        return found
    # Held, so that of two first answers at the same moment one waits and finds what the other stored.
    session.execute(select(Questionnaire.id).where(Questionnaire.id == version.questionnaire_id).with_for_update())
    found = notices.stored(session, version.questionnaire_id, fingerprint)
    if found is None:
        number = select(func.coalesce(func.max(Notice.number), 0) + 1)
        found = Notice(
            questionnaire_id=version.questionnaire_id,
            number=session.scalar(number.where(Notice.questionnaire_id == version.questionnaire_id)),
            digest=fingerprint,
            content={part: dict(texts) for part, texts in words.items()},
            since=clock.now(),
        )
        session.add(found)
        session.flush()
    return found
