"""The reviewers' desk: reports of mystery visits that wait, one report with all its evidence, and what becomes of it.

The same report, once approved, is read by whoever may see the branch's shops.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.fieldwork import CorrectionForm, ReviewForm, correction_form
from forms.questionnaire.types import display
from survey_app import clock
from survey_app.commands import quality as commands
from survey_app.errors import UserError
from survey_app.models import Branch
from survey_app.models.fieldwork import APPROVED, REJECTED, RETURNED
from survey_app.models.response import COUNTED, PENDING
from survey_app.permissions import Permission, may
from survey_app.queries import evidence, organisation, worklists
from survey_app.queries.reports import Row, duration, flags, rows
from survey_app.queries.worklists import Report
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, scope
from survey_app.web.visits import REPORTS
from survey_app.web.wording import words_told
from translations import current_language
from translations import lazy_gettext as _l

blueprint = Blueprint("quality", __name__, url_prefix="/quality")

OUTCOMES: Final[Mapping[str, Any]] = {
    APPROVED: _l("Approve"),
    RETURNED: _l("Send back with questions"),
    REJECTED: _l("Reject"),
}
#: An outcome that needs no words to the shopper.
WITHOUT_NOTE: Final = frozenset({APPROVED})
#: What is said at the desk once a report was decided.
DECIDED: Final[Mapping[str, Any]] = {
    APPROVED: _l("The report was approved and counts from now on."),
    RETURNED: _l("The report went back to the shopper with the questions."),
    REJECTED: _l("The report was rejected and counts nowhere."),
}
#: States in which a reviewer may still correct an answer.
CORRECTABLE: Final = frozenset({PENDING, COUNTED})


@blueprint.get("")
@requires(Permission.REVIEW_SHOPS)
def index() -> str:
    """Reports that wait, the oldest first."""
    _waiting, total = worklists.quality(read_session(), limit=0)
    pages = paging(total)
    waiting, _total = worklists.quality(read_session(), limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/quality/queue.html",
        waiting=waiting,
        pages=pages,
        today=clock.today(),
        age=lambda moment: (clock.today() - clock.local(moment).date()).days if moment else None,
        outside=lambda branch: not _is_own(branch),
        decided=DECIDED.get(request.args.get("decided", "")),
    )


@blueprint.get("/<response_id>")
@requires(Permission.REVIEW_SHOPS, Permission.SEE_SHOP_REPORT)
def report(response_id: str) -> ResponseReturnValue:
    """One report. A reviewer sees it in every state, others once it counts and the branch is theirs to see."""
    found = _report(response_id)
    question = found.definition.by_code.get(request.args.get("correct", ""))
    correction = None
    if question is not None and _judges(found):
        correction = correction_form(question, current_language(), None, found.answers.get(question.code))
    return _page(found, correction=correction)


@blueprint.post("/<response_id>/decision")
@requires(Permission.REVIEW_SHOPS)
def decide(response_id: str) -> ResponseReturnValue:
    """Approve, send back or reject."""
    found = _report(response_id)
    form = _review_form(request.form)
    if not form.validate():
        return _page(found, review=form), 422
    try:
        with transaction(actor(), "quality.review", response=response_id, outcome=form.outcome.data) as session:
            commands.review(session, current_user(), response_id, form.outcome.data, form.note.data or "")
    except UserError as problem:
        form.form_errors.append(problem.message)
        return _page(found, review=form), problem.status
    return redirect(url_for("quality.index", decided=form.outcome.data), 303)


@blueprint.post("/<response_id>/corrections/<code>")
@requires(Permission.REVIEW_SHOPS)
def correct(response_id: str, code: str) -> ResponseReturnValue:
    """Change one answer, with the reason; score and facts follow."""
    found = _report(response_id)
    question = found.definition.by_code.get(code)
    if question is None:
        abort(404)
    form = correction_form(question, current_language(), request.form, found.answers.get(code))
    if not form.validate():
        return _page(found, correction=form), 422
    try:
        with transaction(actor(), "quality.correct", response=response_id, question=code) as session:
            typed, reason = request.form.getlist("value"), form.reason.data or ""
            commands.correct(session, current_user(), response_id, code, typed, reason)
    except UserError as problem:
        form.form_errors.append(problem.message)
        return _page(found, correction=form), problem.status
    return redirect(url_for("quality.report", response_id=response_id, _anchor=f"item-{code}"), 303)


def _report(response_id: str) -> Report:
    reviewing = may(current_user(), Permission.REVIEW_SHOPS)
    return worklists.shop_report(read_session(), response_id, None if reviewing else scope())


def _review_form(sent: Any = None) -> ReviewForm:
    return ReviewForm(sent, outcomes={code: str(words) for code, words in OUTCOMES.items()}, without_note=WITHOUT_NOTE)


def _is_own(branch: Branch) -> bool:
    """Whether the reader belongs to a branch or its region, and so is no judge of its visits."""
    user = current_user()
    return user.branch_id == branch.id or (user.region_id is not None and user.region_id == branch.region_id)


def _judges(found: Report) -> bool:
    """Whether the reader may decide or correct this report."""
    user = current_user()
    own_visit = found.assignment is not None and found.assignment.shopper_id == user.id
    return may(user, Permission.REVIEW_SHOPS) and not own_visit and not _is_own(found.response.branch)


def _page(found: Report, review: ReviewForm | None = None, correction: CorrectionForm | None = None) -> str:
    judges = _judges(found)
    limit = organisation.policy(read_session()).shop_na_limit
    sections: list[tuple[Any, list[Row]]] = [
        (section, rows(section, found, current_language())) for section in found.definition.sections
    ]
    form = review or _review_form()
    return render_template(
        "pages/quality/report.html",
        report=found,
        response=found.response,
        sections=sections,
        flags=flags(found, limit),
        duration=duration(found),
        form=form,
        correction=correction,
        correcting=correction.value.question.code if correction else "",
        errors=form.error_summary + (correction.error_summary if correction else []),
        reviewing=may(current_user(), Permission.REVIEW_SHOPS),
        decides=judges and found.response.state == PENDING,
        approvable=found.card.na_share <= limit,
        corrects=judges and found.response.state in CORRECTABLE,
        outcomes=OUTCOMES,
        states=REPORTS,
        people=worklists.names(read_session(), [one.user_id for one in found.corrections]),
        said=lambda question, value: display(question, value, current_language()),
        files=evidence.of_response(read_session(), found.response.id),
        words=words_told(found.definition, found.answers, found.response.branch, current_language()),
    )
