"""One scenario: its words per language, its risk check, and whether new visits play it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.fieldwork import ScenarioForm
from forms.programmes import RiskForm, refuse
from survey_app.commands import scenarios as commands
from survey_app.errors import UserError
from survey_app.field import risks
from survey_app.models import Scenario
from survey_app.permissions import Permission
from survey_app.queries import scenarios as queries
from survey_app.transaction import transaction
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from translations import LANGUAGES

blueprint = Blueprint("scenarios", __name__, url_prefix="/fieldwork/scenarios")


@blueprint.get("/<code>")
@requires(Permission.PLAN_FIELDWORK)
def show(code: str) -> ResponseReturnValue:
    """A scenario as shoppers read it, with what its risk check came to."""
    return _page(code)


def _page(code: str, problem: UserError | None = None) -> ResponseReturnValue:
    session = read_session()
    scenario = queries.find(session, code)
    page = render_template(
        "pages/programmes/scenario.html",
        scenario=scenario,
        verdict=risks.VERDICTS[risks.verdict(scenario.risks)],
        found=[one.text for name, one in risks.QUESTIONS.items() if scenario.risks.get(name)],
        checked_by=queries.checked_by(session, scenario),
        played=queries.programmes_of(session, scenario.id),
        problem=problem,
        done=request.args.get("done", ""),
    )
    return make_response(page, problem.status if problem else 200)


@blueprint.route("/<code>/edit", methods=["GET", "POST"])
@requires(Permission.PLAN_FIELDWORK)
def edit(code: str) -> ResponseReturnValue:
    """Rewrite a scenario."""
    scenario = queries.find(read_session(), code)
    form = ScenarioForm(request.form if request.method == "POST" else None, **_stands(scenario))
    del form.code
    if request.method == "POST" and form.validate():
        try:
            with transaction(actor(), "scenario.change", scenario=scenario.id) as session:
                commands.change(
                    session,
                    code,
                    title=form.localised("title"),
                    briefing=form.localised("briefing"),
                    has_appointment=bool(form.has_appointment.data),
                    has_account=bool(form.has_account.data),
                )
            return redirect(url_for("scenarios.show", code=code, done="saved"), 303)
        except UserError as error:
            refuse(form, error.places, error.message)
    page = render_template("pages/fieldwork/scenario.html", form=form, scenario=scenario)
    return make_response(page, 422 if form.error_summary else 200)


def _stands(scenario: Scenario) -> dict[str, Any]:
    words = {
        f"{part}_{language}": getattr(scenario, part).get(language, "")
        for part in ("title", "briefing")
        for language in LANGUAGES
    }
    return {**words, "has_appointment": scenario.has_appointment, "has_account": scenario.has_account}


@blueprint.route("/<code>/risks", methods=["GET", "POST"])
@requires(Permission.PLAN_FIELDWORK)
def check(code: str) -> ResponseReturnValue:
    """Answer the risk check."""
    scenario = queries.find(read_session(), code)
    form = RiskForm(
        request.form if request.method == "POST" else None,
        questions=[(name, one.text) for name, one in risks.QUESTIONS.items()],
        answers=scenario.risks,
        note=scenario.risk_note,
    )
    if request.method == "POST" and form.validate():
        try:
            with transaction(actor(), "scenario.risks", scenario=scenario.id) as session:
                commands.check_risks(session, code, form.answers, note=form.note.data or "", by=current_user().id)
            return redirect(url_for("scenarios.show", code=code, done="checked"), 303)
        except UserError as error:
            refuse(form, error.places, error.message)
    page = render_template(
        "pages/programmes/risks.html",
        scenario=scenario,
        form=form,
        stopping={name for name, one in risks.QUESTIONS.items() if one.stops},
    )
    return make_response(page, 422 if form.error_summary else 200)


@blueprint.post("/<code>/retire")
@requires(Permission.PLAN_FIELDWORK)
def retire(code: str) -> ResponseReturnValue:
    """Let no new visit play it."""
    return _step(code, "retire", commands.retire)


@blueprint.post("/<code>/restore")
@requires(Permission.PLAN_FIELDWORK)
def restore(code: str) -> ResponseReturnValue:
    """Let new visits play it again."""
    return _step(code, "restore", commands.restore)


def _step(code: str, verb: str, step: Callable[..., Scenario]) -> ResponseReturnValue:
    try:
        with transaction(actor(), f"scenario.{verb}") as session:
            step(session, code)
    except UserError as error:
        return _page(code, error)
    return redirect(url_for("scenarios.show", code=code, done=verb), 303)
