"""The bonus statement: each employee's weighed score against one fixed target, and never a rank."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request

from reports import bonus as statement
from reports import opening
from reports.documents import csv, pdf
from reports.pack_blocks import Block, heading, printed, text
from reports.table import Column, Table
from survey_app import clock
from survey_app.outgoing.packs import FONTS
from survey_app.permissions import Permission
from survey_app.queries import bonus as queries
from survey_app.queries import organisation, reviews
from survey_app.queries.bonus import Bonus
from survey_app.web.paging import PAGE, paging
from survey_app.web.reviews import reader_review
from survey_app.web.security import limiter, requires
from survey_app.web.support import read_session
from translations import current_language, direction, format_month, format_number, isolate, isolate_ltr
from translations import gettext as _

blueprint = Blueprint("bonus", __name__)


def _found(month: str) -> tuple[Any, dict[str, Any], Bonus]:
    review, data = reader_review(month)
    return review, data, queries.of(read_session(), data)


@blueprint.get("/bonus")
@requires(Permission.SEE_BONUS)
def index() -> str:
    """The statements of a month, as far as the reader sees employees; the last full month where none is asked for."""
    last = clock.last_full_month()
    review, data, found = _found(request.args.get("month") or last)
    known = [one.month for one in reviews.months(read_session()) if one.month <= last][:24]
    pages = paging(len(found.rows))
    return render_template(
        "pages/recognition/bonus.html",
        review=review,
        settings=data["settings"],
        window=opening.window,
        found=found,
        rows=found.rows[pages.offset : pages.offset + PAGE],
        pages=pages,
        months=known,
        said=statement.STATEMENTS,
        counts={code: sum(one.said == code for one in found.rows) for code in statement.STATEMENTS},
        many=len({one.branch for one in found.rows}) > 1,
    )


@blueprint.get("/bonus/<month>.csv")
@requires(Permission.SEE_BONUS)
def as_csv(month: str) -> Response:
    """The statements for a spreadsheet."""
    review, _data, found = _found(month)
    body = csv.write(statement.table(found.rows, review.month, found.with_quiz))
    return _file(body, f"bonus-{review.month}.csv", "text/csv")


@blueprint.get("/bonus/<month>.pdf")
@requires(Permission.SEE_BONUS)
@limiter.limit("60 per hour")
def as_pdf(month: str) -> Response:
    """The statements to print and sign."""
    review, data, found = _found(month)
    return _file(pdf.write(_document(review, data, found), FONTS), f"bonus-{review.month}.pdf", "application/pdf")


def _file(body: bytes, name: str, kind: str) -> Response:
    response = Response(body, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _document(review: Any, data: dict[str, Any], found: Bonus) -> dict[str, Any]:
    session = read_session()
    policy = data["settings"]["policy"]
    blocks: list[Block] = [
        {"kind": "lead", "sentences": [_("A weighed score against a fixed target; no rank is part of it.")]},
        *text(
            _(
                "Window: %(window)s. Target: %(target)s. A statement needs %(count)s responses.",
                window=opening.window(data["settings"], "agents"),
                target=isolate_ltr(format_number(policy["agent_target"]) + "%"),
                count=format_number(policy["agent_surveys"]),
            )
        ),
    ]
    by_branch: dict[str, list[statement.Statement]] = {}
    for one in found.rows:
        by_branch.setdefault(one.branch, []).append(one)
    for branch, rows in by_branch.items():
        blocks += [heading(branch), printed(_printed(rows, found.with_quiz), title=False)]
    own = organisation.organisation(session)
    return {
        "language": current_language(),
        "rtl": direction() == "rtl",
        "title": _("Bonus statement, %(month)s", month=format_month(review.month)),
        "organisation": isolate(organisation.organisation_name(session)),
        "state": _("Signed numbers") if review.signed else _("This month is open: its numbers may still move."),
        "synthetic": _("Synthetic data: no person and no bank behind it is real.") if own.synthetic else "",
        "scope": "",
        "contents": _("Contents"),
        "page": _("Page"),
        "blocks": blocks,
    }


def _printed(rows: list[statement.Statement], with_quiz: bool) -> Table:
    columns = [
        Column("name", _("Name")),
        Column("n", _("Responses"), "integer"),
        Column("shrunken", _("Weighed score"), "percent", 1),
        Column("range", _("Probably between")),
        Column("gap", _("Gap to target"), "number", 1),
        Column("said", _("Statement")),
    ]
    if with_quiz:
        columns.append(Column("quiz", _("Knowledge quiz"), "percent"))
    return Table("bonus_printed", "", tuple(columns), tuple(_row(one, with_quiz) for one in rows))


def _row(one: statement.Statement, with_quiz: bool) -> tuple[Any, ...]:
    span = ""
    if one.low is not None and one.high is not None:
        span = isolate_ltr(f"{format_number(one.low)}–{format_number(one.high)}%")
    row = (one.name, one.n, one.shrunken, span, one.gap, str(statement.STATEMENTS[one.said][0]))
    return (*row, one.quiz.percent if one.quiz is not None else None) if with_quiz else row
