"""Scores that somebody asked to take out because staff were abused: decided by a second person."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.cases import DecideRemovalForm
from survey_app.commands.cases import removals as commands
from survey_app.errors import NotFound, UserError
from survey_app.permissions import Permission
from survey_app.queries import cases as queries
from survey_app.transaction import transaction
from survey_app.web.cases import page
from survey_app.web.cases.frame import blueprint, person, seen
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, stop_reading
from translations import gettext as _

_P = Permission.REMOVE_SCORES


@blueprint.get("/removals")
@requires(_P)
def removals() -> str:
    """What waits, and what was decided lately."""
    session, user = read_session(), current_user()
    total = queries.removals(session, user, limit=0)[1]
    pages = paging(total)
    rows, _total = queries.removals(session, user, limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/cases/removals.html",
        rows=rows,
        pages=pages,
        names=page.REMOVALS,
        person=person,
        said=request.args.get("done", ""),
    )


@blueprint.get("/removals/<int:case_id>")
@requires(_P)
def removal(case_id: int) -> ResponseReturnValue:
    """One request, with what the customer said and why it was asked."""
    return _page(case_id, DecideRemovalForm())


@blueprint.post("/removals/<int:case_id>")
@requires(_P)
def decide_removal(case_id: int) -> ResponseReturnValue:
    """Take the score out, or leave it. Said twice, it is decided once."""
    form = DecideRemovalForm(request.form)
    seen(case_id)
    if not form.validate():
        return _page(case_id, form, 422)
    try:
        with transaction(actor(), "case.decide_removal", case=case_id) as session:
            commands.decide_removal(session, case_id, current_user(), form.approve.data == "yes", form.note.data or "")
    except UserError as problem:
        # An answer that was deleted meanwhile is said as well: the page of the request is still there.
        form.form_errors.append(problem.message)
        stop_reading()
        return _page(case_id, form, problem.status)
    return redirect(url_for("cases.removals", done="decided"), 303)


def _page(case_id: int, form: DecideRemovalForm, status: int = 200) -> ResponseReturnValue:
    one = seen(case_id)
    found = commands.of(read_session(), one.case)
    if found is None:
        raise NotFound(_("Nobody asked to take this score out."))
    markup = render_template(
        "pages/cases/removal.html",
        seen=one,
        one=one.case,
        removal=found,
        heard=page.heard(one),
        asked_by=queries.user_name(read_session(), found.asked_by_id),
        names=page.REMOVALS,
        form=form,
    )
    return make_response(markup, status)
