"""``/b``: the code on the poster, typed. It forgives spaces, dashes and other scripts' digits, and knows a slip."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.errors import UserError
from survey_app.outreach import codes
from survey_app.queries import organisation, points
from survey_app.web.security import public
from survey_app.web.support import read_session
from translations import current_language
from translations import gettext as _

blueprint = Blueprint("codes", __name__)


@blueprint.get("/b")
@public
def enter() -> ResponseReturnValue:
    """Ask for the code; a good one leads on. It is sent by GET: nothing is changed, and a reload asks nothing."""
    typed = request.args.get("code", "")
    if not typed.strip():
        return _page("", _("Type the digits of the code.") if "code" in request.args else "")
    digits = codes.plain(typed)
    if codes.is_sound(digits) and points.by_code(read_session(), digits) is not None:
        # A retired one as well: its page says so.
        return redirect(url_for("respond.opening", branch=digits, lang=current_language()), 303)
    try:
        branch = organisation.branch_by_code(read_session(), typed.strip() if "-" in typed else digits)
    except UserError:
        return _page(typed, _fault(digits))
    return redirect(
        url_for("respond.opening", branch=organisation.shortest_code(read_session(), branch), lang=current_language()),
        303,
    )


def _fault(digits: str) -> str:
    """What must be wrong with what was typed."""
    if not digits.isdecimal():
        return _("A code has digits only.")
    if len(digits) not in codes.LENGTHS:
        return _("A code has %(few)s digits, sometimes %(many)s. Here are %(number)s.",
                 few=codes.LENGTHS[0], many=codes.LENGTHS[-1], number=len(digits))  # fmt: skip
    if not codes.is_sound(digits):
        return _("One of the digits must be wrong, or two are swapped. Please compare with the poster.")
    return _("There is no survey with this code. Please compare with the poster.")


def _page(typed: str, error: str) -> ResponseReturnValue:
    page = render_template("pages/points/enter.html", typed=typed[: codes.LONGEST], error=error)
    return page, 422 if error else 200
