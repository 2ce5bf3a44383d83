"""A questionnaire asked by telephone: the pages that the customer would fill in, worded to be read aloud.

The interviewer's screen stays in the interviewer's language; what is to be said stands in the customer's. Every page is
kept as a draft, so an interview that is broken off goes on where it stopped, by whoever calls again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from forms.questionnaire.build import Page, PageForm, open_form, render_text
from survey_app.audit import Actor
from survey_app.commands import afterwards as afterwards_commands
from survey_app.commands import calling, responses, tracking
from survey_app.commands.attaching import Files, save_page
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import ContactEvent, Invitation
from survey_app.outreach.dispositions import COMPLETED
from survey_app.permissions import Permission
from survey_app.queries import afterwards, organisation, tickets
from survey_app.queries import calls as queries
from survey_app.queries.afterwards import CONTEXT, Afterwards
from survey_app.queries.evidence import FILE_TYPES
from survey_app.transaction import transaction
from survey_app.web import calls, guarding
from survey_app.web.filling import Filling, spoken, worth_keeping
from survey_app.web.security import requires
from survey_app.web.sending import KEEP, received
from survey_app.web.support import actor, current_user, read_session, stop_reading
from survey_app.web.wording import words_of
from translations import LANGUAGES, direction
from translations import gettext as _

blueprint = Blueprint("interviews", __name__, url_prefix="/calls")

#: What a button asks for besides the next page.
BACK, STOP = "back", "stop"
#: More answers than this are not read out one by one: nobody keeps them in mind.
READ_OUT: Final = 7


@dataclass(frozen=True)
class Part:
    """One page of questions in the list of pages."""

    page: Page
    done: int
    total: int


@blueprint.get("/<int:number>/questions")
@requires(Permission.INTERVIEW)
def begin(number: int) -> ResponseReturnValue:
    """The first page on which something is still to be asked."""
    filling = _filling(number)
    left = [part.page for part in _parts(filling) if part.done < part.total]
    page = (left or filling.pages[-1:])[0]
    return redirect(url_for("interviews.ask", number=number, page=page.code, speak=request.args.get("speak")), 303)


@blueprint.route("/<int:number>/questions/<page>", methods=["GET", "POST"])
@requires(Permission.INTERVIEW)
def ask(number: int, page: str) -> ResponseReturnValue:
    """One page of questions."""
    if request.method == "POST":
        with transaction(Actor.respondent(), "call.hold") as writing:
            calling.hold(writing, number, current_user().id)
        stop_reading()
    filling = _filling(number)
    wanted = filling.page(page)
    if wanted is None:
        return redirect(url_for("interviews.begin", number=number), 303)
    if request.method == "GET":
        return _show(number, filling, wanted, filling.form(wanted))
    return _take(number, filling, wanted)


def _filling(number: int) -> Filling:
    call = queries.call(read_session(), number, current_user().id)
    ticket = calls.ticket_of(call.invitation)
    saved = responses.draft(read_session(), ticket)
    language = spoken(
        ticket.definition, request.values.get("speak"), saved.language if saved else None, ticket.language
    )
    return Filling(ticket, language, saved.answers if saved else {}, saved.notice_id if saved else None)


def _take(number: int, filling: Filling, page: Page) -> ResponseReturnValue:
    """Keep what was heard and go where the button says."""
    sent = received(read_session(), filling.ticket.response_id, page.questions, request.form)
    form = filling.form(page, sent)
    sound = form.validate()
    wish, onto = request.form.get("go", ""), request.form.get("onto", "")
    language = spoken(filling.definition, request.form.get("to"), filling.language)
    with transaction(Actor.respondent(), "call.save") as writing:
        saved, _said = save_page(writing, filling.ticket, page.questions, worth_keeping(form), language, Files())
        answers, started_at = dict(saved.answers), saved.started_at
        if answers:
            tracking.started(writing, filling.ticket)
    filling = replace(filling, answers=answers, language=language)
    if wish == KEEP:
        return "", 204
    if wish == STOP:
        return redirect(url_for("calls.stop", number=number), 303)
    if request.form.get("to"):
        return redirect(url_for("interviews.ask", number=number, page=page.code), 303)
    if form.unread or (not sound and wish == "next"):
        again = filling.form(page, sent)
        again.validate()
        return _show(number, filling, page, again)
    target = filling.page(onto) if onto else filling.before(page) if wish == BACK else filling.after(page)
    if target is not None:
        return redirect(url_for("interviews.ask", number=number, page=target.code), 303)
    if wish == BACK or onto:
        return redirect(url_for("calls.show", number=number), 303)
    return _send(number, filling, page, started_at)


def _send(number: int, filling: Filling, page: Page, started_at: Any) -> ResponseReturnValue:
    presentation = {"first": "lowest", "direction": direction(filling.language), "layout": "unknown"}
    try:
        with transaction(actor(), "call.answered", invitation=number) as writing:
            calling.hold(writing, number, current_user().id)
            marks = guarding.marks(writing, filling, page, filling.answers, started_at)
            response = responses.submit(
                writing,
                filling.ticket,
                language=filling.language,
                channel=tickets.PHONE,
                presentation=presentation,
                flags=marks,
            )
            calling.answered(writing, filling.ticket, current_user().id)
    except Conflict:
        raise
    except UserError as problem:
        return _show(number, filling, page, filling.form(page), problem)
    if response is None:
        return redirect(url_for("calls.index", done="answered"), 303)
    return redirect(url_for("interviews.after", response_id=response.id), 303)


def _show(
    number: int, filling: Filling, page: Page, form: PageForm, problem: UserError | None = None
) -> ResponseReturnValue:
    errors = form.error_summary + _faults(number, filling, problem)
    call = queries.call(read_session(), number, current_user().id)
    return (
        render_template(
            "pages/calls/interview.html",
            number=number,
            customer=call.customer,
            filling=filling,
            page=page,
            form=form,
            errors=errors,
            parts=_parts(filling),
            back=filling.before(page),
            last=filling.after(page) is None,
            span=filling.span(page),
            words=words_of(filling),
            without=filling.without,
            spoken=filling.language,
            languages_of=[code for code in LANGUAGES if code in filling.definition.languages],
            most=READ_OUT,
            unasked=FILE_TYPES,
        ),
        422 if errors else 200,
    )


def _faults(number: int, filling: Filling, problem: UserError | None) -> list[tuple[str, str]]:
    """What stopped the sending; questions of other pages are named by their page's address."""
    if problem is None:
        return []
    found = []
    for code, message in problem.places:
        page = filling.page_of(code)
        if page is not None:
            address = url_for("interviews.ask", number=number, page=page.code, _anchor=code)
            found.append((address, message))
    return found or [("", problem.message)]


def _parts(filling: Filling) -> list[Part]:
    asked = {question.code for question in filling.asked if question.type not in FILE_TYPES}
    return [
        Part(page, sum(code in filling.answers for code in codes), len(codes))
        for page in filling.pages
        if (codes := page.codes & asked) or not page.codes
    ]


@blueprint.route("/answered/<response_id>", methods=["GET", "POST"])
@requires(Permission.INTERVIEW)
def after(response_id: str) -> ResponseReturnValue:
    """The thanks to read aloud, and what the customer may still add: a wish to be called back, a line of praise."""
    found = _own(response_id)
    language = found.response.language
    sent = request.form if request.method == "POST" else None
    forms = _forms(found, language, sent)
    if sent is None:
        return _thanks(found, forms, language)
    faulty = [form for form in forms if not form.validate()]
    if faulty:
        return _thanks(found, forms, language), 422
    try:
        with transaction(actor(), "call.afterwards") as writing:
            given = {code: value for form in forms for code, value in form.answers.items()}
            afterwards_commands.add(writing, response_id, given)
    except UserError as problem:
        return _thanks(found, forms, language, [("", problem.message)]), problem.status
    return redirect(url_for("interviews.after", response_id=response_id), 303)


def _own(response_id: str) -> Afterwards:
    """The response of an interview that this interviewer made. NotFound for any other."""
    made = read_session().scalar(
        select(ContactEvent.id)
        .join(Invitation, Invitation.id == ContactEvent.invitation_id)
        .where(
            Invitation.response_id == response_id,
            ContactEvent.user_id == current_user().id,
            ContactEvent.code == COMPLETED,
        )
        .limit(1)
    )
    if made is None:
        raise NotFound(_("There is nothing at this address."))
    return afterwards.after(read_session(), response_id)


def _forms(found: Afterwards, language: str, sent: MultiDict[str, str] | None) -> list[PageForm]:
    return [open_form(found.definition, page, language, CONTEXT, found.answers, sent) for page in found.pages]


def _thanks(
    found: Afterwards, forms: list[PageForm], language: str, errors: list[tuple[str, str]] | None = None
) -> str:
    values = {
        "branch": found.response.branch.name,
        "unit": found.response.branch.name,
        "org": organisation.organisation_name(read_session(), language),
    }
    return render_template(
        "pages/calls/after.html",
        response_id=found.response.id,
        questionnaire=found.definition,
        forms=forms,
        errors=(errors or []) + [error for form in forms for error in form.error_summary],
        added=found.added,
        words=lambda text: render_text(text, values),
        without=frozenset(),
        spoken=language,
        most=READ_OUT,
        unasked=FILE_TYPES,
    )


@blueprint.errorhandler(Conflict)
def lost(problem: Conflict) -> tuple[str, int]:
    """The call is not in this interviewer's hand any more."""
    return calls.lost(problem)
