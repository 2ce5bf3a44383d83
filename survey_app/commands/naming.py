"""Who served the shopper: named by a reviewer, where the branch's staff were told that reports name employees."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.commands import quality
from survey_app.commands.excluding import locked
from survey_app.commands.recording import move
from survey_app.errors import Conflict, Forbidden, UserError
from survey_app.kinds import kind_of
from survey_app.models import Assignment, Response, User
from survey_app.models.people import NO_AGENT
from survey_app.models.response import COUNTED, PENDING
from survey_app.queries import organisation, programmes
from translations import gettext as _


def names_kept(session: Session, response: Response) -> bool:
    """Whether a report may name who served: the policy scores agents by visits, and the branch's notice says so."""
    if not kind_of(response.kind).reviewed:
        return False
    return programmes.records_names(
        session, session.scalar(select(Assignment).where(Assignment.response_id == response.id))
    )


def name_agent(session: Session, reviewer: User, response_id: str, agent_id: int) -> Response:
    """Say who served, or with :data:`NO_AGENT` that nobody is named; facts follow. The same again changes nothing.

    Forbidden: near the branch, or names are not recorded there; Conflict: the report no longer changes; UserError: the
    employee was not placed at the branch on the day of the visit.
    """
    response = locked(session, response_id)
    if not kind_of(response.kind).reviewed or response.state not in {PENDING, COUNTED}:
        raise Conflict(_("This report can no longer be corrected."))
    quality.may_judge(session, reviewer, response)
    if agent_id != NO_AGENT:
        if not names_kept(session, response):
            raise Forbidden(_("The branch's staff were not told that reports name employees."))
        placed = organisation.placement_on(session, agent_id, response.visited_on) if response.visited_on else None
        if placed is None or placed.branch_id != response.branch_id:
            raise UserError(_("This employee was not at the branch on the day of the visit."), [("agent", "")])
    if response.agent_id != agent_id:
        move(session, response, agent_id=agent_id)
    session.flush()
    return response
