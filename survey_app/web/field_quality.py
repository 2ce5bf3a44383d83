"""The quality of the fieldwork: strict and lenient shoppers, surveys beside visits, and what appeals change."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from reports import months as calendar
from reports.overturning import REWRITE_FROM, REWRITE_SHARE
from survey_app import clock
from survey_app.commands import models as commands
from survey_app.field.rotation.connected import BRANCHES_A_SHOPPER, LEAST_SHOPPERS_A_BRANCH
from survey_app.models import Branch
from survey_app.permissions import Permission, may
from survey_app.queries import models as queries
from survey_app.queries import overturns, question_words, reviews, worklists
from survey_app.transaction import transaction
from survey_app.web.appeals import SIDES
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from translations import current_language, localised
from translations import gettext as _

blueprint = Blueprint("field_quality", __name__, url_prefix="/field-quality")

_P = Permission.SEE_FIELD_QUALITY


def _month(usual: str | None = None) -> str:
    """The month that the address asks for, else the usual one: the last full month."""
    asked = request.args.get("month", "")
    return reviews.parse_month(asked) if asked else usual or clock.last_full_month()


def _frame(month: str) -> dict[str, Any]:
    following = calendar.shift(month, 1)
    return {
        "month": month,
        "previous": calendar.shift(month, -1),
        "following": following if following <= clock.current_month() else None,
        "asked_for": request.args.get("done") == "asked",
    }


def _branches() -> dict[int, str]:
    return dict(read_session().execute(select(Branch.id, Branch.name)).all())


@blueprint.get("")
@requires(_P)
def severity() -> str:
    """Shoppers beside each other, each with the raw mean and what of it is the shopper's own."""
    session, month = read_session(), _month()
    found = queries.result(session, month, queries.SEVERITY)
    named = may(current_user(), Permission.PLAN_FIELDWORK) or may(current_user(), Permission.REVIEW_SHOPS)
    rows = found.result["shoppers"] if found is not None else []
    short = found.result["shoppers_short"] if found is not None else []
    names = worklists.names(session, [*(row["id"] for row in rows), *short]) if named else {}
    # Who may not know the people tells them apart by a number, the same on one page.
    numbers = {one: place for place, one in enumerate(sorted({*(row["id"] for row in rows), *short}), start=1)}
    widest = max((max(abs(row["low"]), abs(row["high"])) for row in rows), default=0) or 1
    branches = found.result["branches"] if found is not None else []
    pages = paging(len(branches))
    return render_template(
        "pages/field_quality/severity.html",
        found=found,
        shoppers=rows,
        branches=branches[pages.offset : pages.offset + PAGE],
        pages=pages,
        places=_branches(),
        who=lambda one: names.get(one) or _("Shopper %(number)s", number=numbers.get(one, 0)),
        widest=widest,
        least_branches=BRANCHES_A_SHOPPER,
        least_shoppers=LEAST_SHOPPERS_A_BRANCH,
        **_frame(month),
    )


@blueprint.get("/disagreement")
@requires(_P)
def disagreement() -> str:
    """Branches that customers and shoppers see differently, with the items."""
    session, month = read_session(), _month()
    found = queries.result(session, month, queries.DISAGREEMENT)
    rows = found.result["branches"] if found else []
    named = {one["questionnaire"] for row in rows for one in row["items"] + row["questions"]}
    asked = question_words.texts(session, named)
    return render_template(
        "pages/field_quality/disagreement.html",
        found=found,
        places=_branches(),
        words=lambda one: localised(dict(asked.get((one["questionnaire"], one["code"]), {}))) or one["code"],
        **_frame(month),
    )


@blueprint.get("/appeals")
@requires(_P)
def appeals() -> str:
    """What became of appeals: by reviewer, item and branch. A reviewer sees the own row, and all others together."""
    month = _month(clock.current_month())
    found = overturns.overturns(read_session(), month)
    user = current_user()
    reviewers = found.reviewers
    if may(user, Permission.REVIEW_SHOPS):
        reviewers = [one for one in reviewers if one.user_id == user.id]
    return render_template(
        "pages/field_quality/appeals.html",
        found=found,
        reviewers=reviewers,
        proposed=[one for one in found.items if one.rate.rewrite and one.question is not None],
        words=lambda question: localised(dict(question.text)),
        sides=SIDES,
        rewrite_from=REWRITE_FROM,
        rewrite_share=100 * REWRITE_SHARE,
        language=current_language,
        **_frame(month),
    )


@blueprint.post("/<month>/computation")
@requires(_P)
def compute(month: str) -> ResponseReturnValue:
    """Have the month's models made now, rather than within the hour."""
    month = reviews.parse_month(month)
    with transaction(actor(), "models.ask", month=month) as session:
        commands.queue(session, month)
    pages = {"severity": "field_quality.severity", "disagreement": "field_quality.disagreement"}
    back = pages.get(request.form.get("page", ""), "field_quality.severity")
    return redirect(url_for(back, month=month, done="asked"), 303)
