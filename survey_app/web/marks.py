"""A department's inbox: comments that branches marked as not in their hands, and the department's answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.previews import AnswerForm
from forms.programmes import refuse
from reports import months as calendar
from survey_app import clock
from survey_app.commands import marks as commands
from survey_app.errors import Conflict, UserError
from survey_app.meeting.benchmarks import MEASURES, UNITS
from survey_app.meeting.marks import REASONS
from survey_app.permissions import Permission
from survey_app.queries import benchmarks, departments
from survey_app.queries import marks as queries
from survey_app.queries.marks import Marked
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, scope, stop_reading

blueprint = Blueprint("marks", __name__, url_prefix="/marks")

#: Months whose marks management sees counted.
MONTHS = 6


@blueprint.get("")
@requires(Permission.ANSWER_MARKS)
def index() -> str:
    """What waits for an answer, or what was answered, and the counts by reason."""
    session, user = read_session(), current_user()
    answered = request.args.get("answered") == "1"
    reason = request.args.get("reason", "")
    reason = reason if reason in REASONS else ""
    rows, total = queries.inbox(
        session, user, answered=answered, reason=reason, limit=PAGE, offset=(asked() - 1) * PAGE
    )
    pages = paging(total)
    if pages.number != asked():
        rows, total = queries.inbox(session, user, answered=answered, reason=reason, limit=PAGE, offset=pages.offset)
    last = clock.last_full_month()
    months = calendar.span(last, MONTHS)[::-1]
    return render_template(
        "pages/departments/inbox.html",
        rows=rows,
        pages=pages,
        answered=answered,
        reason=reason,
        reasons=REASONS,
        own=departments.of(session, user),
        counted=queries.counts_of(session, user, months),
        months=months,
        done=request.args.get("done", ""),
    )


@blueprint.route("/<response_id>/<question>", methods=["GET", "POST"])
@requires(Permission.ANSWER_MARKS)
def answer(response_id: str, question: str) -> ResponseReturnValue:
    """Read one marked comment and answer the branch."""
    found = queries.marked(read_session(), current_user(), response_id, question)
    form = AnswerForm(request.form if request.method == "POST" else None, words=found.mark.answer)
    if request.method == "POST" and form.validate():
        try:
            with transaction(actor(), "mark.answer", response=response_id) as session:
                commands.answer(session, current_user(), response_id, question, form.words.data or "")
            return redirect(url_for("marks.index", done="answered"), 303)
        except Conflict as error:
            stop_reading()
            found = queries.marked(read_session(), current_user(), response_id, question)
            form.form_errors.append(error.message)
            return _page(found, form, 409)
        except UserError as error:
            refuse(form, error.places, error.message)
    return _page(found, form, 422 if form.error_summary else 200)


def _page(found: Marked, form: AnswerForm, status: int) -> ResponseReturnValue:
    mine = found.mark.answered_at is None or found.mark.answered_by_id == current_user().id
    page = render_template("pages/departments/answer.html", found=found, form=form, reasons=REASONS, mine=mine)
    return make_response(page, status)


def beside_review(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the page of a month shows of marked comments, and of what others publish.

    Counts of marks are for who sees every branch; the organisation's own numbers are everybody's who has the page.
    """
    session = read_session()
    return {
        "marks": queries.counts(session, data["month"]) if scope().everything else [],
        "mark_reasons": REASONS,
        "benchmarks": benchmarks.beside(session, data),
        "benchmark_measures": MEASURES,
        "benchmark_units": UNITS,
    }
