"""Mystery visits on a shopper's phone: what to do, the briefing, the report page by page, and sending it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.questionnaire.build import Page, PageForm
from survey_app import clock
from survey_app.commands import profile, responses
from survey_app.commands.attaching import save_page
from survey_app.commands.evidence import LARGEST_PAGE, or_gone
from survey_app.errors import Conflict, UserError
from survey_app.models.fieldwork import REJECTED
from survey_app.permissions import Permission
from survey_app.queries import appeals, notices, tickets, worklists
from survey_app.queries import shops as queries
from survey_app.queries.shops import Gap
from survey_app.transaction import transaction
from survey_app.web import uploads
from survey_app.web.field import start_page
from survey_app.web.filling import Filling, attached, spoken, worth_keeping
from survey_app.web.security import requires, takes
from survey_app.web.sending import KEEP, received
from survey_app.web.support import actor, current_user, read_session, stop_reading
from survey_app.web.visits import ASSIGNMENTS
from survey_app.web.wording import words_of
from translations import activate, direction

blueprint = Blueprint("shops", __name__, url_prefix="/shops")

#: What a button of a page asks for besides the next page.
BACK, LATER, SUMMARY, MISSING = "back", "later", "summary", "missing"


@dataclass(frozen=True)
class Part:
    """One page of the report in the shopper's table of contents."""

    page: Page
    done: int
    total: int
    missing: int


@blueprint.get("")
@requires(Permission.DO_SHOPS)
def index() -> ResponseReturnValue:
    """The shopper's visits: the app's first screen, and the same list for a browser without scripts."""
    return start_page(done=request.args.get("done") == "1")


@blueprint.get("/<int:number>")
@requires(Permission.DO_SHOPS)
def briefing(number: int) -> str:
    """Where to go, when, and what to play; and how far the report is."""
    try:
        filling = _filling(number)
    except Conflict:
        return _closed(number)
    return render_template(
        "pages/shops/briefing.html",
        visit=filling.ticket.assignment,
        parts=_parts(filling),
        begun=bool(filling.answers),
        notice=notices.shown(read_session(), filling.definition, filling.notice_id),
        words=words_of(filling),
        asked_back=queries.asked_back(read_session(), filling.ticket.response_id),
        appeal=None,
        appealed=None,
        rejected=None,
        today=clock.today(),
        states=ASSIGNMENTS,
    )


def _closed(number: int) -> str:
    """A visit that is no longer the shopper's to write: its particulars and what became of it."""
    session, user = read_session(), current_user()
    visit = worklists.shop(session, number, user.id)
    offered = [one for one in appeals.offers(session, user) if one.response.id == visit.response_id]
    return render_template(
        "pages/shops/briefing.html",
        visit=visit,
        parts=[],
        begun=False,
        notice=None,
        asked_back=None,
        appeal=offered[0] if offered else None,
        appealed=queries.appealed(session, visit.response_id),
        rejected=queries.rejected(session, visit.response_id) if visit.state == REJECTED else None,
        today=clock.today(),
        states=ASSIGNMENTS,
    )


@blueprint.route("/<int:number>/<page>", methods=["GET", "POST"])
@requires(Permission.DO_SHOPS)
@takes(LARGEST_PAGE, form="shops.report")
def report(number: int, page: str) -> ResponseReturnValue:
    """One page of the report."""
    filling = _filling(number)
    wanted = filling.page(page)
    if wanted is None:
        return redirect(url_for("shops.briefing", number=number), 303)
    if request.method == "GET":
        return _show(number, filling, wanted, filling.form(wanted))
    sent = received(read_session(), filling.ticket.response_id, wanted.questions, request.form)
    arrival = uploads.receive(filling.ticket, wanted.questions)
    arrival.into(sent, wanted.questions)
    form = filling.form(wanted, sent)
    sound = form.validate()
    files = arrival.files
    with or_gone(files.arrived), transaction(actor(), "shop.save", assignment=number) as session:
        saved, said = save_page(session, filling.ticket, wanted.questions, worth_keeping(form), filling.language, files)
        answers = dict(saved.answers)
    arrival.kept(sent, answers, said)
    if request.form.get("go") == KEEP:
        return "", 204
    filling = filling.with_answers(answers)
    language = request.form.get("to")
    if language:
        _speak(language)
        filling = _filling(number)
    if form.unread or arrival.faults or (not sound and request.form.get("go") == "next"):
        again = filling.form(wanted, sent)
        again.validate()
        arrival.tell(again)
        return _show(number, filling, wanted, again)
    return redirect(_onward(number, filling, wanted), 303)


def _speak(language: str) -> None:
    with transaction(actor(), "account.language") as session:
        profile.choose_language(session, current_user().id, language)
    stop_reading()
    activate(language)


def _onward(number: int, filling: Filling, page: Page) -> str:
    """Where the button that was pressed leads."""
    wish, onto = request.form.get("go", ""), request.form.get("onto", "")
    if request.form.get("to"):
        return url_for("shops.report", number=number, page=page.code)
    if onto == MISSING:
        first = next(iter(_gaps(filling)), None)
        if first is not None:
            return url_for("shops.report", number=number, page=first.page.code, _anchor=first.question.code)
    target = filling.page(onto) if onto else filling.before(page) if wish == BACK else filling.after(page)
    if target is not None:
        return url_for("shops.report", number=number, page=target.code)
    return url_for("shops.briefing" if wish == BACK else "shops.summary", number=number)


@blueprint.route("/<int:number>/summary", methods=["GET", "POST"])
@requires(Permission.DO_SHOPS)
def summary(number: int) -> ResponseReturnValue:
    """What is still missing; when nothing is, sending."""
    filling = _filling(number)
    missing = _gaps(filling)
    if request.method == "GET" or missing:
        return _summary(number, filling, missing), 200 if request.method == "GET" else 422
    presentation = {"first": "lowest", "direction": direction(filling.language), "layout": "unknown"}
    try:
        with transaction(actor(), "shop.submit", assignment=number) as session:
            responses.submit(
                session, filling.ticket, language=filling.language, channel="shop", presentation=presentation
            )
    except UserError as problem:
        return _summary(number, filling, missing, problem), problem.status
    return redirect(url_for("shops.briefing", number=number), 303)


def _summary(number: int, filling: Filling, missing: list[Gap], problem: UserError | None = None) -> str:
    faults = [(code, filling.page_of(code)) for code, _message in problem.places] if problem else []
    empty = [
        question
        for question in filling.asked
        if question.code not in filling.answers
        and question.code not in filling.without
        and question.type != "checkbox"
        and all(question.code != gap.question.code for gap in missing)
    ]
    voided = any(question.voids and filling.answers.get(question.code) is True for question in filling.asked)
    return render_template(
        "pages/shops/summary.html",
        number=number,
        visit=filling.ticket.assignment,
        filling=filling,
        missing=missing,
        faulty=next(((code, page) for code, page in faults if page is not None), None),
        asked_back=queries.asked_back(read_session(), filling.ticket.response_id),
        empty=[] if voided else empty,
        voided=voided,
        problem=problem,
        last=filling.pages[-1],
        words=words_of(filling),
    )


def _show(number: int, filling: Filling, page: Page, form: PageForm) -> ResponseReturnValue:
    errors = form.error_summary
    return (
        render_template(
            "pages/shops/page.html",
            number=number,
            visit=filling.ticket.assignment,
            filling=filling,
            page=page,
            form=form,
            errors=errors,
            unread=bool(form.unread),  # typed, but not to be kept as it is: going on would lose it
            parts=_parts(filling),
            back=filling.before(page),
            asked_back=queries.asked_back(read_session(), filling.ticket.response_id),
            words=words_of(filling),
            without=filling.without,
            files=attached(filling, page),
        ),
        422 if errors else 200,
    )


def _filling(number: int) -> Filling:
    """The shopper's own visit as far as it is written. NotFound: not theirs; Conflict: no longer theirs to write."""
    user = current_user()
    ticket = tickets.by_assignment(read_session(), number, user.id)
    saved = responses.draft(read_session(), ticket)
    language = spoken(ticket.definition, user.language)
    return Filling(ticket, language, saved.answers if saved else {}, saved.notice_id if saved else None)


def _gaps(filling: Filling) -> list[Gap]:
    return queries.gaps(filling.ticket, filling.pages, filling.answers)


def _parts(filling: Filling) -> list[Part]:
    """The table of contents: how much of each page is written."""
    missing = [gap.page.code for gap in _gaps(filling)]
    asked = {question.code for question in filling.asked}
    parts = []
    for page in filling.pages:
        codes = page.codes & asked
        done = sum(code in filling.answers or code in filling.without for code in codes)
        parts.append(Part(page, done, len(codes), missing.count(page.code)))
    return parts
