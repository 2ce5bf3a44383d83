"""Appeals: filed by the branch or the shopper against a report, with files; decided by somebody from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.appeals import ITEM_OUTCOMES, WHOLE_OUTCOMES, DecisionForm, FilingForm, decision_form, filing_form, name
from forms.questionnaire.types import display
from survey_app import clock
from survey_app.commands import appeals as commands
from survey_app.commands import evidence
from survey_app.commands.appeals import FILE, Decision
from survey_app.commands.evidence import LARGEST_PAGE, Arrived, Sent
from survey_app.errors import NotFound, UserError
from survey_app.models.appeal import BRANCH, DECIDED, OPEN, OVERTURNED, PARTLY, UPHELD, WITHDRAWN
from survey_app.permissions import Permission, may
from survey_app.queries import appeals as queries
from survey_app.queries import evidence as files
from survey_app.queries import seen, worklists
from survey_app.queries.appeals import WHOLE, Case, Window
from survey_app.queries.reports import rows
from survey_app.queries.worklists import Report
from survey_app.transaction import transaction
from survey_app.web import evidence as shown
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import limiter, requires, takes
from survey_app.web.support import actor, current_user, read_session, stop_reading
from survey_app.web.visits import REPORTS
from survey_app.web.wording import words_told
from translations import current_language
from translations import lazy_gettext as _l

blueprint = Blueprint("appeals", __name__, url_prefix="/appeals")

_P: Final = Permission
_SIDES: Final = (_P.FILE_APPEALS, _P.DO_SHOPS)
_ALL: Final = (*_SIDES, _P.DECIDE_APPEALS)
#: State of an appeal -> (words, kind of badge).
STATES: Final[Mapping[str, tuple[Any, str]]] = {
    OPEN: (_l("Being looked into"), "warn"),
    DECIDED: (_l("Decided"), ""),
    WITHDRAWN: (_l("Withdrawn"), ""),
}
#: Outcome of an item -> (words, kind of badge).
OUTCOMES: Final[Mapping[str, tuple[Any, str]]] = {
    UPHELD: (_l("Not accepted"), ""),
    PARTLY: (_l("Accepted in part"), "good"),
    OVERTURNED: (_l("Accepted"), "good"),
}
SIDES: Final[Mapping[str, Any]] = {BRANCH: _l("Branch"), "shopper": _l("Mystery shopper")}
#: Why a shopper may appeal.
WHY: Final[Mapping[str, Any]] = {
    "": "",
    "rejected": _l("The report was rejected"),
    "corrected": _l("Answers were corrected"),
}
#: What is said on an appeal's page after an act.
SAID: Final[Mapping[str, Any]] = {
    "filed": _l("The appeal was filed. Files can be added until it is decided."),
    "added": _l("The file was added."),
    "decided": _l("The appeal was decided. Answers, score and reports follow."),
    "withdrawn": _l("The appeal was withdrawn."),
}
#: Pages with files that one person may send.
OFTEN: Final = "60 per hour"


@blueprint.app_template_global("appeals_against")
def against(response_id: str) -> dict[str, Any]:
    """What a page that shows a report says of appeals against it, and where its reader may file one."""
    session, user = read_session(), current_user()
    own = None
    if may(user, _P.FILE_APPEALS):
        with suppress(NotFound):  # it counted once, and does not any more
            own = queries.filing(session, user, response_id)[1].until
    return {
        "decided": queries.outcomes(session, response_id),
        "open": queries.is_open(session, response_id),
        "until": own,
        "outcomes": OUTCOMES,
    }


@blueprint.get("")
@requires(*_ALL)
def index() -> str:
    """Whoever decides sees what waits and what was decided; a side sees what may be appealed against, and its own."""
    session, user = read_session(), current_user()
    decides = may(user, _P.DECIDE_APPEALS)
    state = request.args.get("state", OPEN)
    state = state if state in (OPEN, DECIDED) else OPEN
    total = (
        queries.to_decide(session, user, state=state, limit=0) if decides else queries.filed(session, user, limit=0)
    ).total
    pages = paging(total)
    if decides:
        listed = queries.to_decide(session, user, state=state, limit=PAGE, offset=pages.offset)
    else:
        listed = queries.filed(session, user, limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/appeals/index.html",
        decides=decides,
        state=state,
        cases=listed.cases,
        pages=pages,
        offers=[] if decides else queries.offers(session, user),
        hindered=lambda one: queries.hindrance(session, user, one) if one.appeal.state == OPEN else None,
        age=lambda moment: (clock.today() - clock.local(moment).date()).days,
        states=STATES,
        outcomes=OUTCOMES,
        sides=SIDES,
        why=WHY,
    )


# ---- filing ----------------------------------------------------------------------------------------------------------


@blueprint.get("/report/<response_id>")
@requires(*_SIDES)
def begin(response_id: str) -> str:
    """The items of a report that may be appealed against."""
    report, window = queries.filing(read_session(), current_user(), response_id)
    return _filing_page(report, window, filing_form(list(window.open)))


@blueprint.post("/report/<response_id>")
@requires(*_SIDES)
@takes(LARGEST_PAGE, form="appeals.begin")
@limiter.limit(OFTEN, methods=["POST"])
def send(response_id: str) -> ResponseReturnValue:
    """File an appeal with its files. Sent twice, the second leads to the first."""
    user = current_user()
    report, window = queries.filing(read_session(), user, response_id)
    form = filing_form(list(window.open), request.form)
    if not form.validate():
        return _filing_page(report, window, form), 422
    for code in window.open:
        if code not in form.reasons and any(one.filename for one in request.files.getlist(name("files", code))):
            form[name("reason", code)].errors = [_l("Say why the score is doubted.")]
    if form.errors:
        return _filing_page(report, window, form), 422
    try:
        with transaction(actor(), "appeals.file", response=response_id) as session:
            appeal = commands.file(session, user, response_id, form.reasons, form.words.data or "")
    except UserError as problem:
        before = _same(response_id)
        if before is not None:
            return redirect(url_for("appeals.show", appeal_id=before), 303)
        form.form_errors.append(problem.message)
        return _filing_page(report, window, form), problem.status
    faults = _add_files(appeal.id, [one.question for one in appeal.items])
    if faults:
        stop_reading()
        return _page(_case(appeal.id), said="filed", faults=faults)
    return redirect(url_for("appeals.show", appeal_id=appeal.id, done="filed"), 303)


def _same(response_id: str) -> int | None:
    """The open appeal of the reader's own against a report, where the same form was sent twice."""
    stop_reading()
    listed = queries.filed(read_session(), current_user(), limit=PAGE).cases
    own = [one for one in listed if one.appeal.response_id == response_id and one.appeal.state == OPEN]
    sent = {
        part.removeprefix("reason_")
        for part, value in request.form.items()
        if part.startswith("reason_") and value.strip()
    }
    return next((one.appeal.id for one in own if {item.question for item in one.appeal.items} == sent), None)


def _add_files(appeal_id: int, codes: Sequence[str]) -> list[str]:
    """Read the files that came beside some items and give them to the appeal; gives what is to be said of others."""
    faults: list[str] = []
    for code in codes:
        arrived: list[Arrived] = []
        chosen = [one for one in request.files.getlist(name("files", code)) if one.filename]
        for place, one in enumerate(chosen, start=1):
            try:
                arrived.append(evidence.receive(FILE, Sent(one.filename or "", one.stream), place, proof=True))
            except UserError as error:
                faults.append(error.message)
        if arrived:
            with ExitStack() as stack:
                stack.enter_context(evidence.or_gone(arrived))
                session = stack.enter_context(transaction(actor(), "appeals.attach", appeal=appeal_id))
                faults.extend(commands.attach(session, current_user(), appeal_id, code, arrived))
    return faults


def _filing_page(report: Report, window: Window, form: FilingForm) -> str:
    session, language = read_session(), current_language()
    sections: list[tuple[Any, list[Any]]] = []
    for section in report.definition.sections:
        found = [row for row in rows(section, report, language) if row.question.code in window.open]
        if found:
            sections.append((section, found))
    return render_template(
        "pages/appeals/file.html",
        report=report,
        response=report.response,
        window=window,
        whole=WHOLE,
        sections=sections,
        form=form,
        errors=form.error_summary,
        field=lambda part, code: form[name(part, code)],
        name=name,
        most=commands.MOST_FILES,
        branch_side=window.side == BRANCH,
        told=lambda question, value: display(question, value, language),
        files=files.of_response(session, report.response.id),
        words=words_told(report.definition, report.answers, report.response.branch, language),
    )


# ---- one appeal ------------------------------------------------------------------------------------------------------


def _case(appeal_id: int) -> Case:
    return queries.case(read_session(), current_user(), appeal_id)


@blueprint.get("/<int:appeal_id>")
@requires(*_ALL)
def show(appeal_id: int) -> str:
    """One appeal: to follow for who filed it, to decide for who may."""
    return _page(_case(appeal_id), said=request.args.get("done", ""))


@blueprint.post("/<int:appeal_id>/files")
@requires(*_SIDES)
@takes(LARGEST_PAGE, form="appeals.show")
@limiter.limit(OFTEN, methods=["POST"])
def add_files(appeal_id: int) -> ResponseReturnValue:
    """Add files to items of an open appeal."""
    one = _case(appeal_id)
    faults = _add_files(appeal_id, [item.question for item in one.appeal.items])
    if faults:
        stop_reading()
        return _page(_case(appeal_id), faults=faults), 422
    return redirect(url_for("appeals.show", appeal_id=appeal_id, done="added"), 303)


@blueprint.post("/<int:appeal_id>/withdrawal")
@requires(*_SIDES)
def withdraw(appeal_id: int) -> ResponseReturnValue:
    """Take an appeal back."""
    if _case(appeal_id).appeal.state != WITHDRAWN:
        with transaction(actor(), "appeals.withdraw", appeal=appeal_id) as session:
            commands.withdraw(session, current_user(), appeal_id)
    return redirect(url_for("appeals.show", appeal_id=appeal_id, done="withdrawn"), 303)


@blueprint.post("/<int:appeal_id>/decision")
@requires(_P.DECIDE_APPEALS)
def decide(appeal_id: int) -> ResponseReturnValue:
    """Decide every item of an appeal."""
    one = _case(appeal_id)
    report = worklists.shop_report(read_session(), one.appeal.response_id)
    form = _decision(one, report, request.form)
    if not form.validate():
        return _page(one, form=form), 422
    decisions = {
        code: Decision(
            form[name("outcome", code)].data,
            form[name("answer", code)].data or "",
            request.form.getlist(name("value", code)),
        )
        for code in form.codes
    }
    try:
        with transaction(actor(), "appeals.decide", appeal=appeal_id) as session:
            commands.decide(
                session,
                current_user(),
                appeal_id,
                decisions,
                form.answer.data or "",
                shown=request.form.get("seen", ""),
            )
    except UserError as problem:
        form.form_errors.append(problem.message)
        stop_reading()  # it may look different by now
        return _page(_case(appeal_id), form=form), problem.status
    return redirect(url_for("appeals.show", appeal_id=appeal_id, done="decided"), 303)


def _decision(one: Case, report: Report, sent: Any = None) -> DecisionForm:
    questions = {item.question: report.definition.by_code.get(item.question) for item in one.appeal.items}
    return decision_form(questions, one.appeal.side, current_language(), report.answers, sent)


def _page(one: Case, form: DecisionForm | None = None, said: str = "", faults: Sequence[str] = ()) -> str:
    session, user, language = read_session(), current_user(), current_language()
    report = worklists.shop_report(session, one.appeal.response_id)
    decides = may(user, _P.DECIDE_APPEALS)
    refusal = queries.hindrance(session, user, one) if decides else None
    if form is None and decides and refusal is None:
        form = _decision(one, report)
    own_side = queries.side_of(user, one.response.branch, one.visit) == one.appeal.side
    errors = [("", fault) for fault in faults] + (form.error_summary if form is not None else [])
    return render_template(
        "pages/appeals/appeal.html",
        one=one,
        appeal=one.appeal,
        response=one.response,
        report=report,
        asked=report.definition.by_code,
        seen=seen.stamp(session, one.response) if form is not None else "",
        sections=[(section, rows(section, report, language)) for section in report.definition.sections]
        if decides
        else [],
        form=form,
        errors=errors,
        field=lambda part, code: form[name(part, code)] if form is not None else None,
        name=name,
        decides=decides,
        refusal=refusal,
        changes=own_side and one.appeal.state == OPEN,
        said=SAID.get(said),
        attached=queries.files_of(session, one.appeal.id) if own_side or decides else {},
        files=files.of_response(session, one.response.id),
        told=lambda question, value: display(question, value, language),
        states=STATES,
        outcomes=OUTCOMES,
        chosen=lambda item: (ITEM_OUTCOMES if item.question else WHOLE_OUTCOMES[one.appeal.side])[item.outcome],
        sides=SIDES,
        reports=REPORTS,
        most=commands.MOST_FILES,
        words=words_told(report.definition, report.answers, one.response.branch, language),
    )


@blueprint.get("/<int:appeal_id>/files/<file_id>")
@requires(*_ALL)
def file(appeal_id: int, file_id: str) -> Response:
    """A file of an appeal."""
    return shown.whole(queries.file(read_session(), current_user(), appeal_id, file_id))


@blueprint.get("/<int:appeal_id>/files/<file_id>/small")
@requires(*_ALL)
def small(appeal_id: int, file_id: str) -> Response:
    """A small view of a picture of an appeal."""
    return shown.view(queries.file(read_session(), current_user(), appeal_id, file_id))
