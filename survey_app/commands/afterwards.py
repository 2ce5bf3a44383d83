"""Adding to a survey that was sent: a wish to be called back, a line of praise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from survey_app.commands.recording import answer_rows
from survey_app.commands.responses import locked
from survey_app.errors import UserError
from survey_app.models import Answer
from survey_app.queries.afterwards import after
from translations import gettext as _


def add(session: Session, response_id: str, answers: Mapping[str, Any]) -> None:
    """Store what the page of thanks offered, each part once; what is no longer offered is passed over.

    ``answers`` are stored values by question code. Nothing of it is scored. Without the consent to be called back no
    contact is stored. UserError when nothing was said.
    """
    locked(session, response_id)
    found = after(session, response_id)
    follow_up = found.definition.follow_up
    given = dict(answers)
    if follow_up and given.get(follow_up.consent.code) is not True:
        for question in follow_up.questions:
            given.pop(question.code, None)
    if not given:
        raise UserError(_("Nothing was ticked or written yet."))
    offered = {code for page in found.pages for code in page.codes}
    rows = answer_rows(found.definition, response_id, {code: given[code] for code in given.keys() & offered})
    if rows:
        session.execute(insert(Answer), rows)
