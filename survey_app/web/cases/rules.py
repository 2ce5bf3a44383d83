"""The rules of cases: the ladder's clocks, limits of compensation, and what follows the work."""

from __future__ import annotations

from typing import Any, Final

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.case_rules import GROUPS, begins, level_field, limit_field, rules_form, written
from survey_app.commands import loop_rules as commands
from survey_app.commands.loop_rules import GIVERS
from survey_app.errors import UserError
from survey_app.loop.levels import LADDER, LEVELS
from survey_app.loop.policy import Loop
from survey_app.permissions import ROLE_NAMES, Permission, Role
from survey_app.queries.loop import policy
from survey_app.transaction import transaction
from survey_app.web.cases.frame import blueprint
from survey_app.web.security import requires
from survey_app.web.support import actor, read_session, stop_reading

_P: Final = Permission.MANAGE_LOOP


def _form(sent: Any = None, rules: Loop | None = None) -> Any:
    now = rules or policy(read_session())
    return rules_form(
        [(code, LEVELS[code].name) for code in LADDER],
        [(role, ROLE_NAMES[Role(role)]) for role in GIVERS],
        sent,
        seen=commands.digest(now),
        **begins(now, LADDER, GIVERS),
    )


@blueprint.get("/rules")
@requires(_P)
def rules() -> ResponseReturnValue:
    """What is in force."""
    return _page(_form())


@blueprint.post("/rules")
@requires(_P)
def save_rules() -> ResponseReturnValue:
    """Change them. Clocks that run keep their time."""
    form = _form(request.form)
    if not form.validate():
        return _page(form, 422)
    try:
        with transaction(actor(), "loop.save") as session:
            commands.save(session, written(form, LADDER, GIVERS), seen=form.seen.data or "")
    except UserError as problem:
        _place(form, problem)
        stop_reading()
        # What was typed stays; saved once more, it is written over what stands now.
        form.seen.raw_data, form.seen.data = None, commands.digest(policy(read_session()))
        return _page(form, problem.status)
    return redirect(url_for("cases.rules", done="saved"), 303)


#: Rules that have several fields -> the first of them.
_FIRST: Final = {"level_hours": level_field(LADDER[0]), "compensation": limit_field(GIVERS[0])}


def _place(form: Any, problem: UserError) -> None:
    placed = False
    for name, message in problem.places:
        place = _FIRST.get(name, name)
        if place in form._fields:
            form[place].errors = [*form[place].errors, message or problem.message]
            placed = True
    if not placed:
        form.form_errors.append(problem.message)


def _page(form: Any, status: int = 200) -> ResponseReturnValue:
    markup = render_template(
        "pages/cases/rules.html",
        form=form,
        groups=GROUPS,
        levels=[level_field(code) for code in LADDER],
        limits=[limit_field(role) for role in GIVERS],
        saved=request.args.get("done") == "saved",
    )
    return make_response(markup, status)
