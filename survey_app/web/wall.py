"""The wall of thanks: customers' words to the organisation's people, and who was recognised in public."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, render_template, request

from survey_app.models import NO_AGENT, Recognition
from survey_app.permissions import Permission
from survey_app.queries import organisation, quotes, recognition, thanks
from survey_app.queries.masking import mask_names
from survey_app.queries.quotes import Quote
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import requires
from survey_app.web.support import read_session

blueprint = Blueprint("wall", __name__)

#: Recognised people at the head of the wall.
FEW = 6


@blueprint.get("/wall")
@requires(Permission.SEE_WALL)
def index() -> str:
    """A page of thanks, by search."""
    session = read_session()
    search = request.args.get("q", "").strip()[:100]
    found = thanks.wall(session, search=search, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(found.total)
    if pages.number != asked():
        found = thanks.wall(session, search=search, limit=PAGE, offset=pages.offset)
    head = recognition.public(session, limit=FEW) if pages.number == 1 and not search else []
    return render_template(
        "pages/recognition/wall.html",
        found=found,
        pages=pages,
        search=search,
        head=head,
        whom=recognition.names(head),
        quotes=_quotes(head),
        no_agent=NO_AGENT,
        months=thanks.MONTHS,
        least=organisation.policy(session).least_comments,
    )


def _quotes(head: list[Recognition]) -> dict[int, Quote]:
    """Recognition -> its customer's words, without names of people who did not accept publicity."""
    session = read_session()
    hidden = thanks.unnamed(session, {row.branch_id for row in head})
    found = {row.id: quotes.quoted(session, row) for row in head}
    return {
        row.id: replace(quote, words=mask_names(quote.words, hidden[row.branch_id]))
        for row in head
        if (quote := found[row.id]) is not None
    }
