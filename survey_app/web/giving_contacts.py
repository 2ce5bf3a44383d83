"""The calendar of contacts that give: planned by one person, approved by another, with who would get each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, cast

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.giving_contacts import ContactForm
from forms.programmes import refuse, spoken
from reports import months as calendar
from survey_app import clock
from survey_app.commands import giving_contacts as commands
from survey_app.commands.giving_contacts import Wanted
from survey_app.errors import UserError
from survey_app.loop.giving import KINDS, LEFT_OUT, STATES
from survey_app.models import GivingContact, User
from survey_app.permissions import Permission
from survey_app.queries import giving_contacts as queries
from survey_app.queries import organisation
from survey_app.queries.loop import policy
from survey_app.transaction import transaction
from survey_app.web.meeting_words import branch_choices, owner_name
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, stop_reading
from translations import LANGUAGES
from translations import lazy_gettext as _l

blueprint = Blueprint("giving_contacts", __name__, url_prefix="/contacts")

PLAN, APPROVE = Permission.PLAN_GIVING, Permission.APPROVE_GIVING
SAID: Final[Mapping[str, Any]] = {
    "made": _l("The contact is planned. Somebody else approves it."),
    "changed": _l("Saved. It has to be approved again."),
    "approved": _l("Approved: it leaves on its day."),
    "cancelled": _l("The contact was cancelled."),
}
#: How far the calendar leads from today, in months.
_BACK, _AHEAD = 36, 12


def _month() -> str:
    asked = request.args.get("month", "")
    try:
        month = calendar.parse(asked)
    except ValueError:
        return clock.current_month()
    this = clock.current_month()
    return min(max(month, calendar.shift(this, -_BACK)), calendar.shift(this, _AHEAD))


@blueprint.get("")
@requires(PLAN, APPROVE)
def index() -> str:
    """A month of the calendar, and what waits for approval."""
    session, month = read_session(), _month()
    rows = queries.of_month(session, month)
    this = clock.current_month()
    return render_template(
        "pages/giving_contacts/index.html",
        month=month,
        before=calendar.shift(month, -1) if month > calendar.shift(this, -_BACK) else "",
        after=calendar.shift(month, 1) if month < calendar.shift(this, _AHEAD) else "",
        rows=rows,
        waiting=queries.waiting(session),
        given=queries.given(session, [one.id for one in rows]),
        kinds=KINDS,
        states=STATES,
        rules=policy(session),
        said=SAID.get(request.args.get("done", "")),
    )


def _form(sent: Any = None, **values: Any) -> ContactForm:
    tenures = queries.tenures(read_session())
    chosen = values.get("tenure") or ""
    return ContactForm(
        sent,
        kinds=[(code, one.name) for code, one in KINDS.items()],
        tenures=tenures if not chosen or chosen in tenures else [*tenures, chosen],
        branches=branch_choices(),
        **values,
    )


def _wanted(form: ContactForm) -> Wanted:
    session = read_session()
    return Wanted(
        kind=form.kind.data or "",
        title=form.title.data or "",
        planned_on=cast("date", form.planned_on.data),
        words=spoken(form, "words"),
        branch_id=organisation.branch_by_code(session, form.branch.data).id if form.branch.data else None,
        tenure=form.tenure.data or "",
    )


def _edit(form: ContactForm, found: GivingContact | None) -> str:
    return render_template("pages/giving_contacts/edit.html", form=form, found=found, kinds=KINDS)


@blueprint.get("/new")
@requires(PLAN)
def new() -> str:
    """A contact to plan."""
    return _edit(_form(id=commands.new_key()), None)


@blueprint.post("")
@requires(PLAN)
def make() -> ResponseReturnValue:
    """Plan a contact. The same form twice is one."""
    form = _form(request.form)
    if form.validate():
        try:
            with transaction(actor(), "giving_contact.plan") as session:
                made = commands.plan(session, current_user(), form.id.data or "", _wanted(form))
            return redirect(url_for("giving_contacts.show", number=made.id, done="made"), 303)
        except UserError as problem:
            refuse(form, problem.places, problem.message)
            stop_reading()
    return make_response(_edit(form, None), 422)


@blueprint.route("/<int:number>/edit", methods=["GET", "POST"])
@requires(PLAN)
def edit(number: int) -> ResponseReturnValue:
    """Plan a contact anew."""
    found = queries.contact(read_session(), number)
    codes = organisation.codes(read_session())
    if request.method == "GET":
        words = {f"words_{language}": found.words.get(language, "") for language in LANGUAGES}
        stands = {name: getattr(found, name) for name in ("revision", "kind", "title", "planned_on", "tenure")}
        return _edit(_form(branch=codes.get(found.branch_id or 0, ""), **stands, **words), found)
    form = _form(request.form)
    if form.validate():
        try:
            with transaction(actor(), "giving_contact.change", contact=number) as session:
                commands.change(session, number, current_user(), _wanted(form), int(form.revision.data or 0))
            return redirect(url_for("giving_contacts.show", number=number, done="changed"), 303)
        except UserError as problem:
            refuse(form, problem.places, problem.message)
            stop_reading()
            # What was typed is shown beside the newest writing, so that saving again is a decision.
            found = queries.contact(read_session(), number)
            form.revision.data, form.revision.raw_data = found.revision, None
    return make_response(_edit(form, found), 422)


@blueprint.get("/<int:number>")
@requires(PLAN, APPROVE)
def show(number: int) -> ResponseReturnValue:
    """One contact: its words, who gets it and who does not, whose approval it waits for."""
    return _page(number)


def _page(number: int, problem: UserError | None = None) -> ResponseReturnValue:
    session = read_session()
    found = queries.contact(session, number)
    people = {one: session.get(User, one) for one in (found.created_by_id, found.approved_by_id) if one is not None}
    coming = found.state in {"planned", "approved"}
    page = render_template(
        "pages/giving_contacts/show.html",
        found=found,
        names={one: owner_name(user) for one, user in people.items() if user is not None},
        mine=found.created_by_id == current_user().id,
        audience=queries.audience(session, found) if coming else None,
        given=queries.given(session, [number]).get(number, 0),
        texts={
            language: commands.text_of(session, found, language) for language in LANGUAGES if found.words.get(language)
        },
        reasons=LEFT_OUT,
        kinds=KINDS,
        states=STATES,
        rules=policy(session),
        problem=problem,
        said=SAID.get(request.args.get("done", "")),
    )
    return make_response(page, problem.status if problem is not None else 200)


@blueprint.post("/<int:number>/approve")
@requires(APPROVE)
def approve(number: int) -> ResponseReturnValue:
    """Approve what somebody else wrote."""
    try:
        with transaction(actor(), "giving_contact.approve", contact=number) as session:
            commands.approve(session, number, current_user(), request.form.get("revision", 0, type=int))
    except UserError as problem:
        stop_reading()
        return _page(number, problem)
    return redirect(url_for("giving_contacts.show", number=number, done="approved"), 303)


@blueprint.post("/<int:number>/cancel")
@requires(PLAN, APPROVE)
def cancel(number: int) -> ResponseReturnValue:
    """Take a contact back."""
    try:
        with transaction(actor(), "giving_contact.cancel", contact=number) as session:
            commands.cancel(session, number, request.form.get("revision", type=int))
    except UserError as problem:
        stop_reading()
        return _page(number, problem)
    return redirect(url_for("giving_contacts.show", number=number, done="cancelled"), 303)
