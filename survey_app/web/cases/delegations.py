"""Standing in: who has somebody's cases during leave or illness."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.cases import DelegationForm
from survey_app import clock
from survey_app.commands import delegations as commands
from survey_app.errors import NotFound, UserError
from survey_app.permissions import Permission, may
from survey_app.queries import standing_in
from survey_app.transaction import transaction
from survey_app.web.cases.frame import WORKS, blueprint, person, person_and_role
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, stop_reading
from translations import lazy_gettext as _l

_RULES = Permission.MANAGE_LOOP
#: What is said after an act.
SAID = {
    "made": _l("It was written down. Open cases go over on the first day."),
    "ended": _l("Standing in was ended."),
}


def _form(sent: Any = None) -> DelegationForm:
    session, user = read_session(), current_user()
    away = standing_in.led(session, user)
    own = str(user.id) if may(user, WORKS) else ""
    return DelegationForm(
        sent,
        users=[(str(one.id), person_and_role(one)) for one in away],
        others=[(str(one.id), person_and_role(one)) for one in standing_in.colleagues(session, user)],
        user=own,
        since=clock.today(),
    )


@blueprint.get("/delegations")
@requires(WORKS, _RULES)
def delegations() -> ResponseReturnValue:
    """Who stands in now and later, and the form for another."""
    return _page(_form())


@blueprint.post("/delegations")
@requires(WORKS, _RULES)
def hand_over() -> ResponseReturnValue:
    """Write down who stands in. Sent twice, it is one."""
    form = _form(request.form)
    if not form.validate() or form.since.data is None:
        return _page(form, 422)
    try:
        with transaction(actor(), "case.delegate", user=int(form.user.data), to=int(form.to.data)) as session:
            commands.hand_over(
                session,
                current_user(),
                int(form.user.data),
                int(form.to.data),
                form.since.data,
                form.until.data,
            )
    except UserError as problem:
        _place(form, problem)
        stop_reading()
        return _page(form, problem.status)
    return redirect(url_for("cases.delegations", done="made"), 303)


def _place(form: Any, problem: UserError) -> None:
    """Say what is wrong beside the field that it is about."""
    placed = False
    for name, message in problem.places:
        if name in form._fields:
            form[name].errors = [*form[name].errors, message or problem.message]
            placed = True
    if not placed:
        form.form_errors.append(problem.message)


@blueprint.post("/delegations/<int:number>/end")
@requires(WORKS, _RULES)
def end_delegation(number: int) -> ResponseReturnValue:
    """End it as of today."""
    try:
        with transaction(actor(), "case.end_delegation", delegation=number) as session:
            commands.end(session, current_user(), number)
    except NotFound:
        pass  # ended a moment ago
    return redirect(url_for("cases.delegations", done="ended"), 303)


def _page(form: DelegationForm, status: int = 200) -> ResponseReturnValue:
    session, user = read_session(), current_user()
    markup = render_template(
        "pages/cases/delegations.html",
        form=form,
        rows=standing_in.delegations(session, user),
        person=person,
        today=clock.today(),
        ends=lambda one: one.to_id == user.id or commands.may_hand_over(session, user, one.user),
        said=SAID.get(request.args.get("done", "")),
    )
    return make_response(markup, status)
