"""Incidents: what is proposed and what is open, one with its cases and people, the messages, what came of them."""

from __future__ import annotations

import re
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.incidents import IncidentForm, JoinForm, LessonForm, VisitorsForm
from forms.messages import lint
from forms.programmes import refuse, spoken
from reports.loyalty import GROUPS
from survey_app import clock
from survey_app.commands import incident_people as people
from survey_app.commands import incidents as commands
from survey_app.commands.imports import HANDLERS
from survey_app.commands.imports.engine import run_import
from survey_app.commands.imports.handler import Options
from survey_app.commands.imports.report import Summary
from survey_app.commands.incidents import About
from survey_app.errors import UserError
from survey_app.loop.states import STATES as CASE_STATES
from survey_app.loop.subjects import SUBJECTS
from survey_app.models import Incident
from survey_app.permissions import Permission
from survey_app.queries import incidents as queries
from survey_app.queries import organisation
from survey_app.readers import Unreadable
from survey_app.transaction import transaction
from survey_app.web.incident_words import CHANNELS, COMPARED, PEOPLE, SAID, STATES, WAYS
from survey_app.web.meeting_words import branch_choices, owner_name
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import limiter, requires, takes
from survey_app.web.support import actor, current_user, read_session, stop_reading
from translations import DEFAULT, LANGUAGES
from translations import gettext as _

blueprint = Blueprint("incidents", __name__, url_prefix="/incidents")

MANAGE: Final = Permission.MANAGE_INCIDENTS
#: A hundred thousand customers of a list are far smaller.
MOST_BYTES: Final = 8_000_000
MOST_SENT: Final = MOST_BYTES + 200_000
_NUMBERS: Final = re.compile(r"\d{1,9}")


@blueprint.get("")
@requires(MANAGE)
def index() -> str:
    """Proposals and open incidents first; closed ones behind their tabs."""
    session = read_session()
    counted = queries.counts(session)
    cut = request.args.get("cut", "open")
    cut = cut if cut in queries.CUTS else "open"
    pages = paging(counted.get(cut, 0))
    return render_template(
        "pages/incidents/index.html",
        proposals=queries.listed(session, "proposed", limit=PAGE) if cut == "open" and pages.number == 1 else [],
        rows=queries.listed(session, cut, limit=PAGE, offset=pages.offset),
        pages=pages,
        cut=cut,
        counts=counted,
        states=STATES,
        subjects=SUBJECTS,
        said=SAID.get(request.args.get("done", "")),
    )


def _form(sent: Any = None, **values: Any) -> IncidentForm:
    managers = [(str(one.id), owner_name(one)) for one in queries.managers(read_session())]
    return IncidentForm(
        sent,
        subjects=[(code, one.name) for code, one in SUBJECTS.items()],
        managers=managers,
        branches=branch_choices(),
        **values,
    )


@blueprint.get("/new")
@requires(MANAGE)
def new() -> str:
    """An incident that nobody proposed."""
    return _edit(_form(id=commands.new_key(), began_on=clock.today()), None)


@blueprint.post("")
@requires(MANAGE)
def make() -> ResponseReturnValue:
    """Open an incident. The same form twice is one."""
    form = _form(request.form)
    if form.validate():
        try:
            with transaction(actor(), "incident.open") as session:
                made = commands.open_by_hand(session, current_user(), form.id.data or "", _about(form, None))
            return redirect(url_for("incidents.show", number=made.id, done="made"), 303)
        except UserError as problem:
            refuse(form, problem.places, problem.message)
            stop_reading()
    return make_response(_edit(form, None), 422)


def _edit(form: IncidentForm, found: Incident | None) -> str:
    remarks = {
        language: [one.message for one in lint(str(text), channel="email")]
        for language, text in (found.words if found is not None else {}).items()
    }
    return render_template("pages/incidents/edit.html", form=form, found=found, remarks=remarks)


@blueprint.route("/<int:number>/edit", methods=["GET", "POST"])
@requires(MANAGE)
def edit(number: int) -> ResponseReturnValue:
    """Describe an incident anew, and write what is said."""
    found = queries.incident(read_session(), number)
    if request.method == "GET":
        return _edit(_form(**_standing(found)), found)
    form = _form(request.form)
    if form.validate():
        try:
            with transaction(actor(), "incident.change", incident=number) as session:
                commands.change(session, number, _about(form, found), int(form.revision.data or 0))
            return redirect(url_for("incidents.show", number=number, done="changed"), 303)
        except UserError as problem:
            refuse(form, problem.places, problem.message)
            stop_reading()
            # What was typed is shown beside the newest writing, so that saving again is a decision.
            found = queries.incident(read_session(), number)
            form.revision.data, form.revision.raw_data = found.revision, None
    return make_response(_edit(form, found), 422)


def _standing(found: Incident) -> dict[str, Any]:
    codes = organisation.codes(read_session())
    return {
        "revision": found.revision,
        "title": found.title,
        "subject": found.subject,
        "branch": codes.get(found.branch_id or 0, ""),
        "began_on": clock.local(found.began_at).date(),
        "ended_on": clock.local(found.ended_at).date() if found.ended_at is not None else None,
        "remedy": found.remedy,
        "apology_by": str(found.apology_by_id or ""),
        **{f"words_{language}": found.words.get(language, "") for language in LANGUAGES},
    }


def _about(form: IncidentForm, found: Incident | None) -> About:
    """What the form says; a day that was not changed keeps its hour."""
    session = read_session()
    branch = organisation.branch_by_code(session, form.branch.data).id if form.branch.data else None
    began, ended = cast("date", form.began_on.data), form.ended_on.data
    return About(
        title=form.title.data or "",
        subject=form.subject.data or "",
        branch_id=branch,
        began_at=_moment(began, found.began_at if found is not None else None, clock.start_of(began)),
        ended_at=None if ended is None else _moment(ended, found.ended_at if found is not None else None, _end(ended)),
        words=spoken(form, "words"),
        remedy=form.remedy.data or "",
        apology_by_id=int(form.apology_by.data) if form.apology_by.data else None,
    )


def _moment(day: date, stands: datetime | None, otherwise: datetime) -> datetime:
    return stands if stands is not None and clock.local(stands).date() == day else otherwise


def _end(day: date) -> datetime:
    return clock.start_of(day + timedelta(days=1)) - timedelta(seconds=1)


# ---- one incident ----------------------------------------------------------------------------------------------------


@blueprint.get("/<int:number>")
@requires(MANAGE)
def show(number: int) -> ResponseReturnValue:
    """One incident."""
    return _page(number)


def _page(
    number: int,
    *,
    joining: JoinForm | None = None,
    gathering: VisitorsForm | None = None,
    closing: LessonForm | None = None,
    fault: str = "",
    problem: UserError | None = None,
    summary: Summary | None = None,
) -> ResponseReturnValue:
    session = read_session()
    found = queries.incident(session, number)
    chosen = request.args.get("people", "")
    total = queries.people(session, number, chosen, limit=0)[1]
    pages = paging(total)
    language = str(request.args.get("words", DEFAULT))
    effect = queries.measured(session, found) if found.state in {"open", "closed"} else None
    page = render_template(
        "pages/incidents/show.html",
        found=found,
        overview=queries.overview(session, found),
        cases=queries.cases_of(session, number),
        people=queries.people(session, number, chosen, limit=PAGE, offset=pages.offset)[0],
        chosen=chosen,
        pages=pages,
        visitors=queries.visitors(session, found),
        effect=effect,
        groups=GROUPS,
        compared=COMPARED,
        least=organisation.policy(session).least_surveys,
        days=queries.DAYS,
        joining=joining or JoinForm(),
        gathering=gathering or _gathering(found),
        closing=closing or LessonForm(revision=found.revision),
        fault=fault,
        problem=problem,
        summary_of_file=summary,
        most=MOST_BYTES // 1_000_000,
        states=STATES,
        people_states=PEOPLE,
        case_states=CASE_STATES,
        ways=WAYS,
        channels=CHANNELS,
        subjects=SUBJECTS,
        by=people.signed(found.apology_by, DEFAULT) if found.apology_by is not None else "",
        spoken=language if language in LANGUAGES else DEFAULT,
        said=SAID.get(request.args.get("done", "")),
    )
    errors = [form for form in (joining, gathering, closing) if form is not None and form.error_summary]
    bad = errors or fault or problem is not None or (summary is not None and summary.refused)
    return make_response(page, (problem.status if problem is not None else 422) if bad else 200)


def _gathering(found: Incident, sent: Any = None) -> VisitorsForm:
    codes = organisation.codes(read_session())
    began = clock.local(found.began_at).date()
    ended = clock.local(found.ended_at).date() if found.ended_at is not None else clock.today()
    return VisitorsForm(
        sent,
        branches=branch_choices(),
        branch=codes.get(found.branch_id or 0, ""),
        since=began,
        until=min(ended, began + timedelta(days=31)),
    )


@blueprint.post("/<int:number>/accept")
@requires(MANAGE)
def accept(number: int) -> ResponseReturnValue:
    """A proposal is an incident."""
    with transaction(actor(), "incident.accept", incident=number) as session:
        commands.accept(session, number, current_user())
    return redirect(url_for("incidents.show", number=number, done="accepted"), 303)


@blueprint.post("/<int:number>/dismiss")
@requires(MANAGE)
def dismiss(number: int) -> ResponseReturnValue:
    """A proposal is none."""
    with transaction(actor(), "incident.dismiss", incident=number) as session:
        commands.dismiss(session, number, current_user())
    return redirect(url_for("incidents.index", done="dismissed"), 303)


@blueprint.post("/<int:number>/join")
@requires(MANAGE)
def join(number: int) -> ResponseReturnValue:
    """Join cases by their numbers."""
    form = JoinForm(request.form)
    if not form.validate():
        return _page(number, joining=form)
    try:
        with transaction(actor(), "incident.join", incident=number) as session:
            numbers = [int(one) for one in _NUMBERS.findall(form.cases.data or "")]
            commands.join(session, number, numbers, current_user())
    except UserError as problem:
        refuse(form, problem.places, problem.message)
        stop_reading()
        return _page(number, joining=form)
    return redirect(url_for("incidents.show", number=number, done="joined", _anchor="cases"), 303)


@blueprint.post("/<int:number>/visitors")
@requires(MANAGE)
def visitors(number: int) -> ResponseReturnValue:
    """Put everybody on the list whom the feed told of at a branch in some days, in batches."""
    found = queries.incident(read_session(), number)
    form = _gathering(found, request.form)
    if not form.validate():
        return _page(number, gathering=form)
    branch = organisation.branch_by_code(read_session(), form.branch.data or "").id
    after = -1
    try:
        while after:
            with transaction(actor(), "incident.gather", incident=number, branch=branch) as session:
                incident = commands.needed_open(session, number)
                days = cast("date", form.since.data), cast("date", form.until.data)
                after = people.add_visitors(session, incident, branch, *days, after=max(after, 0))
    except UserError as problem:
        refuse(form, problem.places, problem.message)
        stop_reading()
        return _page(number, gathering=form)
    return redirect(url_for("incidents.show", number=number, done="gathered", _anchor="people"), 303)


@blueprint.post("/<int:number>/file")
@requires(MANAGE)
@takes(MOST_SENT, form="incidents.show#from-file")
@limiter.limit("60 per hour")
def upload(number: int) -> ResponseReturnValue:
    """Take a list of affected people in: good rows are kept, the others are told with their reasons."""
    queries.incident(read_session(), number)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _page(number, fault=_("Choose a file."))
    content = sent.read(MOST_BYTES + 1)
    sent.close()
    if len(content) > MOST_BYTES:
        return _page(number, fault=_("The file is larger than %(most)s MB.", most=MOST_BYTES // 1_000_000))
    try:
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / (Path(sent.filename).name.replace("\0", "") or "file")
            kept.write_bytes(content)
            summary = run_import(
                HANDLERS["affected"], kept, actor=actor(), refused_to=Path(folder) / "refused.csv",
                options=Options(incident=number, user_id=current_user().id),
            )  # fmt: skip
    except Unreadable as error:
        return _page(number, fault=error.message)
    if summary.refused:
        stop_reading()
        return _page(number, summary=summary)
    return redirect(url_for("incidents.show", number=number, done="file", _anchor="people"), 303)


@blueprint.post("/<int:number>/send")
@requires(MANAGE)
def send(number: int) -> ResponseReturnValue:
    """Let the messages leave."""
    try:
        with transaction(actor(), "incident.send", incident=number) as session:
            commands.send(session, number, request.form.get("revision", 0, type=int))
    except UserError as problem:
        stop_reading()
        return _page(number, problem=problem)
    return redirect(url_for("incidents.show", number=number, done="sent"), 303)


@blueprint.post("/<int:number>/people/<int:person>")
@requires(MANAGE)
def mark(number: int, person: int) -> ResponseReturnValue:
    """Somebody was reached by a person, or cannot be."""
    how = request.form.get("how", "")
    state = people.REACHED if how in people.BY_PERSON else people.UNREACHABLE
    with transaction(actor(), "incident.mark", incident=number, person=person) as session:
        people.mark(session, person, state, how if state == people.REACHED else "", current_user(), number)
    kept = {name: request.args[name] for name in ("people", "page") if request.args.get(name)}
    return redirect(url_for("incidents.show", number=number, done="marked", _anchor="people", **cast("Any", kept)), 303)


@blueprint.post("/<int:number>/close")
@requires(MANAGE)
def close(number: int) -> ResponseReturnValue:
    """The incident is over, with its lesson."""
    form = LessonForm(request.form)
    if not form.validate():
        return _page(number, closing=form)
    try:
        with transaction(actor(), "incident.close", incident=number) as session:
            commands.close(session, number, form.lesson.data or "", form.revision.data)
    except UserError as problem:
        refuse(form, problem.places, problem.message)
        stop_reading()
        form.revision.data, form.revision.raw_data = queries.incident(read_session(), number).revision, None
        return _page(number, closing=form)
    return redirect(url_for("incidents.show", number=number, done="closed"), 303)
