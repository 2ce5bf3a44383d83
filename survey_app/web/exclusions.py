"""Lists of who is not to be asked: in numbers, with files and one by one."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.feed import ExclusionForm
from survey_app import clock
from survey_app.commands import exclusions as commands
from survey_app.commands.feeding import keeping
from survey_app.commands.feeding.sorts import SORTS, until, who
from survey_app.errors import UserError
from survey_app.outreach import addresses
from survey_app.permissions import Permission
from survey_app.queries import exclusions as queries
from survey_app.queries import feed
from survey_app.readers import Unreadable
from survey_app.transaction import transaction
from survey_app.web import feeding
from survey_app.web.history_steps import named
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import limiter, requires, takes
from survey_app.web.support import actor, read_session
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("exclusions", __name__, url_prefix="/exclusions")

NAMES = {"employee": _l("Employees"), "open_case": _l("Customers with an open case")}
#: The sort of file of each list.
FILES = {sort.exclusion: sort.code for sort in SORTS.values() if sort.exclusion}


@blueprint.get("")
@requires(Permission.MANAGE_OUTREACH, Permission.SEE_CONTACTS)
def index() -> ResponseReturnValue:
    """The lists in numbers; files brought so far."""
    return _page()


def _page(error: str = "", status: int = 200) -> ResponseReturnValue:
    session = read_session()
    rows, total = feed.runs(session, FILES.values(), limit=PAGE, offset=(asked() - 1) * PAGE)
    page = render_template(
        "pages/feed/exclusions.html",
        lists=queries.lists(session, clock.today()),
        staff=queries.own_staff(session),
        names=NAMES,
        files=FILES,
        chosen=request.form.get("list", ""),
        rows=rows,
        pages=paging(total),
        states=feeding.STATES,
        named=named,
        error=error,
        most=keeping.MOST_BYTES // 1_000_000,
    )
    return make_response(page, status)


@blueprint.post("")
@requires(Permission.MANAGE_OUTREACH)
@takes(feeding.MOST_SENT, form="exclusions.index")
@limiter.limit(feeding.OFTEN)
def upload() -> ResponseReturnValue:
    """Keep a file of a list and let a worker take it in."""
    try:
        if request.form.get("list") not in FILES:
            raise Unreadable(_("Choose which list the file is for."))
        number = feeding.bring(FILES[request.form["list"]], whole="whole" in request.form)
    except Unreadable as error:
        return _page(error.message, 422)
    return redirect(url_for("feed.show", number=number), 303)


@blueprint.route("/<reason>", methods=["GET", "POST"])
@requires(Permission.MANAGE_OUTREACH, Permission.SEE_CONTACTS)
def entries(reason: str) -> ResponseReturnValue:
    """One list: searched by an address, added to one by one."""
    commands.reason_of(reason)
    form = ExclusionForm(request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate() and _added(reason, form):
        return redirect(url_for("exclusions.entries", reason=reason, done="added"), 303)
    sought = request.args.get("search", "").strip()
    wanted = (addresses.normal(sought) or addresses.reference(sought) or sought) if sought else ""
    session = read_session()
    rows, total = queries.page(session, reason, search=wanted, limit=PAGE, offset=(asked() - 1) * PAGE)
    page = render_template(
        "pages/feed/entries.html",
        reason=reason,
        name=NAMES[reason],
        form=form,
        rows=rows,
        pages=paging(total),
        search=sought,
        today=clock.today(),
        masked=addresses.masked,
        done=request.args.get("done", ""),
    )
    return make_response(page, 422 if form.error_summary else 200)


def _added(reason: str, form: ExclusionForm) -> bool:
    found, faults = who(form.given())
    day, wrong = until(form.until.data or "")
    for fault in [*faults, *wrong]:
        form.refuse(fault.field or "phone", fault.message)
    if faults or wrong:
        return False
    try:
        with transaction(actor(), "exclusion.add", list=reason, addresses=len(found)) as session:
            commands.hold(session, reason, dict.fromkeys(found, day))
    except UserError as error:
        form.refuse("until", error.message)
        return False
    return True


@blueprint.post("/<reason>/<int:number>/remove")
@requires(Permission.MANAGE_OUTREACH, Permission.SEE_CONTACTS)
def remove(reason: str, number: int) -> ResponseReturnValue:
    """Take one entry off its list."""
    with transaction(actor(), "exclusion.remove", list=commands.reason_of(reason)) as session:
        commands.remove(session, number)
    return redirect(url_for("exclusions.entries", reason=reason, done="removed"), 303)
