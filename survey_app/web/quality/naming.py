"""Who served: the reviewer picks one of the branch's employees of that day, where reports name them at all."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.commands import naming
from survey_app.errors import UserError
from survey_app.models import Agent
from survey_app.models.people import NO_AGENT
from survey_app.models.response import COUNTED, PENDING
from survey_app.permissions import Permission
from survey_app.queries import organisation
from survey_app.queries.worklists import Report
from survey_app.transaction import transaction
from survey_app.web.quality.frame import blueprint, judges
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from translations import gettext as _


@dataclass(frozen=True)
class Naming:
    """What the page offers: the employees of that day, and whether the reader may choose."""

    agents: list[Agent]
    chosen: int
    open: bool


@blueprint.app_template_global("naming_of")
def offered(found: Report) -> Naming | None:
    """The choice of a report; None where reports name nobody, and for readers who do not review."""
    session, response = read_session(), found.response
    if response.visited_on is None or not naming.names_kept(session, response):
        return None
    agents = organisation.agents_of(session, response.branch_id, response.visited_on)
    return Naming(agents, response.agent_id, judges(found) and response.state in {PENDING, COUNTED})


@blueprint.post("/<response_id>/agent")
@requires(Permission.REVIEW_SHOPS)
def name_agent(response_id: str) -> ResponseReturnValue:
    """Say who served, or that nobody is named."""
    chosen = request.form.get("agent", type=int)
    if chosen is None:
        raise UserError(_("Choose one of the list."))
    with transaction(actor(), "quality.name_agent", response=response_id, agent=chosen or NO_AGENT) as session:
        naming.name_agent(session, current_user(), response_id, chosen)
    order = request.form.get("order") or None
    return redirect(url_for("quality.report", response_id=response_id, order=order, _anchor="served"), 303)
