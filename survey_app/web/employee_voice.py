"""What employees say: the pulse by question, region and branch, words, what goes with customers' scores, plans."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.meeting import DecisionForm
from reports import months as calendar
from reports.documents import csv
from reports.table import Column, Table
from survey_app import clock
from survey_app.commands import decisions as plans
from survey_app.commands.decisions import new_id
from survey_app.errors import NotFound, UserError
from survey_app.meeting.agenda import OUTSIDE
from survey_app.models import Branch, Decision, User
from survey_app.permissions import Permission, Role, role_of
from survey_app.queries import decisions, organisation
from survey_app.queries import employee_voice as queries
from survey_app.queries.employee_voice import ALL, BRANCH, REGION, Asked, Unit, Voice
from survey_app.transaction import transaction
from survey_app.web.meeting_words import owner_choices, owner_name, place, wanted
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, scope, stop_reading
from translations import gettext as _
from translations import localised

blueprint = Blueprint("employee_voice", __name__, url_prefix="/employees")

_P = Permission.SEE_EMPLOYEE_VOICE
#: Where a plan of this page says that it was made.
STOP: Final = next(iter(OUTSIDE))
#: Code of the row of all questions together, as an address names it.
TOGETHER: Final = "all"


def chosen_voice(*, departments: bool = False) -> tuple[list[Any], Voice | None]:
    """The surveys there are, and what the chosen one says; the first where the address names none."""
    session = read_session()
    listed = queries.surveys(session, departments=departments)
    codes = [one.code for one in listed]
    asked = request.args.get("survey", "")
    code = asked if asked in codes else "employee_pulse" if "employee_pulse" in codes else next(iter(codes), "")
    return listed, queries.voice(session, code) if code else None


def _month(found: Voice) -> str:
    asked = request.args.get("month", "")
    return asked if asked in found.months else found.months[-1]


def frame(found: Voice | None, listed: list[Any], tab: str) -> dict[str, Any]:
    """What every page of employees shows: the survey, its month with the neighbours, the tab."""
    month = _month(found) if found is not None and found.months else ""
    at = found.months.index(month) if found is not None and month else 0
    return {
        "found": found,
        "surveys": listed,
        "tab": tab,
        "month": month,
        "previous": found.months[at - 1] if found is not None and at else None,
        "following": found.months[at + 1] if found is not None and month and at + 1 < len(found.months) else None,
    }


# ---- the pulse -------------------------------------------------------------------------------------------------------


@blueprint.get("")
@requires(_P)
def index() -> str:
    """The pulse of a month: every question, then one of them by region and branch, then over the months."""
    listed, found = chosen_voice()
    if found is None or not found.months:
        return render_template("pages/employees/index.html", **frame(found, listed, "pulse"))
    month, question = _month(found), _question(found)
    rows = _rows(found, month, question)
    pages = paging(len(rows))
    return render_template(
        "pages/employees/index.html",
        **frame(found, listed, "pulse"),
        own=_own(found),
        own_name=_own_name(),
        all=ALL,
        question=question,
        rows=rows[pages.offset : pages.offset + PAGE],
        pages=pages,
        silent=_silent(found, month),
        trend=_trend(found, question),
    )


def _question(found: Voice) -> Asked | None:
    """The question that the address asks for; None for all of them together."""
    return next((one for one in found.questions if one.code == request.args.get("question")), None)


def _own(found: Voice) -> Unit | None:
    """The reader's own region or branch; None for who sees everything."""
    mine = scope()
    units: dict[str, Unit] = {
        "region": (REGION, mine.region_id or 0), "branch": (BRANCH, mine.branch_id or 0),
    }  # fmt: skip
    return units.get(mine.reach)


def _own_name() -> str:
    user = current_user()
    named = {"region": user.region, "branch": user.branch}.get(scope().reach)
    return named.name if named is not None else ""


def _value(found: Voice, question: Asked | None, unit: Unit, month: str) -> dict[str, Any] | None:
    """A unit's value with its base and interval; None where it is not told."""
    if question is None:
        mean = found.mean(unit, month)
        return None if mean is None else {"value": mean, "low": None, "high": None, "n": found.people[unit][month]}
    rating = found.rating(question, unit, month)
    return None if rating is None else {"value": rating.value, "low": rating.low, "high": rating.high, "n": rating.n}


def _rows(found: Voice, month: str, question: Asked | None) -> list[dict[str, Any]]:
    """Regions and branches that the reader may name: whose value is told, by region and the lowest value first."""
    session = read_session()
    regions = {one.id: one.name for one in organisation.regions(session)}
    codes = organisation.codes(session)
    named = organisation.branches(session, scope())
    mine = scope()
    made = []
    for number, name in sorted(regions.items(), key=lambda one: one[1]):
        of_region = [one for one in named if one.region_id == number]
        shown = mine.everything or (mine.reach == "region" and number == mine.region_id) or bool(of_region)
        if shown and (value := _value(found, question, (REGION, number), month)) is not None:
            made.append({"name": name, "code": "", **value})
        made += sorted(_told(found, question, month, of_region, codes), key=lambda row: float(row["value"]))
    made += _told(found, question, month, [one for one in named if one.region_id is None], codes)
    return made


def _told(
    found: Voice, question: Asked | None, month: str, branches: list[Branch], codes: dict[int, str]
) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "code": codes[one.id], **value}
        for one in branches
        if (value := _value(found, question, (BRANCH, one.id), month)) is not None
    ]


def _silent(found: Voice, month: str) -> list[str]:
    """Branches that the reader may name and that are not told by themselves in a month."""
    silent = set(found.silent(month))
    return [one.name for one in organisation.branches(read_session(), scope()) if one.id in silent]


def _trend(found: Voice, question: Asked | None) -> list[dict[str, Any]]:
    own = _own(found)
    return [
        {
            "month": month,
            "all": _value(found, question, ALL, month),
            "own": _value(found, question, own, month) if own else None,
        }
        for month in reversed(found.months)
    ]


@blueprint.get("/table.csv")
@requires(_P)
def table() -> Response:
    """The month by question for a spreadsheet: the organisation and what the reader may name."""
    _listed, found = chosen_voice()
    if found is None or not found.months:
        raise NotFound(_("There is no table of this name."))
    month = _month(found)
    rows: list[tuple[Any, ...]] = []
    for question in found.questions:
        text = localised(question.text)
        for name, value in [
            (_("The whole organisation"), _value(found, question, ALL, month)),
            *((row["name"], row) for row in _rows(found, month, question)),
        ]:
            if value is not None:
                rows.append((question.code, text, name, value["n"], value["value"], value["low"], value["high"]))
    columns = (
        Column("question", _("Question")), Column("text", _("Words of the question")), Column("where", _("Where")),
        Column("n", _("Answers"), "integer"), Column("value", _("Value"), "number", 1),
        Column("low", _("Range from"), "number", 1), Column("high", _("Range to"), "number", 1),
    )  # fmt: skip
    made = Table(f"employees-{month}", _("Employee pulse"), columns, tuple(rows))
    response = Response(csv.write(made), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"employees-{month}.csv")
    response.headers["Cache-Control"] = "no-store"
    return response


# ---- words -----------------------------------------------------------------------------------------------------------


@blueprint.get("/words")
@requires(_P)
def words() -> str:
    """What employees wrote, where enough of them answered; names hidden, in an order that tells nothing."""
    listed, found = chosen_voice()
    shown = frame(found, listed, "words")
    if found is None or not found.months:
        return render_template("pages/employees/words.html", **shown)
    session, own = read_session(), _own(found)
    units = [(_("The whole organisation"), ALL), *([(_own_name(), own)] if own else [])]
    chosen = units[-1] if own and request.args.get("unit") == "own" else units[0]
    said = queries.words(session, found, shown["month"], chosen[1], names=queries.names(session))
    pages = paging(len(said or []))
    return render_template(
        "pages/employees/words.html",
        **shown,
        own=own,
        own_name=_own_name(),
        chosen="own" if chosen[1] != ALL else "all",
        said=None if said is None else said[pages.offset : pages.offset + PAGE],
        total=len(said or []),
        pages=pages,
    )


# ---- beside customers ------------------------------------------------------------------------------------------------


@blueprint.get("/customers")
@requires(_P)
def customers() -> str:
    """What goes with customers' scores, in the same month and up to three later, and the other way round."""
    listed, found = chosen_voice()
    both = queries.beside_customers(read_session(), found) if found is not None else None
    return render_template("pages/employees/customers.html", **frame(found, listed, "customers"), both=both)


# ---- plans -----------------------------------------------------------------------------------------------------------


@blueprint.get("/plans")
@requires(_P)
def plans_list() -> str:
    """What was planned after a pulse, as far as the reader sees."""
    listed, found = chosen_voice()
    rows = _plans(read_session(), current_user())
    pages = paging(len(rows))
    return render_template(
        "pages/employees/plans.html",
        **frame(found, listed, "plans"),
        rows=rows[pages.offset : pages.offset + PAGE],
        pages=pages,
        done=request.args.get("done", ""),
    )


def _plans(session: Any, user: User) -> list[Decision]:
    return decisions.at_stop(session, user, STOP)


@blueprint.get("/plans/new")
@requires(_P)
def new_plan() -> str:
    """A plan: what is done, by whom, until when, in which branch."""
    return _plan_page(_plan_form(None, branch=_own_branch()))


@blueprint.post("/plans")
@requires(_P)
def make_plan() -> ResponseReturnValue:
    """Write a plan down. The same form twice is one plan."""
    form = _plan_form(request.form)
    if not form.validate():
        return _plan_page(form), 422
    month = clock.last_full_month()
    try:
        asked = wanted(form, month, STOP)
        if _alone():
            asked = replace(asked, branch_id=current_user().branch_id, owner_id=current_user().id)
        with transaction(actor(), "employees.plan", month=month, decision=asked.id) as session:
            plans.decide(session, current_user(), asked)
    except UserError as problem:
        place(form, problem)
        stop_reading()
        return _plan_page(form), problem.status
    return redirect(url_for("employee_voice.plans_list", done="made"), 303)


def _plan_page(form: DecisionForm) -> str:
    return render_template("pages/employees/plan.html", form=form, alone=_alone())


def _alone() -> bool:
    """Whether the reader plans for the own branch and nobody else."""
    return role_of(current_user()) is Role.BRANCH_MANAGER


def _own_branch() -> str:
    user = current_user()
    return organisation.codes(read_session()).get(user.branch_id or 0, "") if _alone() else ""


def _plan_form(sent: Any, **values: Any) -> DecisionForm:
    """Whoever leads a branch plans for it and does it; others choose among branches and people."""
    session, user = read_session(), current_user()
    codes = organisation.codes(session)
    owners = [(str(user.id), owner_name(user))] if _alone() else owner_choices()
    begins = {
        "id": new_id(), "due_on": clock.working_day(calendar.shift(clock.current_month(), 2), 1),
        "owner": str(user.id) if _alone() else None, **values,
    }  # fmt: skip
    return DecisionForm(
        sent,
        owners=owners,
        branches=[(codes[one.id], one.name) for one in organisation.branches(session, scope())],
        **begins,
    )
