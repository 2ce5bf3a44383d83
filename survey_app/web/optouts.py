"""No more surveys: recorded and taken back by staff, by telephone, e-mail or reference, or brought as a file."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.feed import AddressForm
from survey_app.commands import optouts as commands
from survey_app.commands.feeding import keeping
from survey_app.commands.feeding.sorts import who
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
from survey_app.web.support import actor, read_session, stop_reading
from translations import gettext as _
from translations import lazy_gettext as _l
from translations import ngettext

blueprint = Blueprint("optouts", __name__, url_prefix="/opt-outs")

#: How an opt-out came, in words.
SOURCES = {
    "link": _l("The link in a message"),
    "mail": _l("One click in the mail program"),
    "sms": _l("An answer by SMS"),
    "phone": _l("On the telephone"),
    "staff": _l("Recorded by staff"),
    "file": _l("A file"),
    "api": _l("Another system"),
}

#: Why an opt-out is taken back. A choice and no words: it stands in the audit trail, which holds nobody's words.
WHY = {
    "asked": _l("The customer asked for surveys again"),
    "mistake": _l("It was recorded by mistake"),
    "other_person": _l("The address belongs to somebody else now"),
}


@blueprint.get("")
@requires(Permission.MANAGE_OUTREACH, Permission.SEE_CONTACTS)
def index() -> ResponseReturnValue:
    """Who asked for no more surveys."""
    return _page(AddressForm())


def _page(
    form: AddressForm, error: str = "", status: int = 200, came: Mapping[str, int] | None = None
) -> ResponseReturnValue:
    session = read_session()
    sought = request.args.get("search", "").strip()
    wanted = (addresses.normal(sought) or addresses.reference(sought) or sought) if sought else ""
    rows, total = queries.opt_outs(session, search=wanted, limit=PAGE, offset=(asked() - 1) * PAGE)
    files, _count = feed.runs(session, ["opt_outs"], limit=5, offset=0)
    page = render_template(
        "pages/feed/optouts.html",
        form=form,
        error=error,
        rows=rows,
        pages=paging(total),
        search=sought,
        sources=SOURCES,
        came=came,
        whys=WHY,
        masked=addresses.masked,
        files=files,
        states=feeding.STATES,
        named=named,
        most=keeping.MOST_BYTES // 1_000_000,
        said=_said(),
    )
    return make_response(page, status)


def _said() -> str:
    """What was just done, from the address that the last act led to."""
    number = request.args.get("n", 0, type=int)
    acts = {
        "out": lambda: " ".join([_("No more surveys will be sent."), *([_cancelled(number)] if number else [])]),
        "back": lambda: (
            _("Taken back. Surveys may be sent again after the next visit.")
            if number
            else _("This address is not in the list.")
        ),
    }
    act = acts.get(request.args.get("done", ""))
    return act() if act else ""


def _cancelled(number: int) -> str:
    return ngettext("%(num)s waiting message was cancelled.", "%(num)s waiting messages were cancelled.", number)


@blueprint.post("")
@requires(Permission.MANAGE_OUTREACH, Permission.SEE_CONTACTS)
def record() -> ResponseReturnValue:
    """Record an opt-out, or take one back, as the button says."""
    form = AddressForm(request.form)
    found, faults = who(form.given())
    if not form.validate() or faults:
        for fault in faults:
            form.refuse(fault.field or "phone", fault.message)
        return _page(form, status=422)
    if request.form.get("act") == "back":
        why = request.form.get("why", "")
        came = commands.came(read_session(), found)
        if came and why not in WHY:
            # The first click, or no reason chosen: what a customer asked for is not undone in passing.
            return _page(form, came=came)
        stop_reading()
        with transaction(actor(), "optout.remove", why=why) as session:
            gone = commands.opt_in(session, found)
        return redirect(url_for("optouts.index", done="back", n=gone), 303)
    with transaction(actor(), "optout.add") as session:
        made = commands.opt_out(session, found, "staff")
    return redirect(url_for("optouts.index", done="out", n=made.messages), 303)


@blueprint.post("/file")
@requires(Permission.MANAGE_OUTREACH)
@takes(feeding.MOST_SENT, form="optouts.index")
@limiter.limit(feeding.OFTEN)
def upload() -> ResponseReturnValue:
    """Keep a file of opt-outs and let a worker take it in."""
    try:
        number = feeding.bring("opt_outs")
    except Unreadable as error:
        return _page(AddressForm(), error.message, 422)
    return redirect(url_for("feed.show", number=number), 303)
