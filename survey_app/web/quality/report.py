"""One report beside its scenario, evidence, timing and its shopper's history; and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from forms import phrases
from forms.desk import DecisionForm
from forms.fieldwork import CorrectionForm, correction_form
from forms.questionnaire.types import display
from survey_app import clock
from survey_app.commands import quality as commands
from survey_app.errors import UserError
from survey_app.field.flag_words import risk, said
from survey_app.field.flags import Mark, marks
from survey_app.field.told import Told
from survey_app.models.fieldwork import REJECTED, RETURNED
from survey_app.models.response import COUNTED, PENDING
from survey_app.models.response import RETURNED as REPORT_RETURNED
from survey_app.permissions import Permission, may
from survey_app.queries import desk, desk_facts, desk_history, evidence, organisation, seen, settled, worklists
from survey_app.queries.reports import Row, duration, rows
from survey_app.queries.worklists import Report
from survey_app.transaction import transaction
from survey_app.web.quality.frame import OUTCOMES, WAS_DECIDED, blueprint, judges, opened, order_asked
from survey_app.web.quality.queue import DECIDED
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, stop_reading
from survey_app.web.visits import ASSIGNMENTS, REPORTS
from survey_app.web.wording import words_told
from translations import current_language
from translations import gettext as _

#: States in which a reviewer may still correct an answer.
CORRECTABLE: Final = frozenset({PENDING, COUNTED})
#: Decisions that cannot be made without a word to the shopper.
WITH_WORDS: Final = frozenset({RETURNED, REJECTED})


@blueprint.get("/<response_id>")
@requires(Permission.REVIEW_SHOPS, Permission.SEE_SHOP_REPORT)
def report(response_id: str) -> ResponseReturnValue:
    """One report. A reviewer sees it in every state, others once it counts and the branch is theirs to see."""
    found = opened(response_id)
    question = found.definition.by_code.get(request.args.get("correct", ""))
    correction = None
    if question is not None and judges(found) and question.code not in settled.items(read_session(), response_id):
        correction = correction_form(question, current_language(), None, found.answers.get(question.code))
    return _page(found, correction=correction)


@blueprint.post("/<response_id>/decision")
@requires(Permission.REVIEW_SHOPS)
def decide(response_id: str) -> ResponseReturnValue:
    """Approve, send back or reject; then on to the next report, where the reader goes through the queue."""
    found = opened(response_id)
    outcome = request.form.get("outcome", "")
    if outcome not in OUTCOMES:
        return _page(found, failed=[("", _("Choose what to do with the report."))]), 422
    form = _form(outcome, found, request.form)
    if not form.validate():
        return _page(found, form), 422
    going = request.form.get("order", "") in desk.ORDERS
    passed = desk.place(read_session(), response_id, order_asked()) if going else ()
    words = commands.Words(
        form.note.data or "", form.phrases.data or (), form.questions.data or (), form.answer_by.data
    )
    try:
        with transaction(actor(), "quality.review", response=response_id, outcome=outcome) as session:
            commands.review(session, current_user(), response_id, outcome, words=words, shown=_shown())
    except UserError as problem:
        _tell(form, problem)
        stop_reading()  # it may look different by now
        found = opened(response_id)
        return _page(found, form), problem.status
    if not going:
        return redirect(url_for("quality.index", decided=outcome), 303)
    stop_reading()
    onward = desk.following(read_session(), current_user(), order=order_asked(), passed=passed)
    if onward is None:
        return redirect(url_for("quality.index", decided=outcome, order=order_asked()), 303)
    return redirect(url_for("quality.report", response_id=onward, order=order_asked(), decided=outcome), 303)


def _shown() -> str:
    """The stamp of the report that the form was shown with."""
    return request.form.get("seen", "")


def _tell(form: DecisionForm, problem: UserError) -> None:
    """Put what stood in the way where it can be mended, or above the form."""
    places = {name for name, _words in problem.places}
    for field in form:
        if field.name in places:
            field.errors = [problem.message]
            return
    form.form_errors.append(problem.message)


@blueprint.post("/<response_id>/corrections/<code>")
@requires(Permission.REVIEW_SHOPS)
def correct(response_id: str, code: str) -> ResponseReturnValue:
    """Change one answer, with the reason; score and facts follow, and what stood before stays as a version."""
    found = opened(response_id)
    question = found.definition.by_code.get(code)
    if question is None:
        abort(404)
    form = correction_form(question, current_language(), request.form, found.answers.get(code))
    if not form.validate():
        return _page(found, correction=form), 422
    try:
        with transaction(actor(), "quality.correct", response=response_id, question=code) as session:
            typed, reason = request.form.getlist("value"), form.reason.data or ""
            commands.correct(session, current_user(), response_id, code, typed, reason, shown=_shown())
    except UserError as problem:
        form.form_errors.append(problem.message)
        stop_reading()
        found = opened(response_id)
        return _page(found, correction=form), problem.status
    order = request.form.get("order") or None
    return redirect(url_for("quality.report", response_id=response_id, order=order, _anchor=f"item-{code}"), 303)


def _form(outcome: str, found: Report, sent: Any = None) -> DecisionForm:
    language = current_language()
    asked = [
        (row.question.code, f"{row.question.code} · {_plain(found, row)}")
        for section in found.definition.sections
        for row in rows(section, found, language)
    ]
    return DecisionForm(
        outcome,
        sent,
        needs_words=outcome in WITH_WORDS,
        phrases=[(one.code, one.said(language)) for one in phrases.offered(outcome)],
        questions=asked if outcome == RETURNED else (),
        answer_by=clock.today() + timedelta(days=desk_facts.rules_of(found.assignment).return_days),
    )


def _plain(found: Report, row: Row) -> str:
    words = words_told(found.definition, found.answers, found.response.branch, current_language())
    return str(words(row.question.text))


def _beside(found: Report) -> Mapping[str, Any]:
    """What only a reviewer sees: the marks, the timing, the shopper's history, late items, second copies."""
    session, response, visit = read_session(), found.response, found.assignment
    told: Told = desk_facts.told(session, [response])[response.id]
    listed: list[Mark] = marks(told) if response.state in {PENDING, REPORT_RETURNED} else []
    shopper_id = visit.shopper_id if visit is not None else None
    return {
        "marks": [(one.code, said(one)) for one in listed],
        "mark_codes": {code for one in listed for code in _about(one)},
        "risk": risk(listed),
        "taps": told.taps,
        "stay": told.visit,
        "needed": told.needed_s,
        "near": told.near_m,
        "position_asked": told.position_asked,
        "history": _history(session, shopper_id, response.id),
        "late": desk.late_items(session, response.id),
        "copies": desk.copies(session, response.id),
        "versions": len(desk_history.versions(session, response.id)),
    }


def _history(session: Session, shopper_id: int | None, response_id: str) -> desk_history.History | None:
    """How the shopper has done so far, without what the reader is to read a second time and blind."""
    if shopper_id is None:
        return None
    return desk_history.history(session, shopper_id, response_id, desk.blind_open(session, current_user()))


def _about(mark: Mark) -> list[str]:
    """The questions that a mark is about."""
    one = mark.values.get("question")
    return [*mark.values.get("questions", ()), *([one] if one else [])]


def _overdue(found: Report) -> bool:
    visit = found.assignment
    day = visit.answer_by if visit is not None else None
    return found.response.state == REPORT_RETURNED and day is not None and day < clock.today()


def _page(
    found: Report,
    sent: DecisionForm | None = None,
    correction: CorrectionForm | None = None,
    failed: list[tuple[str, str]] | None = None,
) -> str:
    session, user, judged = read_session(), current_user(), judges(found)
    limit = organisation.policy(session).shop_na_limit
    reviewing = may(user, Permission.REVIEW_SHOPS)
    sections: list[tuple[Any, list[Row]]] = [
        (section, rows(section, found, current_language())) for section in found.definition.sections
    ]
    decides = judged and found.response.state == PENDING
    offered = [one for one in OUTCOMES if decides or (one == REJECTED and judged and _overdue(found))]
    forms = {one: sent if sent is not None and sent.outcome == one else _form(one, found) for one in offered}
    beside = _beside(found) if reviewing else {"late": [], "copies": []}
    awaited = [one for one in beside["late"] if one.state == "waiting"]
    open_copies = [one for one in beside["copies"] if one.settled_at is None]
    errors = [*(failed or []), *(sent.error_summary if sent else []), *(correction.error_summary if correction else [])]
    return render_template(
        "pages/quality/report.html",
        report=found,
        response=found.response,
        seen=seen.stamp(session, found.response) if judged else "",
        sections=sections,
        duration=duration(found),
        forms=forms,
        sent=sent,
        correction=correction,
        correcting=correction.value.question.code if correction else "",
        errors=errors,
        reviewing=reviewing,
        judged=judged,
        decides=decides,
        approvable=found.card.na_share <= limit and not awaited and not open_copies,
        awaited=awaited,
        open_copies=open_copies,
        corrects=judged and found.response.state in CORRECTABLE,
        settled=settled.items(session, found.response.id),
        settled_said=commands.settled_said(),
        outcomes=OUTCOMES,
        was_decided=WAS_DECIDED,
        states=REPORTS,
        visit_states=ASSIGNMENTS,
        people=worklists.names(session, [one.user_id for one in found.corrections]),
        said=lambda question, value: display(question, value, current_language()),
        files=evidence.of_response(session, found.response.id),
        words=words_told(found.definition, found.answers, found.response.branch, current_language()),
        order=request.values.get("order", "") if request.values.get("order", "") in desk.ORDERS else "",
        just_decided=DECIDED.get(request.args.get("decided", "")),
        today=clock.today(),
        **{name: value for name, value in beside.items() if name != "copies"},
    )
