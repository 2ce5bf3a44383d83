"""Service between departments: what employees say of each, for its head and management; and their surveys' links."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reports.documents import csv
from reports.table import Column, Table
from survey_app.commands import employee_surveys as commands
from survey_app.errors import NotFound, UserError
from survey_app.models import Department
from survey_app.permissions import Permission, Role, may, role_of
from survey_app.queries import departments as departments_of
from survey_app.queries import employee_voice as queries
from survey_app.queries.employee_voice import ALL, BRANCH, Voice
from survey_app.transaction import transaction
from survey_app.web.employee_voice import chosen_voice, frame
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, public_address, read_session, stop_reading
from translations import gettext as _

blueprint = Blueprint("employee_departments", __name__, url_prefix="/employees/departments")

#: The head of a department, management, and who plans the surveys.
_READ: Final = (Permission.ANSWER_MARKS, Permission.PLAN_CAMPAIGNS)


def _seen() -> dict[int, Department]:
    """The departments whose results the reader may see: a head the own ones, management and analysts all."""
    every = departments_of.every(read_session())
    user = current_user()
    if role_of(user) is Role.DEPARTMENT_HEAD:
        every = [one for one in every if one.head_id == user.id]
    return {one.id: one for one in every}


@blueprint.get("")
@requires(*_READ)
def index() -> str:
    """Each department by question, in a month."""
    return _page()


def _page(problem: str = "") -> str:
    listed, found = chosen_voice(departments=True)
    seen = _seen()
    shown = frame(found, listed, "departments")
    rows = _rows(found, shown["month"], seen) if found is not None and shown["month"] else []
    return render_template(
        "pages/employees/departments.html",
        **shown,
        seen=seen,
        rows=rows,
        all=ALL,
        missing=[one for one in seen.values() if one.active and one.id not in {row["department"].id for row in rows}],
        plans=may(current_user(), Permission.PLAN_CAMPAIGNS),
        running=queries.department_campaigns(read_session()),
        departments=[one for one in departments_of.every(read_session()) if one.active],
        problem=problem,
        done=request.args.get("done", ""),
    )


def _rows(found: Voice, month: str, seen: dict[int, Department]) -> list[dict[str, Any]]:
    return [
        {
            "department": seen[number],
            "unit": (BRANCH, number),
            "people": found.people[BRANCH, number][month],
            "mean": found.mean((BRANCH, number), month),
            "trend": [(one, found.mean((BRANCH, number), one)) for one in reversed(found.months)],
        }
        for number in found.units(BRANCH, month)
        if number in seen
    ]


@blueprint.get("/<code>/words")
@requires(*_READ)
def words(code: str) -> str:
    """What employees wrote about one department, where enough of them answered."""
    listed, found = chosen_voice(departments=True)
    department = departments_of.department(read_session(), code)
    if department.id not in _seen():
        raise NotFound(_("There is no department %(code)s.", code=code))
    shown = frame(found, listed, "departments")
    said = None
    if found is not None and shown["month"]:
        session = read_session()
        unit = (BRANCH, department.id)
        said = queries.words(session, found, shown["month"], unit, names=queries.names(session))
    return render_template("pages/employees/department_words.html", **shown, department=department, said=said)


@blueprint.post("")
@requires(Permission.PLAN_CAMPAIGNS)
def ask() -> ResponseReturnValue:
    """Open a survey about a department. Sent twice it is one."""
    code = request.form.get("department", "")
    try:
        with transaction(actor(), "employees.ask", department=code) as session:
            commands.ask_about(session, code)
    except UserError as problem:
        stop_reading()
        return _page(problem.message), problem.status
    return redirect(url_for("employee_departments.index", done="asked", _anchor="surveys"), 303)


@blueprint.post("/links/<code>")
@requires(Permission.PLAN_CAMPAIGNS)
def links(code: str) -> ResponseReturnValue:
    """Everybody's own link as a file, to be sent by the organisation's own mail; those who answered are not in it."""
    try:
        given = commands.hand_out(actor(), code)
    except UserError as problem:
        stop_reading()
        return _page(problem.message), problem.status
    columns = (
        Column("agent", _("Employee's number")), Column("name", _("Name")), Column("email", _("E-mail address")),
        Column("branch", _("Branch")), Column("link", _("Link")),
    )  # fmt: skip
    rows = tuple((one.agent, one.name, one.email, one.branch, public_address(f"/s/{one.token}")) for one in given)
    response = Response(
        csv.write(Table(f"links-{code}", _("Links"), columns, rows)), content_type="text/csv; charset=utf-8"
    )
    response.headers.set("Content-Disposition", "attachment", filename=f"links-{code}.csv")
    response.headers["Cache-Control"] = "no-store"
    return response
