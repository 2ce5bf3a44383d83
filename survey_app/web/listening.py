"""Listening: calls heard, branches visited, test calls made, written down in a form by somebody who is logged in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.listening import ListeningForm
from forms.questionnaire.build import Page, PageForm
from survey_app import clock
from survey_app.commands import listening as commands
from survey_app.commands import responses
from survey_app.commands.attaching import Files, save_page
from survey_app.errors import UserError
from survey_app.kinds import kind_of
from survey_app.loop.voices import WAYS
from survey_app.models import NO_AGENT, Branch, Listening
from survey_app.permissions import Permission, may
from survey_app.queries import listening as queries
from survey_app.queries import organisation
from survey_app.queries.evidence import FILE_TYPES
from survey_app.transaction import transaction
from survey_app.web.filling import Filling, attached, spoken, worth_keeping
from survey_app.web.security import requires
from survey_app.web.sending import KEEP, received
from survey_app.web.support import actor, current_user, read_session, scope, stop_reading
from survey_app.web.wording import words_of
from translations import direction, localised
from translations import lazy_gettext as _l

blueprint = Blueprint("listening", __name__, url_prefix="/listen")

BACK, LATER = "back", "later"
#: What is said after an act.
SAID: Final[Mapping[str, Any]] = {
    "kept": _l("The form is kept. It waits here until it is sent."),
    "gone": _l("The form was thrown away."),
}


@blueprint.get("")
@requires(Permission.LISTEN)
def index() -> str:
    """One's own forms: what waits to be sent, and what was."""
    waiting, sent = queries.own(read_session(), current_user())
    return render_template(
        "pages/listening/index.html",
        waiting=waiting,
        sent=sent,
        ways=WAYS,
        offered=queries.offered(read_session()),
        said=SAID.get(request.args.get("done", "")),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.LISTEN)
def new() -> ResponseReturnValue:
    """Begin a form."""
    form = _form(request.form if request.method == "POST" else None)
    if request.method == "POST" and request.form.get("go") != "team" and form.validate():
        try:
            with transaction(actor(), "listening.begin", way=form.way.data) as session:
                made = commands.begin(session, current_user(), _beginning(form))
            return redirect(url_for("listening.go_on", response_id=made.response_id), 303)
        except UserError as problem:
            stop_reading()
            for name, _message in problem.places:
                if name in form:
                    form[name].errors = [*form[name].errors, problem.message]
            if not problem.places:
                form.way.errors = [*form.way.errors, problem.message]
    offered = queries.offered(read_session())
    page = render_template(
        "pages/listening/new.html",
        form=form,
        ways=WAYS,
        offered=offered,
        chooses=len({one.kind for one in offered}) < len(offered),
    )
    return page, 422 if form.error_summary else 200


def _form(sent: Any) -> ListeningForm:
    session = read_session()
    offered = queries.offered(session)
    codes = organisation.codes(session)
    branches = organisation.branches(session, scope())
    kinds = {one.kind for one in offered}
    chosen = (sent or request.args).get("branch", "")
    found = next((one for one in branches if chosen.split(" ")[0] in (codes[one.id], one.name)), None)
    only = branches[0] if len(branches) == 1 else found
    values: dict[str, Any] = {"id": commands.new_id(), "heard_on": clock.today(), "way": request.args.get("way", "")}
    if len(branches) == 1:
        values["branch"] = codes[branches[0].id]
    return ListeningForm(
        sent,
        ways=[(way.code, way.name) for way in WAYS.values() if way.kind in kinds],
        questionnaires=[(one.code, f"{localised(one.title)} · {kind_of(one.kind).name}") for one in offered],
        branches=[(codes[one.id], one.name) for one in branches],
        agents=_team(only),
        **values,
    )


def _team(branch: Branch | None) -> list[tuple[str, str]]:
    if branch is None:
        return []
    return [(str(one.id), one.name) for one in organisation.agents_of(read_session(), branch.id, clock.today())]


def _beginning(form: ListeningForm) -> commands.Beginning:
    session = read_session()
    way = WAYS.get(form.way.data or "")
    fitting = [one.code for one in queries.offered(session) if way is not None and one.kind == way.kind]
    codes = organisation.codes(session)
    branch = next((one for one in organisation.branches(session, scope()) if codes[one.id] == form.branch.data), None)
    # Where only one form fits how one listens, it need not be chosen.
    chosen = form.questionnaire.data or (fitting[0] if len(fitting) == 1 else "")
    return commands.Beginning(
        id=form.id.data or "",
        way=form.way.data or "",
        questionnaire=chosen,
        branch_id=branch.id if branch is not None else 0,
        heard_on=form.heard_on.data or clock.today(),
        agent_id=int(form.agent.data) if (form.agent.data or "").isdecimal() else NO_AGENT,
    )


# ---- filling in ------------------------------------------------------------------------------------------------------


@blueprint.get("/<response_id>")
@requires(Permission.LISTEN)
def go_on(response_id: str) -> ResponseReturnValue:
    """The first page on which something is still to be written; of a form that was sent, what came of it."""
    row = queries.of(read_session(), current_user(), response_id)
    if row.sent_at is not None:
        return redirect(url_for("listening.done", response_id=response_id), 303)
    filling = _filling(row)
    asked = {one.code for one in filling.asked}
    empty = [page for page in filling.pages if not (page.codes & asked) <= set(filling.answers)]
    page = (empty or filling.pages)[0]
    return redirect(url_for("listening.write", response_id=response_id, page=page.code), 303)


@blueprint.route("/<response_id>/<page>", methods=["GET", "POST"])
@requires(Permission.LISTEN)
def write(response_id: str, page: str) -> ResponseReturnValue:
    """One page of a form: kept whatever button is pressed, sent after the last one."""
    row = queries.of(read_session(), current_user(), response_id)
    if row.sent_at is not None:
        return redirect(url_for("listening.done", response_id=response_id), 303)
    filling = _filling(row)
    wanted = filling.page(page)
    if wanted is None:
        return redirect(url_for("listening.go_on", response_id=response_id), 303)
    if request.method == "GET":
        return _show(row, filling, wanted, filling.form(wanted))
    return _take(row, filling, wanted)


def _take(row: Listening, filling: Filling, page: Page) -> ResponseReturnValue:
    sent = received(read_session(), row.response_id, page.questions, request.form)
    form = filling.form(page, sent)
    sound = form.validate()
    with transaction(actor(), "listening.save") as session:
        saved, _said = save_page(
            session, filling.ticket, page.questions, worth_keeping(form), filling.language, Files()
        )
        answers = dict(saved.answers)
    wish = request.form.get("go", "next")
    filling = filling.with_answers(answers)
    if wish == KEEP:
        return "", 204
    if wish == LATER and not form.unread:
        return redirect(url_for("listening.index", done="kept"), 303)
    if form.unread or (not sound and wish == "next"):
        again = filling.form(page, sent)
        again.validate()
        return _show(row, filling, page, again)
    if wish == BACK:
        earlier = filling.before(page)
        if earlier is None:
            return redirect(url_for("listening.index", done="kept"), 303)
        return redirect(url_for("listening.write", response_id=row.response_id, page=earlier.code), 303)
    following = filling.after(page)
    if following is not None:
        return redirect(url_for("listening.write", response_id=row.response_id, page=following.code), 303)
    return _send(row, filling, page)


def _send(row: Listening, filling: Filling, page: Page) -> ResponseReturnValue:
    presentation = {"first": "lowest", "direction": direction(filling.language), "layout": "unknown"}
    try:
        with transaction(actor(), "listening.send", response=row.response_id) as session:
            commands.send(session, current_user(), row.response_id, filling.language, presentation)
    except UserError as problem:
        stop_reading()
        row = queries.of(read_session(), current_user(), row.response_id)
        return _show(row, _filling(row), page, filling.form(page), problem)
    return redirect(url_for("listening.done", response_id=row.response_id), 303)


@blueprint.get("/<response_id>/done")
@requires(Permission.LISTEN)
def done(response_id: str) -> ResponseReturnValue:
    """The form was sent: thanks, and what is to be done about what was found."""
    row = queries.of(read_session(), current_user(), response_id)
    if row.sent_at is None:
        return redirect(url_for("listening.go_on", response_id=response_id), 303)
    return render_template(
        "pages/listening/done.html",
        row=row,
        way=WAYS[row.way],
        followed=queries.followed(read_session(), response_id),
        code=organisation.shortest_code(read_session(), row.branch),
        opens=_leads_to("cases.new", Permission.WORK_CASES),
        promises=_leads_to("promises.index", Permission.KEEP_PROMISES),
    )


def _leads_to(endpoint: str, permission: Permission) -> bool:
    return endpoint in current_app.view_functions and may(current_user(), permission)


@blueprint.post("/<response_id>/away")
@requires(Permission.LISTEN)
def away(response_id: str) -> ResponseReturnValue:
    """Throw away a form that was not sent."""
    with transaction(actor(), "listening.away") as session:
        commands.throw_away(session, current_user(), response_id)
    return redirect(url_for("listening.index", done="gone"), 303)


def _filling(row: Listening) -> Filling:
    user = current_user()
    ticket = queries.ticket(read_session(), row, user.language)
    saved = responses.draft(read_session(), ticket)
    language = spoken(ticket.definition, user.language)
    return Filling(ticket, language, saved.answers if saved else {}, saved.notice_id if saved else None)


def _show(
    row: Listening, filling: Filling, page: Page, form: PageForm, problem: UserError | None = None
) -> ResponseReturnValue:
    errors = form.error_summary + _faults(filling, problem)
    place = [one.code for one in filling.pages]
    body = render_template(
        "pages/listening/page.html",
        row=row,
        way=WAYS[row.way],
        filling=filling,
        page=page,
        form=form,
        errors=errors,
        number=place.index(page.code) + 1,
        total=len(place),
        back=filling.before(page),
        last=filling.after(page) is None,
        words=words_of(filling),
        without=filling.without,
        files=attached(filling, page),
        unasked=FILE_TYPES,
    )
    return body, 422 if errors else 200


def _faults(filling: Filling, problem: UserError | None) -> list[tuple[str, str]]:
    """Where an answer is missing: with the page's address where it stands on another."""
    if problem is None:
        return []
    return [(code, message or problem.message) for code, message in problem.places] or [("", problem.message)]
