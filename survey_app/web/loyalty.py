"""Loyalty: what branches gave and where they failed, who left, and whether newcomers are treated better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, render_template, request

from reports.loyalty import LEAST_BRANCHES
from survey_app import clock
from survey_app.permissions import Permission
from survey_app.queries import loyalty as queries
from survey_app.queries import organisation
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import requires
from survey_app.web.support import read_session, scope
from translations import lazy_gettext as _l

blueprint = Blueprint("loyalty", __name__, url_prefix="/loyalty")

#: Measure -> what its good answers are called.
MEASURES: Final[Mapping[str, Any]] = {
    "csat": _l("Satisfied"),
    "nps": _l("Would surely recommend"),
    "ease": _l("Found it easy"),
}


@blueprint.get("")
@requires(Permission.SEE_LOYALTY)
def show() -> str:
    """The page, of the last full month and those before it."""
    session, reach, month = read_session(), scope(), clock.last_full_month()
    rows = queries.balances(session, reach, month)
    pages = paging(len(rows))
    months = queries.window(month)
    return render_template(
        "pages/loyalty/show.html",
        rows=rows[pages.offset : pages.offset + PAGE],
        pages=pages,
        some=any(one.balance.given or one.balance.failures for one in rows),
        months=months,
        retention=queries.retention(session, month) if pages.number == 1 else None,
        compared=queries.compared(session, reach, clock.current_month()) if pages.number == 1 else None,
        codes=organisation.codes(session),
        measures=MEASURES,
        least_branches=LEAST_BRANCHES,
        least_customers=queries.LEAST_CUSTOMERS,
        least=organisation.policy(session).least_surveys,
        before=months[: -queries.LEAVING],
        after=months[-queries.LEAVING :],
        everything=reach.everything,
        first=request.args.get("page", 1, type=int) <= 1,
    )
