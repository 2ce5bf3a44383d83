"""What a signed month stands on: who signed it, under which settings and code, and whether it comes out the same."""

from __future__ import annotations

import json

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from survey_app.permissions import Permission
from survey_app.queries import signed as queries
from survey_app.queries.reviews import parse_month
from survey_app.web.security import requires
from survey_app.web.support import read_session

blueprint = Blueprint("signed", __name__)


@blueprint.get("/reviews/<month>/signed")
@requires(Permission.SEE_ANALYSIS)
def show(month: str) -> str:
    """The record of a signed month."""
    return _page(parse_month(month), None)


@blueprint.post("/reviews/<month>/signed/again")
@requires(Permission.SEE_ANALYSIS)
def again(month: str) -> ResponseReturnValue:
    """Compute it again from the stored inputs. Nothing is written, so a second press gives the same."""
    month = parse_month(month)
    return _page(month, queries.rerun(read_session(), month))


def _page(month: str, rerun: queries.Rerun | None) -> str:
    found = queries.signed(read_session(), month)
    numbers = json.loads(found.review.numbers)
    return render_template(
        "pages/signed.html",
        month=month,
        found=found,
        rerun=rerun,
        settings=numbers["settings"],
        policy=sorted(numbers["settings"]["policy"].items()),
    )
