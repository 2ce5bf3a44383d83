"""Adding to a survey that was sent: a wish to be called back, a line of praise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from survey_app.commands import case_opening, thanks
from survey_app.commands.excluding import locked
from survey_app.commands.recording import answer_rows
from survey_app.errors import UserError
from survey_app.models import Answer
from survey_app.queries.afterwards import after, telephone_of
from survey_app.queries.tickets import in_hindsight
from translations import gettext as _


def add(session: Session, response_id: str, answers: Mapping[str, Any]) -> None:
    """Store what the page of thanks offered, each part once; what is no longer offered is passed over.

    ``answers`` are stored values by question code. Nothing of it is scored. Without the consent to be called back no
    contact is stored; with it, that of the invitation where none is written, and a case is opened at once. UserError
    when nothing was said.
    """
    response = locked(session, response_id)
    found = after(session, response_id)
    follow_up = found.definition.follow_up
    given = dict(answers)
    if follow_up and given.get(follow_up.consent.code) is not True:
        for question in follow_up.questions:
            given.pop(question.code, None)
    if not given:
        raise UserError(_("Nothing was ticked or written yet."))
    offered = {code for page in found.pages for code in page.codes}
    if follow_up and follow_up.phone is not None and {follow_up.consent.code} <= given.keys() & offered:
        # An invited customer's telephone is known, and by this wish it joins the answers.
        known = telephone_of(session, response_id)
        if known:
            offered.add(follow_up.phone.code)
            given.setdefault(follow_up.phone.code, known)
    fresh = {code: given[code] for code in given.keys() & offered}
    rows = answer_rows(found.definition, response_id, fresh)
    if rows:
        session.execute(insert(Answer), rows)
    if follow_up and follow_up.consent.code in fresh:
        case_opening.from_answer(
            session, response, found.definition, {**found.answers, **fresh}, in_hindsight(response)
        )
    told = found.definition.thanks
    praise = told.praise.code if told is not None and told.praise is not None else None
    thanks.tell(session, response, {row["question"] for row in rows}, praise)
