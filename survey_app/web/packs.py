"""A month's files: asked for and fetched by their reader, and the plan by which roles are sent them."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.packs import NAMES, AskForm, PlanForm
from survey_app import clock, contents
from survey_app.commands import packs as commands
from survey_app.errors import NotFound, UserError
from survey_app.meeting.packs import FORMATS
from survey_app.models import Pack
from survey_app.permissions import ROLE_NAMES, Permission, Role
from survey_app.queries import packs as queries
from survey_app.queries import reviews
from survey_app.queries.packs import FAILED, READY, RUNNING, WAITING
from survey_app.transaction import transaction
from survey_app.web.reviews import reader_review
from survey_app.web.security import limiter, requires
from survey_app.web.support import actor, current_user, read_session, stop_reading
from translations import current_language
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("packs", __name__)

#: State of a pack -> (words, kind of badge).
STATES: Final = {
    WAITING: (_l("Waits its turn"), "warn"),
    RUNNING: (_l("Being made"), "warn"),
    READY: (_l("Ready"), "good"),
    FAILED: (_l("Could not be made"), "bad"),
}
#: Why a pack failed -> what to do; every other reason is a fault of ours.
REASONS: Final = {
    "no_data": _l("The month has no data yet."),
    "not_permitted": _l("Your permissions changed meanwhile. Please ask again."),
}
#: Packs that one person may ask for: each is work for the machine.
_OFTEN: Final = "60 per hour"
#: What is ticked as long as nobody chose otherwise.
_USUAL: Final = ["pdf", "xlsx"]


@blueprint.get("/reviews/<month>/pack")
@requires(Permission.GET_PACKS)
def show(month: str) -> str:
    """A reader's files of a month, and the wish for new ones."""
    return _page(month, _form(None))


def _form(sent: Any) -> AskForm:
    return AskForm(sent, offered=FORMATS, formats=_USUAL, language=current_language())


def _page(month: str, form: AskForm) -> str:
    review, data = reader_review(month)
    made = queries.of_reader(read_session(), current_user(), review.month)
    return render_template(
        "pages/packs/month.html",
        review=review,
        data=data,
        form=form,
        packs=made,
        busy=next((one for one in made if one.state in (WAITING, RUNNING)), None),
        digest=queries.digest(data) if any(one.state == READY for one in made) else "",
        states=STATES,
        reasons=REASONS,
        names=NAMES,
        far=_far,
        kept=queries.KEPT.days,
    )


@blueprint.post("/reviews/<month>/pack")
@requires(Permission.GET_PACKS)
@limiter.limit(_OFTEN)
def ask(month: str) -> ResponseReturnValue:
    """Have files made. Sent twice, it is one pack."""
    form = _form(request.form)
    if not form.validate():
        return _page(month, form), 422
    user, wanted = current_user(), reviews.parse_month(month)
    formats = list(form.formats.data or [])
    with transaction(actor(), "pack.ask", month=wanted, formats=formats) as session:
        commands.ask(session, user, wanted, formats, form.language.data)
    stop_reading()
    return redirect(url_for("packs.show", month=wanted, _anchor="made"), 303)


def _far(pack: Pack) -> dict[str, Any]:
    """How far a pack is: a share and words."""
    count = len(pack.formats)
    if pack.state == WAITING:
        words = _("The files wait their turn.")
    else:
        words = _("Files made: %(done)s of %(count)s", done=pack.done, count=count)
    return {"share": round(100 * pack.done / count), "words": words, "over": pack.state in (READY, FAILED)}


@blueprint.get("/reviews/<month>/pack/<pack_id>/progress")
@requires(Permission.GET_PACKS)
def progress(month: str, pack_id: str) -> Response:
    """How far a pack is, for the page's script."""
    return jsonify(_far(queries.own(read_session(), current_user(), month, pack_id)))


@blueprint.get("/reviews/<month>/pack/<pack_id>/<kind>")
@requires(Permission.GET_PACKS)
def fetch(month: str, pack_id: str, kind: str) -> Response:
    """One file."""
    pack = queries.own(read_session(), current_user(), month, pack_id)
    if kind not in pack.files:
        raise NotFound(_("The file is no longer here."))
    name, key, _size = pack.files[kind]
    response = Response(contents.store().read(key), mimetype=FORMATS[kind])
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


# ---- the plan --------------------------------------------------------------------------------------------------------


@blueprint.get("/packs/plan")
@requires(Permission.PLAN_PACKS)
def plan() -> str:
    """When which role is sent what."""
    month = clock.last_full_month()
    plans = queries.plans(read_session())
    return render_template(
        "pages/packs/plan.html",
        rows=[(role, ROLE_NAMES[Role(role)], plans.get(role)) for role in queries.ROLES],
        days={role: queries.sent_on(one, month) for role, one in plans.items()},
        month=month,
        done=request.args.get("done") == "saved",
    )


@blueprint.route("/packs/plan/<role>", methods=["GET", "POST"])
@requires(Permission.PLAN_PACKS)
def change(role: str) -> ResponseReturnValue:
    """The plan of one role."""
    if role not in queries.ROLES:
        raise NotFound(_("This role is given no files of the review."))
    found = queries.plans(read_session()).get(role)
    sent = request.form if request.method == "POST" else None
    form = PlanForm(
        sent,
        offered=FORMATS,
        formats=found.formats if found else ["pdf"],
        working_day=found.working_day if found else 9,
        attached=found.attached if found else False,
        active=found.active if found else True,
    )
    if sent is None or not form.validate():
        return _plan_page(role, form), 200 if sent is None else 422
    try:
        with transaction(actor(), "pack.plan", role=role) as session:
            commands.plan(
                session,
                role,
                working_day=int(form.working_day.data or 0),
                formats=form.formats.data or [],
                attached=form.attached.data,
                active=form.active.data,
            )
    except UserError as problem:
        form.form_errors.append(problem.message)
        return _plan_page(role, form), problem.status
    return redirect(url_for("packs.plan", done="saved"), 303)


def _plan_page(role: str, form: PlanForm) -> str:
    return render_template("pages/packs/role.html", form=form, role=role, role_name=ROLE_NAMES[Role(role)])
