"""What every page of the desk shares: its routes' family, its tabs, and who may judge the report that it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, abort, g, redirect, request, url_for

from survey_app.models import Response
from survey_app.models.fieldwork import APPROVED, REJECTED, RETURNED
from survey_app.permissions import Permission, may
from survey_app.queries import desk, worklists
from survey_app.queries.worklists import Report
from survey_app.web.support import current_user, read_session, scope
from translations import lazy_gettext as _l

blueprint = Blueprint("quality", __name__, url_prefix="/quality")

OUTCOMES: Final[Mapping[str, Any]] = {
    APPROVED: _l("Approve"),
    RETURNED: _l("Send back with questions"),
    REJECTED: _l("Reject"),
}
#: How an earlier decision is called.
WAS_DECIDED: Final[Mapping[str, Any]] = {
    APPROVED: _l("Approved"),
    RETURNED: _l("Sent back with questions"),
    REJECTED: _l("Rejected"),
}
ORDERS: Final[Mapping[str, Any]] = {
    desk.DUE: _l("Overdue first, then by risk"),
    desk.AGE: _l("Longest waiting first"),
    desk.RISK: _l("Highest risk first"),
    desk.CLEAN: _l("Without marks first"),
}


@blueprint.app_template_global("desk_tabs")
def tabs() -> list[tuple[str, Any, int | None, bool]]:
    """(address, label, how many wait or None, whether the page is there) of every room of the desk."""
    session, user = read_session(), current_user()
    found: list[tuple[str, Any, int | None, bool]] = []
    endpoint, show = str(request.endpoint), request.args.get("show", desk.READY)
    if may(user, Permission.REVIEW_SHOPS):
        if "desk_counts" not in g:
            g.desk_counts = desk.counts(session, user)
        counts = g.desk_counts
        queue = endpoint == "quality.index"
        found += [
            (url_for("quality.index"), _l("To read"), counts.ready, queue and show != desk.LATER),
            (
                url_for("quality.index", show=desk.LATER),
                _l("Answer awaited"),
                counts.later,
                queue and show == desk.LATER,
            ),
            (url_for("quality.sent_back"), _l("Sent back"), counts.returned, endpoint == "quality.sent_back"),
            (url_for("quality.copies"), _l("Second copies"), counts.copies, endpoint == "quality.copies"),
            (url_for("quality.blind"), _l("Second readings"), counts.blind, endpoint == "quality.blind"),
        ]
    if may(user, Permission.SEE_FIELD_QUALITY):
        found.append((url_for("quality.agreement"), _l("Agreement"), None, endpoint == "quality.agreement"))
    found.append((url_for("quality.limits"), _l("What is marked"), None, endpoint == "quality.limits"))
    return found


def report_of(response_id: str) -> Report:
    """A report as far as the reader may see it; NotFound for any other."""
    reviewing = may(current_user(), Permission.REVIEW_SHOPS)
    return worklists.shop_report(read_session(), response_id, None if reviewing else scope())


def waits_for_reader(response_id: str) -> bool:
    """Whether a report waits for a second reading that the reader may make: until then its answers stay unseen."""
    user = current_user()
    if not may(user, Permission.REVIEW_SHOPS):
        return False
    return read_session().scalar(desk.blind_open(read_session(), user).where(Response.id == response_id)) is not None


def opened(response_id: str) -> Report:
    """The same with its answers. One that waits for the reader's second reading leads there first: it is read blind."""
    if waits_for_reader(response_id):
        abort(redirect(url_for("quality.read_again", response_id=response_id), 303))
    return report_of(response_id)


def is_own(response: Response) -> bool:
    """Whether the reader belongs to a branch or its region, and so is no judge of its visits."""
    return desk.is_near(read_session(), current_user(), response.branch, response.region_id)


def judges(found: Report) -> bool:
    """Whether the reader may decide or correct this report."""
    user = current_user()
    own_visit = found.assignment is not None and found.assignment.shopper_id == user.id
    return may(user, Permission.REVIEW_SHOPS) and not own_visit and not is_own(found.response)


def order_asked() -> str:
    """The order in which the reader goes through the queue."""
    asked = request.values.get("order", "")
    return asked if asked in desk.ORDERS else desk.DUE
