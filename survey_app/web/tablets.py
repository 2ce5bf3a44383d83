"""For staff who manage tablets: the square to scan when one is set up, and the answers that could not be taken."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.commands import kiosk as commands
from survey_app.errors import NotFound
from survey_app.models import SetAside
from survey_app.outgoing.posters import qr_svg
from survey_app.permissions import Permission
from survey_app.queries import points as queries
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, paging
from survey_app.web.points import address_of, campaign_name
from survey_app.web.security import requires
from survey_app.web.support import actor, read_session, scope
from translations import gettext as _

blueprint = Blueprint("tablets", __name__, url_prefix="/points")


@blueprint.get("/<int:number>/tablet.svg")
@requires(Permission.MANAGE_POINTS)
def square(number: int) -> Response:
    """The tablet's secret address as a QR code."""
    found = queries.point(read_session(), number, scope())
    if found.token is None or found.retired_at is not None:
        raise NotFound(_("There is no such collection point."))
    return Response(qr_svg(address_of(found)), mimetype="image/svg+xml")


@blueprint.get("/aside")
@requires(Permission.MANAGE_POINTS)
def index() -> str:
    """Answers of tablets that could not be taken, and why."""
    session, reach = read_session(), scope()
    pages = paging(queries.count_set_aside(session, reach))
    return render_template(
        "pages/points/aside.html",
        rows=queries.set_aside(session, reach, limit=PAGE, offset=pages.offset),
        pages=pages,
        reasons=commands.REASONS,
        named=campaign_name,
        taken=request.args.get("taken", type=int),
        deleted=request.args.get("deleted", type=int),
    )


@blueprint.post("/aside/<response_id>/retry")
@requires(Permission.MANAGE_POINTS)
def retry(response_id: str) -> ResponseReturnValue:
    """Try once more; what came too late is taken now."""
    with transaction(actor(), "point.take_aside") as session:
        outcome = commands.take_aside(session, response_id)
    return redirect(url_for("tablets.index", taken=int(outcome == commands.RECEIVED)), 303)


@blueprint.route("/aside/<response_id>/delete", methods=["GET", "POST"])
@requires(Permission.MANAGE_POINTS)
def drop(response_id: str) -> ResponseReturnValue:
    """Delete answers for good, after asking once more."""
    if request.method == "GET":
        kept = read_session().get(SetAside, response_id)
        if kept is None:
            raise NotFound(_("These answers are not here any more."))
        return render_template("pages/points/drop.html", row=kept, reason=commands.REASONS.get(kept.reason, ""))
    with transaction(actor(), "point.drop_aside") as session:
        commands.drop_aside(session, response_id)
    return redirect(url_for("tablets.index", deleted=1), 303)
