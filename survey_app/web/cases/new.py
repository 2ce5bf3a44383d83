"""A case by hand: somebody said it at the counter, on the telephone, or it was seen in the field."""

from __future__ import annotations

from typing import Any, Final

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.cases import NewCaseForm
from survey_app import clock
from survey_app.commands.cases import telling
from survey_app.commands.cases.opening import Opening, open_case
from survey_app.commands.decisions import new_id
from survey_app.errors import NotFound, UserError
from survey_app.loop.subjects import SUBJECTS
from survey_app.models import NO_AGENT, Agent, Branch
from survey_app.outreach import addresses, phones
from survey_app.queries import cases, organisation, standing_in
from survey_app.transaction import transaction
from survey_app.web.cases.frame import WORKS, blueprint
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, scope, stop_reading
from translations import gettext as _

#: What else may have led to a case by hand.
_SOURCES: Final = ("manual", "voice", "visit")


def _branches() -> list[Branch]:
    """Branches that the reader may open a case about: those in reach; an agent's own, and a branch's only one."""
    session, reach = read_session(), scope()
    if reach.reach == "agent":
        own = standing_in.branch_of(session, current_user())
        found = session.get(Branch, own) if own is not None else None
        return [found] if found is not None else []
    return organisation.branches(session, reach)


def _form(sent: Any = None) -> NewCaseForm:
    session = read_session()
    codes = organisation.codes(session)
    found = _branches()
    values: dict[str, Any] = {"key": new_id()}
    if sent is None:
        values["branch"] = codes[found[0].id] if len(found) == 1 else request.args.get("branch", "")
        values["subject"] = request.args.get("subject", "")
    return NewCaseForm(
        sent,
        branches=[(codes[one.id], one.name) for one in found],
        subjects=[(code, one.name) for code, one in SUBJECTS.items()],
        **values,
    )


@blueprint.get("/new")
@requires(WORKS)
def new() -> ResponseReturnValue:
    """The form."""
    return _page(_form())


@blueprint.post("/new")
@requires(WORKS)
def make() -> ResponseReturnValue:
    """Open it. The same form sent twice is one case; ``prefill`` shows the form with what another page knows."""
    form = _form(request.form)
    if "prefill" in request.form:
        form.key.data = form.key.data or new_id()
        return _page(form)
    valid = form.validate()
    branch = organisation.branch_by_code(read_session(), form.branch.data or "") if not form.branch.errors else None
    agent = _agent(form, branch) if branch is not None else None
    phone, email = _contact(form)
    if not valid or form.errors or branch is None:
        return _page(form, 422)
    about = Opening(
        key=f"manual:{form.key.data}",
        source=_source(),
        branch_id=branch.id,
        subject=form.subject.data,
        agent_id=agent.id if agent is not None else NO_AGENT,
        wanted=form.wanted.data or "",
        language=form.language.data,
        words=form.words.data or "",
        name=form.name.data or "",
        phone=phone,
        email=email,
    )
    try:
        with transaction(actor(), "case.open", branch=branch.id) as session:
            made = open_case(session, about, current_user().id)
            telling.received(session, made)
            number = made.id
    except UserError as problem:
        form.form_errors.append(problem.message)
        stop_reading()
        return _page(form, problem.status)
    return redirect(_after(number), 303)


def _source() -> str:
    asked = request.form.get("source", "")
    return asked if asked in _SOURCES else _SOURCES[0]


def _after(number: int) -> str:
    """The case, or the list where it is not the reader's to see: one of misconduct, by whom it names."""
    stop_reading()
    try:
        cases.of(read_session(), number, current_user())
    except NotFound:
        return url_for("cases.index", done="opened")
    return url_for("cases.show", case_id=number, done="opened")


def _agent(form: NewCaseForm, branch: Branch) -> Agent | None:
    """Who served, by a name or a code that somebody typed; what fits nobody, or several, is said at the field."""
    typed = " ".join((form.agent.data or "").split())
    if not typed:
        return None
    served = organisation.agents_of(read_session(), branch.id, clock.today())
    exact = [one for one in served if typed in (one.code, one.name)]
    near = [one for one in served if typed.casefold() in one.name.casefold()]
    for found in (exact, near):
        if len(found) == 1:
            return found[0]
    message = _("Several people have this name; write it whole.") if near else _("Nobody of this name serves there.")
    form.agent.errors = [*form.agent.errors, message]
    return None


def _contact(form: NewCaseForm) -> tuple[str, str]:
    """Telephone and e-mail as they are kept; what is none is said at the field."""
    found = []
    for field, normal, message in (
        (form.phone, phones.normal, _("This is no telephone number. Please check it.")),
        (form.email, addresses.normal, _("Write a full e-mail address.")),
    ):
        typed = (field.data or "").strip()
        known = normal(typed) if typed else ""
        if known is None:
            field.errors = [*field.errors, message]
        found.append(known or "")
    return found[0], found[1]


def _page(form: NewCaseForm, status: int = 200) -> ResponseReturnValue:
    branches = _branches()
    agents = organisation.agents_of(read_session(), branches[0].id, clock.today()) if len(branches) == 1 else []
    markup = render_template(
        "pages/cases/new.html",
        form=form,
        one_branch=branches[0] if len(branches) == 1 else None,
        agents=[one.name for one in agents],
        source=_source(),
    )
    return make_response(markup, status)
