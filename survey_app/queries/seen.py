"""The state of a report that a form of the desk was shown with, as a short stamp, and what has changed since.

A stamp counts decisions, corrections and kept versions, and holds a digest of the answers: whoever decides or corrects
sends it back, so that nothing is decided on a report that looks different by now.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.questionnaire.types import display
from survey_app.models import Answer, Correction, QualityReview, Response
from survey_app.queries import questionnaires
from translations import current_language, isolate, localised
from translations import gettext as _


def stamp(session: Session, response: Response) -> str:
    """The stamp of a report as it stands: decisions, corrections and a digest, with points between."""
    rows = session.execute(select(Answer.question, Answer.value, Answer.words).where(Answer.response_id == response.id))
    answers = sorted((question, words if words is not None else value) for question, value, words in rows)
    counts = [
        session.scalar(select(func.count()).select_from(model).where(model.response_id == response.id)) or 0
        for model in (QualityReview, Correction)
    ]
    held = json.dumps([response.state, answers], ensure_ascii=False, default=str)
    return ".".join([*map(str, counts), sha256(held.encode()).hexdigest()[:16]])


def changed(session: Session, response: Response, shown: str) -> str | None:
    """What has become of a report since a form was shown with a stamp, in words; None where nothing has."""
    if shown == stamp(session, response):
        return None
    parts = shown.split(".")
    known = [int(one) if one.isascii() and one.isdecimal() and len(one) < 9 else 0 for one in [*parts, "", ""][:2]]
    corrections = _since(session, response, known[1]) if len(parts) == 3 else []
    said = [_corrected(response, one) for one in corrections]
    reviews = session.scalar(
        select(func.count()).select_from(QualityReview).where(QualityReview.response_id == response.id)
    )
    if (reviews or 0) > known[0]:
        said.append(_("Somebody else has decided it."))
    if not said:
        said.append(_("Answers came that were not shown."))
    return " ".join([_("The report has changed meanwhile."), *said, _("Look at it again, and send what you wrote.")])


def _since(session: Session, response: Response, count: int) -> Sequence[Correction]:
    return session.scalars(
        select(Correction).where(Correction.response_id == response.id).order_by(Correction.id).offset(count)
    ).all()


def _corrected(response: Response, one: Correction) -> str:
    question = questionnaires.definition(response.version).by_code[one.question]
    before, after = (display(question, value, current_language()) or "—" for value in (one.before, one.after))
    return _(
        "“%(item)s” was corrected from %(before)s to %(after)s.",
        item=isolate(f"{question.code} {localised(question.text)}"),
        before=isolate(before),
        after=isolate(after),
    )
