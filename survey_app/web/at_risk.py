"""Customers at risk: a list to work on, the gravest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, render_template, request

from survey_app import clock
from survey_app.permissions import Permission
from survey_app.queries import at_risk as queries
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import requires
from survey_app.web.support import current_user, read_session
from translations import lazy_gettext as _l

blueprint = Blueprint("at_risk", __name__)

#: Why a customer is at risk -> (words, the sort of badge).
RISKS: Final[Mapping[str, tuple[Any, str]]] = {
    queries.PROMISE: (_l("A promise was broken"), "bad"),
    queries.REOPENED: (_l("Case reopened"), "bad"),
    queries.OVERDUE: (_l("Case overdue"), "bad"),
    queries.REPEATED: (_l("The problem came again"), "warn"),
    queries.UNSOLVED: (_l("Closed without the customer's word"), "warn"),
}


@blueprint.get("/at-risk")
@requires(Permission.WORK_CASES)
def index() -> str:
    """Customers who may leave, as far as the reader sees cases."""
    session, user = read_session(), current_user()
    why = request.args.get("why", "")
    counted = queries.listed(session, user, why, limit=0)
    pages = paging(counted.total)
    return render_template(
        "pages/promises/at_risk.html",
        rows=queries.listed(session, user, why, limit=PAGE, offset=pages.offset).rows,
        counts=counted.counts,
        pages=pages,
        why=why if why in RISKS else "",
        risks=RISKS,
        today=clock.today(),
    )
