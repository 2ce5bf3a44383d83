"""Departments that branches depend on: their names, their heads, and which reason leads to which of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.previews import DepartmentForm, RoutesForm
from forms.programmes import refuse, spoken
from survey_app.commands import departments as commands
from survey_app.commands.departments import About
from survey_app.errors import UserError
from survey_app.meeting.marks import REASONS
from survey_app.models import Department
from survey_app.permissions import Permission
from survey_app.queries import departments as queries
from survey_app.transaction import transaction
from survey_app.web.security import requires
from survey_app.web.support import actor, read_session
from translations import LANGUAGES, localised

blueprint = Blueprint("departments", __name__, url_prefix="/departments")


@blueprint.get("")
@requires(Permission.MANAGE_DEPARTMENTS)
def index() -> ResponseReturnValue:
    """Every department, and where comments go."""
    return _page(_routes(None))


def _routes(sent: Any) -> RoutesForm:
    session = read_session()
    leads = {reason: found.code for reason, found in queries.routes(session).items()}
    active = [(one.code, localised(one.name)) for one in queries.every(session) if one.active]
    return RoutesForm(sent, reasons=REASONS.items(), departments=active, leads=leads)


def _page(form: RoutesForm) -> ResponseReturnValue:
    session = read_session()
    page = render_template(
        "pages/departments/index.html",
        departments=queries.every(session),
        waiting=queries.waiting_by_department(session),
        heads=queries.heads(session),
        form=form,
        done=request.args.get("done", ""),
    )
    return make_response(page, 422 if form.error_summary else 200)


@blueprint.post("/routes")
@requires(Permission.MANAGE_DEPARTMENTS)
def route() -> ResponseReturnValue:
    """Set which department gets comments of which reason."""
    form = _routes(request.form)
    if form.validate():
        try:
            with transaction(actor(), "department.route") as session:
                commands.route(session, form.leads)
            return redirect(url_for("departments.index", done="routed"), 303)
        except UserError as error:
            refuse(form, [(f"reason-{name}", said) for name, said in error.places], error.message)
    return _page(form)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_DEPARTMENTS)
def new() -> ResponseReturnValue:
    """A new department."""
    form = _form(request.form if request.method == "POST" else None, None)
    if request.method == "POST" and form.validate():
        try:
            with transaction(actor(), "department.add") as session:
                commands.add(session, form.code.data or "", _about(form))
            return redirect(url_for("departments.index", done="added"), 303)
        except UserError as error:
            refuse(form, error.places, error.message)
    return _edit_page(form, None)


@blueprint.route("/<code>", methods=["GET", "POST"])
@requires(Permission.MANAGE_DEPARTMENTS)
def edit(code: str) -> ResponseReturnValue:
    """One department: its names, its head, whether it is in use."""
    department = queries.department(read_session(), code)
    form = _form(request.form if request.method == "POST" else None, department)
    if request.method == "POST" and form.validate():
        try:
            with transaction(actor(), "department.change", department=code) as session:
                commands.change(session, code, _about(form))
            return redirect(url_for("departments.index", done="changed"), 303)
        except UserError as error:
            refuse(form, error.places, error.message)
    return _edit_page(form, department)


def _form(sent: Any, department: Department | None) -> DepartmentForm:
    heads = [
        (str(one.id), f"{one.name} ({one.email})" if one.name else one.email) for one in queries.heads(read_session())
    ]
    if department is None:
        return DepartmentForm(sent, heads=heads, new=True)
    # Who was the head and is none any more is shown as nobody, and the list on the page before says so.
    return DepartmentForm(
        sent,
        heads=heads,
        new=False,
        head=str(department.head_id or ""),
        active=department.active,
        **{f"name_{language}": department.name.get(language, "") for language in LANGUAGES},
    )


def _about(form: DepartmentForm) -> About:
    active = bool(form.active.data) if "active" in form else True
    return About(spoken(form, "name"), int(form.head.data) if form.head.data else None, active)


def _edit_page(form: DepartmentForm, department: Department | None) -> ResponseReturnValue:
    page = render_template("pages/departments/edit.html", form=form, department=department)
    return make_response(page, 422 if form.error_summary else 200)
