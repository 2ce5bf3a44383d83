"""Other weights of service and profit, as numbers for the slider; nothing of it is stored."""

from __future__ import annotations

from flask import Blueprint, Response

from reports.rounding import strict_json
from survey_app.errors import NotFound
from survey_app.permissions import Permission
from survey_app.queries import weights as queries
from survey_app.web.reviews import reader_review
from survey_app.web.security import requires
from survey_app.web.support import read_session
from translations import gettext as _

blueprint = Blueprint("weights", __name__)


@blueprint.get("/reviews/<month>/weights.json")
@requires(Permission.SEE_REVIEW)
def sweep(month: str) -> Response:
    """Per weight of service the places of the branches that the reader sees by name."""
    review, data = reader_review(month)
    found = queries.sweep(read_session(), review.month)
    if found is None:
        raise NotFound(_("The month %(month)s was signed before inputs were stored.", month=review.month))
    named = {row["code"] for row in data["branches"] if row["name"] is not None}
    shown = {"month": review.month, "weights": queries.seen_by(found, named)}
    return Response(strict_json(shown), mimetype="application/json")
