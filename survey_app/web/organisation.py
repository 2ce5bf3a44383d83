"""Branches: the list, and each one's open survey link with its poster code."""

from __future__ import annotations

from io import BytesIO

import segno
from flask import Blueprint, Response, render_template, request

from survey_app.models import Branch
from survey_app.permissions import Permission
from survey_app.queries import organisation as queries
from survey_app.queries.branches import reader_branch
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import requires
from survey_app.web.support import public_address, read_session, scope

blueprint = Blueprint("organisation", __name__, url_prefix="/organisation")


@blueprint.get("")
@requires(Permission.SEE_ORGANISATION)
def index() -> str:
    """The branches that the reader may see, fifty at a time."""
    search = request.args.get("q", "").strip()
    session, reach = read_session(), scope()
    pages = paging(queries.count_branches(session, reach, search))
    return render_template(
        "pages/branches.html",
        branches=queries.branches(session, reach, search, limit=PAGE, offset=pages.offset),
        pages=pages,
        search=search,
    )


def survey_path(branch: Branch) -> str:
    """The path of a branch's open survey: by its code, or by bank and code where two banks share it."""
    return "/b/" + queries.shortest_code(read_session(), branch)


@blueprint.get("/branches/<code>")
@requires(Permission.SEE_ORGANISATION)
def branch(code: str) -> str:
    """One branch's particulars and its open link."""
    found = reader_branch(read_session(), code, scope())
    path = survey_path(found)
    return render_template("pages/branch_card.html", branch=found, survey=public_address(path), path=path)


@blueprint.get("/branches/<code>/qr.svg")
@requires(Permission.SEE_ORGANISATION)
def code(code: str) -> Response:
    """The open link as a QR code for a poster: middle error correction, a quiet border of four modules."""
    drawn = BytesIO()
    found = reader_branch(read_session(), code, scope())
    segno.make(public_address(survey_path(found)), error="m", micro=False).save(
        drawn, kind="svg", border=4, omitsize=True, xmldecl=False, svgclass=None, lineclass=None, light="#fff"
    )
    return Response(drawn.getvalue(), mimetype="image/svg+xml")
