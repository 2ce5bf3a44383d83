"""A counted response is kept out of every number with the reason, and let in again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey_app.commands.recording import count_in, count_out
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Assignment, Response, Version
from survey_app.models.response import COUNTED, EXCLUDED
from translations import gettext as _


def locked(session: Session, response_id: str) -> Response:
    """A response, held until the end of the transaction; NotFound for an unknown id.

    The visit that it reports is held before it, as by the phone that sends the report: so neither waits for the other.
    """
    # Its key stays free: whoever only names the visit, in an event of its story, need not wait.
    visit = select(Assignment.id).where(Assignment.response_id == response_id)
    session.execute(visit.with_for_update(key_share=True))
    response = session.scalar(
        select(Response)
        .where(Response.id == response_id)
        .options(joinedload(Response.version).joinedload(Version.questionnaire))
        .with_for_update(of=Response)
    )
    if response is None:
        raise NotFound(_("There is no such response."))
    return response


def exclude(session: Session, response_id: str, reason: str) -> Response:
    """Keep a counted response out of every number, with the reason. It stays, marked."""
    response = locked(session, response_id)
    if response.state != COUNTED:
        raise Conflict(_("Only a counted response can be excluded."))
    if not reason.strip():
        raise UserError(_("A reason is needed to exclude a response."))
    count_out(session, response, EXCLUDED)
    response.reason = reason.strip()
    return response


def reinstate(session: Session, response_id: str) -> Response:
    """Let an excluded response count again."""
    response = locked(session, response_id)
    if response.state != EXCLUDED:
        raise Conflict(_("Only an excluded response can be reinstated."))
    response.reason = ""
    count_in(session, response)
    return response
