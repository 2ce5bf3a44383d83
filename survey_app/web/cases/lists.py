"""The list of cases: one's own first, and for whoever leads what is late and what nobody has."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.errors import NotFound, UserError
from survey_app.permissions import may
from survey_app.queries import cases as queries
from survey_app.queries import organisation, recovery_surveys
from survey_app.queries.cases import ADOPTED, CLOSED_CUT, MINE, OVERDUE, TEAM, UNATTENDED, WAITING
from survey_app.web.cases.frame import LEADS, WORKS, blueprint
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import requires
from survey_app.web.support import current_user, read_session, scope
from translations import lazy_gettext as _l

#: Cut -> what its tab is called, and what is said where it has nothing.
CUTS: Final[Mapping[str, tuple[Any, Any]]] = {
    MINE: (_l("Mine"), _l("No case waits for you. A new one appears here within a minute.")),
    TEAM: (_l("All open"), _l("No case is open here.")),
    OVERDUE: (_l("Overdue"), _l("No case is overdue.")),
    UNATTENDED: (_l("Unattended"), _l("Every open case has somebody who handles it.")),
    ADOPTED: (_l("Taken over personally"), _l("No open case was taken over personally.")),
    WAITING: (_l("Waiting for the customer"), _l("No case waits for its customer's answer.")),
    CLOSED_CUT: (_l("Closed cases"), _l("No case was closed yet.")),
}


@blueprint.get("")
@requires(WORKS)
def index() -> ResponseReturnValue:
    """Cases by cut; a number leads to its case at once."""
    session, user = read_session(), current_user()
    search = request.args.get("q", "")
    number = queries.number_of(search)
    if number:
        with suppress(NotFound):
            return redirect(url_for("cases.show", case_id=queries.of(session, number, user).case.id))
    known = queries.cuts_of(user)
    cut = request.args.get("cut", MINE)
    cut = cut if cut in known else MINE
    branch = _branch()
    branch_id = branch.id if branch else None
    counted = queries.listed(session, user, cut, branch_id=branch_id, limit=0)
    if "cut" not in request.args and not counted.total and counted.counts.get(TEAM):
        cut = TEAM  # whoever leads and has none of their own begins with what the team has
    pages = paging(counted.counts[cut])
    return render_template(
        "pages/cases/index.html",
        rows=queries.listed(
            session, user, cut, branch_id=branch_id, limit=PAGE, offset=pages.offset, counts=counted.counts
        ).rows,
        counts=counted.counts,
        pages=pages,
        cut=cut,
        cuts={code: CUTS[code] for code in known},
        branch=branch,
        codes=organisation.codes(session) if may(user, LEADS) else {},
        search=search,
        unknown=number is not None,
        leads=may(user, LEADS),
        follow_up=recovery_surveys.standing(session) if may(user, LEADS) else None,
        one_branch=scope().reach in ("branch", "agent"),
    )


def _branch() -> Any:
    """The branch that the address asks for, where the reader may name it."""
    if not request.args.get("branch"):
        return None
    with suppress(UserError):
        found = organisation.branch_by_code(read_session(), request.args["branch"])
        return found if scope().names_branch(found.id, found.region_id) else None
    return None
