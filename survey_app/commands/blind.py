"""The blind second reading: a drawn share of decided reports is read once more, by somebody who sees no answer.

It is for agreement, never for pay: nothing of the report changes by it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.excluding import locked
from survey_app.commands.upserts import insert_or_none
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import Assignment, BlindReview, Response, User
from survey_app.queries import desk
from survey_app.queries.blind import items_of
from survey_app.queries.desk_facts import rules_of
from translations import gettext as _

#: What a second reader may say of the whole: the desk's own outcomes.
OUTCOMES: Final = ("approved", "returned", "rejected")
#: Nobody at the desk can know beforehand which report is read twice.
_CHANCE: Final = random.SystemRandom()


def draw(session: Session, response: Response, assignment: Assignment | None) -> bool:
    """Draw a report that was just decided for a second reading, with the programme's chance; whether it was drawn."""
    if _CHANCE.random() >= rules_of(assignment).blind_share:
        return False
    insert_or_none(session, BlindReview, {"response_id": response.id, "drawn_at": clock.now(), "answers": {},
                                          "outcome": ""}, ["response_id"])  # fmt: skip
    return True


def finish(session: Session, reader: User, response_id: str, answers: Mapping[str, Any], outcome: str) -> BlindReview:
    """Keep a second reading: item code -> answer as the reader judges by the report's words, times and files.

    An item that cannot be judged by them stays out. Forbidden for whoever judged or corrected the report, made the
    visit or belongs to its branch or region; Conflict when somebody else has read it meanwhile.
    """
    locked(session, response_id)
    reading = session.get(BlindReview, response_id, with_for_update=True, populate_existing=True)
    if reading is None:
        raise NotFound(_("There is no such report."))
    if reading.done_at is not None:
        raise Conflict(_("Somebody else has read this report meanwhile."))
    if session.scalar(desk.blind_open(session, reader).where(Response.id == response_id)) is None:
        raise Forbidden(_("A second reading is made by somebody who did not judge or correct the report before."))
    if outcome not in OUTCOMES:
        raise UserError(_("Choose what you would do with the report."), [("outcome", outcome)])
    known = {one.code for one in items_of(session.get_one(Response, response_id))}
    given = {code: value for code, value in answers.items() if code in known and value is not None}
    if not given:
        raise UserError(_("Judge at least one item."), [("outcome", "")])
    reading.reviewer_id, reading.done_at = reader.id, clock.now()
    reading.answers, reading.outcome = given, outcome
    session.flush()
    return reading
