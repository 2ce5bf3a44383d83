"""One visit as coordination sees it: its story, who stands in line, giving it to somebody, other days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from forms.giving import WindowForm
from survey_app import clock
from survey_app.commands import giving, handing, reminding_shoppers
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.field.events import EVENTS
from survey_app.models import Assignment
from survey_app.models.fieldwork import ASSIGNED, CLAIMED, MISSED, RETURNED
from survey_app.permissions import Permission
from survey_app.queries import candidates, stories, worklists
from survey_app.transaction import transaction
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, safe_next, stop_reading
from survey_app.web.visits import ASSIGNMENTS
from translations import gettext as _

blueprint = Blueprint("giving", __name__, url_prefix="/fieldwork")

#: The longest note to a visit's story, in characters.
LONGEST: Final = 500
#: Names in the list of those who cannot be proposed; with more shoppers than this, the rest is left to the search.
MOST: Final = 200


def _remind(session: Session, number: int) -> str:
    before = worklists.reminded_today(session, number)
    if before:
        return "reminded_before"
    reminding_shoppers.remind(session, number, current_user().id)
    return "reminded"


def _missed(session: Session, number: int) -> str:
    giving.mark_missed(session, number, by=current_user())
    return "missed"


def _board(session: Session, number: int) -> str:
    giving.release(session, number, by=current_user())
    return "board"


#: Acts of one button: what each does, and the states of a visit for which it is offered.
ACTS: Final[Mapping[str, tuple[Callable[[Session, int], str], frozenset[str]]]] = {
    "remind": (_remind, frozenset({ASSIGNED, RETURNED})),
    "missed": (_missed, frozenset({ASSIGNED, CLAIMED})),
    "board": (_board, frozenset({ASSIGNED, MISSED})),
}


def _visit(number: int) -> Assignment:
    found = read_session().get(Assignment, number)
    if found is None:
        raise NotFound(_("There is no such assignment."))
    return found


@blueprint.get("/<int:number>")
@requires(Permission.PLAN_FIELDWORK)
def show(number: int) -> str:
    """A visit: where it stands, what happened to it, what can be done."""
    return _show(number)


def _show(number: int, form: WindowForm | None = None, fault: str = "") -> str:
    visit, session, today = _visit(number), read_session(), clock.today()
    over = visit.window_until < today
    return render_template(
        "pages/today/visit.html",
        visit=visit,
        story=stories.story(session, number),
        line=stories.line(session, number),
        events=EVENTS,
        states=ASSIGNMENTS,
        form=form or WindowForm(window_from=max(visit.window_from, today), window_until=max(visit.window_until, today)),
        today=today,
        over=over,
        begun=bool(worklists.drafted(session, [visit.response_id])),
        replaceable=visit.state in giving.REPLACEABLE,
        cancellable=visit.state in giving.CANCELLABLE,
        offered=[name for name, (_act, states) in ACTS.items() if visit.state in states and (name != "missed" or over)],
        done=request.args.get("done", ""),
        fault=fault,
    )


@blueprint.post("/<int:number>/do")
@requires(Permission.PLAN_FIELDWORK)
def do(number: int) -> ResponseReturnValue:
    """Remind, mark as missed, or put on the job board."""
    name = request.form.get("act", "")
    if name not in ACTS:
        raise NotFound(_("There is no such page."))
    act, _states = ACTS[name]
    _visit(number)
    try:
        with transaction(actor(), f"fieldwork.{name}", assignment=number) as session:
            done = act(session, number)
    except UserError as error:
        stop_reading()
        return _show(number, fault=error.message), error.status
    return redirect(_onward(number, done), 303)


def _onward(number: int, done: str) -> str:
    """Back to where the button stood, with what was done."""
    where = safe_next(request.form.get("next"))
    if where == url_for("today.index"):
        return url_for("today.index", done=done, visit=number)
    return url_for("giving.show", number=number, done=done)


@blueprint.route("/<int:number>/replace", methods=["GET", "POST"])
@requires(Permission.PLAN_FIELDWORK)
def replace(number: int) -> ResponseReturnValue:
    """Give a visit to somebody (else): three names are proposed, the reasons against the others stand below."""
    visit = _visit(number)
    if request.method == "GET":
        return _names(visit)
    chosen = request.form.get("shopper", type=int)
    if chosen is None:
        return _names(visit, _("Choose a mystery shopper.")), 422
    try:
        with transaction(actor(), "fieldwork.replace", assignment=number) as session:
            giving.replace(
                session,
                number,
                chosen,
                by=current_user(),
                all_the_same=bool(request.form.get("all_the_same")),
                note=request.form.get("note", "")[:LONGEST],
            )
    except UserError as error:
        stop_reading()
        return _names(_visit(number), error.message, chosen=chosen), error.status
    return redirect(_onward(number, "given"), 303)


def _names(visit: Assignment, fault: str = "", chosen: int | None = None) -> str:
    session, today = read_session(), clock.today()
    possible = visit.state in giving.REPLACEABLE
    window = handing.renewed(visit, candidates.rules_of(visit))
    days = candidates.usable_days(visit.branch, *window)
    everybody = candidates.candidates(session, visit, days) if possible else []
    proposed = candidates.proposed(everybody)
    names = {one.shopper.id for one in proposed}
    others = sorted(
        (one for one in everybody if one.shopper.id not in names),
        key=lambda one: (one.barred, len(one.reasons), 1e9 if one.km is None else one.km, one.shopper.name),
    )
    hindrance = ""
    try:
        handing.told_in_time(session, visit)
    except Conflict as error:
        hindrance = error.message
    return render_template(
        "pages/today/replace.html",
        visit=visit,
        possible=possible,
        window=window,
        renewed=window != (visit.window_from, visit.window_until),
        proposed=proposed,
        others=others[:MOST],
        left_out=max(0, len(others) - MOST),
        reasons=candidates.REASONS,
        merits=candidates.MERITS,
        states=ASSIGNMENTS,
        begun=bool(worklists.drafted(session, [visit.response_id])),
        hindrance=hindrance,
        fault=fault,
        chosen=chosen or (proposed[0].shopper.id if proposed else None),
        next=safe_next(request.values.get("next")) or url_for("giving.show", number=visit.id),
        longest=LONGEST,
        today=today,
    )


@blueprint.post("/<int:number>/move")
@requires(Permission.PLAN_FIELDWORK)
def move(number: int) -> ResponseReturnValue:
    """Give a visit other days."""
    _visit(number)
    form = WindowForm(request.form)
    if not form.validate() or form.window_from.data is None or form.window_until.data is None:
        return _show(number, form), 422
    try:
        with transaction(actor(), "fieldwork.move", assignment=number) as session:
            giving.move(session, number, form.window_from.data, form.window_until.data, by=current_user())
    except UserError as error:
        stop_reading()
        return _show(number, form, error.message), error.status
    return redirect(url_for("giving.show", number=number, done="moved"), 303)
