"""The monthly review: the page that the management meeting runs on, its sign-off, its files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.review import SignForm
from reports import months as calendar
from reports import opening, wording
from reports.documents import csv
from reports.figures import quadrant
from reports.rounding import strict_json
from reports.tables import tables
from survey_app import clock
from survey_app.commands import models
from survey_app.commands import reviews as commands
from survey_app.errors import NotFound
from survey_app.models.review import SIGNED
from survey_app.permissions import Permission, may
from survey_app.queries import computing, recognition
from survey_app.queries import reviews as queries
from survey_app.queries.reviews import Review
from survey_app.queries.visibility import visible
from survey_app.transaction import transaction
from survey_app.web import marks, ranking, restatements, review_models, review_parts
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, scope
from translations import current_language
from translations import gettext as _

blueprint = Blueprint("reviews", __name__)


@blueprint.get("/reviews")
@requires(Permission.SEE_REVIEW)
def index() -> str:
    """Every month with its state, newest first."""
    return render_template(
        "pages/reviews.html",
        months=queries.months(read_session()),
        last=clock.last_full_month(),
        current=clock.current_month(),
    )


def reader_review(month: str) -> tuple[Review, dict[str, Any]]:
    """A month's review and its numbers, cut to the reader."""
    session, reader = read_session(), scope()
    found = queries.review(session, month)
    key = ("visible", found.month, reader)
    return found, computing.kept(session, key, lambda: visible(session, found.data, reader))


def _reader_json(month: str) -> bytes:
    """The month's report as JSON, cut to the reader: of a large bank some megabytes, written once."""
    found, data = reader_review(month)
    return computing.kept(read_session(), ("json", found.month, scope()), lambda: strict_json(data).encode())


@blueprint.get("/reviews/<month>")
@requires(Permission.SEE_REVIEW)
def show(month: str) -> str:
    """One month."""
    return _page(month, SignForm())


def _page(month: str, form: SignForm) -> str:
    review, data = reader_review(month)
    names = {row["code"]: row["name"] for row in data["branches"] if row["name"] is not None}
    arranged = ranking.arrange(
        data["branches"],
        data["overall"]["ranked"],
        region=request.args.get("region", ""),
        peer=request.args.get("peer", ""),
        search=request.args.get("q", ""),
        sort=request.args.get("sort", ""),
        order=request.args.get("order", ""),
        whole=request.args.get("rows") == ranking.ALL,
    )
    return render_template(
        "pages/review.html",
        review=review,
        data=data,
        drawn=_drawn(data["branches"]),
        ranking=arranged,
        sentences=opening.opening(data),
        accounting=opening.accounting(data),
        reference=opening.reference(data["settings"]),
        wording=wording,
        header=opening.header,
        window=opening.window,
        quadrant=computing.kept(
            read_session(),
            ("map", review.month, scope(), current_language()),
            lambda: quadrant(data, set(names), current_language()),
        ),
        form=form,
        restated=[(one.at, restatements.moved(one, names)) for one in review.restatements],
        may_sign=may(current_user(), Permission.SIGN_REVIEW),
        signed_now=request.args.get("done") == "signed",
        previous=calendar.shift(review.month, -1),
        following=_following(review.month),
        statements=review_parts.statements(read_session(), review.month, names),
        weights=review_parts.weights(read_session(), review, data, request.args.get("w", "")),
        inputs=review_parts.inputs_digests(review),
        recognised=recognition.of_month(read_session(), scope(), review.month),
        **review_models.beside_review(review, data),
        **marks.beside_review(data),
    )


def _drawn(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The branches of the map's table: of a long list those only that a quadrant can be named for."""
    found = [row for row in rows if _has_point(row)]
    return found if len(found) <= ranking.MOST else [row for row in found if row["quadrant"]]


def _has_point(row: dict[str, Any]) -> bool:
    return row["name"] is not None and row["service"]["index"] is not None and row["profit"]["index"] is not None


def _following(month: str) -> str | None:
    later = calendar.shift(month, 1)
    return later if later <= clock.current_month() else None


@blueprint.post("/reviews/<month>/sign")
@requires(Permission.SIGN_REVIEW)
def sign(month: str) -> ResponseReturnValue:
    """Freeze the month's numbers. Sent twice, the second finds the month signed and shows it."""
    form = SignForm(request.form)
    if not form.validate():
        return make_response(_page(month, form), 422)
    user = current_user()
    review = queries.review(read_session(), month)
    if review.signed is None or review.signed.signed_by_id != user.id:
        models.make_fresh(review.month)
        # Before the lock, so that nobody waits for it.
        ready = computing.settled(lambda session: computing.ready(session, review.month, SIGNED))
        with transaction(actor(), "review.sign", month=month) as session:
            commands.sign(session, user, month, ready)
    return redirect(url_for("reviews.show", month=month, done="signed", _anchor="sign-off"), 303)


@blueprint.get("/api/v1/reviews/<month>")
@requires(Permission.SEE_REVIEW)
def api(month: str) -> Response:
    """The month's report as JSON, cut to the reader; the keys are described in ``docs/report.md``."""
    return Response(_reader_json(month), mimetype="application/json")


@blueprint.get("/reviews/<month>/<name>.csv")
@requires(Permission.SEE_REVIEW)
def table(month: str, name: str) -> Response:
    """One of the report's tables for a spreadsheet."""
    _review, data = reader_review(month)
    found = tables({**data, "branches": [row for row in data["branches"] if row["name"] is not None]})
    if name not in found or not found[name].rows:
        raise NotFound(_("There is no table of this name."))
    return _download(csv.write(found[name]), f"{name}-{month}.csv", "text/csv")


@blueprint.get("/reviews/<month>/report.json")
@requires(Permission.SEE_REVIEW)
def report(month: str) -> Response:
    """The whole report as a file."""
    return _download(_reader_json(month), f"report-{month}.json", "application/json")


def _download(body: bytes, name: str, kind: str) -> Response:
    response = Response(body, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
