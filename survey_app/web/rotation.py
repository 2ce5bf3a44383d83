"""Planning a month of visits: the plans, one plan in five views, and everything that is done to it as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.rotation import GoalsForm, PlanForm, goals_form
from reports import months
from survey_app import clock
from survey_app.commands import publishing_plans, rotating
from survey_app.commands import rotation as commands
from survey_app.errors import NotFound, UserError
from survey_app.field.rotation.settings import GOALS, IMPORTANCE, Settings
from survey_app.field.rotation.solving import PHASES
from survey_app.models import RotationPlan
from survey_app.permissions import Permission
from survey_app.queries import programmes
from survey_app.queries import rotation as queries
from survey_app.queries.rotation import DRAFT, PUBLISHED, SOLVED, SOLVING
from survey_app.transaction import transaction
from survey_app.web import rotation_views as views
from survey_app.web.paging import PAGE, paging
from survey_app.web.rotation_views import VIEWS, View
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from translations import format_month, localised, ngettext
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("rotation", __name__, url_prefix="/rotation")

#: State of a plan -> (words, kind of badge).
STATES: Final = {
    DRAFT: (_l("Not planned yet"), "warn"),
    SOLVING: (_l("Being planned"), "warn"),
    SOLVED: (_l("Planned"), ""),
    PUBLISHED: (_l("Published"), "good"),
}


#: View -> what it lists, page by page.
_ROWS: Final[Mapping[str, Callable[[View], Sequence[Any]]]] = {
    "branches": lambda found: list(found.branches.values()),
    "days": lambda found: found.visits,
    "shoppers": lambda found: found.problem.shoppers,
    "unplaced": lambda found: found.unplaced,
    "quotas": lambda found: (),
}


@blueprint.get("")
@requires(Permission.PLAN_FIELDWORK)
def index() -> str:
    """All plans, the newest month first."""
    _found, total = queries.plans(read_session(), limit=1)
    pages = paging(total)
    found, total = queries.plans(read_session(), limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/rotation/list.html",
        plans=found,
        pages=pages,
        states=STATES,
        programmes=programmes.active(read_session()),
        discarded="discarded" in request.args,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.PLAN_FIELDWORK)
def new() -> ResponseReturnValue:
    """Begin a plan: programme, month, and what matters how much."""
    session = read_session()
    offered = programmes.active(session)
    if not offered:
        return redirect(url_for("rotation.index"), 303)
    usual = Settings()
    coming = months.between(clock.current_month(), months.shift(clock.current_month(), 6))
    form = goals_form(
        PlanForm,
        GOALS,
        IMPORTANCE,
        request.form if request.method == "POST" else None,
        offered={
            "programme": [(str(one.id), localised(one.name) or one.code) for one in offered],
            "month": [(one, format_month(one)) for one in coming],
        },
        month=coming[1],
        **_typed(usual),
    )
    if request.method == "GET" or not form.validate():
        return render_template(
            "pages/rotation/new.html", form=form, goals=GOALS
        ), 200 if request.method == "GET" else 422
    settings = Settings(**form.values(GOALS))
    try:
        with transaction(actor(), "rotation.create") as writing:
            plan = commands.create(writing, int(form.programme.data), form.month.data, settings, by=current_user())
            number = plan.id
    except UserError as problem:
        form.form_errors.append(problem.message)
        return render_template("pages/rotation/new.html", form=form, goals=GOALS), problem.status
    session.expire_all()
    return redirect(url_for("rotation.show", number=number), 303)


def _typed(settings: Settings) -> dict[str, Any]:
    """Settings as a form holds them."""
    return {name: str(getattr(settings, name)) for name in GOALS} | {
        "seconds": settings.seconds,
        "seed": settings.seed,
    }


@blueprint.get("/<int:number>", defaults={"view": "branches"})
@blueprint.get("/<int:number>/<any(branches, days, shoppers, unplaced, quotas):view>")
@requires(Permission.PLAN_FIELDWORK)
def show(number: int, view: str) -> str:
    """One plan: how good it is, and its visits in one of the views."""
    plan = queries.find(read_session(), number)
    if plan.state == SOLVING:
        return render_template("pages/rotation/solving.html", plan=plan, far=_far(plan), silent=queries.is_silent(plan))
    found = View(plan)
    rows = _ROWS[view](found)
    pages = paging(len(rows))
    return render_template(
        "pages/rotation/show.html",
        plan=plan,
        view=found,
        name=view,
        views=VIEWS,
        rows=rows[pages.offset : pages.offset + PAGE],
        pages=pages,
        states=STATES,
        lacks=queries.lacks(read_session(), plan.programme) if plan.state == DRAFT else [],
        words=views,
        said=request.args.get("said", ""),
        count=request.args.get("count", 0, type=int),
    )


# ---- made by the worker ----------------------------------------------------------------------------------------------


def _far(plan: RotationPlan) -> dict[str, Any]:
    """How far a plan is, for the page and for the script that renews it."""
    progress = plan.progress
    phase = PHASES.get(progress.get("phase", ""), next(iter(PHASES.values())))[0]
    seconds = ngettext("%(num)s second", "%(num)s seconds", round(progress.get("seconds", 0)))
    return {
        "over": plan.state != SOLVING,
        "share": round(100 * progress.get("share", 0)),
        "words": f"{phase} · {seconds}",
    }


@blueprint.get("/<int:number>/progress")
@requires(Permission.PLAN_FIELDWORK)
def progress(number: int) -> ResponseReturnValue:
    """How far a plan is, as JSON."""
    return jsonify(_far(queries.find(read_session(), number)))


@blueprint.post("/<int:number>/solve")
@requires(Permission.PLAN_FIELDWORK)
def solve(number: int) -> ResponseReturnValue:
    """Have the plan made, around what is fixed."""
    plan = queries.find(read_session(), number)
    if queries.lacks(read_session(), plan.programme):
        return redirect(url_for("rotation.show", number=number), 303)
    with transaction(actor(), "rotation.start", plan=number) as session:
        commands.start(session, number)
    return redirect(url_for("rotation.show", number=number), 303)


@blueprint.post("/<int:number>/stop")
@requires(Permission.PLAN_FIELDWORK)
def stop(number: int) -> ResponseReturnValue:
    """Stop making it; what was there before stands."""
    with transaction(actor(), "rotation.stop", plan=number) as session:
        commands.stop(session, number)
    return redirect(url_for("rotation.show", number=number), 303)


@blueprint.route("/<int:number>/settings", methods=["GET", "POST"])
@requires(Permission.PLAN_FIELDWORK)
def settings(number: int) -> ResponseReturnValue:
    """What matters how much, from the next planning on."""
    plan = queries.find(read_session(), number)
    known = queries.settings(plan)
    form = goals_form(GoalsForm, GOALS, IMPORTANCE, request.form if request.method == "POST" else None, **_typed(known))
    if request.method == "POST" and form.validate():
        with transaction(actor(), "rotation.settings", plan=number) as session:
            commands.change(session, number, Settings(**form.values(GOALS)))
        return redirect(url_for("rotation.show", number=number, said="settings"), 303)
    page = render_template("pages/rotation/settings.html", plan=plan, form=form, goals=GOALS)
    return page, 200 if request.method == "GET" else 422


# ---- as a whole ------------------------------------------------------------------------------------------------------


@blueprint.post("/<int:number>/pins")
@requires(Permission.PLAN_FIELDWORK)
def pins(number: int) -> ResponseReturnValue:
    """Fix every visit, or none."""
    pinned = request.form.get("pinned") == "1"
    with transaction(actor(), "rotation.pins", plan=number, pinned=pinned) as session:
        count = rotating.pin_all(session, number, pinned=pinned)
    return redirect(url_for("rotation.show", number=number, said="pinned" if pinned else "freed", count=count), 303)


@blueprint.post("/<int:number>/board")
@requires(Permission.PLAN_FIELDWORK)
def board(number: int) -> ResponseReturnValue:
    """Offer what has no place on the job board."""
    with transaction(actor(), "rotation.board", plan=number) as session:
        count = rotating.to_board(session, number)
    return redirect(url_for("rotation.show", number=number, view="unplaced", said="board", count=count), 303)


@blueprint.post("/<int:number>/restore")
@requires(Permission.PLAN_FIELDWORK)
def restore(number: int) -> ResponseReturnValue:
    """Let the planner place a visit again that was taken out."""
    branch = request.form.get("branch", type=int)
    if branch is None:
        raise NotFound(_("There is no branch that can be visited here."))
    with transaction(actor(), "rotation.restore", plan=number, branch=branch) as session:
        rotating.restore(session, number, branch)
    return redirect(url_for("rotation.show", number=number, view="unplaced"), 303)


@blueprint.route("/<int:number>/publish", methods=["GET", "POST"])
@requires(Permission.PLAN_FIELDWORK)
def publish(number: int) -> ResponseReturnValue:
    """Give the visits to their shoppers, after looking once more."""
    session = read_session()
    plan = queries.find(session, number)
    if request.method == "POST" and plan.state != PUBLISHED:
        # Looked through without holding anybody up; what changed since then is noticed by the revision.
        publishing_plans.refuse(session, plan)
        asked = request.form.get("revision", plan.revision, type=int)
        with transaction(actor(), "rotation.publish", plan=number) as writing:
            publishing_plans.publish(writing, number, revision=asked, by=current_user().id)
    if request.method == "POST" or plan.state == PUBLISHED:
        return redirect(url_for("rotation.show", number=number, said="published"), 303)
    return render_template("pages/rotation/publish.html", plan=plan, view=View(plan), words=views)


@blueprint.route("/<int:number>/discard", methods=["GET", "POST"])
@requires(Permission.PLAN_FIELDWORK)
def discard(number: int) -> ResponseReturnValue:
    """Throw the plan away, after asking once more."""
    if request.method == "POST":
        left = 1
        while left:
            with transaction(actor(), "rotation.discard", plan=number) as session:
                left = commands.discard(session, number)
        return redirect(url_for("rotation.index", discarded=1), 303)
    plan = queries.find(read_session(), number)
    return render_template("pages/rotation/discard.html", plan=plan, visits=len(View(plan).visits))
