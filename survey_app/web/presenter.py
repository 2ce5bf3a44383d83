"""Presenter mode is the agenda: seven timed stops, one thing a screen, a decision one save away at each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.meeting import DecisionForm, MinutesForm
from forms.review import SignForm
from reports import loop_wording, opening, wording
from survey_app.commands import decisions as deciding
from survey_app.commands import meeting as commands
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.meeting.agenda import STOPS
from survey_app.meeting.screens import Material, screens, way
from survey_app.models import BranchStatement, Decision, Recognition
from survey_app.models.review import OPEN
from survey_app.permissions import Permission
from survey_app.queries import meeting as queries
from survey_app.queries import organisation, previews, recognition
from survey_app.queries.decisions import is_late
from survey_app.transaction import transaction
from survey_app.web import presenter_figures
from survey_app.web.meeting import meeting_of
from survey_app.web.meeting_words import STATES, WORKED, decision_form, effects_of, place, wanted
from survey_app.web.reviews import reader_review
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, scope, stop_reading
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("presenter", __name__, url_prefix="/reviews/<month>/meeting")

#: What is said after an act.
SAID: Final[Mapping[str, Any]] = {
    "decided": _l("The decision was written down. Its owner gets a letter."),
    "minutes": _l("The minutes were saved."),
    "judged": _l("What the meeting says of the decision was written down."),
}
DECISION, MINUTES = "decision", "minutes"


@blueprint.get("/begin")
@requires(Permission.RUN_MEETING)
def first(month: str) -> ResponseReturnValue:
    """Into the room: the first stop."""
    return redirect(url_for("presenter.stop", month=month, stop=next(iter(STOPS))))


@blueprint.get("/<stop>")
@requires(Permission.RUN_MEETING)
def stop(month: str, stop: str) -> str:
    """One screen of one stop."""
    panel = request.args.get("panel", "")
    form: Any = None
    if panel == DECISION:
        form = decision_form(_month(month))
    elif panel == MINUTES:
        row = _minutes(month, stop)
        form = MinutesForm(words=row.words if row else "", revision=row.revision if row else 0)
    return _page(month, stop, form)


def _month(month: str) -> str:
    return queries.agenda(read_session(), month).month


def _minutes(month: str, stop: str) -> Any:
    return next((one for one in queries.agenda(read_session(), month).stops if one.code == stop), None)


def _page(
    month: str,
    stop: str,
    form: DecisionForm | MinutesForm | None = None,
    *,
    problem: str = "",
    theirs: str | None = None,
) -> str:
    if stop not in STOPS:
        raise NotFound(_("There is no such stop on the agenda."))
    review, data = reader_review(month)
    seen = meeting_of(review.month)
    here = next(one for one in seen.agenda.stops if one.code == stop)
    recognised = recognition.of_month(read_session(), scope(), review.month)
    material = _material(data, seen.before, seen.made, seen.stories, recognised.named)
    shown = screens(stop, material)
    route = way(stop, request.args.get("at", 1, type=int), len(shown))
    screen = shown[route.at - 1]
    return render_template(
        "pages/meeting/present.html",
        review=review,
        data=data,
        meeting=seen,
        agenda=seen.agenda,
        here=here,
        screen=screen,
        route=route,
        back=_address(review.month, route.back),
        on=_address(review.month, route.on),
        form=form,
        panel="" if form is None else DECISION if isinstance(form, DecisionForm) else MINUTES,
        theirs=theirs,
        problem=problem,
        writes=seen.agenda.state != OPEN,
        states=STATES,
        worked=WORKED,
        material=material,
        late=[one.id for one in material.decisions if is_late(one)],
        names={row["code"]: row["name"] for row in data["branches"] if row["name"] is not None},
        statements=_statements(review.month),
        effects=lambda one: effects_of(data, one),
        wording=wording,
        header=opening.header,
        window=opening.window,
        opening=opening,
        loop_words=loop_wording,
        models=data.get("models") or {},
        sentences=opening.opening(data),
        quadrant=presenter_figures.map_of(data) if screen.part == "map" else None,
        sign=SignForm(),
        recognised=recognised,
        said=SAID.get(request.args.get("done", "")),
    )


def _address(month: str, target: tuple[str, int] | None) -> str:
    return url_for("presenter.stop", month=month, stop=target[0], at=target[1]) if target else ""


def _material(
    data: Mapping[str, Any], before: list[Decision], made: list[Decision], told: list[Any], people: list[Recognition]
) -> Material:
    named = [row for row in data["branches"] if row["name"] is not None]
    return Material(
        decisions=before,
        stories=told,
        leading=[row for row in named if row["tier"] == "leading"],
        trailing=[row for row in named if row["tier"] == "trailing"],
        changed=[row for row in named if row["change"]],
        critical=[row for row in named if row["critical_open"]],
        low=[row for row in named if row["under_floor"]],
        overdue=[row for row in named if row["overdue"]],
        excellent=people,
        made=made,
    )


def _statements(month: str) -> dict[str, BranchStatement]:
    """Branch code -> what its manager answered to the month's numbers."""
    session = read_session()
    codes = organisation.codes(session)
    return {codes[branch]: one for branch, one in previews.statements(session, month).items() if branch in codes}


# ---- writing in the room ---------------------------------------------------------------------------------------------


def _after(month: str, stop: str, done: str) -> ResponseReturnValue:
    at = request.args.get("at", 1, type=int)
    return redirect(url_for("presenter.stop", month=month, stop=stop, at=at, done=done), 303)


@blueprint.post("/<stop>/decisions")
@requires(Permission.RUN_MEETING)
def decide(month: str, stop: str) -> ResponseReturnValue:
    """Write a decision down. The same form twice is one decision."""
    month = _month(month)
    form = decision_form(month, request.form)
    if not form.validate():
        return _page(month, stop, form), 422
    asked = wanted(form, month, stop)
    try:
        with transaction(actor(), "decision.make", month=month, decision=asked.id) as session:
            deciding.decide(session, current_user(), asked)
    except UserError as problem:
        place(form, problem)
        stop_reading()
        return _page(month, stop, form), problem.status
    return _after(month, stop, "decided")


@blueprint.post("/<stop>/minutes")
@requires(Permission.RUN_MEETING)
def write(month: str, stop: str) -> ResponseReturnValue:
    """Save what was said. Where somebody else wrote meanwhile both texts are shown, and nothing is lost."""
    month = _month(month)
    form = MinutesForm(request.form)
    if not form.validate():
        return _page(month, stop, form), 422
    try:
        with transaction(actor(), "meeting.minutes", month=month, stop=stop) as session:
            commands.write(session, current_user(), month, stop, form.words.data or "", form.revision.data or 0)
    except commands.Stale as stale:
        stop_reading()
        # What is saved next was written with their words in sight.
        form.revision.raw_data, form.revision.data = None, stale.revision
        return _page(month, stop, form, problem=stale.message, theirs=stale.words), stale.status
    except UserError as problem:
        place(form, problem)
        stop_reading()
        return _page(month, stop, form), problem.status
    return _after(month, stop, "minutes")


@blueprint.post("/<stop>/worked")
@requires(Permission.RUN_MEETING)
def judge(month: str, stop: str) -> ResponseReturnValue:
    """Say whether a decision worked."""
    decision_id = request.form.get("decision", "")
    revision = request.form.get("revision", 0, type=int)
    try:
        with transaction(actor(), "decision.judge", decision=decision_id) as session:
            deciding.judge(session, current_user(), decision_id, request.form.get("worked", ""), revision)
    except Conflict as problem:
        stop_reading()
        return _page(month, stop, problem=problem.message), problem.status
    return _after(month, stop, "judged")
