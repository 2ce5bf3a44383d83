"""The survey as a customer meets it: a few pages in four languages, without a cookie, a login or a script.

The address is the ticket: ``/s/<token>`` of an invitation, ``/b/<code>`` of a place of collection or a branch, which
moves to its own ``/r/<id>`` once its first page is sent. Every page is kept as a draft; the last one makes the
response.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.questionnaire.build import Page, PageForm
from survey_app.commands import merging
from survey_app.commands.abuse import TooMany
from survey_app.commands.evidence import LARGEST_PAGE
from survey_app.commands.merging import Seen
from survey_app.errors import Conflict, Gone, UserError
from survey_app.queries import notices, tickets
from survey_app.queries.evidence import FILE_TYPES
from survey_app.queries.tickets import Ticket
from survey_app.web import guarding, thanking, uploads
from survey_app.web.arriving import Way, note_opening, promise, where_left
from survey_app.web.closing import already, closed, speak
from survey_app.web.filling import Filling, attached, spoken, worth_keeping
from survey_app.web.keeping import Sending, keep
from survey_app.web.security import public, takes
from survey_app.web.sending import KEEP, received
from survey_app.web.support import read_session, verification
from survey_app.web.telling import Told, question_named, tell_disputed, told
from survey_app.web.wording import words_of
from translations import activate, current_language

blueprint = Blueprint("respond", __name__)
blueprint.register_error_handler(UserError, closed)

#: What a button asks for besides going on: the page before.
BACK = "back"
#: Seconds that a survey is said to take where its questionnaire does not say.
QUICK: Final = 120
#: While it is filled in, a browser may keep a page to come back to it with all that was ticked. Once it is sent, the
#: page itself asks anew (static/respond.js).
KEPT: Final = "private, no-cache"


@blueprint.route("/s/<token>", methods=["GET", "POST"])
@blueprint.route("/s/<token>/<page>", methods=["GET", "POST"])
@public
@takes(LARGEST_PAGE, form="respond.personal")
def personal(token: str, page: str = "") -> ResponseReturnValue:
    """A customer's invitation."""
    session = read_session()
    try:
        ticket = tickets.by_token(session, token)
    except (Conflict, Gone):
        speak(tickets.language_of(session, token))
        try:
            ticket = tickets.by_token(session, token)  # the same again, in words that its customer reads
        except Conflict as answered:
            return already(tickets.response_of(session, token), answered)
    note_opening(ticket)
    return _serve(ticket, Way("respond.personal", {"token": token}), page)


@blueprint.route("/b/<branch>", methods=["GET", "POST"])
@public
@takes(LARGEST_PAGE, form="respond.opening")
def opening(branch: str) -> ResponseReturnValue:
    """An open link: its first page, sent under the id it was shown with, so that sent twice is begun once."""
    shown_under = request.form.get("response", "")
    try:
        ticket = tickets.opened(read_session(), branch, shown_under)
    except Conflict as answered:
        if not shown_under:
            raise  # a code that several banks use is no answer received
        return already(shown_under, answered, proven=guarding.was_shown(shown_under))
    return _serve(ticket, Way("respond.opening", {"branch": branch}, door=True), "")


@blueprint.route("/r/<response_id>", methods=["GET", "POST"])
@blueprint.route("/r/<response_id>/<page>", methods=["GET", "POST"])
@public
@takes(LARGEST_PAGE, form="respond.own")
def own(response_id: str, page: str = "") -> ResponseReturnValue:
    """An open link's respondent after the first page."""
    session = read_session()
    try:
        ticket = tickets.by_response(session, response_id)
    except (Conflict, Gone):
        speak(tickets.language_answered(session, response_id))
        try:
            ticket = tickets.by_response(session, response_id)
        except Conflict as answered:
            return already(response_id, answered, proven=guarding.was_shown(response_id))
    return _serve(ticket, _own(response_id), page)


def _own(response_id: str) -> Way:
    return Way("respond.own", {"response_id": response_id})


def _serve(ticket: Ticket, way: Way, page_code: str) -> ResponseReturnValue:
    saved = ticket.draft
    sending = request.method == "POST"
    language = spoken(
        ticket.definition,
        (request.form if sending else request.args).get("lang"),
        saved.language if saved else None,
        ticket.language,
        current_language(),
    )
    activate(language)
    filling = Filling(ticket, language, saved.answers if saved else {}, saved.notice_id if saved else None)
    page = filling.page(page_code.removesuffix(".")) if page_code else filling.pages[0]
    if page is None:
        return redirect(way.to(), 303)
    if sending:
        return _take(way, filling, page, begun=saved is not None)
    back_again = bool(filling.answers) and not way.door and (not page_code or "kept" in request.args)
    if back_again and not page_code:
        page = where_left(filling)
        if page.code != filling.pages[0].code:
            asked = {"lang": language} if request.args.get("lang") else {}
            return redirect(way.to(page, kept="1", **asked), 303)
    return _show(way, filling, page, filling.form(page), kept=back_again)


def _show(
    way: Way,
    filling: Filling,
    page: Page,
    form: PageForm,
    problem: UserError | None = None,
    *,
    kept: bool = False,
    disputed: bool = False,
) -> ResponseReturnValue:
    """The page as it stands; with 422 where something has to be mended first, 409 where two devices disagree."""
    words = words_of(filling)
    errors = told(form, words) + _faults(way, filling, problem)
    opening = page.code == filling.pages[0].code
    answer = make_response(
        render_template(
            "pages/respond/page.html",
            ticket=filling.ticket,
            filling=filling,
            questionnaire=filling.definition,
            page=page,
            form=form,
            seen=Seen.of(page, filling.answers),
            guard=guarding.guard(filling.ticket),
            errors=errors,
            disputed=disputed,
            opening=opening,
            action=way.to() if opening else way.to(page),
            first=way.to(filling.pages[0]),
            back=filling.before(page),
            last=filling.after(page) is None,
            span=filling.span(page),
            door=way.door,
            kept=kept and not errors,
            token=way.key.get("token"),
            minutes=max(1, round((filling.definition.estimated_seconds or QUICK) / 60)),
            privacy=promise(filling.ticket),
            verification=verification() if opening else "",
            notice=notices.shown(read_session(), filling.definition, filling.notice_id) if opening else None,
            words=words,
            without=filling.without,
            files=attached(filling, page),
        ),
        409 if disputed else 422 if errors else 200,
    )
    answer.headers["Cache-Control"] = KEPT
    return answer


def _faults(way: Way, filling: Filling, problem: UserError | None) -> list[Told]:
    """What stopped the sending, for the summary. Questions of other pages are named by their page's address."""
    if problem is None:
        return []
    words = words_of(filling)
    found = []
    for code, message in problem.places:
        page = filling.page_of(code)
        if page is not None:
            found.append((f"{way.to(page)}#{code}", message, question_named(filling, code, words)))
    return found or [("", problem.message, "")]


def _take(way: Way, filling: Filling, page: Page, *, begun: bool) -> ResponseReturnValue:
    """Keep what was sent and go where the button says."""
    sent = received(read_session(), filling.ticket.response_id, page.questions, request.form)
    arrival = uploads.receive(filling.ticket, page.questions)
    arrival.into(sent, page.questions)
    form = filling.form(page, sent)
    sound = form.validate()
    given = worth_keeping(form)
    wish, asked_language = request.form.get("go"), request.form.get("to")
    language = spoken(filling.definition, asked_language, filling.language)

    nothing = not arrival.added and not any(value is not None for value in given.values())
    if asked_language and not begun and nothing:
        return redirect(way.to(lang=language), 303)  # nothing was answered: nothing is stored
    # What a door was shown with is nobody's: its own browser alone can send it, and it begins afresh.
    seen = None if way.door else Seen.read(request.form.get("seen", ""), page)
    files = {one.code for one in page.questions if one.type in FILE_TYPES}
    typed = {code: value for code, value in given.items() if code not in files}

    def sound_with(answers: Mapping[str, Any], said: Mapping[str, list[str]]) -> bool:
        return not said and (seen is None or not merging.disputed(typed, answers, seen))

    sends = sound and not asked_language and wish not in {BACK, KEEP} and not arrival.faults
    sending = Sending(page, given, arrival.files, seen, way.door and not begun, sound_with if sends else None)
    try:
        done = keep(replace(filling, language=language), sending)
    except TooMany as problem:
        return _wait(way, filling, page, form, problem)
    except Conflict as answered:
        return already(None if filling.ticket.anonymous else filling.ticket.response_id, answered)
    onward = _own(filling.ticket.response_id) if way.door else way
    if done.sent:
        return _thank(filling, language, done.response_id)
    filling = done.filling
    arrival.kept(sent, filling.answers, done.said)
    disputed = merging.disputed(typed, filling.answers, seen) if seen is not None else {}
    if wish == KEEP:
        return "", 409 if disputed else 204
    if disputed or (not sound and wish != BACK) or arrival.faults:
        activate(language)
        mended = filling.form(page, sent)
        mended.validate()
        arrival.tell(mended)
        tell_disputed(mended, disputed, typed)
        return _show(onward, filling, page, mended, disputed=bool(disputed))
    if asked_language:
        return redirect(onward.to(page), 303)
    onto = filling.before(page) if wish == BACK else filling.after(page)
    if onto is not None:
        return redirect(onward.to(onto), 303)
    if done.refusal is not None:
        return _show(onward, filling, page, filling.form(page), done.refusal)
    return redirect(onward.to(page), 303)


def _wait(way: Way, filling: Filling, page: Page, form: PageForm, problem: TooMany) -> ResponseReturnValue:
    """Too many surveys were begun here at once: everything typed stands on the page, to be sent again."""
    answer = make_response(_show(way, filling, page, form, problem))
    answer.status_code = problem.status
    answer.headers["Retry-After"] = str(problem.wait)
    return answer


def _thank(filling: Filling, language: str, response_id: str) -> ResponseReturnValue:
    """On to the thanks; where the response is anonymous, nothing in their address leads to it."""
    if not response_id:
        return redirect(url_for("thanks.plain", code=filling.definition.code, lang=language), 303)
    return redirect(thanking.address(response_id), 303)
