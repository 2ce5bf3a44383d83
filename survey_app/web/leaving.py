"""Why customers go: reasons with intervals, by branch and month, beside how many left."""

from __future__ import annotations

from flask import Blueprint, render_template

from reports import loop_wording
from survey_app import clock
from survey_app.permissions import Permission
from survey_app.queries import leaving, organisation
from survey_app.web.security import requires
from survey_app.web.support import read_session, scope

blueprint = Blueprint("leaving", __name__)


@blueprint.get("/leaving")
@requires(Permission.SEE_LOYALTY)
def index() -> str:
    """The year up to the last full month, as far as the reader sees branches."""
    session = read_session()
    found = leaving.report(session, clock.last_full_month(), scope(), organisation.policy(session))
    return render_template("pages/promises/leaving.html", found=found, words=loop_wording)
