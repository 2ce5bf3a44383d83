"""Photographs and documents of answers, for those who may read the response they belong to. They are never public.

What people send is shown as what it was found to be and as nothing else: no script of it runs, no page frames it, and a
document is only ever saved.
"""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from typing import Final

from flask import Blueprint, Response, send_file

from survey_app.errors import NotFound
from survey_app.models import Evidence
from survey_app.permissions import Permission, may
from survey_app.queries import evidence as queries
from survey_app.queries import worklists
from survey_app.readers import papers, pictures
from survey_app.web.security import requires
from survey_app.web.support import current_user, read_session, scope

blueprint = Blueprint("evidence", __name__, url_prefix="/files")

#: Nothing in a file is carried out, loaded or framed.
_POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"
_READERS: Final = (Permission.SEE_RESPONSES, Permission.REVIEW_SHOPS, Permission.SEE_SHOP_REPORT)


@blueprint.get("/<file_id>")
@requires(*_READERS)
def show(file_id: str) -> Response:
    """A picture to look at, or a document to save."""
    return whole(_found(file_id))


@blueprint.get("/<file_id>/small")
@requires(*_READERS)
def small(file_id: str) -> Response:
    """A small view of a picture."""
    return view(_found(file_id))


def whole(found: Evidence) -> Response:
    """A file as an answer: a picture to look at, anything else to save. Whoever may see it was asked before."""
    picture = found.media_type == papers.JPEG.media_type
    answer = send_file(
        BytesIO(queries.content(found)),
        mimetype=found.media_type,
        as_attachment=not picture,
        download_name=found.filename,
        max_age=0,
    )
    return _guarded(answer)


def view(found: Evidence) -> Response:
    """A small view of a picture; 404 for what is none."""
    if found.media_type != papers.JPEG.media_type:
        return _guarded(Response(status=404))
    return _guarded(Response(pictures.small(queries.content(found)), mimetype=papers.JPEG.media_type))


def _found(file_id: str) -> Evidence:
    """A file that the reader may see. NotFound for any other, so that nobody learns which there are."""
    session, user = read_session(), current_user()
    if may(user, Permission.REVIEW_SHOPS):
        with suppress(NotFound):
            return queries.beside(session, file_id)
    found = queries.answered(session, file_id)
    if not may(user, Permission.SEE_RESPONSES):
        reviewing = may(user, Permission.REVIEW_SHOPS)
        worklists.shop_report(session, found.response_id, None if reviewing else scope())
    return found


def _guarded(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
