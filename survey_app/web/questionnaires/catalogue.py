"""The list of questionnaires: what is in force, what is being written, how far each language is."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from forms.questionnaire.check import completeness
from survey_app.kinds import KINDS
from survey_app.permissions import Permission
from survey_app.queries import questionnaires as queries
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.questionnaires.frame import PRIVACY, TRANSLATIONS, blueprint, kinds, mode
from survey_app.web.security import requires
from survey_app.web.support import read_session


@blueprint.get("")
@requires(Permission.SEE_QUESTIONNAIRES)
def index() -> str:
    """Questionnaires by kind, by words of the title, in use or put away; fifty at a time."""
    kind = request.args.get("kind", "")
    wanted: dict[str, Any] = {
        "kind": kind if kind in KINDS else "",
        "search": request.args.get("search", "").strip()[:100],
        "archived": bool(request.args.get("archived")),
    }
    session = read_session()
    rows, total = queries.listing(session, **wanted, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(total)
    if pages.number != asked():
        rows, total = queries.listing(session, **wanted, limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/questionnaires/list.html",
        rows=rows,
        pages=pages,
        wanted=wanted,
        kinds=kinds(),
        done={row.newest.id: completeness(row.definition) for row in rows},
        modes={row.newest.id: PRIVACY[mode(row.definition)][0] for row in rows},
        translations=TRANSLATIONS,
        none_yet=not total and not queries.any_yet(session),
        said=request.args.get("done", ""),
    )
