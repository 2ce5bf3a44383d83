"""Decisions: the list of one's own and of all that one may see, and one decision with what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any, Final, cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.meeting import DecisionForm, MoveForm, OutcomeForm
from survey_app import clock
from survey_app.commands import decisions as commands
from survey_app.errors import NotFound, UserError
from survey_app.meeting.agenda import OUTSIDE, STOPS
from survey_app.models import Decision
from survey_app.permissions import Permission, may
from survey_app.queries import decisions as queries
from survey_app.queries import organisation
from survey_app.queries.decisions import ALL, DONE, LATE, MINE, OPEN
from survey_app.transaction import transaction
from survey_app.web.meeting_words import WORKED, decision_form, effects_of, owner_choices, place, wanted
from survey_app.web.paging import PAGE, paging
from survey_app.web.reviews import reader_review
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, scope, stop_reading
from translations import lazy_gettext as _l

blueprint = Blueprint("decisions", __name__, url_prefix="/decisions")

#: Cut of the list -> what its tab is called.
CUTS: Final[Mapping[str, Any]] = {
    MINE: _l("Mine"),
    OPEN: _l("Still to be done"),
    LATE: _l("Late"),
    DONE: _l("Settled"),
    ALL: _l("All"),
}
#: What is said after an act.
SAID: Final[Mapping[str, Any]] = {
    "made": _l("The decision was written down. Its owner gets a letter."),
    "settled": _l("What became of the decision was written down."),
    "judged": _l("What the meeting says of the decision was written down."),
    "moved": _l("The decision was changed. Its owner gets a letter."),
    "opened": _l("The decision is open again."),
}


def _runs() -> bool:
    return may(current_user(), Permission.RUN_MEETING)


@blueprint.get("")
@requires(Permission.SEE_DECISIONS)
def index() -> str:
    """Late ones first. Whoever runs the meeting begins with all that is open, others with their own."""
    session, user = read_session(), current_user()
    cut = request.args.get("cut", OPEN if _runs() else MINE)
    cut = cut if cut in CUTS else ALL
    branch = None
    if request.args.get("branch"):
        with suppress(NotFound):
            found = organisation.branch_by_code(session, request.args["branch"])
            branch = found if scope().names_branch(found.id, found.region_id) else None
    branch_id = branch.id if branch else None
    counted = queries.listed(session, user, cut, branch_id=branch_id, limit=0)
    pages = paging(counted.total)
    return render_template(
        "pages/decisions/index.html",
        rows=queries.listed(session, user, cut, branch_id=branch_id, limit=PAGE, offset=pages.offset).rows,
        late=counted.late,
        pages=pages,
        cut=cut,
        cuts=CUTS,
        branch=branch,
        codes=organisation.codes(session),
        runs=_runs(),
    )


@blueprint.get("/new")
@requires(Permission.RUN_MEETING)
def begin() -> str:
    """A decision outside a meeting."""
    return _new(decision_form(clock.last_full_month(), branch=request.args.get("branch", "")))


def _new(form: DecisionForm) -> str:
    return render_template("pages/decisions/new.html", form=form, month=clock.last_full_month())


@blueprint.post("")
@requires(Permission.RUN_MEETING)
def make() -> ResponseReturnValue:
    """Write a decision down. The same form twice is one decision."""
    month = clock.last_full_month()
    form = decision_form(month, request.form)
    if not form.validate():
        return _new(form), 422
    asked = wanted(form, month)
    try:
        with transaction(actor(), "decision.make", month=month, decision=asked.id) as session:
            commands.decide(session, current_user(), asked)
    except UserError as problem:
        place(form, problem)
        stop_reading()
        return _new(form), problem.status
    return redirect(url_for("decisions.show", decision_id=asked.id, done="made"), 303)


# ---- one decision ----------------------------------------------------------------------------------------------------


@blueprint.get("/<decision_id>")
@requires(Permission.SEE_DECISIONS)
def show(decision_id: str) -> str:
    """One decision: what was decided, what became of it, and what the branch's numbers say since."""
    return _page(decision_id)


def _page(
    decision_id: str, *, outcome: OutcomeForm | None = None, moving: MoveForm | None = None, problem: str = ""
) -> str:
    session, user = read_session(), current_user()
    one = queries.decision(session, user, decision_id)
    form = outcome or OutcomeForm(revision=one.revision, outcome=one.outcome)
    move = moving or MoveForm(owners=owner_choices(), revision=one.revision, owner=str(one.owner_id), due_on=one.due_on)
    return render_template(
        "pages/decisions/show.html",
        one=one,
        branch_code=organisation.codes(session).get(one.branch_id) if one.branch_id else "",
        stop={**STOPS, **OUTSIDE}.get(one.stop, ""),
        form=form,
        move=move,
        moving=moving is not None,
        worked=WORKED,
        problem=problem,
        runs=_runs(),
        settles=one.state == OPEN and (one.owner_id == user.id or _runs()),
        effects=_effects(one),
        said=SAID.get(request.args.get("done", "")),
    )


def _effects(one: Decision) -> list[str]:
    """What the branch's numbers of the last full month say, as far as the reader sees them."""
    if one.branch_id is None or not may(current_user(), Permission.SEE_REVIEW):
        return []
    return effects_of(reader_review(clock.last_full_month())[1], one)


def _done(decision_id: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("decisions.show", decision_id=decision_id, done=done), 303)


@blueprint.post("/<decision_id>/outcome")
@requires(Permission.SEE_DECISIONS)
def settle(decision_id: str) -> ResponseReturnValue:
    """Say what became of it: the owner's, and management's."""
    form = OutcomeForm(request.form)
    if not form.validate():
        return _page(decision_id, outcome=form), 422
    try:
        with transaction(actor(), "decision.settle", decision=decision_id) as session:
            commands.settle(
                session, current_user(), decision_id, form.state.data, form.outcome.data or "", form.revision.data or 0
            )
    except NotFound:
        raise
    except UserError as problem:
        place(form, problem)
        return _again(decision_id, problem, outcome=form)
    return _done(decision_id, "settled")


def _again(decision_id: str, problem: UserError, **forms: Any) -> ResponseReturnValue:
    """The page with what was typed, made of the decision as it is now."""
    stop_reading()
    now = queries.decision(read_session(), current_user(), decision_id)
    for form in forms.values():
        form.revision.raw_data, form.revision.data = None, now.revision
    return _page(decision_id, problem=problem.message, **forms), problem.status


@blueprint.post("/<decision_id>/worked")
@requires(Permission.RUN_MEETING)
def judge(decision_id: str) -> ResponseReturnValue:
    """Say whether it worked."""
    revision = request.form.get("revision", 0, type=int)
    try:
        with transaction(actor(), "decision.judge", decision=decision_id) as session:
            commands.judge(session, current_user(), decision_id, request.form.get("worked", ""), revision)
    except NotFound:
        raise
    except UserError as problem:
        return _again(decision_id, problem)
    return _done(decision_id, "judged")


@blueprint.post("/<decision_id>/move")
@requires(Permission.RUN_MEETING)
def move(decision_id: str) -> ResponseReturnValue:
    """Give it to somebody else, or another day."""
    form = MoveForm(request.form, owners=owner_choices())
    if not form.validate():
        return _page(decision_id, moving=form), 422
    try:
        with transaction(actor(), "decision.move", decision=decision_id) as session:
            commands.move(
                session,
                current_user(),
                decision_id,
                int(form.owner.data),
                cast("date", form.due_on.data),
                form.revision.data or 0,
            )
    except NotFound:
        raise
    except UserError as problem:
        place(form, problem)
        return _again(decision_id, problem, moving=form)
    return _done(decision_id, "moved")


@blueprint.post("/<decision_id>/open")
@requires(Permission.RUN_MEETING)
def reopen(decision_id: str) -> ResponseReturnValue:
    """Open a settled decision again."""
    revision = request.form.get("revision", 0, type=int)
    try:
        with transaction(actor(), "decision.reopen", decision=decision_id) as session:
            commands.reopen(session, current_user(), decision_id, revision)
    except NotFound:
        raise
    except UserError as problem:
        return _again(decision_id, problem)
    return _done(decision_id, "opened")
