"""The branch manager's day: one list over everything that waits, the most pressing first."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from survey_app import clock
from survey_app.errors import NotFound
from survey_app.permissions import Permission
from survey_app.queries import branch_today as queries
from survey_app.queries.tasks import TODAY, URGENCY
from survey_app.web.security import requires
from survey_app.web.support import current_user, read_session
from translations import gettext as _

blueprint = Blueprint("branch_today", __name__)


@blueprint.get("/branch-today")
@requires(Permission.SEE_TODAY)
def index() -> str:
    """Today's work of the reader's branch, or that of one source alone."""
    user = current_user()
    if user.branch is None:
        raise NotFound(_("This user has no branch."))
    day = queries.today(read_session(), user)
    source = request.args.get("source", "")
    source = source if source in queries.SOURCES else ""
    return render_template(
        "pages/branch_today/index.html",
        branch=user.branch,
        day=day,
        tasks=[task for task in day.tasks if not source or task.source == source],
        source=source,
        sources={
            code: (name, sum(task.source == code for task in day.tasks))
            for code, (name, _ask) in queries.SOURCES.items()
        },
        pressing={task.source for task in day.tasks if task.urgency <= TODAY},
        urgency=URGENCY,
        today=clock.today(),
    )
