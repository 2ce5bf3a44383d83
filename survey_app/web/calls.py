"""Telephone interviews: the call list, one call with what became of it, and what is to be read aloud.

The telephone number stands on the page of a call in hand and nowhere else. Questions are asked by
:mod:`survey_app.web.interviews`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from forms.calls import AgainForm
from forms.questionnaire.definition import Questionnaire as Definition
from survey_app import clock
from survey_app.commands import calling, responses
from survey_app.errors import Conflict, UserError
from survey_app.models import Branch, Invitation
from survey_app.outreach import hours
from survey_app.outreach.calls import FINAL, LATER, ON_CALL, ON_STOP, OUTCOMES, RETRY
from survey_app.outreach.dispositions import DISPOSITIONS
from survey_app.outreach.policy import Outreach
from survey_app.permissions import Permission
from survey_app.queries import calls as queries
from survey_app.queries import organisation, tickets
from survey_app.queries.outreach import policy as outreach_policy
from survey_app.queries.tickets import Ticket
from survey_app.transaction import tell, transaction
from survey_app.web.filling import spoken
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, stop_reading
from translations import LANGUAGES, format_date, speaking
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("calls", __name__, url_prefix="/calls")

#: Under this key of the login's session stand the languages that the interviewer speaks.
SPEAKS: Final = "speaks"
#: What is said of the call before, by what became of it.
SAID: Final[Mapping[str, Any]] = {
    "nothing": _l("Nothing is due in these languages now. Calls come back as their time comes."),
    "back": _l("The call went back to the list and comes around again in a few minutes."),
    "answered": _l("The interview was sent. Thank you!"),
    **{key: _l("What became of the call was written down.") for key in OUTCOMES},
}


@blueprint.get("")
@requires(Permission.INTERVIEW)
def index() -> str:
    """How much is due, what was promised for today, the interviewer's own day, and how campaigns go."""
    return _desk()


def _desk(problem: UserError | None = None) -> str:
    reading, now = read_session(), clock.now()
    policy = outreach_policy(reading)
    in_hand = queries.held_by(reading, current_user().id, now)
    return render_template(
        "pages/calls/desk.html",
        desk=queries.desk(reading, current_user().id),
        in_hand=in_hand,
        speaks=_speaks(),
        policy=policy,
        opens_at=None if hours.allowed(now, policy) else hours.next_moment(now, policy),
        said=SAID.get(request.args.get("done", ""), ""),
        problem=problem,
        names=LANGUAGES,
    )


def _speaks() -> list[str]:
    """The languages that the interviewer chose; all until then."""
    chosen = [code for code in session.get(SPEAKS, ()) if code in LANGUAGES]
    return chosen or list(LANGUAGES)


@blueprint.post("/next")
@requires(Permission.INTERVIEW)
def take() -> ResponseReturnValue:
    """Hand out the next call."""
    chosen = [code for code in request.form.getlist("speaks") if code in LANGUAGES]
    if chosen:
        session[SPEAKS] = chosen
    every = set(_speaks()) == set(LANGUAGES)
    try:
        with transaction(actor(), "call.take") as writing:
            found = calling.next_call(writing, current_user().id, [] if every else _speaks())
            number = found.id if found is not None else None
            tell(writing, invitation=number)
    except Conflict as problem:
        return _desk(problem), problem.status
    if number is None:
        return redirect(url_for("calls.index", done="nothing"), 303)
    return redirect(url_for("calls.show", number=number), 303)


@blueprint.get("/<int:number>")
@requires(Permission.INTERVIEW)
def show(number: int) -> str:
    """One call: whom to call, what to say first, and what may become of it."""
    return _page(number)


@blueprint.get("/<int:number>/stop")
@requires(Permission.INTERVIEW)
def stop(number: int) -> str:
    """In the middle of the questions: when to go on, or why not."""
    return _page(number, stopping=True)


def _page(
    number: int, *, stopping: bool = False, form: AgainForm | None = None, problem: UserError | None = None
) -> str:
    call = queries.call(read_session(), number, current_user().id)
    ticket = ticket_of(call.invitation)
    saved = responses.draft(read_session(), ticket)
    language = spoken(
        ticket.definition, request.values.get("speak"), saved.language if saved else None, ticket.language
    )
    policy = outreach_policy(read_session())
    return render_template(
        "pages/calls/stop.html" if stopping else "pages/calls/call.html",
        call=call,
        number=number,
        spoken=language,
        languages_of=[code for code in LANGUAGES if code in ticket.definition.languages],
        names=LANGUAGES,
        said=introduction(ticket.definition, ticket.branch, ticket, language, policy),
        retries=[one for one in ON_CALL if one.then == RETRY],
        finals=ON_STOP if stopping else [one for one in ON_CALL if one.then == FINAL],
        form=form or AgainForm(day=_next_day(policy).date()),
        problem=problem,
        begun=saved is not None,
        policy=policy,
        dispositions=DISPOSITIONS,
        until=call.invitation.held_until,
    )


def _next_day(policy: Outreach) -> datetime:
    """The day that is offered for calling again: the next one on which customers are called."""
    tomorrow = clock.start_of(clock.local(clock.end_of(clock.today())).date())
    return clock.local(hours.next_moment(tomorrow, policy))


def ticket_of(invitation: Invitation) -> Ticket:
    """The right to answer by telephone. Conflict: answered meanwhile; Gone: the survey has ended."""
    return replace(tickets.by_token(read_session(), invitation.token), mode=tickets.PHONE)


def introduction(definition: Definition, branch: Branch, ticket: Ticket, language: str, policy: Outreach) -> list[str]:
    """What is read aloud before the first question, in the customer's language: who calls, for whom, what for.

    How to make sure of the caller is the organisation's own sentence, where it has one in that language.
    """
    with speaking(language):
        values = {
            "org": organisation.organisation_name(read_session(), language),
            "branch": branch.name,
            "date": format_date(ticket.visited_on) if ticket.visited_on else "",
        }
        told = [
            _(
                "Hello, this is a call on behalf of %(org)s about the visit to the branch %(branch)s on %(date)s.",
                **values,
            ),
            _("We ask how the service was, so that it can be improved. There are a few questions, about two minutes."),
            _("Answering is voluntary: any question may be skipped, and it is fine to stop at any time."),
            _("We will not ask for a password or an account number, and nothing will be offered for sale."),
            policy.verify.get(language, "")
            or _("To make sure that the call is genuine, you may call %(org)s at its published number.", **values),
            _("The call is not recorded. The branch sees results of a group, without names."),
            _("Is this a good time?"),
        ]
    return [one for one in told if one]


@blueprint.post("/<int:number>/back")
@requires(Permission.INTERVIEW)
def give_back(number: int) -> ResponseReturnValue:
    """Not now: the call goes back untried."""
    with transaction(actor(), "call.back", invitation=number) as writing:
        calling.give_back(writing, number, current_user().id)
    return redirect(url_for("calls.index", done="back"), 303)


@blueprint.post("/<int:number>/close")
@requires(Permission.INTERVIEW)
def close(number: int) -> ResponseReturnValue:
    """Write down what became of the call; from then on the number is gone from the page."""
    key, stopping = request.form.get("outcome", ""), request.form.get("from") == "stop"
    form = AgainForm(request.form)
    again_at = None
    if key == LATER:
        if not form.validate():
            return _page(number, stopping=stopping, form=form), 422
        again_at = _moment(form)
    try:
        with transaction(actor(), "call.close", invitation=number, outcome=key) as writing:
            calling.close(writing, number, current_user().id, key, again_at)
    except Conflict:
        raise
    except UserError as problem:
        stop_reading()
        return _page(number, stopping=stopping, form=form, problem=problem), problem.status
    return redirect(url_for("calls.index", done=key), 303)


def _moment(form: AgainForm) -> datetime:
    """The day and the hour of a validated form, on the organisation's clock."""
    return datetime.combine(form.day.data, form.at.data, tzinfo=clock.TIME_ZONE)


@blueprint.errorhandler(Conflict)
def lost(problem: Conflict) -> tuple[str, int]:
    """The call is not in this interviewer's hand: what happened, and the way to the next one."""
    return _desk(problem), problem.status
