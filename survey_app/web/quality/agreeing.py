"""How far first and second readings agree, item by item."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import render_template, request

from reports.agreement import LEAST_ALPHA, LEAST_PAIRS
from survey_app import clock
from survey_app.permissions import Permission, may
from survey_app.queries import blind
from survey_app.web.quality.frame import WAS_DECIDED, blueprint
from survey_app.web.security import requires
from survey_app.web.support import current_user, read_session

#: Months that the page can look back on, and the usual one.
MONTHS: Final = (3, 12, 24)
USUAL: Final = 12
#: Reports read twice that are listed one by one, the newest.
LISTED: Final = 20


@blueprint.get("/agreement")
@requires(Permission.REVIEW_SHOPS, Permission.SEE_FIELD_QUALITY)
def agreement() -> str:
    """Krippendorff's α of every item, and the items proposed for rewriting."""
    asked = request.args.get("months", USUAL, type=int)
    months = asked if asked in MONTHS else USUAL
    found = blind.agreements(read_session(), clock.now() - timedelta(days=round(months * 365.25 / 12)))
    return render_template(
        "pages/quality/agreement.html",
        found=found,
        months=months,
        offered=MONTHS,
        least_alpha=LEAST_ALPHA,
        least_pairs=LEAST_PAIRS,
        listed=LISTED,
        outcomes=WAS_DECIDED,
        reads=may(current_user(), Permission.REVIEW_SHOPS) or may(current_user(), Permission.SEE_SHOP_REPORT),
    )
