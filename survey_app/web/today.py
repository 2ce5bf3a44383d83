"""The coordinator's screen of the day: everything that is pressing in the field, and the act beside each line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import giving, letters
from survey_app.errors import NotFound, UserError
from survey_app.field.copies import REASONS
from survey_app.models import Assignment, User
from survey_app.outgoing import dispatch
from survey_app.outreach.sending import said
from survey_app.permissions import Permission, Role
from survey_app.queries import candidates
from survey_app.queries import today as queries
from survey_app.transaction import transaction
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, settings, stop_reading
from survey_app.web.visits import ASSIGNMENTS
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("today", __name__, url_prefix="/fieldwork/today")

#: Signs that a late visit was made, or is being made.
SIGNS: Final[Mapping[str, Any]] = {
    "entered": _l("The branch was entered"),
    "phone": _l("The shopper's phone holds work that was not sent"),
    "draft": _l("The report was begun"),
}
#: What was just done, in words.
DONE: Final[Mapping[str, Any]] = {
    "given": _l("The visit was given; the shopper hears of it."),
    "approved": _l("The visit was given to whoever asked for it."),
    "refused": _l("The request was declined; whoever is next in line has their turn."),
    "reminded": _l("A reminder is on its way."),
    "reminded_before": _l("A reminder went out today already."),
    "missed": _l("The visit stands as missed."),
    "board": _l("The visit is on the job board."),
    "moved": _l("The visit has other days."),
    "reviewers": _l("The reviewers hear of it."),
    "letters": _l("The decision about the letters was kept."),
}


@blueprint.get("")
@requires(Permission.PLAN_FIELDWORK)
def index() -> str:
    """Everything that is pressing."""
    return _page()


def _page(fault: str = "") -> str:
    session = read_session()
    waiting = queries.letters_waiting(session)
    visit = request.args.get("visit", type=int)
    return render_template(
        "pages/today/index.html",
        now=queries.today(session, branches=queries.ALL if request.args.get("branches") == "all" else queries.FEW),
        today=clock.today(),
        states=ASSIGNMENTS,
        signs=SIGNS,
        reasons=REASONS,
        done=DONE.get(request.args.get("done", "")),
        done_visit=session.get(Assignment, visit) if visit else None,
        fault=fault,
        rules_of=candidates.rules_of,
        said=said,
        decisions=letters.DECISIONS,
        waiting=0 if dispatch.set_up(settings(), dispatch.EMAIL) else waiting,
    )


def _acted(name: str, act: Callable[[Session], object], done: str, **details: Any) -> ResponseReturnValue:
    """One act of the screen; what went wrong stands above the lists as they are now."""
    try:
        with transaction(actor(), name, **details) as session:
            did = act(session)
    except UserError as error:
        stop_reading()
        return _page(error.message), error.status
    return redirect(url_for("today.index", done=done if did else "reminded_before"), 303)


@blueprint.post("/claims/<int:number>/approve")
@requires(Permission.PLAN_FIELDWORK)
def approve(number: int) -> ResponseReturnValue:
    """Give a visit to the shopper who asked for it."""
    user, over = current_user(), bool(request.form.get("all_the_same"))
    return _acted(
        "fieldwork.approve_claim",
        lambda session: giving.approve_claim(session, number, by=user, all_the_same=over),
        "approved",
        claim=number,
    )


@blueprint.post("/claims/<int:number>/refuse")
@requires(Permission.PLAN_FIELDWORK)
def refuse(number: int) -> ResponseReturnValue:
    """Decline a request."""
    user = current_user()
    return _acted(
        "fieldwork.refuse_claim",
        lambda session: giving.refuse_claim(session, number, by=user),
        "refused",
        claim=number,
    )


@blueprint.post("/phones/<int:number>/remind")
@requires(Permission.PLAN_FIELDWORK)
def remind_phone(number: int) -> ResponseReturnValue:
    """Ask a shopper to open the app where there is a connection; once a day."""
    found = read_session().get(User, number)
    if found is None or found.role != Role.SHOPPER:
        raise NotFound(_("There is no such mystery shopper."))
    key = f"sync-wanted-{number}-{clock.today().isoformat()}"
    return _acted(
        "fieldwork.remind_phone",
        lambda session: letters.queue(session, number, "sync_wanted", key, {}),
        "reminded",
        shopper=number,
    )


@blueprint.post("/reviewers")
@requires(Permission.PLAN_FIELDWORK)
def remind_reviewers() -> ResponseReturnValue:
    """Tell every reviewer how many reports wait, and since when; once a day."""
    found = queries.in_review(read_session(), limit=1)
    if not found.total:
        return redirect(url_for("today.index"), 303)
    today, first = clock.today().isoformat(), clock.local(found.rows[0][1]).date().isoformat()
    values = {"count": found.total, "from": first}

    def tell(session: Session) -> bool:
        reviewers = session.scalars(
            select(User.id).where(User.role == Role.QUALITY_REVIEWER, User.active).order_by(User.id)
        ).all()
        queued = [
            letters.queue(session, one, "reviews_waiting", f"reviews-waiting-{one}-{today}", values)
            for one in reviewers
        ]
        return any(queued)

    return _acted("fieldwork.remind_reviewers", tell, "reviewers", reports=found.total)


@blueprint.post("/letters")
@requires(Permission.PLAN_FIELDWORK)
def decide_letters() -> ResponseReturnValue:
    """What becomes of letters that nobody can know about."""
    chosen, decision = sorted(set(request.form.getlist("letter", type=int))), request.form.get("decision", "")
    return _acted(
        "letters.decide",
        lambda session: letters.decide(session, chosen, decision),
        "letters",
        letters=chosen,
        decision=decision if decision in letters.DECISIONS else "",
    )
