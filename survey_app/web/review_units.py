"""The pages behind the review: one branch and one service employee."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, render_template, url_for

from reports import months as calendar
from reports import opening, trends, wording
from survey_app.errors import NotFound
from survey_app.permissions import Permission, may
from survey_app.queries import branches as queries
from survey_app.queries import organisation
from survey_app.queries.reviews import Review
from survey_app.web.reviews import reader_review
from survey_app.web.security import requires
from survey_app.web.support import current_user, read_session, scope
from translations import current_language
from translations import gettext as _

blueprint = Blueprint("review_units", __name__)

Row = dict[str, Any]


def shop_report(response_id: str) -> str:
    """Where a mystery visit's approved report is read."""
    return url_for("quality.report", response_id=response_id)


def trend_rows(data: Row, row: Row, measures: tuple[str, ...]) -> list[tuple[str, list[float | None]]]:
    """(month, values) for the months in which the unit has any value, newest first."""
    months: list[str] = data["settings"]["trend_months"]
    found = [(month, [row["trend"][name][place] for name in measures]) for place, month in enumerate(months)]
    return [(month, values) for month, values in reversed(found) if any(value is not None for value in values)]


def _drawn(data: Row, row: Row, name: str) -> Row:
    """A measure's trend from the first month in which any measure has a value."""
    figure = trends.trend(data, row["code"], name, None, current_language())
    begun = trend_rows(data, row, trends.SERIES)[-1][0]
    margin = timedelta(days=12)
    first, last = calendar.first_day(begun), calendar.first_day(data["month"])
    figure["layout"]["xaxis"]["range"] = [(first - margin).isoformat(), (last + margin).isoformat()]
    return figure


@blueprint.get("/reviews/<month>/branches/<code>")
@requires(Permission.SEE_REVIEW)
def branch(month: str, code: str) -> str:
    """One branch's month: what its numbers say, and everything behind them."""
    review, data = reader_review(month)
    detail = queries.detail(read_session(), review.month, code, scope())
    row = next((row for row in data["branches"] if row["code"] == detail.code), None)
    if row is None:
        raise NotFound(_("The branch %(code)s is not part of the review of %(month)s.", code=code, month=review.month))
    figures = [
        (name, _drawn(data, row, name))
        for name in trends.SERIES
        if sum(value is not None for value in row["trend"][name]) > 1
    ]
    return render_template(
        "pages/branch.html",
        **_common(review, data),
        row=row,
        detail=detail,
        figures=figures,
        measures=trends.SERIES,
        trend=trend_rows(data, row, trends.SERIES),
        agents=[agent for agent in data["agents"] if agent["branch"] == row["code"]],
        comments=may(current_user(), Permission.SEE_COMMENTS),
        shop_report=shop_report if "quality.report" in current_app.view_functions else None,
        reports=may(current_user(), Permission.SEE_SHOP_REPORT),
    )


@blueprint.get("/reviews/<month>/agents/<code>")
@requires(Permission.SEE_REVIEW)
def agent(month: str, code: str) -> str:
    """One service employee's own numbers. Nobody is ranked against anybody."""
    review, data = reader_review(month)
    session = read_session()
    found, branch = queries.reader_agent(session, code, scope(), review.month)
    row = next((row for row in data["agents"] if row["code"] == found.code), None)
    if row is None:
        raise NotFound(
            _("The employee %(code)s has no part in the review of %(month)s.", code=code, month=review.month)
        )
    return render_template(
        "pages/agent.html",
        **_common(review, data),
        row=row,
        branch=branch,
        branch_is_open=branch is not None and scope().names_branch(branch.id, branch.region_id),
        measures=("csat", "nps", "ease"),
        trend=trend_rows(data, row, ("csat", "nps", "ease")),
        target=organisation.policy(session).agent_target,
    )


def _common(review: Review, data: Row) -> dict[str, Any]:
    return {
        "review": review,
        "data": data,
        "settings": data["settings"],
        "wording": wording,
        "header": opening.header,
        "window": opening.window,
    }
