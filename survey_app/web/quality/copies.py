"""Second reports of a visit: the list of those that wait, and one beside the report that stands."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from forms.desk import SettleForm
from forms.questionnaire.types import display
from survey_app.commands import copies as commands
from survey_app.commands.syncing import late_reports
from survey_app.errors import NotFound, UserError
from survey_app.field.copies import REASONS
from survey_app.models import FieldCopy
from survey_app.models.response import PENDING
from survey_app.permissions import Permission
from survey_app.queries import copies as queries
from survey_app.queries import desk, desk_facts, seen
from survey_app.queries.worklists import Report
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, paging
from survey_app.web.quality.frame import blueprint, judges, opened
from survey_app.web.quality.queue import DECIDED
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from survey_app.web.visits import ASSIGNMENTS
from survey_app.web.wording import words_told
from translations import current_language, localised
from translations import lazy_gettext as _l

TAPS = {
    "entered": _l("Came in"),
    "greeted": _l("Was greeted"),
    "served": _l("Service began"),
    "left": _l("Went out"),
    "began": _l("Report begun"),
    "finished": _l("Report finished"),
}


@blueprint.get("/copies")
@requires(Permission.REVIEW_SHOPS)
def copies() -> str:
    """Second reports that nobody compared yet."""
    session = read_session()
    pages = paging(desk.counts(session, current_user()).copies)
    return render_template(
        "pages/quality/copies.html",
        waiting=desk.open_copies(session, limit=PAGE, offset=pages.offset),
        pages=pages,
        decided=DECIDED.get(request.args.get("decided", "")),
    )


@blueprint.route("/copies/<int:copy_id>", methods=["GET", "POST"])
@requires(Permission.REVIEW_SHOPS)
def compare(copy_id: int) -> ResponseReturnValue:
    """Two reports of one visit side by side; the reviewer keeps the first, or takes answers over from the second."""
    session: Session = read_session()
    copy = desk.copy(session, copy_id)
    try:
        found: Report | None = opened(copy.response_id)
    except NotFound:
        found = None
    rows = queries.rows(session, copy, found)
    takes = found is not None and found.response.state == PENDING and judges(found)
    offered = [(row.question.code, _words(found, row.question.text)) for row in rows if takes and row.takeable]
    form = SettleForm(request.form if request.method == "POST" else None, taken=offered)
    status = 200
    if request.method == "POST":
        if form.validate():
            try:
                if request.form.get("adopt") == "1":
                    with transaction(actor(), "quality.adopt", copy=copy_id) as writing:
                        late_reports.adopt(writing, current_user(), copy_id)
                    return redirect(url_for("quality.report", response_id=copy.response_id, decided="adopted"), 303)
                with transaction(actor(), "quality.settle", copy=copy_id) as writing:
                    commands.settle(
                        writing,
                        current_user(),
                        copy_id,
                        form.taken.data or (),
                        form.reason.data or "",
                        shown=request.form.get("seen", ""),
                    )
            except UserError as problem:
                form.form_errors.append(problem.message)
                return _page(copy, found, rows, form), problem.status
            return redirect(url_for("quality.copies", decided="settled"), 303)
        status = 422
    return _page(copy, found, rows, form), status


def _words(found: Report | None, text: Any) -> str:
    if found is None:
        return localised(text)
    return str(words_told(found.definition, found.answers, found.response.branch, current_language())(text))


def _page(copy: FieldCopy, found: Report | None, rows: list[queries.Row], form: SettleForm) -> str:
    session = read_session()
    mine = desk_facts.told(session, [found.response])[found.response.id] if found is not None else None
    outside = judges(found) if found is not None else not desk.is_theirs(session, current_user(), copy)
    return render_template(
        "pages/quality/compare.html",
        copy=copy,
        report=found,
        rows=rows,
        seen=seen.stamp(session, found.response) if found is not None else "",
        photos=queries.photos(session, copy, found),
        form=form,
        differing=queries.differing(rows),
        reason=REASONS.get(copy.reason, ""),
        my_taps=mine.taps if mine is not None else None,
        their_taps=dict(queries.taps(copy)),
        taps=TAPS,
        settles=copy.settled_at is None and outside,
        visit=desk.visit_of(session, copy),
        visit_states=ASSIGNMENTS,
        adopts=outside and late_reports.adoptable(session, copy),
        takes=bool(form.taken.choices),
        said=lambda question, value: display(question, value, current_language()) if value is not None else "",
        words=lambda text: _words(found, text),
    )
