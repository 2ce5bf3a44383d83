"""Files of customers' visits: brought, watched while a worker takes them in, and what was refused."""

from __future__ import annotations

import csv
import io
from typing import Final

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from survey_app.commands.feeding import keeping, runs, sheets
from survey_app.commands.feeding.sorts import SORTS
from survey_app.commands.imports.columns import columns
from survey_app.errors import NotFound
from survey_app.permissions import Permission
from survey_app.queries import feed as queries
from survey_app.queries.outreach import policy
from survey_app.readers import Unreadable
from survey_app.transaction import transaction
from survey_app.web import feeding
from survey_app.web.history_steps import named
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import limiter, requires, takes
from survey_app.web.support import actor, read_session, settings
from translations import current_language
from translations import gettext as _

blueprint = Blueprint("feed", __name__, url_prefix="/feed")

#: Where the page of each sort of file is.
PAGES: Final = {
    "interactions": "feed.index",
    "employees": "exclusions.index",
    "open_cases": "exclusions.index",
    "opt_outs": "optouts.index",
}


@blueprint.get("")
@requires(Permission.FEED_INTERACTIONS, Permission.SEE_CONTACTS, Permission.APPROVE_FIELDS)
def index() -> ResponseReturnValue:
    """Bring a file; what was brought before, by whatever way."""
    return _page()


def _page(error: str = "", status: int = 200) -> ResponseReturnValue:
    session = read_session()
    kinds = ["interactions"]
    rows, total = queries.runs(session, kinds, limit=PAGE, offset=(asked() - 1) * PAGE)
    page = render_template(
        "pages/feed/index.html",
        rows=rows,
        pages=paging(total),
        states=feeding.STATES,
        named=named,
        error=error,
        most=keeping.MOST_BYTES // 1_000_000,
        watched=bool(settings().feed_dir),
        approved=policy(session).approved_fields,
    )
    return make_response(page, status)


@blueprint.post("")
@requires(Permission.FEED_INTERACTIONS)
@takes(feeding.MOST_SENT, form="feed.index")
@limiter.limit(feeding.OFTEN)
def upload() -> ResponseReturnValue:
    """Keep a file and let a worker take it in. A file that cannot be used leaves nothing behind."""
    try:
        number = feeding.bring("interactions")
    except Unreadable as error:
        return _page(error.message, 422)
    return redirect(url_for("feed.show", number=number), 303)


@blueprint.get("/<sort>.csv")
@requires(Permission.FEED_INTERACTIONS, Permission.MANAGE_OUTREACH, Permission.SEE_CONTACTS)
def template(sort: str) -> Response:
    """An empty file to fill in: the names of the columns and one example, in the reader's language."""
    if sort not in SORTS:
        raise NotFound(_("There is nothing at this address. Perhaps a letter is missing from it."))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    found = [one for one in columns(SORTS[sort].row) if one.attribute != "hour"]
    hebrew = current_language() == "he"
    writer.writerow([one.synonyms[0] if hebrew else one.name for one in found])
    writer.writerow([one.example for one in found])
    response = make_response(text.getvalue().encode("utf-8-sig"))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{sort}.csv"'
    return response


@blueprint.get("/<int:number>")
@requires(Permission.FEED_INTERACTIONS, Permission.MANAGE_OUTREACH)
def show(number: int) -> str:
    """One file: how far it is, what came of it, what was refused and why."""
    run = queries.run(read_session(), SORTS, number)
    return render_template(
        "pages/feed/show.html",
        run=run,
        sort=SORTS[run.kind],
        filename=named(run.filename),
        back=PAGES[run.kind],
        states=feeding.STATES,
        progress=feeding.progress(run),
        refused=feeding.said(run, "refused"),
        remarks=feeding.said(run, "remarks"),
        removed=feeding.removed(run),
        kept=bool(run.report.get("pieces")),
    )


@blueprint.get("/<int:number>/progress")
@requires(Permission.FEED_INTERACTIONS, Permission.MANAGE_OUTREACH)
def progress(number: int) -> Response:
    """How far a worker is, for the page's script; ``over`` when there is nothing more to wait for."""
    found = feeding.progress(queries.run(read_session(), SORTS, number))
    return jsonify({"over": found is None or found["stopped"], **(found or {})})


@blueprint.post("/<int:number>/resume")
@requires(Permission.FEED_INTERACTIONS, Permission.MANAGE_OUTREACH)
def resume(number: int) -> ResponseReturnValue:
    """Go on where a worker stopped."""
    with transaction(actor(), "feed.resume", run=number) as session:
        queries.run(session, SORTS, number)
        runs.resume(session, number)
    return redirect(url_for("feed.show", number=number), 303)


@blueprint.get("/<int:number>/refused.csv")
@requires(Permission.FEED_INTERACTIONS, Permission.MANAGE_OUTREACH)
def refused(number: int) -> Response:
    """The refused rows with their reasons, to be mended and brought again."""
    run = queries.run(read_session(), SORTS, number)
    if not run.report.get("pieces"):
        raise NotFound(_("The refused rows are no longer kept."))
    with transaction(actor(), "feed.refused", run=number):
        pass  # who took contact out of the platform is written down
    response = make_response(b"".join(sheets.refused(run)))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    stem = run.filename.rpartition(".")[0] or run.filename
    response.headers.set("Content-Disposition", "attachment", filename=f"{stem}.refused.csv")
    return response
